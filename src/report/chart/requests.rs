//! Request rate and goodput.

use super::{Axis, AxisUnit, Figure, middles, timeline};
use crate::results::RunResult;

/// What clients want, what they try, what they get, and what fails.
pub(super) fn rate(result: &RunResult) -> Figure {
    let series = &result.series;
    let curves = [
        ("attempts (with retries)", &series.attempts_per_s),
        ("requests", &series.issued_per_s),
        ("goodput (answered)", &series.completed_per_s),
        ("failed attempts", &series.failed_attempts_per_s),
    ];
    let largest = curves.iter().flat_map(|(_, values)| values.iter().copied()).fold(0.0, f64::max);
    let axis = Axis::linear("per second", largest, AxisUnit::Number);
    let what = "attempts above requests are retries; goodput below requests is what clients wait for, \
        above it what they catch up";
    let mut figure = timeline(result, "request-rate", "Request rate and goodput", what, axis);
    let middles = middles(result);
    // As long as all is well three of them are the same: each is drawn on a wider one.
    let looks = [(4, 2.6), (0, 1.2), (1, 0.8), (3, 1.0)];
    for ((label, values), look) in curves.into_iter().zip(looks) {
        figure.add_line(label, look, &middles, values);
    }
    figure
}
