//! Charts that compare runs: latency over time and its distribution, completed requests, failures,
//! utilisation and connections.

use super::latency::{SHARES, add_distribution};
use super::theme::line_style::component;
use super::{Axis, AxisUnit, Heading, Line, LineChart, events, middles, run_names};
use crate::report::format;
use crate::results::{Column, RunResult};

/// A run and its name.
pub type Named<'a> = (&'a str, &'a RunResult);

/// Returns charts that compare two runs by the first replication of each scenario. Charts for which
/// either run has no data are omitted.
pub fn both(runs: [&RunResult; 2]) -> Vec<LineChart> {
    let names = run_names(&runs);
    let named: Vec<Named<'_>> = names.iter().map(String::as_str).zip(runs).collect();
    [latency(&named), distribution(&named)].into_iter().flatten().collect()
}

/// Returns charts of several runs; times are relative to the start of each run.
pub fn overlay(runs: &[Named<'_>]) -> Vec<LineChart> {
    let completed = |run: &RunResult| run.series.completed_per_s.clone();
    let failed = |run: &RunResult| run.series.failed_attempts_per_s.clone();
    let busiest = |run: &RunResult| highest(run, run.limited_stations().map(|(_, column)| column));
    let connections = |run: &RunResult| highest(run, run.series.instance_connections.iter());
    let number = AxisUnit::Number;
    let charts = [
        latency(runs),
        over_time(runs, ("completed", "Completed requests", "per second", number), completed),
        over_time(runs, ("failed", "Failed attempts", "per second", number), failed),
        over_time(
            runs,
            ("utilisation", "Utilisation of the busiest station", "utilisation", AxisUnit::Share),
            busiest,
        ),
        over_time(
            runs,
            ("connections", "Connections on the busiest VM instance", "connections", number),
            connections,
        ),
        distribution(runs),
    ];
    charts.into_iter().flatten().collect()
}

/// Returns the scenario and its seed.
fn about(runs: &[Named<'_>]) -> String {
    let first = runs.first().map(|(_, run)| &run.scenario);
    first.map_or_else(String::new, |one| format!("{} · seed {}", one.name, one.seed))
}

/// Describes the value of each run and, for two runs, the size and direction of the difference.
fn described(runs: &[Named<'_>], what: &str, values: &[f64], write: fn(f64) -> String) -> String {
    let Some((first, _)) = runs.first() else { return String::new() };
    let named = runs.iter().zip(values);
    let named = named.map(|((name, _), value)| format!("{name}: {}", write(*value)));
    let mut text =
        format!("first replication of each run · {what}: {}", named.collect::<Vec<_>>().join(", "));
    if let ([base, value], [_, (second, _)]) = (values, runs)
        && let Some(difference) = difference(*base, *value)
    {
        text.push_str(&format!(" ({second}: {difference} {first})"));
    }
    text
}

/// Returns a phrase such as `38 % lower than`; `None` if the ratio of the values is undefined.
fn difference(base: f64, value: f64) -> Option<String> {
    let share = (value - base) / base;
    share.is_finite().then(|| match share {
        share if share.abs() < 0.005 => "less than 0.5 % different from".to_owned(),
        share if share >= 2.0 => format!("{} times as high as", format::number(share + 1.0)),
        share => {
            let direction = if share < 0.0 { "lower" } else { "higher" };
            format!("{:.0} % {direction} than", 100.0 * share.abs())
        }
    })
}

/// Returns a chart over local time with the events that all runs have in common, and the
/// disruptions of the first run.
fn timeline(runs: &[Named<'_>], name: &str, title: &str, what: &str, y: Axis) -> Option<LineChart> {
    let heading = Heading::new(&format!("comparison-{name}"), title, &about(runs), what);
    let mut chart = LineChart::new(heading, time(runs)?, y);
    let all: Vec<_> = runs.iter().map(|(_, run)| events::of_run(run)).collect();
    let (first, others) = all.split_first()?;
    let common = first.iter().filter(|event| others.iter().all(|own| own.contains(event)));
    chart.events = common.cloned().collect();
    chart.shades = events::shades(runs.first()?.1);
    chart.focus = events::focus(runs.first()?.1);
    Some(chart)
}

/// Returns an axis of local time over the longest run.
fn time(runs: &[Named<'_>]) -> Option<Axis> {
    let length = |run: &RunResult| run.scenario.duration_s;
    let longest = runs.iter().rev().max_by(|one, other| length(one.1).total_cmp(&length(other.1)));
    longest.map(|(_, run)| Axis::civil(&run.scenario))
}

/// Returns the 95th percentile of each whole run.
fn p95(runs: &[Named<'_>]) -> Vec<f64> {
    runs.iter().map(|(_, run)| run.latency.p95).collect()
}

fn latency(runs: &[Named<'_>]) -> Option<LineChart> {
    let values =
        runs.iter().flat_map(|(_, run)| run.series.latency_p95_s.iter().copied().flatten());
    let y = Axis::latency(values)?;
    let what = described(runs, "p95 of the whole run", &p95(runs), format::seconds);
    let mut chart = timeline(runs, "latency", "Client latency p95", &what, y)?;
    for (number, (name, run)) in runs.iter().enumerate() {
        let points = middles(run).into_iter().zip(run.series.latency_p95_s.iter().copied());
        let (label, points) = ((*name).to_owned(), points.collect());
        chart.lines.push(Line { label, points, style: component(number), width: 1.0 });
    }
    Some(chart)
}

fn distribution(runs: &[Named<'_>]) -> Option<LineChart> {
    let count = runs.iter().map(|(_, run)| run.latency.count).max().unwrap_or(1).max(1);
    let x = Axis::nines(SHARES, count);
    let all = runs.iter().flat_map(|(_, run)| run.latency_distribution.iter());
    let shown = all.filter(|(_, share)| x.contains(*share));
    let y = Axis::latency(shown.map(|(seconds, _)| *seconds))?;
    let what = described(runs, "p95", &p95(runs), format::seconds);
    let title = "Distribution of client latency";
    let heading = Heading::new("comparison-distribution", title, &about(runs), &what);
    let mut chart = LineChart::new(heading, x, y);
    for (number, (name, run)) in runs.iter().enumerate() {
        add_distribution(&mut chart, name, component(number), run);
    }
    Some(chart)
}

/// Returns one series per run; `None` if all values are zero.
fn over_time(
    runs: &[Named<'_>],
    (name, title, unit_label, unit): (&str, &str, &str, AxisUnit),
    of: fn(&RunResult) -> Vec<f64>,
) -> Option<LineChart> {
    let all: Vec<Vec<f64>> = runs.iter().map(|(_, run)| of(run)).collect();
    let largest = all.iter().flatten().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return None;
    }
    let y = match unit {
        AxisUnit::Share => Axis::utilisation(unit_label, largest),
        unit => Axis::linear(unit_label, largest, unit),
    };
    let means: Vec<f64> =
        all.iter().map(|values| values.iter().sum::<f64>() / values.len().max(1) as f64).collect();
    let write = match unit {
        AxisUnit::Share => format::share,
        _ => format::number,
    };
    let what = described(runs, "mean", &means, write);
    let mut chart = timeline(runs, name, title, &what, y)?;
    for (number, ((name, run), values)) in runs.iter().zip(all).enumerate() {
        chart.add_line(name, (component(number), 1.0), &middles(run), &values);
    }
    Some(chart)
}

/// Returns the maximum of several columns in each bin.
fn highest<'a>(run: &RunResult, columns: impl Iterator<Item = &'a Column> + Clone) -> Vec<f64> {
    let at = |bin: usize| columns.clone().filter_map(move |one| one.values.get(bin).copied());
    (0..run.series.start_s.len()).map(|bin| at(bin).fold(0.0, f64::max)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_described_as_higher_or_lower() {
        assert_eq!(difference(4.0, 2.0).as_deref(), Some("50 % lower than"));
        assert_eq!(difference(2.0, 3.0).as_deref(), Some("50 % higher than"));
        assert_eq!(difference(1.0, 9.0).as_deref(), Some("9 times as high as"));
        assert_eq!(difference(1.0, 1.001).as_deref(), Some("less than 0.5 % different from"));
        assert_eq!(difference(0.0, 1.0), None);
    }
}
