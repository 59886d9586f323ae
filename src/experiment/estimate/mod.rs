//! Estimates a scenario without a run: the peak utilisation of each station by the utilisation law
//! (U = X S / c; Denning, Buzen 1978), the levels (for example, numbers of connections or clients)
//! to compare with published limits, and the number of events and the memory of a run.
//!
//! Each peak is the peak of the total load over time, not the sum of the cohorts' peaks. The
//! estimate assumes that clients are divided evenly among gateways and servers. If a task waits for
//! the response before it schedules its next request, the estimate assumes the minimum response
//! time. Loads are ten-minute means without sign-in work, retries and deployments; the number of
//! events includes all three. The number of events is within 20 % of the simulated number in every
//! embedded scenario.

mod cut_off;
mod presence;
mod retries;
mod size;
mod stations;
mod traffic;

use crate::base::ids::{SiteId, SiteSystemId};
use crate::model::Config;
use crate::results::Verdict;
use crate::terms::{RequestKind, Role};

use crate::analysis::published_limits::{Published, PublishedLimits, at_least, verdict};
use presence::Steps;
pub use presence::online_by_hour_of_day;
use traffic::{Rates, Traffic, points_of};

/// Maximum relative error of the estimated number of events in the embedded scenarios, as a share
/// of the simulated number (checked by a test).
pub const EVENTS_ERROR: f64 = 0.2;

/// Name of the level that counts ports in use.
pub const PORTS_LEVEL: &str = "ports of a connection point";

/// Name of the level that counts connections while all instances are up.
pub const CONNECTIONS_LEVEL: &str = "connections on an instance";

/// Suffix of the names of levels whose limit is a recommended minimum.
pub const MINIMUM: &str = "recommended minimum";

/// Estimate of a scenario.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Offered load by cohort or source and kind, at the time of the highest total request rate.
    pub offered: Vec<Offered>,
    /// Time of the highest total request rate, in seconds from the start of the simulation.
    pub busiest_seconds: f64,
    /// Number of clients that are online at `busiest_seconds`.
    pub busiest_clients: f64,
    /// Utilisation of each kind of station.
    pub stations: Vec<StationEstimate>,
    /// Levels compared with published limits.
    pub levels: Vec<LevelEstimate>,
    /// Approximate number of events of the whole simulation.
    pub events: f64,
    /// Minimum memory of one simulation, in bytes.
    pub memory_bytes: u64,
    /// Memory for recorded values, which all simulations share, in bytes.
    pub shared_bytes: u64,
}

/// Requests per second that one cohort or source offers.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Name of the cohort or source.
    pub origin: String,
    /// Name of the request kind.
    pub kind: &'static str,
    /// Requests per second through gateways or at connection points.
    pub by_gateway: f64,
    /// Requests per second sent directly to site systems.
    pub direct: f64,
}

/// Estimate for the station of one component.
#[derive(Clone, Debug)]
pub struct StationEstimate {
    /// Name of the component; the identical instances of a gateway are one row.
    pub name: String,
    /// Role of the component.
    pub role: &'static str,
    /// Number of servers of all identical components; `None` if unlimited.
    pub servers: Option<u32>,
    /// Requests per second at all identical components, at the station's busiest time.
    pub per_second: f64,
    /// Mean service time in seconds.
    pub service_s: f64,
    /// Offered utilisation, greater than one if the station is overloaded; `None` if unlimited.
    pub utilisation: Option<f64>,
}

/// Level compared with a published limit.
#[derive(Clone, Debug)]
pub struct LevelEstimate {
    /// Name of the level.
    pub what: &'static str,
    /// Name of the component.
    pub component: String,
    /// Estimated level.
    pub expected: f64,
    /// Published limit, or the scenario's own value if the published number is a default that the
    /// scenario changes.
    pub limit: f64,
    /// Result of the comparison.
    pub verdict: Verdict,
    /// Document and date of the published number.
    pub source: String,
}

impl LevelEstimate {
    fn new(what: &'static str, component: &str, expected: f64, published: &Published) -> Self {
        LevelEstimate {
            what,
            component: component.to_owned(),
            expected,
            limit: published.value,
            verdict: verdict(expected, published.value),
            source: published.source.clone(),
        }
    }
}

impl LevelEstimate {
    /// Divides the limit by a factor: the number of clients with default settings that cause as
    /// much load as one client does on average.
    fn divided_by(self, factor: f64) -> Self {
        if factor <= 1.0 {
            return self;
        }
        let limit = self.limit / factor;
        let source = format!(
            "{}; {} divided by {}, because client cycles are faster than the default settings \
             that the limit assumes",
            self.source,
            self.limit,
            (100.0 * factor).round() / 100.0
        );
        LevelEstimate { limit, source, verdict: verdict(self.expected, limit), ..self }
    }
}

