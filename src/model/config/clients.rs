//! Configuration of clients: cohorts, presence and tasks.

use serde::{Deserialize, Serialize};

use crate::base::ids::{BoundaryGroupId, LineId, SiteId, VpnId};
use crate::base::{BitsPerSecond, Bytes, SimDuration, SimTime, UtcOffsets};
use crate::engine::Distribution;
use crate::terms::{PerKind, RequestKind};

use crate::terms::Role;

/// A group of clients with the same settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Name in the scenario; key of the random streams.
    pub name: String,
    /// Number of clients, at least one.
    pub clients: u32,
    /// Presence pattern.
    pub presence: Presence,
    /// Local time minus UTC, over the run.
    pub utc_offsets: UtcOffsets,
    /// Primary site that the clients are assigned to.
    pub site: SiteId,
    /// Locations of sessions and moves.
    pub locations: Locations,
    /// VPN of clients on VPN; `None` if its bandwidth and sessions are not limited.
    pub vpn: Option<VpnId>,
    /// WAN line between the location of clients on the intranet and the site; `None` if it is not
    /// limited.
    pub line: Option<LineId>,
    /// Boundary group of clients on the intranet, if it is associated with a gateway.
    pub intranet_group: Option<BoundaryGroupId>,
    /// Boundary group of clients on VPN, if it is associated with a gateway.
    pub vpn_group: Option<BoundaryGroupId>,
    /// Authentication method at a gateway.
    pub authentication: Authentication,
    /// Registration during the simulation.
    pub registration: Registration,
    /// Share of clients, 0..=1, whose site token has expired at time zero, or that cannot get a
    /// Microsoft Entra token.
    pub expired_token_share: f64,
    /// Time for which a site token remains valid after its renewal is due.
    pub token_grace: SimDuration,
    /// Checks of the revocation list of server certificates; `None` if the checks are off.
    pub revocation: Option<Revocation>,
    /// Moves per hour while on; each move draws the location again.
    pub moves_per_hour: f64,
    /// Upload bandwidth of a client's own link; `None` if it is not limited.
    pub uplink: Option<BitsPerSecond>,
    /// Download bandwidth of a client's own link; `None` if it is not limited.
    pub downlink: Option<BitsPerSecond>,
    /// Delay between start-up and the first task.
    pub start_delay: Distribution,
    /// Tasks by kind; keep-alives belong to the channel.
    pub tasks: PerKind<Task>,
    /// Cycles that are shorter than the product's defaults.
    pub faster_cycles: Vec<FasterCycle>,
    /// Share of policy polls that find new policy and fetch a policy body, 0..=1.
    pub new_policy_share: f64,
    /// Message sizes by kind.
    pub messages: PerKind<Message>,
    /// Bytes to set up a new connection, in both directions.
    pub handshake: Message,
    /// Notification channel; `None` if it is off.
    pub channel: Option<Channel>,
    /// Time after which an attempt times out at the client.
    pub timeout: Distribution,
    /// Retry policy of requests.
    pub retry: Retry,
    /// Retry policy of update scans.
    pub scan_retry: Retry,
    /// Downloads of content.
    pub content: Content,
    /// Number of consecutive failures within the failure window after which a client switches to
    /// another gateway and management point.
    pub failures_to_switch: u32,
    /// Length of the failure window, from the first failure.
    pub failure_window: SimDuration,
}

/// How clients download content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Limits of a client's downloads (BITS) from time zero on, in order of time; `None` if they
    /// are not limited.
    pub limits: Vec<(SimTime, Option<BitsPerSecond>)>,
    /// Bytes that a client downloads with one request to a content source.
    pub chunk: Bytes,
    /// Validity of a content access token. After it has expired, the client requests the content
    /// location again.
    pub token: SimDuration,
}

/// A client cycle that is shorter than the product's default. Published client numbers assume the
/// defaults. Shorter cycles need larger hardware in direct proportion to the increase in activity
/// (site-size-performance-guidelines.md, 04/23/2019: taking inventory twice as often counts as
/// twice the number of clients).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FasterCycle {
    /// Kind of request.
    pub kind: RequestKind,
    /// Mean interval.
    pub interval: SimDuration,
    /// Default interval.
    pub default: SimDuration,
}

impl FasterCycle {
    /// Returns the ratio of the default interval to this interval.
    pub fn times(&self) -> f64 {
        self.default.as_seconds() / self.interval.as_seconds()
    }
}

impl Cohort {
    /// Returns the cycle that is shortened most relative to its default, among the cycles that use
    /// site systems of a role. Returns `None` if none is shortened.
    pub fn fastest_cycle(&self, role: Role) -> Option<&FasterCycle> {
        let of_role = self.faster_cycles.iter().filter(|cycle| cycle.kind.role() == role);
        of_role.max_by(|one, other| one.times().total_cmp(&other.times()))
    }

    /// Returns the bandwidth of a client's content downloads: that of its own link or the limit
    /// that applies at `now`. Returns `None` if neither is limited.
    pub fn content_bandwidth(&self, now: SimTime) -> Option<BitsPerSecond> {
        let begun = self.content.limits.partition_point(|(from, _)| *from <= now);
        let limit = begun.checked_sub(1).and_then(|last| self.content.limits[last].1);
        match (limit, self.downlink) {
            (Some(limit), Some(link)) if link < limit => Some(link),
            (Some(limit), _) => Some(limit),
            (None, link) => link,
        }
    }

