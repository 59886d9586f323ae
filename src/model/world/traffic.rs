//! Requests and attempts under way, and the open sources that issue some.

use crate::base::ids::{AttemptId, OriginId, RequestId, SiteSystemId, SourceId};
use crate::base::{IdVec, SimTime};
use crate::engine::{Stream, TimeAverage};
use crate::model::deadlines::Deadlines;
use crate::model::event::Event;
use crate::model::request::{Answer, Attempt, Request, Slab};
use crate::model::tallied::Tallied;

use super::kernel::Kernel;

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
    pub(super) next_system: usize,
}

/// All that is under way.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) requests: Slab<RequestId, Request>,
    pub(super) attempts: Slab<AttemptId, Attempt>,
    pub(super) sources: IdVec<SourceId, SourceState>,
    /// Answers of attempts that were over in the moment in which they began.
    pub(super) at_once: Vec<Answer>,
    /// When attempts time out, by origin.
    pub(super) deadlines: IdVec<OriginId, Deadlines>,
    /// Requests waiting for a retry.
    pub(super) retrying: TimeAverage,
}

impl Traffic {
    /// An attempt begins that has a deadline. `are_equal`: all those of its origin are as far away.
    #[inline(always)]
    pub(super) fn expect_time_out(
        &mut self,
        kernel: &mut Kernel,
        origin: OriginId,
        id: AttemptId,
        deadline: SimTime,
        are_equal: bool,
    ) {
        self.attempts[id].deadline = deadline;
        if !are_equal {
            return kernel.schedule(deadline, Event::TimeOut(id));
        }
        let attempts = &self.attempts;
        let waits = |at, attempt| attempts[attempt].deadline == at;
        if let Some(at) = self.deadlines[origin].begin(deadline, id, waits) {
            kernel.schedule(at, Event::TimeOuts(origin));
        }
    }

    /// The first of an origin's time-outs is due: of this attempt, if it has not ended long ago.
    #[inline(never)]
    pub(super) fn time_outs_due(
        &mut self,
        kernel: &mut Kernel,
        origin: OriginId,
    ) -> Option<AttemptId> {
        let attempts = &self.attempts;
        let waits = |at, attempt| attempts[attempt].deadline == at;
        let (due, next) = self.deadlines[origin].end(kernel.now, waits);
        if let Some(next) = next {
            kernel.schedule(next, Event::TimeOuts(origin));
        }
        due
    }
}

impl Tallied for Traffic {
    fn reset(&mut self, now: SimTime) {
        let Traffic { requests: _, attempts: _, sources: _, at_once: _, deadlines: _, retrying } =
            self;
        retrying.reset(now);
    }
}
