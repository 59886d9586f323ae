//! Connections on each VM instance against what it supports.

use std::collections::BTreeSet;

use super::{Axis, AxisUnit, Figure, Limit, borrowed, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Limits higher than this times the data are named, not drawn.
const LIMIT_IN_SIGHT: f64 = 4.0;

/// Connections per instance, the limit, and the update-domain walk; `None` without instances.
pub(super) fn per_instance(result: &RunResult) -> Option<Figure> {
    let limits = result.instances.iter().map(|instance| instance.connection_limit);
    let columns = borrowed(&result.series.instance_connections);
    let (axis, limits) = limited("connections", "supported", &columns, limits)?;
    let bin = format::tick_seconds(result.series.interval_s);
    let others_carry = match &result.instances[..] {
        [_, _, ..] if result.instances.iter().any(|one| one.availability_share < 1.0) => {
            "; while one is down others carry its clients"
        }
        _ => "",
    };
    let what = format!("one a client; means over {bin}{others_carry}");
    let title = "Connections on each VM instance";
    let mut figure = timeline(result, "connections", title, &what, axis);
    figure.add_columns("connections", &middles(result), &columns);
    figure.limits = limits;
    Some(figure)
}

/// An axis for columns, and limits of theirs; one far above them is out of sight.
/// `None` without limits.
pub(super) fn limited(
    label: &str,
    what: &str,
    columns: &[(&str, &[f64])],
    limits: impl Iterator<Item = u32>,
) -> Option<(Axis, Vec<Limit>)> {
    let limits: BTreeSet<u32> = limits.collect();
    let (data, highest) = (Figure::largest(columns), f64::from(*limits.last()?));
    let top = if highest <= LIMIT_IN_SIGHT * data { data.max(highest) } else { data };
    let limit = |limit: u32| Limit {
        at: f64::from(limit),
        label: format!("{what}: {}", format::count(u64::from(limit))),
        is_mark: false,
    };
    let axis = Axis::linear(label, top, AxisUnit::Number);
    Some((axis, limits.into_iter().map(limit).collect()))
}
