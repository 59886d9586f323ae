//! Requests and attempts under way, and the open sources that issue some.

use crate::base::ids::{AttemptId, OriginId, RequestId, SiteSystemId, SourceId};
use crate::base::{IdVec, SimTime};
use crate::engine::{Stream, TimeAverage};
use crate::model::deadlines::Deadlines;
use crate::model::request::{Attempt, Request, Slab};

/// An open source at run time.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// Draws of its arrivals.
    pub(super) arrivals: Stream,
    /// Draws of its requests.
    pub(super) requests: Stream,
    /// Arrivals so far.
    pub(super) count: u64,
    /// When the next is due.
    pub(super) due: SimTime,
    /// The site systems that answer it, in turn.
    pub(super) systems: Vec<SiteSystemId>,
    /// Whose turn it is.
    pub(super) turn: usize,
}

/// All that is under way.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) requests: Slab<RequestId, Request>,
    pub(super) attempts: Slab<AttemptId, Attempt>,
    pub(super) sources: IdVec<SourceId, SourceState>,
    /// When attempts time out, by origin.
    pub(super) deadlines: IdVec<OriginId, Deadlines>,
    /// Requests waiting for a retry.
    pub(super) retrying: TimeAverage,
}
