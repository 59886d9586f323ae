//! Dynamic TCP ports in use at each connection point.

use super::connections::{limited, series};
use super::{LineChart, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Returns the ports in use per connection point with their limit; `None` without connection
/// points.
pub(super) fn per_connection_point(result: &RunResult) -> Option<LineChart> {
    let limits = result.connection_points.iter().map(|point| point.port_limit);
    let stations = result.connection_points.iter().map(|point| point.station);
    let series = series(result, &result.series.ports_peak, stations);
    let (axis, limits) = limited("ports in use", "dynamic ports", &series, limits)?;
    let bin = format::tick_seconds(result.series.interval_s);
    let what = format!("maximum of each {bin}; channels, requests, and ports in TIME_WAIT");
    let title = "Dynamic TCP ports per connection point";
    let mut chart = timeline(result, "ports", title, &what, axis);
    chart.add_series("connection points", &middles(result), &series);
    chart.limits = limits;
    Some(chart)
}
