//! Simulates the M/M/16 queue. The pending events are the next arrival and at most 16 departures.
//! One variant stores all of them in a general event list. Another variant stores only the
//! departures, in a sorted array.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::lists::{Entry, Pending};
use super::{NANOS_PER_SECOND, exponential};
use crate::stopwatch::Stopwatch;
use crate::workload::{self, Simulated};

const SERVERS: usize = workload::SERVERS as usize;
const NEVER: u64 = u64::MAX;

/// Simulates the queue with an event list for all pending events.
pub fn simulate<L: Pending>(customers: u32) -> Simulated {
    const ARRIVAL: u32 = 0;
    const DEPARTURE: u32 = 1;
    let stopwatch = Stopwatch::start();
    let mut rng = SmallRng::seed_from_u64(workload::SEED);
    let mean_between_arrivals = NANOS_PER_SECOND / workload::ARRIVAL_RATE;
    let mean_service = NANOS_PER_SECOND * workload::MEAN_SERVICE_SECONDS;
    let mut pending = L::default();
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let (mut idle, mut to_come, mut events, mut waited) = (SERVERS, customers - 1, 0, 0);
    let entry = |time, kind| Entry { time, entity: 0, kind };
    pending.push(entry(exponential(&mut rng, mean_between_arrivals), ARRIVAL));
    while let Some(Entry { time: now, kind, .. }) = pending.pop() {
        events += 1;
        if kind == ARRIVAL {
            if idle > 0 {
                idle -= 1;
                pending.push(entry(now + exponential(&mut rng, mean_service), DEPARTURE));
            } else {
                waiting.push_back(now);
            }
            if to_come > 0 {
                to_come -= 1;
                pending.push(entry(now + exponential(&mut rng, mean_between_arrivals), ARRIVAL));
            }
        } else if let Some(arrived) = waiting.pop_front() {
            waited += now - arrived;
            pending.push(entry(now + exponential(&mut rng, mean_service), DEPARTURE));
        } else {
            idle += 1;
        }
    }
    let time = stopwatch.elapsed();
    let check = waited as f64 / NANOS_PER_SECOND / f64::from(customers);
    Simulated { events, time, check }
}

/// Simulates the queue with the sorted array of departures, the fastest variant.
pub fn simulate_in_array(customers: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut rng = SmallRng::seed_from_u64(workload::SEED);
    let mean_between_arrivals = NANOS_PER_SECOND / workload::ARRIVAL_RATE;
    let mean_service = NANOS_PER_SECOND * workload::MEAN_SERVICE_SECONDS;
    let mut departures = [NEVER; SERVERS];
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let (mut busy, mut to_come, mut events, mut waited) = (0, customers - 1, 0, 0);
    let mut arrival = exponential(&mut rng, mean_between_arrivals);
    loop {
        let departure = departures[0];
        if arrival < departure {
            events += 1;
            if busy < SERVERS {
                let end = arrival + exponential(&mut rng, mean_service);
                insert(&mut departures, end);
                busy += 1;
            } else {
                waiting.push_back(arrival);
            }
            arrival = if to_come > 0 {
                to_come -= 1;
                arrival + exponential(&mut rng, mean_between_arrivals)
            } else {
                NEVER
            };
        } else if departure != NEVER {
            events += 1;
            departures.copy_within(1.., 0);
            departures[SERVERS - 1] = NEVER;
            if let Some(arrived) = waiting.pop_front() {
                waited += departure - arrived;
                let end = departure + exponential(&mut rng, mean_service);
                insert(&mut departures, end);
            } else {
                busy -= 1;
            }
        } else {
            break;
        }
    }
    let time = stopwatch.elapsed();
    let check = waited as f64 / NANOS_PER_SECOND / f64::from(customers);
    Simulated { events, time, check }
}

/// Adds a departure. Writes every element instead of branching on the insertion position, because
/// the processor would mispredict the branch.
#[inline]
fn insert(departures: &mut [u64; SERVERS], end: u64) {
    for place in (1..SERVERS).rev() {
        departures[place] = departures[place].min(end).max(departures[place - 1]);
    }
    departures[0] = departures[0].min(end);
}
