//! The system as columns of parts: clients, gateways, connection points, site systems, each part
//! with how busy it was.

use super::{Tone, format};
use crate::results::{RunResult, SiteSystemResult, StationResult};
use crate::terms::{Role, StationKind};

/// Columns from left to right: requests go that way.
#[derive(Clone, Debug)]
pub(super) struct System {
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub title: String,
    pub groups: Vec<Group>,
}

/// Parts that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub title: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub name: String,
    /// How busy, per cent of the whole, at the peak and on average; nothing if that has no limit.
    pub peak: Option<f64>,
    pub mean: Option<f64>,
    pub tone: Tone,
    /// What it is; nothing for clients.
    pub role: String,
    /// The first one is the most important.
    pub lines: Vec<String>,
}

impl Part {
    /// It is as busy as the busiest thing in it.
    fn is_at_least(&mut self, station: &StationResult) {
        let peak = 100.0 * station.utilisation_peak;
        if self.peak.is_none_or(|own| own < peak) {
            self.peak = Some(peak);
            self.mean = Some(100.0 * station.utilisation);
            self.tone = if self.tone == Tone::Bad { Tone::Bad } else { tone(peak) };
        }
    }
}

/// How to take a utilisation, per cent.
fn tone(peak: f64) -> Tone {
    match peak {
        peak if peak >= 95.0 => Tone::Bad,
        peak if peak >= 80.0 => Tone::Warning,
        _ => Tone::Good,
    }
}

impl Group {
    fn new(title: &str, parts: Vec<Part>) -> Self {
        Group { title: title.to_owned(), parts }
    }
}

/// The system of a run, with all its parts.
pub(super) fn of(run: &RunResult) -> System {
    let mut columns = vec![Column { title: "Clients".to_owned(), groups: vec![clients(run)] }];
    let gateways = run.gateways.iter().map(|gateway| {
        let own = run.instances.iter().filter(|one| one.gateway == gateway.name);
        let parts = own.map(|instance| {
            let name = format!("{}/{}", instance.gateway, instance.number);
            let peak = instance.connections_peak;
            let connections = of_limit(peak, instance.connection_limit, "connections");
            let domain = format!("update domain {}", instance.update_domain);
            let is_over = instance.over_limit_share > 0.0;
            let role = StationKind::GatewayInstance.label();
            part(run, (&name, role), instance.station, vec![connections, domain], is_over)
        });
        Group::new(&format!("{} ({})", gateway.name, gateway.size), parts.collect())
    });
    columns.push(Column { title: "Gateways in Azure".to_owned(), groups: gateways.collect() });
    let points = run.connection_points.iter().map(|point| {
        let ports = of_limit(point.ports_peak, point.port_limit, "ports");
        let line = format!("for {}", point.gateway);
        let is_over = point.port_refusals > 0;
        let role = StationKind::ConnectionPoint.label();
        part(run, (&point.name, role), point.station, vec![ports, line], is_over)
    });
    let points = Group::new("", points.collect());
    columns.push(Column { title: "Connection points".to_owned(), groups: vec![points] });
    columns.push(Column { title: "Site systems".to_owned(), groups: site_systems(run) });
    let has_parts = |column: &Column| column.groups.iter().any(|group| !group.parts.is_empty());
    columns.retain(has_parts);
    System { columns }
}

fn of_limit(peak: u64, limit: u32, what: &str) -> String {
    format!("{} of {} {what}", format::count(peak), format::count(u64::from(limit)))
}

fn clients(run: &RunResult) -> Group {
    let parts = run.origins.iter().map(|origin| {
        let mut lines = Vec::new();
        if origin.clients > 0 {
            lines.push(format!("{} clients", format::count(origin.clients)));
            lines.push(format!("{} on the internet at most", format::count(origin.internet_peak)));
        }
        lines.push(format!("{}/s answered", format::number(origin.requests.throughput_per_second)));
        Part {
            name: origin.name.clone(),
            peak: None,
            mean: None,
            tone: Tone::Plain,
            role: String::new(),
            lines,
        }
    });
    Group::new("", parts.collect())
}

fn site_systems(run: &RunResult) -> Vec<Group> {
    let systems = |role: Role, all: &[SiteSystemResult]| {
        let role = role.label();
        let parts = all.iter().map(|one| {
            let assigned = format!("{} clients", format::count(one.clients_assigned_peak));
            let is_over = one.refused > 0;
            let mut found = part(run, (&one.name, role), one.station, vec![assigned], is_over);
            let own = run.station(one.database);
            // Of unlimited servers none is ever all there are.
            if let Some(station) = own.filter(|station| station.servers.is_some()) {
                let busy = format::share(station.utilisation_peak);
                found.lines.push(format!("database {busy} busy"));
                found.is_at_least(station);
            }
            found
        });
        Group::new(role, parts.collect())
    };
    let points = run.distribution_points.iter().map(|one| Part {
        name: one.name.clone(),
        peak: None,
        mean: one.bandwidth_utilisation.map(|share| 100.0 * share),
        tone: Tone::Plain,
        role: DISTRIBUTION_POINT.to_owned(),
        lines: vec![format!("{} clients served", format::count(one.clients))],
    });
    let mut groups = vec![
        systems(Role::ManagementPoint, &run.management_points),
        systems(Role::SoftwareUpdatePoint, &run.software_update_points),
        Group::new(DISTRIBUTION_POINT, points.collect()),
    ];
    groups.retain(|group| !group.parts.is_empty());
    groups
}

/// What people read; it has no station.
const DISTRIBUTION_POINT: &str = "distribution point";

/// A part, by name and role, with the station at a place of the list.
fn part(
    run: &RunResult,
    (name, role): (&str, &str),
    station: u32,
    lines: Vec<String>,
    is_over: bool,
) -> Part {
    let found = run.station(station).filter(|one| one.servers.is_some());
    let peak = found.map(|one| 100.0 * one.utilisation_peak);
    let tone = if is_over { Tone::Bad } else { tone(peak.unwrap_or(0.0)) };
    let mean = found.map(|one| 100.0 * one.utilisation);
    Part { name: name.to_owned(), peak, mean, tone, role: role.to_owned(), lines }
}
