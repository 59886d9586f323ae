//! Figures as data of interactive charts.

use serde::Serialize;

use super::Block;
use super::table::Grid;
use crate::report::chart::{Axis, AxisUnit, Figure, Limit, Line, Palette, Shade};
use crate::report::document::{Cell, Table};
use crate::results::ScenarioInfo;

/// Longer series are thinned: the highest of several points is kept.
const POINTS_MAX: usize = 1_500;

/// A figure as the page's script draws it. All series have the same places across.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ChartData {
    x: Axis,
    y: Axis,
    /// Clock changes: from a place on an axis of civil time on, how far clocks are ahead of what
    /// they were at the start of the measured period.
    changes: Vec<(f64, i32)>,
    /// Seconds from 1970 to zero on an axis of civil time, in the clocks of the scenario.
    origin: i64,
    places: Vec<f64>,
    series: Vec<Series>,
    bands: Vec<Band>,
    shades: Vec<Shade>,
    limits: Vec<Limit>,
}

#[derive(Clone, Debug, Serialize)]
struct Series {
    label: String,
    style: usize,
    width: f64,
    values: Vec<Option<f64>>,
}

#[derive(Clone, Debug, Serialize)]
struct Band {
    label: String,
    style: usize,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
}

/// Colours by light and dark.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Palettes {
    light: Palette,
    dark: Palette,
}

impl Palettes {
    pub(super) fn all() -> Self {
        Palettes { light: Palette::light(), dark: Palette::dark() }
    }
}

impl ChartData {
    /// A figure of lines and bands.
    pub(super) fn of(figure: &Figure, scenario: &ScenarioInfo) -> Self {
        let places = places(figure);
        let every = places.len().div_ceil(POINTS_MAX).max(1);
        let thin = |values: Vec<Option<f64>>, pick: fn(f64, f64) -> f64| -> Vec<Option<f64>> {
            let groups = values.chunks(every);
            groups.map(|group| group.iter().copied().flatten().reduce(pick).map(short)).collect()
        };
        let series = |line: &Line| Series {
            label: line.label.clone(),
            style: line.style,
            width: line.width,
            values: thin(at(&places, &line.points), f64::max),
        };
        let bands = figure.bands.iter().map(|band| {
            let edge = |pick: fn(&(f64, f64, f64)) -> f64| -> Vec<(f64, Option<f64>)> {
                band.points.iter().map(|point| (point.0, Some(pick(point)))).collect()
            };
            // A band without a name is the interval of the line of its style.
            let line = figure.lines.iter().find(|line| line.style == band.style);
            let label = match (band.label.is_empty(), line) {
                (true, Some(line)) => format!("{}, interval", line.label),
                _ => band.label.clone(),
            };
            Band {
                label,
                style: band.style,
                low: thin(at(&places, &edge(|point| point.1)), f64::min),
                high: thin(at(&places, &edge(|point| point.2)), f64::max),
            }
        });
        ChartData {
            x: figure.x.clone(),
            y: figure.y.clone(),
            origin: scenario.start_unix_s + i64::from(scenario.utc_offset_s),
            changes: changes(scenario),
            series: figure.lines.iter().map(series).collect(),
            bands: bands.collect(),
            shades: figure.shades.clone(),
            limits: figure.limits.clone(),
            places: places.chunks(every).map(|group| group[0]).collect(),
        }
    }
}

fn changes(scenario: &ScenarioInfo) -> Vec<(f64, i32)> {
    let origin = (scenario.start_unix_s + i64::from(scenario.utc_offset_s)) as f64;
    let ahead = |seconds: i32| seconds.saturating_sub(scenario.utc_offset_s);
    let first = scenario.utc_offset_changes.first();
    // Places are milliseconds in the page: no date is before this one.
    let before = first.map(|change| (-1e12, ahead(change.before_s)));
    let later = scenario.utc_offset_changes.iter();
    let later = later.map(|change| (origin + change.at_s, ahead(change.after_s)));
    before.into_iter().chain(later).collect()
}

/// An interactive chart of a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Interactive {
    /// Among those of the page; known when it is written.
    pub number: usize,
    pub name: String,
    title: String,
    subtitle: String,
    facts: Grid,
    #[serde(skip)]
    pub data: ChartData,
}

