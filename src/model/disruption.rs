//! A disruption at run time: its next step, and its occurrences.

use crate::base::SimTime;
use crate::base::ids::{DisruptionId, GatewayId, InstanceId, SiteId, SiteSystemId, StationId};
use crate::engine::Stream;

use super::config::SlowTarget;

/// A disruption, scheduled or in progress.
#[derive(Clone, Debug)]
pub struct Disruption {
    /// Time at which the next step is due.
    pub due: SimTime,
    /// Next step.
    pub step: Step,
    /// Instances that the disruption keeps down.
    pub instances: Vec<InstanceId>,
    /// Index of the current occurrence in the list of occurrences.
    pub occurrence: usize,
    /// Restart count of the frozen machine at the start of the freeze.
    pub freeze: u32,
    /// Random stream.
    pub stream: Stream,
}

/// Next step of a disruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The component fails; for an update-domain walk, this update domain stops.
    Fail(u32),
    /// The component or update domain is repaired.
    Repair(u32),
}

/// Component that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// An update domain of the disruption's gateway.
    UpdateDomain(u32),
    /// A batch, by number, of the instances of the disruption's gateway.
    Batch(u32),
    /// All instances of the disruption's gateway.
    AllInstances,
    /// An instance.
    Instance(InstanceId),
    /// The connection point of the disruption.
    ConnectionPoint,
    /// A site system.
    SiteSystem(SiteSystemId),
    /// A server that is slow.
    Slower(SlowTarget),
    /// The WAN line of a site.
    Line(SiteId),
    /// The WAN line of a site, which is slow.
    SlowLine(SiteId),
    /// The storage of a gateway, which is throttled.
    Storage(GatewayId),
    /// A change of the number of instances of a gateway, which is not a failure.
    Scale(GatewayId, u32),
    /// The connection to the identity provider.
    IdentityProvider,
    /// The server certificate of a gateway.
    Certificate(GatewayId),
    /// A frozen station.
    Frozen(StationId),
}

impl Failed {
    /// Returns whether the impact builds up gradually: servers are slow, or clients are refused
    /// only when they need a new connection or a token.
    pub const fn is_gradual(self) -> bool {
        matches!(
            self,
            Failed::Slower(_)
                | Failed::SlowLine(_)
                | Failed::IdentityProvider
                | Failed::Certificate(_)
        )
    }
}

/// One occurrence of a disruption, from failure to repair.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Disruption that the occurrence belongs to.
    pub disruption: DisruptionId,
    /// Component that failed.
    pub what: Failed,
    /// Start of the failure.
    pub start: SimTime,
    /// Time of the repair; `None` if it has not been repaired.
    pub end: Option<SimTime>,
    /// Number of client connections lost.
    pub connections_lost: u64,
    /// Number of clients that used a gateway at the start.
    pub gateway_clients: u64,
}

/// A sample for reconnection storms: totals since the start of the simulation, and current levels.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Time of the sample.
    pub at: SimTime,
    /// Number of connection attempts.
    pub connect_attempts: u64,
    /// Number of connections established.
    pub connects: u64,
    /// Number of failed attempts.
    pub failed_attempts: u64,
    /// Number of clients that use a gateway.
    pub on_gateway: u64,
    /// Number of clients that use a gateway and want a notification channel but have none open.
    pub disconnected: u64,
    /// Number of requests that wait for a retry.
    pub retrying: u64,
}
