//! Runs independent replications of one scenario in parallel; the order of results is fixed.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::{Config, Measured, Recorder, Statistics, World};
use crate::results::{RunResult, ScenarioInfo};

use crate::experiment::cluster::Cluster;
use crate::experiment::collect::collect;

/// Number of events between two calls of the [`Watch`].
const EVENTS_PER_CHECK: u64 = 1 << 16;

/// Maximum number of events at one simulated time, to which [`EVENTS_AT_ONCE_A_CLIENT`] per client
/// is added. With more events, the run counts as an endless loop and fails.
const EVENTS_AT_ONCE: u64 = 10_000_000;
const EVENTS_AT_ONCE_A_CLIENT: u64 = 100;

/// Progress of a run.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Share of the simulated time that has passed, 0..=1.
    pub share_done: f64,
    /// Number of events so far.
    pub events: u64,
    /// Approximate memory of the state, in bytes.
    pub memory_bytes: u64,
}

/// Observer that receives the progress of a study and can stop it.
pub trait Watch: Sync {
    /// Receives the total progress of all runs, every 65,536 events of each run, from several
    /// threads at once. Returns false to stop all runs.
    fn should_continue(&self, look: Look) -> bool;

    /// Returns the processes that simulate the replications of a study; `None` to simulate them on
    /// the threads of this process. A study still simulates a replication here if it needs more
    /// than the metrics of the replication.
    fn cluster(&self) -> Option<&dyn Cluster> {
        None
    }
}

/// The unit type ignores the progress and never stops a run.
impl Watch for () {
    fn should_continue(&self, _: Look) -> bool {
        true
    }
}

/// Reason why a run has no valid result.
#[derive(Debug, Serialize, Deserialize, thiserror::Error)]
pub enum RunError {
    /// A conservation law is violated. This is an error in cmgsim, not in the scenario.
    #[error(
        "the simulation violated a conservation law, so its results cannot be trusted: {law} \
         ({left} and {right}). This is an error in cmgsim; please report it with the scenario"
    )]
    Audit {
        /// Name of the violated conservation law.
        law: String,
        /// Left side of the equation.
        left: f64,
        /// Right side of the equation.
        right: f64,
    },
    /// The watch stopped the run before the measured period: while clients were created, or during
    /// the warm-up.
    #[error("stopped before the measured period; nothing was measured")]
    NoMeasurement,
    /// Simulated time no longer advances.
    #[error(
        "simulated time stopped advancing {seconds} s after the start: {events} events occurred at \
         this time in an endless loop without delay. Examples are `think = \"0s\"` with service \
         times of zero, and `retry.first = \"0s\"` if every attempt fails immediately: set one of \
         these times above zero"
    )]
    StandsStill {
        /// Time of the last event, in seconds from the start of the simulation.
        seconds: f64,
        /// Number of events since simulated time last advanced.
        events: u64,
    },
    /// No process of the cluster could simulate a replication.
    #[error("the cluster returned no result: {reason}")]
    Worker {
        /// Number of the replication.
        replication: u32,
        /// Reason, as one sentence without a full stop.
        reason: String,
    },
}

/// Simulates one replication. If the watch stops it, the result covers the time until then and
/// contains a warning.
///
/// # Errors
/// Returns [`RunError::Audit`] if the audit at the end fails, [`RunError::StandsStill`] if events
/// continue forever at the same simulated time, and [`RunError::NoMeasurement`] if the watch
/// stops the run during the warm-up.
pub fn run(
    config: &Config,
    scenario: &ScenarioInfo,
    watch: &dyn Watch,
) -> Result<RunResult, RunError> {
    let origins = config.cohorts.len() + config.sources.len();
    let mut world = build(config, scenario.replication, Statistics::new(origins), watch)?;
    let is_complete = simulate(&mut world, watch)?;
    conclude(&mut world, scenario, is_complete)
}

/// Builds a world at time zero, unless the watch stops it while clients are created.
pub(super) fn build<'c, R: Recorder>(
    config: &'c Config,
    replication: u32,
    recorder: R,
    watch: &dyn Watch,
) -> Result<World<'c, R>, RunError> {
    let mut should_continue = |memory_bytes: u64| {
        watch.should_continue(Look { share_done: 0.0, events: 0, memory_bytes })
    };
    World::build(config, replication, recorder, &mut should_continue).ok_or(RunError::NoMeasurement)
}

/// Simulates a world until its end or until the watch stops it. Returns whether it reached its end.
pub(super) fn simulate<R: Recorder>(
    world: &mut World<'_, R>,
    watch: &dyn Watch,
) -> Result<bool, RunError> {
    simulate_and(world, watch, |_| {})
}

/// Simulates a world like [`simulate`] and calls a function after every batch of events.
pub(super) fn simulate_and<'c, R: Recorder>(
    world: &mut World<'c, R>,
    watch: &dyn Watch,
    mut after: impl FnMut(&mut World<'c, R>),
) -> Result<bool, RunError> {
    let config = world.config();
    let end = config.end().as_seconds().max(f64::MIN_POSITIVE);
    let at_once_max = EVENTS_AT_ONCE + EVENTS_AT_ONCE_A_CLIENT * config.clients();
    let (mut moved_at, mut moved_events) = (world.now(), 0);
    let mut is_complete = false;
    while !is_complete {
        is_complete = world.run_events(EVENTS_PER_CHECK);
        after(world);
        let (now, events) = (world.now(), world.events());
        if now > moved_at {
            (moved_at, moved_events) = (now, events);
        } else if events - moved_events > at_once_max {
            let (seconds, events) = (now.as_seconds(), events - moved_events);
            return Err(RunError::StandsStill { seconds, events });
        }
        let share_done = now.as_seconds() / end;
        let look = Look { share_done, events, memory_bytes: world.memory_bytes() };
        if !watch.should_continue(look) {
            break;
        }
    }
    Ok(is_complete)
}