/// The block that shows a figure of lines and bands, to be looked at closely.
pub(super) fn block(figure: &Figure, scenario: &ScenarioInfo) -> Block {
    let mut subtitle = figure.heading.subtitle.clone();
    let every = places(figure).len().div_ceil(POINTS_MAX);
    if every > 1 {
        subtitle.push_str(&format!(" · the highest of every {every} values"));
    }
    Block::Chart(Box::new(Interactive {
        number: 0,
        name: figure.heading.name.clone(),
        title: figure.heading.title.clone(),
        subtitle,
        facts: facts(figure),
        data: ChartData::of(figure, scenario),
    }))
}

/// What a chart shows, in numbers: for those who cannot see it.
fn facts(figure: &Figure) -> Grid {
    let cell = |value: f64| match figure.y.unit {
        _ if !value.is_finite() => Cell::Empty,
        AxisUnit::Seconds => Cell::Seconds(value),
        AxisUnit::Share => Cell::Share(value),
        AxisUnit::Bytes => Cell::Bytes(value.max(0.0).round() as u64),
        AxisUnit::Number | AxisUnit::Civil | AxisUnit::Name => Cell::Number(value),
    };
    let mut table = Table::new(&["series", "least", "mean", "greatest"], 1);
    for line in &figure.lines {
        let values = || line.points.iter().filter_map(|(_, value)| *value);
        let count = values().count().max(1) as f64;
        let least = values().fold(f64::INFINITY, f64::min);
        let greatest = values().fold(f64::NEG_INFINITY, f64::max);
        let amounts = [least, values().sum::<f64>() / count, greatest];
        table.row([Cell::text(&line.label)].into_iter().chain(amounts.map(cell)));
    }
    Grid::new(&figure.heading.title, &table)
}

/// All places across, rising, each once.
fn places(figure: &Figure) -> Vec<f64> {
    let lines = figure.lines.iter().flat_map(|line| line.points.iter().map(|point| point.0));
    let bands = figure.bands.iter().flat_map(|band| band.points.iter().map(|point| point.0));
    let mut all: Vec<f64> = lines.chain(bands).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// The values at all places; nothing where there is no point.
fn at(places: &[f64], points: &[(f64, Option<f64>)]) -> Vec<Option<f64>> {
    let mut points = points.iter().peekable();
    let mut values = Vec::with_capacity(places.len());
    for place in places {
        while points.next_if(|point| point.0 < *place).is_some() {}
        values.push(points.next_if(|point| point.0 == *place).and_then(|point| point.1));
    }
    values
}

/// Five digits are enough for a screen.
fn short(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let power = 10.0_f64.powi(4 - value.abs().log10().floor() as i32);
    if power.is_finite() { (value * power).round() / power } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_different_places_share_all_of_them() {
        let (x, y) = (Axis::whole("", AxisUnit::Share), Axis::whole("", AxisUnit::Share));
        let mut figure = Figure::new("f", "", "", x, y);
        for points in [vec![(0.0, Some(1.0)), (2.0, Some(3.0))], vec![(1.0, Some(5.0))]] {
            figure.lines.push(Line { label: String::new(), points, style: 0, width: 1.0 });
        }
        let data = ChartData::of(&figure, &ScenarioInfo::default());
        assert_eq!(data.places, [0.0, 1.0, 2.0]);
        assert_eq!(data.series[0].values, [Some(1.0), None, Some(3.0)]);
        assert_eq!(data.series[1].values, [None, Some(5.0), None]);
    }

    #[test]
    fn long_series_keep_their_peaks() {
        let (x, y) = (Axis::whole("", AxisUnit::Share), Axis::whole("", AxisUnit::Share));
        let mut figure = Figure::new("f", "", "", x, y);
        let value = |place: u32| if place == 2_345 { 9.0 } else { 1.0 };
        let points = (0..10_000).map(|place| (f64::from(place), Some(value(place)))).collect();
        figure.lines.push(Line { label: String::new(), points, style: 0, width: 1.0 });
        let data = ChartData::of(&figure, &ScenarioInfo::default());
        assert!(data.places.len() <= POINTS_MAX && data.places.len() > POINTS_MAX / 2);
        assert!(data.series[0].values.contains(&Some(9.0)));
    }

    #[test]
    fn five_digits_stay() {
        assert_eq!(short(0.123_456_789), 0.12346);
        assert_eq!(short(1_234_567.0), 1_234_600.0);
    }
}
