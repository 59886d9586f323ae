//! A client: its location, its agenda and its connections.

use crate::base::ids::{CohortId, ConnectionPointId, InstanceId, RequestId, SiteSystemId};
use crate::base::{SimDuration, SimTime};
use crate::engine::{Purpose, Stream, Streams};
use crate::terms::RequestKind;

use super::service::Service;

/// Location of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// Switched off or without a network.
    Off,
    /// On the intranet.
    Intranet,
    /// On the internet with a VPN to the intranet; counts as on the intranet.
    Vpn,
    /// On the internet.
    Internet,
}

/// State of a client's notification channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Not open; the due time of the channel is the time of the next attempt.
    Closed,
    /// A request to open the channel is in flight.
    Opening,
    /// The channel is open.
    Open {
        /// Instance whose connection the channel occupies.
        instance: InstanceId,
        /// Connection point whose port the channel occupies.
        connection_point: ConnectionPointId,
    },
}

/// Placeholder for "no site system".
pub const NO_SERVER: SiteSystemId = SiteSystemId(u16::MAX);

/// Registration state of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The client is not registered with the site.
    Missing,
    /// The client is registered with the site.
    Done,
    /// The client is registered, and must renew its token when it uses a gateway.
    TokenDue,
}

/// Recorded facts about the services that a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mark {
    /// The client has learned that the boundary group of its VPN is associated with a gateway.
    KnowsVpnGroup = 1,
    /// The client has learned that its boundary group on the intranet is associated with a gateway.
    KnowsIntranetGroup = 2,
    /// The client keeps the software update point that it had before its boundary group was
    /// associated with a gateway.
    KeepsUpdatePoint = 4,
    /// The client uses management points that it does not prefer, because the preferred ones
    /// failed.
    LeftPreferred = 8,
}

/// The marks of a client, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    /// Returns whether a mark is set.
    pub const fn has(self, mark: Mark) -> bool {
        self.0 & mark as u8 != 0
    }

    /// Sets or clears a mark.
    pub fn set(&mut self, mark: Mark, is_set: bool) {
        match is_set {
            true => self.0 |= mark as u8,
            false => self.0 &= !(mark as u8),
        }
    }
}

/// A time with a resolution of one second, in half the memory of [`SimTime`], for times that are
/// only compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Second(u32);

impl Second {
    /// A second later than any simulated time.
    pub const NEVER: Second = Second(u32::MAX);

    /// A second earlier than any simulated time, for something that ended before the simulation
    /// started.
    pub const LONG_AGO: Second = Second(0);

    /// Returns the second that contains `time`, counted from the start of the simulation. The first
    /// two seconds are merged, because zero is [`Second::LONG_AGO`].
    pub fn of(time: SimTime) -> Self {
        let seconds = time.as_nanos() / 1_000_000_000;
        Second(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
    }

    /// Returns whether this second is before `now`.
    pub fn is_past(self, now: SimTime) -> bool {
        self == Second::LONG_AGO || self < Second::of(now)
    }

    /// Returns the start of this second.
    pub fn time(self) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(u64::from(self.0))
    }
}

/// Purposes of a client's random numbers. The values determine the random streams, so changing a
/// value changes results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Draws {
    /// Sessions, locations and moves.
    Presence = 0,
    /// Times of tasks, and whether a policy poll finds new policy.
    Workload = 1,
    /// Distances, load balancing and service demands.
    Request = 2,
    /// Jitter of retries, and loss detection.
    Retry = 3,
    /// Phases of schedules (position: the kind), and the choice of servers.
    Phase = 4,
    /// Working days (position: the day).
    Day = 5,
    /// Delays of scheduled tasks, one purpose per kind (position: the undelayed time).
    Delay = 16,
}

/// Number of purposes for which a client stores the stream position.
const COUNTED: usize = 4;

/// An agenda entry: something that is due for a client at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A task of a kind that has a schedule.
    Task(RequestKind),
    /// The start or end of a session.
    Presence,
    /// The next move.
    Move,
    /// The next step of a deployment.
    Deployment,
}

/// A client stores the kinds of its requests in flight as bits of a `u16`.
const _: () = assert!(RequestKind::ALL.len() <= u16::BITS as usize);

/// Scheduled kinds come first, so that the kind is the index of its slot.
const _: () = {
    let mut index = 0;
    while index < RequestKind::SCHEDULED.len() {
        assert!(RequestKind::SCHEDULED[index] as usize == index);
        index += 1;
    }
};

impl Slot {
    const TASKS: usize = RequestKind::SCHEDULED.len();
    const COUNT: usize = Slot::TASKS + 3;

    /// Returns the index in an agenda; tasks come first, by kind.
    const fn index(self) -> usize {
        match self {
            Slot::Task(kind) => kind as usize,
            Slot::Presence => Slot::TASKS,
            Slot::Move => Slot::TASKS + 1,
            Slot::Deployment => Slot::TASKS + 2,
        }
    }
}

