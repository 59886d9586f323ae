//! What site systems there are.

use super::named::named_enum;

named_enum! {
    /// What a site system is.
    #[derive(Default)]
    Role {
        /// Management point.
        #[default]
        ManagementPoint: "management point";
        /// Software update point.
        SoftwareUpdatePoint: "software update point";
    }
}
