//! A disruption at run time: which step comes next, and what happened when.

use crate::base::SimTime;
use crate::base::ids::{DisruptionId, GatewayId, InstanceId, SiteId, SiteSystemId, StationId};
use crate::engine::Stream;

use super::config::SlowTarget;

/// A disruption under way or to come.
#[derive(Clone, Debug)]
pub struct Disruption {
    /// When its next step is due.
    pub due: SimTime,
    /// What the next step is.
    pub step: Step,
    /// Instances it holds down.
    pub instances: Vec<InstanceId>,
    /// Its occurrence under way, a place in the list of occurrences.
    pub occurrence: usize,
    /// Number of the machine's start when it froze it.
    pub freeze: u32,
    /// Its draws.
    pub stream: Stream,
}

/// The next step of a disruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The part fails; of a walk, this update domain.
    Fail(u32),
    /// It comes back.
    Repair(u32),
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// An update domain of the disruption's gateway.
    UpdateDomain(u32),
    /// So many-th batch of the instances of the disruption's gateway.
    Batch(u32),
    /// All instances of the disruption's gateway.
    AllInstances,
    /// An instance.
    Instance(InstanceId),
    /// The disruption's connection point.
    ConnectionPoint,
    /// A site system.
    SiteSystem(SiteSystemId),
    /// A server is slow.
    Slower(SlowTarget),
    /// The line to a site.
    Line(SiteId),
    /// The line to a site is slow.
    SlowLine(SiteId),
    /// The storage of a gateway gives less.
    Storage(GatewayId),
    /// Nothing: a gateway gets so many instances.
    Scale(GatewayId, u32),
    /// The way to the identity provider.
    IdentityProvider,
    /// The server certificate of a gateway.
    Certificate(GatewayId),
    /// A station stands still.
    Frozen(StationId),
}

impl Failed {
    /// Is its impact felt little by little while it lasts, and not at its start: slow servers, and
    /// clients that are refused when they need a connection or a token?
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

/// One occurrence: something failed and came back.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Which disruption.
    pub disruption: DisruptionId,
    /// What failed.
    pub what: Failed,
    /// When.
    pub start: SimTime,
    /// When it came back; `None` if it has not.
    pub end: Option<SimTime>,
    /// Client connections lost.
    pub connections_lost: u64,
    /// Clients that used a gateway when it began.
    pub gateway_clients: u64,
}

/// A sample for the reconnection storms: sums since the start of the simulation, and levels.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When.
    pub at: SimTime,
    /// Connections tried.
    pub connect_attempts: u64,
    /// Connections made.
    pub connects: u64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Clients that use a gateway.
    pub on_gateway: u64,
    /// Those of them that want a notification channel, but it is not open.
    pub disconnected: u64,
    /// Requests waiting for a retry.
    pub retrying: u64,
}
