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
    conclude(world, scenario, limits, is_complete)
}

/// From a world that has run to its result, if its books balance.
fn conclude(
    mut world: World<'_, Statistics>,
    scenario: &ScenarioInfo,
    limits: &PublishedLimits,
    is_complete: bool,
) -> Result<RunResult, RunError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::checks::Published;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    /// Runs the quickstart with few clients; `sabotage` is done to its world before the end.
    fn run_with(sabotage: fn(&mut World<'_, Statistics>)) -> Result<RunResult, RunError> {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["duration=\"5h\"".to_owned(), "cohort.*.clients=100".to_owned()];
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let published = || Published { figure: 1.0, source: String::new() };
        let limits = PublishedLimits {
            connections: published(),
            instances_per_connection_point: published(),
            ports: published(),
            clients_per_management_point: published(),
        };
        let config = &scenario.config;
        let mut world = World::new(config, 0, Statistics::new(config.cohorts.len()));
        while !world.run_events(1 << 16) {}
        sabotage(&mut world);
        conclude(world, &ScenarioInfo::default(), &limits, true)
    }

    #[test]
    fn a_run_whose_books_do_not_balance_fails() {
        assert!(run_with(|_| {}).is_ok());
        let error = run_with(|world| world.lose_a_request()).expect_err("a request is lost");
        assert!(error.to_string().contains("conservation law"), "{error}");
        let error = run_with(|world| world.forge_a_stay()).expect_err("time is forged");
        assert!(error.to_string().contains("Little"), "{error}");
    }
}
