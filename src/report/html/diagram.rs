//! The system as a diagram: clients, gateways, connection points, site systems, each part with how
//! busy it was.

use serde::Serialize;

use super::Tone;
use crate::report::format;
use crate::results::{RunResult, StationResult};

/// Parts of a column that are shown; more are told by number.
const PARTS_MAX: usize = 16;

/// Columns from left to right: requests go that way.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Diagram {
    columns: Vec<Column>,
}

#[derive(Clone, Debug, Serialize)]
struct Column {
    title: String,
    groups: Vec<Group>,
}

/// Parts that belong together.
#[derive(Clone, Debug, Serialize)]
struct Group {
    title: String,
    parts: Vec<Part>,
    /// How many more there are.
    more: usize,
}

#[derive(Clone, Debug, Serialize)]
struct Part {
    name: String,
    /// How busy, per cent of the whole, at the peak and on average; nothing if that has no limit.
    peak: Option<f64>,
    mean: Option<f64>,
    tone: Tone,
    lines: Vec<String>,
}

impl Group {
    fn new(title: &str, mut parts: Vec<Part>) -> Self {
        let more = parts.len().saturating_sub(PARTS_MAX);
        if more > 0 {
            parts.sort_by(|one, other| {
                other.peak.unwrap_or(0.0).total_cmp(&one.peak.unwrap_or(0.0))
            });
            parts.truncate(PARTS_MAX);
        }
        Group { title: title.to_owned(), parts, more }
    }
}

/// The diagram of a run.
pub(super) fn of(run: &RunResult) -> Diagram {
    let mut columns = vec![Column { title: "Clients".to_owned(), groups: vec![clients(run)] }];
    let gateways = run.gateways.iter().map(|gateway| {
        let own = run.instances.iter().filter(|one| one.gateway == gateway.name);
        let parts = own.map(|instance| {
            let name = format!("{}/{}", instance.gateway, instance.number);
            let connections = format!(
                "{} of {} connections",
                format::count(instance.connections_peak),
                format::count(u64::from(instance.connection_limit))
            );
            let domain = format!("update domain {}", instance.update_domain);
            let is_over = instance.over_limit_share > 0.0;
            part(run, &name, "gateway instance", vec![connections, domain], is_over)
        });
        Group::new(&format!("{} ({})", gateway.name, gateway.size), parts.collect())
    });
    columns.push(Column { title: "Gateways in Azure".to_owned(), groups: gateways.collect() });
    let points = run.connection_points.iter().map(|point| {
        let ports = format!(
            "{} of {} ports",
            format::count(point.ports_peak),
            format::count(u64::from(point.port_limit))
        );
        let line = format!("for {}", point.gateway);
        let is_over = point.port_refusals > 0;
        part(run, &point.name, "connection point", vec![ports, line], is_over)
    });
    let points = Group::new("", points.collect());
    columns.push(Column { title: "Connection points".to_owned(), groups: vec![points] });
    columns.push(Column { title: "Site systems".to_owned(), groups: site_systems(run) });
    let has_parts = |column: &Column| column.groups.iter().any(|group| !group.parts.is_empty());
    columns.retain(has_parts);
    Diagram { columns }
}

fn clients(run: &RunResult) -> Group {
    let parts = run.origins.iter().map(|origin| {
        let mut lines = Vec::new();
        if origin.clients > 0 {
            lines.push(format!("{} clients", format::count(origin.clients)));
            lines.push(format!("{} on the internet at most", format::count(origin.internet_peak)));
        }
        lines.push(format!("{}/s answered", format::number(origin.requests.throughput_per_second)));
        Part { name: origin.name.clone(), peak: None, mean: None, tone: Tone::Plain, lines }
    });
    Group::new("", parts.collect())
}

fn site_systems(run: &RunResult) -> Vec<Group> {
    let systems = |role: &str, all: &[crate::results::SiteSystemResult]| {
        let parts = all.iter().map(|one| {
            let assigned = format!("{} clients", format::count(one.clients_assigned_peak));
            let mut found = part(run, &one.name, role, vec![assigned], one.refused > 0);
            let database = format!("{} database", one.name);
            let own = run.stations.iter().find(|station| station.name == database);
            if let Some(station) = own {
                found
                    .lines
                    .push(format!("database {} busy", format::share(station.utilisation_peak)));
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
        lines: vec![format!("{} clients served", format::count(one.clients))],
    });
    let mut groups = vec![
        systems("management point", &run.management_points),
        systems("software update point", &run.software_update_points),
        Group::new("distribution point", points.collect()),
    ];
    groups.retain(|group| !group.parts.is_empty());
    groups
}

fn station<'r>(run: &'r RunResult, name: &str, role: &str) -> Option<&'r StationResult> {
    let mut of_name = run.stations.iter().filter(|one| one.name == name);
    of_name.find(|one| one.role == role || one.role.starts_with(role))
}

/// A part with the station of its name.
fn part(run: &RunResult, name: &str, role: &str, lines: Vec<String>, is_over: bool) -> Part {
    let found = station(run, name, role).filter(|one| one.servers.is_some());
    let peak = found.map(|one| 100.0 * one.utilisation_peak);
    let tone = match peak {
        _ if is_over => Tone::Bad,
        Some(peak) if peak >= 95.0 => Tone::Bad,
        Some(peak) if peak >= 80.0 => Tone::Warning,
        _ => Tone::Good,
    };
    let mean = found.map(|one| 100.0 * one.utilisation);
    Part { name: name.to_owned(), peak, mean, tone, lines }
}
