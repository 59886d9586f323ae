//! Outages and recoveries of components, and their effects on dependent components: instances,
//! connection points, site systems and gateways.

use crate::base::ids::{
    AttemptId, ConnectionPointId, GatewayId, InstanceId, SiteSystemId, StationId,
};
use crate::base::{SimDuration, SimTime};
use crate::model::client::{ChannelState, Draws};
use crate::model::connection_point::LinkState;
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::{Answer, Carrier, Fate};
use crate::model::world::World;
use crate::terms::Cause;

impl<R: Recorder> World<'_, R> {
    /// Takes an instance down. An orderly stop resets its connections, so that clients notice the
    /// loss immediately; after a crash, clients notice it later. Returns the number of connections
    /// lost.
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
        self.cut_links_to(id);
        let lost = self.lose_connections(id);
        self.lose_clients(Carrier::Instance(id), is_orderly);
        self.lose_attempts(Carrier::Instance(id), is_orderly);
        let station = self.cloud.instances[id].station;
        self.clear_station(station);
        self.stations.thaw(&mut self.kernel, station);
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

    pub(super) fn connection_point_down(&mut self, id: ConnectionPointId) -> u64 {
        self.sites.connection_points[id].outages += 1;
        if self.sites.connection_points[id].outages > 1 {
            return 0;
        }
        let now = self.kernel.now;
        let point = &mut self.sites.connection_points[id];
        point.up.set(now, 0);
        for link in &mut point.links {
            link.state = LinkState::Down;
        }
        let (gateway, station) = (point.gateway, point.station);
        let lost = point.channels.level();
        // The instances close the connections of channels that they can no longer serve.
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

    /// Marks the server certificate of a gateway as expired or replaced. While it is expired,
    /// clients and connection points cannot open new connections; existing connections stay open.
    pub(super) fn expire_certificate(&mut self, id: GatewayId, is_expired: bool) {
        let gateway = &mut self.cloud.gateways[id];
        match is_expired {
            true => gateway.certificate_outages += 1,
            false => gateway.certificate_outages -= 1,
        }
        if gateway.certificate_outages == 0 {
            self.expect_links_of(id);
        }
        self.note_availability(id);
    }

    /// Cuts or restores the connection from management points to the identity provider.
    pub(super) fn cut_identity(&mut self, systems: &[SiteSystemId], is_cut: bool) {
        for system in systems.iter().filter(|_| self.config.asks_identity_provider) {
            let outages = &mut self.sites.site_systems[*system].identity_outages;
            match is_cut {
                true => *outages += 1,
                false => *outages -= 1,
            }
        }
    }

    /// Takes a site system down: requests in service or waiting fail, and new ones are refused.
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
            self.stations.thaw(&mut self.kernel, station);
        }
        for job in jobs.into_iter().map(AttemptId) {
            let answer = match self.traffic.attempts[job].is_lost() {
                true => self.drop_lost(job),
                false => self.fail_at_site(job, Cause::ServerDown),
            };
            self.settle(answer);
        }
    }

    pub(super) fn site_system_up(&mut self, id: SiteSystemId) {
        let system = &mut self.sites.site_systems[id];
        system.outages -= 1;
        if system.outages == 0 {
            system.up.set(self.kernel.now, 1);
        }
    }

    /// Changes the number of instances of a gateway. Surplus instances stop now; new ones are
    /// billed from now on, but are down until the caller starts them. Returns the new instances and
    /// the number of connections lost.
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

    /// Checks the outbound data of a gateway against its threshold.
    #[inline(never)]
    pub(in crate::model::world) fn outbound_due(&mut self, id: GatewayId) {
        let (now, threshold) = (self.kernel.now, &self.config.gateways[id].outbound);
        let outbound = &mut self.cloud.gateways[id].outbound;
        if outbound.check(now, threshold) && outbound.critical_at.is_none() {
            outbound.critical_at = Some(now);
        }
        let stops =
            threshold.stops && outbound.critical_at == Some(now) && outbound.stopped_at.is_none();
        if stops {
            outbound.stopped_at = Some(now);
            // Only an administrator can restart the gateway, and the model does not simulate this.
            for instance in self.cloud.gateways[id].instances.clone() {
                self.instance_down(instance, true);
            }
        }
        self.kernel.schedule(now + threshold.check, Event::Outbound(id));
    }

    /// Closes all channels and client connections that pass through a failed component.
    fn lose_clients(&mut self, failed: Carrier, is_orderly: bool) {
        let config = self.config;
        self.kernel.note_search(self.clients.all.len());
        for id in self.clients.all.ids() {
            let is_hit = |instance| failed == Carrier::Instance(instance);
            if self.clients[id].connection.is_some_and(is_hit) {
                self.forget_connection(id);
            }
            let ChannelState::Open { instance, connection_point } = self.clients[id].channel else {
                continue;
            };
            if !is_hit(instance) && failed != Carrier::ConnectionPoint(connection_point) {
                continue;
            }
            self.close_channel(id);
            if let Some(request) = self.reset_keep_alive(id, Some(failed)) {
                self.settle(Some(Answer::Failed(request, Cause::Reset)));
            }
            let late = match is_orderly {
                true => SimDuration::ZERO,
                false => {
                    let distribution = &config.network.loss_detection;
                    self.draw_for(id, Draws::Retry, |stream| distribution.sample(stream))
                }
            };
            self.channel_lost(id, late);
        }
    }

    /// Marks attempts in flight through a failed component as lost, unless their response has
    /// passed the component. After an orderly stop, the waiting clients are notified immediately.
    fn lose_attempts(&mut self, failed: Carrier, is_orderly: bool) {
        let mut affected = Vec::new();
        for id in self.traffic.attempts.ids() {
            if self.traffic.attempts[id].fate == Fate::Ended {
                continue;
            }
            self.forget_lost_parts(id);
            let attempt = &self.traffic.attempts[id];
            let waits_for_ever = attempt.deadline == SimTime::NEVER;
            if !attempt.depends_on(failed, self.kernel.now) || !self.lose_attempt(id) {
                continue;
            }
            if !(is_orderly || waits_for_ever) {
                self.expect_loss_detection(id);
            } else if let Some(request) = self.detach(id) {
                affected.push(request);
            }
        }
        for request in affected {
            self.settle(Some(Answer::Failed(request, Cause::Reset)));
        }
    }

    /// Drops all jobs in a station.
    fn clear_station(&mut self, station: StationId) {
        let mut lost = std::mem::take(&mut self.stations.lost_jobs);
        self.stations[station].station.clear(self.kernel.now, &mut lost);
        for job in lost.drain(..) {
            let answer = self.drop_lost(AttemptId(job));
            self.settle(answer);
        }
        self.stations.lost_jobs = lost;
    }
}
