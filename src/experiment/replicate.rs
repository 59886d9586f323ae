//! Replications: independent runs of one scenario, in parallel, always in the same order.

use rayon::prelude::*;

use crate::model::{Config, Statistics, World};
use crate::results::{RunResult, ScenarioInfo};

use super::checks::PublishedLimits;
use super::collect::collect;

/// How many events are simulated between two looks at the [`Watch`].
const EVENTS_BETWEEN_LOOKS: u64 = 1 << 16;

/// Watches a run.
pub trait Watch: Sync {
    /// Told now and then: the share of the simulated time that has passed, events so far.
    /// Returns whether to go on.
    fn go_on(&self, share_done: f64, events: u64) -> bool;
}

/// Nobody watches.
impl Watch for () {
    fn go_on(&self, _: f64, _: u64) -> bool {
        true
    }
}

/// Why a run has no result one may use.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A conservation law is broken: an error in cmgsim, not in the scenario.
    #[error(
        "the simulation broke a conservation law, so its results cannot be trusted: {law} \
         ({left} against {right}). This is an error in cmgsim; please report it with the scenario"
    )]
    Audit {
        /// Which law.
        law: String,
        /// One side.
        left: f64,
        /// The other.
        right: f64,
    },
}

/// Simulates one replication. If the watch stops it, the result covers the time until then and
/// says so in its warnings.
///
/// # Errors
/// [`RunError::Audit`] if the audit at the end fails.
pub fn run(
    config: &Config,
    scenario: &ScenarioInfo,
    limits: &PublishedLimits,
    watch: &dyn Watch,
) -> Result<RunResult, RunError> {
    let origins = config.cohorts.len() + config.sources.len();
    let mut world = World::new(config, scenario.replication, Statistics::new(origins));
    let end = config.end().as_seconds().max(f64::MIN_POSITIVE);
    let mut is_complete = false;
    while !is_complete {
        is_complete = world.run_events(EVENTS_BETWEEN_LOOKS);
        if !watch.go_on(world.now().as_seconds() / end, world.events()) {
            break;
        }
    }
    world.finish();
    world.recorder.finish();
    let mut result = collect(&world, scenario, limits);
    if !is_complete {
        result.warnings.push(format!(
            "interrupted: these results cover only the first {:.0} s of the measured period",
            result.scenario.duration_seconds
        ));
    }
    match result.audit.lines.iter().find(|line| !line.holds) {
        None => Ok(result),
        Some(line) => {
            Err(RunError::Audit { law: line.law.clone(), left: line.left, right: line.right })
        }
    }
}

/// Simulates `count` replications on all cores; results come in order of replication.
///
/// # Errors
/// The first error by order of replication.
pub fn run_replications(
    config: &Config,
    scenario: &ScenarioInfo,
    limits: &PublishedLimits,
    count: u32,
    watch: &dyn Watch,
) -> Result<Vec<RunResult>, RunError> {
    (0..count)
        .into_par_iter()
        .map(|replication| {
            let scenario = ScenarioInfo { replication, ..scenario.clone() };
            run(config, &scenario, limits, watch)
        })
        .collect()
}
