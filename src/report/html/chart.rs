//! Data of interactive charts.

use serde::Serialize;

use super::table::Grid;
use super::{Block, capitalised};
use crate::report::chart::{
    Axis, AxisUnit, Event, Limit, Line, LineChart, Mark, Palette, Shade, Theme,
};
use crate::report::document::{Cell, Table};
use crate::results::ScenarioInfo;

/// Maximum number of points per series. Longer series keep the maximum of each group of points.
const POINTS_MAX: usize = 1_500;

/// A chart in the form that the script of the page draws. All series share the x values.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ChartData {
    x: Axis,
    y: Axis,
    /// Clock changes: x value, and the difference in seconds between the UTC offset after the
    /// change and the UTC offset at the start of the measured period.
    changes: Vec<(f64, i32)>,
    /// Local time at x = 0 on a civil-time axis, in seconds since 1970.
    origin: i64,
    places: Vec<f64>,
    series: Vec<Series>,
    bands: Vec<Band>,
    shades: Vec<Shade>,
    events: Vec<Event>,
    limits: Vec<Limit>,
    marks: Vec<Mark>,
    /// Range of x values around the worst disruption.
    focus: Option<(f64, f64)>,
}

#[derive(Clone, Debug, Serialize)]
struct Series {
    label: String,
    style: usize,
    width: f64,
    values: Vec<Point>,
}

#[derive(Clone, Debug, Serialize)]
struct Band {
    label: String,
    style: usize,
    low: Vec<Point>,
    high: Vec<Point>,
}

/// Colours for the light and the dark theme.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Palettes {
    light: Palette,
    dark: Palette,
}

impl Palettes {
    pub(super) fn all() -> Self {
        Palettes { light: Palette::of(Theme::Light), dark: Palette::of(Theme::Dark) }
    }
}

impl ChartData {
    /// Converts a chart of lines and bands.
    pub(super) fn of(chart: &LineChart, scenario: &ScenarioInfo) -> Self {
        let places = places(chart);
        let every = places.len().div_ceil(POINTS_MAX).max(1);
        let thin = |points: &[(f64, Option<f64>)], pick| thinned(&at(&places, points), every, pick);
        let series = |line: &Line| Series {
            label: line.label.clone(),
            style: line.style,
            width: line.width,
            values: thin(&line.points, f64::max),
        };
        let bands = chart.bands.iter().map(|band| {
            let edge = |pick: fn((f64, f64)) -> f64| -> Vec<(f64, Option<f64>)> {
                band.points.iter().map(|(x, interval)| (*x, interval.map(pick))).collect()
            };
            // A band without a label is the confidence interval of the line with the same style.
            let line = chart.lines.iter().find(|line| line.style == band.style);
            let label = match (band.label.is_empty(), line) {
                (true, Some(line)) => format!("{}, confidence interval", line.label),
                _ => band.label.clone(),
            };
            Band {
                label,
                style: band.style,
                low: thin(&edge(|(low, _)| low), f64::min),
                high: thin(&edge(|(_, high)| high), f64::max),
            }
        });
        ChartData {
            x: chart.x.clone(),
            y: chart.y.clone(),
            origin: scenario.start_unix_s + i64::from(scenario.utc_offset_s),
            changes: changes(scenario),
            series: chart.lines.iter().map(series).collect(),
            bands: bands.collect(),
            shades: chart.shades.clone(),
            events: chart.events.clone(),
            marks: chart.marks.clone(),
            focus: chart.focus,
            limits: chart.limits.clone(),
            places: places.chunks(every).map(|group| group[0]).collect(),
        }
    }
}

fn changes(scenario: &ScenarioInfo) -> Vec<(f64, i32)> {
    let origin = (scenario.start_unix_s + i64::from(scenario.utc_offset_s)) as f64;
    let ahead = |seconds: i32| seconds.saturating_sub(scenario.utc_offset_s);
    let first = scenario.utc_offset_changes.first();
    // The first offset applies from a time before all dates that the page can represent.
    let before = first.map(|change| (-1e12, ahead(change.before_s)));
    let later = scenario.utc_offset_changes.iter();
    let later = later.map(|change| (origin + change.at_s, ahead(change.after_s)));
    before.into_iter().chain(later).collect()
}

