//! Compares the event calendar with a binary heap in the hold model (Jones, CACM 29(4), 1986). Each
//! operation removes the earliest event and schedules another event, so the number of pending
//! events is constant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use cmgsim::internals::base::SimTime;

#[path = "workloads/calendar.rs"]
mod workload;

use workload::{Delays, HOLDS, drawn, wheel};

/// Binary heap of the standard library with the same order of events: time, then sequence number.
fn heap(pending: u64, delays_are: Delays) -> impl FnMut() {
    let mut delays = drawn(delays_are).into_iter().cycle();
    let mut heap = BinaryHeap::new();
    let mut sequence = 0;
    for (event, delay) in (0..pending).zip(&mut delays) {
        heap.push(Reverse((SimTime::ZERO + delay, sequence, event)));
        sequence += 1;
    }
    move || {
        for delay in (&mut delays).take(HOLDS as usize) {
            let Some(Reverse((now, _, event))) = heap.pop() else { return };
            heap.push(Reverse((now + delay, sequence, black_box(event))));
            sequence += 1;
        }
    }
}

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calendar/hold");
    group.throughput(Throughput::Elements(HOLDS)).sample_size(20);
    for delays in [Delays::Exponential, Delays::Skewed, Delays::Periodic, Delays::Far] {
        for pending in [1_000, 100_000, 1_000_000] {
            let mut run = wheel(pending, delays);
            let name = |list: &str| BenchmarkId::new(format!("{delays:?}/{list}"), pending);
            group.bench_function(name("timing wheel"), |b| b.iter(&mut run));
            let mut run = heap(pending, delays);
            group.bench_function(name("binary heap"), |b| b.iter(&mut run));
        }
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
