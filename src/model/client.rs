//! A client: where it is, what it has to do and when, what it is connected to.

use crate::base::ids::{CohortId, ConnectionPointId, InstanceId, RequestId, SiteSystemId};
use crate::base::{SimDuration, SimTime};
use crate::engine::{Purpose, Stream, Streams};
use crate::terms::RequestKind;

use super::service::Service;

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// Switched off or without a network.
    Off,
    /// On the intranet.
    Intranet,
    /// On the internet with a VPN to the intranet, which it counts as.
    Vpn,
    /// On the internet.
    Internet,
}

/// A client's notification channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Not open; the channel slot says when it is tried next.
    Closed,
    /// A request to open it is under way.
    Opening,
    /// Held.
    Open {
        /// Occupies a connection of this instance.
        instance: InstanceId,
        /// And a port of this connection point.
        connection_point: ConnectionPointId,
    },
}

/// No site system.
pub const NO_SERVER: SiteSystemId = SiteSystemId(u16::MAX);

/// Whether a client is registered with the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Not yet.
    Missing,
    /// It is.
    Done,
    /// It is, and must renew its token when it comes to a gateway.
    TokenDue,
}

/// Something that is so or not so about the services a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mark {
    /// It has learnt that the boundary group of its VPN is associated with a gateway.
    KnowsVpnGroup = 1,
    /// It has learnt the same of its boundary group on the intranet.
    KnowsIntranetGroup = 2,
    /// It keeps the software update point that it had before its boundary group was associated.
    KeepsUpdatePoint = 4,
    /// It uses management points that it does not prefer, because those that it prefers failed.
    LeftPreferred = 8,
}

/// The marks of a client, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    /// Whether a mark is set.
    pub const fn has(self, mark: Mark) -> bool {
        self.0 & mark as u8 != 0
    }

    /// Sets a mark, or takes it away.
    pub fn set(&mut self, mark: Mark, is_set: bool) {
        match is_set {
            true => self.0 |= mark as u8,
            false => self.0 &= !(mark as u8),
        }
    }
}

/// A time to the second, in half the space: when nothing happens at that time, but something is
/// compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Second(u32);

impl Second {
    /// Later than any time.
    pub const NEVER: Second = Second(u32::MAX);

    /// Before all times: what was over before the simulation began.
    pub const LONG_AGO: Second = Second(0);

    /// The second in which a time falls, from the start of the simulation; the first two are one,
    /// because zero stands for [`Second::LONG_AGO`].
    pub fn of(time: SimTime) -> Self {
        let seconds = time.as_nanos() / 1_000_000_000;
        Second(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
    }

    /// Was it over before `now`?
    pub fn is_past(self, now: SimTime) -> bool {
        self == Second::LONG_AGO || self < Second::of(now)
    }

    /// Its beginning.
    pub fn time(self) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(u64::from(self.0))
    }
}

/// What a client's random numbers are for. The numbers are part of the results' identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Draws {
    /// Sessions, locations and moves.
    Presence = 0,
    /// Times of tasks, policy found.
    Workload = 1,
    /// Distances, the balancer's choice, service demands.
    Request = 2,
    /// Jitter of retries, loss detection.
    Retry = 3,
    /// Phases of schedules (position: the kind), and which servers are its own.
    Phase = 4,
    /// Working days (position: the day).
    Day = 5,
    /// Delays of scheduled tasks, one purpose for each kind (position: the undelayed time).
    Delay = 16,
}

/// Purposes whose position a client keeps.
const COUNTED: usize = 4;

/// Something of a client that is due at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A task, of the kinds that have a schedule.
    Task(RequestKind),
    /// The next session begins or ends.
    Presence,
    /// The next move.
    Move,
    /// The next step of a deployment.
    Deployment,
}

/// A client keeps its kinds under way as bits of a `u16`.
const _: () = assert!(RequestKind::ALL.len() <= u16::BITS as usize);

