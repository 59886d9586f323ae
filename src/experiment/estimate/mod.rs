//! What can be calculated before a run: the utilisation of each station by the utilisation law
//! (U = X S / c; Denning, Buzen 1978) at its busiest time, levels against published numbers, events
//! and memory.
//!
//! The busiest time is that of the summed load: cohorts that are on at different hours are not
//! added. Clients are spread evenly over gateways and servers, closed loops answer at once. Loads
//! are means of ten minutes without the work at log-on, retries and deployments; the number of
//! events includes them. It is within 20 % of the simulated one in all embedded scenarios.

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
use traffic::{Rates, Traffic, points_of};

/// How far the estimated number of events is from the simulated one at most, as a share of the
/// latter, in all embedded scenarios (a test holds it there).
pub const EVENTS_ERROR: f64 = 0.2;

/// What the level of ports in use is called.
pub const PORTS_LEVEL: &str = "ports of a connection point";

/// The estimate.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Offered load by cohort or source and kind, at the time when most requests are offered.
    pub offered: Vec<Offered>,
    /// That time, seconds from the start of the simulation.
    pub busiest_seconds: f64,
    /// Utilisation of each kind of station.
    pub stations: Vec<StationEstimate>,
    /// Against published numbers.
    pub levels: Vec<LevelEstimate>,
    /// Events that the whole simulation takes, roughly.
    pub events: f64,
    /// Memory that one simulation takes at least, bytes.
    pub memory_bytes: u64,
    /// Memory that all simulations share: recorded values, bytes.
    pub shared_bytes: u64,
}

/// Requests per second that one origin offers.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Cohort or source.
    pub origin: String,
    /// Name of the request kind.
    pub kind: &'static str,
    /// Through gateways or at connection points, per second.
    pub by_gateway: f64,
    /// Straight to site systems, per second.
    pub direct: f64,
}

/// One part's station.
#[derive(Clone, Debug)]
pub struct StationEstimate {
    /// Name of the part; alike instances of a gateway are one row.
    pub name: String,
    /// What it is.
    pub role: &'static str,
    /// Servers of all alike parts; `None` if unlimited.
    pub servers: Option<u32>,
    /// Requests per second at all alike parts, at the station's busiest time.
    pub per_second: f64,
    /// Mean service time, seconds.
    pub service_s: f64,
    /// Offered utilisation, above one if it cannot keep up; `None` if unlimited.
    pub utilisation: Option<f64>,
}

/// A level against a published number.
#[derive(Clone, Debug)]
pub struct LevelEstimate {
    /// What.
    pub what: &'static str,
    /// Of which part.
    pub component: String,
    /// Estimated.
    pub expected: f64,
    /// The published number, or the scenario's where that is a default which it changes.
    pub limit: f64,
    /// How the two compare.
    pub verdict: Verdict,
    /// Document and date.
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
    /// The same where clients count as so many with default settings on average.
    fn divided_by(self, factor: f64) -> Self {
        if factor <= 1.0 {
            return self;
        }
        let limit = self.limit / factor;
        let source = format!(
            "{}; {} divided by {}, as cycles of clients are faster than the default settings it \
             presumes",
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
        stations: stations::all(config, &traffic),
        levels: levels(config, &traffic),
        events: size::events(config, &traffic, &steps),
        memory_bytes: size::memory_bytes(config),
        shared_bytes: config.recorded_bytes,
    }
}

/// When most requests are offered.
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

/// The highest sum over time of what each origin has per client that is on.
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
            ("VM instances, recommended minimum", f64::from(gateway.instances)),
            ("connection points, recommended minimum", points),
        ] {
            let mut minimum = LevelEstimate::new(what, name, count, &limits.recommended);
            minimum.verdict = at_least(minimum.expected, minimum.limit);
            levels.push(minimum);
        }
        if let Some(published) = limits.connections_of(&gateway.size) {
            let all = f64::from(gateway.instances);
            let what = "connections on an instance";
            levels.push(LevelEstimate::new(what, name, connections / all, published));
            let left = all - f64::from(gateway.instances.div_ceil(gateway.update_domains));
            if left > 0.0 {
                let what = "the same, one update domain down";
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

/// The most clients that use a site system at a time.
fn clients_of(traffic: &[Traffic<'_>], id: SiteSystemId, role: Role) -> f64 {
    let at = |time: f64| -> f64 {
        let here = traffic.iter().filter(|one| one.during.contains(&time));
        here.map(|one| one.clients * one.system_share(id, role)).sum()
    };
    traffic.iter().map(|one| at(one.during.start)).fold(0.0, f64::max)
}

/// Clients and servers of one primary site.
fn site_levels(
    config: &Config,
    traffic: &[Traffic<'_>],
    site: SiteId,
    levels: &mut Vec<LevelEstimate>,
) {
    let limits = PublishedLimits::builtin();
    let own = config.cohorts.iter().filter(|cohort| cohort.site == site);
    let clients = own.clone().map(|cohort| f64::from(cohort.clients)).sum::<f64>();
    // Published numbers presume default settings: who asks more often counts more than once.
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
    /// What a planner should know before running: stations that cannot keep up, published
    /// numbers that are exceeded.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for station in &self.stations {
            match station.utilisation {
                Some(load) if load >= 1.0 => warnings.push(format!(
                    "{} {} cannot keep up: {:.2} times its capacity is offered at its busiest time",
                    station.role, station.name, load
                )),
                Some(load) if load >= 0.8 => warnings.push(format!(
                    "{} {} is {:.0} % busy at its busiest time: waiting times grow fast from here",
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
                        "{component}: {what} {limit}, but {expected}: {}",
                        level.source
                    ));
                }
                Verdict::Within | Verdict::Close | Verdict::AboveEstimate => {}
            }
        }
        warnings
    }
}
