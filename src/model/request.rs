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
use super::way::Stays;

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
    Part,
    /// Its gateway instance, on the way back.
    Answer,
    /// The client, with the outcome.
    Client(Result<(), Cause>),
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
    /// Why the last one failed.
    pub last_cause: Option<Cause>,
    /// The attempt under way; `None` while waiting for a retry.
    pub attempt: Option<AttemptId>,
    /// When it is tried again; never, if an attempt is under way.
    pub retry_at: SimTime,
    /// The request of the same client that was under way when this one was issued.
    pub previous: Option<RequestId>,
    /// Where its time has gone so far.
    pub stays: Stays,
    /// It has an outcome; its number is free.
    pub is_ended: bool,
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
    pub part: Bytes,
    /// Opens a new TLS connection.
    pub handshake: bool,
    /// Holds a port of its connection point.
    pub holds_port: bool,
    /// Opened a connection that is to become a notification channel.
    pub owns_connection: bool,
    /// Uses the connection of its client that closes when idle.
    pub on_connection: bool,
    /// Its instance or connection point has gone: nothing comes back.
    pub is_lost: bool,
    /// Its work has left the system; its number is free.
    pub is_ended: bool,
    /// It is lost and is nowhere any more, but its client does not know yet.
    pub is_parked: bool,
    /// Its bytes have reached the management point.
    pub is_delivered: bool,
    /// Its answer, or an error, has left its connection point.
    pub has_left_point: bool,
    /// When the last byte of its answer, or of an error, leaves its instance; never, if there is no
    /// answer yet.
    pub leaves_instance_at: SimTime,
    /// It has waited for an instance to fetch the revocation list of its client's certificate.
    pub has_waited_for_list: bool,
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

/// A component that attempts go through, and that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// An instance.
    Instance(InstanceId),
    /// A connection point.
    ConnectionPoint(ConnectionPointId),
}

impl Attempt {
    /// Is the attempt lost if this component fails now? An answer that has passed it arrives. One
    /// that opens a channel is lost all the same, with the connection or the port of the channel.
    pub fn depends_on(&self, carrier: Carrier, now: SimTime) -> bool {
        let has_passed = match carrier {
            Carrier::Instance(instance) if self.instance == Some(instance) => {
                self.leaves_instance_at <= now
            }
            Carrier::ConnectionPoint(point) if self.connection_point == Some(point) => {
                self.has_left_point
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
