//! Dynamic TCP ports in use at each connection point.

use super::connections::LIMIT_IN_SIGHT;
use super::{Axis, AxisUnit, Figure, Limit, borrowed, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Ports per connection point against those there are; `None` without connection points.
pub(super) fn per_connection_point(result: &RunResult) -> Option<Figure> {
    let mut limits: Vec<u32> =
        result.connection_points.iter().map(|point| point.port_limit).collect();
    limits.sort_unstable();
    limits.dedup();
    let highest = f64::from(*limits.last()?);
    let columns = borrowed(&result.series.ports_high);
    let data = Figure::largest(&columns);
    let top = if highest <= LIMIT_IN_SIGHT * data { data.max(highest) } else { data };
    let axis = Axis::linear("ports in use", top, AxisUnit::Number);
    let bin = format::tick_seconds(result.series.interval_seconds);
    let what =
        format!("most at once in each {bin}: channels, requests in flight, and resting ports");
    let title = "Dynamic TCP ports of each connection point";
    let mut figure = timeline(result, "ports", title, &what, axis);
    figure.add_columns("ports", &middles(result), &columns);
    for limit in limits {
        let label = format!("ports there are: {}", format::count(u64::from(limit)));
        figure.limits.push(Limit { at: f64::from(limit), label, is_mark: false });
    }
    Some(figure)
}
