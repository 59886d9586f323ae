//! Status of the objectives of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{MetricFamily, Unit};

/// Status of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectiveStatus {
    /// Met at the stated confidence.
    Met,
    /// Violated at the stated confidence.
    Violated,
    /// Undecided: the confidence interval contains the limit, or there is only one replication.
    /// More replications can decide.
    Undecided,
    /// Not measured: the metric has no value in some replication, because nothing that it measures
    /// happened. More replications do not help.
    NotMeasured,
}

impl ObjectiveStatus {
    /// Returns the word that tables show.
    pub const fn word(self) -> &'static str {
        match self {
            ObjectiveStatus::Met => "met",
            ObjectiveStatus::Violated => "VIOLATED",
            ObjectiveStatus::Undecided => "undecided",
            ObjectiveStatus::NotMeasured => "not measured",
        }
    }

    /// Returns the overall status of all objectives: violated if one is violated, otherwise
    /// undecided if one is undecided, otherwise not measured if one is not measured.
    pub fn of_all(objectives: &[ObjectiveResult]) -> ObjectiveStatus {
        let any = |status| objectives.iter().any(|one| one.status == status);
        match () {
            () if any(ObjectiveStatus::Violated) => ObjectiveStatus::Violated,
            () if any(ObjectiveStatus::Undecided) => ObjectiveStatus::Undecided,
            () if any(ObjectiveStatus::NotMeasured) => ObjectiveStatus::NotMeasured,
            () => ObjectiveStatus::Met,
        }
    }
}

/// Result of one objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectiveResult {
    /// Metric of the objective.
    pub metric: MetricFamily,
    /// Unit of the metric.
    pub unit: Unit,
    /// Whether the limit is a minimum; otherwise it is a maximum.
    pub is_at_least: bool,
    /// Limit of the objective.
    pub limit: f64,
    /// Mean over replications; `None` if a replication has no value.
    pub mean: Option<f64>,
    /// Half-width of the confidence interval of the mean; the intervals of all objectives hold
    /// jointly at the stated confidence.
    pub half_width: Option<f64>,
    /// Distance of the mean from the limit as a share of the limit; negative if the limit is
    /// violated.
    pub margin: Option<f64>,
    /// Status of the objective.
    pub status: ObjectiveStatus,
}
