//! What a run found of each part: stations, gateways and their instances, connection points, site
//! systems, distribution points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Role, StationKind};

use super::requests::Latency;

/// One station: servers and a queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StationResult {
    /// Name: `main/0`, `cp-1`, `mp-1`, `mp-1 database`.
    pub name: String,
    /// What it is part of.
    pub role: StationKind,
    /// Servers; `None` if unlimited.
    pub servers: Option<u32>,
    /// Jobs that came.
    pub arrivals: u64,
    /// Refused because the queue was full.
    pub refused: u64,
    /// Left the queue unserved.
    pub abandoned: u64,
    /// Lost by a crash.
    pub lost_in_outage: u64,
    /// Served.
    pub completed: u64,
    /// Share of admitted jobs that had to wait.
    pub delayed_share: f64,
    /// Served a second.
    pub throughput_per_s: f64,
    /// Time average of busy servers over servers; of unlimited servers the time average of busy
    /// ones.
    pub utilisation_mean_share: f64,
    /// The same in the busiest minute, see [`BusiestMinutes`](super::BusiestMinutes).
    pub utilisation_peak_share: f64,
    /// Time average of waiting jobs.
    pub queue_length_mean: f64,
    /// Time average of jobs waiting and in service.
    pub in_system_mean: f64,
    /// Most jobs present at once.
    pub in_system_peak: u64,
    /// Waiting time of served jobs.
    pub wait: Latency,
    /// Waiting and service time of served jobs.
    pub response: Latency,
    /// Relative difference of the two sides of Little's law over the same jobs.
    pub little_gap_share: f64,
    /// Relative difference of the two sides of the utilisation law over the same jobs.
    pub utilisation_gap_share: f64,
}

/// One gateway.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct GatewayResult {
    /// Name in the scenario.
    pub name: String,
    /// VM size.
    pub size: String,
    /// Instances.
    pub instances: u32,
    /// Share of time in which a new connection would find an instance: one that the load balancer
    /// believes healthy, that is up and has a connection point. Free ports are another matter.
    pub availability_share: f64,
    /// Most connections on all instances at once, one a client.
    pub connections_peak: u64,
    /// Bytes that came from clients; coming in costs nothing.
    pub from_clients_bytes: u64,
    /// Bytes sent to clients.
    pub to_clients_bytes: u64,
    /// Bytes sent to the site.
    pub to_site_bytes: u64,
    /// Sent by its instances to fetch revocation lists of client certificates.
    #[serde(default)]
    pub to_revocation_lists_bytes: u64,
    /// Revocation lists of client certificates that its instances fetched.
    #[serde(default)]
    pub from_revocation_lists_bytes: u64,
    /// Bytes of content sent to clients by its storage.
    pub from_storage_bytes: u64,
    /// Time average of the clients that used it.
    pub clients_mean: f64,
    /// Instances that were paid for, times hours: up or not, but provisioned.
    pub instance_hours: f64,
    /// Whether it is enabled for content: whether it has a storage.
    pub has_storage: bool,
    /// Most bytes that left in 14 days (those before the simulation as the scenario says), over
    /// the threshold.
    pub outbound_share: f64,
    /// What would leave in 14 days if the measured period went on, content of deployments once,
    /// over the threshold.
    pub outbound_projected_share: f64,
    /// When its threshold stopped it, seconds after the start of the measured period.
    pub stopped_at_s: Option<f64>,
    /// When the critical level was passed, whether that stopped it or not.
    pub critical_at_s: Option<f64>,
    /// Requests per second to the storage for its busiest file, in the busiest minute; `None`
    /// without content.
    pub file_requests_peak_per_s: Option<f64>,
    /// What its storage answers for one file, as the scenario says; `None` without a storage.
    #[serde(default)]
    pub file_requests_limit_per_s: Option<f64>,
}

