//! Connections on each VM instance against what it supports.

use super::{Axis, AxisUnit, Figure, Limit, borrowed, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Limits higher than this times the data are named, not drawn.
pub(super) const LIMIT_IN_SIGHT: f64 = 4.0;

/// Connections per instance, the limit, and the update-domain walk; `None` without instances.
pub(super) fn per_instance(result: &RunResult) -> Option<Figure> {
    let mut limits: Vec<u32> =
        result.instances.iter().map(|instance| instance.connection_limit).collect();
    limits.sort_unstable();
    limits.dedup();
    let highest = f64::from(*limits.last()?);
    let columns = borrowed(&result.series.instance_connections);
    let data = Figure::largest(&columns);
    let top = if highest <= LIMIT_IN_SIGHT * data { data.max(highest) } else { data };
    let axis = Axis::linear("connections", top, AxisUnit::Number);
    let bin = format::tick_seconds(result.series.interval_seconds);
    let others_carry = match &result.instances[..] {
        [_, _, ..] if result.instances.iter().any(|one| one.up_share < 1.0) => {
            "; while one is down others carry its clients"
        }
        _ => "",
    };
    let what = format!("one a client; means over {bin}{others_carry}");
    let title = "Connections on each VM instance";
    let mut figure = timeline(result, "connections", title, &what, axis);
    figure.add_columns("connections", &middles(result), &columns);
    for limit in limits {
        let label = format!("supported: {}", format::count(u64::from(limit)));
        figure.limits.push(Limit { at: f64::from(limit), label, is_mark: false });
    }
    Some(figure)
}
