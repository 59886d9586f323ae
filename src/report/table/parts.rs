//! Stations, gateways and their instances, connection points, site systems.

use super::{ROWS_MAX, Section, level, more, table};
use crate::report::format::{bytes, count, number, seconds, share};
use crate::results::{GatewayResult, RunResult, ScenarioInfo, SiteSystemResult, StationResult};

pub(super) fn stations(result: &RunResult) -> Option<Section> {
    let mut table = table(
        &[
            "",
            "servers",
            "utilisation",
            "peak minute",
            "per s",
            "waiting",
            "wait p95",
            "most present",
        ],
        1,
    );
    let mut limited: Vec<&StationResult> =
        result.stations.iter().filter(|station| station.servers.is_some()).collect();
    if limited.len() > ROWS_MAX {
        limited.sort_by(|one, other| other.utilisation.total_cmp(&one.utilisation));
    }
    for station in limited.iter().take(ROWS_MAX) {
        table.add_row([
            format!("{} {}", station.role, station.name),
            station.servers.map_or_else(String::new, |servers| count(u64::from(servers))),
            share(station.utilisation),
            share(station.utilisation_peak),
            number(station.throughput_per_second),
            level(station.queue_mean),
            seconds(station.wait.p95),
            count(station.present_peak),
        ]);
    }
    let notes = more(limited.len(), "stations.csv");
    (table.row_count() > 0).then_some(Section { table, notes })
}

pub(super) fn instances(result: &RunResult) -> Option<Section> {
    let header =
        ["", "domain", "connections", "most", "supported", "above it", "up", "bandwidth used"];
    let mut table = table(&header, 1);
    for instance in result.instances.iter().take(ROWS_MAX) {
        table.add_row([
            format!("{}/{}", instance.gateway, instance.number),
            instance.update_domain.to_string(),
            number(instance.connections_mean),
            count(instance.connections_peak),
            count(u64::from(instance.connection_limit)),
            share(instance.over_limit_share),
            share(instance.up_share),
            instance.bandwidth_utilisation.map_or_else(|| "-".to_owned(), share),
        ]);
    }
    let mut notes = more(result.instances.len(), "summary.json");
    for gateway in &result.gateways {
        notes.push_str(&format!(
            "  {}: a new connection found an instance {} of the time{}; {} sent to clients, {} to the \
             site\n",
            gateway.name,
            share(gateway.availability),
            without_port(result, &gateway.name),
            bytes(gateway.bytes_to_clients),
            bytes(gateway.bytes_to_site),
        ));
        notes.push_str(&threshold(&result.scenario, gateway));
    }
    (!result.instances.is_empty()).then_some(Section { table, notes })
}

/// How far the gateway was from its threshold of 14 days.
pub(super) fn threshold(scenario: &ScenarioInfo, gateway: &GatewayResult) -> String {
    let at = |seconds: f64| scenario.civil(seconds).replace('T', " ");
    let critical = gateway.critical_at_seconds.map(|then| format!("; critical at {}", at(then)));
    let stopped = gateway.stopped_at_seconds.map(|then| format!("; stopped at {}", at(then)));
    if gateway.outbound_share <= 0.0 && critical.is_none() && stopped.is_none() {
        return String::new();
    }
    format!(
        "  {}: {} of its threshold of outgoing data in 14 days, {} if it went on like this{}{}\n",
        gateway.name,
        share(gateway.outbound_share),
        share(gateway.outbound_projected_share),
        critical.unwrap_or_default(),
        stopped.unwrap_or_default(),
    )
}

/// What else a new connection needs.
fn without_port(result: &RunResult, gateway: &str) -> String {
    let points = result.connection_points.iter().filter(|point| point.gateway == gateway);
    match points.map(|point| point.port_refusals).sum() {
        0 => String::new(),
        refusals => format!(", but {} tries found no free port", count(refusals)),
    }
}

pub(super) fn connection_points(result: &RunResult) -> Option<Section> {
    let mut table =
        table(&["", "ports (with resting ones)", "most", "of", "refused", "channels", "up"], 1);
    for point in result.connection_points.iter().take(ROWS_MAX) {
        table.add_row([
            point.name.clone(),
            number(point.ports_mean),
            count(point.ports_peak),
            count(u64::from(point.port_limit)),
            count(point.port_refusals),
            number(point.channels_mean),
            share(point.up_share),
        ]);
    }
    let notes = more(result.connection_points.len(), "summary.json");
    (table.row_count() > 0).then_some(Section { table, notes })
}

pub(super) fn management_points(result: &RunResult) -> Option<Section> {
    site_systems(&result.management_points)
}

pub(super) fn software_update_points(result: &RunResult) -> Option<Section> {
    site_systems(&result.software_update_points)
}

/// The site is only told where there are several.
fn site_systems(points: &[SiteSystemResult]) -> Option<Section> {
    let by_site = sites(points.iter().map(|point| point.site.as_str()));
    let mut header = vec![""];
    header.extend(by_site.then_some("site"));
    let texts = header.len();
    header.extend(["clients assigned, most", "on (mean)", "refused (503)"]);
    let mut table = table(&header, texts);
    for point in points.iter().take(ROWS_MAX) {
        let mut row = vec![point.name.clone()];
        row.extend(by_site.then(|| point.site.clone()));
        row.extend([
            count(point.clients_assigned_peak),
            number(point.clients_on_mean),
            count(point.refused),
        ]);
        table.add_row(row);
    }
    let notes = more(points.len(), "summary.json");
    (table.row_count() > 0).then_some(Section { table, notes })
}

pub(super) fn distribution_points(result: &RunResult) -> Option<Section> {
    let points = &result.distribution_points;
    let by_site = sites(points.iter().map(|point| point.site.as_str()));
    let mut header = vec![""];
    header.extend(by_site.then_some("site"));
    let texts = header.len();
    header.extend(["clients served", "sent", "bandwidth used"]);
    let mut table = table(&header, texts);
    for point in points.iter().take(ROWS_MAX) {
        let mut row = vec![point.name.clone()];
        row.extend(by_site.then(|| point.site.clone()));
        row.extend([
            count(point.clients),
            bytes(point.bytes_sent),
            point.bandwidth_utilisation.map_or_else(|| "-".to_owned(), share),
        ]);
        table.add_row(row);
    }
    let notes = more(points.len(), "summary.json");
    (table.row_count() > 0).then_some(Section { table, notes })
}

/// Are there several sites?
fn sites<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    let first = names.next();
    names.any(|name| Some(name) != first)
}
