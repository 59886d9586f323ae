//! Measures the complete quickstart with about 10 million events: with and without statistics, from
//! the scenario text to the bytes of the files, and with replications on one thread and on two.
//! Throughput is in events per second.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use cmgsim::Scenario;
use cmgsim::ScenarioInfo;
use cmgsim::internals::experiment::run_replications;
use cmgsim::internals::model::{NoRecorder, Recorder, Statistics, World};

#[path = "workloads/quickstart.rs"]
mod workload;

#[path = "workloads/run.rs"]
mod whole_run;

use workload::finish;

fn events<R: Recorder>(scenario: &Scenario, recorder: R) -> u64 {
    finish(&mut World::new(&scenario.config, 0, recorder))
}

fn quickstart(criterion: &mut Criterion) {
    let scenario = workload::quickstart(&[]);
    let cohorts = scenario.config.cohorts.len();
    let count = events(&scenario, NoRecorder);
    let mut group = criterion.benchmark_group("whole_model/quickstart");
    group.throughput(Throughput::Elements(count)).sample_size(10);
    group.bench_function("all statistics", |b| {
        b.iter(|| events(&scenario, Statistics::new(cohorts)));
    });
    group.bench_function("no statistics", |b| b.iter(|| events(&scenario, NoRecorder)));
    group.bench_function("text to results", |b| {
        b.iter_with_setup(whole_run::text, |text| whole_run::text_to_results(text, &[]));
    });
    group.finish();
}

/// Measures four replications: on one thread, and on two threads that share the replications
/// evenly.
fn replications(criterion: &mut Criterion) {
    let scenario = workload::quickstart(&[]);
    let info = ScenarioInfo::default();
    let simulate = || run_replications(&scenario.config, &info, 4, &()).expect("a valid scenario");
    let mut group = criterion.benchmark_group("whole_model/replications");
    let count = simulate().iter().map(|result| result.events).sum();
    group.throughput(Throughput::Elements(count)).sample_size(10);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads can be started");
        group.bench_function(BenchmarkId::new("threads", threads), |b| {
            b.iter(|| pool.install(simulate));
        });
    }
    group.finish();
}

criterion_group!(benches, quickstart, replications);
criterion_main!(benches);
