//! The end of an attempt, which returns, times out, or is lost with a failed component.

use crate::base::SimTime;
use crate::base::ids::{AttemptId, ConnectionPointId, InstanceId, RequestId};
use crate::model::event::Event;
use crate::model::gateway::ConnectionRole;
use crate::model::recorder::Recorder;
use crate::model::request::{Answer, Connection, Fate, Origin, Phase};
use crate::model::step::Step;
use crate::model::world::World;
use crate::terms::Cause;

impl<R: Recorder> World<'_, R> {
    /// Handles the return of an attempt to its client.
    pub(super) fn at_client(
        &mut self,
        id: AttemptId,
        outcome: Result<(), Cause>,
    ) -> Option<Answer> {
        if self.traffic.attempts[id].request.is_none() {
            if outcome.is_ok() {
                self.step(Step::Wasted(id));
            }
            return self.end_attempt(id);
        }
        let channel = outcome.ok().and_then(|()| self.hand_over_channel(id));
        let request = self.detach(id);
        self.leave_system(id);
        let request = request?;
        Some(match (outcome, channel) {
            (Ok(()), Some((instance, point))) => Answer::Opened(request, instance, point),
            (Ok(()), None) => Answer::Completed(request),
            (Err(cause), _) => Answer::Failed(request, cause),
        })
    }

    /// Hands the connection and the port of an attempt that has opened a channel over to its
    /// client.
    fn hand_over_channel(&mut self, id: AttemptId) -> Option<(InstanceId, ConnectionPointId)> {
        let attempt = &mut self.traffic.attempts[id];
        if attempt.connection != Connection::Own {
            return None;
        }
        let channel = attempt.instance.zip(attempt.connection_point)?;
        attempt.connection = Connection::None;
        attempt.holds_port = false;
        Some(channel)
    }

    /// Handles the timeout of an attempt. The work of the attempt continues.
    pub(in crate::model::world) fn time_out(&mut self, id: AttemptId) -> Option<Answer> {
        let attempt = &self.traffic.attempts[id];
        if attempt.deadline != self.kernel.now {
            return None;
        }
        let cause = if attempt.is_lost() { Cause::Reset } else { Cause::Timeout };
        self.abandon_attempt(id).map(|request| Answer::Failed(request, cause))
    }

    /// Makes a client stop waiting for an attempt; its work, if there is any, continues.
    pub(in crate::model::world) fn abandon_attempt(&mut self, id: AttemptId) -> Option<RequestId> {
        let request = self.detach(id);
        if self.traffic.attempts[id].fate == Fate::Parked {
            self.leave_system(id);
        }
        request
    }

    /// Detaches an attempt from its request, because the client no longer waits for it. Releases
    /// what the client held for the attempt.
    pub(in crate::model::world) fn detach(&mut self, id: AttemptId) -> Option<RequestId> {
        let attempt = &mut self.traffic.attempts[id];
        attempt.deadline = SimTime::NEVER;
        let request = attempt.request.take()?;
        let (origin, instance) = (attempt.origin, attempt.instance);
        let connection = std::mem::replace(&mut attempt.connection, Connection::None);
        self.step(Step::Detached(id));
        if let Origin::Client(client) = origin {
            match (connection, instance) {
                (Connection::Shared, _) => self.leave_connection(client),
                (Connection::Own, Some(instance)) => {
                    self.close_connection(instance, ConnectionRole::Client);
                }
                _ => {}
            }
        }
        self.traffic.requests[request].phase = Phase::Undecided;
        Some(request)
    }

    /// Marks an attempt as lost, because a component that it depends on has failed. Returns false
    /// if it was already lost.
    pub(in crate::model::world) fn lose_attempt(&mut self, id: AttemptId) -> bool {
        let attempt = &mut self.traffic.attempts[id];
        if attempt.is_lost() {
            return false;
        }
        attempt.fate = Fate::Lost;
        self.step(Step::Lost(id));
        true
    }

    /// Releases what an attempt held on an instance or a connection point that is down.
    pub(in crate::model::world) fn forget_lost_parts(&mut self, id: AttemptId) {
        let (instances, points) = (&self.cloud.instances, &self.sites.connection_points);
        let attempt = &mut self.traffic.attempts[id];
        if attempt.instance.is_some_and(|one| !instances[one].is_up()) {
            // The connection of the attempt was closed when the instance failed.
            attempt.connection = Connection::None;
        }
        if attempt.connection_point.is_some_and(|one| !points[one].is_up()) {
            // All ports of the connection point were closed, including the port of an attempt that
            // was lost earlier.
            attempt.holds_port = false;
        }
    }

    /// Schedules the time at which the client detects that its connection is broken, unless it
    /// times out first.
    pub(in crate::model::world) fn expect_loss_detection(&mut self, id: AttemptId) {
        if self.traffic.attempts[id].request.is_none() {
            return;
        }
        let distribution = &self.config.network.loss_detection;
        let late =
            self.draw_retry(self.traffic.attempts[id].origin, |stream| distribution.sample(stream));
        let noticed = self.kernel.now + late;
        if noticed < self.traffic.attempts[id].deadline {
            self.traffic.attempts[id].deadline = noticed;
            self.kernel.schedule(noticed, Event::TimeOut(id));
        }
    }

    /// Ends the work of a lost attempt. A client that waits with a timeout detects the loss at the
    /// deadline; any other client detects it now.
    pub(in crate::model::world) fn drop_lost(&mut self, id: AttemptId) -> Option<Answer> {
        let attempt = &mut self.traffic.attempts[id];
        if attempt.request.is_none() || attempt.deadline == SimTime::NEVER {
            return self.end_attempt(id);
        }
        attempt.fate = Fate::Parked;
        self.release_port(id);
        None
    }

    /// Ends the work of an attempt. If its client still waits for the attempt, the result is
    /// handled before the attempt ends.
    pub(in crate::model::world) fn end_attempt(&mut self, id: AttemptId) -> Option<Answer> {
        if let Some(request) = self.detach(id) {
            return Some(Answer::Dropped(request, id));
        }
        self.leave_system(id);
        None
    }

    /// Removes an attempt from the system after its client has stopped waiting for it.
    fn leave_system(&mut self, id: AttemptId) {
        self.release_port(id);
        let attempt = &mut self.traffic.attempts[id];
        attempt.queue_deadline = SimTime::NEVER;
        attempt.fate = Fate::Ended;
        self.step(Step::Ended(id));
        self.traffic.attempts.remove(id);
    }

    /// Closes the port that an attempt holds at its connection point, if it holds one.
    pub(super) fn release_port(&mut self, id: AttemptId) {
        if std::mem::take(&mut self.traffic.attempts[id].holds_port)
            && let Some(point) = self.traffic.attempts[id].connection_point
        {
            self.sites.connection_points[point].ports.release(self.kernel.now);
        }
    }
}
