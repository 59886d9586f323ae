//! Version of Configuration Manager, and the versions that change the behaviour of the model.

use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Value};

/// A current branch version: year and month, such as 2603.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32);

impl Version {
    /// First version that measures outbound data of gateways on scale sets (KB 37426535,
    /// 04/27/2026; whats-new-in-version-2603.md, 08/05/2026).
    pub(super) const MEASURES_OUTBOUND: Version = Version(2603);

    /// First version in which management points contact the identity provider to validate Entra
    /// tokens (whats-new-in-version-2603.md, 08/05/2026).
    pub(super) const ASKS_IDENTITY_PROVIDER: Version = Version(2603);

    /// Returns year and month as one number.
    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

/// Reads the version of all sites; accepts a number instead of text.
pub(super) fn version(reader: &mut Reader<'_>) -> Option<Version> {
    let found = reader.find(&["site", "version"])?;
    let found = match found.node.value {
        Value::Integer(number) => {
            let node = Node { value: Value::Text(number.to_string()), ..found.node.clone() };
            Found { node, ..found }
        }
        _ => found,
    };
    reader.choice(&found)?.parse().ok().map(Version)
}
