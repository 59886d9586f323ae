//! What can be said before a run: offered load and the utilisation of each station by the
//! utilisation law (U = X S / c; Denning, Buzen 1978), at the hour when most clients are on.
//!
//! All clients of a working day are on together, connections are spread evenly, closed loops
//! answer at once. Not in it: what fell due before the log-on, retries, storms, and the skew that
//! disruptions leave behind.

mod size;
mod stations;
mod traffic;

use crate::base::Id;
use crate::base::ids::SiteId;
use crate::model::config::Role;
use crate::model::{Config, RequestKind};
use crate::results::Verdict;

use super::checks::{Published, PublishedLimits, at_least, verdict};
use stations::{gateway_share, points_of};
use traffic::Traffic;

/// What the level of ports in use is called.
pub const PORTS_LEVEL: &str = "ports of a connection point";

/// The estimate.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Offered load by cohort or source and kind.
    pub offered: Vec<Offered>,
    /// Utilisation of each kind of station.
    pub stations: Vec<StationEstimate>,
    /// Against published numbers.
    pub levels: Vec<LevelEstimate>,
    /// Events that the whole simulation takes, roughly.
    pub events: f64,
    /// Memory that the simulation takes at least, bytes.
    pub memory_bytes: u64,
}

/// Requests a second that one origin offers.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Cohort or source.
    pub origin: String,
    /// Name of the request kind.
    pub kind: &'static str,
    /// Through gateways or at connection points, a second.
    pub by_gateway: f64,
    /// Straight to management points, a second.
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
    /// Requests a second at all alike parts.
    pub per_second: f64,
    /// Mean service time, seconds.
    pub service_seconds: f64,
    /// Offered utilisation, above one if it cannot keep up; `None` if unlimited.
    pub utilisation: Option<f64>,
}

/// A level against a published number.
#[derive(Clone, Debug)]
pub struct LevelEstimate {
    /// What.
    pub what: &'static str,
    /// Of which part.
    pub part: String,
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
    fn new(what: &'static str, part: &str, expected: f64, published: &Published) -> Self {
        LevelEstimate {
            what,
            part: part.to_owned(),
            expected,
            limit: published.figure,
            verdict: verdict(expected, published.figure),
            source: published.source.clone(),
        }
    }
}

/// Estimates a scenario.
pub fn estimate(config: &Config, limits: &PublishedLimits) -> Estimate {
    let traffic = traffic::of(config);
    Estimate {
        offered: offered(&traffic),
        stations: stations::all(config, &traffic),
        levels: levels(config, &traffic, limits),
        events: size::events(config, &traffic),
        memory_bytes: size::memory_bytes(config),
    }
}

fn offered(traffic: &[Traffic<'_>]) -> Vec<Offered> {
    let mut rows = Vec::new();
    for one in traffic {
        for kind in RequestKind::ALL {
            let (by_gateway, direct) = (one.by_gateway[kind], one.direct[kind]);
            if by_gateway + direct > 0.0 {
                let origin = one.origin.to_owned();
                rows.push(Offered { origin, kind: kind.name(), by_gateway, direct });
            }
        }
    }
    rows
}

fn levels(
    config: &Config,
    traffic: &[Traffic<'_>],
    limits: &PublishedLimits,
) -> Vec<LevelEstimate> {
    let mut levels = Vec::new();
    for (id, gateway) in config.gateways.entries() {
        let name = gateway.name.as_str();
        let connections: f64 = traffic
            .iter()
            .map(|one| gateway_share(one, id.index(), config) * one.connections)
            .sum();
        let points = points_of(config, id.index());
        for (what, count) in [
            ("VM instances, at least", f64::from(gateway.instances)),
            ("connection points, at least", points),
        ] {
            let mut least = LevelEstimate::new(what, name, count, &limits.recommended);
            least.verdict = at_least(least.expected, least.limit);
            levels.push(least);
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
        let held: f64 =
            traffic.iter().map(|one| gateway_share(one, id.index(), config) * one.channels).sum();
        let requests: f64 = traffic
            .iter()
            .map(|one| {
                let kinds = one.by_gateway.entries();
                let all: f64 = kinds
                    .filter(|(kind, _)| *kind != RequestKind::KeepAlive)
                    .map(|(_, rate)| rate)
                    .sum();
                all * gateway_share(one, id.index(), config)
            })
            .sum();
        for point in config.connection_points.iter().filter(|point| point.gateway == id) {
            let expected = (held + requests * point.time_wait.as_seconds()) / points;
            let mut ports = LevelEstimate::new(PORTS_LEVEL, &point.name, expected, &limits.ports);
            ports.limit = f64::from(point.ports);
            ports.verdict = verdict(expected, ports.limit);
            levels.push(ports);
        }
    }
    for site in config.sites.ids() {
        site_levels(config, site, limits, &mut levels);
    }
    levels
}

/// Clients and servers of one primary site.
fn site_levels(
    config: &Config,
    site: SiteId,
    limits: &PublishedLimits,
    levels: &mut Vec<LevelEstimate>,
) {
    let own = config.cohorts.iter().filter(|cohort| cohort.site == site);
    let clients = own.map(|cohort| f64::from(cohort.clients)).sum::<f64>();
    let name = config.sites[site].name.as_str();
    for (role, what) in [
        (Role::ManagementPoint, "clients of a management point"),
        (Role::SoftwareUpdatePoint, "clients of a software update point"),
    ] {
        let systems = config.of_role(role).filter(|(_, system)| system.site == site);
        let systems: Vec<_> = systems.map(|(_, system)| system).collect();
        for system in &systems {
            let published = match (role, system.is_shared) {
                (Role::ManagementPoint, _) => &limits.clients_per_management_point,
                (_, true) => &limits.clients_per_shared_update_point,
                (_, false) => &limits.clients_per_update_point,
            };
            let expected = clients / systems.len() as f64;
            levels.push(LevelEstimate::new(what, &system.name, expected, published));
        }
        if role == Role::ManagementPoint {
            let what = "management points of the primary site";
            let count = systems.len() as f64;
            levels.push(LevelEstimate::new(what, name, count, &limits.management_points_per_site));
        }
    }
    let what = "clients of the primary site";
    levels.push(LevelEstimate::new(what, name, clients, &limits.clients_per_site));
}

impl Estimate {
    /// What a planner should know before running: stations that cannot keep up, published
    /// numbers that are exceeded.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for station in &self.stations {
            match station.utilisation {
                Some(load) if load >= 1.0 => warnings.push(format!(
                    "{} {} cannot keep up: {:.2} times what it can do is asked of it",
                    station.role, station.name, load
                )),
                Some(load) if load >= 0.8 => warnings.push(format!(
                    "{} {} is {:.0} % busy when most clients are on: waits grow fast from here",
                    station.role,
                    station.name,
                    100.0 * load
                )),
                _ => {}
            }
        }
        for level in &self.levels {
            let (what, part) = (level.what, &level.part);
            let (expected, limit) = (level.expected.round(), level.limit);
            match level.verdict {
                Verdict::Exceeded => warnings.push(format!(
                    "{part}: {what}: {expected} expected, {limit} supported ({})",
                    level.source
                )),
                Verdict::Below => {
                    warnings
                        .push(format!("{part}: {what} {limit}, but {expected}: {}", level.source));
                }
                Verdict::Within | Verdict::Close => {}
            }
        }
        warnings
    }
}
