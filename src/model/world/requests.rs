//! A request's life: issued, tried, tried again, and what becomes of it.

use crate::base::ids::{AttemptId, ClientId, OriginId, RequestId, SourceId};
use crate::base::{Id, SimDuration, SimTime};
use crate::engine::Stream;
use crate::model::client::{ChannelState, Draws, Second};
use crate::model::config::{Retry, Task};
use crate::model::event::Event;
use crate::model::gateway::ConnectionRole;
use crate::model::passage::Passage;
use crate::model::recorder::Recorder;
use crate::model::request::{Origin, Outcome, Request};
use crate::model::way::Stays;
use crate::terms::{Cause, RequestKind};

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Issues a request and begins its first attempt.
    pub(super) fn issue(&mut self, origin: Origin, kind: RequestKind) {
        let mut request = Request {
            origin,
            kind,
            issued: self.kernel.now,
            attempts: 0,
            last_cause: None,
            attempt: None,
            retry_at: SimTime::NEVER,
            previous: None,
            stays: Stays::default(),
            is_ended: false,
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
        self.observed.ledger.issued += 1;
        self.kernel.note_request();
        self.observed.recorder.issued(self.kernel.now, kind, self.origin_index(origin));
        self.observed.tell(self.kernel.now, Passage::Issued(id, origin, kind));
        self.begin_attempt(id);
    }

    /// Cohorts come first, then open sources.
    pub(super) fn origin_index(&self, origin: Origin) -> usize {
        match origin {
            Origin::Client(client) => self.clients[client].cohort.index(),
            Origin::Source(source) => self.clients.cohorts.len() + source.index(),
        }
    }

    /// An open source's arrival is due.
    #[inline(never)]
    pub(super) fn source_due(&mut self, source: SourceId) {
        if self.traffic.sources[source].due != self.kernel.now {
            return;
        }
        let config = &self.config.sources[source];
        let state = &mut self.traffic.sources[source];
        state.count += 1;
        let is_last = config.count.is_some_and(|count| state.count >= count);
        state.due = if is_last {
            SimTime::NEVER
        } else {
            config.arrivals.next_after(
                self.kernel.now,
                state.count,
                &config.profile_phases,
                self.config.measured_from(),
                &mut state.arrivals,
            )
        };
        self.kernel.schedule(state.due, Event::Source(source));
        for _ in 0..config.batch {
            self.issue(Origin::Source(source), config.kind);
        }
    }

    /// The request's current attempt has failed: try again, or give up.
    pub(super) fn attempt_failed(&mut self, id: RequestId, cause: Cause) {
        let (origin, kind, attempts) = {
            let request = &mut self.traffic.requests[id];
            request.attempt = None;
            request.last_cause = Some(cause);
            (request.origin, request.kind, request.attempts)
        };
        self.observed.failed_attempts += 1;
        self.observed.recorder.failed_attempt(
            self.kernel.now,
            kind,
            self.origin_index(origin),
            cause,
        );
        self.observed.tell(self.kernel.now, Passage::Failed(id, cause));
        if let Origin::Client(client) = origin
            && !matches!(cause, Cause::Moved | Cause::NoServer | Cause::NoContent)
        {
            self.note_failure(client);
        }
        let Some(delay) = self.delay_before_retry(origin, kind, attempts) else {
            return self.end_request(id, Outcome::Failed(cause));
        };
        let retry_at = self.kernel.now + delay;
        let request = &mut self.traffic.requests[id];
        request.retry_at = retry_at;
        request.stays.tried_again(delay);
        self.observed.tell(self.kernel.now, Passage::Waits(id, retry_at));
        self.note_waiting(kind, true);
        self.kernel.schedule(retry_at, Event::Retry(id));
    }

    /// A request begins or ceases to wait for a retry. Clients whose channel is not open are
    /// counted as such, not here.
    fn note_waiting(&mut self, kind: RequestKind, waits: bool) {
        self.clients.online.has_changed = true;
        match (kind.is_of_channel(), waits) {
            (true, _) => {}
            (false, true) => self.traffic.retrying.add(self.kernel.now, 1),
            (false, false) => self.traffic.retrying.subtract(self.kernel.now, 1),
        }
    }

    /// How long to wait before a request is tried again; `None` if it is given up.
    fn delay_before_retry(
        &mut self,
        origin: Origin,
        kind: RequestKind,
        attempts: u32,
    ) -> Option<SimDuration> {
        let config = self.config;
        let retry = match (origin, kind) {
            // The channel is tried until it is open; without an answer to a keep-alive it is lost.
            (Origin::Client(client), RequestKind::ChannelOpen) => {
                return Some(self.channel_delay(client));
            }
            (Origin::Client(_), RequestKind::KeepAlive) => return None,
            (Origin::Client(client), RequestKind::UpdateScan) => {
                &config.cohorts[self.clients[client].cohort].scan_retry
            }
            (Origin::Client(client), _) => &config.cohorts[self.clients[client].cohort].retry,
            (Origin::Source(source), _) => &config.sources[source].retry,
        };
        (attempts < retry.attempts)
            .then(|| self.draw_retry(origin, |stream| retry_delay(retry, attempts, stream)))
    }

    /// Too many failures within a time: the client turns to another management point and gateway.
    fn note_failure(&mut self, id: ClientId) {
        let client = &mut self.clients.all[id];
        let cohort = &self.config.cohorts[client.cohort];
        let since = &mut self.clients.agendas[id].failing_since;
        if client.failures == 0 || self.kernel.now > since.time() + cohort.failure_window {
            client.failures = 0;
            *since = Second::of(self.kernel.now);
        }
        client.failures = client.failures.saturating_add(1);
        if u32::from(client.failures) >= cohort.failures_to_switch {
            client.failures = 0;
            self.switch_service(id);
        }
    }

    #[inline(never)]
    pub(super) fn retry(&mut self, id: RequestId) {
        if self.traffic.requests[id].retry_at != self.kernel.now {
            return;
        }
        self.traffic.requests[id].retry_at = SimTime::NEVER;
        self.note_waiting(self.traffic.requests[id].kind, false);
        if let (Origin::Client(client), RequestKind::ChannelOpen) =
            (self.traffic.requests[id].origin, self.traffic.requests[id].kind)
            && !self.has_channel(client)
        {
            // It has turned to a service without one.
            self.clients[client].channel = ChannelState::Closed;
            return self.end_request(id, Outcome::Abandoned);
        }
        self.begin_attempt(id);
    }

    /// An attempt begins that has a deadline. `are_equal`: all those of its origin are as far away.
    pub(super) fn expect_time_out(&mut self, id: AttemptId, deadline: SimTime, are_equal: bool) {
        self.traffic.attempts[id].deadline = deadline;
        if !are_equal {
            return self.kernel.schedule(deadline, Event::TimeOut(id));
        }
        let origin = OriginId::from_index(self.origin_index(self.traffic.attempts[id].origin));
        let attempts = &self.traffic.attempts;
        let waits = |at, attempt| attempts[attempt].deadline == at;
        if let Some(at) = self.traffic.deadlines[origin].begin(deadline, id, waits) {
            self.kernel.schedule(at, Event::TimeOuts(origin));
        }
    }

    /// The first of an origin's time-outs is due.
    #[inline(never)]
    pub(super) fn time_outs_due(&mut self, origin: OriginId) {
        let attempts = &self.traffic.attempts;
        let waits = |at, attempt| attempts[attempt].deadline == at;
        let (due, next) = self.traffic.deadlines[origin].end(self.kernel.now, waits);
        if let Some(next) = next {
            self.kernel.schedule(next, Event::TimeOuts(origin));
        }
        if let Some(attempt) = due {
            self.time_out(attempt);
        }
    }

    /// The client has waited long enough. The work of the attempt goes on.
    pub(super) fn time_out(&mut self, id: AttemptId) {
        if self.traffic.attempts[id].deadline != self.kernel.now {
            return;
        }
        let cause = if self.traffic.attempts[id].is_lost { Cause::Reset } else { Cause::Timeout };
        if let Some(request) = self.give_up(id) {
            self.attempt_failed(request, cause);
        }
    }

    /// Nobody waits for an attempt any more; its work goes on, if there is any.
    pub(super) fn give_up(&mut self, id: AttemptId) -> Option<RequestId> {
        let request = self.detach(id);
        if self.traffic.attempts[id].is_parked {
            self.end_attempt(id);
        }
        request
    }

    /// Takes an attempt's request away from it: nobody waits for it any more. What the client
    /// held for it is closed.
    pub(super) fn detach(&mut self, id: AttemptId) -> Option<RequestId> {
        let attempt = &mut self.traffic.attempts[id];
        attempt.deadline = SimTime::NEVER;
        let request = attempt.request.take()?;
        let (origin, instance) = (attempt.origin, attempt.instance);
        let was_on_connection = std::mem::take(&mut attempt.on_connection);
        let owns_connection = std::mem::take(&mut attempt.owns_connection);
        self.observed.tell(self.kernel.now, Passage::Detached(id));
        if let Origin::Client(client) = origin {
            if was_on_connection {
                self.leave_connection(client);
            }
            if let Some(instance) = instance.filter(|_| owns_connection) {
                self.close_connection(instance, ConnectionRole::Client);
            }
        }
        self.traffic.requests[request].attempt = None;
        Some(request)
    }

    /// The end of a request.
    pub(super) fn end_request(&mut self, id: RequestId, outcome: Outcome) {
        let request = &self.traffic.requests[id];
        let (origin, kind, issued) = (request.origin, request.kind, request.issued);
        if request.retry_at != SimTime::NEVER {
            self.traffic.requests[id].retry_at = SimTime::NEVER;
            self.note_waiting(kind, false);
        }
        let index = self.origin_index(origin);
        match outcome {
            Outcome::Completed => {
                self.observed.ledger.completed += 1;
                let (latency, stays) = (self.kernel.now - issued, &self.traffic.requests[id].stays);
                self.observed.recorder.completed(self.kernel.now, kind, index, latency, stays);
            }
            Outcome::Failed(cause) => {
                self.observed.ledger.failed += 1;
                self.observed.recorder.failed(self.kernel.now, kind, index, cause);
            }
            Outcome::Abandoned => {
                self.observed.ledger.abandoned += 1;
                self.observed.recorder.abandoned(self.kernel.now, kind, index);
            }
        }
        self.observed.tell(self.kernel.now, Passage::Concluded(id, outcome));
        if let Origin::Client(client) = origin {
            self.unlink_request(client, id);
            self.clients[client].set_outstanding(kind, false);
        }
        self.traffic.requests[id].is_ended = true;
        self.traffic.requests.remove(id);
        if let Origin::Client(client) = origin
            && outcome != Outcome::Abandoned
        {
            self.after_request(client, kind, outcome);
            // The channel is not on the agenda, and most requests are its keep-alives.
            if !kind.is_of_channel() {
                self.schedule_client(client);
            }
        }
    }

    /// Takes a request out of its client's list.
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
        debug_assert!(false, "a client's request is in its list");
    }

    /// What a client does after a request was answered or given up.
    fn after_request(&mut self, id: ClientId, kind: RequestKind, outcome: Outcome) {
        let config = self.config;
        let cohort = &config.cohorts[self.clients[id].cohort];
        if outcome == Outcome::Completed {
            self.clients[id].failures = 0;
        }
        match (kind, outcome) {
            (RequestKind::KeepAlive, _)
                if !matches!(self.clients[id].channel, ChannelState::Open { .. }) => {}
            (RequestKind::KeepAlive, Outcome::Completed) => self.expect_keep_alive(id),
            (RequestKind::KeepAlive, _) => {
                self.close_channel(id);
                self.channel_lost(id, SimDuration::ZERO);
            }
            (RequestKind::PolicyPoll, Outcome::Completed) => self.maybe_fetch_policy(id),
            (RequestKind::Location, Outcome::Completed) => self.locations_learnt(id),
            (RequestKind::TokenRenewal | RequestKind::Registration, _) => {
                self.token_answered(id, kind, outcome == Outcome::Completed);
            }
            (RequestKind::UpdateScan, Outcome::Completed) => self.scan_answered(id),
            (RequestKind::UpdateScan, Outcome::Failed(_)) => self.scan_failed(id),
            (RequestKind::StatusMessage, _) => self.send_next_status(id),
            _ => {}
        }
        if kind.is_of_deployment() && !config.deployments.is_empty() {
            self.deployment_answered(id, kind, outcome == Outcome::Completed);
        }
        if let Task::After(think) = &cohort.tasks[kind] {
            let think = self.draw_for(id, Draws::Workload, |stream| think.sample(stream));
            self.clients.agendas[id].due[kind as usize] = self.kernel.now + think;
        }
    }

    fn maybe_fetch_policy(&mut self, id: ClientId) {
        self.clients.agendas[id].policy_at = Second::of(self.kernel.now);
        if self.clients[id].is_outstanding(RequestKind::PolicyBody) {
            return;
        }
        let share = self.cohort(id).new_policy_share;
        let is_new =
            share > 0.0 && self.draw_for(id, Draws::Workload, |stream| stream.uniform() < share);
        let is_deployed = self.find_deployments(id);
        if is_new || is_deployed {
            self.issue(Origin::Client(id), RequestKind::PolicyBody);
        }
    }
}

/// How long to wait before the next attempt, after `attempts` have failed.
pub(super) fn retry_delay(retry: &Retry, attempts: u32, stream: &mut Stream) -> SimDuration {
    let first = retry.first.sample(stream);
    let grown = match attempts {
        0 | 1 => first,
        // Beyond a thousand doublings everything is capped anyway.
        _ => first.scaled(libm::pow(retry.factor, f64::from(attempts.min(1000) - 1))),
    };
    let capped = grown.min(retry.cap);
    if retry.jitter == 0.0 {
        return capped;
    }
    capped.scaled(1.0 + retry.jitter * (2.0 * stream.uniform() - 1.0))
}
