//! Kinds of components where requests spend time.

use super::StationKind;
use super::named::named_enum;

named_enum! {
    /// A kind of component where requests wait and are served.
    #[derive(Default)]
    StationGroup {
        /// The cores of a VM instance.
        #[default]
        Instance: StationKind::GatewayInstance.name(), StationKind::GatewayInstance.label();
        /// The cores of a connection point.
        ConnectionPoint: StationKind::ConnectionPoint.name(), StationKind::ConnectionPoint.label();
        /// The workers of a site system.
        SiteSystem: "site system";
        /// The database and disk of a site system.
        Database: StationKind::Database.name(), StationKind::Database.label();
        /// The storage of a gateway.
        Storage: "storage";
    }
}
