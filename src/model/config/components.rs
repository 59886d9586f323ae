//! Parts: gateways, connection points, site systems, sites, boundary groups.

use crate::base::ids::{GatewayId, SiteId};
use crate::base::{BitsPerSecond, Bytes, SimDuration, SimTime};
use crate::engine::{Discipline, Distribution, Servers};
use crate::terms::PerKind;
use crate::terms::Role;

/// A cloud management gateway: alike VM instances behind a load balancer.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// Name in the scenario.
    pub name: String,
    /// VM instances, 1 to 16.
    pub instances: u32,
    /// Name of the VM size, for reports.
    pub size: String,
    /// Connections one instance supports before it slows down.
    pub connection_limit: u32,
    /// Cores of one instance.
    pub cores: Servers,
    /// Speed of one core relative to the reference core (Azure compute unit 100).
    pub core_speed: f64,
    /// Outgoing bandwidth of one instance; `None` is not limited.
    pub bandwidth: Option<BitsPerSecond>,
    /// Order of service on the cores.
    pub discipline: Discipline,
    /// How many requests may wait at one instance; `None` is no limit.
    pub queue_limit: Option<u32>,
    /// Above the limit service times are multiplied by `(connections / limit)^exponent`.
    pub overload_exponent: f64,
    /// Number of update domains; instance i is in domain i mod this.
    pub update_domains: u32,
    /// The load balancer's health probe.
    pub probe: Probe,
    /// CPU demands on the reference core.
    pub demand: GatewayDemand,
    /// Idle client connections other than the notification channel close after this.
    pub idle_timeout: SimDuration,
    /// Its content storage; `None` if it is not enabled for content.
    pub storage: Option<Storage>,
    /// The threshold of outgoing data in 14 days.
    pub outbound: OutboundThreshold,
    /// The revocation list of the client certificates; `None` if the gateway does not check it.
    pub client_list: Option<ClientList>,
}

/// The revocation list of the client certificates, as instances fetch it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientList {
    /// Bytes that an instance sends to fetch it.
    pub request: Bytes,
    /// Whether it can be fetched.
    pub access: ListAccess,
}

/// Whether instances can fetch a revocation list.
#[derive(Clone, Debug, PartialEq)]
pub enum ListAccess {
    /// They can.
    Reachable {
        /// Size of the list.
        size: Bytes,
        /// How long an instance keeps it.
        keep: SimDuration,
        /// How long it takes to fetch it.
        fetch: Distribution,
    },
    /// They cannot: each new connection of a client with a certificate waits this long, and every
    /// request on it is refused.
    Unreachable(SimDuration),
}

/// The content storage of a gateway: one Azure storage account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storage {
    /// Requests a second for one file (published: 500).
    pub requests_per_second: f64,
    /// Outgoing bandwidth of the account; `None` is not limited.
    pub bandwidth: Option<BitsPerSecond>,
}

/// The alert on data that leaves a gateway in 14 days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutboundThreshold {
    /// The threshold.
    pub limit: Bytes,
    /// Share of it that is critical, 0..=1.
    pub critical_share: f64,
    /// Time between checks.
    pub check: SimDuration,
    /// Is the gateway stopped when the critical level is reached?
    pub stops: bool,
    /// What left in the 14 days before the simulation, taken as spread evenly.
    pub before: Bytes,
    /// Does Configuration Manager know what leaves the gateway?
    pub is_measured: bool,
}

/// A health probe: after `failures` missed probes an instance gets no new connections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// Time between probes.
    pub interval: SimDuration,
    /// Consecutive failures until an instance counts as down, at least one.
    pub failures: u32,
}

/// What requests cost at a gateway instance, in core time on the reference core.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayDemand {
    /// A new TLS connection.
    pub handshake: Distribution,
    /// Forwarding a request and its answer, authentication included, by kind.
    pub forward: PerKind<Distribution>,
    /// Additional time a kilobyte carried (both ways together).
    pub per_kilobyte: SimDuration,
    /// Checking a client certificate, once a connection.
    pub certificate: Distribution,
    /// Checking whether it is revoked, once a connection; `None` if the gateway does not.
    pub revocation: Option<Distribution>,
    /// Checking a token, once a request.
    pub token: Distribution,
}

