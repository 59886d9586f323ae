//! The return path of an attempt: the response of its site system, or an error, travels to the
//! client.

use crate::base::ids::AttemptId;
use crate::base::{Bytes, SimDuration};
use crate::model::recorder::Recorder;
use crate::model::request::{Connection, Origin, Stage};
use crate::model::step::Step;
use crate::model::world::World;
use crate::terms::{Cause, Flow};

use super::Next;

impl<R: Recorder> World<'_, R> {
    /// Sends the response of the site system, or a random server error.
    pub(super) fn handle_site_answer(&mut self, id: AttemptId) -> Next {
        debug_assert!(!self.traffic.attempts[id].is_lost());
        let attempt = &self.traffic.attempts[id];
        let (origin, point) = (attempt.origin, attempt.system);
        let error_share = self.config.site_systems[point].error_share;
        if error_share > 0.0 && self.draw(origin, |stream| stream.uniform() < error_share) {
            return self.refuse(id, Cause::ServerError);
        }
        self.count_site_answer(id);
        if self.traffic.attempts[id].instance.is_some() {
            let delay = self.delay_to_site(id);
            self.leave_connection_point(id);
            return Next::Travels(Stage::Answer, delay);
        }
        self.leave_connection_point(id);
        let delay = self.traffic.attempts[id].distance + self.download(id, Bytes::ZERO);
        Next::Travels(Stage::Client(Ok(())), delay)
    }

    /// Counts the response of a site system on its path to the client, or to the gateway. The time
    /// between site system and connection point is zero.
    fn count_site_answer(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let flows = &mut self.observed.flows;
        if let Some(flow) = attempt.flow {
            flows.add(flow.response(), attempt.message.response);
        }
        if attempt.connection_point.is_some() {
            flows.add(Flow::ConnectionPointsToGateways, attempt.message.response);
        }
        self.step(Step::Answers(id));
    }

    /// Marks that the response has passed the connection point. This closes the attempt's port,
    /// unless the port will belong to a notification channel.
    fn leave_connection_point(&mut self, id: AttemptId) {
        let attempt = &mut self.traffic.attempts[id];
        attempt.heading = attempt.heading.reversed();
        if attempt.connection != Connection::Own {
            self.release_port(id);
        }
    }

    /// Forwards a response from the instance to the client.
    pub(super) fn at_gateway_again(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let Some(instance) = attempt.instance else { return Next::Ends };
        let (handshake, origin) = (attempt.handshake.is_new(), attempt.origin);
        let mut bytes = attempt.message.response;
        let mut extra = Bytes::ZERO;
        if let Origin::Client(client) = origin
            && handshake
        {
            extra = self.config.cohorts[self.clients[client].cohort].handshake.response;
            bytes += extra;
        }
        self.cloud.gateways[self.cloud.instances[instance].gateway]
            .note_sent(Flow::GatewaysToClients, bytes);
        let sending = self.cloud.instances[instance].link.send(self.kernel.now, bytes);
        self.traffic.attempts[id].leaves_instance_at = self.kernel.now + sending;
        let delay = sending + self.traffic.attempts[id].distance + self.download(id, extra);
        Next::Travels(Stage::Client(Ok(())), delay)
    }

    /// Returns the transmission time of the response on the client's own link.
    fn download(&self, id: AttemptId, extra: Bytes) -> SimDuration {
        let attempt = &self.traffic.attempts[id];
        let Origin::Client(client) = attempt.origin else { return SimDuration::ZERO };
        match self.config.cohorts[self.clients[client].cohort].downlink {
            Some(link) => link.transmission_time(attempt.message.response + extra),
            None => SimDuration::ZERO,
        }
    }

    /// Sends an error from the instance to the client.
    pub(super) fn refuse_at_instance(&mut self, id: AttemptId, cause: Cause) -> Next {
        self.traffic.attempts[id].leaves_instance_at = self.kernel.now;
        Next::Travels(Stage::Client(Err(cause)), self.traffic.attempts[id].distance)
    }

    /// Sends an error from the site to the client.
    pub(super) fn refuse(&mut self, id: AttemptId, cause: Cause) -> Next {
        self.release_port(id);
        let attempt = &mut self.traffic.attempts[id];
        attempt.heading = attempt.heading.reversed();
        let mut delay = attempt.distance;
        if self.traffic.attempts[id].instance.is_some() {
            delay += self.delay_to_site(id);
        }
        Next::Travels(Stage::Client(Err(cause)), delay)
    }

    /// Draws the one-way delay between Azure and the site of an attempt's connection point.
    pub(super) fn delay_to_site(&mut self, id: AttemptId) -> SimDuration {
        let attempt = &self.traffic.attempts[id];
        let Some(point) = attempt.connection_point else { return SimDuration::ZERO };
        let distribution = &self.config.sites[self.config.connection_points[point].site].azure;
        let added = self.sites[self.config.connection_points[point].site].added_delay;
        (self.draw(attempt.origin, |stream| distribution.sample(stream)) + added).halved()
    }
}
