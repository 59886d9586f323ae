//! What is compared with published numbers.

use super::named::named_enum;

named_enum! {
    /// What a check compares with a published number.
    CheckKind {
        /// Most connections on an instance.
        InstanceConnections: "instance_connections", "connections on an instance, peak";
        /// Instances of a gateway, which should be several.
        GatewayInstances: "gateway_instances", "VM instances, at least";
        /// Connection points of a gateway for a site, which should be several.
        GatewayConnectionPoints: "gateway_connection_points", "connection points, at least";
        /// Instances of a gateway for each connection point.
        InstancesPerConnectionPoint: "instances_per_connection_point",
            "instances per connection point";
        /// Requests to the storage of a gateway for its busiest file.
        FileRequests: "file_requests", "requests a second for one file, peak";
        /// What leaves a gateway, of its threshold.
        OutboundShare: "outbound_share", "outbound in 14 days, of the threshold";
        /// Most ports in use on a connection point.
        ConnectionPointPorts: "connection_point_ports", "ports of a connection point, peak";
        /// Clients of a management point.
        ManagementPointClients: "management_point_clients", "clients of a management point";
        /// Clients of a software update point.
        SoftwareUpdatePointClients: "software_update_point_clients",
            "clients of a software update point";
        /// Clients of a distribution point.
        DistributionPointClients: "distribution_point_clients", "clients of a distribution point";
        /// Clients of a primary site.
        SiteClients: "site_clients", "clients of the primary site";
        /// Management points of a primary site.
        SiteManagementPoints: "site_management_points", "management points of the primary site";
        /// Clients of a hierarchy.
        HierarchyClients: "hierarchy_clients", "clients of the hierarchy";
        /// What leaves gateways per client and month.
        ClientEgress: "client_egress", "egress per existing client in 30 days";
    }
}

impl CheckKind {
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
