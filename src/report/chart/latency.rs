//! Client latency: over time, and its distribution.

use super::theme::line_style::{P50, P95, P99, REQUESTS};
use super::{Axis, Line, LineChart, Mark, heading_of, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

const WHAT: &str = "from the first attempt of a request to its completion";

/// Returns percentiles over time; `None` if no request was completed.
pub(super) fn over_time(result: &RunResult) -> Option<LineChart> {
    let series = &result.series;
    let curves = [
        ("p99", &series.latency_p99_s, P99),
        ("p95", &series.latency_p95_s, P95),
        ("p50 (median)", &series.latency_p50_s, P50),
    ];
    let axis =
        Axis::latency(curves.iter().flat_map(|(_, values, _)| values.iter().copied().flatten()))?;
    let bin = format::tick_seconds(series.interval_s);
    let what = format!("{WHAT}; requests completed in each {bin}");
    let mut chart = timeline(result, "latency", "Client latency", &what, axis);
    let middles = middles(result);
    for (label, values, style) in curves {
        let points = middles.iter().copied().zip(values.iter().copied()).collect();
        chart.lines.push(Line { label: label.to_owned(), points, style, width: 1.0 });
    }
    Some(chart)
}

/// Returns the latency as a function of the share of requests that completed within this latency,
/// on an axis that stretches the tail; `None` if no request was completed.
pub(super) fn distribution(result: &RunResult) -> Option<LineChart> {
    let x = Axis::nines(SHARES, result.latency.count.max(1));
    let latency = &result.latency;
    let mut marks =
        vec![("p50", 0.5, latency.p50), ("p95", 0.95, latency.p95), ("p99", 0.99, latency.p99)];
    marks.retain(|(_, share, seconds)| x.contains(*share) && *seconds > 0.0);
    let shown = result.latency_distribution.iter().filter(|(_, share)| x.contains(*share));
    let shown = shown.map(|(seconds, _)| *seconds).chain(marks.iter().map(|mark| mark.2));
    let y = Axis::latency(shown.map(|seconds| seconds.max(1e-9)))?;
    let title = "Distribution of client latency";
    let heading = heading_of(result, "latency-distribution", title, WHAT);
    let mut chart = LineChart::new(heading, x, y);
    add_distribution(&mut chart, "all requests", REQUESTS, result);
    for (name, x, y) in marks {
        let label = format!("{name}: {}", format::seconds(y));
        chart.marks.push(Mark { x, y, label });
    }
    Some(chart)
}

/// Title of the horizontal axis of distributions.
pub(super) const SHARES: &str = "share of requests completed within this latency (nines scale)";

/// Adds the latency distribution of a run as a line.
pub(super) fn add_distribution(chart: &mut LineChart, label: &str, style: usize, run: &RunResult) {
    let all = run.latency_distribution.iter();
    let shown = all.filter(|(_, share)| chart.x.contains(*share));
    let points = shown.map(|(seconds, share)| (*share, Some(*seconds))).collect();
    chart.lines.push(Line { label: label.to_owned(), points, style, width: 1.0 });
}
