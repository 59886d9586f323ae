//! A sweep simulates many points of a parameter space with several replications each. [`SweepPlan`]
//! is its input, [`SweepResult`] its output.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::terms::MetricFamily;

use super::csv::Dialect;
use super::json::to_bytes;
use super::manifest::digest;
use super::{MetricSummary, ObjectiveResult, Replicated, Sample};

/// Maximum number of replications in one sweep, over all points.
pub const UNITS_MAX: u64 = 100_000;

/// What a sweep simulates. Sweeps with equal plans have equal results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// Results version of the program that runs the sweep.
    pub results_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Question that the scenario answers; may be empty.
    pub question: String,
    /// Seed of the scenario.
    pub seed: u64,
    /// Overrides applied to every point.
    pub overrides: Vec<String>,
    /// Design that selected the points: `grid`, `latin` or `one-at-a-time`.
    pub design: String,
    /// Parameters that the sweep varies.
    pub factors: Vec<SweepFactor>,
    /// Points in order of their number.
    pub points: Vec<SweepPoint>,
    /// Number of replications per point.
    pub replications: u32,
    /// Confidence level of intervals, between 0 and 1.
    #[serde(with = "exact")]
    pub confidence: f64,
    /// Metrics that tables and charts show.
    pub metrics: Vec<String>,
}

/// Parameter that a sweep varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepFactor {
    /// Path of the parameter, such as `gateway.main.instances`.
    pub path: String,
    /// Values as the user specified them, such as `2..16`.
    pub asked: String,
}

/// Point of a sweep: the scenario with one value of each factor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Hash of the resolved scenario.
    pub hash: String,
    /// Seed of the point.
    pub seed: u64,
    /// Value of each factor.
    pub levels: Vec<String>,
    /// Index of the only factor that differs from the base scenario; `None` for the base scenario
    /// and for designs that set all factors.
    pub changed: Option<u32>,
    /// Objectives that the scenario of this point defines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<SweepObjective>,
}

/// Limit of a metric at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepObjective {
    /// Metric that the objective limits.
    pub metric: MetricFamily,
    /// Whether the limit is a minimum; otherwise it is a maximum.
    pub is_at_least: bool,
    /// Limit in the metric's unit.
    #[serde(with = "exact")]
    pub limit: f64,
}

impl SweepPlan {
    /// Returns the number of replications over all points.
    pub fn units(&self) -> u64 {
        self.points.len() as u64 * u64::from(self.replications)
    }

    /// Returns the values of a factor at each point as numbers; `None` if any value is not a
    /// number.
    pub fn numbers(&self, factor: usize) -> Option<Vec<f64>> {
        self.points.iter().map(|point| as_number(point.levels.get(factor)?)).collect()
    }

    /// Checks a plan that was read from a file.
    ///
    /// # Errors
    /// Returns the reason why the plan is invalid.
    pub fn check(&self) -> Result<(), String> {
        let points = self.points.len() as u64;
        let units = points.checked_mul(u64::from(self.replications));
        if !units.is_some_and(|units| (1..=UNITS_MAX).contains(&units)) {
            return Err(format!(
                "{points} points with {} replications each; a sweep has 1 to {UNITS_MAX} \
                 replications in total",
                self.replications
            ));
        }
        let factors = self.factors.len();
        if factors == 0 {
            return Err("the sweep has no factors".to_owned());
        }
        for (number, point) in self.points.iter().enumerate() {
            let levels = point.levels.len();
            if levels != factors {
                return Err(format!(
                    "point {number} has {levels} levels, but the sweep has {factors} factors"
                ));
            }
            if point.changed.is_some_and(|factor| factor as usize >= factors) {
                return Err(format!("point {number} changes a factor that does not exist"));
            }
        }
        if !(0.0 < self.confidence && self.confidence < 1.0) {
            return Err(format!(
                "the confidence is {}; it must be between 0 and 1",
                self.confidence
            ));
        }
        Ok(())
    }

    /// Returns 16 hexadecimal digits of the SHA-256 of everything that determines the result of one
    /// replication. Sweeps that differ only in the number of replications, the confidence level or
    /// the metrics shown have the same digest.
    pub fn digest(&self) -> String {
        let Self { results_version, design, factors, points, .. } = self;
        let all = (results_version, design, factors, points);
        let json = serde_json::to_vec(&all).expect("plain structs serialise");
        digest(&json).chars().take(16).collect()
    }

    /// Returns 16 hexadecimal digits of the SHA-256 of the hashes of all points.
    pub fn hash(&self) -> String {
        let hashes: Vec<&str> = self.points.iter().map(|point| point.hash.as_str()).collect();
        digest(hashes.join("\n").as_bytes()).chars().take(16).collect()
    }
}

/// Parses a value such as `20_000` or `0.5` as a finite number; returns `None` if it is not one.
pub fn as_number(level: &str) -> Option<f64> {
    level.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

/// Result of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepResult {
    /// Answer of the study in one sentence; empty until it is derived from the results.
    pub answer: String,
    /// Plan that was simulated.
    pub plan: SweepPlan,
    /// All replications of each point, in order of the points.
    pub samples: Vec<Sample>,
    /// Metrics of each point.
    pub summaries: Vec<Replicated>,
    /// Objectives of each point with their results.
    pub objectives: Vec<Vec<ObjectiveResult>>,
    /// Number of events of all replications.
    pub events: u64,
}

