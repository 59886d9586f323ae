//! How fast a scenario is, by a reference workload timed beside it.

use std::time::{Duration, Instant};

use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::engine::Discipline;
use crate::experiment::Study;
use crate::study::baseline::reference;
use crate::study::batch::Variant;

/// What is timed lasts at least this long: less is noise.
const AT_LEAST: Duration = Duration::from_millis(100);

/// Jobs of the reference workload at a time.
const JOBS: u32 = 50_000;

/// Events a second of the scenario by those of the reference workload: the median of some rounds,
/// in each of which one is timed right after the other, on one thread.
pub(super) fn ratio(variant: &Variant, rounds: u32) -> Result<f64, Failure> {
    let study = Study { config: &variant.config, info: &variant.info, follow: None };
    let watch = Progress::new(true, 0.0, None, None);
    let stopped = || Failure::Interrupted("speeds were not measured to the end".to_owned());
    let mut ratios = Vec::new();
    for round in 0..rounds {
        let of_reference =
            timed(|_| Ok(reference::queue(JOBS, u64::from(round), Discipline::Fifo).events))?;
        let of_scenario = timed(|number| {
            let result = study.replication(number, &watch)?;
            result.map(|result| result.events).ok_or_else(stopped)
        })?;
        ratios.push(of_scenario / of_reference);
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios[ratios.len() / 2])
}

/// Events a second of what is done again and again, each time with another number.
fn timed(mut work: impl FnMut(u32) -> Result<u64, Failure>) -> Result<f64, Failure> {
    let (started, mut events) = (Instant::now(), 0);
    for number in 0..u32::MAX {
        events += work(number)?;
        if started.elapsed() >= AT_LEAST {
            break;
        }
    }
    Ok(events as f64 / started.elapsed().as_secs_f64())
}
