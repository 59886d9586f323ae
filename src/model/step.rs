//! The steps of a request, one by one: the one description of what happens, from which the world's
//! ledger, its statistics and traces follow (`world::observed`).

use crate::base::ids::{AttemptId, RequestId, StationId};
use crate::base::{Bytes, SimDuration, SimTime};
use crate::engine::Admission;
use crate::terms::{Cause, RequestKind};

use super::request::{Origin, Outcome, Stage};

/// A step on the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A request is issued.
    Issued(RequestId, Origin, RequestKind),
    /// The n-th attempt at a request begins.
    Begins(RequestId, AttemptId, u32),
    /// A client tries to make a new connection.
    Dials,
    /// It is made.
    Connects,
    /// A connection of a client counts at its instance from now on.
    Opens,
    /// So many no longer do.
    Closes(u64),
    /// An attempt sets off to a stage, where it will be at a time.
    Travels(AttemptId, Stage, SimTime),
    /// An attempt comes to a station, and is admitted or not.
    Enters(AttemptId, StationId, Admission),
    /// It has been served there, after waiting for so long.
    Leaves(AttemptId, StationId, SimDuration),
    /// Its bytes have reached its site system.
    Delivered(AttemptId),
    /// A source of content has sent it a part.
    ChunkSent(AttemptId, Bytes),
    /// The part has come to its client, or to nobody if the attempt was given up.
    ChunkArrived(AttemptId, Bytes),
    /// What it went through has gone: nothing comes back.
    Lost(AttemptId),
    /// Its answer has come, but nobody waits for it any more.
    Wasted(AttemptId),
    /// Nobody waits for the attempt any more, whether it has come back or not.
    Detached(AttemptId),
    /// The work of an attempt has left the system; its number is free.
    Ended(AttemptId),
    /// The last attempt at a request has failed, as its client sees it.
    Failed(RequestId, Cause),
    /// The request waits until then to be tried again.
    Waits(RequestId, SimTime),
    /// The end of a request; its number is free.
    Concluded(RequestId, Outcome),
}
