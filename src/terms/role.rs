//! Roles of site systems.

use super::named::named_enum;

named_enum! {
    /// The role of a site system.
    #[derive(Default)]
    Role {
        /// A management point.
        #[default]
        ManagementPoint: "management point";
        /// A software update point.
        SoftwareUpdatePoint: "software update point";
    }
}
