//! Where requests spend their time.

use super::StationKind;
use super::named::named_enum;

named_enum! {
    /// A kind of place that requests come to.
    #[derive(Default)]
    StationGroup {
        /// Cores of a VM instance.
        #[default]
        Instance: StationKind::GatewayInstance.name(), StationKind::GatewayInstance.label();
        /// Cores of a connection point.
        ConnectionPoint: StationKind::ConnectionPoint.name(), StationKind::ConnectionPoint.label();
        /// Workers of a site system.
        SiteSystem: "site system";
        /// Database and disk of a site system.
        Database: StationKind::Database.name(), StationKind::Database.label();
        /// A gateway's storage.
        Storage: "storage";
    }
}
