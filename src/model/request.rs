//! Requests, from first attempt to outcome, and the attempts that pass through the system.
//!
//! Requests and attempts are separate types because a client may stop waiting for an attempt while
//! the work of the attempt continues. The attempt then no longer has a request, but still occupies
//! servers and ports (docs/model.md, "Requests and connections").

use crate::base::ids::{
    AttemptId, ClientId, ConnectionPointId, DeploymentId, InstanceId, RequestId, SiteSystemId,
    SourceId,
};
use crate::base::{Bytes, Id, SimDuration, SimTime};
use crate::terms::{Cause, Flow, RequestKind};

use super::config::Message;
use super::latency_breakdown::RequestBreakdown;

/// Origin of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client.
    Client(ClientId),
    /// An open source.
    Source(SourceId),
}

/// Final outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request was completed.
    Completed,
    /// The request failed: its last attempt failed for this cause.
    Failed(Cause),
    /// The request was abandoned because its client went offline.
    Abandoned,
}

/// Destination of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Cores of its gateway instance.
    Gateway,
    /// Cores of its connection point.
    ConnectionPoint,
    /// Workers of its site system.
    SiteSystem,
    /// Content source, with a request for the next chunk.
    Source,
    /// Client, with a chunk of the content.
    Chunk,
    /// Gateway instance, with the response.
    Answer,
    /// Client, with the outcome.
    Client(Result<(), Cause>),
}

/// Current state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The last attempt has ended and the next step is not decided; this state is transient.
    Undecided,
    /// This attempt of the request is in flight.
    Trying(AttemptId),
    /// The request is retried at this time.
    Waiting(SimTime),
    /// The request has an outcome, and its number can be reused.
    Ended,
}

/// A request in flight.
#[derive(Clone, Debug)]
pub struct Request {
    /// Origin of the request.
    pub origin: Origin,
    /// Kind of the request.
    pub kind: RequestKind,
    /// Time at which the request was issued.
    pub issued: SimTime,
    /// Number of attempts started.
    pub attempts: u32,
    /// Current state.
    pub phase: Phase,
    /// Request of the same client that was in flight when this one was issued.
    pub previous: Option<RequestId>,
    /// Latency breakdown so far.
    pub breakdown: RequestBreakdown,
}

impl Request {
    /// Returns the attempt in flight, if there is one.
    #[inline]
    pub fn attempt(&self) -> Option<AttemptId> {
        match self.phase {
            Phase::Trying(attempt) => Some(attempt),
            _ => None,
        }
    }
}

/// Result of an attempt, from the client's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request was completed.
    Completed(RequestId),
    /// The channel is open: the client takes over this connection of the instance and this port.
    Opened(RequestId, InstanceId, ConnectionPointId),
    /// The attempt has failed.
    Failed(RequestId, Cause),
    /// The attempt's work was lost because a component failed. The attempt ends after this result
    /// has been handled.
    Dropped(RequestId, AttemptId),
    /// The access to the content has expired during a download.
    AccessOver(RequestId, AttemptId),
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Origin of the request.
    pub origin: Origin,
    /// Kind of the request.
    pub kind: RequestKind,
    /// Outcome of the request.
    pub outcome: Outcome,
}

/// Use that an attempt makes of a connection to its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The attempt has no connection of its own: it needs none, or the connection belongs to
    /// another owner or has closed.
    None,
    /// The attempt uses the client's request connection, which closes when idle.
    Shared,
    /// The attempt opened a connection that will become a notification channel.
    Own,
}

/// Whether an attempt sets up a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The attempt uses an existing connection.
    None,
    /// The attempt sets up a connection.
    New,
    /// The attempt sets up a connection and has waited for its instance to fetch the revocation
    /// list of client certificates.
    ListAwaited,
}

/// State of an attempt's work. Lost states come last, so that one comparison identifies them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The work is in progress.
    InProgress,
    /// The work has left the system, and the number of the attempt can be reused.
    Ended,
    /// The instance or the connection point of the attempt has failed: the work continues, but no
    /// response will arrive.
    Lost,
    /// The work is lost and no longer in any station, but the client has not detected the loss yet.
    Parked,
}

/// Position of an attempt relative to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// The bytes of the attempt have not reached the site system yet.
    There,
    /// An error has left the connection point; the bytes of the attempt never reached the site
    /// system.
    BackEarly,
    /// The bytes of the attempt have reached the site system.
    AtSite,
    /// The response, or an error of the site system, has left the connection point.
    Back,
}