/// One VM instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct InstanceResult {
    /// Gateway.
    pub gateway: String,
    /// Number in the gateway, from 0.
    pub number: u32,
    /// Its update domain.
    pub update_domain: u32,
    /// Connections it supports.
    pub connection_limit: u32,
    /// Time average of connections, one a client: what the published number counts.
    pub connections_mean: f64,
    /// Most of them at once.
    pub connections_peak: u64,
    /// Most TCP connections at once: those for requests of clients with a channel too.
    pub tcp_connections_peak: u64,
    /// Share of time above the limit.
    pub time_over_limit_share: f64,
    /// Share of time it was up.
    pub availability_share: f64,
    /// Mean outgoing bandwidth used over the bandwidth it has; `None` if not limited.
    pub bandwidth_utilisation_mean_share: Option<f64>,
    /// Share of the busiest minute in which it was sending; `None` if not limited.
    pub bandwidth_utilisation_peak_share: Option<f64>,
    /// Place of the station of its cores in `stations`, from 0.
    pub station: u32,
}

/// One connection point.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionPointResult {
    /// Name.
    pub name: String,
    /// Its gateway.
    pub gateway: String,
    /// Its primary site.
    pub site: String,
    /// Dynamic TCP ports.
    pub port_limit: u32,
    /// Time average of ports in use, resting ones included.
    pub ports_mean: f64,
    /// Most ports in use at once.
    pub ports_peak: u64,
    /// Requests and channels refused because no port was free.
    pub port_refusals: u64,
    /// Time average of notification channels held.
    pub channels_mean: f64,
    /// Share of time it was up.
    pub availability_share: f64,
    /// Place of the station of its cores in `stations`, from 0.
    pub station: u32,
}

/// One management point or software update point.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SiteSystemResult {
    /// Name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its primary site.
    pub site: String,
    /// Whether it shares its server with another role: a published limit hangs on that.
    pub is_shared: bool,
    /// Requests that may wait; more are answered 503. `None` if not limited.
    pub queue_limit: Option<u32>,
    /// Share of time it was up.
    pub availability_share: f64,
    /// Time average of clients that use it and are on.
    pub clients_on_mean: f64,
    /// Most clients assigned to it at once, on or off.
    pub clients_assigned_peak: u64,
    /// The same where each client counts as many times as the fastest of its cycles here is faster
    /// than the product's default: what published numbers are compared with.
    pub clients_weighted_peak: f64,
    /// Refused with 503.
    pub refused: u64,
    /// Place of the station of its workers in `stations`, from 0.
    pub station: u32,
    /// Place of the station of its database and disk in `stations`, from 0.
    pub database: u32,
}

/// One distribution point.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DistributionPointResult {
    /// Name.
    pub name: String,
    /// Its primary site.
    pub site: String,
    /// Clients that downloaded from it.
    pub clients: u64,
    /// Bytes sent to clients.
    pub sent_bytes: u64,
    /// Mean outgoing bandwidth used over the bandwidth it has; `None` if not limited.
    pub bandwidth_utilisation_mean_share: Option<f64>,
    /// Share of the busiest minute in which it was sending; `None` if not limited.
    pub bandwidth_utilisation_peak_share: Option<f64>,
}

/// How unevenly clients were spread over a gateway's instances after a disruption or a chain of
/// them, by means over minutes from the start of the measured period. Nothing rebalances
/// long-lived connections.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SkewResult {
    /// The gateway.
    pub gateway: String,
    /// Number of the instance with the most connections in the first minute.
    pub instance: u32,
    /// Name of the disruption.
    pub after: String,
    /// When it was over, seconds after the start of the measured period.
    pub start_s: f64,
    /// Most connections on an instance over the mean of all, in the first minute after that.
    pub ratio_at_first: f64,
    /// The same in the last minute before `end_s`.
    pub ratio_at_end: f64,
    /// For how long the ratio stayed above 1.2; `None`: until `end_s`.
    pub uneven_s: Option<f64>,
    /// How long it was looked at: to the next disruption of the gateway's instances, or to the end
    /// of the run. Seconds after the start of the measured period.
    pub end_s: f64,
    /// Whether another disruption ended the look.
    pub is_cut_short: bool,
}
