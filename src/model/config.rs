//! The complete, checked description of a world to simulate.
//!
//! Only the scenario compiler builds one. References are typed ids into the vectors here, shares
//! sum to one, counts are in range: the model relies on it and checks nothing again.

use crate::base::ids::{
    CohortId, ConnectionPointId, DisruptionId, GatewayId, ManagementPointId, SourceId,
};
use crate::base::{BitsPerSecond, Bytes, IdVec, SimDuration, SimTime};
use crate::engine::{ArrivalProcess, Discipline, Law, Servers};

use super::workload::{PerKind, RequestKind};

/// Everything a replication needs to know.
#[derive(Clone, Debug)]
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
    pub start_unix_seconds: i64,
    /// Gateways with their instances.
    pub gateways: IdVec<GatewayId, Gateway>,
    /// Connection points.
    pub connection_points: IdVec<ConnectionPointId, ConnectionPoint>,
    /// Management points.
    pub management_points: IdVec<ManagementPointId, ManagementPoint>,
    /// Cohorts of clients.
    pub cohorts: IdVec<CohortId, Cohort>,
    /// Open sources.
    pub sources: IdVec<SourceId, Source>,
    /// What goes wrong, and when.
    pub disruptions: IdVec<DisruptionId, Disruption>,
    /// Distances.
    pub network: Network,
}

/// A cloud management gateway: alike VM instances behind a load balancer.
#[derive(Clone, Debug)]
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
}

/// A health probe: after `failures` missed probes an instance gets no new connections.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Time between probes.
    pub interval: SimDuration,
    /// Consecutive failures until an instance counts as down, at least one.
    pub failures: u32,
}

/// What requests cost at a gateway instance, in core time on the reference core.
#[derive(Clone, Debug)]
pub struct GatewayDemand {
    /// A new TLS connection.
    pub handshake: Law,
    /// Forwarding a request and its answer, authentication included, by kind.
    pub forward: PerKind<Law>,
    /// Additional time a kilobyte carried (both ways together).
    pub per_kilobyte: SimDuration,
}

/// A CMG connection point.
#[derive(Clone, Debug)]
pub struct ConnectionPoint {
    /// Name in the scenario.
    pub name: String,
    /// The gateway it connects to.
    pub gateway: GatewayId,
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
    pub forward: PerKind<Law>,
    /// Time until it has connected to an instance that came (back) up, or after its own return.
    pub reconnect: Law,
}

/// A management point: worker cores, then waiting for database and disk.
#[derive(Clone, Debug)]
pub struct ManagementPoint {
    /// Name in the scenario.
    pub name: String,
    /// Worker cores.
    pub workers: Servers,
    /// Order of service.
    pub discipline: Discipline,
    /// How many requests may wait; more are answered 503. `None` is no limit.
    pub queue_limit: Option<u32>,
    /// How long a request waits at most before the server drops it unserved; `None`: for ever.
    pub queue_timeout: Option<Law>,
    /// CPU time of a request, by kind.
    pub cpu: PerKind<Law>,
    /// Database and disk time after the CPU time, by kind; nobody queues for it.
    pub database: PerKind<Law>,
    /// Share of requests answered with a server error after their CPU and database time, 0..=1.
    pub error_share: f64,
}

/// Distances between the parts.
#[derive(Clone, Debug)]
pub struct Network {
    /// Round trip between a client on the internet and Azure.
    pub client_azure: Law,
    /// Round trip between a client on the intranet and a management point.
    pub client_site: Law,
    /// Round trip between Azure and the site.
    pub azure_site: Law,
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

/// A group of alike clients.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// Name in the scenario; keys the random streams.
    pub name: String,
    /// How many clients, at least one.
    pub clients: u32,
    /// When they are on.
    pub presence: Presence,
    /// Local time minus UTC.
    pub utc_offset_seconds: i32,
    /// Share of sessions (and moves) that are on the internet; the others are on the intranet.
    pub internet_share: f64,
    /// Moves an hour while on; each draws the location again.
    pub moves_per_hour: f64,
    /// Upload bandwidth of a client's own link; `None` is not limited.
    pub uplink: Option<BitsPerSecond>,
    /// Download bandwidth of a client's own link; `None` is not limited.
    pub downlink: Option<BitsPerSecond>,
    /// Delay between start-up and the first task.
    pub start_delay: Law,
    /// What they ask for, by kind; [`RequestKind::KeepAlive`] belongs to the channel.
    pub tasks: PerKind<Task>,
    /// Share of policy polls that find new policy and fetch a policy body, 0..=1.
    pub new_policy_share: f64,
    /// Message sizes by kind.
    pub messages: PerKind<Message>,
    /// Bytes of setting up a new connection: to the service, to the client.
    pub handshake: Message,
    /// The notification channel; `None` if it is off.
    pub channel: Option<Channel>,
    /// When a client gives an attempt up.
    pub timeout: Law,
    /// How it tries again.
    pub retry: Retry,
    /// Failures without a success within the window after which it turns to another gateway and
    /// management point.
    pub failures_to_switch: u32,
    /// That window, from the first of them.
    pub failure_window: SimDuration,
}

