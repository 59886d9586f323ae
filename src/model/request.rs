//! A request from first attempt to outcome, and the attempts that travel through the system.
//!
//! The two are apart because a client may give an attempt up while its work goes on: the attempt
//! then has no request any more, but still occupies servers and ports (model.md, section 3).

use crate::base::ids::{
    AttemptId, ClientId, ConnectionPointId, DeploymentId, InstanceId, RequestId, SiteSystemId,
    SourceId,
};
use crate::base::{Bytes, Id, SimDuration, SimTime};
use crate::terms::Cause;
use crate::terms::RequestKind;

use super::config::Message;
use super::latency_breakdown::RequestBreakdown;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client.
    Client(ClientId),
    /// An open source.
    Source(SourceId),
}

/// What becomes of a request in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered.
    Completed,
    /// Given up after its last attempt, which failed for this.
    Failed(Cause),
    /// Dropped because its client went away.
    Abandoned,
}

/// Where an attempt travels to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The cores of its gateway instance.
    Gateway,
    /// The cores of its connection point.
    ConnectionPoint,
    /// The workers of its site system.
    SiteSystem,
    /// The source of content, with a request for its next part.
    Source,
    /// The client, with a part of the content.
    Chunk,
    /// Its gateway instance, on the way back.
    Answer,
    /// The client, with the outcome.
    Client(Result<(), Cause>),
}

/// What a request does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its last attempt is over, and what follows is not decided; only for a moment.
    Undecided,
    /// This attempt is under way.
    Trying(AttemptId),
    /// It is tried again then.
    Waiting(SimTime),
    /// It has an outcome; its number is free.
    Ended,
}

/// A request under way.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub origin: Origin,
    /// For what.
    pub kind: RequestKind,
    /// When it was issued.
    pub issued: SimTime,
    /// Attempts begun.
    pub attempts: u32,
    /// What it does now.
    pub phase: Phase,
    /// The request of the same client that was under way when this one was issued.
    pub previous: Option<RequestId>,
    /// Where its time has gone so far.
    pub breakdown: RequestBreakdown,
}

impl Request {
    /// The attempt under way, if there is one.
    #[inline]
    pub fn attempt(&self) -> Option<AttemptId> {
        match self.phase {
            Phase::Trying(attempt) => Some(attempt),
            _ => None,
        }
    }
}

/// What a client learns of an attempt, which is over for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request was answered.
    Completed(RequestId),
    /// The channel is open: this connection of the instance and this port are the client's now.
    Opened(RequestId, InstanceId, ConnectionPointId),
    /// The attempt has failed.
    Failed(RequestId, Cause),
    /// Its work has ended for nothing, with what it went through; it ends when that is handed on.
    Dropped(RequestId, AttemptId),
    /// The access to the content has run out in the midst of a download.
    AccessOver(RequestId, AttemptId),
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Who asked.
    pub origin: Origin,
    /// For what.
    pub kind: RequestKind,
    /// What became of it.
    pub outcome: Outcome,
}

/// What an attempt does with the connection to its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// None counts for it: it needs none, or the one it came on is another's or has closed.
    None,
    /// It uses the connection of its client that closes when idle.
    Shared,
    /// It opened one that is to become a notification channel.
    Own,
}

/// Whether an attempt sets up a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It comes on one that there was.
    None,
    /// It does.
    New,
    /// It does, and has waited for its instance to fetch the revocation list of client
    /// certificates.
    ListAwaited,
}

/// What will become of an attempt. Those that are lost come last: they are told by one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is under way.
    InProgress,
    /// Its work has left the system; its number is free.
    Ended,
    /// Its instance or connection point has gone: its work goes on, but nothing comes back.
    Lost,
    /// It is lost and is nowhere any more, but its client does not know yet.
    Parked,
}

/// Where an attempt is heading, seen from the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Its bytes have not reached the site system yet.
    There,
    /// An error has left its connection point; its bytes never reached the site system.
    BackEarly,
    /// Its bytes have reached the site system.
    AtSite,
    /// Its answer, or an error of the site system, has left its connection point.
    Back,
}

