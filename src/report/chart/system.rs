//! The system of a run as columns of components: clients, gateways, connection points and site
//! systems, each with its utilisation.

use crate::report::{Tone, basis, format};
use crate::results::{RunResult, SiteSystemResult, StationResult};
use crate::terms::Role;

/// A column of components; requests pass through the columns from left to right.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub title: &'static str,
    pub components: Vec<Component>,
}

#[derive(Clone, Debug)]
pub(super) struct Component {
    pub name: String,
    /// Peak and mean utilisation; `None` if capacity is unlimited or the value is unknown.
    pub peak: Option<f64>,
    pub mean: Option<f64>,
    pub tone: Tone,
    /// Lines of text, the most important one first.
    pub lines: Vec<String>,
}

/// Returns the columns that have components.
pub(super) fn columns(run: &RunResult) -> Vec<Column> {
    let gateways = run.gateways.iter().flat_map(|gateway| {
        let own = run.instances.iter().filter(|one| one.gateway == gateway.name);
        own.map(|instance| {
            let name = format!("{}/{}", instance.gateway, instance.number);
            let peak = instance.connections_peak;
            let connections = of_limit(peak, instance.connection_limit, "connections");
            let kind = format!("{}, update domain {}", gateway.size, instance.update_domain);
            let is_over = instance.time_over_limit_share > 0.0;
            Component::new(&name, vec![connections, kind], is_over)
                .with(run.station(instance.station))
        })
    });
    let points = run.connection_points.iter().map(|point| {
        let ports = of_limit(point.ports_peak, point.port_limit, "ports");
        let lines = vec![ports, format!("for {}", point.gateway)];
        Component::new(&point.name, lines, point.port_refusals > 0).with(run.station(point.station))
    });
    let columns = [
        ("Clients", clients(run)),
        ("Gateways in Azure", gateways.collect()),
        ("Connection points", points.collect()),
        ("Site systems", site_systems(run)),
    ];
    let columns = columns.into_iter().filter(|(_, components)| !components.is_empty());
    columns.map(|(title, components)| Column { title, components }).collect()
}

impl Component {
    /// Returns a component without utilisation; `is_over` states whether the component exceeded a
    /// limit.
    fn new(name: &str, lines: Vec<String>, is_over: bool) -> Self {
        let tone = if is_over { Tone::Bad } else { Tone::Plain };
        Component { name: name.to_owned(), peak: None, mean: None, tone, lines }
    }

    /// Adds a station. The component shows the utilisation of its station with the highest peak.
    /// Stations with unlimited servers have no utilisation.
    fn with(self, station: Option<&StationResult>) -> Self {
        let Some(station) = station.filter(|one| one.servers.is_some()) else { return self };
        let peak = station.utilisation_peak_share;
        if self.peak.is_none_or(|own| own < peak) {
            return self.utilised(Some(peak), Some(station.utilisation_mean_share));
        }
        self
    }

    /// Sets the utilisation. The tone follows from the peak, or from the mean if there is no peak;
    /// a component that exceeded a limit keeps its tone.
    fn utilised(mut self, peak: Option<f64>, mean: Option<f64>) -> Self {
        (self.peak, self.mean) = (peak, mean);
        if let Some(share) = peak.or(mean).filter(|_| self.tone != Tone::Bad) {
            self.tone = basis::utilisation_tone(share);
        }
        self
    }
}

fn of_limit(peak: u64, limit: u32, what: &str) -> String {
    format!("{} of {} {what}", format::count(peak), format::count(u64::from(limit)))
}

fn clients(run: &RunResult) -> Vec<Component> {
    let components = run.origins.iter().map(|origin| {
        let mut lines = Vec::new();
        if origin.clients > 0 {
            lines.push(format!("{} clients", format::count(origin.clients)));
            lines.push(format!("peak on the internet: {}", format::count(origin.internet_peak)));
        }
        lines.push(format!(
            "{} requests completed/s",
            format::number(origin.requests.throughput_per_s)
        ));
        Component::new(&origin.name, lines, false)
    });
    components.collect()
}

fn site_systems(run: &RunResult) -> Vec<Component> {
    let systems = |role: Role, all: &[SiteSystemResult]| -> Vec<Component> {
        let component = |one: &SiteSystemResult| {
            let assigned = format::count(one.clients_assigned_peak);
            let mut lines = vec![format!("{}: {assigned} clients", role.label())];
            let database = run.station(one.database).filter(|one| one.servers.is_some());
            let utilisation = database.map(|one| format::share(one.utilisation_peak_share));
            lines.extend(utilisation.map(|share| format!("database: {share}")));
            Component::new(&one.name, lines, one.refused > 0)
                .with(run.station(one.station))
                .with(database)
        };
        all.iter().map(component).collect()
    };
    let points = run.distribution_points.iter().map(|one| {
        let lines = vec![format!("distribution point: {} clients", format::count(one.clients))];
        let (peak, mean) =
            (one.bandwidth_utilisation_peak_share, one.bandwidth_utilisation_mean_share);
        Component::new(&one.name, lines, false).utilised(peak, mean)
    });
    let mut all = systems(Role::ManagementPoint, &run.management_points);
    all.extend(systems(Role::SoftwareUpdatePoint, &run.software_update_points));
    all.extend(points);
    all
}
