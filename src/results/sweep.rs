//! Many points of a space of scenarios, each simulated with many replications: what was asked
//! ([`SweepPlan`]), and what came out ([`SweepResult`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::to_bytes;
use super::manifest::digest;
use super::{MetricSummary, Replicated, Sample};

/// What a sweep simulates. Two sweeps that have the same plan have the same results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// [`super::RESULTS_VERSION`] of the program that simulates.
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
    pub measures: Vec<String>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepResult {
    /// What was simulated.
    pub plan: SweepPlan,
    /// All replications of each point, by number of the point.
    pub samples: Vec<Sample>,
    /// The figures of each point.
    pub summaries: Vec<Replicated>,
}

impl SweepResult {
    /// A figure at a point; `None` if the point has no such figure.
    pub fn figure(&self, point: usize, name: &str) -> Option<&MetricSummary> {
        let summary = self.summaries.get(point)?;
        summary.metrics.iter().find(|one| one.metric.name == name)
    }

    /// Events of all replications.
    pub fn events(&self) -> u64 {
        let replications = self.samples.iter().flat_map(|sample| &sample.replications);
        replications.map(|one| one.events).sum()
    }

    /// `sweep.json`: the plan, and the figures of each point.
    pub fn to_bytes(&self) -> Vec<u8> {
        let plan = &self.plan;
        let points = plan.points.iter().zip(&self.summaries).enumerate();
        let points = points.map(|(number, (point, summary))| PointDocument {
            point: number,
            hash: &point.hash,
            seed: point.seed,
            levels: plan
                .factors
                .iter()
                .zip(&point.levels)
                .map(|(factor, level)| (factor.path.as_str(), level.as_str()))
                .collect(),
            figures: &summary.metrics,
        });
        to_bytes(&Document {
            results_version: plan.results_version,
            scenario: &plan.scenario,
            question: &plan.question,
            seed: plan.seed,
            overrides: &plan.overrides,
            design: &plan.design,
            factors: &plan.factors,
            replications: plan.replications,
            confidence: plan.confidence,
            measures: &plan.measures,
            events: self.events(),
            points: points.collect(),
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    results_version: u32,
    scenario: &'a str,
    question: &'a str,
    seed: u64,
    overrides: &'a [String],
    design: &'a str,
    factors: &'a [SweepFactor],
    replications: u32,
    confidence: f64,
    measures: &'a [String],
    events: u64,
    points: Vec<PointDocument<'a>>,
}

#[derive(Serialize)]
struct PointDocument<'a> {
    point: usize,
    hash: &'a str,
    seed: u64,
    levels: BTreeMap<&'a str, &'a str>,
    figures: &'a [MetricSummary],
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
    fn levels_are_numbers_where_they_look_like_it() {
        assert_eq!(as_number("20_000"), Some(20_000.0));
        assert_eq!(as_number("-0.5"), Some(-0.5));
        for text in ["5min", "", "inf", "NaN", "1e999"] {
            assert_eq!(as_number(text), None, "{text}");
        }
    }
}
