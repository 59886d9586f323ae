//! Comparison of published numbers with simulated ones: the rows of `cmgsim validate`.

use serde::{Deserialize, Serialize};

/// Finding of a comparison with a published number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The simulation reproduces a number that is not a model input.
    Reproduced,
    /// The number is a model input that the simulation returns.
    BuiltIn,
    /// The simulated system works as intended within a published limit.
    Holds,
    /// A published rule is not sufficient: another component fails before the published limit is
    /// reached.
    Breaks,
    /// Simulated and published numbers differ although they should agree: an error of the model.
    Differs,
    /// The model cannot simulate the published statement.
    NotSimulated,
}

impl Finding {
    /// Returns the word used in tables.
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

/// Simulated counterpart of a published number.
#[derive(Clone, Debug, Serialize)]
pub struct Simulated {
    /// Name of the simulated quantity.
    pub what: String,
    /// Mean over replications.
    pub mean: f64,
    /// Half-width of the 95 % confidence interval.
    pub half_width: f64,
    /// Number of replications.
    pub replications: u64,
    /// Unit of the mean.
    pub unit: String,
}

/// Published number and its comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Validation {
    /// Short name of the published statement.
    pub id: String,
    /// Published statement.
    pub published: String,
    /// Document and date of publication.
    pub source: String,
    /// Simulated counterpart; `None` if the statement cannot be simulated.
    pub simulated: Option<Simulated>,
    /// Finding of the comparison.
    pub finding: Finding,
    /// Interpretation, or the reason why the statement cannot be simulated.
    pub remark: String,
}
