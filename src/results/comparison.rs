//! Result types of a comparison of two scenarios.

use serde::{Deserialize, Serialize};

use super::{ObjectiveResult, Precision, ScenarioInfo};
use crate::terms::Metric;

/// Conclusion of a comparison about one metric. The confidence interval decides: for `Better`,
/// `Worse` and `Different`, it must be entirely beyond the smallest relevant difference; for
/// `NoRelevantDifference`, entirely within that difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Every replication has the same value in both scenarios.
    Same,
    /// The difference is smaller than the smallest relevant difference.
    NoRelevantDifference,
    /// The second scenario is better by more than the smallest relevant difference.
    Better,
    /// The second scenario is worse by more than the smallest relevant difference.
    Worse,
    /// The difference is relevant, but neither direction is better.
    Different,
    /// The interval includes the smallest relevant difference: more replications are needed.
    Undecided,
    /// At least one scenario has no value in some replication.
    NotComparable,
}

impl Change {
    /// Returns the word used in tables.
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

/// Comparison of one metric of both scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricComparison {
    /// Metric that is compared.
    #[serde(flatten)]
    pub metric: Metric,
    /// Mean of the first scenario; `None` if some replication has no value.
    pub first_mean: Option<f64>,
    /// Mean of the second scenario; `None` if some replication has no value.
    pub second_mean: Option<f64>,
    /// Mean over replications of the second value minus the first.
    pub difference: Option<f64>,
    /// Half-width of the interval of the difference. The intervals of all metrics of the whole run
    /// hold jointly at the confidence level, even if the comparison stopped when it reached a
    /// requested precision. Intervals of component metrics hold individually.
    pub half_width: Option<f64>,
    /// Half-width of the individual interval of this metric at the confidence level.
    pub half_width_alone: Option<f64>,
    /// Half-width of the individual interval if the two scenarios used independent random numbers
    /// (Welch).
    pub half_width_independent: Option<f64>,
    /// Variance of the difference with independent random numbers divided by the actual variance:
    /// the factor by which independent random numbers would need more replications.
    pub variance_reduction: Option<f64>,
    /// Conclusion drawn from the interval.
    pub change: Change,
}

/// Requirements of one scenario of a comparison, and whether it meets them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SideRequirements {
    /// Objectives of the scenario with their results over all replications.
    pub objectives: Vec<ObjectiveResult>,
    /// Published limits that the first replication exceeds, as named in reports.
    pub exceeded_limits: Vec<String>,
    /// Number of replications in which the system did not recover from a disruption.
    pub not_recovered: u64,
}

/// Comparison of two scenarios, replication by replication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// Answer of the study in one sentence; empty until it is derived from the results.
    #[serde(default)]
    pub answer: String,
    /// First scenario.
    pub first: ScenarioInfo,
    /// Second scenario.
    pub second: ScenarioInfo,
    /// Overrides of each scenario, as the user specified them.
    pub changes: [Vec<String>; 2],
    /// Number of pairs of replications.
    pub replications: u64,
    /// Joint confidence level of all metrics of the whole run, between 0 and 1.
    pub confidence: f64,
    /// Smallest relevant difference as a share of the mean of the first scenario, between 0 and 1.
    pub smallest_relevant_share: f64,
    /// Requested precision of a difference relative to the mean of the first scenario; `None` if no
    /// precision was requested.
    pub precision: Option<Precision>,
    /// Reasons why the scenarios may not be comparable.
    pub warnings: Vec<String>,
    /// Requirements of each scenario.
    pub requirements: [SideRequirements; 2],
    /// Metrics that both scenarios have.
    pub metrics: Vec<MetricComparison>,
}

impl Comparison {
    /// Returns the metric with this name; `None` if either scenario does not have it.
    pub fn metric(&self, name: &str) -> Option<&MetricComparison> {
        self.metrics.iter().find(|one| one.metric.name() == name)
    }
}
