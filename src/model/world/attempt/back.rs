//! The return path of an attempt: the response of its site system, or an error, travels to the
//! client.

use crate::base::ids::AttemptId;
use crate::base::{Bytes, SimDuration};
use crate::engine::TransferClass;
use crate::model::recorder::Recorder;
use crate::model::request::{Connection, Origin, Stage};
use crate::model::step::Step;
use crate::model::world::World;
use crate::model::world::lines::Peer;
use crate::terms::{Cause, Direction, Flow};

use super::Next;
use super::crossing::Parcel;

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
        let bytes = self.traffic.attempts[id].message.response;
        let site = self.config.site_systems[point].site;
        if self.traffic.attempts[id].instance.is_some() {
            let rest = self.delay_to_site(id);
            self.leave_connection_point(id);
            let crossing = self.crossing_to_site(site, Direction::Up);
            let parcel = Parcel { bytes, crossing, rest, ..Parcel::direct(SimDuration::ZERO) };
            return self.dispatch(id, Stage::Answer, parcel);
        }
        self.leave_connection_point(id);
        let rest = self.traffic.attempts[id].distance;
        let parcel = self.response(id, Peer::Site(site), bytes, rest);
        self.dispatch(id, Stage::Client(Ok(())), parcel)
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
        if let Origin::Client(client) = origin
            && handshake
        {
            bytes += self.config.cohorts[self.clients[client].cohort].handshake.response;
        }
        self.cloud.gateways[self.cloud.instances[instance].gateway]
            .note_sent(Flow::GatewaysToClients, bytes);
        let sending = self.cloud.instances[instance].link.send(self.kernel.now, bytes);
        self.traffic.attempts[id].leaves_instance_at = self.kernel.now + sending;
        let rest = sending + self.traffic.attempts[id].distance;
        let parcel = self.response(id, Peer::Gateway, bytes, rest);
        self.dispatch(id, Stage::Client(Ok(())), parcel)
    }

    /// Creates a response to a client that arrives `rest` after it was sent on the client's own
    /// link. Open sources have no links.
    fn response(&self, id: AttemptId, peer: Peer, bytes: Bytes, rest: SimDuration) -> Parcel {
        let Origin::Client(client) = self.traffic.attempts[id].origin else {
            return Parcel::direct(rest);
        };
        let link = self.config.cohorts[self.clients[client].cohort].downlink;
        Parcel {
            bytes,
            crossing: self.crossing_to(client, peer),
            class: TransferClass::Foreground,
            sending: link.map_or(SimDuration::ZERO, |link| link.transmission_time(bytes)),
            rest,
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
        let site = self.config.connection_points[point].site;
        let added = self.sites[site].added_delay
            + self.round_trip_over(self.crossing_to_site(site, Direction::Down));
        (self.draw(attempt.origin, |stream| distribution.sample(stream)) + added).halved()
    }
}
