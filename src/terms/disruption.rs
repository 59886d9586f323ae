//! What disruptions hit.

use super::named::serde_by_name;

/// What a disruption makes fail, slows down or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DisruptionTarget {
    /// An update domain of a gateway.
    #[default]
    UpdateDomain,
    /// A batch of a gateway's instances.
    InstanceBatch,
    /// All instances of a gateway.
    AllInstances,
    /// One instance.
    Instance,
    /// How many instances a gateway has.
    InstanceCount,
    /// The storage of a gateway.
    GatewayStorage,
    /// The server certificate of a gateway.
    ServerCertificate,
    /// A connection point.
    ConnectionPoint,
    /// A management point or a software update point.
    SiteSystem,
    /// The line between Azure and a site.
    SiteLine,
    /// The identity provider.
    IdentityProvider,
    /// A station, which stands still.
    Station,
}

impl DisruptionTarget {
    /// All of them.
    pub const ALL: [DisruptionTarget; 12] = [
        DisruptionTarget::UpdateDomain,
        DisruptionTarget::InstanceBatch,
        DisruptionTarget::AllInstances,
        DisruptionTarget::Instance,
        DisruptionTarget::InstanceCount,
        DisruptionTarget::GatewayStorage,
        DisruptionTarget::ServerCertificate,
        DisruptionTarget::ConnectionPoint,
        DisruptionTarget::SiteSystem,
        DisruptionTarget::SiteLine,
        DisruptionTarget::IdentityProvider,
        DisruptionTarget::Station,
    ];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            DisruptionTarget::UpdateDomain => "update_domain",
            DisruptionTarget::InstanceBatch => "instance_batch",
            DisruptionTarget::AllInstances => "all_instances",
            DisruptionTarget::Instance => "instance",
            DisruptionTarget::InstanceCount => "instance_count",
            DisruptionTarget::GatewayStorage => "gateway_storage",
            DisruptionTarget::ServerCertificate => "server_certificate",
            DisruptionTarget::ConnectionPoint => "connection_point",
            DisruptionTarget::SiteSystem => "site_system",
            DisruptionTarget::SiteLine => "site_line",
            DisruptionTarget::IdentityProvider => "identity_provider",
            DisruptionTarget::Station => "station",
        }
    }
}

serde_by_name!(DisruptionTarget);
