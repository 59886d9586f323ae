//! What can be said before a run: offered load and the utilisation of each station by the
//! utilisation law (U = X S / c; Denning, Buzen 1978), at the hour when most clients are on.
//!
//! All clients of a working day are on together, connections are spread evenly, closed loops
//! answer at once. Not in it: what fell due before the log-on, retries, storms, and the skew that
//! disruptions leave behind.

use crate::base::Id;
use crate::engine::{LatencyHistogram, Servers};
use crate::model::config::{Cohort, Entry, GatewayDemand, Message, Presence, Task};
use crate::model::workload::PerKind;
use crate::model::{Config, RequestKind};

use crate::results::Verdict;

use super::checks::{Published, PublishedLimits, at_least, verdict};

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

/// Events of the engine a request takes: way to and service at three stations, answer, time-out,
/// next due time. Measured on the quickstart.
const EVENTS_A_GATEWAY_REQUEST: f64 = 9.0;
/// The same for a request on the intranet.
const EVENTS_A_DIRECT_REQUEST: f64 = 6.0;

/// Rates a second by request kind.
type Rates = PerKind<f64>;

/// Traffic of one origin.
struct Traffic<'c> {
    origin: &'c str,
    by_gateway: Rates,
    direct: Rates,
    /// Share of gateway requests on a new connection.
    handshake_share: f64,
    messages: PerKind<Message>,
    /// Clients with a notification channel.
    channels: f64,
    /// Connections as the published number counts them.
    connections: f64,
    /// Only this entry is used; clients use all parts evenly.
    entry: Option<Entry>,
}

/// Estimates a scenario.
pub fn estimate(config: &Config, limits: &PublishedLimits) -> Estimate {
    let traffic: Vec<Traffic<'_>> = config
        .cohorts
        .iter()
        .map(|cohort| cohort_traffic(cohort, config))
        .chain(config.sources.iter().map(source_traffic))
        .collect();
    let mut stations = Vec::new();
    gateway_stations(config, &traffic, &mut stations);
    point_stations(config, &traffic, &mut stations);
    let seconds = config.end().as_seconds();
    let sum = |pick: for<'a, 'c> fn(&'a Traffic<'c>) -> &'a Rates| -> f64 {
        traffic.iter().flat_map(|one| pick(one).entries()).map(|(_, rate)| rate).sum()
    };
    let rate = EVENTS_A_GATEWAY_REQUEST * sum(|one| &one.by_gateway)
        + EVENTS_A_DIRECT_REQUEST * sum(|one| &one.direct);
    let bins = (config.duration.as_nanos() / config.interval.as_nanos().max(1)).max(1);
    Estimate {
        offered: offered(&traffic),
        stations,
        levels: levels(config, &traffic, limits),
        events: rate * seconds + config.clients() as f64,
        memory_bytes: BYTES_OF_THE_PROGRAM
            + histograms(config) * LatencyHistogram::new().memory_bytes()
            + config.clients().saturating_mul(BYTES_A_CLIENT)
            + bins.saturating_mul(columns(config)).saturating_mul(size_of::<f64>() as u64),
    }
}

/// Columns of the time series: some of the whole, three a connection point, two an instance, and two
/// a station. They are kept twice while results are collected.
fn columns(config: &Config) -> u64 {
    let points = config.connection_points.len() as u64;
    let instances: u64 = config.gateways.iter().map(|one| u64::from(one.instances)).sum();
    let stations = instances + points + 2 * config.management_points.len() as u64;
    2 * (20 + 3 * points + 2 * instances + 2 * stations)
}

/// Two for each station, one for each kind and origin, and a few for the whole.
fn histograms(config: &Config) -> u64 {
    let instances: u64 = config.gateways.iter().map(|one| u64::from(one.instances)).sum();
    let points = config.connection_points.len() + 2 * config.management_points.len();
    let origins = config.cohorts.len() + config.sources.len();
    2 * (instances + points as u64) + (RequestKind::ALL.len() + origins) as u64 + 4
}

/// Program, catalogue, and a chart while it is drawn.
const BYTES_OF_THE_PROGRAM: u64 = 30_000_000;

/// State of a client, its entry in the calendar, and the growth of both vectors. A test of the
/// model holds the first to 200.
const BYTES_A_CLIENT: u64 = 320;

