//! Connections on each VM instance over time as a map: instances down, time across.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas, Outcome};
use super::draw::Drawing;
use super::plot::{
    BOTTOM_MARGIN, Frame, LEGEND_AT, LEGEND_ROW, MARGIN, RIGHT_MARGIN, SWATCH, heading, thin,
};
use super::style::{DOWN, GREY, LEGEND, LIMIT, PAPER, TICK, darker};
use super::{Axis, subtitle};
use crate::report::format;
use crate::results::RunResult;

/// Most columns: more would be narrower than can be seen.
const COLUMNS_MAX: usize = 288;
/// Most rows.
const ROWS_MAX: usize = 64;
/// Colours between nothing and the whole.
const SHADES: f64 = 40.0;
/// Ends of the scale where everything is far below what is supported.
const SCALES: [f64; 7] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];

const TOP: f64 = 122.0;
const GRADIENT: f64 = 140.0;
/// Few instances need no high rows.
const ROW_MAX: f64 = 120.0;
/// Rows lower than this have no gap between them.
const ROW_WITH_GAP: f64 = 8.0;
/// The least height of what an instance was down.
const NOTCH: f64 = 2.0;

/// A map of instances and time.
#[derive(Clone, Debug)]
pub struct HeatMap {
    name: String,
    pub(super) title: String,
    subtitle: String,
    x: Axis,
    /// Begin and end of each column.
    columns: Vec<(f64, f64)>,
    rows: Vec<Row>,
    /// Connections over what is supported where the colour is the darkest.
    darkest: f64,
}

/// An instance.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    cells: Vec<Load>,
}

/// An instance in a column: the highest of its bins.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Load {
    /// Connections over those that are supported.
    connections: f64,
    /// Share of the time it was not up.
    down: f64,
}

/// The map of a run; `None` without instances.
pub(super) fn connections(result: &RunResult) -> Option<HeatMap> {
    let bins = result.series.start_seconds.len();
    let group = bins.div_ceil(COLUMNS_MAX).max(1);
    let mut rows: Vec<Row> =
        (0..result.instances.len()).filter_map(|instance| row(result, instance, group)).collect();
    let of = rows.len();
    keep_the_fullest(&mut rows);
    let ends = result.series.start_seconds.iter().step_by(group).skip(1).copied();
    let ends = ends.chain(std::iter::once(result.scenario.duration_seconds));
    let columns: Vec<(f64, f64)> =
        result.series.start_seconds.iter().step_by(group).copied().zip(ends).collect();
    let loads = || rows.iter().flat_map(|row| row.cells.iter().map(|cell| cell.connections));
    let largest = loads().fold(0.0, f64::max);
    let darkest = SCALES.into_iter().find(|end| largest <= *end).unwrap_or(1.0);
    let bin = format::tick_seconds(result.series.interval_seconds);
    let mut what = format!("means over {bin}");
    if group > 1 {
        what.push_str(&format!(", the highest of every {group}"));
    }
    if of > rows.len() {
        what.push_str(&format!("; the fullest {} of {of} instances", rows.len()));
    }
    (!rows.is_empty() && !columns.is_empty()).then(|| HeatMap {
        name: "connections-map".to_owned(),
        title: "How full each VM instance is".to_owned(),
        subtitle: subtitle(result, &what),
        x: Axis::civil(&result.scenario),
        columns,
        rows,
        darkest,
    })
}

fn row(result: &RunResult, instance: usize, group: usize) -> Option<Row> {
    let supported = f64::from(result.instances.get(instance)?.connection_limit).max(1.0);
    let connections = result.series.instance_connections.get(instance)?;
    let up = result.series.instance_up.get(instance).map_or(&[][..], |column| &column.values);
    let cell = |(place, values): (usize, &[f64])| {
        let first = (place * group).min(up.len());
        let up = &up[first..(first + group).min(up.len())];
        let most = values.iter().copied().fold(0.0, f64::max);
        let least_up = up.iter().copied().fold(1.0, f64::min);
        Load { connections: most / supported, down: 1.0 - least_up }
    };
    let cells = connections.values.chunks(group).enumerate().map(cell).collect();
    Some(Row { name: connections.name.clone(), cells })
}

/// Of too many rows those with the most connections at any time, in their order.
fn keep_the_fullest(rows: &mut Vec<Row>) {
    if rows.len() <= ROWS_MAX {
        return;
    }
    let most = |row: &Row| row.cells.iter().map(|cell| cell.connections).fold(0.0, f64::max);
    let mut fullest: Vec<(usize, f64)> = rows.iter().map(most).enumerate().collect();
    fullest.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let kept: Vec<usize> = fullest.iter().take(ROWS_MAX).map(|(place, _)| *place).collect();
    let mut place = 0;
    rows.retain(|_| {
        place += 1;
        kept.contains(&(place - 1))
    });
}

