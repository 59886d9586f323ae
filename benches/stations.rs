//! Measures an M/M/16 queue at utilisation 0.9 in three ways: with the engine's station and all its
//! statistics, as a scenario in the model, and as a minimal loop that computes only the mean
//! waiting time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use cmgsim::internals::base::SimTime;
use cmgsim::internals::engine::{Discipline, Purpose, Streams};
use cmgsim::internals::model::{Statistics, World};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};

use cmgsim::internals::study::baseline::reference::{SERVERS, distributions, queue};

/// Number of arrivals per measurement.
const ARRIVALS: u32 = 200_000;

/// Minimal loop that stores only the time at which each server is free again (Kiefer, Wolfowitz
/// 1955).
fn bare_loop() -> f64 {
    let (interarrival, service) = distributions();
    let streams = Streams::new(1, 0);
    let mut arrivals = streams.stream(0, Purpose(0), 0);
    let mut services = streams.stream(0, Purpose(1), 0);
    let mut free: BinaryHeap<Reverse<SimTime>> =
        (0..SERVERS).map(|_| Reverse(SimTime::ZERO)).collect();
    let (mut now, mut waited) = (SimTime::ZERO, 0.0);
    for _ in 0..ARRIVALS {
        now = now + interarrival.sample(&mut arrivals);
        let Some(Reverse(earliest)) = free.pop() else { break };
        let start = earliest.max(now);
        waited += start.since(now).as_seconds();
        free.push(Reverse(start + service.sample(&mut services)));
    }
    waited / f64::from(ARRIVALS)
}

/// Returns a function that simulates the same queue in the model: a scenario that consists of a
/// management point and an open source.
fn scenario() -> impl FnMut() -> u64 {
    let text = format!(
        "schema = 1\nwarm_up = \"0s\"\nduration = \"100d\"\n[management_point.mp]\n\
         workers = {SERVERS}\nqueue_limit = \"none\"\ndatabase = \"0s\"\n\
         cpu = {{ dist = \"exponential\", mean = \"1s\" }}\n[source.s]\n\
         enters = \"management_point.mp\"\nrate = \"14.4/s\"\ncount = {ARRIVALS}\n"
    );
    let origin = ScenarioOrigin::Text { name: "mm16.toml".to_owned(), text };
    let scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("a valid scenario");
    move || {
        let mut world = World::new(&scenario.config, 0, Statistics::new(1));
        while !world.run_events(1 << 16) {}
        world.events()
    }
}

fn mm16(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stations/mm16");
    group.throughput(Throughput::Elements(u64::from(ARRIVALS))).sample_size(20);
    group.bench_function("bare loop", |b| b.iter(bare_loop));
    group.bench_function("engine", |b| b.iter(|| queue(ARRIVALS, 1, Discipline::Fifo)));
    let mut run = scenario();
    group.bench_function("scenario", |b| b.iter(&mut run));
    group.finish();
}

criterion_group!(benches, mm16);
criterion_main!(benches);
