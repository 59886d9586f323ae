//! Result types of a sensitivity study.

use serde::{Deserialize, Serialize};

use super::json::{number_or_null, to_bytes};
use super::{ObjectiveStatus, ScenarioInfo};
use crate::terms::Metric;

/// Change of a metric between two values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Difference of the means, in the metric's unit; infinite if one of them is infinite.
    #[serde(deserialize_with = "number_or_null")]
    pub difference: f64,
    /// Half-width of the paired interval of the difference; `None` without an interval.
    pub half_width: Option<f64>,
    /// Whether the difference is larger than chance can explain.
    pub is_detectable: bool,
}

/// Range over which a study varies a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterRange {
    /// Plausible range of an assumed default, from the catalogue.
    #[default]
    Plausible,
    /// 95 % interval of a measured value.
    Measured,
}

impl ParameterRange {
    /// Returns the name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            ParameterRange::Plausible => "plausible",
            ParameterRange::Measured => "measured",
        }
    }
}

/// Effect of one parameter on one metric, with all other parameters at their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterEffect {
    /// Affected metric.
    #[serde(flatten)]
    pub metric: Metric,
    /// Parameter name in the catalogue.
    pub parameter: String,
    /// Number of replications at each end of the range; 0 in results of versions that used the same
    /// number for all parameters.
    #[serde(default)]
    pub replications: u64,
    /// Low end of the range, as written in a scenario.
    pub low: String,
    /// Default value of the parameter.
    pub default: String,
    /// High end of the range.
    pub high: String,
    /// Kind of the range.
    #[serde(default)]
    pub range: ParameterRange,
    /// Mean of the metric with all parameters at their defaults.
    #[serde(deserialize_with = "number_or_null")]
    pub default_mean: f64,
    /// Mean of the metric at the low end.
    #[serde(deserialize_with = "number_or_null")]
    pub low_mean: f64,
    /// Mean of the metric at the high end.
    #[serde(deserialize_with = "number_or_null")]
    pub high_mean: f64,
    /// Change from the low to the high end.
    pub swing: Change,
    /// Change from the default to the low end.
    pub to_low: Change,
    /// Change from the default to the high end.
    pub to_high: Change,
}

/// Elementary effects of one parameter on one metric: the change of the metric divided by the
/// change of the parameter as a share of its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementaryEffect {
    /// Affected metric.
    #[serde(flatten)]
    pub metric: Metric,
    /// Parameter name in the catalogue.
    pub parameter: String,
    /// Kind of the range over which the parameter moves.
    #[serde(default)]
    pub range: ParameterRange,
    /// Mean of the absolute effects.
    #[serde(deserialize_with = "number_or_null")]
    pub mu_star: f64,
    /// Mean of the effects.
    #[serde(deserialize_with = "number_or_null")]
    pub mu: f64,
    /// Standard deviation of the effects; `None` with a single effect.
    pub sigma: Option<f64>,
    /// Number of trajectories with an effect.
    pub count: u64,
}

/// Parameter whose value may change the verdict on an objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TippingPoint {
    /// Parameter name in the catalogue.
    pub parameter: String,
    /// Low end of the range, as written in a scenario.
    pub low: String,
    /// Default value of the parameter.
    pub default: String,
    /// High end of the range.
    pub high: String,
    /// Kind of the range.
    #[serde(default)]
    pub range: ParameterRange,
    /// Metric of the objective.
    #[serde(flatten)]
    pub metric: Metric,
    /// Whether the limit is a minimum; otherwise it is a maximum.
    pub is_at_least: bool,
    /// Limit in the metric's unit.
    pub limit: f64,
    /// Status of the objective with all parameters at their defaults.
    pub default_status: ObjectiveStatus,
    /// Status of the objective at the low end.
    pub low_status: ObjectiveStatus,
    /// Status of the objective at the high end.
    pub high_status: ObjectiveStatus,
    /// Whether the mean is within the limit at some, but not all, of the three values (low end,
    /// default and high end).
    pub changes: bool,
    /// Values at which the mean crosses the limit, if a search is possible.
    pub turns: Vec<Crossing>,
}

/// Value at which the mean of a metric crosses its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// Whether the status changes above the value; otherwise it changes below.
    pub is_above: bool,
    /// Approximate value of the tipping point.
    pub tipping_point: String,
    /// Value nearest to the tipping point at which the status is the same as at the default.
    pub last_unchanged: String,
    /// Value nearest to the tipping point at which the status differs from that at the default.
    pub first_changed: String,
}

/// Parameter that was not varied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Parameter name in the catalogue.
    pub parameter: String,
    /// Reason why it was not varied.
    pub reason: String,
}

