//! The steps of a request, one by one: what the world tells a recorder that follows requests.
//!
//! Statistics need none of this; they are told sums. See `follow`.

use crate::base::ids::{AttemptId, RequestId, StationId};
use crate::base::{SimDuration, SimTime};
use crate::engine::Admission;
use crate::terms::{Cause, RequestKind};

use super::request::{Origin, Outcome, Stage};

/// A step on the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// A request is issued.
    Issued(RequestId, Origin, RequestKind),
    /// The n-th attempt at a request begins.
    Begins(RequestId, AttemptId, u32),
    /// An attempt sets off to a stage, where it will be at a time.
    Travels(AttemptId, Stage, SimTime),
    /// An attempt comes to a station, and is admitted or not.
    Enters(AttemptId, StationId, Admission),
    /// It has been served there, after waiting for so long.
    Leaves(AttemptId, StationId, SimDuration),
    /// What it went through has gone: nothing comes back.
    Lost(AttemptId),
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