/// Interactive chart of a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Interactive {
    /// Number of the chart on the page, assigned when the page is written.
    pub number: usize,
    pub name: String,
    title: String,
    subtitle: String,
    facts: Grid,
    #[serde(skip)]
    pub data: ChartData,
}

/// Returns the block of an interactive chart. `scenario` is the scenario in the page heading, which
/// the subtitle then does not repeat.
pub(super) fn block(chart: &LineChart, scenario: Option<&ScenarioInfo>) -> Block {
    let mut subtitle = match scenario {
        Some(_) => capitalised(&chart.heading.what),
        None => chart.heading.subtitle(),
    };
    let every = places(chart).len().div_ceil(POINTS_MAX);
    if every > 1 {
        subtitle.push_str(&format!(" · each point is the maximum of {every} values"));
    }
    Block::Chart(Box::new(Interactive {
        number: 0,
        name: chart.heading.name.clone(),
        title: chart.heading.title.clone(),
        subtitle,
        facts: facts(chart),
        data: ChartData::of(chart, scenario.unwrap_or(&ScenarioInfo::default())),
    }))
}

/// Returns a table of the chart for readers who cannot see it.
fn facts(chart: &LineChart) -> Grid {
    let cell = |value: f64| match chart.y.unit {
        _ if !value.is_finite() => Cell::Empty,
        AxisUnit::Seconds => Cell::Seconds(value),
        AxisUnit::Share => Cell::Share(value),
        AxisUnit::Bytes => Cell::Bytes(value.max(0.0).round() as u64),
        AxisUnit::Number | AxisUnit::Civil | AxisUnit::Name => Cell::Number(value),
    };
    let mut table = Table::new(&["series", "minimum", "mean", "maximum"], 1);
    for line in &chart.lines {
        let values = || line.points.iter().filter_map(|(_, value)| *value);
        let count = values().count().max(1) as f64;
        let least = values().fold(f64::INFINITY, f64::min);
        let greatest = values().fold(f64::NEG_INFINITY, f64::max);
        let amounts = [least, values().sum::<f64>() / count, greatest];
        table.row([Cell::text(&line.label)].into_iter().chain(amounts.map(cell)));
    }
    Grid::new(&chart.heading.title, &table)
}

