//! The first step of an attempt and its duration: through the load balancer of a gateway, directly
//! to a site system, or to a content source.

use crate::base::ids::{ClientId, GatewayId, SiteSystemId, SourceId};
use crate::base::{Bytes, SimDuration};
use crate::engine::TransferClass;
use crate::model::client::{ChannelState, Draws, Location, NO_SERVER};
use crate::model::config::Entry;
use crate::model::deployment::{Origin as From, Step as Progressed};
use crate::model::flow::network;
use crate::model::gateway::ConnectionRole;
use crate::model::recorder::Recorder;
use crate::model::request::{Attempt, Connection, Handshake, Stage};
use crate::model::service::Service;
use crate::model::step::Step;
use crate::model::world::World;
use crate::model::world::lines::Peer;
use crate::terms::{Cause, Flow, Place, RequestKind, Via};

use super::crossing::Parcel;

/// First stage of an attempt, and the message that leads there.
pub(super) type FirstHop = (Stage, Parcel);

/// Creates the first hop of an attempt that fails after this time, or that crosses no shared line.
fn direct(stage: Stage, delay: SimDuration) -> FirstHop {
    (stage, Parcel::direct(delay))
}

fn failure(cause: Cause, delay: SimDuration) -> FirstHop {
    direct(Stage::Client(Err(cause)), delay)
}

