//! Requests and attempts in flight, and the state of open sources.

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
    /// Random stream of its arrivals.
    pub(super) arrivals: Stream,
    /// Random stream of its requests.
    pub(super) requests: Stream,
    /// Number of arrivals so far.
    pub(super) count: u64,
    /// Time of the next arrival.
    pub(super) due: SimTime,
    /// Site systems that handle its requests, in round-robin order.
    pub(super) systems: Vec<SiteSystemId>,
    /// Index of the next site system.
    pub(super) next_system: usize,
}

/// All requests and attempts in flight.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) requests: Slab<RequestId, Request>,
    pub(super) attempts: Slab<AttemptId, Attempt>,
    pub(super) sources: IdVec<SourceId, SourceState>,
    /// Results of attempts that ended as soon as they started.
    pub(super) at_once: Vec<Answer>,
    /// Deadlines of attempts, by origin.
    pub(super) deadlines: IdVec<OriginId, Deadlines>,
    /// Number of requests that wait for a retry.
    pub(super) retrying: TimeAverage,
}

impl Traffic {
    /// Schedules the deadline of a new attempt. `are_equal` states whether all attempts of the
    /// origin have the same timeout.
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

    /// Handles the first timeout of an origin. Returns its attempt, unless it has already ended.
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
