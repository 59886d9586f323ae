//! What happens: open sources, deployments, notifications, disruptions.

use crate::base::ids::{CohortId, ConnectionPointId, GatewayId, SiteId, SiteSystemId};
use crate::base::{Bytes, SimDuration, SimTime, UtcOffsets};
use crate::engine::{ArrivalProcess, Distribution};
use crate::terms::RequestKind;

use super::{Message, Retry};

/// Where an open source's requests enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// At a gateway, as from a client on the internet.
    Gateway(GatewayId),
    /// At a connection point.
    ConnectionPoint(ConnectionPointId),
    /// At a management point or software update point, as from a client on the intranet.
    SiteSystem(SiteSystemId),
    /// At all management points in turn.
    EveryManagementPoint,
}

/// Arrivals that do not come from clients of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Name in the scenario; keys the random streams.
    pub name: String,
    /// What kind of request.
    pub kind: RequestKind,
    /// Where it enters.
    pub entry: Entry,
    /// When.
    pub arrivals: ArrivalProcess,
    /// Offsets of time zero into the period of a rate profile, each from a time on: a clock change
    /// begins another.
    pub profile_phases: Box<[(SimTime, SimDuration)]>,
    /// Requests an arrival.
    pub batch: u32,
    /// The first arrival, if not drawn from the process.
    pub first: Option<SimTime>,
    /// Arrivals in all; `None` is no limit.
    pub count: Option<u64>,
    /// Bytes of a request and its answer.
    pub message: Message,
    /// When an attempt is given up; `None`: never.
    pub timeout: Option<Distribution>,
    /// How a failed request is tried again.
    pub retry: Retry,
}

impl Source {
    /// Offset of time zero into the period of a rate profile, by the clocks as they are at a time.
    pub fn profile_phase(&self, at: SimTime) -> SimDuration {
        let passed = self.profile_phases.partition_point(|phase| phase.0 <= at);
        let phase = passed.checked_sub(1).map(|last| self.profile_phases[last].1);
        phase.unwrap_or(SimDuration::ZERO)
    }
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Disruption {
    /// Name in the scenario.
    pub name: String,
    /// What.
    pub kind: DisruptionKind,
    /// When.
    pub when: When,
}

/// When a disruption happens.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// At a time, and again and again, if given.
    At(SimTime, Option<Repeat>),
    /// Again and again: a random time after the start and after each repair.
    Random {
        /// Time to failure.
        time_to_failure: Distribution,
    },
}

/// How a disruption repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// At this distance.
    Every(SimDuration),
    /// Every so many days at the same civil time.
    EveryDays(u32),
}

impl Repeat {
    /// The distance of repetitions, clock changes aside.
    pub fn distance(self) -> SimDuration {
        match self {
            Repeat::Every(distance) => distance,
            Repeat::EveryDays(days) => SimDuration::from_seconds(u64::from(days) * 86_400),
        }
    }

