//! Parts that go away and come back, and what they take with them: instances, connection points,
//! site systems, whole gateways. What the balancer and the connection points notice, and when.

use crate::base::ids::{
    AttemptId, ConnectionPointId, GatewayId, InstanceId, SiteSystemId, StationId,
};
use crate::base::{SimDuration, SimTime};
use crate::model::client::{ChannelState, Draws};
use crate::model::event::Event;
use crate::model::passage::Passage;
use crate::model::recorder::Recorder;
use crate::model::request::Carrier;
use crate::terms::Cause;

use super::World;

impl<R: Recorder> World<'_, R> {
    // --- VM instances ---

    /// An instance goes away. An orderly stop resets its connections, so that clients know at
    /// once; after a crash they find out later. Returns how many connections were lost.
    pub(super) fn instance_down(&mut self, id: InstanceId, is_orderly: bool) -> u64 {
        self.cloud.instances[id].outages += 1;
        if self.cloud.instances[id].outages > 1 {
            return 0;
        }
        let now = self.kernel.now;
        self.cloud.instances[id].up.set(now, 0);
        let gateway = self.cloud.instances[id].gateway;
        let detection =
            self.cloud.gateways[gateway].detection_delay(self.config.gateways[gateway].probe);
        self.expect_probe(id, now + detection);
        for point in self.cloud.gateways[gateway].connection_points.clone() {
            if let Some(link) = self.sites.connection_points[point].link_mut(id) {
                link.is_up = false;
                link.due = SimTime::NEVER;
            }
        }
        let (lost, all) = self.cloud.instances[id].drop_connections(now);
        self.observed.ledger.connections_closed += all;
        self.cloud.gateways[gateway].connections.subtract(now, lost);
        self.lose_clients(Carrier::Instance(id), is_orderly);
        self.lose_attempts(Carrier::Instance(id), is_orderly);
        let station = self.cloud.instances[id].station;
        self.clear_station(station);
        self.thaw_wholly(station);
        self.note_availability(gateway);
        lost
    }

    pub(super) fn instance_up(&mut self, id: InstanceId) {
        self.cloud.instances[id].outages -= 1;
        if !self.cloud.instances[id].is_up() {
            return;
        }
        self.cloud.instances[id].up.set(self.kernel.now, 1);
        let gateway = self.cloud.instances[id].gateway;
        let delay =
            self.cloud.gateways[gateway].recovery_delay(self.config.gateways[gateway].probe);
        self.expect_probe(id, self.kernel.now + delay);
        for point in self.cloud.gateways[gateway].connection_points.clone() {
            self.expect_link(point, id);
        }
    }

    pub(super) fn expect_probe(&mut self, id: InstanceId, at: SimTime) {
        self.cloud.instances[id].probe_at = at;
        self.kernel.schedule(at, Event::Probe(id));
    }

    /// The balancer notices how an instance is.
    #[inline(never)]
    pub(super) fn probe(&mut self, id: InstanceId) {
        if self.cloud.instances[id].probe_at != self.kernel.now {
            return;
        }
        self.cloud.instances[id].probe_at = SimTime::NEVER;
        let gateway = self.cloud.instances[id].gateway;
        let answers =
            self.cloud.instances[id].is_up() && !self.is_frozen(self.cloud.instances[id].station);
        self.cloud.gateways[gateway].believe(id, answers);
        self.note_availability(gateway);
    }

    // --- connection points ---

    pub(super) fn connection_point_down(&mut self, id: ConnectionPointId) -> u64 {
        self.sites.connection_points[id].outages += 1;
        if self.sites.connection_points[id].outages > 1 {
            return 0;
        }
        let now = self.kernel.now;
        let point = &mut self.sites.connection_points[id];
        point.up.set(now, 0);
        for link in &mut point.links {
            link.is_up = false;
            link.due = SimTime::NEVER;
        }
        let (gateway, station) = (point.gateway, point.station);
        let lost = point.channels.level();
        // The instances close the connections of the channels they can no longer serve.
        self.lose_clients(Carrier::ConnectionPoint(id), true);
        self.lose_attempts(Carrier::ConnectionPoint(id), true);
        self.clear_station(station);
        self.sites.connection_points[id].ports.clear(now);
        self.note_availability(gateway);
        lost
    }

    pub(super) fn connection_point_up(&mut self, id: ConnectionPointId) {
        self.sites.connection_points[id].outages -= 1;
        if !self.sites.connection_points[id].is_up() {
            return;
        }
        self.sites.connection_points[id].up.set(self.kernel.now, 1);
        let gateway = self.sites.connection_points[id].gateway;
        for instance in self.cloud.gateways[gateway].instances.clone() {
            self.expect_link(id, instance);
        }
    }

    /// The connection point will connect to the instance, if both are up.
    fn expect_link(&mut self, point_id: ConnectionPointId, instance: InstanceId) {
        if !self.cloud.instances[instance].is_up()
            || !self.sites.connection_points[point_id].is_up()
        {
            return;
        }
        let law = &self.config.connection_points[point_id].reconnect;
        let point = &mut self.sites.connection_points[point_id];
        let due = self.kernel.now + law.sample(&mut point.stream);
        if let Some(link) = point.link_mut(instance) {
            link.due = due;
            self.kernel.schedule(due, Event::Link(point_id, instance));
        }
    }

    #[inline(never)]
    pub(super) fn link(&mut self, point_id: ConnectionPointId, instance: InstanceId) {
        let now = self.kernel.now;
        let point = &mut self.sites.connection_points[point_id];
        let gateway = point.gateway;
        let is_refused = self.cloud.gateways[gateway].certificate_outages > 0;
        if let Some(link) = point.link_mut(instance).filter(|link| link.due == now) {
            link.due = SimTime::NEVER;
            // It tries again when the certificate is replaced.
            link.is_up = !is_refused;
            self.note_availability(gateway);
        }
    }

    /// Could a new connection to this gateway be served now?
    pub(super) fn note_availability(&mut self, id: GatewayId) {
        let gateway = &self.cloud.gateways[id];
        let is_served = |id: InstanceId| {
            let instance = &self.cloud.instances[id];
            let points =
                gateway.connection_points.iter().map(|one| &self.sites.connection_points[*one]);
            instance.is_up()
                && !self.is_frozen(instance.station)
                && points
                    .into_iter()
                    .any(|one| one.is_connected(id) && !self.is_frozen(one.station))
        };
        let is_trusted = gateway.certificate_outages == 0;
        let is_available = is_trusted && gateway.healthy.iter().any(|one| is_served(*one));
        let level = u64::from(is_available);
        if level != self.cloud.gateways[id].available.level() {
            self.cloud.gateways[id].available.set(self.kernel.now, level);
        }
    }

    // --- trust ---

    /// The server certificate of a gateway expires, or is replaced. Nobody can connect meanwhile,
    /// connection points neither; what is connected stays so.
    pub(super) fn expire_certificate(&mut self, id: GatewayId, is_expired: bool) {
        let gateway = &mut self.cloud.gateways[id];
        match is_expired {
            true => gateway.certificate_outages += 1,
            false => gateway.certificate_outages -= 1,
        }
        if gateway.certificate_outages == 0 {
            let (points, instances) =
                (gateway.connection_points.clone(), gateway.instances.clone());
            for (point, instance) in
                points.iter().flat_map(|point| instances.iter().map(move |one| (*point, *one)))
            {
                let link = self.sites.connection_points[point].link_mut(instance);
                if link.is_some_and(|link| !link.is_up && link.due == SimTime::NEVER) {
                    self.expect_link(point, instance);
                }
            }
        }
        self.note_availability(id);
    }

    /// Management points cannot reach the identity provider, or can again.
    pub(super) fn cut_identity(&mut self, systems: &[SiteSystemId], is_cut: bool) {
        for system in systems.iter().filter(|_| self.config.asks_identity_provider) {
            let outages = &mut self.sites.site_systems[*system].identity_outages;
            match is_cut {
                true => *outages += 1,
                false => *outages -= 1,
            }
        }
    }

    // --- site systems ---

    /// A site system goes away: what it was working on fails, what comes is refused.
    pub(super) fn site_system_down(&mut self, id: SiteSystemId) {
        let system = &mut self.sites.site_systems[id];
        system.outages += 1;
        if system.outages > 1 {
            return;
        }
        system.up.set(self.kernel.now, 0);
        let mut jobs = Vec::new();
        for station in [system.workers, system.database] {
            self.stations[station].station.clear(self.kernel.now, &mut jobs);
            self.thaw_wholly(station);
        }
        for job in jobs.into_iter().map(AttemptId) {
            match self.traffic.attempts[job].is_lost {
                true => self.drop_lost(job),
                false => self.refuse(job, Cause::ServerDown),
            }
        }
    }

    pub(super) fn site_system_up(&mut self, id: SiteSystemId) {
        let system = &mut self.sites.site_systems[id];
        system.outages -= 1;
        if system.outages == 0 {
            system.up.set(self.kernel.now, 1);
        }
    }

    // --- gateways ---

    /// The number of a gateway's instances changes. Those that are too many stop now; new ones are
    /// paid for from now on, but down until the caller starts them. Returns these, and the
    /// connections lost.
    pub(super) fn scale(&mut self, gateway: GatewayId, to: u32) -> (Vec<InstanceId>, u64) {
        let (mut new, mut lost) = (Vec::new(), 0);
        for instance in self.cloud.gateways[gateway].instances.clone() {
            let exists = self.cloud.instances[instance].number < to;
            if exists == self.cloud.instances[instance].is_provisioned() {
                continue;
            }
            self.cloud.instances[instance].provisioned.set(self.kernel.now, u64::from(exists));
            if exists {
                new.push(instance);
            } else {
                lost += self.instance_down(instance, true);
            }
        }
        (new, lost)
    }

    /// What has left a gateway is checked against its threshold.
    #[inline(never)]
    pub(super) fn outbound_due(&mut self, id: GatewayId) {
        let (now, threshold) = (self.kernel.now, &self.config.gateways[id].outbound);
        let outbound = &mut self.cloud.gateways[id].outbound;
        if outbound.check(now, threshold) && outbound.critical_at.is_none() {
            outbound.critical_at = Some(now);
        }
        let stops =
            threshold.stops && outbound.critical_at == Some(now) && outbound.stopped_at.is_none();
        if stops {
            outbound.stopped_at = Some(now);
            // Nobody starts it again but an administrator.
            for instance in self.cloud.gateways[id].instances.clone() {
                self.instance_down(instance, true);
            }
        }
        self.kernel.schedule(now + threshold.check, Event::Outbound(id));
    }

    // --- what clients lose ---

    /// Clients lose their channels and connections through a component that has failed.
    fn lose_clients(&mut self, failed: Carrier, is_orderly: bool) {
        let config = self.config;
        self.kernel.note_search(self.clients.all.len());
        for id in self.clients.all.ids() {
            let is_hit = |instance| failed == Carrier::Instance(instance);
            if self.clients[id].connection.is_some_and(is_hit) {
                let client = &mut self.clients[id];
                client.connection = None;
                client.connection_users = 0;
                client.idle_at = SimTime::NEVER;
            }
            let ChannelState::Open { instance, connection_point } = self.clients[id].channel else {
                continue;
            };
            if !is_hit(instance) && failed != Carrier::ConnectionPoint(connection_point) {
                continue;
            }
            self.close_channel(id);
            self.reset_keep_alive(id, Some(failed));
            let late = match is_orderly {
                true => SimDuration::ZERO,
                false => {
                    let law = &config.network.loss_detection;
                    self.draw_for(id, Draws::Retry, |stream| law.sample(stream))
                }
            };
            self.channel_lost(id, late);
        }
    }

    /// Attempts in flight through a component that has failed are lost, unless their answer has
    /// passed it. After an orderly stop whoever waits is told at once.
    fn lose_attempts(&mut self, failed: Carrier, is_orderly: bool) {
        let mut told = Vec::new();
        for id in self.traffic.attempts.ids() {
            let attempt = &mut self.traffic.attempts[id];
            if attempt.is_ended {
                continue;
            }
            let instance_is_up =
                attempt.instance.is_none_or(|one| self.cloud.instances[one].is_up());
            if !instance_is_up {
                // Its connection was closed with the instance.
                attempt.on_connection = false;
                attempt.owns_connection = false;
            }
            let point_is_up = attempt
                .connection_point
                .is_none_or(|one| self.sites.connection_points[one].is_up());
            if !point_is_up {
                // All ports of the connection point were closed together, also that of an attempt
                // which was lost before.
                attempt.holds_port = false;
            }
            if !attempt.depends_on(failed, self.kernel.now)
                || std::mem::replace(&mut attempt.is_lost, true)
            {
                continue;
            }
            let waits_for_ever = attempt.deadline == SimTime::NEVER;
            self.observed.tell(self.kernel.now, Passage::Lost(id));
            if !(is_orderly || waits_for_ever) {
                self.expect_loss_detection(id);
            } else if let Some(request) = self.detach(id) {
                told.push(request);
            }
        }
        for request in told {
            self.attempt_failed(request, Cause::Reset);
        }
    }

    /// Nobody told the client that its connection has gone: it finds out, or gives up before.
    fn expect_loss_detection(&mut self, id: AttemptId) {
        if self.traffic.attempts[id].request.is_none() {
            return;
        }
        let law = &self.config.network.loss_detection;
        let late = self.draw_retry(self.traffic.attempts[id].origin, |stream| law.sample(stream));
        let noticed = self.kernel.now + late;
        if noticed < self.traffic.attempts[id].deadline {
            self.traffic.attempts[id].deadline = noticed;
            self.kernel.schedule(noticed, Event::TimeOut(id));
        }
    }

    /// The jobs in a station are gone.
    fn clear_station(&mut self, station: StationId) {
        let mut lost = std::mem::take(&mut self.stations.lost_jobs);
        self.stations[station].station.clear(self.kernel.now, &mut lost);
        for job in lost.drain(..) {
            self.drop_lost(AttemptId(job));
        }
        self.stations.lost_jobs = lost;
    }
}
