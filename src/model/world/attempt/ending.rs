//! The end of an attempt: it comes back, is given up, or is lost with what it went through.

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
    /// An attempt comes back to its client.
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

    /// Takes the connection and the port from an attempt that has opened a channel: they are its
    /// client's now.
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

    /// The client has waited long enough. The work of the attempt goes on.
    pub(in crate::model::world) fn time_out(&mut self, id: AttemptId) -> Option<Answer> {
        let attempt = &self.traffic.attempts[id];
        if attempt.deadline != self.kernel.now {
            return None;
        }
        let cause = if attempt.is_lost() { Cause::Reset } else { Cause::Timeout };
        self.abandon_attempt(id).map(|request| Answer::Failed(request, cause))
    }

    /// Nobody waits for an attempt any more; its work goes on, if there is any.
    pub(in crate::model::world) fn abandon_attempt(&mut self, id: AttemptId) -> Option<RequestId> {
        let request = self.detach(id);
        if self.traffic.attempts[id].fate == Fate::Parked {
            self.leave_system(id);
        }
        request
    }

    /// Takes an attempt's request away from it: nobody waits for it any more. What the client
    /// held for it is closed.
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

    /// What an attempt goes through has failed: nothing comes back. False if that was so before.
    pub(in crate::model::world) fn lose_attempt(&mut self, id: AttemptId) -> bool {
        let attempt = &mut self.traffic.attempts[id];
        if attempt.is_lost() {
            return false;
        }
        attempt.fate = Fate::Lost;
        self.step(Step::Lost(id));
        true
    }

    /// Of what an attempt holds, that is gone which went with its instance or its connection point.
    pub(in crate::model::world) fn forget_lost_parts(&mut self, id: AttemptId) {
        let (instances, points) = (&self.cloud.instances, &self.sites.connection_points);
        let attempt = &mut self.traffic.attempts[id];
        if attempt.instance.is_some_and(|one| !instances[one].is_up()) {
            // Its connection was closed with the instance.
            attempt.connection = Connection::None;
        }
        if attempt.connection_point.is_some_and(|one| !points[one].is_up()) {
            // All ports of the connection point were closed together, also that of an attempt
            // which was lost before.
            attempt.holds_port = false;
        }
    }

    /// Nobody told the client that its connection has gone: it finds out, or gives up before.
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

    /// The work of a lost attempt has ended. Whoever waits for it finds out by the time-out; who
    /// waits without one finds out now.
    pub(in crate::model::world) fn drop_lost(&mut self, id: AttemptId) -> Option<Answer> {
        let attempt = &mut self.traffic.attempts[id];
        if attempt.request.is_none() || attempt.deadline == SimTime::NEVER {
            return self.end_attempt(id);
        }
        attempt.fate = Fate::Parked;
        self.release_port(id);
        None
    }

    /// An attempt's work has left the system. If somebody still waits for it, that is
    /// answered first: it ends when the answer has been handed on.
    pub(in crate::model::world) fn end_attempt(&mut self, id: AttemptId) -> Option<Answer> {
        if let Some(request) = self.detach(id) {
            return Some(Answer::Dropped(request, id));
        }
        self.leave_system(id);
        None
    }

    /// An attempt that nobody waits for has left the system.
    fn leave_system(&mut self, id: AttemptId) {
        self.release_port(id);
        let attempt = &mut self.traffic.attempts[id];
        attempt.queue_deadline = SimTime::NEVER;
        attempt.fate = Fate::Ended;
        self.step(Step::Ended(id));
        self.traffic.attempts.remove(id);
    }

    /// Its port of its connection point is closed, if it holds one.
    pub(super) fn release_port(&mut self, id: AttemptId) {
        if std::mem::take(&mut self.traffic.attempts[id].holds_port)
            && let Some(point) = self.traffic.attempts[id].connection_point
        {
            self.sites.connection_points[point].ports.release(self.kernel.now);
        }
    }
}
