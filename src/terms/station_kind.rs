//! What stations belong to.

use super::Role;
use super::named::serde_by_name;

/// What a station, its servers and their queue, is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StationKind {
    /// The cores of a VM instance.
    #[default]
    GatewayInstance,
    /// The cores of a connection point.
    ConnectionPoint,
    /// The workers of a management point.
    ManagementPoint,
    /// The workers of a software update point.
    SoftwareUpdatePoint,
    /// The database and disk of a site system.
    Database,
    /// A file in the storage of a gateway.
    StorageFile,
}

impl StationKind {
    /// All of them, in the order in which requests come to them.
    pub const ALL: [StationKind; 6] = [
        StationKind::GatewayInstance,
        StationKind::ConnectionPoint,
        StationKind::ManagementPoint,
        StationKind::SoftwareUpdatePoint,
        StationKind::Database,
        StationKind::StorageFile,
    ];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            StationKind::GatewayInstance => "gateway instance",
            StationKind::ConnectionPoint => "connection point",
            StationKind::ManagementPoint => Role::ManagementPoint.name(),
            StationKind::SoftwareUpdatePoint => Role::SoftwareUpdatePoint.name(),
            StationKind::Database => "database",
            StationKind::StorageFile => "storage file",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            StationKind::GatewayInstance => "gateway instance",
            StationKind::ConnectionPoint => "connection point",
            StationKind::ManagementPoint => Role::ManagementPoint.label(),
            StationKind::SoftwareUpdatePoint => Role::SoftwareUpdatePoint.label(),
            StationKind::Database => "database",
            StationKind::StorageFile => "storage file",
        }
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

impl std::fmt::Display for StationKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

serde_by_name!(StationKind);
