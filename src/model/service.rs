//! Services and site systems that the clients of a site may use.

use crate::base::IdVec;
use crate::base::ids::{DistributionPointId, GatewayId, SiteId, SiteSystemId};
use crate::terms::Role;

use super::config::{Authentication, Config, Protocol, Serves};

/// Service to which a client sends requests for a management point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// A management point on the intranet, directly.
    Direct,
    /// A gateway.
    Gateway(GatewayId),
    /// An internet-based management point, directly.
    Internet(SiteSystemId),
}

/// Services and site systems that the clients of one site may use.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Services for clients on the internet: gateways that reach the site, then internet-based
    /// management points.
    internet: Vec<Service>,
    /// Number of these services that are gateways.
    gateways: usize,
    /// Management points for clients on the intranet that use enhanced HTTP.
    http_management_points: Vec<SiteSystemId>,
    /// Management points for clients on the intranet that use HTTPS.
    https_management_points: Vec<SiteSystemId>,
    /// Management points behind gateways.
    pub gateway_management_points: Vec<SiteSystemId>,
    /// Software update points for clients on the intranet.
    pub update_points: Vec<SiteSystemId>,
    /// Software update points behind gateways.
    pub gateway_update_points: Vec<SiteSystemId>,
    /// Internet-based software update points.
    pub internet_update_points: Vec<SiteSystemId>,
    /// Distribution points for clients on the intranet.
    pub distribution_points: Vec<DistributionPointId>,
    /// Internet-based distribution points.
    pub internet_distribution_points: Vec<DistributionPointId>,
}

impl Service {
    /// Returns the gateway; `None` if the service is not a gateway.
    pub const fn gateway(self) -> Option<GatewayId> {
        match self {
            Service::Gateway(gateway) => Some(gateway),
            _ => None,
        }
    }
}

impl Directory {
    /// Returns the directories of all sites.
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
        found.gateways = found.internet.len();
        let own = config.site_systems.entries().filter(|(_, system)| system.site == site);
        for (id, system) in own {
            let (intranet, gateway) = match (system.role, system.protocol) {
                (Role::ManagementPoint, Protocol::EnhancedHttp) => {
                    (&mut found.http_management_points, &mut found.gateway_management_points)
                }
                (Role::ManagementPoint, Protocol::Https) => {
                    (&mut found.https_management_points, &mut found.gateway_management_points)
                }
                (Role::SoftwareUpdatePoint, _) => {
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

    /// Returns the services for clients on the internet. Internet-based client management requires
    /// client certificates of a public key infrastructure
    /// (plan-internet-based-client-management.md, 03/29/2022).
    pub fn internet(&self, authentication: Authentication) -> &[Service] {
        match authentication {
            Authentication::Certificate => &self.internet,
            _ => self.internet.get(..self.gateways).unwrap_or_default(),
        }
    }

    /// Returns the management points that a client on the intranet prefers, and those that it uses
    /// if the preferred ones fail. Within a category, a client that is configured for HTTPS prefers
    /// HTTPS-capable management points (understand-how-clients-find-site-resources-and-services.md,
    /// 04/05/2021). Other clients prefer enhanced HTTP.
    pub fn intranet(&self, authentication: Authentication) -> (&[SiteSystemId], &[SiteSystemId]) {
        let (http, https) = (&self.http_management_points[..], &self.https_management_points[..]);
        match authentication {
            _ if https.is_empty() => (http, https),
            Authentication::Certificate => (https, http),
            _ if http.is_empty() => (https, http),
            _ => (http, https),
        }
    }

    /// Returns the management point of a service for a client's `pick`; `None` if there is none. On
    /// the intranet it is a preferred management point, unless the client `has_left` the preferred
    /// ones.
    pub fn management_point(
        &self,
        service: Service,
        authentication: Authentication,
        has_left: bool,
        pick: u16,
    ) -> Option<SiteSystemId> {
        match service {
            Service::Direct => {
                let (preferred, rest) = self.intranet(authentication);
                picked(if has_left { rest } else { preferred }, pick)
            }
            Service::Gateway(_) => picked(&self.gateway_management_points, pick),
            Service::Internet(system) => Some(system),
        }
    }

    /// Returns the software update point of a service for a client's `pick`; `None` if there is
    /// none.
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

/// Returns the list index for a pick; each index corresponds to an equal share of the picks.
pub fn place(pick: u16, count: usize) -> usize {
    (usize::from(pick) * count) >> 16
}

/// Returns a pick that corresponds to an index.
pub fn pick_of(place: usize, count: usize) -> u16 {
    (((2 * place + 1) << 15) / count.max(1)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_survives_conversion_to_a_pick_and_back() {
        for count in 1..=1000 {
            assert!((0..count).all(|at| place(pick_of(at, count), count) == at), "{count}");
        }
    }
}
