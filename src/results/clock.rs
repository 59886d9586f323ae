//! Changes of civil time during a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A clock change in the scenario's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UtcOffsetChange {
    /// When, in seconds after the start of the measured period; negative during the warm-up.
    pub at_seconds: f64,
    /// Offset from UTC before it.
    pub before_seconds: i32,
    /// Offset from UTC after it.
    pub after_seconds: i32,
}
