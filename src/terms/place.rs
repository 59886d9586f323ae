//! Where requests spend their time.

use super::StationKind;
use super::named::serde_by_name;

/// A kind of place that requests come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Cores of a VM instance.
    #[default]
    Instance,
    /// Cores of a connection point.
    ConnectionPoint,
    /// Workers of a site system.
    SiteSystem,
    /// Database and disk of a site system.
    Database,
    /// A gateway's storage.
    Storage,
}

impl Place {
    /// Every place, in the order in which requests come to them.
    pub const ALL: [Place; 5] = [
        Place::Instance,
        Place::ConnectionPoint,
        Place::SiteSystem,
        Place::Database,
        Place::Storage,
    ];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Instance => StationKind::GatewayInstance.name(),
            Place::ConnectionPoint => StationKind::ConnectionPoint.name(),
            Place::SiteSystem => "site system",
            Place::Database => StationKind::Database.name(),
            Place::Storage => "storage",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Place::Instance => StationKind::GatewayInstance.label(),
            Place::ConnectionPoint => StationKind::ConnectionPoint.label(),
            Place::SiteSystem => "site system",
            Place::Database => StationKind::Database.label(),
            Place::Storage => "storage",
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

serde_by_name!(Place);
