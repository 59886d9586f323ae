//! Request rate and goodput.

use super::{Axis, Figure, Line, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// What clients want, what they try, what they get, and what fails.
pub(super) fn rate(result: &RunResult) -> Figure {
    let series = &result.series;
    let curves = [
        ("attempts (with retries)", &series.attempts_per_second),
        ("requests", &series.issued_per_second),
        ("goodput (answered)", &series.completed_per_second),
        ("failed attempts", &series.failed_per_second),
    ];
    let largest = curves.iter().flat_map(|(_, values)| values.iter().copied()).fold(0.0, f64::max);
    let axis = Axis::linear("per second", largest, format::tick);
    let what = "attempts above requests are retries; goodput below requests is what clients miss";
    let mut figure = timeline(result, "request-rate", "Request rate and goodput", what, axis);
    let middles = middles(result);
    for (style, (label, values)) in curves.into_iter().enumerate() {
        let points = middles.iter().zip(values).map(|(x, y)| (*x, Some(*y))).collect();
        figure.lines.push(Line { label: label.to_owned(), points, style });
    }
    figure
}