/// One attempt, alive as long as it is in a station or on its way.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The request, unless it was given up.
    pub request: Option<RequestId>,
    /// Who asked.
    pub origin: Origin,
    /// For what.
    pub kind: RequestKind,
    /// Its gateway instance, if it goes through one.
    pub instance: Option<InstanceId>,
    /// Its connection point, once chosen.
    pub connection_point: Option<ConnectionPointId>,
    /// The site system that answers it.
    pub system: SiteSystemId,
    /// The deployment it downloads for.
    pub deployment: Option<DeploymentId>,
    /// Bytes of content on the way to the client.
    pub chunk: Bytes,
    /// What it does with the connection to its instance.
    pub connection: Connection,
    /// Whether it sets that up.
    pub handshake: Handshake,
    /// Does it hold a port of its connection point?
    pub holds_port: bool,
    /// What will become of it.
    pub fate: Fate,
    /// Where it is heading.
    pub heading: Heading,
    /// When the last byte of its answer, or of an error, leaves its instance; never, if there is no
    /// answer yet.
    pub leaves_instance_at: SimTime,
    /// When the client gives it up; never, if it does not.
    pub deadline: SimTime,
    /// When the server's queue drops it.
    pub queue_deadline: SimTime,
    /// Its place in that queue.
    pub queue_ticket: u64,
    /// One-way delay between client and service.
    pub distance: SimDuration,
    /// Bytes.
    pub message: Message,
}

impl Handshake {
    /// Is a connection set up?
    pub const fn is_new(self) -> bool {
        !matches!(self, Handshake::None)
    }
}

impl Heading {
    /// After its answer, or an error, has left its connection point.
    pub const fn reversed(self) -> Heading {
        match self {
            Heading::There | Heading::BackEarly => Heading::BackEarly,
            Heading::AtSite | Heading::Back => Heading::Back,
        }
    }
}

/// A component that attempts go through, and that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// An instance.
    Instance(InstanceId),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
}

impl Attempt {
    /// The first moment of an attempt at a request.
    pub fn new(request: RequestId, origin: Origin, kind: RequestKind, message: Message) -> Self {
        Attempt {
            request: Some(request),
            origin,
            kind,
            instance: None,
            connection_point: None,
            system: SiteSystemId(0),
            deployment: None,
            chunk: Bytes::ZERO,
            connection: Connection::None,
            handshake: Handshake::None,
            holds_port: false,
            fate: Fate::InProgress,
            heading: Heading::There,
            leaves_instance_at: SimTime::NEVER,
            deadline: SimTime::NEVER,
            queue_deadline: SimTime::NEVER,
            queue_ticket: 0,
            distance: SimDuration::ZERO,
            message,
        }
    }

    /// The connection that its client's requests share no longer counts for it.
    pub fn leave_shared_connection(&mut self) {
        if self.connection == Connection::Shared {
            self.connection = Connection::None;
        }
    }

    /// Does nothing come back of it?
    pub const fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost | Fate::Parked)
    }

    /// Have its bytes reached the site system?
    pub const fn is_delivered(&self) -> bool {
        matches!(self.heading, Heading::AtSite | Heading::Back)
    }

    /// Is the attempt lost if this component fails now? An answer that has passed it arrives. One
    /// that opens a channel is lost all the same, with the connection or the port of the channel.
    pub fn depends_on(&self, carrier: Carrier, now: SimTime) -> bool {
        let has_passed = match carrier {
            Carrier::Instance(instance) if self.instance == Some(instance) => {
                self.leaves_instance_at <= now
            }
            Carrier::ConnectionPoint(point) if self.connection_point == Some(point) => {
                matches!(self.heading, Heading::Back | Heading::BackEarly)
            }
            _ => return false,
        };
        !has_passed || self.kind == RequestKind::ChannelOpen
    }
}

/// Things with reusable numbers. A freed slot keeps its old content until it is used again.
#[derive(Clone, Debug)]
pub struct Slab<I, T> {
    items: Vec<T>,
    free: Vec<I>,
}

impl<I, T> Default for Slab<I, T> {
    fn default() -> Self {
        Slab { items: Vec::new(), free: Vec::new() }
    }
}

impl<I: Id, T> Slab<I, T> {
    /// Stores a thing and returns its number.
    pub fn insert(&mut self, item: T) -> I {
        if let Some(id) = self.free.pop() {
            self.items[id.index()] = item;
            return id;
        }
        self.items.push(item);
        I::from_index(self.items.len() - 1)
    }

    /// Gives a number back. Must be in use.
    pub fn remove(&mut self, id: I) {
        self.free.push(id);
    }

    /// How many numbers have ever been given out.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Has none been?
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many numbers are in use.
    pub fn in_use(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// All numbers ever given out; some may not be in use.
    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }
}

impl<I: Id, T> std::ops::Index<I> for Slab<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> std::ops::IndexMut<I> for Slab<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}
