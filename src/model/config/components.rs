//! Configuration of components: gateways, connection points, site systems, sites and boundary
//! groups.

use serde::{Deserialize, Serialize};

use crate::base::ids::{GatewayId, LineId, SiteId};
use crate::base::{BitsPerSecond, Bytes, SimDuration, SimTime};
use crate::engine::{Discipline, Distribution, Servers};
use crate::terms::PerKind;
use crate::terms::Role;

/// A cloud management gateway: identical VM instances behind a load balancer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gateway {
    /// Name of the gateway in the scenario.
    pub name: String,
    /// Number of VM instances, 1 to 16.
    pub instances: u32,
    /// Name of the VM size, for reports.
    pub size: String,
    /// Number of connections that one instance supports before it slows down.
    pub connection_limit: u32,
    /// Cores of one instance.
    pub cores: Servers,
    /// Speed of one core relative to the reference core (Azure compute unit 100).
    pub core_speed: f64,
    /// Outgoing bandwidth of one instance; `None` if it is not limited.
    pub bandwidth: Option<BitsPerSecond>,
    /// Order of service on the cores.
    pub discipline: Discipline,
    /// Maximum number of requests that wait at one instance; `None` if it is not limited.
    pub queue_limit: Option<u32>,
    /// Exponent of the overload factor: above the limit, service times are multiplied by
    /// `(connections / limit)^exponent`.
    pub overload_exponent: f64,
    /// Number of update domains; instance i is in domain i modulo this number.
    pub update_domains: u32,
    /// Health probe of the load balancer.
    pub probe: Probe,
    /// CPU demands on the reference core.
    pub demand: GatewayDemand,
    /// Time after which an idle client connection closes; notification channels stay open.
    pub idle_timeout: SimDuration,
    /// Content storage; `None` if the gateway is not enabled for content.
    pub storage: Option<Storage>,
    /// Threshold of outbound data in 14 days.
    pub outbound: OutboundThreshold,
    /// Revocation list of client certificates; `None` if the gateway does not check it.
    pub client_list: Option<ClientList>,
}

/// The revocation list of client certificates and the access of instances to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientList {
    /// Bytes that an instance sends to fetch the list.
    pub request: Bytes,
    /// Whether instances can fetch the list.
    pub access: ListAccess,
}

/// Whether instances can fetch a revocation list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ListAccess {
    /// The revocation list is reachable.
    Reachable {
        /// Size of the revocation list.
        size: Bytes,
        /// Time for which an instance keeps the revocation list.
        keep: SimDuration,
        /// Time to fetch the revocation list.
        fetch: Distribution,
    },
    /// The revocation list is unreachable: each new connection of a client with a certificate waits
    /// for this time, and every request on it is refused.
    Unreachable(SimDuration),
}

/// The content storage of a gateway: one Azure storage account.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// Requests per second for one file (published: 500).
    pub requests_per_second: f64,
    /// Outgoing bandwidth of the account; `None` if it is not limited.
    pub bandwidth: Option<BitsPerSecond>,
}

/// The alert on outbound data of a gateway in 14 days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboundThreshold {
    /// Threshold in bytes.
    pub limit: Bytes,
    /// Critical level, as a share of the threshold, 0..=1.
    pub critical_share: f64,
    /// Time between checks.
    pub check: SimDuration,
    /// Whether the gateway is stopped when the critical level is reached.
    pub stops: bool,
    /// Outbound bytes in the 14 days before the simulation, assumed to be evenly distributed.
    pub before: Bytes,
    /// Whether Configuration Manager measures the outbound data of the gateway.
    pub is_measured: bool,
}

/// A health probe: after `failures` consecutive failed probes, an instance receives no new
/// connections.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Time between probes.
    pub interval: SimDuration,
    /// Number of consecutive failures after which an instance counts as down, at least one.
    pub failures: u32,
}

/// CPU demand of requests at a gateway instance, in core time on the reference core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatewayDemand {
    /// Demand of a new TLS connection.
    pub handshake: Distribution,
    /// Demand to forward a request and its response, including authentication, by kind.
    pub forward: PerKind<Distribution>,
    /// Additional time per kilobyte transferred, in both directions.
    pub per_kilobyte: SimDuration,
    /// Demand to check a client certificate, once per connection.
    pub certificate: Distribution,
    /// Demand to check whether a client certificate is revoked, once per connection; `None` if the
    /// gateway does not check.
    pub revocation: Option<Distribution>,
    /// Demand to check a token, once per request.
    pub token: Distribution,
}

