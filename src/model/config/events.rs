//! Configuration of events: open sources, deployments, notifications and disruptions.

use serde::{Deserialize, Serialize};

use crate::base::ids::{CohortId, ConnectionPointId, GatewayId, SiteId, SiteSystemId};
use crate::base::{Bytes, SimDuration, SimTime, UtcOffsets};
use crate::engine::{ArrivalProcess, Distribution};
use crate::terms::RequestKind;

use super::{Message, Retry};

/// Component at which the requests of an open source enter the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A gateway, which receives the requests like those of clients on the internet.
    Gateway(GatewayId),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
    /// A management point or software update point, which receives the requests like those of
    /// clients on the intranet.
    SiteSystem(SiteSystemId),
    /// All management points, in round-robin order.
    EveryManagementPoint,
}

/// An open source: arrivals that do not come from clients of the scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Name in the scenario; key of the random streams.
    pub name: String,
    /// Kind of request.
    pub kind: RequestKind,
    /// Component at which the requests enter.
    pub entry: Entry,
    /// Arrival process.
    pub arrivals: ArrivalProcess,
    /// Phases of a rate profile, each with the time from which it applies. Each clock change adds a
    /// phase.
    pub profile_phases: Box<[(SimTime, SimDuration)]>,
    /// Number of requests per arrival.
    pub batch: u32,
    /// Time of the first arrival; `None` if it is drawn from the process.
    pub first: Option<SimTime>,
    /// Total number of arrivals; `None` if it is not limited.
    pub count: Option<u64>,
    /// Bytes of a request and its response.
    pub message: Message,
    /// Timeout of an attempt; `None` if there is none.
    pub timeout: Option<Distribution>,
    /// Retry policy of failed requests.
    pub retry: Retry,
}

impl Source {
    /// Returns the phase of a rate profile, computed with the UTC offset that applies at `at`.
    pub fn profile_phase(&self, at: SimTime) -> SimDuration {
        let passed = self.profile_phases.partition_point(|phase| phase.0 <= at);
        let phase = passed.checked_sub(1).map(|last| self.profile_phases[last].1);
        phase.unwrap_or(SimDuration::ZERO)
    }
}

/// A disruption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disruption {
    /// Name in the scenario.
    pub name: String,
    /// Kind of disruption.
    pub kind: DisruptionKind,
    /// Times at which the disruption happens.
    pub when: When,
}

/// Times at which a disruption happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum When {
    /// At a time, and repeatedly after that time if a repetition is specified.
    At(SimTime, Option<Repeat>),
    /// Repeatedly, a random time after the start of the simulation and after each repair.
    Random {
        /// Time to failure.
        time_to_failure: Distribution,
    },
}

/// Repetition of a disruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeat {
    /// At this interval.
    Every(SimDuration),
    /// Every n days at the same civil time.
    EveryDays(u32),
}

impl Repeat {
    /// Returns the interval between repetitions; a clock change in between is ignored.
    pub fn distance(self) -> SimDuration {
        match self {
            Repeat::Every(distance) => distance,
            Repeat::EveryDays(days) => SimDuration::from_seconds(u64::from(days) * 86_400),
        }
    }

    /// Returns the first repetition after `now` of a disruption that first happened at `first`.
    pub fn next_after(self, now: SimTime, first: SimTime, offsets: &UtcOffsets) -> SimTime {
        match self {
            Repeat::Every(distance) => {
                let distance = distance.as_nanos();
                let passed = now.since(first).as_nanos() / distance.max(1) + 1;
                first + SimDuration::from_nanos(distance.saturating_mul(passed))
            }
            Repeat::EveryDays(days) => {
                let distance = i64::from(days.max(1)).saturating_mul(DAY);
                let nanos = |time: SimTime| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
                let (local, first) = (offsets.local(nanos(now)), offsets.local(nanos(first)));
                // On the day of a clock change, the local time does not determine whether the
                // repetition of that day is still to come, so begin one repetition earlier.
                let passed = (local.saturating_sub(first) / distance - 1).max(0);
                let repetitions = (passed..passed + 4).map(|count| {
                    offsets.instant(first.saturating_add(count.saturating_mul(distance)))
                });
                let later = repetitions.filter_map(|at| u64::try_from(at).ok());
                later.map(SimTime::from_nanos).find(|at| *at > now).unwrap_or(SimTime::NEVER)
            }
        }
    }
}

