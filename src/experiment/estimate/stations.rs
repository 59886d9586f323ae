//! Estimates the utilisation of each station from the traffic.

use crate::engine::{Distribution, Servers};
use crate::model::Config;
use crate::model::config::{Authentication, Entry, GatewayDemand};
use crate::terms::{RequestKind, StationKind};

use crate::experiment::estimate::StationEstimate;
use crate::experiment::estimate::traffic::{Route, Traffic, points_of};

/// Returns the estimates of all stations; the identical instances of a gateway are one row.
pub(super) fn all(config: &Config, traffic: &[Traffic<'_>]) -> Vec<StationEstimate> {
    let mut stations = Vec::new();
    gateway_stations(config, traffic, &mut stations);
    point_stations(config, traffic, &mut stations);
    stations
}

/// Load that arrives at a kind of station.
#[derive(Clone, Copy, Default)]
struct Load {
    per_second: f64,
    /// Offered load in erlangs (seconds of service per second).
    work: f64,
}

impl Load {
    fn add(&mut self, per_second: f64, service_s: f64) {
        self.per_second += per_second;
        self.work += per_second * service_s;
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
            service_s: if self.per_second > 0.0 { self.work / self.per_second } else { 0.0 },
            utilisation: all.map(|servers| self.work / f64::from(servers)),
        }
    }
}

/// Returns the total load at the time when the offered work is highest. Each origin contributes a
/// fixed load per active client.
fn busiest(traffic: &[Traffic<'_>], each: &[Load], slower: impl Fn(usize) -> f64) -> Load {
    let steps = traffic.iter().map(|one| one.active.len()).max().unwrap_or(0);
    let mut busiest = Load::default();
    for step in 0..steps {
        let mut sum = Load::default();
        for (one, load) in traffic.iter().zip(each) {
            sum.per_second += one.active[step] * load.per_second;
            sum.work += one.active[step] * load.work;
        }
        sum.work *= slower(step);
        if (sum.work, sum.per_second) > (busiest.work, busiest.per_second) {
            busiest = sum;
        }
    }
    busiest
}

/// Returns the load of each origin on a station, from its rates and service times by kind.
fn loads(
    traffic: &[Traffic<'_>],
    demand: impl Fn(&Traffic<'_>, RequestKind) -> Option<(f64, f64)>,
) -> Vec<Load> {
    let load = |one: &Traffic<'_>| {
        let mut load = Load::default();
        for (kind, rate) in one.rates.entries() {
            if let Some((share, service_s)) = demand(one, kind) {
                load.add(rate * share, service_s);
            }
        }
        load
    };
    traffic.iter().map(load).collect()
}

fn gateway_stations(config: &Config, traffic: &[Traffic<'_>], stations: &mut Vec<StationEstimate>) {
    for (id, gateway) in config.gateways.entries() {
        let each = loads(traffic, |one, kind| {
            Some((one.gateway_share(id), gateway_demand(&gateway.demand, one, kind)))
        });
        let full = f64::from(gateway.connection_limit) * f64::from(gateway.instances);
        let slower = |step: usize| {
            let connections: f64 = traffic.iter().map(|one| one.connections(id, step)).sum();
            let overload = (connections / full).max(1.0);
            libm::pow(overload, gateway.overload_exponent) / gateway.core_speed
        };
        stations.push(busiest(traffic, &each, slower).station(
            &gateway.name,
            "gateway instances",
            gateway.cores,
            gateway.instances,
        ));
    }
}

/// Returns the mean CPU time of a request, in seconds on a core with Azure compute unit 100.
fn gateway_demand(demand: &GatewayDemand, one: &Traffic<'_>, kind: RequestKind) -> f64 {
    let handshakes = match (kind, one.cohort) {
        (RequestKind::KeepAlive, _) => 0.0,
        (RequestKind::ChannelOpen, Some(_)) => 1.0,
        _ => one.handshake_share,
    };
    demand_with(demand, one, kind, handshakes)
}

/// Returns the mean CPU time of a request that opens a new connection, in seconds on a core with
/// Azure compute unit 100.
pub(super) fn new_connection_demand(
    demand: &GatewayDemand,
    one: &Traffic<'_>,
    kind: RequestKind,
) -> f64 {
    demand_with(demand, one, kind, 1.0)
}

fn demand_with(
    demand: &GatewayDemand,
    one: &Traffic<'_>,
    kind: RequestKind,
    handshakes: f64,
) -> f64 {
    let message = one.messages[kind];
    let kilobytes = (message.request + message.response).kilobytes();
    let revocation = demand.revocation.as_ref().map_or(0.0, Distribution::mean);
    let proof = match one.authentication {
        Some(Authentication::Certificate) => handshakes * (demand.certificate.mean() + revocation),
        Some(Authentication::Entra | Authentication::SiteToken) => demand.token.mean(),
        None => 0.0,
    };
    demand.forward[kind].mean()
        + handshakes * demand.handshake.mean()
        + proof
        + demand.per_kilobyte.as_seconds() * kilobytes
}

fn point_stations(config: &Config, traffic: &[Traffic<'_>], stations: &mut Vec<StationEstimate>) {
    for (id, point) in config.connection_points.entries() {
        let share = |one: &Traffic<'_>| match one.route {
            Route::Entry(Entry::ConnectionPoint(entry)) => f64::from(u8::from(entry == id)),
            _ => one.gateway_share(point.gateway) / points_of(config, point.gateway),
        };
        let each = loads(traffic, |one, kind| Some((share(one), point.forward[kind].mean())));
        let load = busiest(traffic, &each, |_| 1.0);
        stations.push(load.station(
            &point.name,
            StationKind::ConnectionPoint.label(),
            point.cores,
            1,
        ));
    }
    for (id, system) in config.site_systems.entries() {
        let each = loads(traffic, |one, kind| {
            let is_own = kind.role() == system.role;
            is_own.then(|| (one.system_share(id, system.role), system.cpu[kind].mean()))
        });
        let load = busiest(traffic, &each, |_| 1.0);
        stations.push(load.station(&system.name, system.role.label(), system.workers, 1));
    }
}
