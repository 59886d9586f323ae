//! Handling of results. An attempt that has ended from its client's point of view returns an
//! [`Answer`] to the event loop, and a request that ends returns a [`Completion`]. This module
//! passes them to the affected parts of the model: the client's failures, channel, service, token
//! and deployments. These parts may issue further requests, but never call this module. An
//! immediate result of such a request is queued until these parts are done.

use crate::base::SimDuration;
use crate::base::ids::{AttemptId, ClientId, RequestId};
use crate::model::client::{ChannelState, Draws, Second, Slot};
use crate::model::config::Task;
use crate::model::recorder::Recorder;
use crate::model::request::{Answer, Completion, Origin, Outcome, Phase};
use crate::model::step::Step;
use crate::terms::{Cause, RequestKind};

use super::World;
use super::draws::retry_delay;

impl<R: Recorder> World<'_, R> {
    /// Handles the result of an event.
    #[inline]
    pub(super) fn settle(&mut self, answer: Option<Answer>) {
        if let Some(answer) = answer {
            self.handle_answer(answer);
        }
    }

    /// Handles the results of requests that were just issued and whose first attempts ended
    /// immediately.
    #[inline]
    pub(super) fn settle_issued(&mut self) {
        while !self.traffic.at_once.is_empty() {
            let answer = self.traffic.at_once.remove(0);
            self.handle_answer(answer);
        }
    }

    /// Handles an attempt that has ended from its client's point of view.
    fn handle_answer(&mut self, answer: Answer) {
        let mut dropped = None;
        let completion = match answer {
            Answer::Completed(request) => Some(self.conclude(request, Outcome::Completed)),
            Answer::Opened(request, instance, connection_point) => {
                if let Origin::Client(client) = self.traffic.requests[request].origin {
                    self.hold_channel(client, instance, connection_point);
                }
                Some(self.conclude(request, Outcome::Completed))
            }
            Answer::Failed(request, cause) => self.attempt_failed(request, cause),
            Answer::Dropped(request, attempt) => {
                dropped = Some(attempt);
                self.attempt_failed(request, Cause::Reset)
            }
            Answer::AccessOver(request, attempt) => {
                self.access_over(request, attempt);
                None
            }
        };
        if let Some(completion) = completion {
            self.completed(completion);
        }
        if let Some(attempt) = dropped {
            self.end_attempt(attempt);
        }
        self.settle_issued();
    }

    /// Handles a failed attempt: the request waits for a retry, or fails.
    fn attempt_failed(&mut self, id: RequestId, cause: Cause) -> Option<Completion> {
        let request = &self.traffic.requests[id];
        debug_assert_eq!(request.phase, Phase::Undecided, "the attempt is already detached");
        let (origin, kind, attempts) = (request.origin, request.kind, request.attempts);
        self.step(Step::Failed(id, cause));
        if let Origin::Client(client) = origin
            && !matches!(cause, Cause::Moved | Cause::NoServer | Cause::NoContent)
        {
            self.note_failure(client);
        }
        match self.delay_before_retry(origin, kind, attempts) {
            Some(delay) => {
                self.wait_for_retry(id, delay);
                None
            }
            None => Some(self.conclude(id, Outcome::Failed(cause))),
        }
    }

    /// Starts the next attempt of a request that waited for a retry.
    #[inline(never)]
    pub(super) fn retry_due(&mut self, id: RequestId) {
        if !self.stop_waiting(id) {
            return;
        }
        let request = &self.traffic.requests[id];
        if let (Origin::Client(client), RequestKind::ChannelOpen) = (request.origin, request.kind)
            && !self.has_channel(client)
        {
            self.stop_opening_channel(client);
            self.conclude(id, Outcome::Abandoned);
            return;
        }
        let answer = self.begin_attempt(id);
        self.settle(answer);
    }

    /// Returns the delay before the next retry; `None` if there is no further retry.
    fn delay_before_retry(
        &mut self,
        origin: Origin,
        kind: RequestKind,
        attempts: u32,
    ) -> Option<SimDuration> {
        let config = self.config;
        let retry = match (origin, kind) {
            // Opening a channel is retried until it succeeds. A failed keep-alive is not retried,
            // because the channel is lost.
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

    /// Counts a failure of a client. After too many failures within the failure window, the client
    /// switches to another service and management point.
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

    /// Switches a client to another service or management point after too many failures.
    fn switch_service(&mut self, id: ClientId) {
        let Some(service) = self.next_service(id) else { return };
        self.drop_connection(id);
        let is_open = matches!(self.clients[id].channel, ChannelState::Open { .. });
        if is_open {
            self.close_channel(id);
            if let Some(request) = self.reset_keep_alive(id, None) {
                self.handle_answer(Answer::Failed(request, Cause::Reset));
            }
            self.expect_no_channel(id);
        }
        self.set_service(id, service);
        self.go_on_elsewhere(id);
    }

    /// Passes the end of a request to the affected parts of the model. Abandoned requests are
    /// ignored.
    #[inline(always)]
    fn completed(&mut self, completion: Completion) {
        let Completion { origin, kind, outcome } = completion;
        let Origin::Client(client) = origin else { return };
        if outcome == Outcome::Abandoned {
            return;
        }
        self.after_request(client, kind, outcome);
        // The channel is not on the agenda, so its requests need no rescheduling. Most requests are
        // keep-alives of channels.
        if !kind.is_of_channel() {
            self.settle_issued();
            self.schedule_client(client);
        }
    }

    /// Takes the follow-up actions of a client after a request has completed or failed.
    #[inline(always)]
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
                self.handle_token_answer(id, kind, outcome == Outcome::Completed);
            }
            (RequestKind::UpdateScan, Outcome::Completed) => self.handle_scan_answer(id),
            (RequestKind::UpdateScan, Outcome::Failed(_)) => self.scan_failed(id),
            (RequestKind::StatusMessage, _) => self.send_next_status(id),
            _ => {}
        }
        if kind.is_of_deployment() && !config.deployments.is_empty() {
            self.handle_deployment_answer(id, kind, outcome == Outcome::Completed);
        }
        if let Task::After(think) = &cohort.tasks[kind] {
            let think = self.draw_for(id, Draws::Workload, |stream| think.sample(stream));
            self.clients.agendas[id].set_due(Slot::Task(kind), self.kernel.now + think);
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

    /// Handles the expiry of the access to content during a download (24 h: data-flow.md,
    /// 04/08/2022): the client requests location and access again.
    fn access_over(&mut self, request: RequestId, attempt: AttemptId) {
        let (origin, deployment) =
            (self.traffic.attempts[attempt].origin, self.traffic.attempts[attempt].deployment);
        let (Origin::Client(client), Some(deployment)) = (origin, deployment) else { return };
        self.interrupt_download(client, deployment);
        self.abandon(request);
        self.end_attempt(attempt);
        self.plan_deployments(client);
        self.schedule_client(client);
    }
}
