//! Replications: independent runs of one scenario, in parallel, always in the same order.

use rayon::prelude::*;

use crate::model::{Config, Measured, Recorder, Statistics, World};
use crate::results::{RunResult, ScenarioInfo};

use crate::experiment::collect::collect;

/// How many events are simulated between two looks at the [`Watch`].
const EVENTS_PER_CHECK: u64 = 1 << 16;

/// More events than this at one point in time, and [`EVENTS_AT_ONCE_A_CLIENT`] for each client, are
/// a loop.
const EVENTS_AT_ONCE: u64 = 10_000_000;
const EVENTS_AT_ONCE_A_CLIENT: u64 = 100;

/// A look at a run says how far it is.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Share of the simulated time that has passed, 0..=1.
    pub share_done: f64,
    /// Events so far.
    pub events: u64,
    /// Memory that its state takes, about.
    pub memory_bytes: u64,
}

/// A watch receives the progress of a study and may stop it.
pub trait Watch: Sync {
    /// Receives the progress of all runs together, every 65,536 events of each, from several
    /// threads at once. If it returns false, all stop.
    fn should_continue(&self, look: Look) -> bool;
}

/// Nobody watches.
impl Watch for () {
    fn should_continue(&self, _: Look) -> bool {
        true
    }
}

/// This says why a run has no result that one may use.
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
    /// The watch stopped the run before measuring began: while clients were placed, or in the
    /// warm-up.
    #[error("stopped before the measured period: nothing was measured yet")]
    NoMeasurement,
    /// Simulated time stands still.
    #[error(
        "simulated time stands still {seconds} s after the start: {events} events happened there, \
         and each causes another. Something without any delay goes round in a circle, for example \
         `think = \"0s\"` where all service times are zero, or `retry.first = \"0s\"` where every \
         attempt fails at once: give one of them a time above zero"
    )]
    StandsStill {
        /// Where, from the start of the simulation.
        seconds: f64,
        /// Events since time moved last.
        events: u64,
    },
}

/// Simulates one replication. If the watch stops it, the result covers the time until then and
/// says so in its warnings.
///
/// # Errors
/// [`RunError::Audit`] if the audit at the end fails, [`RunError::StandsStill`] if events go on for
/// ever without any time passing, [`RunError::NoMeasurement`] if it is stopped in the warm-up.
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

/// A world at time zero, unless the watch stops it while its clients are placed.
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

/// Simulates a world until its end or until the watch stops it. Returns whether it came to its end.
pub(super) fn simulate<R: Recorder>(
    world: &mut World<'_, R>,
    watch: &dyn Watch,
) -> Result<bool, RunError> {
    simulate_and(world, watch, |_| {})
}

/// The same; something is done after every portion of events.
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

/// From a world that has run to its result, if its books balance.
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

/// Simulates `count` replications on all cores; results come in order of replication.
///
/// # Errors
/// The first error by order of replication.
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
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    /// Runs the quickstart with few clients; `sabotage` is done to its world before the end.
    fn run_with(sabotage: fn(&mut World<'_, Statistics>)) -> Result<RunResult, RunError> {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["duration=\"5h\"".to_owned(), "cohort.*.clients=100".to_owned()];
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let config = &scenario.config;
        let mut world = World::new(config, 0, Statistics::new(config.cohorts.len()));
        while !world.run_events(1 << 16) {}
        sabotage(&mut world);
        conclude(&mut world, &ScenarioInfo::default(), true)
    }

    #[test]
    fn a_loop_without_time_ends_with_an_error() {
        let text = "schema = 1\n[management_point.mp]\ncpu = \"0s\"\ndatabase = \"0s\"\n\
            error_share = \"100%\"\n[source.s]\nenters = \"management_points\"\nrate = \"1/s\"\n\
            retry = { attempts = \"unlimited\", first = \"0s\" }\n";
        let origin = ScenarioOrigin::Text { name: "circle".to_owned(), text: text.to_owned() };
        let scenario = load(&LoadRequest { origin, overrides: vec![] }).expect("it loads");
        let error =
            run(&scenario.config, &ScenarioInfo::default(), &()).expect_err("time stands still");
        assert!(matches!(error, RunError::StandsStill { .. }), "{error}");
    }

    /// Says no at the fifth look.
    struct Impatient(std::sync::atomic::AtomicU64);

    impl Watch for Impatient {
        fn should_continue(&self, look: Look) -> bool {
            assert_eq!((look.events, look.share_done), (0, 0.0), "it is not built yet");
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 4
        }
    }

    /// There is a look after every 16,384 clients: of millions hardly any are placed.
    #[test]
    fn building_a_large_population_can_be_interrupted() {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["cohort.*.clients=2000000".to_owned()];
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let watch = Impatient(Default::default());
        let error =
            run(&scenario.config, &ScenarioInfo::default(), &watch).expect_err("it was stopped");
        assert!(matches!(error, RunError::NoMeasurement), "{error}");
        assert_eq!(watch.0.into_inner(), 5, "nothing goes on after a no");
    }

    #[test]
    fn a_run_with_a_broken_audit_fails() {
        assert!(run_with(|_| {}).is_ok());
        let error = run_with(|world| world.lose_request()).expect_err("a request is lost");
        assert!(error.to_string().contains("conservation law"), "{error}");
        let error = run_with(|world| world.falsify_response_time()).expect_err("time is forged");
        assert!(error.to_string().contains("Little"), "{error}");
    }
}
