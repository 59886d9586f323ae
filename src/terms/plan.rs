//! What a plan should know beyond what is simulated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A note for the planner: a retirement, a closed quota, a size of the past.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanNote {
    /// What to know, in short sentences.
    pub text: String,
    /// Documents with their dates.
    pub source: String,
    /// Whether the simulated period contradicts it.
    pub is_warning: bool,
}

impl PlanNote {
    /// The note with its source.
    pub fn sentence(&self) -> String {
        format!("{} ({})", self.text, self.source)
    }
}
