//! The life cycle of a request: issue, retries and end. The consequences of its end are in
//! `answers`.

use crate::base::SimDuration;
use crate::base::ids::{ClientId, RequestId};
use crate::model::event::Event;
use crate::model::latency_breakdown::RequestBreakdown;
use crate::model::recorder::Recorder;
use crate::model::request::{Completion, Origin, Outcome, Phase, Request};
use crate::model::step::Step;
use crate::terms::RequestKind;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Issues a request and starts its first attempt. If the attempt ends immediately, its result
    /// is queued until the current event has been handled.
    pub(super) fn issue(&mut self, origin: Origin, kind: RequestKind) {
        let mut request = Request {
            origin,
            kind,
            issued: self.kernel.now,
            attempts: 0,
            phase: Phase::Undecided,
            previous: None,
            breakdown: RequestBreakdown::default(),
        };
        if let Origin::Client(client) = origin {
            request.previous = self.clients[client].latest_request;
        }
        let id = self.traffic.requests.insert(request);
        if let Origin::Client(client) = origin {
            debug_assert!(!self.clients[client].is_outstanding(kind));
            self.clients[client].latest_request = Some(id);
            self.clients[client].set_outstanding(kind, true);
        }
        self.kernel.note_request();
        self.step(Step::Issued(id, origin, kind));
        if let Some(answer) = self.begin_attempt(id) {
            self.traffic.at_once.push(answer);
        }
    }

    /// Makes a request wait for a retry.
    pub(super) fn wait_for_retry(&mut self, id: RequestId, delay: SimDuration) {
        let retry_at = self.kernel.now + delay;
        let request = &mut self.traffic.requests[id];
        let kind = request.kind;
        request.phase = Phase::Waiting(retry_at);
        request.breakdown.tried_again(delay);
        self.step(Step::Waits(id, retry_at));
        self.note_waiting(kind, true);
        self.kernel.schedule(retry_at, Event::Retry(id));
    }

    /// Ends the wait of a request whose retry is due now. Returns false if the retry is not due
    /// now.
    pub(super) fn stop_waiting(&mut self, id: RequestId) -> bool {
        let request = &mut self.traffic.requests[id];
        let is_due = request.phase == Phase::Waiting(self.kernel.now);
        if is_due {
            request.phase = Phase::Undecided;
            let kind = request.kind;
            self.note_waiting(kind, false);
        }
        is_due
    }

    /// Abandons a request.
    pub(super) fn abandon(&mut self, request: RequestId) {
        if let Some(attempt) = self.traffic.requests[request].attempt() {
            self.abandon_attempt(attempt);
        }
        self.conclude(request, Outcome::Abandoned);
    }

    /// Ends a request.
    #[inline(always)]
    pub(super) fn conclude(&mut self, id: RequestId, outcome: Outcome) -> Completion {
        let request = &self.traffic.requests[id];
        let (origin, kind) = (request.origin, request.kind);
        if matches!(request.phase, Phase::Waiting(_)) {
            self.note_waiting(kind, false);
        }
        self.step(Step::Concluded(id, outcome));
        if let Origin::Client(client) = origin {
            self.unlink_request(client, id);
            self.clients[client].set_outstanding(kind, false);
        }
        self.traffic.requests[id].phase = Phase::Ended;
        self.traffic.requests.remove(id);
        Completion { origin, kind, outcome }
    }

    /// Counts a request that starts or stops waiting for a retry. Requests of a channel are
    /// excluded, because clients without a channel are counted separately.
    fn note_waiting(&mut self, kind: RequestKind, waits: bool) {
        self.clients.online.has_changed = true;
        match (kind.is_of_channel(), waits) {
            (true, _) => {}
            (false, true) => self.traffic.retrying.add(self.kernel.now, 1),
            (false, false) => self.traffic.retrying.subtract(self.kernel.now, 1),
        }
    }

    /// Removes a request from its client's list.
    fn unlink_request(&mut self, client: ClientId, id: RequestId) {
        let previous = self.traffic.requests[id].previous;
        if self.clients[client].latest_request == Some(id) {
            self.clients[client].latest_request = previous;
            return;
        }
        let mut at = self.clients[client].latest_request;
        while let Some(later) = at {
            if self.traffic.requests[later].previous == Some(id) {
                self.traffic.requests[later].previous = previous;
                return;
            }
            at = self.traffic.requests[later].previous;
        }
        debug_assert!(false, "the request is not in its client's list");
    }
}
