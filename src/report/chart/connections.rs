//! Connections on each VM instance, and the supported maximum.

use std::collections::BTreeSet;

use super::components::ComponentStyles;
use super::line_chart::{ComponentSeries, largest};
use super::{Axis, AxisUnit, Limit, LineChart, middles, timeline};
use crate::report::format;
use crate::results::{Column, RunResult};

/// A limit above this multiple of the largest value is named but not drawn.
const LIMIT_IN_SIGHT: f64 = 4.0;

/// Returns the connections per instance over time; `None` without instances.
pub(super) fn per_instance(result: &RunResult) -> Option<LineChart> {
    let limits = result.instances.iter().map(|instance| instance.connection_limit);
    let stations = result.instances.iter().map(|instance| instance.station);
    let series = series(result, &result.series.instance_connections, stations);
    let (axis, limits) = limited("connections", "supported maximum", &series, limits)?;
    let bin = format::tick_seconds(result.series.interval_s);
    let what = format!("one per client; means over {bin}");
    let title = "Connections per VM instance";
    let mut chart = timeline(result, "connections", title, &what, axis);
    chart.add_series("VM instances", &middles(result), &series);
    chart.limits = limits;
    Some(chart)
}

/// Combines columns of components with the line styles of their stations.
pub(super) fn series<'a>(
    result: &RunResult,
    columns: &'a [Column],
    stations: impl Iterator<Item = u32>,
) -> Vec<ComponentSeries<'a>> {
    let styles = ComponentStyles::of(result);
    let one = |(column, station): (&'a Column, u32)| ComponentSeries {
        name: &column.name,
        values: &column.values,
        style: styles.station(station),
    };
    columns.iter().zip(stations).map(one).collect()
}

/// Returns a vertical axis for series and their limits; the axis does not extend to a limit far
/// above the data. `None` without limits.
pub(super) fn limited(
    label: &str,
    what: &str,
    series: &[ComponentSeries<'_>],
    limits: impl Iterator<Item = u32>,
) -> Option<(Axis, Vec<Limit>)> {
    let limits: BTreeSet<u32> = limits.collect();
    let (data, highest) = (largest(series), f64::from(*limits.last()?));
    let top = if highest <= LIMIT_IN_SIGHT * data { data.max(highest) } else { data };
    let limit = |limit: u32| Limit {
        at: f64::from(limit),
        label: format!("{what}: {}", format::count(u64::from(limit))),
        is_mark: false,
    };
    let axis = Axis::linear(label, top, AxisUnit::Number);
    Some((axis, limits.into_iter().map(limit).collect()))
}