    /// The first repetition after `now` of what first happened at `first`.
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
                // On the day of a clock change that of the same day may be past already, or still
                // to come.
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

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum DisruptionKind {
    /// The update domains of a gateway are stopped one after the other.
    UpdateDomainWalk {
        /// Which gateway.
        gateway: GatewayId,
        /// Which instances go together.
        rule: WalkRule,
        /// How long a domain's instances are down; drawn for each domain.
        down: Distribution,
        /// From a domain's return to the next one's stop.
        pause: SimDuration,
    },
    /// One instance dies and comes back.
    InstanceCrash {
        /// Which gateway.
        gateway: GatewayId,
        /// Which instance, from 0; `None`: one of those that are up, at random.
        instance: Option<u32>,
        /// How long it is down.
        down: Distribution,
    },
    /// A connection point loses all its connections and is away.
    ConnectionPointOutage {
        /// Which.
        connection_point: ConnectionPointId,
        /// How long.
        down: Distribution,
    },
    /// A management point or software update point is away.
    SiteSystemOutage {
        /// Which.
        system: SiteSystemId,
        /// How long.
        down: Distribution,
    },
    /// A server works slower.
    Slowdown {
        /// Which.
        target: SlowTarget,
        /// Service times are multiplied by this, above zero.
        factor: f64,
        /// How long.
        down: Distribution,
    },
    /// The line between Azure and a site is cut: its connection points lose everything.
    WanCut {
        /// Which site.
        site: SiteId,
        /// How long.
        down: Distribution,
    },
    /// The line between Azure and a site is slow.
    WanLatency {
        /// Which site.
        site: SiteId,
        /// Added to each round trip.
        delay: SimDuration,
        /// How long.
        down: Distribution,
    },
    /// A gateway's storage gives less.
    StorageThrottling {
        /// Which gateway.
        gateway: GatewayId,
        /// What is left of requests a second and of bandwidth, above zero, 0..=1.
        share: f64,
        /// How long.
        down: Distribution,
    },
    /// The number of a gateway's instances changes, for good.
    Scale {
        /// Which gateway.
        gateway: GatewayId,
        /// How many there are afterwards.
        instances: u32,
        /// How long it takes until new ones are up.
        provisioning: Distribution,
    },
    /// Management points cannot reach the identity provider, which they ask about tokens of Entra.
    IdentityProviderOutage {
        /// Which.
        systems: Vec<SiteSystemId>,
        /// How long.
        down: Distribution,
    },
    /// The server certificate of a gateway has expired: no new connection to it can be made.
    CertificateExpiry {
        /// Which gateway.
        gateway: GatewayId,
        /// How long, until it is replaced.
        down: Distribution,
    },
    /// Servers stand still and then go on where they were (host maintenance that pauses a VM).
    Freeze {
        /// Where.
        target: FreezeTarget,
        /// How many servers stand still; `None`: all.
        servers: Option<u32>,
        /// How long.
        down: Distribution,
    },
}

/// What stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreezeTarget {
    /// One instance of a gateway, from 0.
    Instance(GatewayId, u32),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
    /// A management point or a software update point.
    SiteSystem(SiteSystemId),
}

/// Which instances an update takes at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WalkRule {
    /// One update domain after the other.
    Domains,
    /// At most this share of the instances of an update domain, but at least one (scale set).
    Share(f64),
    /// All instances (scale set with automatic upgrades).
    All,
}

/// What works slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowTarget {
    /// Workers and database of a management point or software update point.
    SiteSystem(SiteSystemId),
    /// The cores of a connection point.
    ConnectionPoint(ConnectionPointId),
}

/// Which clients a deployment or notification is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Cohorts.
    pub cohorts: Vec<CohortId>,
    /// Share of their clients, 0..=1.
    pub share: f64,
}

/// Whether clients must install something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Purpose {
    /// They must.
    Required,
    /// Users may: this share of them does, 0..=1.
    Available(f64),
}

/// Where the content of a deployment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentSource {
    /// From what is near a client: distribution points on the intranet, a gateway's storage on the
    /// internet.
    Site,
    /// From Microsoft Update, whatever the client's place.
    MicrosoftUpdate,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Name in the scenario; keys the random streams.
    pub name: String,
    /// For whom.
    pub target: Target,
    /// When its policy is there.
    pub start: SimTime,
    /// When it must be installed; from then on by the deadline's random delay.
    pub deadline: SimTime,
    /// How long after the deadline each client begins.
    pub deadline_spread: Distribution,
    /// Required or available.
    pub purpose: Purpose,
    /// Of an available one: how long after its policy a user asks for it.
    pub request_delay: Distribution,
    /// How much each client needs.
    pub size: Bytes,
    /// From where.
    pub source: ContentSource,
    /// Share of the bytes that peers give, 0..=1.
    pub peer_share: f64,
    /// How long installing takes.
    pub install: Distribution,
    /// How long after its policy a client scans for updates, unless its last scan is younger than a
    /// day; `None`: no scan.
    pub scan: Option<Distribution>,
}

/// A client notification: online clients are asked over their channel to do a task now.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Name in the scenario; keys the random streams.
    pub name: String,
    /// For whom.
    pub target: Target,
    /// When.
    pub at: SimTime,
    /// What they shall do.
    pub action: NotifiedAction,
    /// How long it takes until a client has it and begins.
    pub delay: Distribution,
}

/// What a notified client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifiedAction {
    /// A task, of one of the scheduled kinds.
    Task(RequestKind),
    /// It turns to its next software update point, and uses that with its next scan.
    SwitchUpdatePoint,
}

impl NotifiedAction {
    /// The name in scenario files and traces.
    pub const fn name(self) -> &'static str {
        match self {
            NotifiedAction::Task(kind) => kind.name(),
            NotifiedAction::SwitchUpdatePoint => "switch_update_point",
        }
    }
}

impl DisruptionKind {
    /// How long a part is down; of a change of instances, until new ones are up.
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
