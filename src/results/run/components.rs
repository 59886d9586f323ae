//! Results by component: stations, gateways and their instances, connection points, site systems
//! and distribution points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Role, StationKind};

use super::requests::Latency;

/// Results of one station: a queue and its servers.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StationResult {
    /// Name: `main/0`, `cp-1`, `mp-1`, `mp-1 database`.
    pub name: String,
    /// Kind of the station.
    pub role: StationKind,
    /// Number of servers; `None` if unlimited.
    pub servers: Option<u32>,
    /// Jobs that arrived.
    pub arrivals: u64,
    /// Jobs refused because the queue was full.
    pub refused: u64,
    /// Jobs that left the queue before service.
    pub abandoned: u64,
    /// Jobs lost because the component failed.
    pub lost_in_outage: u64,
    /// Jobs served.
    pub completed: u64,
    /// Share of admitted jobs that waited, 0..=1.
    pub delayed_share: f64,
    /// Jobs served per second.
    pub throughput_per_s: f64,
    /// Mean share of the servers that are busy; with unlimited servers, the mean number of busy
    /// servers.
    pub utilisation_mean_share: f64,
    /// Utilisation in the busiest minute, see [`BusiestMinutes`](super::BusiestMinutes).
    pub utilisation_peak_share: f64,
    /// Mean number of jobs waiting.
    pub queue_length_mean: f64,
    /// Mean number of jobs waiting and in service.
    pub in_system_mean: f64,
    /// Maximum number of jobs waiting and in service.
    pub in_system_peak: u64,
    /// Waiting time of served jobs.
    pub wait: Latency,
    /// Response time (waiting plus service) of served jobs.
    pub response: Latency,
    /// Relative difference between the two sides of Little's law, both computed from the same jobs.
    pub little_gap_share: f64,
    /// Relative difference between the two sides of the utilisation law, both computed from the
    /// same jobs.
    pub utilisation_gap_share: f64,
}

/// Results of one gateway.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct GatewayResult {
    /// Name in the scenario.
    pub name: String,
    /// VM size.
    pub size: String,
    /// Number of VM instances.
    pub instances: u32,
    /// Number of VM instances in the configuration, before disruptions change it.
    #[serde(default)]
    pub configured_instances: u32,
    /// Share of time in which a new connection can reach an instance that the load balancer
    /// considers healthy, that is up, and that has a connection point. Free ports are not
    /// considered.
    pub availability_share: f64,
    /// Maximum number of connections on all instances in total, one per client.
    pub connections_peak: u64,
    /// Bytes that clients sent to the gateway; ingress is free of charge.
    pub from_clients_bytes: u64,
    /// Bytes sent to clients.
    pub to_clients_bytes: u64,
    /// Bytes sent to the sites.
    pub to_site_bytes: u64,
    /// Bytes that the instances sent to fetch revocation lists of client certificates.
    #[serde(default)]
    pub to_revocation_lists_bytes: u64,
    /// Bytes of revocation lists of client certificates that the instances fetched.
    #[serde(default)]
    pub from_revocation_lists_bytes: u64,
    /// Bytes of content that the storage of the gateway sent to clients.
    pub from_storage_bytes: u64,
    /// Mean number of clients that use the gateway.
    pub clients_mean: f64,
    /// Instance hours that are billed: provisioned instances, running or not.
    pub instance_hours: f64,
    /// Whether the gateway is enabled for content, that is, has a storage account.
    pub has_storage: bool,
    /// Maximum egress in 14 days as a share of the threshold, including the egress before the
    /// simulation that the scenario specifies.
    pub outbound_share: f64,
    /// Projected egress in 14 days as a share of the threshold; the content of deployments counts
    /// once.
    pub outbound_projected_share: f64,
    /// Time at which the threshold stopped the gateway, in seconds from the start of the measured
    /// period; `None` if the gateway was not stopped.
    pub stopped_at_s: Option<f64>,
    /// Time at which egress passed the critical level, in seconds from the start of the measured
    /// period, whether or not that stopped the gateway; `None` if egress stayed below this level.
    pub critical_at_s: Option<f64>,
    /// Requests per second to the storage for the busiest file, in the busiest minute; `None`
    /// without content.
    pub file_requests_peak_per_s: Option<f64>,
    /// Maximum requests per second that the storage serves for one file, from the scenario; `None`
    /// without a storage account.
    #[serde(default)]
    pub file_requests_limit_per_s: Option<f64>,
}

