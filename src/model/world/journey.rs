//! An attempt's way: instance, connection point, management point, and back. Its first leg is in
//! `departure`.

use crate::base::ids::{AttemptId, ConnectionPointId, GatewayId, InstanceId, StationId};
use crate::base::{Bytes, SimDuration, SimTime};
use crate::engine::{Admission, Law, Stream};
use crate::model::config::{Authentication, GatewayDemand};
use crate::model::event::Event;
use crate::model::gateway::{ConnectionRole, Destination};
use crate::model::passage::Passage;
use crate::model::recorder::Recorder;
use crate::model::request::{Origin, Outcome, Stage};
use crate::terms::{Cause, RequestKind};

use super::{Owner, World};

impl<R: Recorder> World<'_, R> {
    /// Sends an attempt to its next stage.
    pub(super) fn travel(&mut self, id: AttemptId, stage: Stage, delay: SimDuration) {
        self.observed.tell(self.kernel.now, Passage::Travels(id, stage, self.kernel.now + delay));
        if delay.is_zero() {
            return self.arrive(id, stage);
        }
        self.kernel.schedule(self.kernel.now + delay, Event::Arrive(id, stage));
    }

    /// An attempt arrives at a stage.
    pub(super) fn arrive(&mut self, id: AttemptId, stage: Stage) {
        if self.traffic.attempts[id].is_lost {
            return self.drop_lost(id);
        }
        match stage {
            Stage::Gateway => match self.wait_for_client_list(id) {
                Some(wait) => self.travel(id, Stage::Gateway, wait),
                None => self.at_gateway(id),
            },
            Stage::ConnectionPoint => self.at_connection_point(id),
            Stage::SiteSystem => self.at_site_system(id),
            Stage::Source => self.at_source(id),
            Stage::Part => self.at_part(id),
            Stage::Answer => self.at_gateway_again(id),
            Stage::Client(outcome) => self.at_client(id, outcome),
        }
    }

    fn at_gateway(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind, handshake) = (attempt.origin, attempt.kind, attempt.handshake);
        let bytes = attempt.message.request + attempt.message.response;
        let Some(instance) = attempt.instance else { return self.end_attempt(id) };
        let config = self.config;
        let gateway = &config.gateways[self.cloud.instances[instance].gateway];
        let demand = &gateway.demand;
        let client = match origin {
            Origin::Client(client) => Some(self.cohort(client)),
            Origin::Source(_) => None,
        };
        let mut received = self.traffic.attempts[id].message.request;
        if let Some(cohort) = client.filter(|_| handshake) {
            received += cohort.handshake.request;
        }
        self.cloud.gateways[self.cloud.instances[instance].gateway].bytes_from_clients += received;
        let authentication = client.map(|cohort| cohort.authentication);
        let drawn = self.draw(origin, |stream| {
            let mut drawn = demand.forward[kind].sample(stream);
            if handshake {
                drawn += demand.handshake.sample(stream);
            }
            drawn + authenticate(demand, authentication, handshake, stream)
        });
        let transfer = demand.per_kilobyte.scaled(bytes.kilobytes());
        let slower = self.cloud.instances[instance].overload_factor(gateway.overload_exponent);
        let mut service = drawn + transfer;
        if slower != 1.0 || gateway.core_speed != 1.0 {
            service = service.scaled(slower / gateway.core_speed);
        }
        let station = self.cloud.instances[instance].station;
        if self.enter(station, id, service) == Admission::Refused {
            self.refuse_at_instance(id, Cause::QueueFull);
        }
    }

    /// Served by its instance: on to a connection point.
    fn leave_gateway(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind) = (attempt.origin, attempt.kind);
        let (request, held) = (attempt.message.request, attempt.connection_point);
        let Some(instance) = attempt.instance else { return self.end_attempt(id) };
        if self.is_unauthorised(origin, kind) {
            return self.refuse_at_instance(id, Cause::Unauthorised);
        }
        if self.refuses_certificate(origin, instance) {
            return self.refuse_certificate(id, instance);
        }
        if kind == RequestKind::ContentAuthorisation && matches!(origin, Origin::Client(_)) {
            return self.at_gateway_again(id);
        }
        let site = self.config.site_systems[self.traffic.attempts[id].system].site;
        let connection_points = &self.sites.connection_points;
        let gateway = &mut self.cloud.gateways[self.cloud.instances[instance].gateway];
        let is_connected =
            |point: ConnectionPointId| connection_points[point].is_connected(instance);
        let chosen = match held {
            Some(point) => Some(point).filter(|point| is_connected(*point)),
            None => gateway.next_connection_point(site, is_connected),
        };
        let Some(point) = chosen else {
            return self.refuse_at_instance(id, Cause::NoConnectionPoint);
        };
        gateway.note_sent(request, Destination::Sites);
        let sending = self.cloud.instances[instance].link.send(self.kernel.now, request);
        self.traffic.attempts[id].connection_point = Some(point);
        let relay = &self.config.network.relay;
        let way = self.way_to_site(id) + self.draw(origin, |stream| relay.sample(stream));
        self.travel(id, Stage::ConnectionPoint, sending + way);
    }

    /// An error goes back to the client from its instance.
    pub(super) fn refuse_at_instance(&mut self, id: AttemptId, cause: Cause) {
        self.traffic.attempts[id].leaves_instance_at = self.kernel.now;
        self.travel(id, Stage::Client(Err(cause)), self.traffic.attempts[id].distance);
    }

    /// One way between Azure and the site of an attempt's connection point.
    fn way_to_site(&mut self, id: AttemptId) -> SimDuration {
        let attempt = &self.traffic.attempts[id];
        let Some(point) = attempt.connection_point else { return SimDuration::ZERO };
        let law = &self.config.sites[self.config.connection_points[point].site].azure;
        let added = self.sites[self.config.connection_points[point].site].added_delay;
        (self.draw(attempt.origin, |stream| law.sample(stream)) + added).halved()
    }

    fn at_connection_point(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind) = (attempt.origin, attempt.kind);
        let Some(point) = attempt.connection_point else { return self.end_attempt(id) };
        // The keep-alive's port is the channel's.
        if kind != RequestKind::KeepAlive || attempt.instance.is_none() {
            if !self.sites.connection_points[point].ports.take(self.kernel.now) {
                return self.refuse(id, Cause::NoPort);
            }
            self.traffic.attempts[id].holds_port = true;
        }
        let law = &self.config.connection_points[point].forward[kind];
        let service = self.draw(origin, |stream| law.sample(stream));
        if self.enter(self.sites.connection_points[point].station, id, service)
            == Admission::Refused
        {
            self.refuse(id, Cause::QueueFull);
        }
    }

    fn at_site_system(&mut self, id: AttemptId) {
        let attempt = &mut self.traffic.attempts[id];
        attempt.is_delivered = true;
        let (origin, kind, point) = (attempt.origin, attempt.kind, attempt.system);
        self.observed.ledger.bytes_delivered += attempt.message.request.count();
        let config = &self.config.site_systems[point];
        if self.sites.site_systems[point].outages > 0 {
            return self.refuse(id, Cause::ServerDown);
        }
        if self.traffic.attempts[id].instance.is_some() && self.lacks_identity(origin, kind) {
            return self.refuse(id, Cause::IdentityProvider);
        }
        let service = self.draw(origin, |stream| config.cpu[kind].sample(stream));
        match self.enter(self.sites.site_systems[point].workers, id, service) {
            Admission::Refused => {
                self.sites.site_systems[point].refused += 1;
                self.refuse(id, Cause::QueueFull);
            }
            Admission::Waiting { ticket } => {
                if let Some(law) = &config.queue_timeout {
                    let patience = self.draw(origin, |stream| law.sample(stream));
                    let deadline = self.kernel.now + patience;
                    self.traffic.attempts[id].queue_deadline = deadline;
                    self.traffic.attempts[id].queue_ticket = ticket;
                    self.kernel.schedule(deadline, Event::QueueTimeOut(id));
                }
            }
            Admission::Started => {}
        }
    }

    /// A management point drops a request that has waited too long in its queue.
    pub(super) fn queue_time_out(&mut self, id: AttemptId) {
        if self.traffic.attempts[id].queue_deadline != self.kernel.now {
            return;
        }
        let attempt = &self.traffic.attempts[id];
        let workers = self.sites.site_systems[attempt.system].workers;
        let station = &mut self.stations[workers].station;
        if station.leave_queue(self.kernel.now, id.0, attempt.queue_ticket) {
            self.refuse(id, Cause::QueueTimeout);
        }
    }

    /// Served by the workers: on to database and disk.
    fn leave_workers(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let (origin, point, kind) = (attempt.origin, attempt.system, attempt.kind);
        let law: &Law = &self.config.site_systems[point].database[kind];
        if law.is_zero() {
            return self.answered(id);
        }
        let time = self.draw(origin, |stream| law.sample(stream));
        // Unlimited servers refuse nobody.
        self.enter(self.sites.site_systems[point].database, id, time);
    }

    /// The management point answers.
    fn answered(&mut self, id: AttemptId) {
        if self.traffic.attempts[id].is_lost {
            return self.drop_lost(id);
        }
        let attempt = &self.traffic.attempts[id];
        let (origin, point) = (attempt.origin, attempt.system);
        let error_share = self.config.site_systems[point].error_share;
        if error_share > 0.0 && self.draw(origin, |stream| stream.uniform() < error_share) {
            return self.refuse(id, Cause::ServerError);
        }
        if self.traffic.attempts[id].instance.is_some() {
            let way = self.way_to_site(id);
            self.leave_connection_point(id);
            return self.travel(id, Stage::Answer, way);
        }
        self.leave_connection_point(id);
        let delay = self.traffic.attempts[id].distance + self.download(id, Bytes::ZERO);
        self.travel(id, Stage::Client(Ok(())), delay);
    }

    /// The connection point has passed the answer on: its port is closed, unless it becomes the
    /// port of a notification channel.
    fn leave_connection_point(&mut self, id: AttemptId) {
        self.traffic.attempts[id].has_left_point = true;
        let becomes_channel = self.traffic.attempts[id].owns_connection;
        if !becomes_channel {
            self.release_port(id);
        }
    }

    /// Back at the instance: on to the client.
    fn at_gateway_again(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let Some(instance) = attempt.instance else { return self.end_attempt(id) };
        let (handshake, origin) = (attempt.handshake, attempt.origin);
        let mut bytes = attempt.message.response;
        let mut extra = Bytes::ZERO;
        if let Origin::Client(client) = origin
            && handshake
        {
            extra = self.config.cohorts[self.clients[client].cohort].handshake.response;
            bytes += extra;
        }
        self.cloud.gateways[self.cloud.instances[instance].gateway]
            .note_sent(bytes, Destination::Clients);
        let sending = self.cloud.instances[instance].link.send(self.kernel.now, bytes);
        self.traffic.attempts[id].leaves_instance_at = self.kernel.now + sending;
        let delay = sending + self.traffic.attempts[id].distance + self.download(id, extra);
        self.travel(id, Stage::Client(Ok(())), delay);
    }

    /// How long the answer takes on the client's own link.
    fn download(&self, id: AttemptId, extra: Bytes) -> SimDuration {
        let attempt = &self.traffic.attempts[id];
        let Origin::Client(client) = attempt.origin else { return SimDuration::ZERO };
        match self.config.cohorts[self.clients[client].cohort].downlink {
            Some(link) => link.transmission_time(attempt.message.response + extra),
            None => SimDuration::ZERO,
        }
    }

    /// An error goes back to the client from the site.
    pub(super) fn refuse(&mut self, id: AttemptId, cause: Cause) {
        self.release_port(id);
        self.traffic.attempts[id].has_left_point = true;
        let mut delay = self.traffic.attempts[id].distance;
        if self.traffic.attempts[id].instance.is_some() {
            delay += self.way_to_site(id);
        }
        self.travel(id, Stage::Client(Err(cause)), delay);
    }

    pub(super) fn release_port(&mut self, id: AttemptId) {
        if std::mem::take(&mut self.traffic.attempts[id].holds_port)
            && let Some(point) = self.traffic.attempts[id].connection_point
        {
            self.sites.connection_points[point].ports.release(self.kernel.now);
        }
    }

    pub(super) fn at_client(&mut self, id: AttemptId, outcome: Result<(), Cause>) {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind) = (attempt.origin, attempt.kind);
        if attempt.request.is_none() {
            if outcome.is_ok() {
                self.observed.recorder.wasted(self.kernel.now, kind, self.origin_index(origin));
            }
            return self.end_attempt(id);
        }
        if outcome.is_ok()
            && self.traffic.attempts[id].owns_connection
            && let Origin::Client(client) = origin
        {
            self.hold_channel(client, id);
        }
        let request = self.detach(id);
        self.end_attempt(id);
        let Some(request) = request else { return };
        match outcome {
            Ok(()) => self.end_request(request, Outcome::Completed),
            Err(cause) => self.attempt_failed(request, cause),
        }
    }

    /// The work of a lost attempt has ended. Whoever waits for it finds out by the time-out; who
    /// waits without one finds out now.
    pub(super) fn drop_lost(&mut self, id: AttemptId) {
        let attempt = &mut self.traffic.attempts[id];
        if attempt.request.is_none() || attempt.deadline == SimTime::NEVER {
            return self.end_attempt(id);
        }
        attempt.is_parked = true;
        self.release_port(id);
    }

    /// An attempt's work has left the system.
    pub(super) fn end_attempt(&mut self, id: AttemptId) {
        if self.traffic.attempts[id].request.is_some()
            && let Some(request) = self.detach(id)
        {
            self.attempt_failed(request, Cause::Reset);
        }
        self.release_port(id);
        let attempt = &mut self.traffic.attempts[id];
        attempt.deadline = SimTime::NEVER;
        attempt.queue_deadline = SimTime::NEVER;
        attempt.is_ended = true;
        let is_delivered = attempt.is_delivered;
        let request_bytes = attempt.message.request.count();
        self.observed.tell(self.kernel.now, Passage::Ended(id));
        if !is_delivered {
            self.observed.ledger.bytes_dropped += request_bytes;
        }
        self.observed.ledger.attempts_ended += 1;
        self.traffic.attempts.remove(id);
    }

    /// Enters a station.
    pub(super) fn enter(
        &mut self,
        station: StationId,
        id: AttemptId,
        service: SimDuration,
    ) -> Admission {
        let (calendar, owned) = (&mut self.kernel.calendar, &mut self.stations[station]);
        let admission = owned.station.arrive(self.kernel.now, id.0, service, &mut |at, timer| {
            calendar.schedule(at, Event::Station(station, timer));
        });
        self.observed.tell(self.kernel.now, Passage::Enters(id, station, admission));
        admission
    }

    /// A station's timer rings: somebody may have been served.
    pub(super) fn station_due(&mut self, id: StationId, timer: u32) {
        let calendar = &mut self.kernel.calendar;
        let owned = &mut self.stations[id];
        let departure = owned.station.wake(self.kernel.now, timer, &mut |at, timer| {
            calendar.schedule(at, Event::Station(id, timer));
        });
        let Some(departure) = departure else { return };
        let (attempt, owner) = (AttemptId(departure.job), owned.owner);
        self.observed.tell(self.kernel.now, Passage::Leaves(attempt, id, departure.waited));
        if let Some(request) = self.traffic.attempts[attempt].request {
            let stays = &mut self.traffic.requests[request].stays;
            stays.served(owner.place(), departure.waited, departure.stayed);
        }
        // Lost work was done for nothing, but it was done.
        if self.traffic.attempts[attempt].is_lost {
            return self.drop_lost(attempt);
        }
        match owner {
            Owner::Instance(_) => self.leave_gateway(attempt),
            Owner::ConnectionPoint(_) => {
                self.travel(attempt, Stage::SiteSystem, SimDuration::ZERO);
            }
            Owner::SiteSystem(_) => self.leave_workers(attempt),
            Owner::Database(_) => self.answered(attempt),
            Owner::File(..) => self.leave_source(attempt),
        }
    }

    pub(super) fn open_connection(&mut self, instance: InstanceId, role: ConnectionRole) {
        self.observed.ledger.connections_opened += 1;
        self.cloud.instances[instance].connect(self.kernel.now, role);
        if role == ConnectionRole::Client {
            let gateway: GatewayId = self.cloud.instances[instance].gateway;
            self.cloud.gateways[gateway].connections.add(self.kernel.now, 1);
        }
    }

    pub(super) fn close_connection(&mut self, instance: InstanceId, role: ConnectionRole) {
        self.observed.ledger.connections_closed += 1;
        self.cloud.instances[instance].disconnect(self.kernel.now, role);
        if role == ConnectionRole::Client {
            let gateway: GatewayId = self.cloud.instances[instance].gateway;
            self.cloud.gateways[gateway].connections.subtract(self.kernel.now, 1);
        }
    }
}

/// What proving who it is costs: a certificate and its revocation once a connection, a token with
/// each request. Open sources prove nothing.
fn authenticate(
    demand: &GatewayDemand,
    authentication: Option<Authentication>,
    handshake: bool,
    stream: &mut Stream,
) -> SimDuration {
    match authentication {
        Some(Authentication::Certificate) if handshake => {
            let revocation = demand.revocation.as_ref();
            demand.certificate.sample(stream)
                + revocation.map_or(SimDuration::ZERO, |law| law.sample(stream))
        }
        Some(Authentication::Entra | Authentication::SiteToken) => demand.token.sample(stream),
        _ => SimDuration::ZERO,
    }
}
