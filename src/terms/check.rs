//! What is compared with published numbers.

use super::named::serde_by_name;

/// What a check compares with a published number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Most connections on an instance.
    InstanceConnections,
    /// Instances of a gateway, which should be several.
    GatewayInstances,
    /// Connection points of a gateway for a site, which should be several.
    GatewayConnectionPoints,
    /// Instances of a gateway for each connection point.
    InstancesPerConnectionPoint,
    /// Requests to the storage of a gateway for its busiest file.
    FileRequests,
    /// What leaves a gateway, of its threshold.
    OutboundShare,
    /// Most ports in use on a connection point.
    ConnectionPointPorts,
    /// Clients of a management point.
    ManagementPointClients,
    /// Clients of a software update point.
    SoftwareUpdatePointClients,
    /// Clients of a distribution point.
    DistributionPointClients,
    /// Clients of a primary site.
    SiteClients,
    /// Management points of a primary site.
    SiteManagementPoints,
    /// Clients of a hierarchy.
    HierarchyClients,
    /// What leaves gateways per client and month.
    ClientEgress,
}

impl CheckKind {
    /// All of them.
    pub const ALL: [CheckKind; 14] = [
        CheckKind::InstanceConnections,
        CheckKind::GatewayInstances,
        CheckKind::GatewayConnectionPoints,
        CheckKind::InstancesPerConnectionPoint,
        CheckKind::FileRequests,
        CheckKind::OutboundShare,
        CheckKind::ConnectionPointPorts,
        CheckKind::ManagementPointClients,
        CheckKind::SoftwareUpdatePointClients,
        CheckKind::DistributionPointClients,
        CheckKind::SiteClients,
        CheckKind::SiteManagementPoints,
        CheckKind::HierarchyClients,
        CheckKind::ClientEgress,
    ];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            CheckKind::InstanceConnections => "instance_connections",
            CheckKind::GatewayInstances => "gateway_instances",
            CheckKind::GatewayConnectionPoints => "gateway_connection_points",
            CheckKind::InstancesPerConnectionPoint => "instances_per_connection_point",
            CheckKind::FileRequests => "file_requests",
            CheckKind::OutboundShare => "outbound_share",
            CheckKind::ConnectionPointPorts => "connection_point_ports",
            CheckKind::ManagementPointClients => "management_point_clients",
            CheckKind::SoftwareUpdatePointClients => "software_update_point_clients",
            CheckKind::DistributionPointClients => "distribution_point_clients",
            CheckKind::SiteClients => "site_clients",
            CheckKind::SiteManagementPoints => "site_management_points",
            CheckKind::HierarchyClients => "hierarchy_clients",
            CheckKind::ClientEgress => "client_egress",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            CheckKind::InstanceConnections => "connections on an instance, peak",
            CheckKind::GatewayInstances => "VM instances, at least",
            CheckKind::GatewayConnectionPoints => "connection points, at least",
            CheckKind::InstancesPerConnectionPoint => "instances per connection point",
            CheckKind::FileRequests => "requests a second for one file, peak",
            CheckKind::OutboundShare => "outbound in 14 days, of the threshold",
            CheckKind::ConnectionPointPorts => "ports of a connection point, peak",
            CheckKind::ManagementPointClients => "clients of a management point",
            CheckKind::SoftwareUpdatePointClients => "clients of a software update point",
            CheckKind::DistributionPointClients => "clients of a distribution point",
            CheckKind::SiteClients => "clients of the primary site",
            CheckKind::SiteManagementPoints => "management points of the primary site",
            CheckKind::HierarchyClients => "clients of the hierarchy",
            CheckKind::ClientEgress => "egress per existing client in 30 days",
        }
    }

    /// Unit of the numbers that are compared.
    pub const fn unit(self) -> &'static str {
        match self {
            CheckKind::InstanceConnections => "connections",
            CheckKind::GatewayInstances | CheckKind::GatewayConnectionPoints => "",
            CheckKind::InstancesPerConnectionPoint => "instances",
            CheckKind::FileRequests => "requests/s",
            CheckKind::OutboundShare => "%",
            CheckKind::ConnectionPointPorts => "ports",
            CheckKind::ManagementPointClients
            | CheckKind::SoftwareUpdatePointClients
            | CheckKind::DistributionPointClients
            | CheckKind::SiteClients
            | CheckKind::HierarchyClients => "clients",
            CheckKind::SiteManagementPoints => "management points",
            CheckKind::ClientEgress => "MB",
        }
    }
}

impl std::fmt::Display for CheckKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

serde_by_name!(CheckKind);