/// Tasks have their places by kind.
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

    /// Its place in an agenda; tasks come first, by kind.
    const fn index(self) -> usize {
        match self {
            Slot::Task(kind) => kind as usize,
            Slot::Presence => Slot::TASKS,
            Slot::Move => Slot::TASKS + 1,
            Slot::Deployment => Slot::TASKS + 2,
        }
    }
}

/// What a client has to do and when, and what it knows. Apart from [`Client`]: most events are
/// keep-alives and the ways of requests, and need nothing of this.
#[derive(Clone, Debug)]
pub struct Agenda {
    /// When each slot is due.
    due: [SimTime; Slot::COUNT],
    /// The time of its entry in the calendar.
    pub next: SimTime,
    /// When the set-up of the client's connection for requests is over.
    pub connected_at: SimTime,
    /// When the first of its recent failures was.
    pub failing_since: Second,
    /// When it asked for policy with success last; the first second if not yet.
    pub policy_at: Second,
    /// When it scanned for updates last; [`Second::NEVER`] if not since time zero.
    pub scanned_at: Second,
    /// Until when its list of revoked certificates is good.
    pub list_until: Second,
    /// Its software update point, by where it scans now; [`NO_SERVER`] if none serves it.
    pub update_point: SiteSystemId,
    /// Which of the management points that it may use is its own.
    pub management_point_pick: u16,
    /// Which of the software update points that it may use is its own.
    pub update_point_pick: u16,
    /// Status messages that wait for the one under way.
    pub status_due: u8,
    /// Failed tries to open the channel since it was open last.
    pub channel_failures: u8,
    /// Has it tried to open one since it came to this network?
    pub wants_channel: bool,
    /// Whether it is registered with the site.
    pub registration: Registration,
    /// What it knows of its boundary groups, and which servers it has left or keeps.
    pub marks: Marks,
}

impl Default for Agenda {
    /// Of a registered client that has nothing to do.
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
    /// When something is due.
    #[inline]
    pub fn due(&self, slot: Slot) -> SimTime {
        self.due[slot.index()]
    }

    /// From now on it is due then.
    #[inline]
    pub fn set_due(&mut self, slot: Slot, at: SimTime) {
        self.due[slot.index()] = at;
    }

    /// It is due then, if not before.
    pub fn bring_forward(&mut self, slot: Slot, at: SimTime) {
        let due = &mut self.due[slot.index()];
        *due = (*due).min(at);
    }

    /// Is it registered with the site?
    pub fn is_registered(&self) -> bool {
        self.registration != Registration::Missing
    }

    /// The next due time: while the client is off only presence counts.
    pub fn earliest(&self, location: Location) -> SimTime {
        match location {
            Location::Off => self.due(Slot::Presence),
            _ => self.due.iter().copied().min().unwrap_or(SimTime::NEVER),
        }
    }
}

/// A client: where it is, what it is connected to, what it asks for. One line of the processor's
/// cache, as nearly every event needs one of many clients.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub struct Client {
    /// When the channel is due: its next keep-alive, or the next try to open it. It has a calendar
    /// entry of its own: otherwise every keep-alive would displace the entry of the next task.
    pub channel_due: SimTime,
    /// When the idle connection closes; never, if there is none or it is in use.
    pub idle_at: SimTime,
    /// Streams: blocks used.
    positions: [u32; COUNTED],
    /// Until when its token can be used: an instance checks it with each request.
    pub token_until: Second,
    /// Its cohort.
    pub cohort: CohortId,
    /// Its management point, by the service it uses now.
    pub management_point: SiteSystemId,
    /// Where it sends what is for a management point.
    pub service: Service,
    /// The instance its request connection goes to.
    pub connection: Option<InstanceId>,
    /// The latest of its requests under way; each knows the one before.
    pub latest_request: Option<RequestId>,
    /// Requests under way on that connection.
    pub connection_users: u16,
    /// Kinds of requests under way, one bit each.
    outstanding: u16,
    /// Where it is.
    pub location: Location,
    /// Its notification channel.
    pub channel: ChannelState,
    /// Failures of requests since the last success, within the failure window.
    pub failures: u8,
}

