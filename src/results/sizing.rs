//! The cheapest design for a scenario's objectives.

use serde::{Deserialize, Serialize};

use super::{ObjectiveResult, ScenarioInfo};

/// A dimension of the space of designs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionResult {
    /// Path in the scenario.
    pub path: String,
    /// Values, from the weakest to the strongest, as in TOML.
    pub values: Vec<String>,
}

/// The verdict on a design, of the replications that are shown with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignStatus {
    /// Meets all objectives over fresh replications.
    Confirmed,
    /// Meets all objectives in screening.
    Screened,
    /// Violates an objective with confidence.
    Violated,
    /// Neither.
    Undecided,
}

impl DesignStatus {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            DesignStatus::Confirmed => "confirmed",
            DesignStatus::Screened => "met",
            DesignStatus::Violated => "violated",
            DesignStatus::Undecided => "undecided",
        }
    }
}

/// A design that was simulated, with what it gave. Verdict, objectives and cost are of the same
/// replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesignResult {
    /// The value in each dimension, as in TOML.
    pub values: Vec<String>,
    /// Cost per month: the mean bill of its replications, and the prices of its components. Where
    /// nothing was simulated: instances, addresses and prices of components.
    pub cost: f64,
    /// The most vCPU cores that its gateways have at any time.
    #[serde(default)]
    pub cores: u64,
    /// The verdict.
    pub status: DesignStatus,
    /// Number of replications; zero if it was not simulated.
    pub replications: u64,
    /// Its objectives.
    pub objectives: Vec<ObjectiveResult>,
}

/// A sizing has the answer, and how it was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sizing {
    /// The answer of the study in one sentence; empty until it is derived from the results.
    #[serde(default, rename = "answer")]
    pub sentence: String,
    /// The scenario.
    pub scenario: ScenarioInfo,
    /// What can be chosen.
    pub dimensions: Vec<DimensionResult>,
    /// Which components are down meanwhile, in a sentence; empty if none.
    pub loss: String,
    /// The probability that the answer violates an objective is at most 1 minus this, as far as
    /// Student's intervals hold: what is rarer than one of twenty replications is not seen.
    pub confidence: f64,
    /// The search was stopped before its end.
    #[serde(default)]
    pub is_stopped: bool,
    /// Designs in the space.
    pub space: u64,
    /// Designs that may still be cheaper than the best so far: zero at the end of a search that was
    /// not stopped, but for those that stayed undecided.
    #[serde(default)]
    pub open: u64,
    /// Designs that were not simulated because instances and addresses alone cost more than the
    /// budget.
    #[serde(default)]
    pub over_budget: u64,
    /// Designs that were not simulated because they need more vCPU cores than the quota has.
    #[serde(default)]
    pub over_quota: u64,
    /// The quota in vCPU cores, if one was given.
    #[serde(default)]
    pub quota: Option<u64>,
    /// vCPU cores that the scenario's gateways have today.
    #[serde(default)]
    pub cores_today: u64,
    /// Designs that were simulated.
    pub simulated: u64,
    /// Number of replications of all designs together.
    #[serde(default)]
    pub replications: u64,
    /// Designs that stayed undecided, and so were not chosen.
    pub undecided: u64,
    /// Number of confirmations.
    pub confirmations: u64,
    /// Objectives that more of something did not improve, though the search took that for granted:
    /// metric and path.
    #[serde(default)]
    pub refuted: Vec<(String, String)>,
    /// The cheapest design that meets all objectives; `None` if none does with confidence.
    #[serde(rename = "design")]
    pub answer: Option<DesignResult>,
    /// The cheapest design that meets all objectives in screening, if there is no answer.
    #[serde(default)]
    pub best: Option<DesignResult>,
    /// The next cheapest design that meets all objectives in screening.
    pub runner_up: Option<DesignResult>,
    /// The cheapest design that keeps to all published numbers by the estimate before a run; it was
    /// not simulated for that.
    pub published: Option<DesignResult>,
    /// Designs one step from the answer, or by which those are known to fail.
    pub neighbours: Vec<DesignResult>,
    /// All designs that were simulated, in order.
    pub designs: Vec<DesignResult>,
}
