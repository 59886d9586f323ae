//! Simulates the hold model: removes the earliest event and schedules it for a later time.

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::lists::{Entry, Pending};
use super::{NANOS_PER_SECOND, exponential};
use crate::stopwatch::Stopwatch;
use crate::workload::{self, Simulated};

pub fn simulate<L: Pending>(population: u32, events: u32) -> Simulated {
    let mut rng = SmallRng::seed_from_u64(workload::SEED);
    let mean = NANOS_PER_SECOND * workload::MEAN_HOLD_SECONDS;
    let mut pending = L::default();
    for entity in 0..population {
        pending.push(Entry { time: exponential(&mut rng, mean), entity, kind: 0 });
    }
    let stopwatch = Stopwatch::start();
    let mut now = 0;
    for _ in 0..events {
        let Some(entry) = pending.pop() else { break };
        now = entry.time;
        pending.push(Entry { time: now + exponential(&mut rng, mean), ..entry });
    }
    let time = stopwatch.elapsed();
    let per_event = now as f64 / NANOS_PER_SECOND / f64::from(events);
    let check = per_event * f64::from(population) / workload::MEAN_HOLD_SECONDS;
    Simulated { events: u64::from(events), time, check }
}
