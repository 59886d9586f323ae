//! Runs the units of a sweep, replications of points, side by side. What comes out depends on the
//! plan and nothing else: neither on threads, nor on order, nor on how often it was interrupted.
//!
//! Points have common random numbers without any doing: streams are keyed by seed, replication,
//! entity and purpose, so that replication 3 of all points meets the same chance.

pub mod design;
pub mod factor;
pub mod journal;

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::model::Config;
use crate::results::{Metric, Sample, ScenarioInfo, SweepPlan, SweepResult};

use crate::analysis::interval::replicated;
use crate::analysis::objectives::judge;
use crate::experiment::replicate::{RunError, Watch};
use crate::experiment::sample::{Study, Together, figures};
use crate::study::sweep::journal::{Unit, UnitId, Units};
use crate::terms::Objective;

/// A point, ready to be simulated.
#[derive(Clone, Debug)]
pub struct PointModel {
    /// Its model.
    pub config: Config,
    /// What results say of it.
    pub info: ScenarioInfo,
}

/// A part of the units: those whose place in the order of points and replications leaves a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    number: u64,
    /// Of how many.
    count: NonZeroU64,
}

impl Shard {
    /// Reads `2/3`. `None` of another form, or if there is no such shard.
    pub fn parse(text: &str) -> Option<Shard> {
        let (number, count) = text.split_once('/')?;
        let (number, count) = (number.trim().parse().ok()?, count.trim().parse().ok()?);
        (1..=NonZeroU64::get(count)).contains(&number).then_some(Shard { number, count })
    }

    fn has(self, place: u64) -> bool {
        place % self.count == self.number - 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

/// A unit that failed.
#[derive(Debug, thiserror::Error)]
#[error("point {point}, replication {replication}: {cause}")]
pub struct UnitError {
    /// Number of the point.
    pub point: u32,
    /// Number of the replication.
    pub replication: u32,
    /// Why.
    pub cause: RunError,
}

/// The units of a plan, or of one shard of it, that are not among `finished`, in order.
pub fn missing(plan: &SweepPlan, finished: &Units, shard: Option<Shard>) -> Vec<UnitId> {
    let points = 0..plan.points.len() as u32;
    let all = points.flat_map(|point| (0..plan.replications).map(move |number| (point, number)));
    let is_own = |place: u64| shard.is_none_or(|shard| shard.has(place));
    (0_u64..)
        .zip(all)
        .filter(|(place, id)| is_own(*place) && !finished.contains_key(id))
        .map(|(_, id)| id)
        .collect()
}

/// Simulates units on all threads of the pool and hands each to `keep` when it is finished, in any
/// order; `keep` says whether to go on. Returns whether all were simulated.
///
/// # Errors
/// Of the units that failed before all stopped, the first one's error.
pub fn run(
    points: &[PointModel],
    units: &[UnitId],
    watch: &dyn Watch,
    keep: &(dyn Fn(UnitId, Unit) -> bool + Sync),
) -> Result<bool, UnitError> {
    let together = Together::new(watch, units.len());
    let is_stopped = AtomicBool::new(false);
    let known = Mutex::new(Vec::new());
    let errors: Vec<UnitError> = units
        .par_iter()
        .with_max_len(1)
        .filter_map(|(point, number)| {
            if is_stopped.load(Ordering::Relaxed) {
                return None;
            }
            let model = &points[*point as usize];
            let study = Study { config: &model.config, info: &model.info, follow: None };
            let found = match together.simulate(&study, *number) {
                Ok(found) => found,
                Err(cause) => {
                    is_stopped.store(true, Ordering::Relaxed);
                    return Some(UnitError { point: *point, replication: *number, cause });
                }
            };
            let Some(result) = found else {
                is_stopped.store(true, Ordering::Relaxed);
                return None;
            };
            let (replication, Sample { metrics, .. }) = figures(*number, &result);
            let unit = Unit { figures: shared(&known, metrics), replication };
            if !keep((*point, *number), unit) {
                is_stopped.store(true, Ordering::Relaxed);
            }
            None
        })
        .collect();
    match errors.into_iter().min_by_key(|error| (error.point, error.replication)) {
        Some(error) => Err(error),
        None => Ok(!is_stopped.load(Ordering::Relaxed) && !together.is_stopped()),
    }
}

/// A list of figures is kept once, however many units have it.
fn shared(known: &Mutex<Vec<Arc<Vec<Metric>>>>, figures: Vec<Metric>) -> Arc<Vec<Metric>> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|list| ***list == figures) {
        return Arc::clone(same);
    }
    let list = Arc::new(figures);
    known.push(Arc::clone(&list));
    list
}

