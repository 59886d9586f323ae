//! Charts of a sweep: a metric over the factors as lines with intervals, as a heat map, or as
//! points.

use std::collections::{BTreeMap, BTreeSet};

use super::colour_scale::ColourScale;
use super::heatmap::{Cell, HeatMap, Row};
use super::line_chart::LINES_MAX;
use super::theme::line_style::component;
use super::{Axis, AxisUnit, Band, Chart, Heading, Limit, Line, LineChart};
use crate::report::format::{self, value};
use crate::results::{SweepResult, Unit, as_number};

/// Returns the charts of a sweep: each requested metric over its factors.
pub fn all(result: &SweepResult) -> Vec<Chart> {
    let mut charts = Vec::new();
    for measure in &result.plan.metrics {
        let Some(of) = Measure::new(result, measure) else { continue };
        let factors = 0..of.factors();
        match result.plan.design.as_str() {
            "grid" => {
                charts.push(Chart::Lines(of.grid()));
                charts.extend(of.map().map(Chart::HeatMap));
            }
            "one-at-a-time" => {
                charts.extend(factors.filter_map(|one| of.alone(one)).map(Chart::Lines));
            }
            _ => charts.extend(factors.filter_map(|one| of.sampled(one)).map(Chart::Lines)),
        }
    }
    charts
}

/// Maximum number of levels of a factor in a heat map; more cells would be too small.
const MAP_LEVELS_MAX: usize = 60;

/// Metric of a sweep.
struct Measure<'a> {
    result: &'a SweepResult,
    name: &'a str,
    unit: Unit,
    /// Mean and half-width of the confidence interval at each point.
    values: Vec<(Option<f64>, f64)>,
}

/// Horizontal axis of a factor with the position of each point.
struct Across {
    axis: Axis,
    /// Position of each point on the axis.
    places: Vec<f64>,
}

impl<'a> Measure<'a> {
    /// Collects the values of a metric at all points; returns `None` if no point has this metric.
    fn new(result: &'a SweepResult, name: &'a str) -> Option<Self> {
        let points = 0..result.plan.points.len();
        let unit = points.clone().find_map(|point| result.metric(point, name))?.metric.unit();
        let values = points.map(|point| {
            let found = result.metric(point, name).filter(|one| one.not_reached == 0);
            let mean = found.and_then(|one| one.mean).filter(|mean| mean.is_finite());
            (mean, found.and_then(|one| one.half_width).unwrap_or(0.0))
        });
        Some(Measure { result, name, unit, values: values.collect() })
    }

    fn factors(&self) -> usize {
        self.result.plan.factors.len()
    }

    fn path(&self, factor: usize) -> &str {
        &self.result.plan.factors[factor].path
    }

    fn level(&self, point: usize, factor: usize) -> &str {
        &self.result.plan.points[point].levels[factor]
    }

    /// Returns the distinct levels of a factor in the order of the points.
    fn levels(&self, factor: usize) -> Vec<String> {
        let mut known = BTreeSet::new();
        let all = self.result.plan.points.iter().map(|point| &point.levels[factor]);
        all.filter(|level| known.insert(level.as_str())).cloned().collect()
    }

    fn is_numeric(&self, factor: usize) -> bool {
        self.result.plan.numbers(factor).is_some()
    }

    /// Returns the axis of a factor: numeric levels are placed by value, other levels at equal
    /// distances.
    fn across(&self, factor: usize) -> Across {
        match self.result.plan.numbers(factor) {
            Some(places) => {
                let smallest = places.iter().copied().fold(f64::INFINITY, f64::min);
                let largest = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                if smallest == largest {
                    return self.side_by_side(factor);
                }
                let axis = Axis::between(self.path(factor), &places, AxisUnit::Number);
                Across { axis, places }
            }
            None => self.side_by_side(factor),
        }
    }

    fn side_by_side(&self, factor: usize) -> Across {
        let mut levels = self.levels(factor);
        if levels.iter().all(|level| amount(level).1 == amount(&levels[0]).1) {
            levels.sort_by(|one, other| amount(one).0.total_cmp(&amount(other).0));
        }
        let places: BTreeMap<&str, usize> =
            levels.iter().enumerate().map(|(place, level)| (level.as_str(), place)).collect();
        let place = |point: usize| places.get(self.level(point, factor)).copied().unwrap_or(0);
        let places = (0..self.values.len()).map(|point| place(point) as f64).collect();
        Across { axis: Axis::levels(self.path(factor), &levels), places }
    }

