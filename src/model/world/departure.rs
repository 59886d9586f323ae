//! An attempt begins: from a client or an open source, through the load balancer or straight to a
//! management point.

use crate::base::ids::{ClientId, ManagementPointId, RequestId, SourceId};
use crate::base::{Id, SimDuration, SimTime};
use crate::model::client::{ChannelState, Draws, Location};
use crate::model::config::{Entry, Message};
use crate::model::event::Event;
use crate::model::gateway::ConnectionRole;
use crate::model::recorder::Recorder;
use crate::model::request::{Attempt, Cause, Origin, Stage};
use crate::model::workload::RequestKind;

use super::World;

/// Where an attempt goes first, and how long it takes to get there.
type FirstLeg = (Stage, SimDuration);

impl<R: Recorder> World<'_, R> {
    /// Begins the next attempt of a request.
    pub(super) fn begin_attempt(&mut self, request: RequestId) {
        self.requests[request].attempts += 1;
        let (origin, kind) = (self.requests[request].origin, self.requests[request].kind);
        let config = self.config;
        let (message, timeout) = match origin {
            Origin::Client(client) => {
                let cohort = &config.cohorts[self.clients[client].cohort];
                (cohort.messages[kind], Some(&cohort.timeout))
            }
            Origin::Source(source) => {
                let source = &config.sources[source];
                (source.message, source.timeout.as_ref())
            }
        };
        let mut attempt = new_attempt(request, origin, kind, message);
        let (stage, delay) = match origin {
            Origin::Client(client) => self.client_leg(client, &mut attempt),
            Origin::Source(source) => self.source_leg(source, &mut attempt),
        };
        self.ledger.attempts_begun += 1;
        self.ledger.bytes_sent += message.request.count();
        self.recorder.attempt(self.now, kind, self.origin_index(origin));
        let id = self.attempts.insert(attempt);
        self.requests[request].attempt = Some(id);
        if let Some(timeout) = timeout {
            let patience = self.draw(origin, |stream| timeout.sample(stream));
            let deadline = self.now + patience;
            self.attempts[id].deadline = deadline;
            self.calendar.schedule(deadline, Event::TimeOut(id));
        }
        self.travel(id, stage, delay);
    }

    /// From a client: through its gateway, or straight to its management point.
    fn client_leg(&mut self, id: ClientId, attempt: &mut Attempt) -> FirstLeg {
        let config = self.config;
        let cohort = &config.cohorts[self.clients[id].cohort];
        attempt.management_point = self.clients[id].management_point;
        let upload = |bytes| match cohort.uplink {
            Some(link) => link.transmission_time(bytes),
            None => SimDuration::ZERO,
        };
        let origin = attempt.origin;
        if self.clients[id].location != Location::Internet {
            let round_trip = self.draw(origin, |stream| config.network.client_site.sample(stream));
            attempt.distance = round_trip.scaled(0.5);
            let delay = attempt.distance + upload(attempt.message.request);
            return (Stage::ManagementPoint, delay);
        }
        let round_trip = self.draw(origin, |stream| config.network.client_azure.sample(stream));
        attempt.distance = round_trip.scaled(0.5);
        if attempt.kind == RequestKind::KeepAlive {
            let ChannelState::Open { instance, connection_point } = self.clients[id].channel else {
                return (Stage::Client(Err(Cause::Reset)), SimDuration::ZERO);
            };
            attempt.instance = Some(instance);
            attempt.connection_point = Some(connection_point);
            return (Stage::Gateway, attempt.distance + upload(attempt.message.request));
        }
        let is_channel = attempt.kind == RequestKind::ChannelOpen;
        if let Some(instance) = self.clients[id].connection.filter(|_| !is_channel) {
            attempt.instance = Some(instance);
            attempt.on_connection = true;
            let client = &mut self.clients[id];
            client.connection_users += 1;
            client.idle_at = SimTime::NEVER;
            // Who comes while it is still being set up waits for that.
            let setup = client.connected_at.since(self.now);
            return (Stage::Gateway, setup + attempt.distance + upload(attempt.message.request));
        }
        self.recorder.connect_attempt(self.now);
        self.connect_attempts += 1;
        let gateway = self.clients[id].gateway;
        let key = self.cohorts[self.clients[id].cohort.index()].key;
        let balancer = &self.gateways[gateway];
        let chosen = self.clients[id]
            .draw(&self.streams, key, Draws::Request, |stream| balancer.balance(stream));
        // In both cases nobody answers.
        let Some(instance) = chosen else {
            return (Stage::Client(Err(Cause::NoInstance)), config.network.connect_timeout);
        };
        if !self.instances[instance].is_up() {
            return (Stage::Client(Err(Cause::ConnectTimeout)), config.network.connect_timeout);
        }
        let setup = round_trip.scaled(config.network.setup_round_trips);
        self.recorder.connect(self.now);
        self.connects += 1;
        let role = if is_channel { ConnectionRole::Client } else { self.request_role(id) };
        self.open_connection(instance, role);
        attempt.instance = Some(instance);
        attempt.handshake = true;
        if is_channel {
            attempt.owns_connection = true;
        } else {
            attempt.on_connection = true;
            let client = &mut self.clients[id];
            client.connection = Some(instance);
            client.connection_users = 1;
            client.idle_at = SimTime::NEVER;
            client.connected_at = self.now + setup;
        }
        let bytes = cohort.handshake.request + attempt.message.request;
        (Stage::Gateway, setup + attempt.distance + upload(bytes))
    }

    /// From an open source. It keeps its connections, so none are made for its requests.
    fn source_leg(&mut self, id: SourceId, attempt: &mut Attempt) -> FirstLeg {
        let count = self.management_points.len();
        let turn = self.sources[id].turn;
        self.sources[id].turn = (turn + 1) % count.max(1);
        attempt.management_point = ManagementPointId::from_index(turn);
        match self.config.sources[id].entry {
            Entry::Gateway(gateway) => {
                let network = &self.config.network;
                let stream = &mut self.sources[id].requests;
                let round_trip = network.client_azure.sample(stream);
                attempt.distance = round_trip.scaled(0.5);
                match self.gateways[gateway].balance(stream) {
                    None => (Stage::Client(Err(Cause::NoInstance)), network.connect_timeout),
                    Some(instance) if !self.instances[instance].is_up() => {
                        (Stage::Client(Err(Cause::ConnectTimeout)), network.connect_timeout)
                    }
                    Some(instance) => {
                        attempt.instance = Some(instance);
                        (Stage::Gateway, attempt.distance)
                    }
                }
            }
            Entry::ConnectionPoint(connection_point) => {
                attempt.connection_point = Some(connection_point);
                if !self.connection_points[connection_point].is_up() {
                    let cause = Cause::NoConnectionPoint;
                    return (Stage::Client(Err(cause)), SimDuration::ZERO);
                }
                (Stage::ConnectionPoint, SimDuration::ZERO)
            }
            Entry::ManagementPoint(management_point) => {
                attempt.management_point = management_point;
                (Stage::ManagementPoint, SimDuration::ZERO)
            }
            Entry::EveryManagementPoint => (Stage::ManagementPoint, SimDuration::ZERO),
        }
    }
}

fn new_attempt(request: RequestId, origin: Origin, kind: RequestKind, message: Message) -> Attempt {
    Attempt {
        request: Some(request),
        origin,
        kind,
        stage: Stage::Client(Ok(())),
        instance: None,
        connection_point: None,
        management_point: ManagementPointId(0),
        handshake: false,
        holds_port: false,
        owns_connection: false,
        on_connection: false,
        is_lost: false,
        is_ended: false,
        is_parked: false,
        is_delivered: false,
        deadline: SimTime::NEVER,
        queue_deadline: SimTime::NEVER,
        queue_ticket: 0,
        distance: SimDuration::ZERO,
        message,
    }
}
