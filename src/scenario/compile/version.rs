//! The version of Configuration Manager, and what the model does differently before one.

use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Value};

/// A version of the current branch: year and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32);

impl Version {
    /// Outbound data of scale-set gateways are measured from this version on (KB 37426535,
    /// 04/27/2026; whats-new-in-version-2603.md, 08/05/2026).
    pub(super) const MEASURES_OUTBOUND: Version = Version(2603);

    /// Management points ask the identity provider about tokens of Entra from this version on
    /// (whats-new-in-version-2603.md, 08/05/2026).
    pub(super) const ASKS_IDENTITY_PROVIDER: Version = Version(2603);

    /// Year and month, as one number.
    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

/// The version of all sites; a number is taken for its digits.
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
