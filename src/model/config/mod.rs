//! The complete, checked description of a world to simulate.
//!
//! Only the scenario compiler builds one. References are typed ids into the vectors here, shares
//! sum to one, counts are in range: the model relies on it and checks nothing again.

mod clients;
mod events;
mod parts;

pub use clients::{
    Authentication, Channel, Cohort, FasterCycle, Locations, Message, Presence, Registration,
    Retry, Revocation, Task,
};
pub use events::{
    ContentSource, Deployment, Disruption, DisruptionKind, Entry, Errand, FreezeTarget,
    Notification, Purpose, Repeat, SlowTarget, Source, Target, WalkRule, When,
};
pub use parts::{
    BoundaryGroup, ClientList, ConnectionPoint, DistributionPoint, Gateway, GatewayDemand,
    ListAccess, OutboundThreshold, Probe, Protocol, Serves, Site, SiteSystem, Storage,
};

use crate::base::ids::{
    BoundaryGroupId, CohortId, ConnectionPointId, DeploymentId, DisruptionId, DistributionPointId,
    GatewayId, NotificationId, OriginId, SiteId, SiteSystemId, SourceId,
};
use crate::base::{Id, IdVec, SimDuration, SimTime, UtcOffsets};
use crate::engine::Law;
use crate::terms::Role;

/// Everything a replication needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Seed of all random streams.
    pub seed: u64,
    /// Simulated before measuring begins; results cover what follows.
    pub warm_up: SimDuration,
    /// The measured period.
    pub duration: SimDuration,
    /// Length of one bin of the time series.
    pub interval: SimDuration,
    /// Seconds from Monday 00:00 UTC to the start of the simulation (start of the warm-up):
    /// presence patterns and rate profiles hang on it. Below one week.
    pub week_offset: SimDuration,
    /// The same from 1 January 1970, for civil time in results. Seconds, UTC.
    pub start_unix_s: i64,
    /// Local time minus UTC in the scenario's own zone, over the run.
    pub utc_offsets: UtcOffsets,
    /// Primary sites, at least one.
    pub sites: IdVec<SiteId, Site>,
    /// Gateways with their instances.
    pub gateways: IdVec<GatewayId, Gateway>,
    /// Connection points.
    pub connection_points: IdVec<ConnectionPointId, ConnectionPoint>,
    /// Management points and software update points.
    pub site_systems: IdVec<SiteSystemId, SiteSystem>,
    /// Distribution points on premises.
    pub distribution_points: IdVec<DistributionPointId, DistributionPoint>,
    /// Boundary groups that are associated with a gateway.
    pub boundary_groups: IdVec<BoundaryGroupId, BoundaryGroup>,
    /// Cohorts of clients.
    pub cohorts: IdVec<CohortId, Cohort>,
    /// Open sources.
    pub sources: IdVec<SourceId, Source>,
    /// Deployments.
    pub deployments: IdVec<DeploymentId, Deployment>,
    /// Client notifications.
    pub notifications: IdVec<NotificationId, Notification>,
    /// What goes wrong, and when.
    pub disruptions: IdVec<DisruptionId, Disruption>,
    /// Distances.
    pub network: Network,
    /// Memory that recorded values take, and the files they are from.
    pub recorded_bytes: u64,
    /// Do management points ask the identity provider about tokens of Entra?
    pub asks_identity_provider: bool,
}

/// Distances between the parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Round trip between a client on the internet and Azure.
    pub client_azure: Law,
    /// Round trip between a client on the intranet and a management point.
    pub client_site: Law,
    /// Additional delay of handing a request over from an instance to a connection point.
    pub relay: Law,
    /// Round trips to set up a new client connection (TCP and TLS), before the first byte.
    pub setup_round_trips: f64,
    /// How long a client waits for an answer to its connection attempt to a dead instance.
    pub connect_timeout: SimDuration,
    /// Time until a client notices that its connection is gone after a crash; after an orderly
    /// stop it is reset at once.
    pub loss_detection: Law,
}

impl Config {
    /// The end of the simulation.
    pub fn end(&self) -> SimTime {
        self.measured_from() + self.duration
    }

    /// The end of the warm-up.
    pub fn measured_from(&self) -> SimTime {
        SimTime::ZERO + self.warm_up
    }

    /// Management points, or software update points, in order.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = (SiteSystemId, &SiteSystem)> {
        self.site_systems.entries().filter(move |(_, system)| system.role == role)
    }

    /// The name of a cohort or an open source.
    pub fn origin_name(&self, id: OriginId) -> &str {
        let cohorts = self.cohorts.iter().map(|cohort| &cohort.name);
        let names = &mut cohorts.chain(self.sources.iter().map(|source| &source.name));
        names.nth(id.index()).map_or("", String::as_str)
    }

    /// Clients of all cohorts.
    pub fn clients(&self) -> u64 {
        self.cohorts.iter().map(|cohort| u64::from(cohort.clients)).sum()
    }
}
