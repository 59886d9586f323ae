//! From traffic to the utilisation of each station.

use crate::base::Id;
use crate::engine::Law;
use crate::engine::Servers;
use crate::model::config::{Authentication, Entry, GatewayDemand, SiteSystem};
use crate::model::{Config, RequestKind};

use super::StationEstimate;
use super::traffic::Traffic;

/// Every station; alike instances of a gateway are one.
pub(super) fn all(config: &Config, traffic: &[Traffic<'_>]) -> Vec<StationEstimate> {
    let mut stations = Vec::new();
    gateway_stations(config, traffic, &mut stations);
    point_stations(config, traffic, &mut stations);
    stations
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
pub(super) fn gateway_share(one: &Traffic<'_>, index: usize, config: &Config) -> f64 {
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
    let revocation = demand.revocation.as_ref().map_or(0.0, Law::mean);
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
    for (id, point) in config.site_systems.entries() {
        let mut load = Load::default();
        for one in traffic {
            let share = match one.entry {
                Some(Entry::SiteSystem(entry)) => f64::from(u8::from(entry == id)),
                _ if one.site.is_some_and(|site| site != point.site) => 0.0,
                _ => 1.0 / alike(config, point, one.site.is_some()),
            };
            let own = RequestKind::ALL.into_iter().filter(|kind| kind.role() == point.role);
            for kind in own {
                let rate = one.by_gateway[kind] + one.direct[kind];
                load.add(rate * share, point.cpu[kind].mean());
            }
        }
        stations.push(load.station(&point.name, point.role.name(), point.workers, 1));
    }
}

/// How many site systems of the same role share the load: of the same site, or of all.
fn alike(config: &Config, system: &SiteSystem, only_site: bool) -> f64 {
    let all = config.of_role(system.role);
    all.filter(|(_, other)| !only_site || other.site == system.site).count().max(1) as f64
}

pub(super) fn points_of(config: &Config, gateway: usize) -> f64 {
    let own = config.connection_points.iter().filter(|point| point.gateway.index() == gateway);
    own.count().max(1) as f64
}
