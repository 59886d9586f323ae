//! Published numbers beside what was simulated: the rows of `cmgsim validate`.

use serde::{Deserialize, Serialize};

/// What comes of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It follows from the model, which was not told it.
    Reproduced,
    /// It is among the model's inputs, and comes out at the other end.
    BuiltIn,
    /// A limit within which the simulated system works as it should.
    Holds,
    /// A rule that does not suffice: something gives way before.
    Breaks,
    /// Simulated and published disagree although they should not: an error of the model.
    Differs,
    /// It cannot be simulated with this model.
    NotSimulated,
}

impl Finding {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Finding::Reproduced => "reproduced",
            Finding::BuiltIn => "built in",
            Finding::Holds => "holds",
            Finding::Breaks => "BREAKS",
            Finding::Differs => "DIFFERS",
            Finding::NotSimulated => "not simulated",
        }
    }
}

/// What was simulated.
#[derive(Clone, Debug, Serialize)]
pub struct Simulated {
    /// What was measured.
    pub what: String,
    /// Mean over the replications.
    pub mean: f64,
    /// Half-width of the 95 % interval.
    pub half_width: f64,
    /// Replications.
    pub replications: u64,
    /// Unit.
    pub unit: String,
}

/// One published number.
#[derive(Clone, Debug, Serialize)]
pub struct Validation {
    /// Short name.
    pub id: String,
    /// What is published.
    pub published: String,
    /// Document and date.
    pub source: String,
    /// What was simulated, if it can be.
    pub simulated: Option<Simulated>,
    /// What comes of it.
    pub finding: Finding,
    /// What it means, or why it cannot be simulated.
    pub remark: String,
}
