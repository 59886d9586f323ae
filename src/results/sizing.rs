//! The cheapest design for a scenario's objectives.

use serde::{Deserialize, Serialize};

use super::{ObjectiveResult, ScenarioInfo};

/// What may be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionResult {
    /// Path in the scenario.
    pub path: String,
    /// Values, from the weakest to the strongest, as in TOML.
    pub values: Vec<String>,
}

/// What became of a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignStanding {
    /// Meets all objectives, confirmed with fresh replications.
    Confirmed,
    /// Meets them in screening.
    Screened,
    /// Violates one with confidence.
    Violated,
    /// Neither, with as many replications as allowed.
    Undecided,
    /// A station cannot keep up by the utilisation law.
    Hopeless,
}

impl DesignStanding {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            DesignStanding::Confirmed => "confirmed",
            DesignStanding::Screened => "met",
            DesignStanding::Violated => "violated",
            DesignStanding::Undecided => "undecided",
            DesignStanding::Hopeless => "cannot keep up",
        }
    }
}

/// A design that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesignResult {
    /// The value in each dimension, as in TOML.
    pub values: Vec<String>,
    /// Cost a month: the mean bill of its replications, and the prices of its parts. Where nothing
    /// was simulated, what orders the search: instances, addresses and prices of parts.
    pub cost: f64,
    /// What became of it.
    pub standing: DesignStanding,
    /// Which station cannot keep up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Replications.
    pub replications: u64,
    /// Its objectives.
    pub objectives: Vec<ObjectiveResult>,
}

/// The answer, and how it came about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sizing {
    /// The scenario.
    pub scenario: ScenarioInfo,
    /// What may be chosen.
    pub dimensions: Vec<DimensionResult>,
    /// What is lost meanwhile, in a sentence; empty if nothing.
    pub loss: String,
    /// The probability that the answer violates an objective is at most one less this, as far as
    /// Student's intervals hold: what is rarer than one of twenty replications is not seen.
    pub confidence: f64,
    /// The search was stopped before it was over.
    #[serde(default)]
    pub is_stopped: bool,
    /// Designs in the space.
    pub space: u64,
    /// Designs that were looked at.
    pub simulated: u64,
    /// Those of them that stayed undecided, and so were not chosen.
    pub undecided: u64,
    /// How often a design was up for confirmation.
    pub confirmations: u64,
    /// The cheapest that meets all objectives; `None` if none does with confidence.
    pub answer: Option<DesignResult>,
    /// The next cheapest that meets them in screening.
    pub runner_up: Option<DesignResult>,
    /// The cheapest that keeps to all published numbers by the estimate before a run.
    pub published: Option<DesignResult>,
    /// The answer with one dimension a level weaker or stronger.
    pub neighbours: Vec<DesignResult>,
    /// All that were looked at, in order.
    pub designs: Vec<DesignResult>,
}
