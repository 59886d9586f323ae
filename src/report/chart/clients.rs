//! Clients by network location, and the number of clients that use a gateway.

use super::components::ComponentStyles;
use super::style::Dash;
use super::theme::line_style::{REQUESTS, dashed};
use super::{Axis, AxisUnit, LineChart, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Returns the clients by location; `None` if no client uses a VPN and there is at most one
/// gateway, because the chart of connections then shows the same values.
pub(super) fn by_location(result: &RunResult) -> Option<LineChart> {
    let series = &result.series;
    let has_vpn = series.vpn_clients.iter().any(|clients| *clients > 0.0);
    if !has_vpn && result.gateways.len() < 2 {
        return None;
    }
    let styles = ComponentStyles::of(result);
    let style = |place: usize, dash: Dash| dashed(styles.location(place), dash);
    // If the clients that use a gateway are the clients on the internet, these two lines are equal:
    // the narrow line is drawn on the wide one.
    let curves = [
        ("on the internet", &series.internet_clients, style(0, Dash::Solid), 3.2),
        ("on VPN", &series.vpn_clients, style(1, Dash::Long), 1.0),
        ("on the intranet", &series.intranet_clients, style(2, Dash::Short), 1.0),
        ("using a gateway", &series.gateway_clients, REQUESTS, 1.0),
    ];
    let shown = curves.iter().filter(|(_, values, ..)| values.iter().any(|value| *value > 0.0));
    let largest = curves.iter().flat_map(|(_, values, ..)| values.iter().copied());
    let axis = Axis::linear("clients", largest.fold(0.0, f64::max), AxisUnit::Number);
    let bin = format::tick_seconds(series.interval_s);
    let what = format!("online clients, means over {bin}");
    let title = "Clients by network location";
    let mut chart = timeline(result, "clients", title, &what, axis);
    let middles = middles(result);
    for (label, values, style, width) in shown {
        chart.add_line(label, (*style, *width), &middles, values);
    }
    Some(chart)
}
