//! The complete, validated configuration of a model.
//!
//! Only the scenario compiler builds a configuration. References are typed indexes into the vectors
//! here, shares sum to one, and counts are within their ranges. The model relies on this and does
//! not validate again.

mod clients;
mod components;
mod events;
mod lines;

pub use clients::{
    Authentication, Channel, Cohort, Content, FasterCycle, Locations, Message, Presence,
    Registration, Retry, Revocation, Task,
};
pub use components::{
    BoundaryGroup, ClientList, ConnectionPoint, DistributionPoint, Gateway, GatewayDemand,
    ListAccess, OutboundThreshold, Probe, Protocol, Serves, Site, SiteSystem, Storage,
};
pub use events::{
    ContentSource, Deployment, Disruption, DisruptionKind, Entry, FreezeTarget, Notification,
    NotifiedAction, Purpose, Repeat, SlowTarget, Source, Target, WalkRule, When,
};

pub use lines::{Bandwidths, Line, Vpn};

use serde::{Deserialize, Serialize};

use crate::base::ids::{
    BoundaryGroupId, CohortId, ConnectionPointId, DeploymentId, DisruptionId, DistributionPointId,
    GatewayId, LineId, NotificationId, OriginId, SiteId, SiteSystemId, SourceId, VpnId,
};
use crate::base::{Id, IdVec, SimDuration, SimTime, UtcOffsets};
use crate::engine::Distribution;
use crate::terms::Role;

/// Everything that a replication needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Seed of all random streams.
    pub seed: u64,
    /// Length of the warm-up; results cover the time after the warm-up.
    pub warm_up: SimDuration,
    /// Length of the measured period.
    pub duration: SimDuration,
    /// Length of one bin of the time series.
    pub interval: SimDuration,
    /// Time from Monday 00:00 UTC to the start of the warm-up, less than one week. Presence
    /// patterns and rate profiles depend on this time.
    pub week_offset: SimDuration,
    /// Start of the warm-up in seconds since 1 January 1970 UTC, for civil times in results.
    pub start_unix_s: i64,
    /// Local time minus UTC in the time zone of the scenario, over the run.
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
    /// Shared lines, including those of VPNs.
    pub lines: IdVec<LineId, Line>,
    /// VPNs.
    pub vpns: IdVec<VpnId, Vpn>,
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
    /// Disruptions and their times.
    pub disruptions: IdVec<DisruptionId, Disruption>,
    /// Network delays.
    pub network: Network,
    /// Memory for values that the scenario reads from CSV files, and for these files, in bytes.
    pub recorded_bytes: u64,
    /// Whether management points ask the identity provider to validate Microsoft Entra tokens.
    pub asks_identity_provider: bool,
}

/// Network delays between components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Round trip between a client on the internet and Azure.
    pub client_azure: Distribution,
    /// Round trip between a client on the intranet and a management point.
    pub client_site: Distribution,
    /// Additional delay to hand a request over from an instance to a connection point.
    pub relay: Distribution,
    /// Number of round trips to set up a new client connection (TCP and TLS) before the first byte.
    pub setup_round_trips: f64,
    /// Time after which a client's connection attempt to a failed instance times out.
    pub connect_timeout: SimDuration,
    /// Time until a client notices that a crash has broken its connection. After an orderly stop,
    /// the connection is reset immediately.
    pub loss_detection: Distribution,
}

impl Config {
    /// Returns the end of the simulation.
    pub fn end(&self) -> SimTime {
        self.measured_from() + self.duration
    }

    /// Returns the end of the warm-up.
    pub fn measured_from(&self) -> SimTime {
        SimTime::ZERO + self.warm_up
    }

    /// Returns the site systems of a role, in order.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = (SiteSystemId, &SiteSystem)> {
        self.site_systems.entries().filter(move |(_, system)| system.role == role)
    }

    /// Returns the name of a cohort or an open source.
    pub fn origin_name(&self, id: OriginId) -> &str {
        let cohorts = self.cohorts.iter().map(|cohort| &cohort.name);
        let names = &mut cohorts.chain(self.sources.iter().map(|source| &source.name));
        names.nth(id.index()).map_or("", String::as_str)
    }

    /// Returns the number of clients in all cohorts.
    pub fn clients(&self) -> u64 {
        self.cohorts.iter().map(|cohort| u64::from(cohort.clients)).sum()
    }
}
