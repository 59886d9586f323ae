//! Connections on each VM instance over time as a heat map, in per cent of the supported maximum.

use super::colour_scale::ColourScale;
use super::heatmap::{Cell, HeatMap, Row};
use super::{Axis, events, heading_of};
use crate::report::format;
use crate::results::RunResult;

/// Maximum number of columns; with more, the columns would be too narrow.
const COLUMNS_MAX: usize = 288;
/// Maximum number of rows.
const ROWS_MAX: usize = 64;
/// Possible upper ends of the scale if no value exceeds the limit.
const SCALES: [f64; 7] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
/// Steps of the scale above the limit, which is 1.
const ABOVE: [f64; 6] = [1.0, 1.1, 1.25, 1.5, 2.0, 4.0];

/// Returns the heat map of a run; `None` without instances. A column that covers several bins shows
/// their maximum.
pub(super) fn map(result: &RunResult) -> Option<HeatMap> {
    let bins = result.series.start_s.len();
    let group = bins.div_ceil(COLUMNS_MAX).max(1);
    let mut rows: Vec<Row> =
        (0..result.instances.len()).filter_map(|instance| row(result, instance, group)).collect();
    let of = rows.len();
    keep_highest(&mut rows);
    let ends = result.series.start_s.iter().step_by(group).skip(1).copied();
    let ends = ends.chain(std::iter::once(result.scenario.duration_s));
    let columns: Vec<(f64, f64)> =
        result.series.start_s.iter().step_by(group).copied().zip(ends).collect();
    if rows.is_empty() || columns.is_empty() {
        return None;
    }
    let cells = || rows.iter().flat_map(|row| &row.cells);
    let largest = cells().filter_map(|cell| cell.value).fold(0.0, f64::max);
    let bin = format::tick_seconds(result.series.interval_s);
    let mut what = format!("means over {bin}");
    if group > 1 {
        what.push_str(&format!(", maximum of every {group} bins"));
    }
    if of > rows.len() {
        what.push_str(&format!("; the {} of {of} instances with the most connections", rows.len()));
    }
    Some(HeatMap {
        heading: heading_of(result, "connections-map", "Load of each VM instance", &what),
        x: Axis::civil(&result.scenario),
        rows_label: String::new(),
        columns,
        rows,
        scale: scale(largest),
        events: events::of_run(result),
    })
}

/// Returns the scale: steps up to the limit, or to a smaller end that no value exceeds; and steps
/// above the limit if a value exceeds the limit.
fn scale(largest: f64) -> ColourScale {
    let end = SCALES.into_iter().find(|end| largest <= *end).unwrap_or(1.0);
    let above: &[f64] = if largest > 1.0 { &ABOVE } else { &[] };
    let per_cent = |share: f64| format!("{} %", format::tick(100.0 * share));
    let title = "connections in per cent of the supported maximum".to_owned();
    ColourScale::linear(title, (0.0, end), per_cent).with_steps_above(above, per_cent)
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
        Cell { value: Some(most / supported), down: 1.0 - least_up, label: String::new() }
    };
    let cells = connections.values.chunks(group).enumerate().map(cell).collect();
    Some(Row { name: connections.name.clone(), cells })
}