    /// Returns the number of clients with default settings to which one client is equivalent, for
    /// the published numbers of a role. It is the ratio of the most shortened cycle; longer cycles
    /// do not reduce it.
    pub fn weight(&self, role: Role) -> f64 {
        self.fastest_cycle(role).map_or(1.0, FasterCycle::times)
    }
}

/// Presence pattern: when a client is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Presence {
    /// Always on.
    AlwaysOn,
    /// A working day. Start (local time of day) and length are drawn for each client and day.
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
        /// Share of clients that are online during a weekend day, 0..=1.
        weekend_share: f64,
    },
    /// Three shifts of eight hours that start at 06:00, 14:00 and 22:00. Each client works one of
    /// them on weekdays and starts up to `spread` before it. A night shift is longer or shorter if
    /// the clocks change during it.
    Shift {
        /// Maximum time by which a client starts before its shift; the time is uniformly
        /// distributed.
        spread: SimDuration,
    },
    /// On and off for random times.
    Sporadic {
        /// Distribution of the time on.
        on: Distribution,
        /// Distribution of the time off.
        off: Distribution,
    },
    /// Probability of being on, for each of the 168 hours of the week from Monday 00:00 local time,
    /// each 0..=1. Each client compares one random number per day with these probabilities, so
    /// clients rarely start and stop.
    Hourly(#[serde(with = "hours")] Box<[f64; 168]>),
}

/// Stores the values per hour of the week as a list; serde supports arrays of at most 32 items.
mod hours {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(hours: &[f64; 168], to: S) -> Result<S::Ok, S::Error> {
        hours.as_slice().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Box<[f64; 168]>, D::Error> {
        let hours = Box::<[f64]>::deserialize(from)?;
        hours.try_into().map_err(|_| D::Error::custom("a week has 168 hours"))
    }
}

/// Schedule of one kind of task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// Tasks of this kind never run.
    Off,
    /// At fixed intervals with a random phase, plus a random delay each time.
    Every {
        /// Time between due times.
        interval: SimDuration,
        /// Random delay added to each due time.
        spread: Distribution,
    },
    /// A random time (think time) after the last request completed or failed.
    After(Distribution),
    /// A fixed time after the last request completed, while the client uses a gateway: renewal of a
    /// token that expires.
    Expiry(SimDuration),
    /// At a start of the client service, if the token is old enough: renewal of a site token.
    AtStart {
        /// Minimum age of the token.
        age: SimDuration,
        /// Time between service starts of a client that stays on; `None` if the service does not
        /// restart.
        restart: Option<SimDuration>,
    },
    /// At the points of a cycle, but only if something has changed since the previous point
    /// (Poisson process).
    Changes {
        /// Length of the cycle.
        interval: SimDuration,
        /// Mean number of changes per second while on.
        rate: f64,
    },
}

/// Bytes of one message exchange (header, body and framing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Bytes from the client.
    pub request: Bytes,
    /// Bytes to the client.
    pub response: Bytes,
}

/// Notification channel of a client on the internet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Time from the response of one keep-alive to the next keep-alive.
    pub keep_alive: Distribution,
    /// Retry policy for opening the channel after it was lost or refused.
    pub reconnect: Retry,
}

/// Retry policy: the n-th retry waits `first * factor^(n-1)`, at most `cap`, times a factor drawn
/// uniformly from `1 - jitter ..= 1 + jitter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Total number of attempts, at least one.
    pub attempts: u32,
    /// First delay.
    pub first: Distribution,
    /// Growth factor of the delay, at least one.
    pub factor: f64,
    /// Longest delay.
    pub cap: SimDuration,
    /// Relative jitter, 0..=1.
    pub jitter: f64,
}

/// Locations of the sessions of a cohort as shares, 0..=1; the remaining sessions are on the
/// intranet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Locations {
    /// Share on the internet.
    pub internet: f64,
    /// Share on the internet with a VPN to the intranet.
    pub vpn: f64,
}

/// Method by which a client authenticates at a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authentication {
    /// A client certificate, checked at each new connection.
    Certificate,
    /// A Microsoft Entra token, checked with each request.
    Entra,
    /// A token issued by the site, checked with each request.
    SiteToken,
}

/// Registration of clients with the site during the simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Share of clients that are registered at time zero, 0..=1.
    pub registered_share: f64,
    /// Time from which other clients may register.
    pub from: SimTime,
    /// Delay of each client after `from`.
    pub spread: Distribution,
    /// Expiry of the token that clients register with; never for certificates and Microsoft Entra.
    pub expires: SimTime,
}

/// Check of the revocation list of server certificates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revocation {
    /// Size of the revocation list.
    pub size: Bytes,
    /// Time for which a client keeps a revocation list.
    pub keep: SimDuration,
    /// Time after which a connection fails because the revocation list cannot be fetched; `None` if
    /// the list is reachable.
    pub unreachable: Option<SimDuration>,
}
