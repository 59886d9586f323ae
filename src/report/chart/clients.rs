//! Where clients are, and how many use a gateway.

use super::{Axis, AxisUnit, Figure, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Clients by place; `None` where this says nothing that the connections do not: without VPN and
/// with one gateway at most.
pub(super) fn by_place(result: &RunResult) -> Option<Figure> {
    let series = &result.series;
    let has_vpn = series.vpn_clients.iter().any(|clients| *clients > 0.0);
    if !has_vpn && result.gateways.len() < 2 {
        return None;
    }
    // Who uses a gateway lies on who is on the internet as long as nobody else does: a narrow line
    // on a wide one.
    let curves = [
        ("on the internet", &series.internet_clients, 4, 2.6),
        ("on VPN", &series.vpn_clients, 1, 1.0),
        ("on the intranet", &series.intranet_clients, 2, 1.0),
        ("use a gateway", &series.gateway_clients, 0, 1.2),
    ];
    let shown = curves.iter().filter(|(_, values, ..)| values.iter().any(|value| *value > 0.0));
    let largest = curves.iter().flat_map(|(_, values, ..)| values.iter().copied());
    let axis = Axis::linear("clients", largest.fold(0.0, f64::max), AxisUnit::Number);
    let bin = format::tick_seconds(series.interval_s);
    let what = format!("clients that are on, means over {bin}");
    let title = "Where clients are, and how many use a gateway";
    let mut figure = timeline(result, "clients", title, &what, axis);
    let middles = middles(result);
    for (label, values, style, width) in shown {
        figure.add_line(label, (*style, *width), &middles, values);
    }
    Some(figure)
}