/// Share of clients that are on when most are.
fn on_share(presence: &Presence) -> f64 {
    match presence {
        Presence::AlwaysOn => 1.0,
        Presence::OfficeHours { absent_share, .. } => 1.0 - absent_share,
        Presence::Shift { .. } => 1.0 / 3.0,
        Presence::Sporadic { on, off } => {
            let (on, off) = (on.mean(), off.mean());
            if on + off > 0.0 { on / (on + off) } else { 1.0 }
        }
        Presence::Hourly(hours) => hours.iter().fold(0.0, |peak, share| peak.max(*share)),
    }
}

/// Sessions a second that a client which is on begins. Of daily patterns none: they do not begin
/// when most are on.
fn session_rate(presence: &Presence) -> f64 {
    match presence {
        Presence::Sporadic { on, .. } if on.mean() > 0.0 => 1.0 / on.mean(),
        _ => 0.0,
    }
}

/// Requests a second of one client that is on.
fn task_rate(task: &Task) -> f64 {
    let inverse = |seconds: f64| if seconds > 0.0 { 1.0 / seconds } else { 0.0 };
    match task {
        Task::Off => 0.0,
        Task::Every { interval, .. } => inverse(interval.as_seconds()),
        Task::After(think) => inverse(think.mean()),
        Task::Changes { interval, rate } => {
            let length = interval.as_seconds();
            -libm::expm1(-rate * length) * inverse(length)
        }
    }
}

fn cohort_traffic<'c>(cohort: &'c Cohort, config: &Config) -> Traffic<'c> {
    let on = f64::from(cohort.clients) * on_share(&cohort.presence);
    let internet = on * cohort.internet_share;
    let mut rates: Rates = PerKind::from_fn(|kind| task_rate(&cohort.tasks[kind]));
    let moves = cohort.moves_per_hour / 3600.0;
    let arrivals = moves + session_rate(&cohort.presence);
    for (kind, more) in
        [(RequestKind::Location, arrivals), (RequestKind::PolicyPoll, arrivals - moves)]
    {
        if !matches!(cohort.tasks[kind], Task::Off) {
            rates[kind] += more;
        }
    }
    rates[RequestKind::PolicyBody] = rates[RequestKind::PolicyPoll] * cohort.new_policy_share;
    let one_client: f64 = rates.entries().map(|(_, rate)| rate).sum();
    let mut by_gateway: Rates = PerKind::from_fn(|kind| internet * rates[kind]);
    if let Some(channel) = &cohort.channel {
        by_gateway[RequestKind::ChannelOpen] = internet * arrivals;
        by_gateway[RequestKind::KeepAlive] = internet / channel.keep_alive.mean().max(1e-9);
    }
    // A request needs a new connection if the last one was longer ago than the idle time-out;
    // taken as Poisson.
    let idle = config.gateways.iter().map(|gateway| gateway.idle_timeout.as_seconds());
    let idle = idle.fold(f64::INFINITY, f64::min);
    Traffic {
        origin: &cohort.name,
        by_gateway,
        direct: PerKind::from_fn(|kind| (on - internet) * rates[kind]),
        handshake_share: if idle.is_finite() { libm::exp(-one_client * idle) } else { 0.0 },
        messages: cohort.messages.clone(),
        channels: if cohort.channel.is_some() { internet } else { 0.0 },
        connections: internet,
        entry: None,
    }
}

