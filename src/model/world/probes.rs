//! Detection of failed and restarted instances by the load balancer and the connection points:
//! probes, and the connections of connection points.

use crate::base::SimTime;
use crate::base::ids::{ConnectionPointId, GatewayId, InstanceId};
use crate::model::connection_point::LinkState;
use crate::model::event::Event;
use crate::model::recorder::Recorder;

use super::World;

impl<R: Recorder> World<'_, R> {
    pub(super) fn expect_probe(&mut self, id: InstanceId, at: SimTime) {
        self.cloud.instances[id].probe_at = at;
        self.kernel.schedule(at, Event::Probe(id));
    }

    /// Updates the load balancer's view of an instance.
    #[inline(never)]
    pub(super) fn probe(&mut self, id: InstanceId) {
        if self.cloud.instances[id].probe_at != self.kernel.now {
            return;
        }
        self.cloud.instances[id].probe_at = SimTime::NEVER;
        let gateway = self.cloud.instances[id].gateway;
        let answers = self.cloud.instances[id].is_up()
            && !self.stations.is_frozen(self.cloud.instances[id].station);
        self.cloud.gateways[gateway].believe(id, answers);
        self.note_availability(gateway);
    }

    /// Schedules the connection of a connection point to an instance, if both are up.
    pub(super) fn expect_link(&mut self, point_id: ConnectionPointId, instance: InstanceId) {
        if !self.cloud.instances[instance].is_up()
            || !self.sites.connection_points[point_id].is_up()
        {
            return;
        }
        let distribution = &self.config.connection_points[point_id].reconnect;
        let point = &mut self.sites.connection_points[point_id];
        let due = self.kernel.now + distribution.sample(&mut point.stream);
        if let Some(link) = point.link_mut(instance) {
            link.state = LinkState::Due(due);
            self.kernel.schedule(due, Event::Link(point_id, instance));
        }
    }

    /// Schedules the connections that an expired certificate had prevented.
    pub(super) fn expect_links_of(&mut self, gateway: GatewayId) {
        let gateway = &self.cloud.gateways[gateway];
        let (points, instances) = (gateway.connection_points.clone(), gateway.instances.clone());
        for (point, instance) in
            points.iter().flat_map(|point| instances.iter().map(move |one| (*point, *one)))
        {
            let link = self.sites.connection_points[point].link_mut(instance);
            if link.is_some_and(|link| link.state == LinkState::Down) {
                self.expect_link(point, instance);
            }
        }
    }

    /// Cuts the connections of connection points to an instance that is down.
    pub(super) fn cut_links_to(&mut self, instance: InstanceId) {
        let gateway = self.cloud.instances[instance].gateway;
        for point in &self.cloud.gateways[gateway].connection_points {
            if let Some(link) = self.sites.connection_points[*point].link_mut(instance) {
                link.state = LinkState::Down;
            }
        }
    }

    #[inline(never)]
    pub(super) fn link(&mut self, point_id: ConnectionPointId, instance: InstanceId) {
        let now = self.kernel.now;
        let point = &mut self.sites.connection_points[point_id];
        let gateway = point.gateway;
        let is_refused = self.cloud.gateways[gateway].certificate_outages > 0;
        let link = point.link_mut(instance).filter(|link| link.state == LinkState::Due(now));
        if let Some(link) = link {
            // A refused connection is retried when the certificate is replaced.
            link.state = if is_refused { LinkState::Down } else { LinkState::Up };
            self.note_availability(gateway);
        }
    }

    /// Records whether a new connection to this gateway could be served now.
    pub(super) fn note_availability(&mut self, id: GatewayId) {
        let gateway = &self.cloud.gateways[id];
        let is_served = |id: InstanceId| {
            let instance = &self.cloud.instances[id];
            let points =
                gateway.connection_points.iter().map(|one| &self.sites.connection_points[*one]);
            instance.is_up()
                && !self.stations.is_frozen(instance.station)
                && points
                    .into_iter()
                    .any(|one| one.is_connected(id) && !self.stations.is_frozen(one.station))
        };
        let is_trusted = gateway.certificate_outages == 0;
        let is_available = is_trusted && gateway.healthy.iter().any(|one| is_served(*one));
        let level = u64::from(is_available);
        if level != self.cloud.gateways[id].available.level() {
            self.cloud.gateways[id].available.set(self.kernel.now, level);
        }
    }
}
