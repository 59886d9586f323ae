//! Stations, gateways and their instances, connection points, and site systems.

use super::{ROWS_MAX, more};
use crate::report::document::Cell::{self, Bytes, Count, Level, Number, Seconds, Share};
use crate::report::document::{Section, Table};
use crate::report::format::{bytes, count, share};
use crate::results::{
    DistributionPointResult, GatewayResult, RunResult, ScenarioInfo, SiteSystemResult,
    StationResult,
};

pub(super) fn stations(result: &RunResult) -> Option<Section> {
    let header = [
        "station",
        "servers",
        "utilisation mean",
        "utilisation peak",
        "completed/s",
        "queue length mean",
        "waiting time p95",
        "number in system peak",
    ];
    let mut table = Table::new(&header, 1);
    let mut limited: Vec<&StationResult> =
        result.stations.iter().filter(|station| station.servers.is_some()).collect();
    if limited.len() > ROWS_MAX {
        limited.sort_by(|one, other| {
            other.utilisation_mean_share.total_cmp(&one.utilisation_mean_share)
        });
    }
    for station in limited.iter().take(ROWS_MAX) {
        table.row([
            Cell::text(format!("{} {}", station.role, station.name)),
            Cell::of(station.servers, |servers| Count(u64::from(servers))),
            Share(station.utilisation_mean_share),
            Share(station.utilisation_peak_share),
            Number(station.throughput_per_s),
            Level(station.queue_length_mean),
            Seconds(station.wait.p95),
            Count(station.in_system_peak),
        ]);
    }
    Section::table("Stations", table, unlisted(limited.len(), "stations.csv"))
}

fn unlisted(all: usize, file: &str) -> Vec<String> {
    more(all, file).into_iter().collect()
}

pub(super) fn instances(result: &RunResult) -> Option<Section> {
    let header = [
        "instance",
        "update domain",
        "connections mean",
        "connections peak",
        "limit",
        "time over limit",
        "availability",
        "bandwidth mean",
    ];
    let mut table = Table::new(&header, 1);
    for instance in result.instances.iter().take(ROWS_MAX) {
        table.row([
            Cell::text(format!("{}/{}", instance.gateway, instance.number)),
            Count(u64::from(instance.update_domain)),
            Number(instance.connections_mean),
            Count(instance.connections_peak),
            Count(u64::from(instance.connection_limit)),
            Share(instance.time_over_limit_share),
            Share(instance.availability_share),
            Cell::of(instance.bandwidth_utilisation_mean_share, Share),
        ]);
    }
    let mut notes = unlisted(result.instances.len(), "summary.json");
    for gateway in &result.gateways {
        notes.push(format!(
            "{}: availability {}{}; {} sent to clients, {} to the site",
            gateway.name,
            share(gateway.availability_share),
            without_port(result, &gateway.name),
            bytes(gateway.to_clients_bytes),
            bytes(gateway.to_site_bytes),
        ));
        notes.extend(threshold(&result.scenario, gateway));
    }
    Section::table("VM instances", table, notes)
}

/// Compares the outbound data of a gateway in 14 days with its outbound threshold.
pub(super) fn threshold(scenario: &ScenarioInfo, gateway: &GatewayResult) -> Option<String> {
    let at = |seconds: f64| scenario.civil(seconds).replace('T', " ");
    let critical = gateway.critical_at_s.map(|then| format!("; critical at {}", at(then)));
    let stopped = gateway.stopped_at_s.map(|then| format!("; stopped at {}", at(then)));
    let is_shown = gateway.outbound_share > 0.0 || critical.is_some() || stopped.is_some();
    is_shown.then(|| {
        format!(
            "{}: {} of the 14-day outbound data threshold, {} if this rate continues{}{}",
            gateway.name,
            share(gateway.outbound_share),
            share(gateway.outbound_projected_share),
            critical.unwrap_or_default(),
            stopped.unwrap_or_default(),
        )
    })
}

/// Describes how many attempts found no free port at the connection points of a gateway.
fn without_port(result: &RunResult, gateway: &str) -> String {
    let points = result.connection_points.iter().filter(|point| point.gateway == gateway);
    match points.map(|point| point.port_refusals).sum() {
        0 => String::new(),
        refusals => format!(", but {} attempts found no free port", count(refusals)),
    }
}

pub(super) fn connection_points(result: &RunResult) -> Option<Section> {
    let header = [
        "connection point",
        "ports mean",
        "ports peak",
        "limit",
        "refused",
        "channels mean",
        "availability",
    ];
    let mut table = Table::new(&header, 1);
    for point in result.connection_points.iter().take(ROWS_MAX) {
        table.row([
            Cell::text(&point.name),
            Number(point.ports_mean),
            Count(point.ports_peak),
            Count(u64::from(point.port_limit)),
            Count(point.port_refusals),
            Number(point.channels_mean),
            Share(point.availability_share),
        ]);
    }
    let mut notes = unlisted(result.connection_points.len(), "summary.json");
    notes.push("(ports in use, including those in TIME_WAIT)".to_owned());
    Section::table("Connection points", table, notes)
}

pub(super) fn management_points(result: &RunResult) -> Option<Section> {
    site_systems("Management points", &result.management_points)
}

pub(super) fn software_update_points(result: &RunResult) -> Option<Section> {
    site_systems("Software update points", &result.software_update_points)
}

fn site_systems(title: &str, points: &[SiteSystemResult]) -> Option<Section> {
    let header = ["clients assigned peak", "clients on mean", "refused (503)"];
    let cells = |point: &SiteSystemResult| {
        [Count(point.clients_assigned_peak), Number(point.clients_on_mean), Count(point.refused)]
    };
    by_site(title, header, points, |point| (&point.name, &point.site, cells(point)))
}

pub(super) fn distribution_points(result: &RunResult) -> Option<Section> {
    let header = ["clients", "bytes sent", "bandwidth mean"];
    let cells = |point: &DistributionPointResult| {
        [
            Count(point.clients),
            Bytes(point.sent_bytes),
            Cell::of(point.bandwidth_utilisation_mean_share, Share),
        ]
    };
    let points = &result.distribution_points;
    by_site("Distribution points", header, points, |point| (&point.name, &point.site, cells(point)))
}

/// Returns the servers of a site system role, with a site column if there are several sites.
fn by_site<P>(
    title: &str,
    header: [&str; 3],
    points: &[P],
    row: impl Fn(&P) -> (&str, &str, [Cell; 3]),
) -> Option<Section> {
    let site = |point: &P| row(point).1.to_owned();
    let has_sites = points.iter().any(|point| site(point) != site(&points[0]));
    let titles: Vec<&str> =
        ["server"].into_iter().chain(has_sites.then_some("site")).chain(header).collect();
    let mut table = Table::new(&titles, titles.len() - header.len());
    for (name, site, cells) in points.iter().take(ROWS_MAX).map(row) {
        let named = [Cell::text(name)].into_iter().chain(has_sites.then(|| Cell::text(site)));
        table.row(named.chain(cells));
    }
    Section::table(title, table, unlisted(points.len(), "summary.json"))
}
