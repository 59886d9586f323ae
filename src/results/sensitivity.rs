//! What depends on which assumption: the result types.

use serde::{Deserialize, Serialize};

use super::json::{number_or_null, to_bytes};
use super::{ObjectiveStatus, ScenarioInfo};
use crate::terms::Metric;

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

/// This is what one parameter does to one figure, all others at their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterEffect {
    /// The figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// Replications of each of its ends; 0 in results of versions that have the same for all.
    #[serde(default)]
    pub replications: u64,
    /// Its low end, as a scenario has it.
    pub low: String,
    /// Its default.
    pub default: String,
    /// Its high end.
    pub high: String,
    /// Mean of the figure with all defaults.
    #[serde(deserialize_with = "number_or_null")]
    pub default_mean: f64,
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

/// A flip is where the verdict on an objective changes with a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TippingPoint {
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
    pub default_status: ObjectiveStatus,
    /// Verdict at the low end.
    pub low_status: ObjectiveStatus,
    /// Verdict at the high end.
    pub high_status: ObjectiveStatus,
    /// Whether the mean keeps to the limit at one of the three and not at another.
    pub changes: bool,
    /// Where that turns, if it can be looked for.
    pub turns: Vec<Crossing>,
}

/// A value at which the mean of a figure crosses its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// Whether the answer is another above the value, and not below it.
    pub is_above: bool,
    /// About where.
    pub tipping_point: String,
    /// The last value at which the answer was the one of the default.
    pub last_unchanged: String,
    /// The first at which it was another.
    pub first_changed: String,
}

/// What was not varied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// Why.
    pub reason: String,
}

/// What a screening decided about a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// A change of a metric over its range reaches the threshold, and is more than chance.
    Matters,
    /// Its measured changes are below the threshold with confidence.
    Below,
    /// No test of a group with it that counts showed more than the guarantee allows.
    ScreenedOut,
    /// The model is the same at both its ends and at the default: that is a proof.
    NoEffect,
    /// None of these: noise, the budget or an interruption.
    Undecided,
}

impl Decision {
    /// The words in tables.
    pub const fn words(self) -> &'static str {
        match self {
            Decision::Matters => "matters",
            Decision::Below => "below the threshold",
            Decision::ScreenedOut => "screened out",
            Decision::NoEffect => "no effect",
            Decision::Undecided => "undecided",
        }
    }
}

/// A parameter in a screening.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScreenedParameter {
    /// The parameter, a row of the catalogue.
    pub parameter: String,
    /// What was decided.
    pub decision: Decision,
    /// Tests of groups with it that count and showed no more than the guarantee allows.
    pub tests_clear: u64,
    /// Tests of groups with it that count and showed more.
    pub tests_not_clear: u64,
    /// Replications of its ends that were measured singly.
    pub replications: u64,
}

/// A metric in a screening.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScreenedMetric {
    /// The metric.
    #[serde(flatten)]
    pub metric: Metric,
    /// The change that matters, in the metric's unit.
    pub threshold: f64,
    /// Whether it is screened because of an objective alone.
    pub is_of_objective: bool,
}

/// What a group screening decided, and how sure that is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// The change that matters, as a share of a metric's mean with all defaults.
    pub threshold_share: f64,
    /// The swing that the guarantee is about, as a share of the same.
    pub guarantee_share: f64,
    /// The largest probability with which such a swing or a larger one is screened out.
    pub miss_risk: f64,
    /// Replications that were simulated, those of other models by their events.
    pub replications_worth: f64,
    /// Whether the budget ended it.
    pub is_out_of_budget: bool,
    /// Clients of the pilot model; `None` if there was no pilot.
    pub pilot_clients: Option<u64>,
    /// The metrics that were screened.
    pub metrics: Vec<ScreenedMetric>,
    /// The parameters, in the order of their decisions and names.
    pub parameters: Vec<ScreenedParameter>,
}

/// This is everything that was found out about assumptions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sensitivity {
    /// `RESULTS_VERSION`.
    pub results_version: u32,
    /// The answer of the study in one sentence; empty until it is derived from the results.
    #[serde(default)]
    pub answer: String,
    /// The scenario with all defaults.
    pub scenario: ScenarioInfo,
    /// Replications of each point; the most of any in a screening.
    pub replications: u64,
    /// Confidence of all intervals of one figure together.
    pub confidence: f64,
    /// Whether nothing was cut short.
    pub is_complete: bool,
    /// What a group screening decided; `None` of other methods.
    #[serde(default)]
    pub screening: Option<Screening>,
    /// One at a time: by figure, the largest swing first.
    pub effects: Vec<ParameterEffect>,
    /// Trajectories of Morris's method; 0 if it was not asked for.
    pub trajectories: u64,
    /// Morris's method: by figure, the largest mu* first.
    pub morris: Vec<ElementaryEffect>,
    /// By parameter and objective.
    pub tipping_points: Vec<TippingPoint>,
    /// Parameters without a result.
    pub skipped: Vec<Skipped>,
}

impl Sensitivity {
    /// `sensitivity.json`.
    pub fn to_json(&self) -> Vec<u8> {
        to_bytes(self)
    }
}