/// Collects the result of a finished simulation after checking its audit.
pub(super) fn conclude<R: Measured>(
    world: &mut World<'_, R>,
    scenario: &ScenarioInfo,
    is_complete: bool,
) -> Result<RunResult, RunError> {
    let now = world.now();
    if !is_complete && now <= world.config().measured_from() {
        return Err(RunError::NoMeasurement);
    }
    world.finish();
    let mut result = collect(world, scenario);
    result.is_complete = is_complete;
    if !is_complete {
        result.warnings.push(format!(
            "interrupted: these results cover only the first {:.0} s of the measured period",
            result.scenario.duration_s
        ));
    }
    match result.audit.lines.iter().find(|line| !line.holds) {
        None => Ok(result),
        Some(line) => {
            Err(RunError::Audit { law: line.law.clone(), left: line.left, right: line.right })
        }
    }
}

/// Simulates `count` replications on all cores and returns the results in order of replication.
///
/// # Errors
/// Returns the first error in order of replication.
pub fn run_replications(
    config: &Config,
    scenario: &ScenarioInfo,
    count: u32,
    watch: &dyn Watch,
) -> Result<Vec<RunResult>, RunError> {
    (0..count)
        .into_par_iter()
        .map(|replication| {
            let scenario = ScenarioInfo { replication, ..scenario.clone() };
            run(config, &scenario, watch)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};
    use crate::terms::{Flow, Place};

    /// Returns the quickstart scenario with few clients.
    fn quickstart() -> Scenario {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["duration=\"5h\"".to_owned(), "cohort.*.clients=100".to_owned()];
        load(&LoadRequest { origin, overrides }).expect("it loads")
    }

    /// Runs the quickstart scenario with few clients and applies `sabotage` to its world at the
    /// end.
    fn run_with(sabotage: fn(&mut World<'_, Statistics>)) -> Result<RunResult, RunError> {
        let scenario = quickstart();
        let config = &scenario.config;
        let mut world = World::new(config, 0, Statistics::new(config.cohorts.len()));
        while !world.run_events(1 << 16) {}
        sabotage(&mut world);
        conclude(&mut world, &ScenarioInfo::default(), true)
    }

    #[test]
    fn an_endless_loop_at_one_time_is_an_error() {
        let text = "schema = 1\n[management_point.mp]\ncpu = \"0s\"\ndatabase = \"0s\"\n\
            error_share = \"100%\"\n[source.s]\nenters = \"management_points\"\nrate = \"1/s\"\n\
            retry = { attempts = \"unlimited\", first = \"0s\" }\n";
        let origin = ScenarioOrigin::Text { name: "circle".to_owned(), text: text.to_owned() };
        let scenario = load(&LoadRequest { origin, overrides: vec![] }).expect("it loads");
        let error =
            run(&scenario.config, &ScenarioInfo::default(), &()).expect_err("time stands still");
        assert!(matches!(error, RunError::StandsStill { .. }), "{error}");
    }

    /// Watch that stops the run at the fifth call.
    struct Impatient(std::sync::atomic::AtomicU64);

    impl Watch for Impatient {
        fn should_continue(&self, look: Look) -> bool {
            assert_eq!((look.events, look.share_done), (0, 0.0), "the world is not complete");
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 4
        }
    }

    /// The watch is called after every 16,384 clients, so it stops the run before all of the
    /// millions of clients are created.
    #[test]
    fn the_watch_stops_the_creation_of_a_large_population() {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["cohort.*.clients=2000000".to_owned()];
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let watch = Impatient(Default::default());
        let error =
            run(&scenario.config, &ScenarioInfo::default(), &watch).expect_err("it was stopped");
        assert!(matches!(error, RunError::NoMeasurement), "{error}");
        assert_eq!(watch.0.into_inner(), 5, "the watch is not called again");
    }

    #[test]
    fn a_run_with_a_failed_audit_is_an_error() {
        assert!(run_with(|_| {}).is_ok());
        let error = run_with(|world| world.lose_request()).expect_err("a request is lost");
        assert!(error.to_string().contains("conservation law"), "{error}");
        let error = run_with(|world| world.falsify_response_time()).expect_err("time is forged");
        assert!(error.to_string().contains("Little"), "{error}");
    }

    /// Every flow belongs to a conservation law, except those that only one counter records: bytes
    /// of revocation lists, and bytes from connection points to site systems.
    #[test]
    fn a_false_byte_in_a_flow_violates_a_law() {
        let scenario = quickstart();
        let config = &scenario.config;
        let mut world = World::new(config, 0, Statistics::new(config.cohorts.len()));
        while !world.run_events(1 << 16) {}
        for flow in Flow::ALL {
            let has_law = flow.from() != Place::RevocationLists
                && (flow.from() != Place::ConnectionPoints || flow.to() == Place::Gateways);
            let before = world.audit();
            world.falsify_flow(flow);
            let mut laws = world.audit().into_iter().zip(before);
            let is_violated =
                laws.any(|(law, before)| law.left - before.left != law.right - before.right);
            assert_eq!(is_violated, has_law, "{flow:?}");
        }
        let error = conclude(&mut world, &ScenarioInfo::default(), true).expect_err("false bytes");
        assert!(error.to_string().contains("by flow"), "{error}");
    }
}
