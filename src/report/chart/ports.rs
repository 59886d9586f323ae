//! Dynamic TCP ports in use at each connection point.

use super::connections::limited;
use super::{Figure, borrowed, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Ports per connection point against those there are; `None` without connection points.
pub(super) fn per_connection_point(result: &RunResult) -> Option<Figure> {
    let limits = result.connection_points.iter().map(|point| point.port_limit);
    let columns = borrowed(&result.series.ports_peak);
    let (axis, limits) = limited("ports in use", "ports there are", &columns, limits)?;
    let bin = format::tick_seconds(result.series.interval_s);
    let what =
        format!("most at once in each {bin}: channels, requests in flight, and resting ports");
    let title = "Dynamic TCP ports of each connection point";
    let mut figure = timeline(result, "ports", title, &what, axis);
    figure.add_columns("ports", &middles(result), &columns);
    figure.limits = limits;
    Some(figure)
}