/// Estimates a scenario.
pub fn estimate(config: &Config) -> Estimate {
    let steps = Steps::of(config);
    let traffic = traffic::of(config, &steps);
    let busiest = busiest_step(&traffic, &steps);
    Estimate {
        offered: offered(config, &traffic, busiest),
        busiest_seconds: steps.middle(busiest),
        busiest_clients: {
            let clients = traffic.iter().filter(|one| one.cohort.is_some());
            clients.map(|one| one.active[busiest]).fold(0.0, |sum, one| sum + one)
        },
        stations: stations::all(config, &traffic),
        levels: levels(config, &traffic),
        events: size::events(config, &traffic, &steps),
        memory_bytes: size::memory_bytes(config),
        shared_bytes: config.recorded_bytes,
    }
}

/// Returns the step with the highest offered request rate.
fn busiest_step(traffic: &[Traffic<'_>], steps: &Steps) -> usize {
    let all = |rates: &Rates| rates.entries().map(|(_, rate)| rate).sum::<f64>();
    let each: Vec<f64> = traffic.iter().map(|one| all(&one.rates)).collect();
    let (mut busiest, mut maximum) = (0, 0.0);
    for step in 0..steps.count {
        let sum = traffic.iter().zip(&each).map(|(one, rate)| one.active[step] * rate).sum::<f64>();
        if sum > maximum {
            (busiest, maximum) = (step, sum);
        }
    }
    busiest
}

fn offered(config: &Config, traffic: &[Traffic<'_>], step: usize) -> Vec<Offered> {
    let cohorts = config.cohorts.iter().map(|cohort| cohort.name.as_str());
    let sources = config.sources.iter().map(|source| source.name.as_str());
    let mut rows = Vec::new();
    for origin in cohorts.chain(sources) {
        let own = || traffic.iter().filter(|one| one.origin == origin);
        for kind in RequestKind::ALL {
            let sum = |is_by_gateway: bool| -> f64 {
                let own = own().filter(|one| one.is_by_gateway() == is_by_gateway);
                own.map(|one| one.active[step] * one.rates[kind]).fold(0.0, |sum, rate| sum + rate)
            };
            let (by_gateway, direct) = (sum(true), sum(false));
            if by_gateway + direct > 0.0 {
                let origin = origin.to_owned();
                rows.push(Offered { origin, kind: kind.name(), by_gateway, direct });
            }
        }
    }
    rows
}

/// Returns the highest sum over all origins at any time. Each origin contributes its number of
/// active clients multiplied by its value per client.
fn peak(traffic: &[Traffic<'_>], each: impl Fn(&Traffic<'_>) -> f64) -> f64 {
    let each: Vec<f64> = traffic.iter().map(each).collect();
    let steps = traffic.iter().map(|one| one.active.len()).max().unwrap_or(0);
    let sum = |step: usize| -> f64 {
        traffic.iter().zip(&each).map(|(one, own)| one.active[step] * own).sum()
    };
    (0..steps).map(sum).fold(0.0, f64::max)
}

fn levels(config: &Config, traffic: &[Traffic<'_>]) -> Vec<LevelEstimate> {
    let limits = PublishedLimits::builtin();
    let mut levels = Vec::new();
    for (id, gateway) in config.gateways.entries() {
        let name = gateway.name.as_str();
        let connections = peak(traffic, |one| match one.cohort {
            Some(_) => one.gateway_share(id),
            None => 0.0,
        });
        let points = points_of(config, id);
        for (what, count) in [
            ("VM instances (minimum)", f64::from(gateway.instances)),
            ("connection points (minimum)", points),
        ] {
            let mut minimum = LevelEstimate::new(what, name, count, &limits.recommended);
            minimum.verdict = at_least(minimum.expected, minimum.limit);
            levels.push(minimum);
        }
        if let Some(published) = limits.connections_of(&gateway.size) {
            let all = f64::from(gateway.instances);
            let what = CONNECTIONS_LEVEL;
            levels.push(LevelEstimate::new(what, name, connections / all, published));
            let left = all - f64::from(gateway.instances.div_ceil(gateway.update_domains));
            if left > 0.0 {
                let what = "connections on an instance, one update domain down";
                levels.push(LevelEstimate::new(what, name, connections / left, published));
            }
        }
        let what = "instances per connection point";
        let expected = f64::from(gateway.instances) / points;
        let published = &limits.instances_per_connection_point;
        levels.push(LevelEstimate::new(what, name, expected, published));
        for point in config.connection_points.iter().filter(|point| point.gateway == id) {
            let time_wait = point.time_wait.as_seconds();
            let held = peak(traffic, |one| {
                let kinds = one.rates.entries();
                let requests: f64 = kinds
                    .filter(|(kind, _)| *kind != RequestKind::KeepAlive)
                    .map(|(_, rate)| rate)
                    .sum();
                let channel = f64::from(u8::from(one.has_channel));
                one.gateway_share(id) * (channel + requests * time_wait)
            });
            let mut ports =
                LevelEstimate::new(PORTS_LEVEL, &point.name, held / points, &limits.ports);
            ports.limit = f64::from(point.ports);
            ports.verdict = verdict(ports.expected, ports.limit);
            levels.push(ports);
        }
    }
    for site in config.sites.ids() {
        site_levels(config, traffic, site, &mut levels);
    }
    levels
}

/// Returns the maximum number of clients that use a site system at the same time.
fn clients_of(traffic: &[Traffic<'_>], id: SiteSystemId, role: Role) -> f64 {
    let at = |time: f64| -> f64 {
        let here = traffic.iter().filter(|one| one.during.contains(&time));
        here.map(|one| one.clients * one.system_share(id, role)).sum()
    };
    traffic.iter().map(|one| at(one.during.start)).fold(0.0, f64::max)
}

/// Adds the levels of one primary site: its numbers of clients and servers.
fn site_levels(
    config: &Config,
    traffic: &[Traffic<'_>],
    site: SiteId,
    levels: &mut Vec<LevelEstimate>,
) {
    let limits = PublishedLimits::builtin();
    let own = config.cohorts.iter().filter(|cohort| cohort.site == site);
    let clients = own.clone().map(|cohort| f64::from(cohort.clients)).sum::<f64>();
    // Published numbers assume default settings, so a client with faster cycles counts more than
    // once.
    let factor = |role: Role| {
        let weighted = own.clone().map(|one| f64::from(one.clients) * one.weight(role));
        (weighted.sum::<f64>() / clients.max(1.0)).max(1.0)
    };
    let name = config.sites[site].name.as_str();
    for (role, what) in [
        (Role::ManagementPoint, "clients of a management point"),
        (Role::SoftwareUpdatePoint, "clients of a software update point"),
    ] {
        let systems = config.of_role(role).filter(|(_, system)| system.site == site);
        let systems: Vec<_> = systems.collect();
        for (id, system) in &systems {
            let published = match (role, system.is_shared) {
                (Role::ManagementPoint, _) => &limits.clients_per_management_point,
                (Role::SoftwareUpdatePoint, true) => &limits.clients_per_shared_update_point,
                (Role::SoftwareUpdatePoint, false) => &limits.clients_per_update_point,
            };
            let expected = clients_of(traffic, *id, role);
            let level = LevelEstimate::new(what, &system.name, expected, published);
            levels.push(level.divided_by(factor(role)));
        }
        if role == Role::ManagementPoint {
            let what = "management points of the primary site";
            let count = systems.len() as f64;
            levels.push(LevelEstimate::new(what, name, count, &limits.management_points_per_site));
        }
    }
    let what = "clients of the primary site";
    let level = LevelEstimate::new(what, name, clients, &limits.clients_per_site);
    levels.push(level.divided_by(factor(Role::ManagementPoint)));
}

impl Estimate {
    /// Returns warnings about overloaded stations and exceeded published limits.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for station in &self.stations {
            match station.utilisation {
                Some(load) if load >= 1.0 => warnings.push(format!(
                    "{} {} is overloaded: its peak offered load is {:.2} times its capacity",
                    station.role, station.name, load
                )),
                Some(load) if load >= 0.8 => warnings.push(format!(
                    "{} {} has a peak utilisation of {:.0} %: waiting times rise steeply above \
                     80 %",
                    station.role,
                    station.name,
                    100.0 * load
                )),
                _ => {}
            }
        }
        for level in &self.levels {
            let (what, component) = (level.what, &level.component);
            let (expected, limit) = (level.expected.round(), level.limit);
            match level.verdict {
                Verdict::Exceeded => warnings.push(format!(
                    "{component}: {what}: {expected} expected, {limit} supported ({})",
                    level.source
                )),
                Verdict::Below => {
                    warnings.push(format!(
                        "{component}: {what}: {limit}; the scenario has {expected} ({})",
                        level.source
                    ));
                }
                Verdict::Within | Verdict::Close | Verdict::AboveEstimate => {}
            }
        }
        warnings
    }
}
