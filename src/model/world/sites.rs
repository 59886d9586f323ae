//! The sites and their servers: connection points, site systems and distribution points.

use std::ops::{Index, IndexMut};

use crate::base::ids::{ConnectionPointId, DistributionPointId, SiteId, SiteSystemId};
use crate::base::{IdVec, SimTime};
use crate::model::connection_point::ConnectionPoint;
use crate::model::content::DistributionPoint;
use crate::model::service::Directory;
use crate::model::site::{Site, SiteSystem};
use crate::model::tallied::Tallied;

/// All sites.
#[derive(Debug)]
pub(super) struct Sites {
    pub(super) all: IdVec<SiteId, Site>,
    pub(super) connection_points: IdVec<ConnectionPointId, ConnectionPoint>,
    pub(super) site_systems: IdVec<SiteSystemId, SiteSystem>,
    pub(super) distribution_points: IdVec<DistributionPointId, DistributionPoint>,
    /// Services that the clients of each site may use.
    pub(super) directories: IdVec<SiteId, Directory>,
}

impl Index<SiteId> for Sites {
    type Output = Site;
    fn index(&self, id: SiteId) -> &Site {
        &self.all[id]
    }
}

impl IndexMut<SiteId> for Sites {
    fn index_mut(&mut self, id: SiteId) -> &mut Site {
        &mut self.all[id]
    }
}

impl Tallied for Sites {
    fn reset(&mut self, now: SimTime) {
        let Sites { all: _, connection_points, site_systems, distribution_points, directories: _ } =
            self;
        connection_points.reset(now);
        site_systems.reset(now);
        distribution_points.reset(now);
    }
}
