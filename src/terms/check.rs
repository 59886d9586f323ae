//! Simulated quantities that are compared with published limits.

use super::named::named_enum;

named_enum! {
    /// The quantity that a check compares with a published limit.
    CheckKind {
        /// Peak number of connections to an instance.
        InstanceConnections: "instance_connections", "connections on an instance, peak";
        /// Number of VM instances of a gateway, compared with the recommended minimum.
        GatewayInstances: "gateway_instances", "VM instances (minimum)";
        /// Number of connection points of a gateway for one site, compared with the recommended
        /// minimum.
        GatewayConnectionPoints: "gateway_connection_points", "connection points (minimum)";
        /// Number of instances of a gateway per connection point.
        InstancesPerConnectionPoint: "instances_per_connection_point",
            "instances per connection point";
        /// Peak request rate for the busiest file in the storage of a gateway.
        FileRequests: "file_requests", "requests per second for one file, peak";
        /// Outbound data of a gateway in 14 days, as a percentage of the threshold.
        OutboundShare: "outbound_share", "outbound data in 14 days";
        /// Peak number of ports in use on a connection point.
        ConnectionPointPorts: "connection_point_ports", "ports of a connection point, peak";
        /// Number of clients of a management point.
        ManagementPointClients: "management_point_clients", "clients of a management point";
        /// Number of clients of a software update point.
        SoftwareUpdatePointClients: "software_update_point_clients",
            "clients of a software update point";
        /// Number of clients of a distribution point.
        DistributionPointClients: "distribution_point_clients", "clients of a distribution point";
        /// Number of clients of a primary site.
        SiteClients: "site_clients", "clients of the primary site";
        /// Number of management points of a primary site.
        SiteManagementPoints: "site_management_points", "management points of the primary site";
        /// Number of clients of a hierarchy.
        HierarchyClients: "hierarchy_clients", "clients of the hierarchy";
        /// Outbound data of all gateways per existing client in 30 days.
        ClientEgress: "client_egress", "egress per existing client in 30 days";
    }
}

impl CheckKind {
    /// Returns the unit of the compared numbers; empty for the numbers of instances and connection
    /// points.
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
