//! Two runs in one chart: the latency of both, over time and by share of requests.

use super::{Axis, Figure, Line, middles};
use crate::report::format;
use crate::results::RunResult;

/// Charts of two runs, the first of each scenario; without what one of them has no data for.
pub fn both(runs: [&RunResult; 2]) -> Vec<Figure> {
    [over_time(runs), distribution(runs)].into_iter().flatten().collect()
}

const NAMES: [&str; 2] = ["A", "B"];

fn subtitle(runs: [&RunResult; 2]) -> String {
    let [first, second] = runs.map(|run| run.scenario.name.as_str());
    format!(
        "A: {first}, B: {second} · seed {} · the first replication of each",
        runs[0].scenario.seed
    )
}

fn latency_axis(values: impl Iterator<Item = f64> + Clone) -> Option<Axis> {
    let smallest = values.clone().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let largest = values.fold(0.0, f64::max);
    smallest.is_finite().then(|| match largest / smallest > 20.0 {
        true => Axis::logarithmic_time("latency (logarithmic)", (smallest, largest)),
        false => Axis::linear("latency", largest, format::tick_seconds),
    })
}

fn over_time(runs: [&RunResult; 2]) -> Option<Figure> {
    let values = runs.iter().flat_map(|run| run.series.latency_p95.iter().copied().flatten());
    let y = latency_axis(values)?;
    let longer = match runs[1].scenario.duration_seconds > runs[0].scenario.duration_seconds {
        true => runs[1],
        false => runs[0],
    };
    let x = Axis::civil(&longer.scenario);
    let title = "95 % quantile of the latency that clients see";
    let mut figure = Figure::new("comparison-latency", title, &subtitle(runs), x, y);
    for (style, (name, run)) in NAMES.iter().zip(runs).enumerate() {
        let points = middles(run).into_iter().zip(run.series.latency_p95.iter().copied());
        let (label, points) = (format!("{name}, p95"), points.collect());
        figure.lines.push(Line { label, points, style, width: 1.0 });
    }
    Some(figure)
}

fn distribution(runs: [&RunResult; 2]) -> Option<Figure> {
    let values = runs.iter().flat_map(|run| run.latency_distribution.iter().map(|point| point.0));
    let y = latency_axis(values)?;
    let count = runs.iter().map(|run| run.latency.count).max().unwrap_or(1).max(1);
    let x = Axis::nines("share of requests answered within this latency", count);
    let title = "Distribution of the latency that clients see";
    let mut figure = Figure::new("comparison-distribution", title, &subtitle(runs), x, y);
    for (style, (name, run)) in NAMES.iter().zip(runs).enumerate() {
        let shown = run.latency_distribution.iter().filter(|(_, share)| figure.x.contains(*share));
        let points = shown.map(|(seconds, share)| (*share, Some(*seconds))).collect();
        figure.lines.push(Line { label: (*name).to_owned(), points, style, width: 1.0 });
    }
    Some(figure)
}
