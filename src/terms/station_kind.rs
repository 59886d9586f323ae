//! Kinds of stations.

use super::Role;
use super::named::named_enum;

named_enum! {
    /// The kind of component to which a station (a set of servers and their queue) belongs.
    #[derive(Default)]
    StationKind {
        /// The cores of a VM instance.
        #[default]
        GatewayInstance: "gateway instance";
        /// The cores of a connection point.
        ConnectionPoint: "connection point";
        /// The workers of a management point.
        ManagementPoint: Role::ManagementPoint.name(), Role::ManagementPoint.label();
        /// The workers of a software update point.
        SoftwareUpdatePoint: Role::SoftwareUpdatePoint.name(), Role::SoftwareUpdatePoint.label();
        /// The database and disk of a site system.
        Database: "database";
        /// A file in the storage of a gateway.
        StorageFile: "storage file";
    }
}

impl From<Role> for StationKind {
    fn from(role: Role) -> Self {
        match role {
            Role::ManagementPoint => StationKind::ManagementPoint,
            Role::SoftwareUpdatePoint => StationKind::SoftwareUpdatePoint,
        }
    }
}
