//! Baselines: comparison of scenario results with earlier results.
//!
//! [`simulate`] runs the scenarios of [`Subject`]s, [`save`] writes the results as a [`Baseline`],
//! and [`compare`] compares them with a baseline. Metrics are compared statistically. Speed is
//! compared as a ratio to a reference workload, so that it does not depend on the machine
//! ([`speed`]).

pub mod reference;
mod speed;

use std::collections::BTreeMap;

use crate::analysis::baseline_difference::{self, Gauge, compare_speed};
use crate::analysis::interval::bonferroni;
use crate::experiment::Watch;
use crate::results::baseline::{Baseline, ScenarioBaseline, stored};
use crate::results::{
    Comparison, MetricComparison, RESULTS_VERSION, Regression, Sample, ScenarioComparison,
    SpeedComparison,
};
use crate::scenario::Scenario;
use crate::terms::{Better, Metric, MetricDescription, Unit};

use super::batch::{self, Outcome, Variant};
use super::{Error, info};

pub use speed::speed;

/// Scenario to save or compare.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The loaded scenario.
    pub scenario: Scenario,
    /// Name by which the user requested it: a file or an embedded scenario.
    pub asked: String,
    /// Overrides of its values, without the seed.
    pub set: Vec<String>,
    /// Number of replications.
    pub replications: u32,
    /// Hash of its resolved values without the seed, so that runs with other seeds can be compared.
    hash: String,
}

impl Subject {
    /// Creates a subject from a loaded scenario, the requested name and the overrides.
    ///
    /// # Errors
    /// Fails if the scenario cannot be loaded again.
    pub fn new(
        scenario: Scenario,
        asked: &str,
        set: &[String],
        replications: u32,
    ) -> Result<Self, Error> {
        let hash = scenario.with("seed=0")?.resolved.hash();
        let (asked, set) = (asked.to_owned(), set.to_vec());
        Ok(Subject { scenario, asked, set, replications, hash })
    }

    fn variant(&self) -> Variant {
        let (config, info) = (self.scenario.config.clone(), info(&self.scenario));
        Variant { config, info, numbers: 0..self.replications }
    }
}

/// Subjects by name.
pub type Subjects = BTreeMap<String, Subject>;

/// Current results of a scenario.
#[derive(Clone, Debug)]
pub struct SimulatedSubject {
    /// Metrics of every replication.
    pub sample: Sample,
    /// Speed relative to the reference workload; `None` if it was not measured.
    pub speed: Option<f64>,
}

/// Differences that a comparison tolerates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Joint confidence of all differences, 0..1.
    pub confidence: f64,
    /// Maximum relative difference of metrics that is not reported.
    pub metrics: f64,
    /// Maximum relative difference of speeds that is not reported; with `None`, speeds are not
    /// compared.
    pub speed: Option<f64>,
}

/// Simulates all replications of all subjects on the threads of the pool. The results are in the
/// order of the names and contain no speeds.
///
/// # Errors
/// Returns [`Error::Run`] for the first scenario that has no results, and [`Error::Stopped`] if the
/// watch stops the study.
pub fn simulate(subjects: &Subjects, watch: &dyn Watch) -> Result<Vec<SimulatedSubject>, Error> {
    let variants: Vec<Variant> = subjects.values().map(Subject::variant).collect();
    let given = |outcome| match outcome {
        Outcome::Whole(sample) => Ok(SimulatedSubject { sample, speed: None }),
        Outcome::Failed(error) => Err(error.into()),
        Outcome::Stopped => Err(Error::Stopped(
            "not all scenarios were simulated, so nothing was saved or compared".to_owned(),
        )),
    };
    batch::simulate(&variants, watch)?.into_iter().map(given).collect()
}

