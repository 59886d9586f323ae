//! What was to be achieved, and whether it was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{MetricFamily, Unit};

/// Whether an objective is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// With confidence.
    Met,
    /// Violated, with confidence.
    Violated,
    /// The interval contains the limit, or there is only one replication: more replications would
    /// decide.
    Undecided,
    /// Some replication has no value of the metric, as nothing happened that it measures: no number
    /// of replications decides.
    NotMeasured,
}

impl Judgement {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Judgement::Met => "met",
            Judgement::Violated => "VIOLATED",
            Judgement::Undecided => "undecided",
            Judgement::NotMeasured => "not measured",
        }
    }
}

/// One objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectiveResult {
    /// The metric.
    pub metric: MetricFamily,
    /// Its unit.
    pub unit: Unit,
    /// Whether the limit is the least allowed, and not the most.
    pub is_at_least: bool,
    /// The limit.
    pub limit: f64,
    /// Mean over replications; `None` if some have no value.
    pub mean: Option<f64>,
    /// Half-width of the mean's interval; of all objectives together at the confidence.
    pub half_width: Option<f64>,
    /// How much better than the limit the mean is, as a share of the limit; negative if worse.
    pub margin: Option<f64>,
    /// Whether it is met.
    pub status: Judgement,
}