    fn chart(&self, suffix: &str, title: &str, what: &str, x: Axis) -> LineChart {
        let ends = self.values.iter().map(|(mean, half)| mean.unwrap_or(0.0) + half);
        let largest = ends.fold(0.0, f64::max);
        let y = match self.is_logarithmic() {
            true => Axis::logarithmic_time(&self.label(), (self.smallest(), largest)),
            false => Axis::linear(&self.label(), largest, AxisUnit::of(self.unit)),
        };
        LineChart::new(self.heading(suffix, title, what), x, y)
    }

    fn smallest(&self) -> f64 {
        self.values.iter().filter_map(|(mean, _)| *mean).fold(f64::INFINITY, f64::min)
    }

    fn largest(&self) -> f64 {
        self.values.iter().filter_map(|(mean, _)| *mean).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Returns whether the metric is a time whose values differ by orders of magnitude.
    fn is_logarithmic(&self) -> bool {
        let smallest = self.smallest();
        self.unit == Unit::Seconds && smallest > 0.0 && self.largest() > 50.0 * smallest
    }

    /// Returns the title of the axis. Ticks of times, shares and bytes show the unit; for other
    /// metrics the title contains it.
    fn label(&self) -> String {
        let scale = if self.is_logarithmic() { " (logarithmic)" } else { "" };
        match self.unit {
            Unit::Seconds | Unit::Share | Unit::Bytes => format!("{}{scale}", self.name),
            Unit::PerSecond | Unit::Money | Unit::BitRate => {
                format!("{}, {}", self.name, self.unit.symbol())
            }
            Unit::Count => self.name.to_owned(),
        }
    }

    fn heading(&self, suffix: &str, title: &str, what: &str) -> Heading {
        let plan = &self.result.plan;
        let about = format!(
            "{} · {} replications per point · seed {}",
            plan.scenario, plan.replications, plan.seed
        );
        Heading::new(&file_name(&format!("{}{suffix}", self.name)), title, &about, what)
    }

    fn bands_are(&self) -> String {
        format!(
            "bands: {} % confidence intervals",
            format::number(100.0 * self.result.plan.confidence)
        )
    }

    /// Adds a line through points with their confidence intervals.
    fn add_line(&self, chart: &mut LineChart, across: &Across, points: &[usize], label: String) {
        let mut points = points.to_vec();
        points.sort_by(|one, other| across.places[*one].total_cmp(&across.places[*other]));
        let style = component(chart.lines.len());
        let found = points.iter().map(|point| (across.places[*point], self.values[*point]));
        let band = found
            .clone()
            .map(|(x, (mean, half))| (x, mean.map(|mean| ((mean - half).max(0.0), mean + half))));
        let band = Band { label: String::new(), points: band.collect(), style };
        if band.points.iter().filter(|(_, interval)| interval.is_some()).count() > 1 {
            chart.bands.push(band);
        }
        let points = found.map(|(x, (mean, _))| (x, mean)).collect();
        chart.lines.push(Line { label, points, style, width: 1.0 });
    }

    /// Returns the metric over the first numeric factor, with a line for each combination of the
    /// other factors.
    fn grid(&self) -> LineChart {
        let x = (0..self.factors()).find(|factor| self.is_numeric(*factor)).unwrap_or(0);
        let across = self.across(x);
        let label = |point: usize| {
            let others = (0..self.factors()).filter(|factor| *factor != x);
            let parts =
                others.map(|one| format!("{} = {}", self.path(one), self.level(point, one)));
            parts.collect::<Vec<_>>().join(", ")
        };
        let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
        let mut known = BTreeMap::new();
        for point in 0..self.values.len() {
            let label = label(point);
            let line = *known.entry(label.clone()).or_insert(lines.len());
            if line == lines.len() {
                lines.push((label, Vec::new()));
            }
            lines[line].1.push(point);
        }
        let count = lines.len();
        let what = match count {
            ..=LINES_MAX => self.bands_are(),
            _ => format!("{LINES_MAX} of {count} combinations · {}", self.bands_are()),
        };
        let title = format!("{} by {}", self.name, self.path(x));
        let mut chart = self.chart("", &title, &what, across.axis.clone());
        for shown in 0..count.min(LINES_MAX) {
            // Show the first, the last, and equally spaced combinations.
            let place =
                if count > LINES_MAX { shown * (count - 1) / (LINES_MAX - 1) } else { shown };
            let (label, points) = &lines[place];
            let label = if label.is_empty() { "mean".to_owned() } else { label.clone() };
            self.add_line(&mut chart, &across, points, label);
        }
        chart
    }

    /// Returns a heat map if there are exactly two factors and both are numeric.
    fn map(&self) -> Option<HeatMap> {
        let is_plane = self.factors() == 2 && (0..2).all(|factor| self.is_numeric(factor));
        let [mut columns, mut rows] =
            [0, 1].map(|factor| if is_plane { self.levels(factor) } else { Vec::new() });
        let fits = |levels: &[String]| (2..=MAP_LEVELS_MAX).contains(&levels.len());
        if !fits(&columns) || !fits(&rows) {
            return None;
        }
        for levels in [&mut columns, &mut rows] {
            let number = |level: &String| as_number(level).unwrap_or(0.0);
            levels.sort_by(|one, other| number(one).total_cmp(&number(other)));
        }
        let cell =
            |row: &String, column: &String| {
                let is_there =
                    |point: &usize| self.level(*point, 0) == column && self.level(*point, 1) == row;
                let point = (0..self.values.len()).find(is_there);
                point.and_then(|point| self.values[point].0).map_or_else(Cell::default, |mean| {
                    Cell { value: Some(mean), down: 0.0, label: value(self.unit, mean) }
                })
            };
        let row = |row: &String| Row {
            name: row.clone(),
            cells: columns.iter().map(|column| cell(row, column)).collect(),
        };
        let middles = (0..columns.len()).map(|place| place as f64);
        Some(HeatMap {
            heading: self.heading(
                "-map",
                &format!("{} by {} and {}", self.name, self.path(0), self.path(1)),
                "means",
            ),
            x: Axis::levels(self.path(0), &columns),
            rows_label: self.path(1).to_owned(),
            columns: middles.map(|middle| (middle - 0.5, middle + 0.5)).collect(),
            rows: rows.iter().rev().map(row).collect(),
            scale: self.scale(),
            events: Vec::new(),
        })
    }

    fn scale(&self) -> ColourScale {
        let (title, ends) = (self.name.to_owned(), (self.smallest(), self.largest()));
        let label = |bound: f64| value(self.unit, bound);
        match self.is_logarithmic() {
            true => ColourScale::logarithmic(title, ends, label),
            false => ColourScale::round(title, ends, label),
        }
    }

    /// Returns the metric over one factor, with the scenario's values of all other factors.
    fn alone(&self, factor: usize) -> Option<LineChart> {
        let points = &self.result.plan.points;
        let is_of = |point: &usize| {
            let changed = points[*point].changed;
            changed.is_none() || changed == Some(factor as u32)
        };
        let shown: Vec<usize> = (0..points.len()).filter(is_of).collect();
        let across = self.across(factor);
        let title = format!("{} by {}, other factors unchanged", self.name, self.path(factor));
        let suffix = format!("-{}-{}", factor + 1, self.path(factor));
        let mut chart = self.chart(&suffix, &title, &self.bands_are(), across.axis.clone());
        self.add_line(&mut chart, &across, &shown, "mean".to_owned());
        let own = self.values.first().and_then(|(mean, _)| *mean);
        let label = "unchanged scenario".to_owned();
        chart.limits.extend(own.map(|at| Limit { at, label, is_mark: true }));
        (shown.len() > 1).then_some(chart)
    }

    /// Returns the sampled points over one factor.
    fn sampled(&self, factor: usize) -> Option<LineChart> {
        let across = self.across(factor);
        let mut places: Vec<(f64, Option<f64>)> =
            across.places.iter().zip(&self.values).map(|(x, (mean, _))| (*x, *mean)).collect();
        places.retain(|(_, mean)| mean.is_some());
        places.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (title, what) =
            (format!("{} by {}", self.name, self.path(factor)), "one mark per sampled point");
        let suffix = format!("-{}-{}", factor + 1, self.path(factor));
        let mut chart = self.chart(&suffix, &title, what, across.axis);
        // A gap after each value turns it into a point.
        let points = places.iter().flat_map(|point| [*point, (point.0, None)]).collect();
        chart.lines.push(Line {
            label: "mean".to_owned(),
            points,
            style: component(0),
            width: 1.2,
        });
        (!places.is_empty()).then_some(chart)
    }
}

/// Splits the start of a level into number and unit: 5 and `ms` of `5ms`.
fn amount(level: &str) -> (f64, &str) {
    let is_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '_');
    let (number, unit) = level.split_at(level.find(|one| !is_number(one)).unwrap_or(level.len()));
    (number.replace('_', "").parse().unwrap_or(0.0), unit)
}

/// Returns a file name that is valid on all operating systems.
fn file_name(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    name.chars().take(100).map(|letter| if fits(letter) { letter } else { '-' }).collect()
}