/// The results of a plan from its finished units.
pub fn summarise(plan: SweepPlan, units: &Units) -> SweepResult {
    let sample = |point: u32| {
        let of_point = units.range((point, 0)..=(point, u32::MAX)).map(|(_, unit)| unit);
        let metrics = of_point.clone().next().map_or_else(Vec::new, |unit| unit.figures.to_vec());
        let replications = of_point.map(|unit| unit.replication.clone()).collect();
        Sample { metrics, replications, ..Sample::default() }
    };
    let samples: Vec<Sample> = (0..plan.points.len() as u32).into_par_iter().map(sample).collect();
    let summaries = samples.par_iter().map(|sample| replicated(sample, plan.confidence)).collect();
    let objectives = samples.par_iter().zip(&plan.points).map(|(sample, point)| {
        let asked = point.objectives.iter().map(|one| Objective {
            metric: one.metric.clone(),
            is_at_least: one.is_at_least,
            limit: one.limit,
        });
        judge(sample, &asked.collect::<Vec<_>>(), plan.confidence)
    });
    let objectives = objectives.collect();
    let events = events(units);
    SweepResult { plan, samples, summaries, objectives, events }
}

/// Events of all units, or the most that can be told: a journal may have been written by anybody.
pub fn events(units: &Units) -> u64 {
    units.values().fold(0, |sum, unit| sum.saturating_add(unit.replication.events))
}

/// Why finished units of one plan are of no use for another; `None` if they are. More replications
/// are fine, and so are another confidence and other figures in the charts.
pub fn difference(finished: &SweepPlan, wanted: &SweepPlan) -> Option<String> {
    if finished.results_version != wanted.results_version {
        return Some(format!(
            "it is of results version {}, and this cmgsim gives {}: results of both must not be \
             mixed",
            finished.results_version, wanted.results_version
        ));
    }
    let named = |plan: &SweepPlan| {
        let factors = plan.factors.iter().map(|one| format!("{}={}", one.path, one.asked));
        format!("{} over {}", plan.design, factors.collect::<Vec<_>>().join(", "))
    };
    if finished.factors != wanted.factors || finished.design != wanted.design {
        return Some(format!("it is a sweep {}, and asked is {}", named(finished), named(wanted)));
    }
    if finished.points.len() != wanted.points.len() {
        return Some(format!(
            "it has {} points, and asked are {}",
            finished.points.len(),
            wanted.points.len()
        ));
    }
    let mut pairs = finished.points.iter().zip(&wanted.points).enumerate();
    if let Some((number, (old, new))) = pairs.find(|(_, (old, new))| old != new) {
        return Some(format!(
            "point {number} ({}) is another scenario than when it began (hash {}, then {}): the \
             scenario, --set, --seed or a file it reads has changed",
            new.levels.join(", "),
            new.hash,
            old.hash
        ));
    }
    (finished.replications > wanted.replications).then(|| {
        format!(
            "it has {} replications of each point, and asked are {}: ask for no fewer",
            finished.replications, wanted.replications
        )
    })
}

/// Units by name, the first few: `point 3 replication 0, ...`.
pub fn names(units: &[UnitId]) -> String {
    const NAMED: usize = 12;
    let mut names: Vec<String> = units
        .iter()
        .take(NAMED)
        .map(|(point, number)| format!("point {point} replication {number}"))
        .collect();
    if units.len() > NAMED {
        names.push(format!("and {} more", units.len() - NAMED));
    }
    names.join(", ")
}

/// Puts the units of one journal to those of others. Units that are in both must be the same.
///
/// # Errors
/// The units that differ.
pub fn join(units: &mut Units, more: Units) -> Result<(), Vec<UnitId>> {
    let mut different = BTreeSet::new();
    for (id, unit) in more {
        match units.get(&id) {
            Some(known) if *known != unit => {
                different.insert(id);
            }
            _ => {
                units.insert(id, unit);
            }
        }
    }
    if different.is_empty() { Ok(()) } else { Err(different.into_iter().collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_and_only_such_as_there_are() {
        for text in ["1/3", "3/3", " 2 / 3"] {
            assert!(Shard::parse(text).is_some(), "{text}");
        }
        for text in ["0/3", "4/3", "1/0", "1", "/", "a/b", "-1/3"] {
            assert!(Shard::parse(text).is_none(), "{text}");
        }
        assert_eq!(Shard::parse("2/3").map(|shard| shard.to_string()), Some("2/3".to_owned()));
    }

    #[test]
    fn shards_have_every_unit_once() {
        let point = crate::results::SweepPoint {
            hash: String::new(),
            seed: 1,
            levels: vec![],
            changed: None,
            objectives: vec![],
        };
        let plan = SweepPlan {
            results_version: 1,
            scenario: String::new(),
            question: String::new(),
            seed: 1,
            overrides: vec![],
            design: String::new(),
            factors: vec![],
            points: vec![point; 5],
            replications: 3,
            confidence: 0.95,
            measures: vec![],
        };
        let all = missing(&plan, &Units::new(), None);
        assert_eq!((all.len(), all[4]), (15, (1, 1)));
        let shards = ["1/4", "2/4", "3/4", "4/4"].map(|text| Shard::parse(text).expect("a shard"));
        let parts = shards.map(|shard| missing(&plan, &Units::new(), Some(shard)));
        assert_eq!(parts[1], [(0, 1), (1, 2), (3, 0), (4, 1)]);
        let mut together = parts.concat();
        together.sort();
        assert_eq!(together, all);
    }
}
