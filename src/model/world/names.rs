//! Names of components, failures and origins in reports.

use crate::base::ids::{InstanceId, StationId};
use crate::model::config::{DisruptionKind, SlowTarget};
use crate::model::disruption::{Failed, Occurrence};
use crate::model::recorder::Recorder;
use crate::model::request::Origin;

use super::{Owner, World};

impl<R: Recorder> World<'_, R> {
    /// Returns the name of an instance, such as `main/0`.
    pub fn instance_name(&self, id: InstanceId) -> String {
        let instance = &self.cloud.instances[id];
        format!("{}/{}", self.config.gateways[instance.gateway].name, instance.number)
    }

    /// Returns a description of what failed.
    pub fn failed_name(&self, occurrence: &Occurrence) -> String {
        let config = self.config;
        let kind = &config.disruptions[occurrence.disruption].kind;
        let of_gateway = match kind {
            DisruptionKind::UpdateDomainWalk { gateway, .. } => &config.gateways[*gateway].name,
            _ => "",
        };
        match occurrence.what {
            Failed::UpdateDomain(number) => format!("update domain {number} of {of_gateway}"),
            Failed::Batch(number) => format!("instances of {of_gateway}, batch {}", number + 1),
            Failed::AllInstances => format!("all instances of {of_gateway}"),
            Failed::Instance(instance) => format!("instance {}", self.instance_name(instance)),
            Failed::ConnectionPoint => match kind {
                DisruptionKind::ConnectionPointOutage { connection_point, .. } => {
                    format!("connection point {}", config.connection_points[*connection_point].name)
                }
                _ => "connection point".to_owned(),
            },
            Failed::SiteSystem(system) => {
                let system = &config.site_systems[system];
                format!("{} {}", system.role.name(), system.name)
            }
            Failed::Slower(SlowTarget::SiteSystem(system)) => {
                let system = &config.site_systems[system];
                format!("{} {} is slow", system.role.name(), system.name)
            }
            Failed::Slower(SlowTarget::ConnectionPoint(point)) => {
                format!("connection point {} is slow", config.connection_points[point].name)
            }
            Failed::Line(site) => format!("line to {}", config.sites[site].name),
            Failed::SlowLine(site) => format!("line to {} is slow", config.sites[site].name),
            Failed::Storage(gateway) => {
                format!("storage of {} is throttled", config.gateways[gateway].name)
            }
            Failed::Scale(gateway, to) => {
                format!("{} scaled to {to} instances", config.gateways[gateway].name)
            }
            Failed::IdentityProvider => match kind {
                DisruptionKind::IdentityProviderOutage { systems, .. } if systems.len() == 1 => {
                    let names = systems.iter().map(|id| config.site_systems[*id].name.as_str());
                    format!("identity provider (from {})", names.collect::<String>())
                }
                _ => "identity provider".to_owned(),
            },
            Failed::Certificate(gateway) => {
                format!("certificate of {}", config.gateways[gateway].name)
            }
            Failed::Frozen(station) => format!("{} is frozen", self.station_name(station)),
        }
    }

    /// Returns the name of an origin for traces: the cohort and the client's number in it, or the
    /// open source.
    pub fn origin_name(&self, origin: Origin) -> String {
        match origin {
            Origin::Client(id) => {
                let cohort = &self.config.cohorts[self.clients[id].cohort];
                format!("{}/{}", cohort.name, self.number(id))
            }
            Origin::Source(id) => self.config.sources[id].name.clone(),
        }
    }

    /// Returns the name of a station in results: the name of the component, with a suffix for its
    /// database or storage.
    pub fn station_name(&self, id: StationId) -> String {
        let config = self.config;
        match self.stations[id].owner {
            Owner::Instance(instance) => self.instance_name(instance),
            Owner::ConnectionPoint(point) => config.connection_points[point].name.clone(),
            Owner::SiteSystem(system) => config.site_systems[system].name.clone(),
            Owner::Database(system) => format!("{} database", config.site_systems[system].name),
            Owner::File(gateway, deployment) => format!(
                "{} storage {}",
                config.gateways[gateway].name, config.deployments[deployment].name
            ),
        }
    }
}