/// Due times of a client's tasks, and what the client has learned. This data is separate from
/// [`Client`], because most events are keep-alives and request steps, which do not need an agenda.
#[derive(Clone, Debug)]
pub struct Agenda {
    /// Due time of each slot.
    due: [SimTime; Slot::COUNT],
    /// Time of the client's entry in the calendar.
    pub next: SimTime,
    /// Time at which the setup of the client's request connection is complete.
    pub connected_at: SimTime,
    /// Time of the first failure in the failure window.
    pub failing_since: Second,
    /// Time of the last successful policy poll; [`Second::LONG_AGO`] if there was none.
    pub policy_at: Second,
    /// Time of the last update scan; [`Second::NEVER`] if there was none since time zero.
    pub scanned_at: Second,
    /// Time until which the client's certificate revocation list is valid.
    pub list_until: Second,
    /// Software update point that the client currently scans against; [`NO_SERVER`] if there is
    /// none.
    pub update_point: SiteSystemId,
    /// Random number that selects among the management points that the client may use.
    pub management_point_pick: u16,
    /// Random number that selects among the software update points that the client may use.
    pub update_point_pick: u16,
    /// Number of status messages that wait until the one in flight has ended.
    pub status_due: u8,
    /// Number of failed attempts to open the channel since it was last open.
    pub channel_failures: u8,
    /// Whether the client wants a channel: the client has tried to open one since it connected to
    /// its current network.
    pub wants_channel: bool,
    /// Registration state.
    pub registration: Registration,
    /// Boundary groups that the client has learned about, and the servers that it has left or
    /// keeps.
    pub marks: Marks,
}

impl Default for Agenda {
    /// Returns the agenda of a registered client that has no tasks.
    fn default() -> Self {
        Agenda {
            due: [SimTime::NEVER; Slot::COUNT],
            next: SimTime::NEVER,
            connected_at: SimTime::ZERO,
            failing_since: Second::LONG_AGO,
            policy_at: Second::LONG_AGO,
            scanned_at: Second::NEVER,
            list_until: Second::LONG_AGO,
            update_point: NO_SERVER,
            management_point_pick: 0,
            update_point_pick: 0,
            status_due: 0,
            channel_failures: 0,
            wants_channel: false,
            registration: Registration::Done,
            marks: Marks::default(),
        }
    }
}

impl Agenda {
    /// Returns when a slot is due.
    #[inline]
    pub fn due(&self, slot: Slot) -> SimTime {
        self.due[slot.index()]
    }

    /// Sets when a slot is due.
    #[inline]
    pub fn set_due(&mut self, slot: Slot, at: SimTime) {
        self.due[slot.index()] = at;
    }

    /// Makes a slot due at `at`, unless it is due earlier.
    pub fn bring_forward(&mut self, slot: Slot, at: SimTime) {
        let due = &mut self.due[slot.index()];
        *due = (*due).min(at);
    }

    /// Returns whether the client is registered with the site.
    pub fn is_registered(&self) -> bool {
        self.registration != Registration::Missing
    }

    /// Returns the next due time. While the client is off, only presence counts.
    pub fn earliest(&self, location: Location) -> SimTime {
        match location {
            Location::Off => self.due(Slot::Presence),
            _ => self.due.iter().copied().min().unwrap_or(SimTime::NEVER),
        }
    }
}

/// A client: its location and connections, and its requests in flight. A client fits into one cache
/// line, because nearly every event accesses a different client.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub struct Client {
    /// Due time of the channel: its next keep-alive, or the next attempt to open it. The channel
    /// has a calendar entry of its own; otherwise every keep-alive would displace the entry of the
    /// next task.
    pub channel_due: SimTime,
    /// Time at which the idle connection closes; never, if there is no idle connection.
    pub idle_at: SimTime,
    /// Number of used blocks per random stream.
    positions: [u32; COUNTED],
    /// Expiry of the client's token; an instance checks it with each request.
    pub token_until: Second,
    /// Cohort of the client.
    pub cohort: CohortId,
    /// Management point that handles the requests that the client sends to `service`.
    pub management_point: SiteSystemId,
    /// Service to which the client sends requests for a management point.
    pub service: Service,
    /// Instance to which the request connection is open.
    pub connection: Option<InstanceId>,
    /// Most recent request in flight; each request refers to the previous one.
    pub latest_request: Option<RequestId>,
    /// Number of requests in flight on the request connection.
    pub connection_users: u16,
    /// Kinds of requests in flight, one bit each.
    outstanding: u16,
    /// Location of the client.
    pub location: Location,
    /// State of the notification channel.
    pub channel: ChannelState,
    /// Number of request failures since the last success, within the failure window.
    pub failures: u8,
}

