//! What a comparison with a baseline found: the result types.

use serde::Serialize;

use super::baseline::Stored;
use super::json::to_bytes;
use crate::terms::MetricDescription;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The very same.
    Identical,
    /// Different by no more than chance.
    Same,
    /// Different by more than chance, and by less than matters.
    WithinTolerance,
    /// Different, and it matters; for the better.
    Better,
    /// Different, and it matters; for the worse.
    Worse,
    /// Different, and it matters; neither is better.
    Changed,
    /// Only the baseline has one.
    Gone,
}

impl Comparison {
    /// Is it a regression: a difference that matters, whichever the direction?
    pub const fn is_changed(self) -> bool {
        matches!(
            self,
            Comparison::Better | Comparison::Worse | Comparison::Changed | Comparison::Gone
        )
    }

    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Comparison::Identical => "identical",
            Comparison::Same => "same",
            Comparison::WithinTolerance => "within tolerance",
            Comparison::Better => "CHANGED, better",
            Comparison::Worse => "CHANGED, worse",
            Comparison::Changed => "CHANGED",
            Comparison::Gone => "GONE",
        }
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricComparison {
    /// The figure.
    #[serde(flatten)]
    pub metric: MetricDescription,
    /// In the baseline.
    pub before: Stored,
    /// Now; `None` if no replication has it any more.
    pub now: Option<Stored>,
    /// Of the means, now less before, in the figure's unit; `None` if there is none.
    pub difference: Option<f64>,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// What that comes to.
    pub finding: Comparison,
}

/// The speed of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpeedComparison {
    /// Events a second by those of the reference, in the baseline.
    pub before: f64,
    /// The same now.
    pub now: f64,
    /// What that comes to.
    pub finding: Comparison,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioComparison {
    /// Its name.
    pub scenario: String,
    /// Seed of the baseline.
    pub seed_before: u64,
    /// Seed now.
    pub seed: u64,
    /// Replications now.
    pub replications: u32,
    /// The figures, by name.
    pub metrics: Vec<MetricComparison>,
    /// The speed, if it was measured.
    pub speed: Option<SpeedComparison>,
}

/// All scenarios.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Regression {
    /// Version of results of the baseline.
    pub results_version_before: u32,
    /// Version of results now.
    pub results_version: u32,
    /// Confidence of all intervals together.
    pub confidence: f64,
    /// Smaller relative differences do not matter.
    pub tolerance: f64,
    /// The scenarios that were compared, by name.
    pub scenarios: Vec<ScenarioComparison>,
    /// Scenarios of the baseline that were not asked for.
    pub not_compared: Vec<String>,
    /// What changed, as `SCENARIO FIGURE`.
    pub changed: Vec<String>,
}

impl Regression {
    /// As a JSON document.
    pub fn to_json(&self) -> Vec<u8> {
        to_bytes(self)
    }
}