/// A CMG connection point.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionPoint {
    /// Name in the scenario.
    pub name: String,
    /// The gateway it connects to.
    pub gateway: GatewayId,
    /// Its site: it carries the requests of clients that are assigned to it.
    pub site: SiteId,
    /// Cores.
    pub cores: Servers,
    /// Order of service on the cores.
    pub discipline: Discipline,
    /// How many requests may wait; `None` is no limit.
    pub queue_limit: Option<u32>,
    /// Dynamic TCP ports: one for each channel and each request in flight.
    pub ports: u32,
    /// How long a port rests after use.
    pub time_wait: SimDuration,
    /// Forwarding a request and its answer, by kind, in time on one core.
    pub forward: PerKind<Distribution>,
    /// Time until it has connected to an instance that came (back) up, or after its own return.
    pub reconnect: Distribution,
}

/// Whom a site system serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// Clients on the intranet and clients behind gateways.
    All,
    /// Clients on the intranet only.
    Intranet,
    /// Clients behind gateways only.
    Gateway,
    /// Clients on the internet directly: internet-based client management.
    Internet,
}

/// How clients on the intranet connect to a management point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP with certificates of the site (enhanced HTTP).
    EnhancedHttp,
    /// HTTPS with certificates of a public key infrastructure.
    Https,
}

/// A site system that answers requests, a management point or a software update point: worker
/// cores, then waiting for database and disk.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteSystem {
    /// Name in the scenario.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its site.
    pub site: SiteId,
    /// Whom it serves.
    pub serves: Serves,
    /// How clients on the intranet connect to it.
    pub protocol: Protocol,
    /// Does it share its server with another role (of a software update point: co-located)?
    pub is_shared: bool,
    /// Worker cores.
    pub workers: Servers,
    /// Order of service.
    pub discipline: Discipline,
    /// How many requests may wait; more are answered 503. `None` is no limit.
    pub queue_limit: Option<u32>,
    /// How long a request waits at most before the server drops it unserved; `None`: for ever.
    pub queue_timeout: Option<Distribution>,
    /// CPU time of a request, by kind.
    pub cpu: PerKind<Distribution>,
    /// Database and disk time after the CPU time, by kind; nobody queues for it.
    pub database: PerKind<Distribution>,
    /// Share of requests answered with a server error after their CPU and database time, 0..=1.
    pub error_share: f64,
}

/// A primary site.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name in the scenario.
    pub name: String,
    /// Round trip between Azure and the site.
    pub azure: Distribution,
}

/// A distribution point on premises.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionPoint {
    /// Name in the scenario.
    pub name: String,
    /// Its site.
    pub site: SiteId,
    /// Outgoing bandwidth; `None` is not limited.
    pub bandwidth: Option<BitsPerSecond>,
    /// Whether clients on the internet use it (internet-based client management), not those on
    /// the intranet.
    pub is_internet: bool,
}

/// A boundary group that is associated with a gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundaryGroup {
    /// Name in the scenario.
    pub name: String,
    /// The gateway, or several alike: each client takes one of them at random and keeps to it.
    pub gateways: Vec<GatewayId>,
    /// From when on it is associated; time zero if it always was.
    pub from: SimTime,
    /// Time from then until a client asks for its locations; `None`: it learns at its next
    /// location request anyway.
    pub learn: Option<Distribution>,
    /// Do its clients use the gateway for policy and content first, and the intranet only when
    /// that fails? Otherwise it is the other way round.
    pub prefers_cloud: bool,
    /// Do its clients scan for updates through the gateway?
    pub scans_through_gateway: bool,
}

impl Serves {
    /// Clients on the intranet?
    pub const fn intranet(self) -> bool {
        matches!(self, Serves::All | Serves::Intranet)
    }

    /// Clients behind a gateway?
    pub const fn gateway(self) -> bool {
        matches!(self, Serves::All | Serves::Gateway)
    }
}
