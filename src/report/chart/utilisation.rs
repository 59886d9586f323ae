//! Utilisation of each station.

use super::figure::LINES_MAX;
use super::{Axis, AxisUnit, Figure, Limit, borrowed, middles, timeline};
use crate::report::format;
use crate::results::{RunResult, StationResult};
use crate::terms::StationKind;

/// Utilisation of stations with a limited number of servers, many of a role as a band; `None`
/// without such stations.
pub(super) fn per_station(result: &RunResult) -> Option<Figure> {
    let columns = borrowed(&result.series.utilisation);
    let limited: Vec<(&StationResult, (&str, &[f64]))> = result
        .stations
        .iter()
        .zip(columns)
        .filter(|(station, _)| station.servers.is_some())
        .collect();
    if limited.is_empty() {
        return None;
    }
    let data: Vec<(&str, &[f64])> = limited.iter().map(|(_, column)| *column).collect();
    let axis = Axis::whole("utilisation", AxisUnit::Share);
    let bin = format::tick_seconds(result.series.interval_s);
    let what = format!("busy servers over servers, means over {bin}");
    let mut figure = timeline(result, "utilisation", "Utilisation of each station", &what, axis);
    let middles = middles(result);
    let mut roles: Vec<StationKind> = Vec::new();
    for (station, _) in &limited {
        if !roles.contains(&station.role) {
            roles.push(station.role);
        }
    }
    if limited.len() <= LINES_MAX {
        figure.add_columns("", &middles, &data);
    } else {
        for role in roles {
            let of_role: Vec<(&str, &[f64])> = limited
                .iter()
                .filter(|(station, _)| station.role == role)
                .map(|(_, column)| *column)
                .collect();
            figure.add_band(role.label(), &middles, &of_role);
        }
    }
    let label = "80 %: waiting grows fast from here".to_owned();
    figure.limits.push(Limit { at: 0.8, label, is_mark: false });
    Some(figure)
}