/// Results of one VM instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct InstanceResult {
    /// Name of the gateway.
    pub gateway: String,
    /// Number of the instance in its gateway, from 0.
    pub number: u32,
    /// Update domain of the instance.
    pub update_domain: u32,
    /// Supported maximum number of connections.
    pub connection_limit: u32,
    /// Mean number of connections, one per client, as the published limit counts them.
    pub connections_mean: f64,
    /// Maximum number of connections, one per client.
    pub connections_peak: u64,
    /// Maximum number of TCP connections, including the request connections of clients that also
    /// have a notification channel.
    pub tcp_connections_peak: u64,
    /// Share of time over the connection limit, 0..=1.
    pub time_over_limit_share: f64,
    /// Share of time in which the component is up, 0..=1.
    pub availability_share: f64,
    /// Mean share of the outgoing bandwidth in use; `None` if the bandwidth is not limited.
    pub bandwidth_utilisation_mean_share: Option<f64>,
    /// Share of the busiest minute spent sending; `None` if the bandwidth is not limited.
    pub bandwidth_utilisation_peak_share: Option<f64>,
    /// Index of the station of its cores in `stations`.
    pub station: u32,
}

/// Results of one connection point.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionPointResult {
    /// Name of the component.
    pub name: String,
    /// Name of its gateway.
    pub gateway: String,
    /// Name of its primary site.
    pub site: String,
    /// Number of dynamic TCP ports.
    pub port_limit: u32,
    /// Mean number of ports in use, including TIME_WAIT.
    pub ports_mean: f64,
    /// Maximum number of ports in use, including TIME_WAIT.
    pub ports_peak: u64,
    /// Requests and channels refused because no port was free.
    pub port_refusals: u64,
    /// Mean number of open notification channels.
    pub channels_mean: f64,
    /// Share of time in which the component is up, 0..=1.
    pub availability_share: f64,
    /// Index of the station of its cores in `stations`.
    pub station: u32,
}

/// Results of one management point or software update point.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SiteSystemResult {
    /// Name of the component.
    pub name: String,
    /// Role of the site system.
    pub role: Role,
    /// Name of its primary site.
    pub site: String,
    /// Whether the server also has another role, which lowers the published limit.
    pub is_shared: bool,
    /// Maximum number of waiting requests; further requests get status 503. `None` if not limited.
    pub queue_limit: Option<u32>,
    /// Share of time in which the component is up, 0..=1.
    pub availability_share: f64,
    /// Mean number of assigned clients that are online.
    pub clients_on_mean: f64,
    /// Maximum number of assigned clients, on or off.
    pub clients_assigned_peak: u64,
    /// Maximum number of assigned clients, each weighted by the ratio of its fastest cycle to the
    /// product default. Published numbers are compared with this value.
    pub clients_weighted_peak: f64,
    /// Requests refused with status 503.
    pub refused: u64,
    /// Index of the station of its workers in `stations`.
    pub station: u32,
    /// Index of the station of its database and disk in `stations`.
    pub database: u32,
}

/// Results of one distribution point.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DistributionPointResult {
    /// Name of the component.
    pub name: String,
    /// Name of its primary site.
    pub site: String,
    /// Number of downloads from it that clients started or resumed; a client with two downloads
    /// counts twice.
    pub clients: u64,
    /// Bytes sent to clients.
    pub sent_bytes: u64,
    /// Mean share of the outgoing bandwidth in use; `None` if the bandwidth is not limited.
    pub bandwidth_utilisation_mean_share: Option<f64>,
    /// Share of the busiest minute spent sending; `None` if the bandwidth is not limited.
    pub bandwidth_utilisation_peak_share: Option<f64>,
}

/// Imbalance of connections over a gateway's instances after a disruption or a chain of
/// disruptions, from means over one-minute intervals. Nothing rebalances long-lived connections.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SkewResult {
    /// Name of the gateway.
    pub gateway: String,
    /// Number of the instance with the most connections in the first minute.
    pub instance: u32,
    /// Name of the disruption.
    pub after: String,
    /// End of the disruption, in seconds from the start of the measured period.
    pub start_s: f64,
    /// Ratio of the maximum to the mean number of connections per instance, in the first minute
    /// after the disruption.
    pub ratio_at_first: f64,
    /// Ratio in the last minute before `end_s`.
    pub ratio_at_end: f64,
    /// Time until the ratio fell to 1.2 or less, in seconds; `None` if the ratio stayed above 1.2
    /// until `end_s`.
    pub uneven_s: Option<f64>,
    /// End of the observation: the next disruption of the gateway's instances or the end of the
    /// run, in seconds from the start of the measured period.
    pub end_s: f64,
    /// Whether another disruption ended the observation.
    pub is_cut_short: bool,
}