impl Client {
    /// A client that is off and has nothing to do.
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

    /// Is it on?
    pub fn is_on(&self) -> bool {
        self.location != Location::Off
    }

    /// Does it talk to a management point on the intranet directly?
    pub fn is_inside(&self) -> bool {
        self.service == Service::Direct && self.location != Location::Internet
    }

    /// Is a request of this kind under way?
    pub fn is_outstanding(&self, kind: RequestKind) -> bool {
        self.outstanding & (1 << kind as u16) != 0
    }

    /// Notes that a request of this kind is under way, or no longer.
    pub fn set_outstanding(&mut self, kind: RequestKind, is_outstanding: bool) {
        let bit = 1 << kind as u16;
        if is_outstanding {
            self.outstanding |= bit;
        } else {
            self.outstanding &= !bit;
        }
    }

    /// Draws for one counted purpose: `draw` gets the client's stream where it stands.
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

/// Position in the phases from which a client draws which of the management points is its own; the
/// next one is that of software update points.
pub const PICK: u32 = 1000;

/// The first point of the grid `phase + k * interval` after `now`.
pub fn next_on_grid(now: SimTime, phase: SimDuration, interval: SimDuration) -> SimTime {
    let (now, phase, step) = (now.as_nanos(), phase.as_nanos(), interval.as_nanos().max(1));
    if now < phase {
        return SimTime::from_nanos(phase);
    }
    let passed = (now - phase) / step + 1;
    SimTime::from_nanos(phase.saturating_add(passed.saturating_mul(step)))
}

/// The upper half of the stream keys of everything called `name`: FNV-1a (Fowler, Noll, Vo),
/// so that adding a part does not change the draws of the others.
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

    /// A token that runs out within the first second is renewed: it is not one that ran out before
    /// time zero, which nobody accepts.
    #[test]
    fn the_absent_time_is_long_ago() {
        for nanos in [0, 1, 999_999_999, 1_000_000_000, u64::MAX - 1] {
            assert_ne!(Second::of(SimTime::from_nanos(nanos)), Second::LONG_AGO);
        }
        let early = Second::of(SimTime::from_nanos(500_000_000));
        assert!(!early.is_past(SimTime::from_nanos(900_000_000)));
        assert!(early.is_past(SimTime::from_nanos(2_000_000_000)));
        assert!(Second::LONG_AGO.is_past(SimTime::ZERO));
    }

    #[test]
    fn the_next_grid_time_is_after_now() {
        let seconds = SimDuration::from_seconds;
        let at = |s| SimTime::ZERO + seconds(s);
        assert_eq!(next_on_grid(at(0), seconds(7), seconds(10)), at(7));
        assert_eq!(next_on_grid(at(7), seconds(7), seconds(10)), at(17));
        assert_eq!(next_on_grid(at(16), seconds(7), seconds(10)), at(17));
    }

    #[test]
    fn a_client_has_a_small_size() {
        let (often, seldom) = (size_of::<Client>(), size_of::<Agenda>());
        assert!(often == 64 && often + seldom <= 200, "{often} and {seldom} bytes");
    }

    #[test]
    fn outstanding_kinds_are_kept_apart() {
        let mut client = Client::new(CohortId(0));
        client.set_outstanding(RequestKind::PolicyPoll, true);
        assert!(client.is_outstanding(RequestKind::PolicyPoll));
        assert!(!client.is_outstanding(RequestKind::Heartbeat));
        client.set_outstanding(RequestKind::PolicyPoll, false);
        assert!(!client.is_outstanding(RequestKind::PolicyPoll));
    }
}
