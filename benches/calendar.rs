//! The event calendar against a binary heap, in the hold model: at a constant number of pending
//! events the earliest is taken out and another put in (Jones, CACM 29(4), 1986).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use cmgsim::base::{SimDuration, SimTime};
use cmgsim::engine::{Calendar, Law, Purpose, Stream, Streams};

const PENDING: [u64; 3] = [1_000, 100_000, 1_000_000];
/// Holds in one measurement.
const HOLDS: u64 = 100_000;

/// Delays of a model: exponential, an hour on average.
fn delays() -> (Law, Stream) {
    let law = Law::exponential(SimDuration::from_seconds(3600)).expect("a mean above zero");
    (law, Streams::new(1, 0).stream(0, Purpose(0), 0))
}

fn wheel(pending: u64) -> impl FnMut() {
    let (law, mut stream) = delays();
    let mut calendar = Calendar::new();
    for event in 0..pending {
        calendar.schedule(SimTime::ZERO + law.sample(&mut stream), event);
    }
    move || {
        for _ in 0..HOLDS {
            let Some((now, event)) = calendar.pop_until(SimTime::NEVER) else { return };
            calendar.schedule(now + law.sample(&mut stream), black_box(event));
        }
    }
}

/// The peer: the standard library's heap, in the same order (time, then sequence).
fn heap(pending: u64) -> impl FnMut() {
    let (law, mut stream) = delays();
    let mut heap = BinaryHeap::new();
    let mut sequence = 0;
    for event in 0..pending {
        heap.push(Reverse((SimTime::ZERO + law.sample(&mut stream), sequence, event)));
        sequence += 1;
    }
    move || {
        for _ in 0..HOLDS {
            let Some(Reverse((now, _, event))) = heap.pop() else { return };
            heap.push(Reverse((now + law.sample(&mut stream), sequence, black_box(event))));
            sequence += 1;
        }
    }
}

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calendar/hold");
    group.throughput(Throughput::Elements(HOLDS)).sample_size(20);
    for pending in PENDING {
        let mut run = wheel(pending);
        group.bench_function(BenchmarkId::new("timing wheel", pending), |b| b.iter(&mut run));
        let mut run = heap(pending);
        group.bench_function(BenchmarkId::new("binary heap", pending), |b| b.iter(&mut run));
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