/// An attempt, which exists while it is in a station or in transit.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Request of the attempt; `None` after the client has stopped waiting.
    pub request: Option<RequestId>,
    /// Origin of the request.
    pub origin: Origin,
    /// Kind of the request.
    pub kind: RequestKind,
    /// Gateway instance; `None` if the attempt does not pass through one.
    pub instance: Option<InstanceId>,
    /// Connection point; `None` until it is selected.
    pub connection_point: Option<ConnectionPointId>,
    /// Site system that handles the attempt.
    pub system: SiteSystemId,
    /// Flow of the attempt's request on its current hop; `None` until the request is sent.
    pub flow: Option<Flow>,
    /// Deployment for which the attempt downloads content.
    pub deployment: Option<DeploymentId>,
    /// Bytes of content in transit to the client.
    pub chunk: Bytes,
    /// Use of the connection to the instance.
    pub connection: Connection,
    /// Whether the attempt sets up that connection.
    pub handshake: Handshake,
    /// Whether the attempt holds a port of its connection point.
    pub holds_port: bool,
    /// State of the attempt's work.
    pub fate: Fate,
    /// Position relative to the site.
    pub heading: Heading,
    /// Time at which the last byte of the response or of an error leaves the instance; never, if
    /// there is no response yet.
    pub leaves_instance_at: SimTime,
    /// Time at which the client stops waiting; never, if there is no timeout.
    pub deadline: SimTime,
    /// Time at which the server's queue drops the attempt.
    pub queue_deadline: SimTime,
    /// Ticket for the place of the attempt in that queue.
    pub queue_ticket: u64,
    /// One-way delay between client and service.
    pub distance: SimDuration,
    /// Bytes of the request and the response.
    pub message: Message,
    /// Transfers on shared lines in progress.
    pub transfers: Transfers,
}

/// Transfers of one message on the shared lines that it crosses.
#[derive(Clone, Copy, Debug)]
pub struct Transfers {
    /// Number of lines on which the transfer is not complete.
    pub left: u8,
    /// Stage to which the message travels.
    pub stage: Stage,
    /// Earliest arrival: the arrival if the lines took no time.
    pub earliest: SimTime,
    /// Travel time after the last bit has left the slowest line.
    pub rest: SimDuration,
}

impl Handshake {
    /// Returns whether a connection is set up.
    pub const fn is_new(self) -> bool {
        !matches!(self, Handshake::None)
    }
}

impl Heading {
    /// Returns the position after a response or an error has left the connection point.
    pub const fn reversed(self) -> Heading {
        match self {
            Heading::There | Heading::BackEarly => Heading::BackEarly,
            Heading::AtSite | Heading::Back => Heading::Back,
        }
    }
}

/// A component that attempts pass through and that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// An instance.
    Instance(InstanceId),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
}

impl Attempt {
    /// Creates an attempt of a request.
    pub fn new(request: RequestId, origin: Origin, kind: RequestKind, message: Message) -> Self {
        Attempt {
            request: Some(request),
            origin,
            kind,
            instance: None,
            connection_point: None,
            system: SiteSystemId(0),
            flow: None,
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
            transfers: Transfers {
                left: 0,
                stage: Stage::Gateway,
                earliest: SimTime::NEVER,
                rest: SimDuration::ZERO,
            },
        }
    }

    /// Stops counting the attempt as a user of its client's request connection.
    pub fn leave_shared_connection(&mut self) {
        if self.connection == Connection::Shared {
            self.connection = Connection::None;
        }
    }

    /// Returns whether the work is lost, so that no response will arrive.
    pub const fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost | Fate::Parked)
    }

    /// Returns whether its bytes have reached the site system.
    pub const fn is_delivered(&self) -> bool {
        matches!(self.heading, Heading::AtSite | Heading::Back)
    }

    /// Returns whether the attempt is lost if this component fails now. A response that has passed
    /// the component still arrives. An attempt that opens a channel is always lost, because the
    /// channel needs its connection and port.
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

/// A collection of items with reusable numbers. A removed item stays in memory until its number is
/// reused.
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
    /// Stores an item and returns its number.
    pub fn insert(&mut self, item: T) -> I {
        if let Some(id) = self.free.pop() {
            self.items[id.index()] = item;
            return id;
        }
        self.items.push(item);
        I::from_index(self.items.len() - 1)
    }

    /// Releases a number, which must be in use.
    pub fn remove(&mut self, id: I) {
        self.free.push(id);
    }

    /// Returns how many numbers were ever assigned.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether no number was ever assigned.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns how many numbers are in use.
    pub fn in_use(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// Returns all numbers ever assigned; some may not be in use.
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
