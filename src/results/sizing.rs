//! Result types of a sizing: the cheapest design that meets the objectives of a scenario.

use serde::{Deserialize, Serialize};

use super::{ObjectiveResult, ScenarioInfo};

/// Dimension of the design space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionResult {
    /// Path of the parameter in the scenario.
    pub path: String,
    /// Values as written in TOML, from the weakest to the strongest.
    pub values: Vec<String>,
}

/// Verdict on a design, based on the replications reported with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignStatus {
    /// Meets all objectives in independent confirmation replications.
    Confirmed,
    /// Meets all objectives in screening.
    Screened,
    /// Violates an objective at the confidence level.
    Violated,
    /// Neither meets nor violates the objectives at the confidence level.
    Undecided,
}

impl DesignStatus {
    /// Returns the word used in tables.
    pub const fn word(self) -> &'static str {
        match self {
            DesignStatus::Confirmed => "confirmed",
            DesignStatus::Screened => "met",
            DesignStatus::Violated => "violated",
            DesignStatus::Undecided => "undecided",
        }
    }
}

/// Design of a sizing, with its results if it was simulated. Verdict, objectives and cost come from
/// the same replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesignResult {
    /// Value in each dimension, as written in TOML.
    pub values: Vec<String>,
    /// Cost per month: the mean bill of the replications plus the prices of the components. If the
    /// design was not simulated: instances, addresses and prices of components only.
    pub cost: f64,
    /// Maximum number of vCPU cores of all gateways at any time.
    #[serde(default)]
    pub cores: u64,
    /// Verdict on the design.
    pub status: DesignStatus,
    /// Number of replications; 0 if the design was not simulated.
    pub replications: u64,
    /// Objectives with their results.
    pub objectives: Vec<ObjectiveResult>,
}

/// Result of a sizing and the record of its search.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sizing {
    /// Answer of the study in one sentence; empty until it is derived from the results.
    #[serde(default, rename = "answer")]
    pub sentence: String,
    /// Scenario that was sized.
    pub scenario: ScenarioInfo,
    /// Dimensions of the design space.
    pub dimensions: Vec<DimensionResult>,
    /// Sentence that states which components are down during the run; empty if none.
    pub loss: String,
    /// Confidence level. The recommended design violates an objective with probability at most 1
    /// minus this level, as far as Student's intervals hold; events rarer than about one in 20
    /// replications go undetected.
    pub confidence: f64,
    /// Whether the search was stopped before its end.
    #[serde(default)]
    pub is_stopped: bool,
    /// Number of designs in the space.
    pub space: u64,
    /// Number of designs that may still be cheaper than the best design so far. At the end of a
    /// complete search only undecided designs remain.
    #[serde(default)]
    pub open: u64,
    /// Number of designs that were not simulated because their instances and addresses alone exceed
    /// the budget.
    #[serde(default)]
    pub over_budget: u64,
    /// Number of designs that were not simulated because they need more vCPU cores than the quota
    /// allows.
    #[serde(default)]
    pub over_quota: u64,
    /// Quota in vCPU cores; `None` without a quota.
    #[serde(default)]
    pub quota: Option<u64>,
    /// Number of vCPU cores of the gateways in the scenario as it is.
    #[serde(default)]
    pub cores_today: u64,
    /// Number of designs that were simulated.
    pub simulated: u64,
    /// Total number of replications of all designs.
    #[serde(default)]
    pub replications: u64,
    /// Number of designs that stayed undecided and were therefore not selected.
    pub undecided: u64,
    /// Number of designs tested in confirmation runs.
    pub confirmations: u64,
    /// Pairs of the metric of an objective and the path of a dimension for which a larger value did
    /// not improve the metric. The search assumes that larger values improve every objective.
    #[serde(default)]
    pub refuted: Vec<(String, String)>,
    /// Cheapest design that meets all objectives; `None` if none does at the confidence level.
    #[serde(rename = "design")]
    pub answer: Option<DesignResult>,
    /// Cheapest design that meets all objectives in screening, if `answer` is `None`.
    #[serde(default)]
    pub best: Option<DesignResult>,
    /// Second-cheapest design that meets all objectives in screening.
    pub runner_up: Option<DesignResult>,
    /// Cheapest design that respects all published limits according to the estimate before a run;
    /// it was not simulated for this purpose.
    pub published: Option<DesignResult>,
    /// Designs that differ from the answer by one step in one dimension. If the failure of another
    /// simulated design implies that such a design fails, the list contains that other design
    /// instead.
    pub neighbours: Vec<DesignResult>,
    /// All simulated designs in order.
    pub designs: Vec<DesignResult>,
}
