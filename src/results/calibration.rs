//! Result of a calibration: values of a scenario that were measured, with their evidence.
//!
//! `calibrate` computes it, `report::calibration` shows it.

use serde::{Deserialize, Serialize};

use super::Latency;
use super::json::number_or_null;
use super::logs::LogSummary;

/// What a calibration measured, what stayed assumed, and how well the result predicts other days.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// Name of the scenario whose values were measured.
    pub scenario: String,
    /// Names of the files that were read.
    pub files: Vec<String>,
    /// Period from which the values were estimated, for example `2026-11-02 to 2026-11-29`.
    pub period: String,
    /// Content of the logs; absent if counts were read.
    pub logs: Option<LogSummary>,
    /// Remarks on the logs and on the calibration that may change how it is used: sentences.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Measured values, in the order of the scenario fragment.
    pub values: Vec<CalibratedValue>,
    /// Values that these files could have measured, but did not, with reasons.
    pub not_measured: Vec<NotMeasured>,
    /// Distributions that were fitted.
    pub fits: Vec<DistributionFit>,
    /// Number of online clients by hour of the week; empty if it was not measured.
    pub presence: Vec<PresenceHour>,
    /// Number of assumed values that the scenario uses, without the measured values.
    pub assumed_before: u32,
    /// Number of assumed values that the scenario uses, with the measured values.
    pub assumed_after: u32,
    /// Simulation of the measured scenario compared with other days; absent if no days were held
    /// out.
    pub back_test: Option<BackTest>,
}

/// A value of the scenario that was measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CalibratedValue {
    /// Paths of the value in the scenario; more than one if several components share it.
    pub paths: Vec<String>,
    /// Measured value as TOML.
    pub value: String,
    /// Value in the scenario before the calibration, as TOML.
    pub previous: String,
    /// Lower bound of the 95 % confidence interval as TOML; absent without an interval.
    pub low: Option<String>,
    /// Upper bound of the 95 % confidence interval as TOML; absent without an interval.
    pub high: Option<String>,
    /// Number of samples.
    pub samples: u64,
    /// How the value was estimated: one sentence.
    pub method: String,
    /// Files that were read, for the entry in `[[measured]]`.
    pub source: String,
}

/// A value that was not measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NotMeasured {
    /// Path of the value in the scenario.
    pub path: String,
    /// Reason.
    pub reason: String,
    /// What to do, or an empty text.
    pub remedy: String,
}

/// Distributions that were fitted to the samples of one value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DistributionFit {
    /// Path of the value in the scenario.
    pub path: String,
    /// Unit of the samples: `s` or `bytes`.
    pub unit: String,
    /// Number of samples.
    pub samples: u64,
    /// Mean, standard deviation and percentiles of the samples, without waiting.
    pub observed: Latency,
    /// Family that was chosen, or `empirical`.
    pub chosen: String,
    /// All families that were fitted, the best first.
    pub candidates: Vec<Candidate>,
    /// How waiting was separated from service: one sentence; empty for sizes.
    pub separation: String,
    /// Points of the Q-Q chart: quantile of the chosen distribution, quantile of the samples.
    pub quantiles: Vec<[f64; 2]>,
}

/// A family of distributions that was fitted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Candidate {
    /// Name of the family.
    pub family: String,
    /// Akaike's information criterion with the correction for small samples; smaller is better.
    #[serde(deserialize_with = "number_or_null")]
    pub aicc: f64,
    /// Kolmogorov-Smirnov distance, from 0 to 1.
    #[serde(deserialize_with = "number_or_null")]
    pub distance: f64,
}

/// Online clients in one hour of the week.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct PresenceHour {
    /// Hour of the week in the civil time of the scenario, from 0 (Monday, 00:00).
    pub hour: u32,
    /// Mean share of the clients that are online; absent if the logs do not cover the hour.
    pub online_share: Option<f64>,
    /// Time of this hour that the logs cover, over all weeks, in seconds.
    pub covered_s: u64,
}

/// Comparison of the measured scenario with days that were not used for the calibration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BackTest {
    /// Held-out period, for example `2026-11-27`.
    pub period: String,
    /// Number of replications of the simulation.
    pub replications: u32,
    /// Comparison by kind of requests.
    pub kinds: Vec<BackTestKind>,
    /// Comparison by hour.
    pub hours: Vec<BackTestHour>,
    /// What was left out or cannot be compared: one sentence each.
    pub notes: Vec<String>,
}

/// Measured and simulated traffic of one kind at all site systems.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BackTestKind {
    /// Request kind, or `messages`.
    pub kind: String,
    /// Requests per second.
    pub rate_mean_per_s: Compared,
    /// Mean of `time-taken` in seconds.
    pub time_taken_mean_s: Compared,
    /// 95th percentile of `time-taken` in seconds.
    pub time_taken_p95_s: Compared,
}

/// A measured and a simulated number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Compared {
    /// Number in the held-out logs; NaN if it was not measured.
    #[serde(deserialize_with = "number_or_null")]
    pub measured: f64,
    /// Mean over the replications.
    #[serde(deserialize_with = "number_or_null")]
    pub simulated: f64,
    /// Half width of the 95 % confidence interval of the simulated number; NaN with one
    /// replication.
    #[serde(deserialize_with = "number_or_null")]
    pub simulated_half_width: f64,
    /// Simulated minus measured number, divided by the measured number.
    #[serde(deserialize_with = "number_or_null")]
    pub error_share: f64,
}

impl Default for Compared {
    fn default() -> Self {
        Compared {
            measured: f64::NAN,
            simulated: f64::NAN,
            simulated_half_width: f64::NAN,
            error_share: f64::NAN,
        }
    }
}

/// Measured and simulated rate of all classified requests in one hour.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BackTestHour {
    /// Start of the hour in UTC.
    pub start: String,
    /// Requests per second in the logs.
    #[serde(deserialize_with = "number_or_null")]
    pub measured_per_s: f64,
    /// Requests per second in the simulation, averaged over the replications.
    #[serde(deserialize_with = "number_or_null")]
    pub simulated_per_s: f64,
    /// Half width of the 95 % confidence interval of the simulated rate; NaN with one replication.
    #[serde(deserialize_with = "number_or_null")]
    pub simulated_half_width_per_s: f64,
}

impl Calibration {
    /// Renders the calibration as indented JSON. NaN becomes `null`.
    pub fn to_json(&self) -> Vec<u8> {
        super::json::to_bytes(self)
    }
}
