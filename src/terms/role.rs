//! Roles of site systems.

use super::Place;
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

impl Role {
    /// Returns the place of flows to and from site systems with this role.
    pub const fn place(self) -> Place {
        match self {
            Role::ManagementPoint => Place::ManagementPoints,
            Role::SoftwareUpdatePoint => Place::SoftwareUpdatePoints,
        }
    }
}
