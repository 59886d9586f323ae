//! What site systems there are.

/// What a site system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Management point.
    ManagementPoint,
    /// Software update point.
    SoftwareUpdatePoint,
}

impl Role {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Role::ManagementPoint => "management point",
            Role::SoftwareUpdatePoint => "software update point",
        }
    }
}
