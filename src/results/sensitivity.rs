//! What depends on which assumption: the result types.

use serde::{Deserialize, Serialize};

use super::json::{number_or_null, to_bytes};
use super::metric::Metric;
use super::{Judgement, ScenarioInfo};

/// How much a figure changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Difference of the means, in the figure's unit; infinite if one of them is.
    #[serde(deserialize_with = "number_or_null")]
    pub difference: f64,
    /// Half-width of its paired interval; `None` if there is none.
    pub half_width: Option<f64>,
    /// Whether it is more than chance.
    pub is_detectable: bool,
}

/// What one parameter does to one figure, all others at their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterEffect {
    /// The figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// Its low end, as a scenario has it.
    pub low: String,
    /// Its default.
    pub default: String,
    /// Its high end.
    pub high: String,
    /// Mean of the figure with all defaults.
    #[serde(deserialize_with = "number_or_null")]
    pub base_mean: f64,
    /// Mean at the low end.
    #[serde(deserialize_with = "number_or_null")]
    pub low_mean: f64,
    /// Mean at the high end.
    #[serde(deserialize_with = "number_or_null")]
    pub high_mean: f64,
    /// From the low to the high end.
    pub swing: Change,
    /// From the default to the low end.
    pub to_low: Change,
    /// From the default to the high end.
    pub to_high: Change,
}

/// The elementary effects of one parameter on one figure: changes of the figure by changes of the
/// parameter as a share of its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementaryEffect {
    /// The figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// Mean of their sizes.
    #[serde(deserialize_with = "number_or_null")]
    pub mu_star: f64,
    /// Mean.
    #[serde(deserialize_with = "number_or_null")]
    pub mu: f64,
    /// Standard deviation; `None` of one.
    pub sigma: Option<f64>,
    /// How many trajectories have one.
    pub count: u64,
}

/// Where the verdict on an objective changes with a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// Its low end, as a scenario has it.
    pub low: String,
    /// Its default.
    pub default: String,
    /// Its high end.
    pub high: String,
    /// The objective's figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// Whether the limit is the least allowed, and not the most.
    pub is_at_least: bool,
    /// The limit.
    pub limit: f64,
    /// Verdict with all defaults.
    pub base: Judgement,
    /// Verdict at the low end.
    pub at_low: Judgement,
    /// Verdict at the high end.
    pub at_high: Judgement,
    /// Whether the mean keeps to the limit at one of the three and not at another.
    pub changes: bool,
    /// Where that turns, if it can be looked for.
    pub turns: Vec<Turn>,
}

/// A value at which the mean of a figure crosses its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Whether the answer is another above the value, and not below it.
    pub is_above: bool,
    /// About where.
    pub value: String,
    /// The last value at which the answer was the one of the default.
    pub usual: String,
    /// The first at which it was another.
    pub other: String,
}

/// What was not varied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// Why.
    pub reason: String,
}

/// Everything found out about assumptions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sensitivity {
    /// [`super::RESULTS_VERSION`].
    pub results_version: u32,
    /// The scenario with all defaults.
    pub scenario: ScenarioInfo,
    /// Replications of each point.
    pub replications: u64,
    /// Confidence of all intervals of one figure together.
    pub confidence: f64,
    /// Whether nothing was cut short.
    pub is_complete: bool,
    /// One at a time: by figure, the largest swing first.
    pub effects: Vec<ParameterEffect>,
    /// Trajectories of Morris's method; 0 if it was not asked for.
    pub trajectories: u64,
    /// Morris's method: by figure, the largest mu* first.
    pub morris: Vec<ElementaryEffect>,
    /// By parameter and objective.
    pub flips: Vec<Flip>,
    /// Parameters without a result.
    pub skipped: Vec<Skipped>,
}

impl Sensitivity {
    /// `sensitivity.json`.
    pub fn to_json(&self) -> Vec<u8> {
        to_bytes(self)
    }
}