/// A cloud management gateway connection point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionPoint {
    /// Name in the scenario.
    pub name: String,
    /// Gateway that the connection point connects to.
    pub gateway: GatewayId,
    /// Site whose clients the connection point serves.
    pub site: SiteId,
    /// Cores of the connection point.
    pub cores: Servers,
    /// Order of service on the cores.
    pub discipline: Discipline,
    /// Maximum number of requests that wait; `None` if it is not limited.
    pub queue_limit: Option<u32>,
    /// Number of dynamic TCP ports; each channel and each request in flight uses one.
    pub ports: u32,
    /// Time for which a port stays in TIME_WAIT after use.
    pub time_wait: SimDuration,
    /// Demand to forward a request and its response, by kind, in time on one core.
    pub forward: PerKind<Distribution>,
    /// Time to connect to an instance after the instance or the connection point has come up.
    pub reconnect: Distribution,
}

/// Clients that a site system serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Serves {
    /// Clients on the intranet and clients behind gateways.
    All,
    /// Clients on the intranet only.
    Intranet,
    /// Clients behind gateways only.
    Gateway,
    /// Clients that connect directly over the internet: internet-based client management.
    Internet,
}

/// Protocol between clients on the intranet and a management point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP with certificates of the site (enhanced HTTP).
    EnhancedHttp,
    /// HTTPS with certificates of a public key infrastructure.
    Https,
}

/// A site system that handles requests: a management point or a software update point. A request
/// uses a worker core and then waits for database and disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteSystem {
    /// Name in the scenario.
    pub name: String,
    /// Role of the site system.
    pub role: Role,
    /// Site that the site system belongs to.
    pub site: SiteId,
    /// Clients that the site system serves.
    pub serves: Serves,
    /// Protocol of clients on the intranet.
    pub protocol: Protocol,
    /// Whether the site system shares its server with another role (co-located, for a software
    /// update point).
    pub is_shared: bool,
    /// Worker cores.
    pub workers: Servers,
    /// Order of service.
    pub discipline: Discipline,
    /// Maximum number of requests that wait; further requests are refused with 503. `None` if it is
    /// not limited.
    pub queue_limit: Option<u32>,
    /// Maximum waiting time after which the server drops a request; `None` if it is not limited.
    pub queue_timeout: Option<Distribution>,
    /// CPU time of a request, by kind.
    pub cpu: PerKind<Distribution>,
    /// Database and disk time after the CPU time, by kind, without a queue.
    pub database: PerKind<Distribution>,
    /// Share of requests that end with a server error after their CPU and database time, 0..=1.
    pub error_share: f64,
}

/// A primary site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Name in the scenario.
    pub name: String,
    /// Round trip between Azure and the site.
    pub azure: Distribution,
    /// Internet line of the site; `None` if it is not limited.
    pub line: Option<LineId>,
}

/// A distribution point on premises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistributionPoint {
    /// Name in the scenario.
    pub name: String,
    /// Site that the distribution point belongs to.
    pub site: SiteId,
    /// WAN line between the location of the distribution point and the site; `None` if it is at the
    /// site.
    pub line: Option<LineId>,
    /// Its own network connection; `None` if its bandwidth is not limited.
    pub connection: Option<LineId>,
    /// Whether the distribution point serves clients on the internet (internet-based client
    /// management) instead of clients on the intranet.
    pub is_internet: bool,
}

/// A boundary group that is associated with a gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundaryGroup {
    /// Name in the scenario.
    pub name: String,
    /// The gateway, or several identical ones: each client selects one of them at random and keeps
    /// using it.
    pub gateways: Vec<GatewayId>,
    /// Time of the association; time zero if the association existed before.
    pub from: SimTime,
    /// Delay from the association until a client sends a location request; `None` if clients wait
    /// for their next scheduled location request.
    pub learn: Option<Distribution>,
    /// Whether clients of the group prefer the gateway for policy and content and use the intranet
    /// only if the gateway fails. Otherwise they prefer the intranet.
    pub prefers_cloud: bool,
    /// Whether clients of the group scan for updates through the gateway.
    pub scans_through_gateway: bool,
}

impl Serves {
    /// Returns whether the site system serves clients on the intranet.
    pub const fn intranet(self) -> bool {
        matches!(self, Serves::All | Serves::Intranet)
    }

    /// Returns whether the site system serves clients behind a gateway.
    pub const fn gateway(self) -> bool {
        matches!(self, Serves::All | Serves::Gateway)
    }
}
