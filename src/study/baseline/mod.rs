//! Baselines: what scenarios give now, against what they gave before.
//!
//! [`simulate`] runs what [`Subject`]s name; [`save`] keeps what came out as a [`Baseline`], and
//! [`compare`] holds it against one. Figures are compared statistically; the speed is compared as
//! its ratio to a reference workload, so that the machine cancels out ([`speed`]).

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

/// A scenario that is saved or compared.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The scenario.
    pub scenario: Scenario,
    /// How it was asked for: a file, or an embedded one's name.
    pub asked: String,
    /// Values laid over it, the seed not included.
    pub set: Vec<String>,
    /// Replications.
    pub replications: u32,
    /// Hash of its resolved values, whatever the seed: other seeds can be compared.
    hash: String,
}

impl Subject {
    /// A loaded scenario, how it was asked for, and what was laid over it.
    ///
    /// # Errors
    /// If it cannot be loaded once more.
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

/// Scenarios by name.
pub type Subjects = BTreeMap<String, Subject>;

/// What a scenario gives now.
#[derive(Clone, Debug)]
pub struct SimulatedSubject {
    /// The figures of every replication.
    pub sample: Sample,
    /// Its speed, if that was measured.
    pub speed: Option<f64>,
}

/// Which differences matter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Confidence of all differences together, 0..1.
    pub confidence: f64,
    /// Relative differences of figures up to this do not matter.
    pub metrics: f64,
    /// Relative differences of speeds up to this do not matter; `None` compares none.
    pub speed: Option<f64>,
}

/// Simulates all replications of all subjects on the threads of the pool. The samples are in the
/// order of the names; speeds are not measured here.
///
/// # Errors
/// [`Error::Run`] of the first scenario that has no results, [`Error::Stopped`] if the watch said
/// so.
pub fn simulate(subjects: &Subjects, watch: &dyn Watch) -> Result<Vec<SimulatedSubject>, Error> {
    let variants: Vec<Variant> = subjects.values().map(Subject::variant).collect();
    let given = |outcome| match outcome {
        Outcome::Whole(sample) => Ok(SimulatedSubject { sample, speed: None }),
        Outcome::Failed(error) => Err(error.into()),
        Outcome::Stopped => {
            Err(Error::Stopped("nothing is saved or compared before all is simulated".to_owned()))
        }
    };
    batch::simulate(&variants, watch)?.into_iter().map(given).collect()
}

/// The text of a baseline's file. Without `measures` it holds all figures of the whole run, with
/// them only those that they name.
///
/// # Errors
/// [`Error::Request`] if a scenario has no such figure.
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
            return Err(Error::Request(format!("`{name}` has no figure `{missing}`")));
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
            metrics: metrics,
        };
        baseline.scenarios.insert(name.clone(), saved);
    }
    Ok(baseline.to_toml(&units))
}

/// Subjects that are not the scenarios of the baseline any more: their hash then and now, by name.
pub fn others<'s>(baseline: &'s Baseline, subjects: &'s Subjects) -> Vec<(&'s str, [&'s str; 2])> {
    let both = subjects.iter().filter_map(|(name, subject)| {
        let before = baseline.scenarios.get(name)?;
        Some((name.as_str(), [before.hash.as_str(), subject.hash.as_str()]))
    });
    both.filter(|(_, [before, now])| before != now).collect()
}

/// What changed against the baseline, of the subjects that it holds.
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

/// Every figure of the baseline against what it is now.
fn metrics(before: &ScenarioBaseline, sample: &Sample, gauge: Gauge) -> Vec<MetricComparison> {
    let now = stored(sample, |metric| before.metrics.contains_key(&metric.name()));
    let compared = before.metrics.iter().map(|(name, before)| {
        let now = now.get(name);
        let metric: MetricDescription = match sample.index(name) {
            Some(index) => sample.metrics[index].clone().into(),
            // Only the baseline has it.
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
            finding: found.map_or(Comparison::Gone, |found| found.finding),
        }
    });
    compared.collect()
}

/// What changed in a scenario.
fn changed(one: &ScenarioComparison) -> Vec<String> {
    let metrics = one.metrics.iter().filter(|metric| metric.finding.is_changed());
    let name = |what: &str| format!("{} {what}", one.scenario);
    let speed = one.speed.filter(|speed| speed.finding == Comparison::Worse);
    let metrics = metrics.map(|metric| name(&metric.metric.name));
    metrics.chain(speed.map(|_| name("speed"))).collect()
}
