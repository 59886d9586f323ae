//! Utilisation of each station.

use super::figure::LINES_MAX;
use super::{Axis, Figure, Limit, borrowed, middles, timeline};
use crate::report::format;
use crate::results::{RunResult, StationResult};

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
    let top = Figure::largest(&data).max(0.01);
    let axis = if top > 0.2 {
        Axis::whole("utilisation", percent)
    } else {
        Axis::linear("utilisation", top, percent)
    };
    let what = "busy servers over servers; above 80 % waiting grows fast";
    let mut figure = timeline(result, "utilisation", "Utilisation of each station", what, axis);
    let middles = middles(result);
    let mut roles: Vec<&str> = Vec::new();
    for (station, _) in &limited {
        if !roles.contains(&station.role.as_str()) {
            roles.push(&station.role);
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
            figure.add_band(role, &middles, &of_role);
        }
    }
    if top > 0.2 {
        figure.limits.push(Limit { at: 1.0, label: "all servers busy".to_owned(), is_mark: false });
    }
    Some(figure)
}

fn percent(share: f64) -> String {
    format!("{} %", format::tick(100.0 * share))
}
