//! simu-des: a process is an async block, a group of servers is a `Resource`, and a delay is a
//! timeout.
//!
//! Follows the queue models of its example `compare`: a source spawns one process per customer,
//! draws come from `SplitMix64` through `sample::exponential`, and processes share their counts
//! through an `Rc<RefCell<_>>`.

use std::cell::RefCell;
use std::rc::Rc;

use simu::rng::{SplitMix64, sample};
use simu::{EnvHandle, Resource, SimEnv};

use crate::stopwatch::Stopwatch;
use crate::workload::{self, STATIONS, Simulated, Workload};

pub fn simulate(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(population) => hold(population, workload.size()),
        Workload::Polling => polling(workload.size()),
    }
}

fn environment() -> SimEnv {
    SimEnv::with_source(SplitMix64::new(workload::SEED))
}

/// Counters that the processes of a queueing model share.
#[derive(Default)]
struct Counts {
    events: u64,
    /// Sum of the waiting or response times, in seconds.
    seconds: f64,
    responses: u32,
}

type SharedCounts = Rc<RefCell<Counts>>;

/// Customer of the M/M/16 queue.
async fn customer(
    env: EnvHandle,
    servers: Resource,
    arrival: f64,
    service: f64,
    counts: SharedCounts,
) {
    let guard = servers.request().await;
    counts.borrow_mut().seconds += env.now() - arrival;
    env.timeout(service).await;
    drop(guard);
    counts.borrow_mut().events += 1;
}

async fn arrivals(env: EnvHandle, servers: Resource, customers: u32, counts: SharedCounts) {
    for _ in 0..customers {
        let delay = sample::exponential(&mut env.rng(), 1.0 / workload::ARRIVAL_RATE);
        env.timeout(delay).await;
        counts.borrow_mut().events += 1;
        let arrival = env.now();
        let service = sample::exponential(&mut env.rng(), workload::MEAN_SERVICE_SECONDS);
        env.spawn(customer(env.clone(), servers.clone(), arrival, service, counts.clone()));
    }
}

fn mm16(customers: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut env = environment();
    let servers = Resource::new(workload::SERVERS as usize);
    let counts = SharedCounts::default();
    env.spawn(arrivals(env.handle(), servers, customers, counts.clone()));
    env.run();
    let time = stopwatch.elapsed();
    let counts = counts.borrow();
    Simulated { events: counts.events, time, check: counts.seconds / f64::from(customers) }
}

/// Entity of the hold model.
async fn entity(env: EnvHandle, holds: Rc<RefCell<u64>>) {
    loop {
        let delay = sample::exponential(&mut env.rng(), workload::MEAN_HOLD_SECONDS);
        env.timeout(delay).await;
        *holds.borrow_mut() += 1;
    }
}

/// Runs for the simulated time that is expected to contain the requested number of events, and
/// counts the events. The engine can stop only at a time, not after a number of events.
fn hold(population: u32, events: u32) -> Simulated {
    let mut env = environment();
    let holds = Rc::new(RefCell::new(0));
    for _ in 0..population {
        env.spawn(entity(env.handle(), holds.clone()));
    }
    // Processes start only when the environment runs. After this call, all of them are in their
    // first delay.
    env.run_until(0.0);
    let end = f64::from(events) / f64::from(population) * workload::MEAN_HOLD_SECONDS;
    let stopwatch = Stopwatch::start();
    env.run_until(end);
    let time = stopwatch.elapsed();
    let events = *holds.borrow();
    let check = end / events as f64 * f64::from(population) / workload::MEAN_HOLD_SECONDS;
    Simulated { events, time, check }
}

/// Client of the polling model.
async fn client(env: EnvHandle, stations: Rc<[Resource; 3]>, counts: SharedCounts) {
    loop {
        let think = sample::exponential(&mut env.rng(), workload::MEAN_THINK_SECONDS);
        env.timeout(think).await;
        counts.borrow_mut().events += 1;
        let asked = env.now();
        for (station, size) in stations.iter().zip(STATIONS) {
            let guard = station.request().await;
            let service = sample::exponential(&mut env.rng(), size.mean_service_seconds);
            env.timeout(service).await;
            drop(guard);
            counts.borrow_mut().events += 1;
        }
        let mut counts = counts.borrow_mut();
        counts.responses += 1;
        counts.seconds += env.now() - asked;
    }
}

fn polling(simulated_seconds: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut env = environment();
    let stations = Rc::new(STATIONS.map(|size| Resource::new(size.servers as usize)));
    let counts = SharedCounts::default();
    for _ in 0..workload::CLIENTS {
        env.spawn(client(env.handle(), stations.clone(), counts.clone()));
    }
    env.run_until(f64::from(simulated_seconds));
    let time = stopwatch.elapsed();
    let counts = counts.borrow();
    let check = counts.seconds / f64::from(counts.responses);
    Simulated { events: counts.events, time, check }
}