fn source_traffic(source: &crate::model::config::Source) -> Traffic<'_> {
    let total = source.arrivals.peak_rate() * f64::from(source.batch);
    let at = |is_here: bool| {
        PerKind::from_fn(|kind| if is_here && kind == source.kind { total } else { 0.0 })
    };
    let direct = matches!(source.entry, Entry::ManagementPoint(_) | Entry::EveryManagementPoint);
    Traffic {
        origin: &source.name,
        by_gateway: at(!direct),
        direct: at(direct),
        handshake_share: 0.0,
        messages: PerKind::from_fn(|_| source.message),
        channels: 0.0,
        connections: 0.0,
        entry: Some(source.entry),
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

/// Work that arrives at a kind of station.
#[derive(Clone, Copy, Default)]
struct Load {
    per_second: f64,
    /// Seconds of service a second: the offered load in erlangs.
    work: f64,
}

impl Load {
    fn add(&mut self, per_second: f64, service_seconds: f64) {
        self.per_second += per_second;
        self.work += per_second * service_seconds;
    }

    fn station(
        self,
        name: &str,
        role: &'static str,
        servers: Servers,
        parts: u32,
    ) -> StationEstimate {
        let all = match servers {
            Servers::Limited(servers) => Some(servers.saturating_mul(parts)),
            Servers::Unlimited => None,
        };
        StationEstimate {
            name: name.to_owned(),
            role,
            servers: all,
            per_second: self.per_second,
            service_seconds: if self.per_second > 0.0 { self.work / self.per_second } else { 0.0 },
            utilisation: all.map(|servers| self.work / f64::from(servers)),
        }
    }
}

/// The part of an origin's gateway traffic that goes to gateway `index`.
fn gateway_share(one: &Traffic<'_>, index: usize, config: &Config) -> f64 {
    match one.entry {
        None => 1.0 / config.gateways.len() as f64,
        Some(Entry::Gateway(gateway)) if gateway.index() == index => 1.0,
        Some(_) => 0.0,
    }
}

fn gateway_stations(config: &Config, traffic: &[Traffic<'_>], stations: &mut Vec<StationEstimate>) {
    for (id, gateway) in config.gateways.entries() {
        let mut load = Load::default();
        let mut connections = 0.0;
        for one in traffic {
            let share = gateway_share(one, id.index(), config);
            connections += share * one.connections;
            for (kind, rate) in one.by_gateway.entries() {
                load.add(rate * share, gateway_demand(&gateway.demand, one, kind));
            }
        }
        let full = f64::from(gateway.connection_limit) * f64::from(gateway.instances);
        let slower = libm::pow((connections / full).max(1.0), gateway.overload_exponent);
        load.work *= slower / gateway.core_speed;
        stations.push(load.station(
            &gateway.name,
            "gateway instances",
            gateway.cores,
            gateway.instances,
        ));
    }
}

/// Mean core seconds of a request at compute unit 100.
fn gateway_demand(demand: &GatewayDemand, one: &Traffic<'_>, kind: RequestKind) -> f64 {
    let message = one.messages[kind];
    let handshakes = match (kind, one.entry) {
        (RequestKind::KeepAlive, _) => 0.0,
        (RequestKind::ChannelOpen, None) => 1.0,
        _ => one.handshake_share,
    };
    let kilobytes = (message.request + message.response).kilobytes();
    demand.forward[kind].mean()
        + handshakes * demand.handshake.mean()
        + demand.per_kilobyte.as_seconds() * kilobytes
}

fn point_stations(config: &Config, traffic: &[Traffic<'_>], stations: &mut Vec<StationEstimate>) {
    for (id, point) in config.connection_points.entries() {
        let mut load = Load::default();
        for one in traffic {
            let share = match one.entry {
                Some(Entry::ConnectionPoint(entry)) => f64::from(u8::from(entry == id)),
                _ => {
                    gateway_share(one, point.gateway.index(), config)
                        / points_of(config, point.gateway.index())
                }
            };
            for (kind, rate) in one.by_gateway.entries() {
                load.add(rate * share, point.forward[kind].mean());
            }
        }
        stations.push(load.station(&point.name, "connection point", point.cores, 1));
    }
    for (id, point) in config.management_points.entries() {
        let mut load = Load::default();
        for one in traffic {
            let share = match one.entry {
                Some(Entry::ManagementPoint(entry)) => f64::from(u8::from(entry == id)),
                _ => 1.0 / config.management_points.len() as f64,
            };
            for kind in RequestKind::ALL {
                let rate = one.by_gateway[kind] + one.direct[kind];
                load.add(rate * share, point.cpu[kind].mean());
            }
        }
        stations.push(load.station(&point.name, "management point", point.workers, 1));
    }
}

fn points_of(config: &Config, gateway: usize) -> f64 {
    let own = config.connection_points.iter().filter(|point| point.gateway.index() == gateway);
    own.count().max(1) as f64
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
            let what = "ports of a connection point";
            let mut ports = LevelEstimate::new(what, &point.name, expected, &limits.ports);
            ports.limit = f64::from(point.ports);
            ports.verdict = verdict(expected, ports.limit);
            levels.push(ports);
        }
    }
    let clients = config.clients() as f64;
    let points = config.management_points.len() as f64;
    for point in config.management_points.iter() {
        let published = &limits.clients_per_management_point;
        let what = "clients of a management point";
        levels.push(LevelEstimate::new(what, &point.name, clients / points, published));
    }
    let what = "clients of the primary site";
    levels.push(LevelEstimate::new(what, "site", clients, &limits.clients_per_site));
    let what = "management points of the primary site";
    levels.push(LevelEstimate::new(what, "site", points, &limits.management_points_per_site));
    levels
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