impl<R: Recorder> World<'_, R> {
    /// Starts an attempt of a client: through a gateway, directly to a site system, or to a content
    /// source.
    pub(super) fn client_hop(&mut self, id: ClientId, attempt: &mut Attempt) -> FirstHop {
        if attempt.kind == RequestKind::ContentDownload {
            return self.content_hop(id, attempt);
        }
        let Some((service, system)) = self.route(id, attempt.kind) else {
            return failure(Cause::NoServer, SimDuration::ZERO);
        };
        attempt.system = system;
        match service {
            Service::Gateway(gateway) => self.gateway_hop(id, gateway, attempt),
            Service::Direct | Service::Internet(_) => self.direct_hop(id, service, attempt),
        }
    }

    /// Returns the service and the site system for a client's request; `None` if no site system of
    /// the role serves the client.
    fn route(&self, id: ClientId, kind: RequestKind) -> Option<(Service, SiteSystemId)> {
        let client = &self.clients[id];
        match kind {
            RequestKind::UpdateScan => {
                let point = self.clients.agendas[id].update_point;
                (point != NO_SERVER).then(|| (self.scan_service(id), point))
            }
            RequestKind::ContentAuthorisation => {
                let deployment = self.at_step(id, Progressed::Authorising)?;
                match self.progress(deployment, id)?.source? {
                    From::Storage(gateway) => {
                        Some((Service::Gateway(gateway), client.management_point))
                    }
                    _ => None,
                }
            }
            _ => Some((client.service, client.management_point)),
        }
    }

    /// Starts an attempt directly to a site system: on the intranet, over VPN, or internet-based.
    fn direct_hop(&mut self, id: ClientId, service: Service, attempt: &mut Attempt) -> FirstHop {
        let network = &self.config.network;
        let distribution = match self.clients[id].location {
            Location::Intranet => &network.client_site,
            _ => &network.client_azure,
        };
        let peer = Peer::Site(self.config.site_systems[attempt.system].site);
        let round_trip = self.draw(attempt.origin, |stream| distribution.sample(stream))
            + self.round_trip_over(self.crossing_from(id, peer));
        attempt.distance = round_trip.halved();
        let setup = match service {
            Service::Internet(_) => {
                let setup = round_trip.scaled(network.setup_round_trips);
                match self.check_server_list(id) {
                    Ok(fetch) => setup + fetch,
                    Err(in_vain) => return failure(Cause::NoRevocationList, setup + in_vain),
                }
            }
            _ => SimDuration::ZERO,
        };
        let place = self.config.site_systems[attempt.system].role.place();
        self.send_request(id, place, attempt);
        let parcel = self.parcel(id, peer, attempt.message.request, setup + attempt.distance);
        (Stage::SiteSystem, parcel)
    }

    /// Counts the request of an attempt that a client sends to a place other than a gateway.
    fn send_request(&mut self, id: ClientId, place: Place, attempt: &mut Attempt) {
        let flow = Flow::from_clients(place, network(self.clients[id].location, place));
        self.send(flow, attempt);
    }

    /// Counts the request of an attempt that is sent outside gateways.
    fn send(&mut self, flow: Option<Flow>, attempt: &mut Attempt) {
        attempt.flow = flow;
        if let Some(flow) = flow {
            self.observed.flows.add(flow, attempt.message.request);
        }
    }

    /// Counts the request of an attempt to a gateway, and the bytes of its connection setup.
    fn send_to_gateway(&mut self, gateway: GatewayId, attempt: &mut Attempt, setup: Bytes) {
        let flow = Flow::ClientsToGateways;
        attempt.flow = Some(flow);
        self.cloud.gateways[gateway].flows.add(flow, attempt.message.request + setup);
    }

    /// Creates a message from a client that arrives `rest` after it was sent on the client's own
    /// link.
    fn parcel(&self, id: ClientId, peer: Peer, bytes: Bytes, rest: SimDuration) -> Parcel {
        let link = self.cohort(id).uplink;
        Parcel {
            bytes,
            crossing: self.crossing_from(id, peer),
            class: TransferClass::Foreground,
            sending: link.map_or(SimDuration::ZERO, |link| link.transmission_time(bytes)),
            rest,
        }
    }

    /// Starts an attempt through a gateway: on the channel, on the existing connection, or on a new
    /// one.
    fn gateway_hop(&mut self, id: ClientId, gateway: GatewayId, attempt: &mut Attempt) -> FirstHop {
        let config = self.config;
        let distribution = &config.network.client_azure;
        let round_trip = self.draw(attempt.origin, |stream| distribution.sample(stream))
            + self.round_trip_over(self.crossing_from(id, Peer::Gateway));
        attempt.distance = round_trip.halved();
        if attempt.kind == RequestKind::KeepAlive {
            let ChannelState::Open { instance, connection_point } = self.clients[id].channel else {
                return failure(Cause::Reset, SimDuration::ZERO);
            };
            attempt.instance = Some(instance);
            attempt.connection_point = Some(connection_point);
            self.send_to_gateway(gateway, attempt, Bytes::ZERO);
            let bytes = attempt.message.request;
            return (Stage::Gateway, self.parcel(id, Peer::Gateway, bytes, attempt.distance));
        }
        let is_channel = attempt.kind == RequestKind::ChannelOpen;
        let leads_elsewhere = self.clients[id]
            .connection
            .is_some_and(|instance| self.cloud.instances[instance].gateway != gateway);
        // A request for access to the content of another gateway uses a separate connection, which
        // is closed immediately. Other requests to another gateway close the existing connection.
        let is_single = leads_elsewhere && attempt.kind == RequestKind::ContentAuthorisation;
        if leads_elsewhere && !is_single && !is_channel {
            self.drop_connection(id);
        }
        if let Some(instance) = self.clients[id].connection.filter(|_| !(is_channel || is_single)) {
            attempt.instance = Some(instance);
            attempt.connection = Connection::Shared;
            self.send_to_gateway(gateway, attempt, Bytes::ZERO);
            let setup = self.join_connection(id).since(self.kernel.now);
            let (bytes, rest) = (attempt.message.request, setup + attempt.distance);
            return (Stage::Gateway, self.parcel(id, Peer::Gateway, bytes, rest));
        }
        self.new_connection(id, gateway, is_single, round_trip, attempt)
    }

    /// Opens a new connection to an instance that the load balancer selects.
    fn new_connection(
        &mut self,
        id: ClientId,
        gateway: GatewayId,
        is_single: bool,
        round_trip: SimDuration,
        attempt: &mut Attempt,
    ) -> FirstHop {
        let network = &self.config.network;
        self.step(Step::Dials);
        let entity = self.entity(id);
        let balancer = &self.cloud.gateways[gateway];
        let chosen =
            self.clients[id].draw(&self.kernel.streams, entity, Draws::Request, |stream| {
                balancer.balance(stream)
            });
        // Without a healthy instance, or if the selected one is down, the connection attempt times
        // out.
        let Some(instance) = chosen else {
            return failure(Cause::NoInstance, network.connect_timeout);
        };
        if !self.cloud.instances[instance].is_up() {
            return failure(Cause::ConnectTimeout, network.connect_timeout);
        }
        let setup = round_trip.scaled(network.setup_round_trips);
        if balancer.certificate_outages > 0 {
            return failure(Cause::ServerCertificate, setup);
        }
        let setup = match self.check_server_list(id) {
            Ok(fetch) => setup + fetch,
            Err(in_vain) => return failure(Cause::NoRevocationList, setup + in_vain),
        };
        let handshake = self.cohort(id).handshake.request;
        self.step(Step::Connects(handshake));
        self.send_to_gateway(gateway, attempt, handshake);
        attempt.instance = Some(instance);
        attempt.handshake = Handshake::New;
        if attempt.kind == RequestKind::ChannelOpen {
            attempt.connection = Connection::Own;
            self.open_connection(instance, ConnectionRole::Client);
        } else if !is_single {
            self.make_connection(id, instance, self.kernel.now + setup);
            attempt.connection = Connection::Shared;
        }
        let bytes = handshake + attempt.message.request;
        (Stage::Gateway, self.parcel(id, Peer::Gateway, bytes, setup + attempt.distance))
    }

    /// Starts an attempt to a content source, with a request for the next chunk.
    fn content_hop(&mut self, id: ClientId, attempt: &mut Attempt) -> FirstHop {
        let Some(deployment) = self.at_step(id, Progressed::Downloading) else {
            return failure(Cause::NoContent, SimDuration::ZERO);
        };
        attempt.deployment = Some(deployment);
        let source = self.progress(deployment, id).map(|own| own.source);
        let Some(Some(source)) = source else {
            return failure(Cause::NoContent, SimDuration::ZERO);
        };
        let network = &self.config.network;
        let distribution = match (source, self.clients[id].location) {
            (From::DistributionPoint(_), Location::Intranet) => &network.client_site,
            _ => &network.client_azure,
        };
        let round_trip = self.draw(attempt.origin, |stream| distribution.sample(stream))
            + self.round_trip_over(self.crossing_from(id, source.into()));
        attempt.distance = round_trip.halved();
        let setup = round_trip.scaled(network.setup_round_trips);
        if let From::DistributionPoint(point) = source {
            self.sites.distribution_points[point].downloads += 1;
        }
        if self.chunks(deployment, id).0
            <= self.progress(deployment, id).map_or(0, |own| own.chunks)
        {
            return direct(Stage::Client(Ok(())), setup + round_trip);
        }
        let place = match source {
            From::Storage(_) => Place::GatewayStorage,
            From::DistributionPoint(_) => Place::DistributionPoints,
            From::MicrosoftUpdate => Place::MicrosoftUpdate,
        };
        self.send_request(id, place, attempt);
        direct(Stage::Source, setup + attempt.distance)
    }

    /// Starts an attempt of an open source. Open sources keep their connections, so their requests
    /// do not open any.
    pub(super) fn source_hop(&mut self, id: SourceId, attempt: &mut Attempt) -> FirstHop {
        let source = &mut self.traffic.sources[id];
        if let Some(system) = source.systems.get(source.next_system) {
            attempt.system = *system;
            source.next_system = (source.next_system + 1) % source.systems.len();
        }
        match self.config.sources[id].entry {
            Entry::Gateway(gateway) => {
                let network = &self.config.network;
                let stream = &mut self.traffic.sources[id].requests;
                let round_trip = network.client_azure.sample(stream);
                attempt.distance = round_trip.halved();
                match self.cloud.gateways[gateway].balance(stream) {
                    None => failure(Cause::NoInstance, network.connect_timeout),
                    Some(instance) if !self.cloud.instances[instance].is_up() => {
                        failure(Cause::ConnectTimeout, network.connect_timeout)
                    }
                    Some(instance) => {
                        attempt.instance = Some(instance);
                        self.send_to_gateway(gateway, attempt, Bytes::ZERO);
                        direct(Stage::Gateway, attempt.distance)
                    }
                }
            }
            Entry::ConnectionPoint(connection_point) => {
                attempt.connection_point = Some(connection_point);
                if !self.sites.connection_points[connection_point].is_up() {
                    return failure(Cause::NoConnectionPoint, SimDuration::ZERO);
                }
                self.send(Some(Flow::GatewaysToConnectionPoints), attempt);
                direct(Stage::ConnectionPoint, SimDuration::ZERO)
            }
            Entry::SiteSystem(system) => {
                attempt.system = system;
                self.source_to_site_system(attempt)
            }
            Entry::EveryManagementPoint => self.source_to_site_system(attempt),
        }
    }

    /// Sends an attempt of an open source directly to its site system, as from the intranet.
    fn source_to_site_system(&mut self, attempt: &mut Attempt) -> FirstHop {
        let place = self.config.site_systems[attempt.system].role.place();
        self.send(Flow::from_clients(place, Via::Intranet), attempt);
        direct(Stage::SiteSystem, SimDuration::ZERO)
    }
}