/// Decision of a screening about a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Changing the parameter over its range changes a metric by at least the threshold, and by
    /// more than chance can explain.
    Matters,
    /// The measured changes are below the threshold at the confidence level.
    Below,
    /// Enough group tests that include the parameter were clear: they showed no change as large as
    /// the swing that the guarantee covers.
    ScreenedOut,
    /// The resolved model is identical at both ends and at the default, which proves that the
    /// parameter has no effect.
    NoEffect,
    /// No other decision is possible because of noise, the budget or an interruption.
    Undecided,
}

impl Decision {
    /// Returns the words used in tables.
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

/// Parameter in a screening.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScreenedParameter {
    /// Parameter name in the catalogue.
    pub parameter: String,
    /// Kind of the range over which the parameter was varied.
    #[serde(default)]
    pub range: ParameterRange,
    /// Decision of the screening.
    pub decision: Decision,
    /// Number of clear group tests that include this parameter: all changes were smaller than the
    /// swing that the guarantee covers. Tests that do not count (docs/methods.md) are excluded.
    pub tests_clear: u64,
    /// Number of group tests that include this parameter and were not clear: a change was at least
    /// as large as the swing that the guarantee covers. Tests that do not count are excluded.
    pub tests_not_clear: u64,
    /// Number of replications at each end of the range in individual measurements.
    pub replications: u64,
}

/// Metric in a screening.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScreenedMetric {
    /// Metric that is screened.
    #[serde(flatten)]
    pub metric: Metric,
    /// Smallest change that matters, in the metric's unit.
    pub threshold: f64,
    /// Whether the metric is screened only because an objective uses it.
    pub is_of_objective: bool,
}

/// Decisions of a group screening and their reliability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// Smallest change that matters, as a share of the mean of the metric at the defaults.
    pub threshold_share: f64,
    /// Swing that the guarantee covers, as a share of the same mean.
    pub guarantee_share: f64,
    /// Maximum probability that a parameter with at least this swing is screened out.
    pub miss_risk: f64,
    /// Number of simulated replications. A replication of another model, such as the pilot model,
    /// counts in proportion to its number of events.
    pub replications_worth: f64,
    /// Whether the screening ended because the budget was exhausted.
    pub is_out_of_budget: bool,
    /// Number of clients of the pilot model; `None` without a pilot.
    pub pilot_clients: Option<u64>,
    /// Metrics that were screened.
    pub metrics: Vec<ScreenedMetric>,
    /// Parameters, sorted by decision and name.
    pub parameters: Vec<ScreenedParameter>,
}

/// Result of a sensitivity study.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Results version (`RESULTS_VERSION`).
    pub results_version: u32,
    /// Answer of the study in one sentence; empty until it is derived from the results.
    #[serde(default)]
    pub answer: String,
    /// Assumed parameter to measure next: of those that matter, the one with the largest effect.
    /// `None` if no assumption matters, and until it is derived from the results.
    #[serde(default)]
    pub measure_next: Option<String>,
    /// Scenario with all parameters at their defaults.
    pub scenario: ScenarioInfo,
    /// Number of replications per point; in a screening, the largest number of any point.
    pub replications: u64,
    /// Joint confidence level of all intervals of one metric.
    pub confidence: f64,
    /// Whether the study ran without interruption.
    pub is_complete: bool,
    /// Decisions of a group screening; `None` for other methods.
    #[serde(default)]
    pub screening: Option<Screening>,
    /// Effects of one parameter at a time, by metric, largest swing first.
    pub effects: Vec<ParameterEffect>,
    /// Number of trajectories of Morris's method; 0 if the method was not used.
    pub trajectories: u64,
    /// Elementary effects of Morris's method, by metric, largest mu* first.
    pub morris: Vec<ElementaryEffect>,
    /// Tipping points by parameter and objective.
    pub tipping_points: Vec<TippingPoint>,
    /// Parameters without a result.
    pub skipped: Vec<Skipped>,
}

impl Sensitivity {
    /// Renders `sensitivity.json`.
    pub fn to_json(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of version 4 that were written before values could be measured.
    #[test]
    fn results_without_a_kind_of_range_are_plausible() {
        let effect = r#"{"parameter":"a","decision":"matters","tests_clear":0,
            "tests_not_clear":0,"replications":5}"#;
        let effect: ScreenedParameter = serde_json::from_str(effect).expect("a parameter");
        assert_eq!(effect.range, ParameterRange::Plausible);
        let whole = serde_json::to_value(Sensitivity::default()).expect("JSON");
        let serde_json::Value::Object(mut whole) = whole else { panic!("an object") };
        assert!(whole.remove("measure_next").is_some());
        let read: Sensitivity = serde_json::from_value(whole.into()).expect("older results");
        assert_eq!(read.measure_next, None);
    }
}
