//! The sites with what stands in them: connection points, site systems, distribution points.

use std::ops::{Index, IndexMut};

use crate::base::IdVec;
use crate::base::ids::{ConnectionPointId, DistributionPointId, SiteId, SiteSystemId};
use crate::model::connection_point::ConnectionPoint;
use crate::model::content::DistributionPoint;
use crate::model::service::Directory;
use crate::model::site::{Site, SiteSystem};

/// All sites.
#[derive(Debug)]
pub(super) struct Sites {
    pub(super) all: IdVec<SiteId, Site>,
    pub(super) connection_points: IdVec<ConnectionPointId, ConnectionPoint>,
    pub(super) site_systems: IdVec<SiteSystemId, SiteSystem>,
    pub(super) distribution_points: IdVec<DistributionPointId, DistributionPoint>,
    /// Which services the clients of each site may use.
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
