//! Two scenarios side by side.

use serde::{Deserialize, Serialize};

use super::ScenarioInfo;
use super::metric::Metric;

/// What a comparison says of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Every replication has the same value in both.
    Same,
    /// The interval of the difference holds zero, or there is none.
    NotDetectable,
    /// The second is better.
    Better,
    /// The second is worse.
    Worse,
    /// It differs, and no way is better.
    Different,
}

impl Change {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Change::Same => "same",
            Change::NotDetectable => "not detectable",
            Change::Better => "better",
            Change::Worse => "WORSE",
            Change::Different => "different",
        }
    }
}

/// One figure of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureComparison {
    /// The figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// Mean of the first; `None` if some replication has no value.
    pub first: Option<f64>,
    /// Mean of the second.
    pub second: Option<f64>,
    /// Mean of second less first, by replication.
    pub difference: Option<f64>,
    /// Half-width of the difference: those of all figures of the whole run hold together at the
    /// confidence. Figures of parts stand alone.
    pub half_width: Option<f64>,
    /// The same alone, at the confidence.
    pub half_width_alone: Option<f64>,
    /// The same as if the two had been simulated with different random numbers (Welch).
    pub half_width_independent: Option<f64>,
    /// The variance that independent random numbers would give the difference, by the variance it
    /// has: how many times as many replications they would take.
    pub variance_reduction: Option<f64>,
    /// What it comes to.
    pub change: Change,
}

/// Two scenarios, compared replication by replication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Comparison {
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
    /// Figures that both have.
    pub figures: Vec<FigureComparison>,
}
