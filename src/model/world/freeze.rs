//! Servers that stand still, while their machine keeps its jobs and its connections; and how that
//! is noticed.

use crate::base::ids::StationId;
use crate::model::config::FreezeTarget;
use crate::model::event::Event;
use crate::model::recorder::Recorder;

use super::{Owner, World};

impl<R: Recorder> World<'_, R> {
    /// The station whose servers stand still.
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

    /// Whether none of its servers works.
    pub(super) fn is_frozen(&self, id: StationId) -> bool {
        self.stations[id].available() == 0
    }

    /// Some servers of a station (`None`: all of them) stand still, or work again.
    pub(super) fn freeze(&mut self, id: StationId, servers: Option<u32>, is_frozen: bool) {
        let was_frozen = self.is_frozen(id);
        let owned = &mut self.stations[id];
        let (count, by) = match servers {
            None => (&mut owned.frozen_wholly, 1),
            Some(servers) => (&mut owned.frozen_servers, servers),
        };
        *count = if is_frozen { count.saturating_add(by) } else { count.saturating_sub(by) };
        self.apply_freeze(id);
        if self.is_frozen(id) != was_frozen {
            self.note_freeze(id);
        }
    }

    /// A machine that starts anew works with all its servers.
    pub(super) fn thaw_wholly(&mut self, id: StationId) {
        let owned = &mut self.stations[id];
        owned.freeze += 1;
        owned.frozen_servers = 0;
        owned.frozen_wholly = 0;
        self.apply_freeze(id);
    }

    fn apply_freeze(&mut self, id: StationId) {
        let (calendar, owned) = (&mut self.kernel.calendar, &mut self.stations[id]);
        let available = owned.available();
        owned.station.set_available(self.kernel.now, available, &mut |at, timer| {
            calendar.schedule(at, Event::Station(id, timer));
        });
    }

    /// A part has stopped answering, or answers again: the probes find out.
    fn note_freeze(&mut self, id: StationId) {
        let gateway = match self.stations[id].owner {
            Owner::Instance(instance) => {
                let gateway = self.cloud.instances[instance].gateway;
                let probe = self.config.gateways[gateway].probe;
                let delay = match self.is_frozen(id) {
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