const DAY: i64 = 86_400_000_000_000;

/// Kind of disruption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DisruptionKind {
    /// The update domains of a gateway stop one after the other.
    UpdateDomainWalk {
        /// Gateway whose instances are stopped.
        gateway: GatewayId,
        /// Instances that are stopped at the same time.
        rule: WalkRule,
        /// Time for which the instances of a domain are down, drawn for each domain.
        down: Distribution,
        /// Time from the moment when the probes detect that the instances of a domain are up until
        /// the next domain stops.
        pause: SimDuration,
    },
    /// One instance crashes and then restarts.
    InstanceCrash {
        /// Gateway of the instance.
        gateway: GatewayId,
        /// Index of the instance, from 0; `None` selects a random instance that is up.
        instance: Option<u32>,
        /// Time for which the instance is down.
        down: Distribution,
    },
    /// A connection point is down and loses all its connections.
    ConnectionPointOutage {
        /// Connection point that is down.
        connection_point: ConnectionPointId,
        /// Duration of the outage.
        down: Distribution,
    },
    /// A management point or software update point is down.
    SiteSystemOutage {
        /// Site system that is down.
        system: SiteSystemId,
        /// Duration of the outage.
        down: Distribution,
    },
    /// A server is slow.
    Slowdown {
        /// Server that is slow.
        target: SlowTarget,
        /// Factor by which service times are multiplied, above zero.
        factor: f64,
        /// Duration of the slowdown.
        down: Distribution,
    },
    /// The WAN line between Azure and a site is cut, and the connection points of the site lose all
    /// connections.
    WanCut {
        /// Site whose line is cut.
        site: SiteId,
        /// Duration of the cut.
        down: Distribution,
    },
    /// The WAN line between Azure and a site is slow.
    WanLatency {
        /// Site whose line is slow.
        site: SiteId,
        /// Delay added to each round trip.
        delay: SimDuration,
        /// Time for which the line is slow.
        down: Distribution,
    },
    /// The storage of a gateway is throttled.
    StorageThrottling {
        /// Gateway whose storage is throttled.
        gateway: GatewayId,
        /// Remaining share of the request rate and the bandwidth, above zero and at most one.
        share: f64,
        /// Duration of the throttling.
        down: Distribution,
    },
    /// The number of instances of a gateway changes permanently.
    Scale {
        /// Gateway that is scaled.
        gateway: GatewayId,
        /// New number of instances.
        instances: u32,
        /// Time until new instances are up.
        provisioning: Distribution,
    },
    /// Management points cannot reach the identity provider, which validates Microsoft Entra
    /// tokens.
    IdentityProviderOutage {
        /// Management points that are affected.
        systems: Vec<SiteSystemId>,
        /// Duration of the outage.
        down: Distribution,
    },
    /// The server certificate of a gateway has expired, so new connections to it fail.
    CertificateExpiry {
        /// Gateway whose certificate has expired.
        gateway: GatewayId,
        /// Time until the certificate is replaced.
        down: Distribution,
    },
    /// Servers freeze and then resume where they stopped (host maintenance that pauses a VM).
    Freeze {
        /// Machine that freezes.
        target: FreezeTarget,
        /// Number of servers that freeze; `None` for all.
        servers: Option<u32>,
        /// Duration of the freeze.
        down: Distribution,
    },
}

/// Machine that a freeze affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeTarget {
    /// One instance of a gateway, numbered from 0.
    Instance(GatewayId, u32),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
    /// A management point or a software update point.
    SiteSystem(SiteSystemId),
}