impl HeatMap {
    /// The colour of a load: one of so many, so that neighbours can be drawn as one.
    fn colour(&self, load: Load) -> RGBColor {
        if load.connections > 1.0 {
            return LIMIT;
        }
        darker((SHADES * load.connections / self.darkest).round() / SHADES)
    }

    fn is_over(&self) -> bool {
        self.rows.iter().any(|row| row.cells.iter().any(|cell| cell.connections > 1.0))
    }

    fn is_down(&self) -> bool {
        self.rows.iter().any(|row| row.cells.iter().any(|cell| cell.down > 0.0))
    }

    /// Draws the legend; returns how much lower than usual it ends.
    fn legend<B: DrawingBackend>(&self, canvas: &Canvas<B>, top: f64) -> Outcome<f64> {
        let (mut x, mut y) = (MARGIN, top);
        let text = |label: &str, x: &mut f64, y: f64| -> Outcome {
            canvas.text(label, (*x, y), LEGEND, Anchor::Beside)?;
            *x += canvas.width(label, LEGEND)? + 8.0;
            Ok(())
        };
        text("connections over those supported: 0 %", &mut x, y)?;
        let step = GRADIENT / SHADES;
        for shade in 0..SHADES as u32 {
            let left = x + step * f64::from(shade);
            let colour = darker((f64::from(shade) + 0.5) / SHADES);
            canvas.rectangle([(left, y - 7.0), (left + step, y + 7.0)], colour)?;
        }
        x += GRADIENT + 8.0;
        text(&format!("{} %", format::tick(100.0 * self.darkest)), &mut x, y)?;
        let marks =
            [(self.is_over(), LIMIT, "more than supported"), (self.is_down(), DOWN, "not up")];
        for (_, colour, label) in marks.into_iter().filter(|(is_there, ..)| *is_there) {
            let width = SWATCH + 8.0 + canvas.width(label, LEGEND)?;
            x += 18.0;
            if x + width > canvas.right() - 4.0 {
                (x, y) = (MARGIN, y + LEGEND_ROW);
            }
            canvas.rectangle([(x, y - 7.0), (x + SWATCH, y + 7.0)], colour)?;
            x += SWATCH + 8.0;
            text(label, &mut x, y)?;
        }
        Ok(y - top)
    }

    /// Neighbours of one colour as one rectangle each, then from above what was down.
    fn row<B: DrawingBackend>(
        &self,
        row: &Row,
        frame: &Frame,
        (top, bottom): (f64, f64),
        canvas: &Canvas<B>,
    ) -> Outcome {
        let at = |seconds: f64| frame.x(self.x.share(seconds));
        let cells: Vec<(&Load, &(f64, f64))> = row.cells.iter().zip(&self.columns).collect();
        let alike =
            |one: &(&Load, _), other: &(&Load, _)| self.colour(*one.0) == self.colour(*other.0);
        for run in cells.chunk_by(alike) {
            let (Some((load, first)), Some((_, last))) = (run.first(), run.last()) else {
                continue;
            };
            let corners = [(at(first.0), top), (at(last.1), bottom)];
            canvas.rectangle(corners, self.colour(**load))?;
        }
        for run in cells.chunk_by(|one, other| one.0.down == other.0.down) {
            let (Some((load, first)), Some((_, last))) = (run.first(), run.last()) else {
                continue;
            };
            if load.down > 0.0 {
                let (left, right) = (at(first.0), at(last.1));
                let lower = (top + (bottom - top) * load.down).max(top + NOTCH);
                canvas.rectangle([(left, top), (right.max(left + 1.0), lower)], DOWN)?;
            }
        }
        Ok(())
    }
}

