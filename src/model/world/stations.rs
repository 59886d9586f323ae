//! Stations of all components: their owners, and frozen servers.

use std::ops::{Index, IndexMut};

use crate::base::ids::{
    ConnectionPointId, DeploymentId, GatewayId, InstanceId, SiteSystemId, StationId,
};
use crate::base::{IdVec, SimTime};
use crate::engine::Station;
use crate::model::event::Event;
use crate::model::tallied::Tallied;
use crate::terms::StationGroup;

use super::kernel::Kernel;

/// Owner of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Cores of a VM instance.
    Instance(InstanceId),
    /// Cores of a connection point.
    ConnectionPoint(ConnectionPointId),
    /// Workers of a site system.
    SiteSystem(SiteSystemId),
    /// Request rate of one file in the storage of a gateway.
    File(GatewayId, DeploymentId),
    /// Database and disk of a site system.
    Database(SiteSystemId),
}

impl Owner {
    /// Returns the group of the station in the latency breakdown.
    pub(super) const fn station_group(self) -> StationGroup {
        match self {
            Owner::Instance(_) => StationGroup::Instance,
            Owner::ConnectionPoint(_) => StationGroup::ConnectionPoint,
            Owner::SiteSystem(_) => StationGroup::SiteSystem,
            Owner::File(..) => StationGroup::Storage,
            Owner::Database(_) => StationGroup::Database,
        }
    }
}

/// A station with its owner and the number of its frozen servers.
#[derive(Clone, Debug)]
pub struct OwnedStation {
    /// Component that the station belongs to.
    pub owner: Owner,
    /// Number of servers frozen by disruptions that freeze only some servers.
    pub frozen_servers: u32,
    /// Number of current disruptions that freeze all servers.
    pub frozen_wholly: u32,
    /// Number of restarts of the machine; a restart ends earlier freezes.
    pub freeze: u32,
    /// Station with its queue and servers.
    pub station: Station,
}

impl OwnedStation {
    /// Returns the number of servers that are not frozen.
    pub fn available(&self) -> u32 {
        match self.frozen_wholly {
            0 => self.station.servers().unwrap_or(u32::MAX).saturating_sub(self.frozen_servers),
            _ => 0,
        }
    }
}

/// All stations.
#[derive(Debug, Default)]
pub(super) struct Stations {
    pub(super) all: IdVec<StationId, OwnedStation>,
    /// Reusable buffer for the jobs of a station that is cleared.
    pub(super) lost_jobs: Vec<u32>,
}

impl Stations {
    /// Returns whether all servers are frozen.
    pub(super) fn is_frozen(&self, id: StationId) -> bool {
        self.all[id].available() == 0
    }

    /// Freezes or resumes some servers of a station, or all of them if `servers` is `None`.
    pub(super) fn freeze(
        &mut self,
        kernel: &mut Kernel,
        id: StationId,
        servers: Option<u32>,
        is_frozen: bool,
    ) {
        let owned = &mut self.all[id];
        let (count, by) = match servers {
            None => (&mut owned.frozen_wholly, 1),
            Some(servers) => (&mut owned.frozen_servers, servers),
        };
        *count = if is_frozen { count.saturating_add(by) } else { count.saturating_sub(by) };
        self.apply_freeze(kernel, id);
    }

    /// Ends all freezes of a station, because its machine has restarted.
    pub(super) fn thaw(&mut self, kernel: &mut Kernel, id: StationId) {
        let owned = &mut self.all[id];
        owned.freeze += 1;
        owned.frozen_servers = 0;
        owned.frozen_wholly = 0;
        self.apply_freeze(kernel, id);
    }

    fn apply_freeze(&mut self, kernel: &mut Kernel, id: StationId) {
        let (now, owned) = (kernel.now, &mut self.all[id]);
        let available = owned.available();
        owned.station.set_available(now, available, &mut |at, timer| {
            kernel.schedule(at, Event::Station(id, timer));
        });
    }
}

impl Index<StationId> for Stations {
    type Output = OwnedStation;
    fn index(&self, id: StationId) -> &OwnedStation {
        &self.all[id]
    }
}

impl IndexMut<StationId> for Stations {
    fn index_mut(&mut self, id: StationId) -> &mut OwnedStation {
        &mut self.all[id]
    }
}

impl Tallied for OwnedStation {
    fn reset(&mut self, now: SimTime) {
        let OwnedStation { owner: _, frozen_servers: _, frozen_wholly: _, freeze: _, station } =
            self;
        station.reset_statistics(now);
    }
}

impl Tallied for Stations {
    fn reset(&mut self, now: SimTime) {
        let Stations { all, lost_jobs: _ } = self;
        all.reset(now);
    }
}
