//! Sweeps: simulation of many points of a space of scenarios, each with its replications. The
//! result depends only on the plan, not on threads, order or interruptions.
//!
//! [`Sweep::load`] makes the plan and loads every point before the first simulation. A unit is one
//! replication of one point. [`Sweep::simulate`] runs the missing units and passes the journal line
//! of each to the caller. [`summarise`] combines all units into a result, whether they come from
//! one run, from several consecutive runs ([`journal`]) or from shards ([`Shards`]).

pub mod design;
pub mod factor;
pub mod journal;
mod merge;
mod points;
mod units;
mod whole;

use std::num::NonZeroU64;

use rayon::prelude::*;

use crate::analysis::interval::replicated;
use crate::analysis::objectives::evaluate_objectives;
use crate::results::store::StoreError;
use crate::results::{Sample, SweepPlan, SweepResult};
use crate::scenario::Problems;
use crate::terms::Objective;

use design::DesignError;
use journal::{UnitId, Units};

pub use merge::{MergeError, Shards};
pub use points::{Sweep, SweepRequest};
pub use units::UnitError;
pub use whole::{SweepOptions, sweep};

/// Reason why a sweep has no result.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Two factors have the same path.
    #[error("--vary {0} is specified twice: list all values in one option")]
    Twice(String),
    /// The design has no points.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// Some points are not valid scenarios.
    #[error(
        "{wrong} of {count} points are invalid scenarios; problems of the first invalid point:"
    )]
    Scenario {
        /// Number of invalid points.
        wrong: usize,
        /// Number of all points.
        count: usize,
        /// All problems of the first invalid point.
        problems: Box<Problems>,
    },
    /// A unit failed.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// A unit could not be saved.
    #[error(transparent)]
    Journal(#[from] StoreError),
}

/// Part of the units: every `count`-th unit in the order of points and replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Number of the shard, from 1.
    number: u64,
    /// Number of all shards.
    count: NonZeroU64,
}

impl Shard {
    /// Parses `2/3`. Returns `None` if the form is wrong or the shard does not exist.
    pub fn parse(text: &str) -> Option<Shard> {
        let (number, count) = text.split_once('/')?;
        let (number, count) = (number.trim().parse().ok()?, count.trim().parse().ok()?);
        (1..=NonZeroU64::get(count)).contains(&number).then_some(Shard { number, count })
    }

    fn has(self, index: u64) -> bool {
        index % self.count == self.number - 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

/// Returns the units of a plan, or of one of its shards, that are not in `finished`, in order.
pub fn missing(plan: &SweepPlan, finished: &Units, shard: Option<Shard>) -> Vec<UnitId> {
    let points = 0..plan.points.len() as u32;
    let all = points.flat_map(|point| (0..plan.replications).map(move |number| (point, number)));
    let is_own = |index: u64| shard.is_none_or(|shard| shard.has(index));
    (0_u64..)
        .zip(all)
        .filter(|(index, id)| is_own(*index) && !finished.contains_key(id))
        .map(|(_, id)| id)
        .collect()
}

/// Computes the results of a plan from its finished units.
pub fn summarise(plan: SweepPlan, units: &Units) -> SweepResult {
    let sample = |point: u32| {
        let of_point = units.range((point, 0)..=(point, u32::MAX)).map(|(_, unit)| unit);
        let metrics = of_point.clone().next().map_or_else(Vec::new, |unit| unit.metrics.to_vec());
        let replications = of_point.map(|unit| unit.replication.clone()).collect();
        Sample { metrics, replications, ..Sample::default() }
    };
    let samples: Vec<Sample> = (0..plan.points.len() as u32).into_par_iter().map(sample).collect();
    let summaries = samples.par_iter().map(|sample| replicated(sample, plan.confidence)).collect();
    let objectives = samples.par_iter().zip(&plan.points).map(|(sample, point)| {
        let asked = point.objectives.iter().map(|one| Objective {
            metric: one.metric,
            is_at_least: one.is_at_least,
            limit: one.limit,
        });
        evaluate_objectives(sample, &asked.collect::<Vec<_>>(), plan.confidence)
    });
    let objectives = objectives.collect();
    let events = events(units);
    SweepResult { answer: String::new(), plan, samples, summaries, objectives, events }
}

/// Returns the number of events of all units. The sum saturates, because a journal is untrusted
/// input.
pub fn events(units: &Units) -> u64 {
    units.values().fold(0, |sum, unit| sum.saturating_add(unit.replication.events))
}

/// Returns the reason why finished units of one plan cannot be used for another; `None` if they
/// can. The wanted plan may have more replications, another confidence and other metrics in charts.
pub fn difference(finished: &SweepPlan, wanted: &SweepPlan) -> Option<String> {
    if finished.results_version != wanted.results_version {
        return Some(format!(
            "the results versions differ ({} and {}): results of different versions cannot be \
             combined",
            finished.results_version, wanted.results_version
        ));
    }
    let named = |plan: &SweepPlan| {
        let factors = plan.factors.iter().map(|one| format!("{}={}", one.path, one.asked));
        format!("{} over {}", plan.design, factors.collect::<Vec<_>>().join(", "))
    };
    if finished.factors != wanted.factors || finished.design != wanted.design {
        return Some(format!("the designs differ ({}; {})", named(finished), named(wanted)));
    }
    if finished.points.len() != wanted.points.len() {
        return Some(format!(
            "the numbers of points differ ({} and {})",
            finished.points.len(),
            wanted.points.len()
        ));
    }
    let mut pairs = finished.points.iter().zip(&wanted.points).enumerate();
    if let Some((number, (old, new))) = pairs.find(|(_, (old, new))| old != new) {
        return Some(format!(
            "point {number} ({}) differs (hash {} and {}): the scenario, --set, --seed or a file \
             that the scenario reads has changed",
            new.levels.join(", "),
            old.hash,
            new.hash
        ));
    }
    (finished.replications > wanted.replications).then(|| {
        format!(
            "the numbers of replications per point differ ({} and {}): a sweep can only be resumed \
             with at least as many",
            finished.replications, wanted.replications
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_existing_shards_are_accepted() {
        for text in ["1/3", "3/3", " 2 / 3"] {
            assert!(Shard::parse(text).is_some(), "{text}");
        }
        for text in ["0/3", "4/3", "1/0", "1", "/", "a/b", "-1/3"] {
            assert!(Shard::parse(text).is_none(), "{text}");
        }
        assert_eq!(Shard::parse("2/3").map(|shard| shard.to_string()), Some("2/3".to_owned()));
    }

    #[test]
    fn every_unit_is_in_exactly_one_shard() {
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
            metrics: vec![],
        };
        let all = missing(&plan, &Units::new(), None);
        assert_eq!((all.len(), all[4]), (15, (1, 1)));
        let shards = ["1/4", "2/4", "3/4", "4/4"].map(|text| Shard::parse(text).expect("a shard"));
        let parts = shards.map(|shard| missing(&plan, &Units::new(), Some(shard)));
        assert_eq!(parts[1], [(0, 1), (1, 2), (3, 0), (4, 1)]);
        let mut combined = parts.concat();
        combined.sort();
        assert_eq!(combined, all);
    }
}
