//! Figures over the factors of a sweep: lines with their intervals, a map of two factors, points
//! that were drawn.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::LINES_MAX;
use super::heatmap::{Cell, HeatMap, Row};
use super::{Axis, AxisUnit, Band, Chart, Figure, Heading, Limit, Line};
use crate::report::format::{self, value};
use crate::results::{SweepResult, Unit, as_number};

/// The charts of a sweep: of each figure that was asked for, over its factors.
pub fn all(result: &SweepResult) -> Vec<Chart> {
    let mut charts = Vec::new();
    for measure in &result.plan.metrics {
        let Some(of) = Measure::new(result, measure) else { continue };
        let factors = 0..of.factors();
        match result.plan.design.as_str() {
            "grid" => {
                charts.push(Chart::Figure(of.grid()));
                charts.extend(of.map().map(Chart::HeatMap));
            }
            "one-at-a-time" => {
                charts.extend(factors.filter_map(|one| of.alone(one)).map(Chart::Figure));
            }
            _ => charts.extend(factors.filter_map(|one| of.drawn(one)).map(Chart::Figure)),
        }
    }
    charts
}

/// A map of more columns or rows would be of pixels.
const MAP_LEVELS_MAX: usize = 60;

/// A figure of a sweep.
struct Measure<'a> {
    result: &'a SweepResult,
    name: &'a str,
    unit: Unit,
    /// Mean and half-width at each point.
    values: Vec<(Option<f64>, f64)>,
}

/// Where a factor's levels stand on the axis across.
struct Across {
    axis: Axis,
    /// Of each point.
    places: Vec<f64>,
}

impl<'a> Measure<'a> {
    /// `None` if no point has such a figure.
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

    /// The levels of a factor, in order of points, each once.
    fn levels(&self, factor: usize) -> Vec<String> {
        let mut known = BTreeSet::new();
        let all = self.result.plan.points.iter().map(|point| &point.levels[factor]);
        all.filter(|level| known.insert(level.as_str())).cloned().collect()
    }

    fn is_numeric(&self, factor: usize) -> bool {
        self.result.plan.numbers(factor).is_some()
    }

    /// Numbers stand where they are, anything else side by side.
    fn across(&self, factor: usize) -> Across {
        match self.result.plan.numbers(factor) {
            Some(places) => {
                let least = places.iter().copied().fold(f64::INFINITY, f64::min);
                let greatest = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                if least == greatest {
                    return self.side_by_side(factor);
                }
                let axis = Axis::between(self.path(factor), &places, AxisUnit::Number);
                Across { axis, places }
            }
            None => self.side_by_side(factor),
        }
    }

    fn side_by_side(&self, factor: usize) -> Across {
        let levels = self.levels(factor);
        let places: BTreeMap<&str, usize> =
            levels.iter().enumerate().map(|(place, level)| (level.as_str(), place)).collect();
        let place = |point: usize| places.get(self.level(point, factor)).copied().unwrap_or(0);
        let places = (0..self.values.len()).map(|point| place(point) as f64).collect();
        Across { axis: Axis::levels(self.path(factor), &levels), places }
    }

    fn figure(&self, suffix: &str, title: &str, what: &str, x: Axis) -> Figure {
        let ends = self.values.iter().map(|(mean, half)| mean.unwrap_or(0.0) + half);
        let greatest = ends.fold(0.0, f64::max);
        let y = match self.is_logarithmic() {
            true => Axis::logarithmic_time(&self.label(), (self.least(), greatest)),
            false => Axis::linear(&self.label(), greatest, AxisUnit::of(self.unit)),
        };
        Figure::new(
            &file_name(&format!("{}{suffix}", self.name)),
            title,
            &self.subtitle(what),
            x,
            y,
        )
    }

    fn least(&self) -> f64 {
        self.values.iter().filter_map(|(mean, _)| *mean).fold(f64::INFINITY, f64::min)
    }