/// Rule that selects the instances that an update stops at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum WalkRule {
    /// The instances of one update domain after the other.
    Domains,
    /// At most this share of the instances of an update domain, but at least one (scale set).
    Share(f64),
    /// All instances (scale set with automatic upgrades).
    All,
}

/// Server that a slowdown affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlowTarget {
    /// Workers and database of a management point or software update point.
    SiteSystem(SiteSystemId),
    /// Cores of a connection point.
    ConnectionPoint(ConnectionPointId),
}

/// Clients that a deployment or notification targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Cohorts that contain the targeted clients.
    pub cohorts: Vec<CohortId>,
    /// Share of these clients that is targeted, 0..=1.
    pub share: f64,
}

/// Purpose of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Purpose {
    /// Clients must install the deployment.
    Required,
    /// Users may install the deployment; this share of users does so, 0..=1.
    Available(f64),
}

/// Source of the content of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentSource {
    /// A distribution point for clients on the intranet, the storage of a gateway for clients on
    /// the internet.
    Site,
    /// Microsoft Update, regardless of the client's location.
    MicrosoftUpdate,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Name in the scenario; key of the random streams.
    pub name: String,
    /// Clients that the deployment targets.
    pub target: Target,
    /// Time at which the policy of the deployment becomes available.
    pub start: SimTime,
    /// Deadline of the installation; each client adds a random delay.
    pub deadline: SimTime,
    /// Random delay of each client after the deadline.
    pub deadline_spread: Distribution,
    /// Purpose: required or available.
    pub purpose: Purpose,
    /// Delay from the arrival of the policy until a user requests an available deployment.
    pub request_delay: Distribution,
    /// Bytes of content per client.
    pub size: Bytes,
    /// Source of the content.
    pub source: ContentSource,
    /// Share of the bytes that peers provide, 0..=1.
    pub peer_share: f64,
    /// Duration of the installation.
    pub install: Distribution,
    /// Delay from the arrival of the policy (for an available deployment: from the user's request)
    /// until a client scans for updates, unless its last scan is less than a day old; `None` if it
    /// does not scan.
    pub scan: Option<Distribution>,
}

/// A client notification: online clients receive it over their channel and run a task immediately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Name in the scenario; key of the random streams.
    pub name: String,
    /// Clients that the notification targets.
    pub target: Target,
    /// Time at which the notification is sent.
    pub at: SimTime,
    /// Action that the clients perform.
    pub action: NotifiedAction,
    /// Delay until a client has received the notification and starts the action.
    pub delay: Distribution,
}

/// Action that a notified client performs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotifiedAction {
    /// Runs a task of one of the scheduled kinds.
    Task(RequestKind),
    /// Switches to the next software update point, which the client uses for its next scan.
    SwitchUpdatePoint,
}

impl NotifiedAction {
    /// Returns the name in scenario files and traces.
    pub const fn name(self) -> &'static str {
        match self {
            NotifiedAction::Task(kind) => kind.name(),
            NotifiedAction::SwitchUpdatePoint => "switch_update_point",
        }
    }
}

impl DisruptionKind {
    /// Returns the distribution of the duration. For a change in the number of instances, this is
    /// the time until the new instances are up.
    pub fn down(&self) -> &Distribution {
        match self {
            DisruptionKind::UpdateDomainWalk { down, .. }
            | DisruptionKind::InstanceCrash { down, .. }
            | DisruptionKind::ConnectionPointOutage { down, .. }
            | DisruptionKind::SiteSystemOutage { down, .. }
            | DisruptionKind::Slowdown { down, .. }
            | DisruptionKind::WanCut { down, .. }
            | DisruptionKind::WanLatency { down, .. }
            | DisruptionKind::StorageThrottling { down, .. }
            | DisruptionKind::IdentityProviderOutage { down, .. }
            | DisruptionKind::CertificateExpiry { down, .. }
            | DisruptionKind::Freeze { down, .. } => down,
            DisruptionKind::Scale { provisioning, .. } => provisioning,
        }
    }
}
