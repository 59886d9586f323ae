//! What site systems there are.

use super::named::serde_by_name;

/// What a site system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Management point.
    #[default]
    ManagementPoint,
    /// Software update point.
    SoftwareUpdatePoint,
}

impl Role {
    /// Both.
    pub const ALL: [Role; 2] = [Role::ManagementPoint, Role::SoftwareUpdatePoint];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Role::ManagementPoint => "management point",
            Role::SoftwareUpdatePoint => "software update point",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Role::ManagementPoint => "management point",
            Role::SoftwareUpdatePoint => "software update point",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

serde_by_name!(Role);