impl Client {
    /// Creates a client that is off and has no tasks.
    pub fn new(cohort: CohortId) -> Self {
        Client {
            channel_due: SimTime::NEVER,
            idle_at: SimTime::NEVER,
            positions: [0; COUNTED],
            token_until: Second::NEVER,
            cohort,
            management_point: SiteSystemId(0),
            service: Service::Direct,
            connection: None,
            latest_request: None,
            connection_users: 0,
            outstanding: 0,
            location: Location::Off,
            channel: ChannelState::Closed,
            failures: 0,
        }
    }

    /// Returns whether the client is on.
    pub fn is_on(&self) -> bool {
        self.location != Location::Off
    }

    /// Returns whether the client uses a management point on the intranet directly.
    pub fn is_inside(&self) -> bool {
        self.service == Service::Direct && self.location != Location::Internet
    }

    /// Returns whether a request of this kind is in flight.
    pub fn is_outstanding(&self, kind: RequestKind) -> bool {
        self.outstanding & (1 << kind as u16) != 0
    }

    /// Records whether a request of this kind is in flight.
    pub fn set_outstanding(&mut self, kind: RequestKind, is_outstanding: bool) {
        let bit = 1 << kind as u16;
        if is_outstanding {
            self.outstanding |= bit;
        } else {
            self.outstanding &= !bit;
        }
    }

    /// Draws a value for a purpose with a stored position: `draw` receives the client's stream at
    /// that position.
    #[inline]
    pub fn draw<T>(
        &mut self,
        streams: &Streams,
        entity: u64,
        draws: Draws,
        draw: impl FnOnce(&mut Stream) -> T,
    ) -> T {
        let position = &mut self.positions[draws as usize];
        let mut stream = streams.stream(entity, Purpose(draws as u8), *position);
        let drawn = draw(&mut stream);
        *position = stream.position();
        drawn
    }
}

/// Position in the phase stream at which a client draws its choice of management point. The choice
/// of software update point is at the next position.
pub const PICK: u32 = 1000;

/// Returns the first point of the grid `phase + k * interval` after `now`.
pub fn next_on_grid(now: SimTime, phase: SimDuration, interval: SimDuration) -> SimTime {
    let (now, phase, step) = (now.as_nanos(), phase.as_nanos(), interval.as_nanos().max(1));
    if now < phase {
        return SimTime::from_nanos(phase);
    }
    let passed = (now - phase) / step + 1;
    SimTime::from_nanos(phase.saturating_add(passed.saturating_mul(step)))
}

/// Returns the upper half of the stream keys for a name, computed with FNV-1a (Fowler, Noll, Vo).
/// Keys depend on names only, so a new component does not change the draws of existing ones.
pub fn name_key(room: &str, name: &str) -> u64 {
    let hash = room
        .bytes()
        .chain([b'/'])
        .chain(name.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    (hash ^ (hash >> 32)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token that expires within the first second is renewed. It differs from a token that
    /// expired before time zero, which no gateway accepts.
    #[test]
    fn no_simulation_time_equals_the_marker_long_ago() {
        for nanos in [0, 1, 999_999_999, 1_000_000_000, u64::MAX - 1] {
            assert_ne!(Second::of(SimTime::from_nanos(nanos)), Second::LONG_AGO);
        }
        let early = Second::of(SimTime::from_nanos(500_000_000));
        assert!(!early.is_past(SimTime::from_nanos(900_000_000)));
        assert!(early.is_past(SimTime::from_nanos(2_000_000_000)));
        assert!(Second::LONG_AGO.is_past(SimTime::ZERO));
    }

    #[test]
    fn next_grid_point_is_strictly_after_now() {
        let seconds = SimDuration::from_seconds;
        let at = |s| SimTime::ZERO + seconds(s);
        assert_eq!(next_on_grid(at(0), seconds(7), seconds(10)), at(7));
        assert_eq!(next_on_grid(at(7), seconds(7), seconds(10)), at(17));
        assert_eq!(next_on_grid(at(16), seconds(7), seconds(10)), at(17));
    }

    #[test]
    fn client_fits_into_a_cache_line() {
        let (often, seldom) = (size_of::<Client>(), size_of::<Agenda>());
        assert!(often == 64 && often + seldom <= 200, "{often} and {seldom} bytes");
    }

    #[test]
    fn outstanding_requests_are_tracked_by_kind() {
        let mut client = Client::new(CohortId(0));
        client.set_outstanding(RequestKind::PolicyPoll, true);
        assert!(client.is_outstanding(RequestKind::PolicyPoll));
        assert!(!client.is_outstanding(RequestKind::Heartbeat));
        client.set_outstanding(RequestKind::PolicyPoll, false);
        assert!(!client.is_outstanding(RequestKind::PolicyPoll));
    }
}
