//! Many points of a space of scenarios, each simulated with many replications: what was asked
//! ([`SweepPlan`]), and what came out ([`SweepResult`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::terms::MetricFamily;

use super::csv::Dialect;
use super::json::to_bytes;
use super::manifest::digest;
use super::{MetricSummary, ObjectiveResult, Replicated, Sample};

/// Most replications of all points of one sweep together.
pub const UNITS_MAX: u64 = 100_000;

/// What a sweep simulates. Two sweeps that have the same plan have the same results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// The results version of the program that simulates.
    pub results_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// The question it asks; may be empty.
    pub question: String,
    /// Its seed.
    pub seed: u64,
    /// Values laid over all points alike.
    pub overrides: Vec<String>,
    /// How points were chosen: `grid`, `latin`, `one-at-a-time`.
    pub design: String,
    /// What is varied.
    pub factors: Vec<SweepFactor>,
    /// The points, by number.
    pub points: Vec<SweepPoint>,
    /// Replications of each point.
    pub replications: u32,
    /// Confidence of intervals, 0..1.
    #[serde(with = "exact")]
    pub confidence: f64,
    /// Figures that tables and charts show.
    pub metrics: Vec<String>,
}

/// Something that is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepFactor {
    /// Path of the value: `gateway.main.instances`.
    pub path: String,
    /// What was asked for it: `2..16`.
    pub asked: String,
}

/// A point: a scenario with one value of each factor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Hash of the resolved scenario.
    pub hash: String,
    /// Its seed.
    pub seed: u64,
    /// The value of each factor.
    pub levels: Vec<String>,
    /// Number of the factor that alone differs from the scenario; `None` where all are set, and
    /// for the scenario itself.
    pub changed: Option<u32>,
    /// What it has to achieve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<SweepObjective>,
}

/// A limit of a metric at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepObjective {
    /// The metric.
    pub metric: MetricFamily,
    /// Whether the limit is the least allowed, and not the most.
    pub is_at_least: bool,
    /// The limit, in the metric's unit.
    #[serde(with = "exact")]
    pub limit: f64,
}

impl SweepPlan {
    /// Units of work: replications of all points.
    pub fn units(&self) -> u64 {
        self.points.len() as u64 * u64::from(self.replications)
    }

    /// The values of a factor as numbers, by point; `None` if some are no numbers.
    pub fn numbers(&self, factor: usize) -> Option<Vec<f64>> {
        self.points.iter().map(|point| as_number(point.levels.get(factor)?)).collect()
    }

    /// Whether this can be the plan of a sweep: what is read from a file may be anything.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check(&self) -> Result<(), String> {
        let points = self.points.len() as u64;
        let units = points.checked_mul(u64::from(self.replications));
        if !units.is_some_and(|units| (1..=UNITS_MAX).contains(&units)) {
            return Err(format!(
                "{points} points of {} replications each; a sweep has from 1 to {UNITS_MAX} \
                 replications in all",
                self.replications
            ));
        }
        let factors = self.factors.len();
        if factors == 0 {
            return Err("it varies nothing".to_owned());
        }
        for (number, point) in self.points.iter().enumerate() {
            let levels = point.levels.len();
            if levels != factors {
                return Err(format!("point {number} has {levels} levels of {factors} factors"));
            }
            if point.changed.is_some_and(|factor| factor as usize >= factors) {
                return Err(format!("point {number} changes a factor that does not exist"));
            }
        }
        if !(0.0 < self.confidence && self.confidence < 1.0) {
            return Err(format!("a confidence of {}", self.confidence));
        }
        Ok(())
    }

    /// SHA-256 over everything that decides what a replication of a point finds, 16 hexadecimal
    /// digits. Sweeps that differ only in the number of replications, in the confidence and in what
    /// is shown have the same.
    pub fn digest(&self) -> String {
        let Self { results_version, design, factors, points, .. } = self;
        let all = (results_version, design, factors, points);
        let json = serde_json::to_vec(&all).expect("plain structs serialise");
        digest(&json).chars().take(16).collect()
    }

    /// SHA-256 over the hashes of all points, 16 hexadecimal digits.
    pub fn hash(&self) -> String {
        let hashes: Vec<&str> = self.points.iter().map(|point| point.hash.as_str()).collect();
        digest(hashes.join("\n").as_bytes()).chars().take(16).collect()
    }
}

/// A value as a finite number, if it is one: `20_000`, `0.5`.
pub fn as_number(level: &str) -> Option<f64> {
    level.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

/// This is what a sweep found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepResult {
    /// The answer of the study in one sentence; empty until it is derived from the results.
    pub answer: String,
    /// What was simulated.
    pub plan: SweepPlan,
    /// All replications of each point, by number of the point.
    pub samples: Vec<Sample>,
    /// The metrics of each point.
    pub summaries: Vec<Replicated>,
    /// The objectives of each point, judged.
    pub objectives: Vec<Vec<ObjectiveResult>>,
    /// Events of all replications.
    pub events: u64,
}

impl SweepResult {
    /// A figure at a point; `None` if the point has no such figure.
    pub fn metric(&self, point: usize, name: &str) -> Option<&MetricSummary> {
        let summary = self.summaries.get(point)?;
        summary.metrics.iter().find(|one| one.metric.name() == name)
    }

    /// `sweep.json`: the plan, and the metrics of each point.
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
            figures: summary.metrics.clone(),
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
            measures: plan.metrics,
            events: self.events,
        })
    }

    /// A sweep read back from `sweep.json`, without its single replications.
    ///
    /// # Errors
    /// If the bytes are not those of such a file.
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
                metrics: point.figures,
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
            metrics: read.measures,
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
    measures: Vec<String>,
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
    figures: Vec<MetricSummary>,
}

/// `manifest.json` of a sweep. Nothing in it differs between two runs of the same sweep, in one go,
/// resumed, or merged from shards.
#[derive(Clone, Debug, Serialize)]
pub struct SweepManifest {
    /// Version of cmgsim.
    pub cmgsim_version: String,
    /// Commit it was built from.
    pub commit: String,
    /// Target it was built for.
    pub target: String,
    /// Version of results.
    pub results_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Hash of all points' resolved values.
    pub scenario_hash: String,
    /// Seed.
    pub seed: u64,
    /// Values laid over all points.
    pub overrides: Vec<String>,
    /// How points were chosen.
    pub design: String,
    /// What is varied.
    pub factors: Vec<SweepFactor>,
    /// How many points.
    pub points: u64,
    /// Replications of each.
    pub replications: u32,
    /// `complete`, or `shard`.
    pub state: String,
    /// Which shard, `1/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Separator and decimal sign of the CSV files, if they are not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<Dialect>,
    /// Events of all units in the folder.
    pub events: u64,
    /// SHA-256 of every other file, by name.
    pub files: BTreeMap<String, String>,
}

impl SweepManifest {
    /// As a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Notes a file.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) {
        self.files.insert(name.to_owned(), digest(bytes));
    }
}

/// A number as text that gives the same number again: a parser of JSON may miss the last bit.
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
    fn numeric_levels_are_numbers() {
        assert_eq!(as_number("20_000"), Some(20_000.0));
        assert_eq!(as_number("-0.5"), Some(-0.5));
        for text in ["5min", "", "inf", "NaN", "1e999"] {
            assert_eq!(as_number(text), None, "{text}");
        }
    }
}