impl SweepResult {
    /// Returns a metric at a point; `None` if the point does not have this metric.
    pub fn metric(&self, point: usize, name: &str) -> Option<&MetricSummary> {
        let summary = self.summaries.get(point)?;
        summary.metrics.iter().find(|one| one.metric.name() == name)
    }

    /// Renders `sweep.json`: the plan and the metrics of each point.
    pub fn to_bytes(&self) -> Vec<u8> {
        let plan = self.plan.clone();
        let points = plan.points.iter().zip(&self.summaries).enumerate();
        let points = points.map(|(number, (point, summary))| PointDocument {
            point: number,
            hash: point.hash.clone(),
            seed: point.seed,
            levels: plan
                .factors
                .iter()
                .zip(&point.levels)
                .map(|(factor, level)| (factor.path.clone(), level.clone()))
                .collect(),
            changed: point.changed,
            objectives: self.objectives.get(number).cloned().unwrap_or_default(),
            metrics: summary.metrics.clone(),
        });
        to_bytes(&Document {
            points: points.collect(),
            results_version: plan.results_version,
            answer: self.answer.clone(),
            scenario: plan.scenario,
            question: plan.question,
            seed: plan.seed,
            overrides: plan.overrides,
            design: plan.design,
            factors: plan.factors,
            replications: plan.replications,
            confidence: plan.confidence,
            metrics: plan.metrics,
            events: self.events,
        })
    }

    /// Reads a sweep from `sweep.json`, without its individual replications.
    ///
    /// # Errors
    /// Returns an error if the bytes are not a valid `sweep.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let read: Document = serde_json::from_slice(bytes)?;
        let (mut points, mut summaries, mut objectives) = (Vec::new(), Vec::new(), Vec::new());
        for point in read.points {
            let level = |factor: &SweepFactor| {
                point.levels.get(&factor.path).cloned().unwrap_or_else(|| "-".to_owned())
            };
            points.push(SweepPoint {
                levels: read.factors.iter().map(level).collect(),
                hash: point.hash,
                seed: point.seed,
                changed: point.changed,
                objectives: Vec::new(),
            });
            summaries.push(Replicated {
                count: u64::from(read.replications),
                confidence: read.confidence,
                metrics: point.metrics,
                ..Replicated::default()
            });
            objectives.push(point.objectives);
        }
        let plan = SweepPlan {
            results_version: read.results_version,
            scenario: read.scenario,
            question: read.question,
            seed: read.seed,
            overrides: read.overrides,
            design: read.design,
            factors: read.factors,
            points,
            replications: read.replications,
            confidence: read.confidence,
            metrics: read.metrics,
        };
        plan.check().map_err(serde::de::Error::custom)?;
        Ok(SweepResult {
            answer: read.answer,
            plan,
            samples: Vec::new(),
            summaries,
            objectives,
            events: read.events,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    results_version: u32,
    #[serde(default)]
    answer: String,
    scenario: String,
    question: String,
    seed: u64,
    overrides: Vec<String>,
    design: String,
    factors: Vec<SweepFactor>,
    replications: u32,
    confidence: f64,
    metrics: Vec<String>,
    events: u64,
    points: Vec<PointDocument>,
}

#[derive(Serialize, Deserialize)]
struct PointDocument {
    point: usize,
    hash: String,
    seed: u64,
    levels: BTreeMap<String, String>,
    #[serde(default)]
    changed: Option<u32>,
    #[serde(default)]
    objectives: Vec<ObjectiveResult>,
    metrics: Vec<MetricSummary>,
}

/// Content of `manifest.json` of a sweep. It is identical whether the sweep ran without
/// interruption, was resumed, or was merged from shards.
#[derive(Clone, Debug, Serialize)]
pub struct SweepManifest {
    /// Version of cmgsim.
    pub cmgsim_version: String,
    /// Commit that cmgsim was built from.
    pub commit: String,
    /// Target that cmgsim was built for.
    pub target: String,
    /// Results version of the program that ran the sweep.
    pub results_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Hash of the resolved scenarios of all points.
    pub scenario_hash: String,
    /// Seed of the scenario.
    pub seed: u64,
    /// Overrides applied to every point.
    pub overrides: Vec<String>,
    /// Design that selected the points.
    pub design: String,
    /// Parameters that the sweep varies.
    pub factors: Vec<SweepFactor>,
    /// Number of points.
    pub points: u64,
    /// Number of replications per point.
    pub replications: u32,
    /// State of the sweep: `complete` or `shard`.
    pub state: String,
    /// Shard and number of shards, such as `1/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Separator and decimal sign of the CSV files, if they are not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<Dialect>,
    /// Number of events of all replications in the folder.
    pub events: u64,
    /// SHA-256 of every other file, by name.
    pub files: BTreeMap<String, String>,
}

impl SweepManifest {
    /// Renders the manifest as a JSON file.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Adds the digest of a file.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) {
        self.files.insert(name.to_owned(), digest(bytes));
    }
}

/// Stores a number as text, because JSON parsers may lose its last bit.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("expected a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_only_finite_numbers() {
        assert_eq!(as_number("20_000"), Some(20_000.0));
        assert_eq!(as_number("-0.5"), Some(-0.5));
        for text in ["5min", "", "inf", "NaN", "1e999"] {
            assert_eq!(as_number(text), None, "{text}");
        }
    }
}
