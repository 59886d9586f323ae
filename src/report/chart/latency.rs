//! Client-seen latency: over time, and its distribution.

use super::{Axis, AxisUnit, Figure, Limit, Line, middles, subtitle, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Axes of latencies that differ by more than this factor are logarithmic.
const LOGARITHMIC_FROM: f64 = 20.0;

/// Percentiles over time; `None` if nothing was answered.
pub(super) fn over_time(result: &RunResult) -> Option<Figure> {
    let series = &result.series;
    let curves = [
        ("p99", &series.latency_p99),
        ("p95", &series.latency_p95),
        ("p50 (median)", &series.latency_p50),
    ];
    let values = || curves.iter().flat_map(|(_, values)| values.iter().copied().flatten());
    let smallest = values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let largest = values().fold(0.0, f64::max);
    if !smallest.is_finite() {
        return None;
    }
    let what = "from a request's first attempt to its answer";
    let title = "Latency that clients see";
    let axis = if largest / smallest > LOGARITHMIC_FROM {
        Axis::logarithmic_time("latency (logarithmic)", (smallest, largest))
    } else {
        Axis::linear("latency", largest, AxisUnit::Seconds)
    };
    let mut figure = timeline(result, "latency", title, what, axis);
    let middles = middles(result);
    for (style, (label, values)) in curves.into_iter().enumerate() {
        let points = middles.iter().copied().zip(values.iter().copied()).collect();
        figure.lines.push(Line { label: label.to_owned(), points, style, width: 1.0 });
    }
    Some(figure)
}

/// Latency by the share of requests that were answered within it, with the tail stretched;
/// `None` if nothing was answered.
pub(super) fn distribution(result: &RunResult) -> Option<Figure> {
    let points = &result.latency_distribution;
    let (first, last) = (points.first()?, points.last()?);
    let count = result.latency.count.max(1);
    let x = Axis::nines("share of requests answered within this latency", count);
    let values = (first.0.max(1e-9), last.0.max(1e-9));
    let y = if values.1 / values.0 > LOGARITHMIC_FROM {
        Axis::logarithmic_time("latency (logarithmic)", values)
    } else {
        Axis::linear("latency", values.1, AxisUnit::Seconds)
    };
    let what = "from a request's first attempt to its answer";
    let title = "Distribution of the latency that clients see";
    let mut figure = Figure::new("latency-distribution", title, &subtitle(result, what), x, y);
    let shown = points.iter().filter(|(_, share)| figure.x.contains(*share));
    let points = shown.map(|(seconds, share)| (*share, Some(*seconds))).collect();
    figure.lines.push(Line { label: "all requests".to_owned(), points, style: 0, width: 1.0 });
    let latency = &result.latency;
    for (name, value) in [("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99)] {
        let label = format!("{name} {}", format::seconds(value));
        figure.limits.push(Limit { at: value, label, is_mark: true });
    }
    Some(figure)
}
