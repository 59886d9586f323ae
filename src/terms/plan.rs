//! Planning notes on facts that the simulation does not cover.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A planning note: a retirement, a closed quota or an obsolete VM size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanNote {
    /// Text of the note, in short sentences.
    pub text: String,
    /// Source documents with their dates.
    pub source: String,
    /// Whether the note is a warning, because the simulated period ends after the date in the note.
    pub is_warning: bool,
}

impl PlanNote {
    /// Returns the note with its source.
    pub fn sentence(&self) -> String {
        format!("{} ({})", self.text, self.source)
    }
}
