//! The quickstart as a whole: some 10 million events, with all statistics and with none. The
//! throughput is in events.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use cmgsim::model::{Nothing, Recorder, Statistics, World};
use cmgsim::scenario::Scenario;

#[path = "workloads/quickstart.rs"]
mod workload;

use workload::finish;

fn events<R: Recorder>(scenario: &Scenario, recorder: R) -> u64 {
    finish(&mut World::new(&scenario.config, 0, recorder))
}

fn quickstart(criterion: &mut Criterion) {
    let scenario = workload::quickstart(&[]);
    let cohorts = scenario.config.cohorts.len();
    let count = events(&scenario, Nothing);
    let mut group = criterion.benchmark_group("whole_model/quickstart");
    group.throughput(Throughput::Elements(count)).sample_size(10);
    group.bench_function("all statistics", |b| {
        b.iter(|| events(&scenario, Statistics::new(cohorts)));
    });
    group.bench_function("no statistics", |b| b.iter(|| events(&scenario, Nothing)));
    group.finish();
}

criterion_group!(benches, quickstart);
criterion_main!(benches);
