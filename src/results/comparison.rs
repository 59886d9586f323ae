//! Two scenarios side by side.

use serde::{Deserialize, Serialize};

use super::{Precision, ScenarioInfo};
use crate::terms::Metric;

/// This is what a comparison concludes about one metric. The intervals decide: better, worse and
/// different need an interval that lies wholly beyond the smallest relevant difference, and no
/// relevant difference one that lies wholly within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Every replication has the same value in both.
    Same,
    /// The difference is smaller than the smallest relevant difference.
    NoRelevantDifference,
    /// The second is better by more than the smallest relevant difference.
    Better,
    /// The second is worse by more than the smallest relevant difference.
    Worse,
    /// The difference is relevant, and neither direction is better.
    Different,
    /// The interval reaches over the smallest relevant difference: more replications would tell.
    Undecided,
    /// One of the two has no value in some replication.
    NotComparable,
}

impl Change {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Change::Same => "same",
            Change::NoRelevantDifference => "no relevant difference",
            Change::Better => "better",
            Change::Worse => "WORSE",
            Change::Different => "different",
            Change::Undecided => "undecided",
            Change::NotComparable => "not comparable",
        }
    }
}

/// This is what a comparison says of one figure of both scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricComparison {
    /// The figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// Mean of the first; `None` if some replication has no value.
    pub first_mean: Option<f64>,
    /// Mean of the second.
    pub second_mean: Option<f64>,
    /// Mean over replications of second minus first.
    pub difference: Option<f64>,
    /// Half-width of the difference: those of all figures of the whole run hold together at the
    /// confidence, whenever a comparison to a precision ended. Figures of parts stand alone.
    pub half_width: Option<f64>,
    /// The same alone, at the confidence.
    pub half_width_alone: Option<f64>,
    /// The same as if the two had been simulated with different random numbers (Welch).
    pub half_width_independent: Option<f64>,
    /// The variance that independent random numbers would give the difference, by the variance it
    /// has: how many times as many replications they would take.
    pub variance_reduction: Option<f64>,
    /// What the interval decides.
    pub change: Change,
}

/// A comparison sets two scenarios side by side, replication by replication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// The answer of the study in one sentence; empty until it is derived from the results.
    #[serde(default)]
    pub answer: String,
    /// The first scenario.
    pub first: ScenarioInfo,
    /// The second.
    pub second: ScenarioInfo,
    /// What differs in the second, as it was asked for.
    pub changes: [Vec<String>; 2],
    /// Pairs of replications.
    pub replications: u64,
    /// Confidence of all figures of the whole run together, 0..1.
    pub confidence: f64,
    /// The smallest relevant difference, as a share of the mean of the first, 0..1.
    pub smallest_relevant_share: f64,
    /// The precision that was wanted of a difference, relative to the first's mean, if one was.
    pub precision: Option<Precision>,
    /// Why the two may not be comparable.
    pub warnings: Vec<String>,
    /// Figures that both have.
    pub metrics: Vec<MetricComparison>,
}

impl Comparison {
    /// The figure of a name, if both have it.
    pub fn metric(&self, name: &str) -> Option<&MetricComparison> {
        self.metrics.iter().find(|one| one.metric.name() == name)
    }
}
