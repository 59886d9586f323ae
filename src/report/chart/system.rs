//! The system of a run as columns of parts: clients, gateways, connection points, site systems,
//! each part with how busy it was.

use crate::report::{Tone, format};
use crate::results::{RunResult, SiteSystemResult, StationResult};
use crate::terms::Role;

/// Columns stand from left to right: requests go that way.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub title: &'static str,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub name: String,
    /// Busy share of the whole at the peak and on average; nothing if that has no limit.
    pub peak: Option<f64>,
    pub mean: Option<f64>,
    pub tone: Tone,
    /// The first one is the most important.
    pub lines: Vec<String>,
}

/// All columns that have parts.
pub(super) fn columns(run: &RunResult) -> Vec<Column> {
    let gateways = run.gateways.iter().flat_map(|gateway| {
        let own = run.instances.iter().filter(|one| one.gateway == gateway.name);
        own.map(|instance| {
            let name = format!("{}/{}", instance.gateway, instance.number);
            let peak = instance.connections_peak;
            let connections = of_limit(peak, instance.connection_limit, "connections");
            let kind = format!("{}, update domain {}", gateway.size, instance.update_domain);
            let is_over = instance.time_over_limit_share > 0.0;
            Part::new(&name, vec![connections, kind], is_over).with(run.station(instance.station))
        })
    });
    let points = run.connection_points.iter().map(|point| {
        let ports = of_limit(point.ports_peak, point.port_limit, "ports");
        let lines = vec![ports, format!("for {}", point.gateway)];
        Part::new(&point.name, lines, point.port_refusals > 0).with(run.station(point.station))
    });
    let columns = [
        ("Clients", clients(run)),
        ("Gateways in Azure", gateways.collect()),
        ("Connection points", points.collect()),
        ("Site systems", site_systems(run)),
    ];
    let columns = columns.into_iter().filter(|(_, parts)| !parts.is_empty());
    columns.map(|(title, parts)| Column { title, parts }).collect()
}

impl Part {
    /// A part of which nobody knows how busy it is; `is_over` says that something had no room.
    fn new(name: &str, lines: Vec<String>, is_over: bool) -> Self {
        let tone = if is_over { Tone::Bad } else { Tone::Plain };
        Part { name: name.to_owned(), peak: None, mean: None, tone, lines }
    }

    /// It is as busy as the busiest station in it. Of unlimited servers none is ever all there are.
    fn with(mut self, station: Option<&StationResult>) -> Self {
        let Some(station) = station.filter(|one| one.servers.is_some()) else { return self };
        let peak = station.utilisation_peak_share;
        if self.peak.is_none_or(|own| own < peak) {
            (self.peak, self.mean) = (Some(peak), Some(station.utilisation_mean_share));
            self.tone = match peak {
                _ if self.tone == Tone::Bad => Tone::Bad,
                peak if peak >= 0.95 => Tone::Bad,
                peak if peak >= 0.8 => Tone::Warning,
                _ => Tone::Good,
            };
        }
        self
    }
}

fn of_limit(peak: u64, limit: u32, what: &str) -> String {
    format!("{} of {} {what}", format::count(peak), format::count(u64::from(limit)))
}

fn clients(run: &RunResult) -> Vec<Part> {
    let parts = run.origins.iter().map(|origin| {
        let mut lines = Vec::new();
        if origin.clients > 0 {
            lines.push(format!("{} clients", format::count(origin.clients)));
            lines.push(format!("{} on the internet at most", format::count(origin.internet_peak)));
        }
        lines.push(format!("{}/s answered", format::number(origin.requests.throughput_per_s)));
        Part::new(&origin.name, lines, false)
    });
    parts.collect()
}

fn site_systems(run: &RunResult) -> Vec<Part> {
    let systems = |role: Role, all: &[SiteSystemResult]| -> Vec<Part> {
        let part = |one: &SiteSystemResult| {
            let assigned = format::count(one.clients_assigned_peak);
            let mut lines = vec![format!("{}: {assigned} clients", role.label())];
            let database = run.station(one.database).filter(|one| one.servers.is_some());
            let busy = database.map(|one| format::share(one.utilisation_peak_share));
            lines.extend(busy.map(|busy| format!("database {busy} busy")));
            Part::new(&one.name, lines, one.refused > 0)
                .with(run.station(one.station))
                .with(database)
        };
        all.iter().map(part).collect()
    };
    let points = run.distribution_points.iter().map(|one| {
        let lines =
            vec![format!("distribution point: {} clients served", format::count(one.clients))];
        Part { mean: one.bandwidth_utilisation_mean_share, ..Part::new(&one.name, lines, false) }
    });
    let mut all = systems(Role::ManagementPoint, &run.management_points);
    all.extend(systems(Role::SoftwareUpdatePoint, &run.software_update_points));
    all.extend(points);
    all
}
