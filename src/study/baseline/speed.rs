//! How fast a scenario is, by a reference workload timed beside it.

use std::time::Duration;

use crate::engine::Discipline;
use crate::experiment::Watch;
use crate::experiment::sample::Study;
use crate::scenario::Scenario;

use super::super::{Error, info};
use super::reference;

/// Rounds in which the speed is measured: the median counts.
const ROUNDS: u32 = 5;

/// What is timed lasts at least this long: less is noise.
const AT_LEAST: Duration = Duration::from_millis(100);

/// Jobs of the reference workload at a time.
const JOBS: u32 = 50_000;

/// Events a second of the scenario by those of the reference workload: the median of some rounds,
/// in each of which one is timed right after the other, on one thread. The clock says how much time
/// has passed since any moment before.
///
/// # Errors
/// [`Error::Run`] if the scenario has no results, [`Error::Stopped`] if the watch stopped it.
pub fn speed(
    scenario: &Scenario,
    watch: &dyn Watch,
    clock: impl Fn() -> Duration,
) -> Result<f64, Error> {
    let info = info(scenario);
    let study = Study { config: &scenario.config, info: &info, follow: None };
    let stopped = || Error::Stopped("speeds were not measured to the end".to_owned());
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let of_reference = timed(&clock, |_| {
            Ok(reference::queue(JOBS, u64::from(round), Discipline::Fifo).events)
        })?;
        let of_scenario = timed(&clock, |number| {
            let result = study.replication(number, watch)?;
            result.map(|result| result.events).ok_or_else(stopped)
        })?;
        ratios.push(of_scenario / of_reference);
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios[ratios.len() / 2])
}

/// Events a second of what is done again and again, each time with another number.
fn timed(
    clock: &impl Fn() -> Duration,
    mut work: impl FnMut(u32) -> Result<u64, Error>,
) -> Result<f64, Error> {
    let (started, mut events) = (clock(), 0);
    for number in 0..u32::MAX {
        events += work(number)?;
        if clock() - started >= AT_LEAST {
            break;
        }
    }
    Ok(events as f64 / (clock() - started).as_secs_f64())
}