/// Returns all distinct x values in ascending order.
fn places(chart: &LineChart) -> Vec<f64> {
    let lines = chart.lines.iter().flat_map(|line| line.points.iter().map(|point| point.0));
    let bands = chart.bands.iter().flat_map(|band| band.points.iter().map(|point| point.0));
    let mut all: Vec<f64> = lines.chain(bands).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// Value of a series at an x value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Point {
    Value(f64),
    /// Interruption of the line: JSON `null`.
    Gap(()),
    /// Continuation of the line without a point: JSON `""`.
    Absent(&'static str),
}

impl Point {
    const GAP: Point = Point::Gap(());
    const ABSENT: Point = Point::Absent("");

    fn value(self) -> Option<f64> {
        if let Point::Value(value) = self { Some(value) } else { None }
    }
}

/// Returns the values of a line at all x values.
fn at(places: &[f64], points: &[(f64, Option<f64>)]) -> Vec<Point> {
    let mut points = points.iter().peekable();
    let mut values = Vec::with_capacity(places.len());
    for place in places {
        while points.next_if(|point| point.0 < *place).is_some() {}
        let found = points.next_if(|point| point.0 == *place);
        values.push(found.map_or(Point::ABSENT, |point| point.1.map_or(Point::GAP, Point::Value)));
    }
    values
}

/// Reduces each group of `every` points to one point, chosen by `pick`.
fn thinned(points: &[Point], every: usize, pick: fn(f64, f64) -> f64) -> Vec<Point> {
    let group = |group: &[Point]| {
        let value = group.iter().filter_map(|point| point.value()).reduce(pick);
        let gap = if group.contains(&Point::GAP) { Point::GAP } else { Point::ABSENT };
        value.map_or(gap, |value| Point::Value(short(value)))
    };
    points.chunks(every).map(group).collect()
}

/// Rounds a value to five significant digits, which suffice for a screen.
fn short(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let power = 10.0_f64.powi(4 - value.abs().log10().floor() as i32);
    if power.is_finite() { (value * power).round() / power } else { value }
}

#[cfg(test)]
mod tests {
    use super::Point::Value;
    use super::*;
    use crate::report::chart::{self as charts, Heading};

    #[test]
    fn a_line_continues_across_x_values_of_other_lines() {
        let (x, y) = (Axis::whole("", AxisUnit::Share), Axis::whole("", AxisUnit::Share));
        let mut chart = LineChart::new(Heading::new("f", "", "", ""), x, y);
        for points in [vec![(0.0, Some(1.0)), (2.0, Some(3.0))], vec![(1.0, Some(5.0))]] {
            chart.lines.push(Line { label: String::new(), points, style: 0, width: 1.0 });
        }
        let data = ChartData::of(&chart, &ScenarioInfo::default());
        assert_eq!(data.places, [0.0, 1.0, 2.0]);
        assert_eq!(data.series[0].values, [Value(1.0), Point::ABSENT, Value(3.0)]);
        assert_eq!(data.series[1].values, [Point::ABSENT, Value(5.0), Point::ABSENT]);
        let json = serde_json::to_string(&data.series[0].values).expect("JSON");
        assert_eq!(json, "[1.0,\"\",3.0]");
    }

    #[test]
    fn bands_are_interrupted_where_they_have_no_value() {
        let (x, y) = (Axis::whole("", AxisUnit::Share), Axis::whole("", AxisUnit::Share));
        let mut chart = LineChart::new(Heading::new("f", "", "", ""), x, y);
        let points = vec![(0.0, Some((1.0, 2.0))), (1.0, None), (2.0, Some((3.0, 4.0)))];
        chart.bands.push(charts::Band { label: String::new(), points, style: 0 });
        let data = ChartData::of(&chart, &ScenarioInfo::default());
        assert_eq!(data.bands[0].low, [Value(1.0), Point::GAP, Value(3.0)]);
        assert_eq!(data.bands[0].high, [Value(2.0), Point::GAP, Value(4.0)]);
    }

    #[test]
    fn long_series_keep_their_maximum() {
        let (x, y) = (Axis::whole("", AxisUnit::Share), Axis::whole("", AxisUnit::Share));
        let mut chart = LineChart::new(Heading::new("f", "", "", ""), x, y);
        let value = |place: u32| if place == 2_345 { 9.0 } else { 1.0 };
        let points = (0..10_000).map(|place| (f64::from(place), Some(value(place)))).collect();
        chart.lines.push(Line { label: String::new(), points, style: 0, width: 1.0 });
        let data = ChartData::of(&chart, &ScenarioInfo::default());
        assert!(data.places.len() <= POINTS_MAX && data.places.len() > POINTS_MAX / 2);
        assert!(data.series[0].values.contains(&Value(9.0)));
    }

    #[test]
    fn the_subtitle_names_the_scenario_only_if_the_page_heading_does_not() {
        let (x, y) = (Axis::whole("", AxisUnit::Share), Axis::whole("", AxisUnit::Share));
        let heading = Heading::new("f", "", "lab · seed 0", "means");
        let chart = LineChart::new(heading, x, y);
        let subtitle = |scenario: Option<&ScenarioInfo>| match block(&chart, scenario) {
            Block::Chart(chart) => chart.subtitle,
            other => panic!("{other:?}"),
        };
        assert_eq!(subtitle(Some(&ScenarioInfo::default())), "Means");
        assert_eq!(subtitle(None), "lab · seed 0 · means");
    }

    #[test]
    fn values_are_rounded_to_five_digits() {
        assert_eq!(short(0.123_456_789), 0.12346);
        assert_eq!(short(1_234_567.0), 1_234_600.0);
    }
}