impl Drawing for HeatMap {
    fn name(&self) -> &str {
        &self.name
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Outcome {
        canvas.fill(PAPER)?;
        let lower = heading(canvas, &self.title, &self.subtitle)?;
        let lower = lower + self.legend(canvas, LEGEND_AT + lower)?;
        let widest = canvas.right() / 4.0;
        let mut beside = 0.0_f64;
        for row in &self.rows {
            beside = beside.max(canvas.width(&row.name, TICK)?.min(widest));
        }
        let (top, bottom) = (TOP + lower, canvas.bottom() - BOTTOM_MARGIN);
        let height = ((bottom - top) / self.rows.len().max(1) as f64).min(ROW_MAX);
        let frame = Frame {
            left: MARGIN + beside + 10.0,
            right: canvas.right() - RIGHT_MARGIN,
            top,
            bottom: top + height * self.rows.len() as f64,
        };
        let gap = if height >= ROW_WITH_GAP { 1.0 } else { 0.0 };
        let every = ((TICK.size + 2.0) / height).ceil().max(1.0) as usize;
        for (place, row) in self.rows.iter().enumerate() {
            let (top, bottom) =
                (top + height * place as f64, top + height * (place + 1) as f64 - gap);
            self.row(row, &frame, (top, bottom), canvas)?;
            if place % every == 0 {
                let name = canvas.fitted_name(&row.name, TICK, widest)?;
                let middle = (frame.left - 10.0, (top + bottom) / 2.0);
                canvas.text(&name, middle, TICK, Anchor::Right)?;
            }
        }
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], thin(GREY))?;
        frame.ticks_across(&self.x, canvas, false)?;
        frame.label_across(&self.x.label, canvas)?;
        canvas.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, png, svg};
    use crate::results::{Column, InstanceResult};

    fn instance(number: u32) -> InstanceResult {
        InstanceResult {
            gateway: "main".to_owned(),
            number,
            update_domain: number % 5,
            connection_limit: 6_000,
            up_share: 1.0,
            ..InstanceResult::default()
        }
    }

    /// So many instances, all with 3,000 connections and up, but for what `change` does.
    fn run(instances: u32, bins: usize, change: impl Fn(&mut RunResult)) -> RunResult {
        let mut result = RunResult::default();
        result.scenario.duration_seconds = 60.0 * bins as f64;
        result.series.interval_seconds = 60.0;
        result.series.start_seconds = (0..bins).map(|bin| 60.0 * bin as f64).collect();
        for number in 0..instances {
            result.instances.push(instance(number));
            let name = format!("main/{number}");
            let column = |value| Column { name: name.clone(), values: vec![value; bins] };
            result.series.instance_connections.push(column(3_000.0));
            result.series.instance_up.push(column(1.0));
        }
        change(&mut result);
        result
    }

    #[test]
    fn cells_are_what_the_series_say() {
        let result = run(2, 10, |result| {
            result.series.instance_connections[1].values[4] = 6_600.0;
            result.series.instance_up[0].values[7] = 0.25;
        });
        let map = connections(&result).expect("a map");
        assert_eq!(map.columns[4], (240.0, 300.0));
        assert_eq!(map.columns.last(), Some(&(540.0, 600.0)));
        assert_eq!(map.rows[0].cells[7], Load { connections: 0.5, down: 0.75 });
        assert_eq!(map.rows[1].cells[4], Load { connections: 1.1, down: 0.0 });
        assert_eq!(map.colour(map.rows[1].cells[4]), LIMIT);
        assert!(map.is_over() && map.is_down());
        let drawn = svg(&map, &Look::default()).expect("drawn");
        assert!(drawn.contains("main/1") && drawn.contains("not up"));
        assert!(connections(&RunResult::default()).is_none(), "without instances");
    }

    #[test]
    fn peaks_and_outages_stay_when_bins_are_thinned() {
        let result = run(64, 50_000, |result| {
            result.series.instance_connections[63].values[12_345] = 5_999.0;
            result.series.instance_up[0].values[49_999] = 0.0;
        });
        let map = connections(&result).expect("a map");
        assert!(map.columns.len() <= COLUMNS_MAX && map.columns.len() > COLUMNS_MAX / 2);
        assert!(map.rows.iter().all(|row| row.cells.len() == map.columns.len()));
        let place = map.columns.iter().position(|column| column.1 > 12_345.0 * 60.0).expect("one");
        assert_eq!(map.rows[63].cells[place].connections, 5_999.0 / 6_000.0);
        assert_eq!(map.rows[0].cells.last().map(|cell| cell.down), Some(1.0));
        assert!(svg(&map, &Look::default()).expect("drawn").len() < 200_000);
        assert!(png(&map, &Look::default()).expect("drawn").len() > 10_000);
    }

    #[test]
    fn of_too_many_instances_the_fullest_are_shown() {
        let result = run(70, 3, |result| {
            result.series.instance_connections[69].values[1] = 4_000.0;
        });
        let map = connections(&result).expect("a map");
        assert_eq!(map.rows.len(), ROWS_MAX);
        assert_eq!(map.rows.last().map(|row| row.name.as_str()), Some("main/69"));
        assert!(map.subtitle.contains("the fullest 64 of 70 instances"), "{}", map.subtitle);
    }

    #[test]
    fn the_scale_ends_where_something_can_be_seen() {
        let of = |connections: f64| {
            let result = run(1, 1, |result| {
                result.series.instance_connections[0].values[0] = connections;
            });
            super::connections(&result).expect("a map").darkest
        };
        assert_eq!([of(0.0), of(600.0), of(3_100.0), of(9_000.0)], [0.01, 0.1, 1.0, 1.0]);
    }
}