/// Returns the text of a baseline file. If `wanted` is empty, the file contains all metrics of the
/// whole run, otherwise only the named metrics.
///
/// # Errors
/// Returns [`Error::Request`] if a scenario does not have a named metric.
pub fn save(
    subjects: &Subjects,
    given: &[SimulatedSubject],
    wanted: &[String],
) -> Result<String, Error> {
    let is_wanted = |metric: &Metric| match wanted.is_empty() {
        true => !metric.is_of_component(),
        false => wanted.contains(&metric.name()),
    };
    let mut baseline = Baseline::new(env!("CARGO_PKG_VERSION"), RESULTS_VERSION);
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for ((name, subject), one) in subjects.iter().zip(given) {
        let metrics = stored(&one.sample, is_wanted);
        if let Some(missing) = wanted.iter().find(|name| !metrics.contains_key(*name)) {
            return Err(Error::Request(format!("the scenario `{name}` has no metric `{missing}`")));
        }
        units.extend(one.sample.metrics.iter().map(|metric| (metric.name(), metric.unit())));
        let saved = ScenarioBaseline {
            asked: subject.asked.clone(),
            set: subject.set.clone(),
            hash: subject.hash.clone(),
            seed: subject.scenario.config.seed,
            replications: subject.replications,
            events: one.sample.events(),
            speed: one.speed,
            metrics,
        };
        baseline.scenarios.insert(name.clone(), saved);
    }
    Ok(baseline.to_toml(&units))
}

/// Returns the subjects whose scenario differs from the baseline: name, old hash and new hash.
pub fn others<'s>(baseline: &'s Baseline, subjects: &'s Subjects) -> Vec<(&'s str, [&'s str; 2])> {
    let both = subjects.iter().filter_map(|(name, subject)| {
        let before = baseline.scenarios.get(name)?;
        Some((name.as_str(), [before.hash.as_str(), subject.hash.as_str()]))
    });
    both.filter(|(_, [before, now])| before != now).collect()
}

/// Compares the subjects with the baseline. Subjects that the baseline does not contain are
/// ignored.
pub fn compare(
    baseline: &Baseline,
    subjects: &Subjects,
    given: &[SimulatedSubject],
    tolerances: &Tolerances,
) -> Regression {
    let held = subjects.iter().zip(given).filter_map(|((name, subject), given)| {
        Some((name, baseline.scenarios.get(name)?, subject, given))
    });
    let count = held.clone().map(|(_, before, ..)| before.metrics.len()).sum();
    let level = bonferroni(tolerances.confidence, count);
    let gauge = Gauge { level, tolerance: tolerances.metrics };
    let scenarios: Vec<ScenarioComparison> = held
        .map(|(name, before, subject, given)| ScenarioComparison {
            scenario: name.clone(),
            seed_before: before.seed,
            seed: subject.scenario.config.seed,
            replications: subject.replications,
            metrics: metrics(before, &given.sample, gauge),
            speed: before.speed.zip(given.speed).map(|(before, now)| {
                let finding = tolerances
                    .speed
                    .map_or(Comparison::Same, |tolerance| compare_speed(before, now, tolerance));
                SpeedComparison { before, now, finding }
            }),
        })
        .collect();
    let is_left_out = |name: &&String| !subjects.contains_key(*name);
    Regression {
        results_version_before: baseline.results_version,
        results_version: RESULTS_VERSION,
        confidence: tolerances.confidence,
        tolerance: tolerances.metrics,
        changed: scenarios.iter().flat_map(changed).collect(),
        scenarios,
        not_compared: baseline.scenarios.keys().filter(is_left_out).cloned().collect(),
    }
}

/// Compares every metric of the baseline with its current value.
fn metrics(before: &ScenarioBaseline, sample: &Sample, gauge: Gauge) -> Vec<MetricComparison> {
    let now = stored(sample, |metric| before.metrics.contains_key(&metric.name()));
    let compared = before.metrics.iter().map(|(name, before)| {
        let now = now.get(name);
        let metric: MetricDescription = match sample.index(name) {
            Some(index) => sample.metrics[index].clone().into(),
            // Only the baseline has this metric.
            None => {
                MetricDescription { name: name.clone(), unit: Unit::Count, better: Better::Neither }
            }
        };
        let found = now.map(|now| baseline_difference::compare(before, now, metric.better, gauge));
        MetricComparison {
            metric,
            before: *before,
            now: now.copied(),
            difference: found.and_then(|found| found.difference),
            half_width: found.and_then(|found| found.half_width),
            finding: found.map_or(Comparison::Missing, |found| found.finding),
        }
    });
    compared.collect()
}

/// Returns the names of the changed metrics of a scenario, and of its speed if the speed is worse
/// than the baseline.
fn changed(one: &ScenarioComparison) -> Vec<String> {
    let metrics = one.metrics.iter().filter(|metric| metric.finding.is_changed());
    let name = |what: &str| format!("{} {what}", one.scenario);
    let speed = one.speed.filter(|speed| speed.finding == Comparison::Worse);
    let metrics = metrics.map(|metric| name(&metric.metric.name));
    metrics.chain(speed.map(|_| name("speed"))).collect()
}
