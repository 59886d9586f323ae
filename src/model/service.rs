//! Which services and site systems the clients of a site may use.

use crate::base::IdVec;
use crate::base::ids::{DistributionPointId, GatewayId, SiteId, SiteSystemId};

use super::config::{Config, Role, Serves};

/// Where a client sends what is for a management point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Straight to one on the intranet.
    Direct,
    /// Through a gateway.
    Gateway(GatewayId),
    /// To one that stands on the internet (internet-based client management).
    Internet(SiteSystemId),
}

/// What the clients of one site may use.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Services for clients on the internet: gateways that reach the site, and management points
    /// that stand on the internet.
    pub internet: Vec<Service>,
    /// Management points for clients on the intranet.
    pub management_points: Vec<SiteSystemId>,
    /// Management points behind gateways.
    pub gateway_management_points: Vec<SiteSystemId>,
    /// Software update points for clients on the intranet.
    pub update_points: Vec<SiteSystemId>,
    /// Software update points behind gateways.
    pub gateway_update_points: Vec<SiteSystemId>,
    /// Software update points that stand on the internet.
    pub internet_update_points: Vec<SiteSystemId>,
    /// Distribution points for clients on the intranet.
    pub distribution_points: Vec<DistributionPointId>,
    /// Distribution points that stand on the internet.
    pub internet_distribution_points: Vec<DistributionPointId>,
}

impl Service {
    /// The gateway, if it is one.
    pub const fn gateway(self) -> Option<GatewayId> {
        match self {
            Service::Gateway(gateway) => Some(gateway),
            _ => None,
        }
    }
}

impl Directory {
    /// The directories of all sites.
    pub fn of_sites(config: &Config) -> IdVec<SiteId, Directory> {
        let mut all = IdVec::new();
        for site in config.sites.ids() {
            all.push(Directory::of(config, site));
        }
        all
    }

    fn of(config: &Config, site: SiteId) -> Directory {
        let mut found = Directory::default();
        for gateway in config.gateways.ids() {
            let mut points = config.connection_points.iter();
            if points.any(|point| point.gateway == gateway && point.site == site) {
                found.internet.push(Service::Gateway(gateway));
            }
        }
        let own = config.site_systems.entries().filter(|(_, system)| system.site == site);
        for (id, system) in own {
            let (intranet, gateway) = match system.role {
                Role::ManagementPoint => {
                    (&mut found.management_points, &mut found.gateway_management_points)
                }
                Role::SoftwareUpdatePoint => {
                    (&mut found.update_points, &mut found.gateway_update_points)
                }
            };
            if system.serves.intranet() {
                intranet.push(id);
            }
            if system.serves.gateway() {
                gateway.push(id);
            }
            match (system.serves, system.role) {
                (Serves::Internet, Role::ManagementPoint) => {
                    found.internet.push(Service::Internet(id));
                }
                (Serves::Internet, Role::SoftwareUpdatePoint) => {
                    found.internet_update_points.push(id);
                }
                _ => {}
            }
        }
        for (id, point) in config.distribution_points.entries() {
            let list = match point.is_internet {
                true => &mut found.internet_distribution_points,
                false => &mut found.distribution_points,
            };
            if point.site == site {
                list.push(id);
            }
        }
        found
    }

    /// The management point for a service that is somebody's `pick`; `None` if there is none.
    pub fn management_point(&self, service: Service, pick: u16) -> Option<SiteSystemId> {
        match service {
            Service::Direct => picked(&self.management_points, pick),
            Service::Gateway(_) => picked(&self.gateway_management_points, pick),
            Service::Internet(system) => Some(system),
        }
    }

    /// The same for software update points.
    pub fn update_point(&self, service: Service, pick: u16) -> Option<SiteSystemId> {
        match service {
            Service::Direct => picked(&self.update_points, pick),
            Service::Gateway(_) => picked(&self.gateway_update_points, pick),
            Service::Internet(_) => picked(&self.internet_update_points, pick),
        }
    }
}

fn picked(list: &[SiteSystemId], pick: u16) -> Option<SiteSystemId> {
    list.get(place(pick, list.len())).copied()
}

/// The place in a list that a pick means: each is meant by the same share of all picks.
pub fn place(pick: u16, count: usize) -> usize {
    (usize::from(pick) * count) >> 16
}

/// A pick that means a place in a list.
pub fn pick_of(place: usize, count: usize) -> u16 {
    (((2 * place + 1) << 15) / count.max(1)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_means_the_place_it_was_made_for() {
        for count in 1..=1000 {
            assert!((0..count).all(|at| place(pick_of(at, count), count) == at), "{count}");
        }
    }
}