/// When a client is on.
#[derive(Clone, Debug)]
pub enum Presence {
    /// All the time.
    AlwaysOn,
    /// A working day: start (local time of day) and length drawn for each client and day.
    OfficeHours {
        /// Mean start, time of day.
        start: SimDuration,
        /// Standard deviation of the start.
        start_sd: SimDuration,
        /// Mean length.
        length: SimDuration,
        /// Standard deviation of the length.
        length_sd: SimDuration,
        /// Share of clients that are off on a weekday (holidays, illness), 0..=1.
        absent_share: f64,
        /// Share of clients that are on at a weekend day, 0..=1.
        weekend_share: f64,
    },
    /// Three shifts of eight hours from 06:00, 14:00 and 22:00; each client has one, on
    /// weekdays, and starts within `spread` before it.
    Shift {
        /// Clients start uniformly within this time before their shift.
        spread: SimDuration,
    },
    /// On and off for random times.
    Sporadic {
        /// Time on.
        on: Law,
        /// Time off.
        off: Law,
    },
    /// Probability to be on, for each hour of the week from Monday 00:00 local time (168), each
    /// 0..=1. A client compares one number a day with it, so it starts and stops rarely.
    Hourly(Box<[f64; 168]>),
}

/// How often a client has one kind of task.
#[derive(Clone, Debug)]
pub enum Task {
    /// Never.
    Off,
    /// On a fixed schedule with a random phase, plus a random delay each time.
    Every {
        /// Time between due times.
        interval: SimDuration,
        /// Random delay added to each due time.
        spread: Law,
    },
    /// A random time after the last one was answered or given up (think time).
    After(Law),
    /// At the points of a cycle, but only if something has changed meanwhile (Poisson changes).
    Changes {
        /// The cycle.
        interval: SimDuration,
        /// Mean changes a second while on.
        rate: f64,
    },
}

/// Bytes of one message exchange (header, body and framing).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// From the client.
    pub request: Bytes,
    /// To the client.
    pub response: Bytes,
}

/// The notification channel of a client on the internet.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Time from one keep-alive's answer to the next.
    pub keep_alive: Law,
    /// Waiting before opening it again after it was lost or refused.
    pub reconnect: Retry,
}

/// How to try again: the n-th retry waits `first * factor^(n-1)`, at most `cap`, times a factor
/// drawn uniformly from `1 - jitter ..= 1 + jitter`.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Attempts in all, at least one.
    pub attempts: u32,
    /// The first delay.
    pub first: Law,
    /// Growth from delay to delay, at least one.
    pub factor: f64,
    /// The longest delay.
    pub cap: SimDuration,
    /// Relative jitter, 0..=1.
    pub jitter: f64,
}

/// Where an open source's requests enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// At a gateway, as from a client on the internet.
    Gateway(GatewayId),
    /// At a connection point.
    ConnectionPoint(ConnectionPointId),
    /// At a management point, as from a client on the intranet.
    ManagementPoint(ManagementPointId),
    /// At all management points in turn.
    EveryManagementPoint,
}

/// Arrivals that do not come from clients of the scenario.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name in the scenario; keys the random streams.
    pub name: String,
    /// What kind of request.
    pub kind: RequestKind,
    /// Where it enters.
    pub entry: Entry,
    /// When.
    pub arrivals: ArrivalProcess,
    /// Offset of the start of the simulation into the period of a rate profile.
    pub profile_phase: SimDuration,
    /// Requests an arrival.
    pub batch: u32,
    /// The first arrival, if not drawn from the process.
    pub first: Option<SimTime>,
    /// Arrivals in all; `None` is no limit.
    pub count: Option<u64>,
    /// Bytes of a request and its answer.
    pub message: Message,
    /// When an attempt is given up; `None`: never.
    pub timeout: Option<Law>,
    /// How a failed request is tried again.
    pub retry: Retry,
}

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub struct Disruption {
    /// Name in the scenario.
    pub name: String,
    /// What.
    pub kind: DisruptionKind,
    /// When.
    pub when: When,
}

/// When a disruption happens.
#[derive(Clone, Debug)]
pub enum When {
    /// Once.
    At(SimTime),
    /// Again and again: a random time after the start and after each repair.
    Random {
        /// Time to failure.
        time_to_failure: Law,
    },
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum DisruptionKind {
    /// The update domains of a gateway are stopped one after the other.
    UpdateDomainWalk {
        /// Which gateway.
        gateway: GatewayId,
        /// How long a domain's instances are down; drawn for each domain.
        down: Law,
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
        down: Law,
    },
    /// A connection point loses all its connections and is away.
    ConnectionPointOutage {
        /// Which.
        connection_point: ConnectionPointId,
        /// How long.
        down: Law,
    },
    /// Servers stand still and then go on where they were (host maintenance that pauses a VM).
    Freeze {
        /// Where.
        target: FreezeTarget,
        /// How many servers stand still; `None`: all.
        servers: Option<u32>,
        /// How long.
        down: Law,
    },
}

/// What stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreezeTarget {
    /// One instance of a gateway, from 0.
    Instance(GatewayId, u32),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
    /// A management point.
    ManagementPoint(ManagementPointId),
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

    /// Clients of all cohorts.
    pub fn clients(&self) -> u64 {
        self.cohorts.iter().map(|cohort| u64::from(cohort.clients)).sum()
    }
}