/// Returns the rows with the highest values in their original order, if there are too many rows.
fn keep_highest(rows: &mut Vec<Row>) {
    if rows.len() <= ROWS_MAX {
        return;
    }
    let most = |row: &Row| row.cells.iter().filter_map(|cell| cell.value).fold(0.0, f64::max);
    let mut highest: Vec<(usize, f64)> = rows.iter().map(most).enumerate().collect();
    highest.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let kept: Vec<usize> = highest.iter().take(ROWS_MAX).map(|(place, _)| *place).collect();
    let mut place = 0;
    rows.retain(|_| {
        place += 1;
        kept.contains(&(place - 1))
    });
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
            availability_share: 1.0,
            ..InstanceResult::default()
        }
    }

    fn cell(share: f64, down: f64) -> Cell {
        Cell { value: Some(share), down, label: String::new() }
    }

    /// Returns instances with 3,000 connections each, modified by `change`.
    fn run(instances: u32, bins: usize, change: impl Fn(&mut RunResult)) -> RunResult {
        let mut result = RunResult::default();
        result.scenario.duration_s = 60.0 * bins as f64;
        result.series.interval_s = 60.0;
        result.series.start_s = (0..bins).map(|bin| 60.0 * bin as f64).collect();
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
    fn cells_match_the_series() {
        let result = run(2, 10, |result| {
            result.series.instance_connections[1].values[4] = 6_600.0;
            result.series.instance_up[0].values[7] = 0.25;
        });
        let found = map(&result).expect("a map");
        assert_eq!(found.columns[4], (240.0, 300.0));
        assert_eq!(found.columns.last(), Some(&(540.0, 600.0)));
        assert_eq!(found.rows[0].cells[7], cell(0.5, 0.75));
        assert_eq!(found.rows[1].cells[4], cell(1.1, 0.0));
        let drawn = svg(&found, &Look::default());
        for text in ["main/1", "not running", "100 %", "400 %"] {
            assert!(drawn.contains(text), "{text}");
        }
        assert!(map(&RunResult::default()).is_none(), "no map without instances");
    }

    #[test]
    fn merged_bins_keep_peaks_and_outages() {
        let result = run(64, 50_000, |result| {
            result.series.instance_connections[63].values[12_345] = 5_999.0;
            result.series.instance_up[0].values[49_999] = 0.0;
        });
        let found = map(&result).expect("a map");
        assert!(found.columns.len() <= COLUMNS_MAX && found.columns.len() > COLUMNS_MAX / 2);
        assert!(found.rows.iter().all(|row| row.cells.len() == found.columns.len()));
        let place =
            found.columns.iter().position(|column| column.1 > 12_345.0 * 60.0).expect("one");
        assert_eq!(found.rows[63].cells[place].value, Some(5_999.0 / 6_000.0));
        assert_eq!(found.rows[0].cells.last().map(|cell| cell.down), Some(1.0));
        assert!(svg(&found, &Look::default()).len() < 200_000);
        assert!(png(&found, &Look::default()).expect("drawn").len() > 10_000);
    }

    #[test]
    fn the_instances_with_the_most_connections_are_shown() {
        let result = run(70, 3, |result| {
            result.series.instance_connections[69].values[1] = 4_000.0;
        });
        let found = map(&result).expect("a map");
        assert_eq!(found.rows.len(), ROWS_MAX);
        assert_eq!(found.rows.last().map(|row| row.name.as_str()), Some("main/69"));
        assert!(
            found.heading.what.contains("the 64 of 70 instances with the most connections"),
            "{}",
            found.heading.what
        );
    }

    #[test]
    fn the_scale_distinguishes_values_above_the_limit() {
        let colours = [1.0, 1.001, 1.2, 3.0, 9.0].map(|share| scale(9.0).colour(share));
        for (place, colour) in colours.iter().enumerate() {
            assert!(!colours[..place].contains(colour), "{colour}");
        }
        let drawn = svg(
            &map(&run(1, 1, |result| result.series.instance_connections[0].values[0] = 54_000.0))
                .expect("a map"),
            &Look::default(),
        );
        assert!(drawn.contains(&format!("fill=\"{}\"", scale(9.0).colour(9.0))));
    }

    #[test]
    fn the_scale_ends_near_the_highest_value() {
        for (share, end) in [(0.0, "1 %"), (0.1, "10 %"), (1.0, "100 %"), (1.5, "400 %")] {
            let bounds = scale(share).bounds;
            assert_eq!(bounds.last().map(|one| one.1.as_str()), Some(end));
        }
    }
}
