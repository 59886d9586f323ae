//! Utilisation of each station.

use super::components::ComponentStyles;
use super::line_chart::{ComponentSeries, LINES_MAX, largest};
use super::{Axis, Limit, LineChart, middles, timeline};
use crate::report::basis::BUSY;
use crate::report::format;
use crate::results::RunResult;
use crate::terms::StationKind;

/// Minimum peak utilisation for which the line at [`BUSY`] is drawn.
const NEAR_BUSY: f64 = 0.6;

/// Returns the utilisation of stations with a limited number of servers, with a band per role if
/// there are many; `None` without such stations.
pub(super) fn per_station(result: &RunResult) -> Option<LineChart> {
    let styles = ComponentStyles::of(result);
    let columns = (0..).zip(&result.stations).zip(&result.series.utilisation);
    let limited: Vec<(StationKind, ComponentSeries<'_>)> = columns
        .filter(|((_, station), _)| station.servers.is_some())
        .map(|((place, station), column)| {
            let style = styles.station(place);
            (station.role, ComponentSeries { name: &column.name, values: &column.values, style })
        })
        .collect();
    if limited.is_empty() {
        return None;
    }
    let data: Vec<ComponentSeries<'_>> = limited.iter().map(|(_, series)| *series).collect();
    let peak = largest(&data);
    let axis = Axis::utilisation("utilisation", peak);
    let bin = format::tick_seconds(result.series.interval_s);
    let what = format!("busy servers over servers, means over {bin}");
    let mut chart = timeline(result, "utilisation", "Utilisation per station", &what, axis);
    let middles = middles(result);
    let mut roles: Vec<StationKind> = Vec::new();
    for (role, _) in &limited {
        if !roles.contains(role) {
            roles.push(*role);
        }
    }
    if limited.len() <= LINES_MAX {
        chart.add_series("", &middles, &data);
    } else {
        for role in roles {
            let of_role = limited.iter().filter(|(own, _)| *own == role);
            let of_role: Vec<ComponentSeries<'_>> = of_role.map(|(_, series)| *series).collect();
            chart.add_band(role.label(), &middles, &of_role);
        }
    }
    if peak >= NEAR_BUSY {
        let label = "queues grow fast above 80 %".to_owned();
        chart.limits.push(Limit { at: BUSY, label, is_mark: true });
    }
    Some(chart)
}
