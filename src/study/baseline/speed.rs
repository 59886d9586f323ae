//! Measures the speed of a scenario relative to a reference workload.

use std::time::Duration;

use crate::engine::Discipline;
use crate::experiment::Watch;
use crate::experiment::sample::Study;
use crate::scenario::Scenario;

use super::super::{Error, info};
use super::reference;

/// Number of rounds of the measurement; the result is their median.
const ROUNDS: u32 = 5;

/// Minimum duration of a timed workload; shorter times are too noisy.
const AT_LEAST: Duration = Duration::from_millis(100);

/// Number of jobs per run of the reference workload.
const JOBS: u32 = 50_000;

/// Measures the events per second of the scenario, divided by those of the reference workload, as
/// the median of several rounds. Each round times both workloads one after the other on one thread.
/// `clock` returns the time since an arbitrary fixed moment.
///
/// # Errors
/// Returns [`Error::Run`] if the scenario has no results, and [`Error::Stopped`] if the watch stops
/// the measurement.
pub fn speed(
    scenario: &Scenario,
    watch: &dyn Watch,
    clock: impl Fn() -> Duration,
) -> Result<f64, Error> {
    let info = info(scenario);
    let study = Study { config: &scenario.config, info: &info, follow: None };
    let stopped = || Error::Stopped("the speed measurement is not complete".to_owned());
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

/// Returns the events per second of a workload. Repeats the workload for a minimum time, with the
/// replication numbers 0, 1, 2, ...
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
