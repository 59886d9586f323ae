//! Result types of a comparison with a baseline.

use serde::Serialize;

use super::baseline::Stored;
use super::json::to_bytes;
use crate::terms::MetricDescription;

/// Conclusion of a comparison with a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The values are identical.
    Identical,
    /// The values differ by no more than chance can explain.
    Same,
    /// The values differ by more than chance can explain, but by no more than the tolerance.
    WithinTolerance,
    /// The current value is better by more than the tolerance.
    Better,
    /// The current value is worse by more than the tolerance.
    Worse,
    /// The values differ by more than the tolerance, and neither direction is better.
    Changed,
    /// Only the baseline has the metric.
    Missing,
}

impl Comparison {
    /// Returns whether this is a regression: a difference beyond the tolerance, in either
    /// direction.
    pub const fn is_changed(self) -> bool {
        matches!(
            self,
            Comparison::Better | Comparison::Worse | Comparison::Changed | Comparison::Missing
        )
    }

    /// Returns the word used in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Comparison::Identical => "identical",
            Comparison::Same => "same",
            Comparison::WithinTolerance => "within tolerance",
            Comparison::Better => "CHANGED, better",
            Comparison::Worse => "CHANGED, worse",
            Comparison::Changed => "CHANGED",
            Comparison::Missing => "MISSING",
        }
    }
}

/// Comparison of one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricComparison {
    /// Metric that is compared.
    #[serde(flatten)]
    pub metric: MetricDescription,
    /// Value in the baseline.
    pub before: Stored,
    /// Current value; `None` if no replication has the metric.
    pub now: Option<Stored>,
    /// Current mean minus the mean of the baseline, in the metric's unit; `None` if either is
    /// missing.
    pub difference: Option<f64>,
    /// Half-width of the interval of the difference.
    pub half_width: Option<f64>,
    /// Conclusion of the comparison.
    pub finding: Comparison,
}

/// Comparison of the speed of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpeedComparison {
    /// Events per second relative to the reference workload, in the baseline.
    pub before: f64,
    /// Current events per second relative to the reference workload.
    pub now: f64,
    /// Conclusion of the comparison.
    pub finding: Comparison,
}

/// Comparison of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioComparison {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed in the baseline.
    pub seed_before: u64,
    /// Current seed.
    pub seed: u64,
    /// Current number of replications.
    pub replications: u32,
    /// Metrics by name.
    pub metrics: Vec<MetricComparison>,
    /// Speed; `None` if it was not measured.
    pub speed: Option<SpeedComparison>,
}

/// Comparison of all scenarios with a baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Regression {
    /// Results version of the baseline.
    pub results_version_before: u32,
    /// Current results version.
    pub results_version: u32,
    /// Joint confidence level of all intervals.
    pub confidence: f64,
    /// Relative difference below which a change is irrelevant.
    pub tolerance: f64,
    /// Scenarios that were compared, by name.
    pub scenarios: Vec<ScenarioComparison>,
    /// Scenarios of the baseline that were not selected.
    pub not_compared: Vec<String>,
    /// Changed metrics as `SCENARIO METRIC`.
    pub changed: Vec<String>,
}

impl Regression {
    /// Renders the comparison as a JSON document.
    pub fn to_json(&self) -> Vec<u8> {
        to_bytes(self)
    }
}
