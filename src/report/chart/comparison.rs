//! Several runs in one chart: their latency over time and by share of requests, what they carry,
//! and how far their deployments are.

use super::latency::{SHARES, add_distribution};
use super::{Axis, AxisUnit, Figure, Line, middles};
use crate::results::{Column, RunResult};

/// A run and what it is called.
pub type Named<'a> = (&'a str, &'a RunResult);

/// Charts of two runs, the first of each scenario; without what one of them has no data for.
pub fn both(runs: [&RunResult; 2]) -> Vec<Figure> {
    let named = [("A", runs[0]), ("B", runs[1])];
    [latency(&named), distribution(&named)].into_iter().flatten().collect()
}

/// Charts of several runs, times counted from the start of each.
pub fn overlay(runs: &[Named<'_>]) -> Vec<Figure> {
    let answered = |run: &RunResult| run.series.completed_per_s.clone();
    let failed = |run: &RunResult| run.series.failed_attempts_per_s.clone();
    let busiest = |run: &RunResult| highest(run, run.limited_stations().map(|(_, column)| column));
    let connections = |run: &RunResult| highest(run, run.series.instance_connections.iter());
    let number = AxisUnit::Number;
    let charts = [
        latency(runs),
        over_time(runs, ("answered", "Requests answered", "per second", number), answered),
        over_time(runs, ("failed", "Attempts that failed", "per second", number), failed),
        over_time(
            runs,
            ("utilisation", "The busiest station", "utilisation", AxisUnit::Share),
            busiest,
        ),
        over_time(
            runs,
            ("connections", "Connections on the fullest VM instance", "connections", number),
            connections,
        ),
        distribution(runs),
    ];
    charts.into_iter().flatten().collect()
}

fn subtitle(runs: &[Named<'_>]) -> String {
    let named: Vec<String> =
        runs.iter().map(|(name, run)| format!("{name}: {}", run.scenario.name)).collect();
    format!(
        "{} · seed {} · the first replication of each",
        named.join(", "),
        runs.first().map_or(0, |(_, run)| run.scenario.seed)
    )
}

/// Civil time of the longest run.
fn time(runs: &[Named<'_>]) -> Option<Axis> {
    let length = |run: &RunResult| run.scenario.duration_s;
    let longest = runs.iter().rev().max_by(|one, other| length(one.1).total_cmp(&length(other.1)));
    longest.map(|(_, run)| Axis::civil(&run.scenario))
}

fn latency(runs: &[Named<'_>]) -> Option<Figure> {
    let values =
        runs.iter().flat_map(|(_, run)| run.series.latency_p95_s.iter().copied().flatten());
    let (x, y) = (time(runs)?, Axis::latency(values)?);
    let title = "95 % quantile of the latency that clients see";
    let mut figure = Figure::new("comparison-latency", title, &subtitle(runs), x, y);
    for (style, (name, run)) in runs.iter().enumerate() {
        let points = middles(run).into_iter().zip(run.series.latency_p95_s.iter().copied());
        let (label, points) = (format!("{name}, p95"), points.collect());
        figure.lines.push(Line { label, points, style, width: 1.0 });
    }
    Some(figure)
}

fn distribution(runs: &[Named<'_>]) -> Option<Figure> {
    let all = runs.iter().flat_map(|(_, run)| run.latency_distribution.iter());
    let y = Axis::latency(all.map(|point| point.0))?;
    let count = runs.iter().map(|(_, run)| run.latency.count).max().unwrap_or(1).max(1);
    let x = Axis::nines(SHARES, count);
    let title = "Distribution of the latency that clients see";
    let mut figure = Figure::new("comparison-distribution", title, &subtitle(runs), x, y);
    for (style, (name, run)) in runs.iter().enumerate() {
        add_distribution(&mut figure, name, style, run);
    }
    Some(figure)
}

/// One series of each run; `None` where all are nothing.
fn over_time(
    runs: &[Named<'_>],
    (name, title, unit_label, unit): (&str, &str, &str, AxisUnit),
    of: fn(&RunResult) -> Vec<f64>,
) -> Option<Figure> {
    let all: Vec<Vec<f64>> = runs.iter().map(|(_, run)| of(run)).collect();
    let largest = all.iter().flatten().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return None;
    }
    let y = match unit {
        AxisUnit::Share => Axis::whole(unit_label, unit),
        unit => Axis::linear(unit_label, largest, unit),
    };
    let mut figure =
        Figure::new(&format!("comparison-{name}"), title, &subtitle(runs), time(runs)?, y);
    for (style, ((name, run), values)) in runs.iter().zip(all).enumerate() {
        figure.add_line(name, (style, 1.0), &middles(run), &values);
    }
    Some(figure)
}

/// The highest of several columns in each bin.
fn highest<'a>(run: &RunResult, columns: impl Iterator<Item = &'a Column> + Clone) -> Vec<f64> {
    let at = |bin: usize| columns.clone().filter_map(move |one| one.values.get(bin).copied());
    (0..run.series.start_s.len()).map(|bin| at(bin).fold(0.0, f64::max)).collect()
}