    fn greatest(&self) -> f64 {
        self.values.iter().filter_map(|(mean, _)| *mean).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Lengths of time of very different sizes.
    fn is_logarithmic(&self) -> bool {
        let least = self.least();
        self.unit == Unit::Seconds && least > 0.0 && self.greatest() > 50.0 * least
    }

    fn label(&self) -> String {
        format!("{} ({})", self.name, self.unit.symbol())
    }

    fn subtitle(&self, what: &str) -> String {
        let plan = &self.result.plan;
        format!(
            "{} · {} replications of each point · seed {} · {what}",
            plan.scenario, plan.replications, plan.seed
        )
    }

    fn bands_are(&self) -> String {
        format!("bands: {} % intervals", format::number(100.0 * self.result.plan.confidence))
    }

    /// A line with its interval through points, as they stand across.
    fn add_line(&self, figure: &mut Figure, across: &Across, points: &[usize], label: String) {
        let mut points = points.to_vec();
        points.sort_by(|one, other| across.places[*one].total_cmp(&across.places[*other]));
        let style = figure.lines.len();
        let found = points.iter().map(|point| (across.places[*point], self.values[*point]));
        let band = found.clone().filter_map(|(x, (mean, half))| {
            mean.map(|mean| (x, (mean - half).max(0.0), mean + half))
        });
        let band = Band { label: String::new(), points: band.collect(), style };
        if band.points.len() > 1 {
            figure.bands.push(band);
        }
        let points = found.map(|(x, (mean, _))| (x, mean)).collect();
        figure.lines.push(Line { label, points, style, width: 1.0 });
    }

    /// Over the first factor of numbers, a line for each combination of the others.
    fn grid(&self) -> Figure {
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
        let mut figure = self.figure("", &title, &what, across.axis.clone());
        for shown in 0..count.min(LINES_MAX) {
            // The first, the last, and some between.
            let place =
                if count > LINES_MAX { shown * (count - 1) / (LINES_MAX - 1) } else { shown };
            let (label, points) = &lines[place];
            let label = if label.is_empty() { "mean".to_owned() } else { label.clone() };
            self.add_line(&mut figure, &across, points, label);
        }
        figure
    }

    /// Two factors of numbers, and nothing else: a map.
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
        let is_logarithmic = self.is_logarithmic();
        let size = |value: f64| if is_logarithmic { value.ln() } else { value };
        let least = size(self.least());
        let range = (size(self.greatest()) - least).max(f64::MIN_POSITIVE);
        let cell = |row: &String, column: &String| {
            let is_there =
                |point: &usize| self.level(*point, 0) == column && self.level(*point, 1) == row;
            let point = (0..self.values.len()).find(is_there);
            point.and_then(|point| self.values[point].0).map_or_else(Cell::default, |mean| Cell {
                share: 0.95 * (size(mean) - least) / range,
                absent: 0.0,
                label: value(self.unit, mean),
            })
        };
        let row = |row: &String| Row {
            name: row.clone(),
            cells: columns.iter().map(|column| cell(row, column)).collect(),
        };
        let ends = [self.least(), self.greatest()].map(|end| value(self.unit, end));
        let middles = (0..columns.len()).map(|place| place as f64);
        Some(HeatMap {
            heading: Heading {
                name: file_name(&format!("{}-map", self.name)),
                title: format!("{} by {} and {}", self.name, self.path(0), self.path(1)),
                subtitle: self.subtitle("the darker, the more"),
            },
            x: Axis::levels(self.path(0), &columns),
            rows_label: self.path(1).to_owned(),
            columns: middles.map(|middle| (middle - 0.5, middle + 0.5)).collect(),
            rows: rows.iter().rev().map(row).collect(),
            scale: format!("{}: {} to {}", self.name, ends[0], ends[1]),
            beyond: "",
        })
    }

    /// One factor's values while all others are the scenario's own.
    fn alone(&self, factor: usize) -> Option<Figure> {
        let points = &self.result.plan.points;
        let is_of = |point: &usize| {
            let changed = points[*point].changed;
            changed.is_none() || changed == Some(factor as u32)
        };
        let shown: Vec<usize> = (0..points.len()).filter(is_of).collect();
        let across = self.across(factor);
        let title = format!("{} by {} alone", self.name, self.path(factor));
        let suffix = format!("-{}-{}", factor + 1, self.path(factor));
        let mut figure = self.figure(&suffix, &title, &self.bands_are(), across.axis.clone());
        self.add_line(&mut figure, &across, &shown, "mean".to_owned());
        let own = self.values.first().and_then(|(mean, _)| *mean);
        let label = "the scenario itself".to_owned();
        figure.limits.extend(own.map(|at| Limit { at, label, is_mark: true }));
        (shown.len() > 1).then_some(figure)
    }

    /// Points that were drawn, over one factor: what is left of a pattern is due to it.
    fn drawn(&self, factor: usize) -> Option<Figure> {
        let across = self.across(factor);
        let mut places: Vec<(f64, Option<f64>)> =
            across.places.iter().zip(&self.values).map(|(x, (mean, _))| (*x, *mean)).collect();
        places.retain(|(_, mean)| mean.is_some());
        places.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (title, what) =
            (format!("{} by {}", self.name, self.path(factor)), "every mark is a point");
        let suffix = format!("-{}-{}", factor + 1, self.path(factor));
        let mut figure = self.figure(&suffix, &title, what, across.axis);
        // A gap after each point makes it a mark.
        let points = places.iter().flat_map(|point| [*point, (point.0, None)]).collect();
        figure.lines.push(Line { label: "mean".to_owned(), points, style: 0, width: 3.0 });
        (!places.is_empty()).then_some(figure)
    }
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    name.chars().take(100).map(|letter| if fits(letter) { letter } else { '-' }).collect()
}
