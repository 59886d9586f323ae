//! The outbound path of an attempt: instance, connection point, site system, database.

use crate::base::SimDuration;
use crate::base::ids::{AttemptId, ConnectionPointId, InstanceId, StationId};
use crate::engine::{Admission, Distribution, Stream};
use crate::model::config::{Authentication, GatewayDemand};
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::{Heading, Origin, Stage};
use crate::model::step::Step;
use crate::model::world::World;
use crate::terms::{Cause, Direction, Flow, RequestKind, Role};

use super::Next;
use super::crossing::Parcel;

impl<R: Recorder> World<'_, R> {
    pub(super) fn at_gateway(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind) = (attempt.origin, attempt.kind);
        let handshake = attempt.handshake.is_new();
        let bytes = attempt.message.request + attempt.message.response;
        let Some(instance) = attempt.instance else { return Next::Ends };
        let config = self.config;
        let gateway = &config.gateways[self.cloud.instances[instance].gateway];
        let demand = &gateway.demand;
        let client = match origin {
            Origin::Client(client) => Some(self.cohort(client)),
            Origin::Source(_) => None,
        };
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
        match self.enter(station, id, service) {
            Admission::Refused => self.refuse_at_instance(id, Cause::QueueFull),
            _ => Next::InStation,
        }
    }

    /// Forwards a request from its instance to a connection point.
    pub(super) fn leave_gateway(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind) = (attempt.origin, attempt.kind);
        let (request, held) = (attempt.message.request, attempt.connection_point);
        let Some(instance) = attempt.instance else { return Next::Ends };
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
        gateway.note_sent(Flow::GatewaysToConnectionPoints, request);
        let sending = self.cloud.instances[instance].link.send(self.kernel.now, request);
        self.traffic.attempts[id].connection_point = Some(point);
        let relay = &self.config.network.relay;
        let delay = self.delay_to_site(id) + self.draw(origin, |stream| relay.sample(stream));
        let crossing = self.crossing_to_site(site, Direction::Down);
        let rest = sending + delay;
        let parcel = Parcel { bytes: request, crossing, rest, ..Parcel::direct(SimDuration::ZERO) };
        self.dispatch(id, Stage::ConnectionPoint, parcel)
    }

    /// Refuses a request at the instance with 403.13. If the request opened a connection, counts
    /// the bytes that the instance sent during the connection setup.
    fn refuse_certificate(&mut self, id: AttemptId, instance: InstanceId) -> Next {
        let attempt = &self.traffic.attempts[id];
        if let Origin::Client(client) = attempt.origin
            && attempt.handshake.is_new()
        {
            let bytes = self.cohort(client).handshake.response;
            self.cloud.gateways[self.cloud.instances[instance].gateway]
                .note_sent(Flow::GatewaysToClients, bytes);
            self.cloud.instances[instance].link.send(self.kernel.now, bytes);
        }
        self.refuse_at_instance(id, Cause::ClientCertificate)
    }

    pub(super) fn at_connection_point(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (origin, kind) = (attempt.origin, attempt.kind);
        let Some(point) = attempt.connection_point else { return Next::Ends };
        // A keep-alive uses the port of its channel.
        if kind != RequestKind::KeepAlive || attempt.instance.is_none() {
            if !self.sites.connection_points[point].ports.take(self.kernel.now) {
                return self.refuse(id, Cause::NoPort);
            }
            self.traffic.attempts[id].holds_port = true;
        }
        let distribution = &self.config.connection_points[point].forward[kind];
        let service = self.draw(origin, |stream| distribution.sample(stream));
        match self.enter(self.sites.connection_points[point].station, id, service) {
            Admission::Refused => self.refuse(id, Cause::QueueFull),
            _ => Next::InStation,
        }
    }

    /// Forwards a request from its connection point to its site system.
    pub(super) fn forward(&mut self, id: AttemptId) -> Next {
        let attempt = &mut self.traffic.attempts[id];
        let flow = match self.config.site_systems[attempt.system].role {
            Role::ManagementPoint => Flow::ConnectionPointsToManagementPoints,
            Role::SoftwareUpdatePoint => Flow::ConnectionPointsToUpdatePoints,
        };
        attempt.flow = Some(flow);
        self.observed.flows.add(flow, attempt.message.request);
        Next::Travels(Stage::SiteSystem, SimDuration::ZERO)
    }

    pub(super) fn at_site_system(&mut self, id: AttemptId) -> Next {
        let attempt = &mut self.traffic.attempts[id];
        attempt.heading = Heading::AtSite;
        let (origin, kind, point) = (attempt.origin, attempt.kind, attempt.system);
        self.step(Step::Delivered(id, point));
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
                self.refuse(id, Cause::QueueFull)
            }
            Admission::Waiting { ticket } => {
                if let Some(distribution) = &config.queue_timeout {
                    let patience = self.draw(origin, |stream| distribution.sample(stream));
                    let deadline = self.kernel.now + patience;
                    self.traffic.attempts[id].queue_deadline = deadline;
                    self.traffic.attempts[id].queue_ticket = ticket;
                    self.kernel.schedule(deadline, Event::QueueTimeOut(id));
                }
                Next::InStation
            }
            Admission::Started => Next::InStation,
        }
    }

    /// Passes a request from the workers to database and disk.
    pub(super) fn leave_workers(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (origin, point, kind) = (attempt.origin, attempt.system, attempt.kind);
        let distribution: &Distribution = &self.config.site_systems[point].database[kind];
        if distribution.is_zero() {
            return self.handle_site_answer(id);
        }
        let time = self.draw(origin, |stream| distribution.sample(stream));
        // The station of the database has unlimited servers, so it never refuses a request.
        self.enter(self.sites.site_systems[point].database, id, time);
        Next::InStation
    }

    /// Adds an attempt to a station.
    pub(super) fn enter(
        &mut self,
        station: StationId,
        id: AttemptId,
        service: SimDuration,
    ) -> Admission {
        let (now, kernel) = (self.kernel.now, &mut self.kernel);
        let owned = &mut self.stations[station];
        let admission = owned.station.arrive(now, id.0, service, &mut |at, timer| {
            kernel.schedule(at, Event::Station(station, timer));
        });
        self.step(Step::Enters(id, station, admission));
        admission
    }
}

/// Draws the CPU time to authenticate a client: once per connection for a certificate and its
/// revocation check, once per request for a token. Open sources do not authenticate.
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
                + revocation.map_or(SimDuration::ZERO, |distribution| distribution.sample(stream))
        }
        Some(Authentication::Entra | Authentication::SiteToken) => demand.token.sample(stream),
        _ => SimDuration::ZERO,
    }
}
