//! The steps of a request. They are the single source for the world's conservation counts, its
//! statistics and its traces (`world::observed`).

use crate::base::ids::{AttemptId, RequestId, SiteSystemId, StationId};
use crate::base::{Bytes, SimDuration, SimTime};
use crate::engine::Admission;
use crate::terms::{Cause, RequestKind};

use super::request::{Origin, Outcome, Stage};

/// A step of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A request is issued.
    Issued(RequestId, Origin, RequestKind),
    /// The n-th attempt of a request starts.
    Begins(RequestId, AttemptId, u32),
    /// A client tries to open a new connection.
    Dials,
    /// A connection is established, for which the client sends these bytes.
    Connects(Bytes),
    /// A connection of a client opens at its instance.
    Opens,
    /// A number of client connections close.
    Closes(u64),
    /// An attempt starts to travel to a stage and arrives there at this time.
    Travels(AttemptId, Stage, SimTime),
    /// A message of an attempt enters the shared lines on its path to a stage.
    Crosses(AttemptId, Stage),
    /// An attempt arrives at a station and is admitted or refused.
    Enters(AttemptId, StationId, Admission),
    /// An attempt has been served at a station, after this waiting time.
    Leaves(AttemptId, StationId, SimDuration),
    /// The bytes of an attempt have reached its site system.
    Delivered(AttemptId, SiteSystemId),
    /// An attempt has failed or ended before its request was sent.
    Unsent(AttemptId),
    /// A site system has sent its response.
    Answers(AttemptId),
    /// A client requests a further chunk.
    ChunkRequested(AttemptId),
    /// A content source has sent a chunk.
    ChunkSent(AttemptId, Bytes),
    /// A chunk has arrived at the client, even if the client has stopped waiting.
    ChunkArrived(AttemptId, Bytes),
    /// A component that the attempt depends on has failed, so no response will arrive.
    Lost(AttemptId),
    /// A response has arrived after the client has stopped waiting.
    Wasted(AttemptId),
    /// The client no longer waits for the attempt, whether the attempt has returned or not.
    Detached(AttemptId),
    /// The work of an attempt has left the system, and its number can be reused.
    Ended(AttemptId),
    /// The last attempt of a request has failed, from the client's point of view.
    Failed(RequestId, Cause),
    /// The request waits until this time to be retried.
    Waits(RequestId, SimTime),
    /// The request has ended, and its number can be reused.
    Concluded(RequestId, Outcome),
}
