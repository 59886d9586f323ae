//! Clients: what a cohort is, when it is on, what it asks for.

use crate::base::ids::{BoundaryGroupId, SiteId};
use crate::base::{BitsPerSecond, Bytes, SimDuration, SimTime, UtcOffsets};
use crate::engine::Distribution;
use crate::terms::{PerKind, RequestKind};

use crate::terms::Role;

/// A group of alike clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// Name in the scenario; keys the random streams.
    pub name: String,
    /// How many clients, at least one.
    pub clients: u32,
    /// When they are on.
    pub presence: Presence,
    /// Local time minus UTC, over the run.
    pub utc_offsets: UtcOffsets,
    /// The primary site they are assigned to.
    pub site: SiteId,
    /// Where sessions (and moves) are.
    pub locations: Locations,
    /// The boundary group of those on the intranet, if it is associated with a gateway.
    pub intranet_group: Option<BoundaryGroupId>,
    /// The boundary group of those on VPN, if it is associated with a gateway.
    pub vpn_group: Option<BoundaryGroupId>,
    /// How they prove who they are to a gateway.
    pub authentication: Authentication,
    /// Those that are not registered yet.
    pub registration: Registration,
    /// Share whose site token has expired at the start, or that cannot have one of Microsoft Entra,
    /// 0..=1.
    pub expired_token_share: f64,
    /// How long a site token is valid after the time of its renewal.
    pub token_grace: SimDuration,
    /// Checks of the revocation list of the servers' certificates; `None`: off.
    pub revocation: Option<Revocation>,
    /// Moves an hour while on; each draws the location again.
    pub moves_per_hour: f64,
    /// Upload bandwidth of a client's own link; `None` is not limited.
    pub uplink: Option<BitsPerSecond>,
    /// Download bandwidth of a client's own link; `None` is not limited.
    pub downlink: Option<BitsPerSecond>,
    /// Delay between start-up and the first task.
    pub start_delay: Distribution,
    /// What they ask for, by kind; keep-alives belong to the channel.
    pub tasks: PerKind<Task>,
    /// Those of its cycles that are faster than the product's defaults.
    pub faster_cycles: Vec<FasterCycle>,
    /// Share of policy polls that find new policy and fetch a policy body, 0..=1.
    pub new_policy_share: f64,
    /// Message sizes by kind.
    pub messages: PerKind<Message>,
    /// Bytes of setting up a new connection: to the service, to the client.
    pub handshake: Message,
    /// The notification channel; `None` if it is off.
    pub channel: Option<Channel>,
    /// When a client gives an attempt up.
    pub timeout: Distribution,
    /// How it tries again.
    pub retry: Retry,
    /// How it tries a scan again.
    pub scan_retry: Retry,
    /// How much a client downloads with one request to a content source.
    pub chunk: Bytes,
    /// How long it may download before it must ask for the location again (access token).
    pub content_token: SimDuration,
    /// Failures without a success within the window after which it turns to another gateway and
    /// management point.
    pub failures_to_switch: u32,
    /// That window, from the first of them.
    pub failure_window: SimDuration,
}

/// A cycle of clients that is faster than the product's default. Published numbers of clients
/// presume the defaults; faster cycles need larger hardware in direct proportion to the increase in
/// activity (site-size-performance-guidelines.md, 04/23/2019: inventory twice as often counts as
/// twice the clients).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FasterCycle {
    /// What clients do.
    pub kind: RequestKind,
    /// Mean time between two times.
    pub interval: SimDuration,
    /// The default.
    pub default: SimDuration,
}

impl FasterCycle {
    /// How many times as often as by default.
    pub fn times(&self) -> f64 {
        self.default.as_seconds() / self.interval.as_seconds()
    }
}

impl Cohort {
    /// The cycle at site systems of a role that is fastest against its default; `None` if none is
    /// faster.
    pub fn fastest_cycle(&self, role: Role) -> Option<&FasterCycle> {
        let of_role = self.faster_cycles.iter().filter(|cycle| cycle.kind.role() == role);
        of_role.max_by(|one, other| one.times().total_cmp(&other.times()))
    }

    /// As how many clients with default settings one counts for published numbers of a role: as
    /// many times as its fastest cycle is faster. Slower cycles do not make it count less.
    pub fn weight(&self, role: Role) -> f64 {
        self.fastest_cycle(role).map_or(1.0, FasterCycle::times)
    }
}

/// When a client is on.
#[derive(Clone, Debug, PartialEq)]
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
    /// weekdays, and starts within `spread` before it. The night of a clock change is longer or
    /// shorter.
    Shift {
        /// Clients start uniformly within this time before their shift.
        spread: SimDuration,
    },
    /// On and off for random times.
    Sporadic {
        /// Time on.
        on: Distribution,
        /// Time off.
        off: Distribution,
    },
    /// Probability to be on, for each hour of the week from Monday 00:00 local time (168), each
    /// 0..=1. A client compares one number a day with it, so it starts and stops rarely.
    Hourly(Box<[f64; 168]>),
}

/// How often a client has one kind of task.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Never.
    Off,
    /// On a fixed schedule with a random phase, plus a random delay each time.
    Every {
        /// Time between due times.
        interval: SimDuration,
        /// Random delay added to each due time.
        spread: Distribution,
    },
    /// A random time after the last one was answered or given up (think time).
    After(Distribution),
    /// So long after the last one was answered, while on a gateway: a token that expires.
    Expiry(SimDuration),
    /// When the client service starts, if the last one is old: a token of the site.
    AtStart {
        /// How old at least.
        age: SimDuration,
        /// Time between starts of the service of a client that stays on; `None`: it never starts
        /// anew.
        restart: Option<SimDuration>,
    },
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
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Time from one keep-alive's answer to the next.
    pub keep_alive: Distribution,
    /// Waiting before opening it again after it was lost or refused.
    pub reconnect: Retry,
}

/// How to try again: the n-th retry waits `first * factor^(n-1)`, at most `cap`, times a factor
/// drawn uniformly from `1 - jitter ..= 1 + jitter`.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Attempts in all, at least one.
    pub attempts: u32,
    /// The first delay.
    pub first: Distribution,
    /// Growth from delay to delay, at least one.
    pub factor: f64,
    /// The longest delay.
    pub cap: SimDuration,
    /// Relative jitter, 0..=1.
    pub jitter: f64,
}

/// Where the sessions of a cohort's clients are: shares, 0..=1, the rest on the intranet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Locations {
    /// On the internet.
    pub internet: f64,
    /// On the internet with a VPN to the intranet.
    pub vpn: f64,
}

/// How a client proves to a gateway who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// A client certificate, at each new connection.
    Certificate,
    /// A token of Microsoft Entra, with each request.
    Entra,
    /// A token issued by the site, with each request.
    SiteToken,
}

/// Clients that register with the site during the simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Share of clients that are registered from the start, 0..=1.
    pub registered_share: f64,
    /// When the others may begin.
    pub from: SimTime,
    /// How long after that each begins.
    pub spread: Distribution,
    /// When the token with which they register expires; of certificates and Entra never.
    pub expires: SimTime,
}

/// Checking the revocation list of the servers' certificates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Revocation {
    /// Size of the list.
    pub size: Bytes,
    /// How long a client keeps a list.
    pub keep: SimDuration,
    /// How long a client tries to fetch an unreachable list before its connection fails; `None` if
    /// the list is reachable.
    pub unreachable: Option<SimDuration>,
}
