//! Freezes of servers. A frozen machine keeps its jobs and its connections; probes detect the
//! freeze.

use crate::base::ids::StationId;
use crate::model::config::FreezeTarget;
use crate::model::recorder::Recorder;
use crate::model::world::World;
use crate::model::world::stations::Owner;

impl<R: Recorder> World<'_, R> {
    /// Returns the station whose servers freeze.
    pub(super) fn freeze_station(&self, target: FreezeTarget) -> StationId {
        match target {
            FreezeTarget::Instance(gateway, number) => {
                let instance = self.cloud.gateways[gateway].instances[number as usize];
                self.cloud.instances[instance].station
            }
            FreezeTarget::ConnectionPoint(point) => self.sites.connection_points[point].station,
            FreezeTarget::SiteSystem(point) => self.sites.site_systems[point].workers,
        }
    }

    /// Freezes or resumes some servers of a station, or all of them if `servers` is `None`.
    pub(super) fn freeze(&mut self, id: StationId, servers: Option<u32>, is_frozen: bool) {
        let was_frozen = self.stations.is_frozen(id);
        self.stations.freeze(&mut self.kernel, id, servers, is_frozen);
        if self.stations.is_frozen(id) != was_frozen {
            self.note_freeze(id);
        }
    }

    /// Schedules when the probes detect that a component has stopped or resumed responding.
    fn note_freeze(&mut self, id: StationId) {
        let gateway = match self.stations[id].owner {
            Owner::Instance(instance) => {
                let gateway = self.cloud.instances[instance].gateway;
                let probe = self.config.gateways[gateway].probe;
                let delay = match self.stations.is_frozen(id) {
                    true => self.cloud.gateways[gateway].detection_delay(probe),
                    false => self.cloud.gateways[gateway].recovery_delay(probe),
                };
                self.expect_probe(instance, self.kernel.now + delay);
                gateway
            }
            Owner::ConnectionPoint(point) => self.sites.connection_points[point].gateway,
            Owner::SiteSystem(_) | Owner::Database(_) | Owner::File(..) => return,
        };
        self.note_availability(gateway);
    }
}
