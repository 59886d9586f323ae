//! Simulates the polling model with one event list. The kind of an entry is the state of its
//! client.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::lists::{Entry, Pending};
use super::{NANOS_PER_SECOND, exponential};
use crate::stopwatch::Stopwatch;
use crate::workload::{self, CLIENTS, STATIONS, Simulated};

/// Kind of an entry whose client thinks until the time of the entry. A smaller kind is the index of
/// the station that serves the client.
const THINKING: u32 = STATIONS.len() as u32;

struct Station {
    idle: u32,
    mean_service: f64,
    waiting: VecDeque<u32>,
}

pub fn simulate<L: Pending>(simulated_seconds: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut rng = SmallRng::seed_from_u64(workload::SEED);
    let mean_think = NANOS_PER_SECOND * workload::MEAN_THINK_SECONDS;
    let mut stations = STATIONS.map(|size| Station {
        idle: size.servers,
        mean_service: NANOS_PER_SECOND * size.mean_service_seconds,
        waiting: VecDeque::new(),
    });
    let mut asked = vec![0; CLIENTS as usize];
    let mut pending = L::default();
    for entity in 0..CLIENTS {
        pending.push(Entry { time: exponential(&mut rng, mean_think), entity, kind: THINKING });
    }
    let end = u64::from(simulated_seconds) * 1_000_000_000;
    let (mut events, mut responses, mut response) = (0, 0_u32, 0);
    while let Some(Entry { time: now, entity: client, kind }) = pending.pop() {
        if now > end {
            break;
        }
        events += 1;
        let next = if kind == THINKING {
            asked[client as usize] = now;
            0
        } else {
            let station = &mut stations[kind as usize];
            if let Some(entity) = station.waiting.pop_front() {
                let time = now + exponential(&mut rng, station.mean_service);
                pending.push(Entry { time, entity, kind });
            } else {
                station.idle += 1;
            }
            kind + 1
        };
        if let Some(station) = stations.get_mut(next as usize) {
            if station.idle > 0 {
                station.idle -= 1;
                let time = now + exponential(&mut rng, station.mean_service);
                pending.push(Entry { time, entity: client, kind: next });
            } else {
                station.waiting.push_back(client);
            }
        } else {
            responses += 1;
            response += now - asked[client as usize];
            let time = now + exponential(&mut rng, mean_think);
            pending.push(Entry { time, entity: client, kind: THINKING });
        }
    }
    let time = stopwatch.elapsed();
    let check = response as f64 / NANOS_PER_SECOND / f64::from(responses);
    Simulated { events, time, check }
}
