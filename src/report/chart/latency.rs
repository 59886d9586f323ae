//! Client-seen latency: over time, and its distribution.

use super::{Axis, Figure, Limit, Line, middles, subtitle, timeline};
use crate::report::format;
use crate::results::RunResult;

const WHAT: &str = "from a request's first attempt to its answer";

/// Percentiles over time; `None` if nothing was answered.
pub(super) fn over_time(result: &RunResult) -> Option<Figure> {
    let series = &result.series;
    let curves = [
        ("p99", &series.latency_p99_s),
        ("p95", &series.latency_p95_s),
        ("p50 (median)", &series.latency_p50_s),
    ];
    let axis =
        Axis::latency(curves.iter().flat_map(|(_, values)| values.iter().copied().flatten()))?;
    let mut figure = timeline(result, "latency", "Latency that clients see", WHAT, axis);
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
    let x = Axis::nines(SHARES, result.latency.count.max(1));
    let y = Axis::latency(result.latency_distribution.iter().map(|point| point.0.max(1e-9)))?;
    let title = "Distribution of the latency that clients see";
    let mut figure = Figure::new("latency-distribution", title, &subtitle(result, WHAT), x, y);
    add_distribution(&mut figure, "all requests", 0, result);
    let latency = &result.latency;
    for (name, value) in [("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99)] {
        let label = format!("{name} {}", format::seconds(value));
        figure.limits.push(Limit { at: value, label, is_mark: true });
    }
    Some(figure)
}

/// What distributions are over.
pub(super) const SHARES: &str = "share of requests answered within this latency";

/// The distribution of a run as a line.
pub(super) fn add_distribution(figure: &mut Figure, label: &str, style: usize, run: &RunResult) {
    let all = run.latency_distribution.iter();
    let shown = all.filter(|(_, share)| figure.x.contains(*share));
    let points = shown.map(|(seconds, share)| (*share, Some(*seconds))).collect();
    figure.lines.push(Line { label: label.to_owned(), points, style, width: 1.0 });
}
