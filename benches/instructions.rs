//! Counts the instructions of the engine, the model and a complete run with callgrind. Unlike
//! times, instruction counts are reproducible, so `guard` compares them with `instructions.toml`.
//! The input of a benchmark is set up before counting starts, and its output is dropped after
//! counting ends.

#![allow(missing_docs, reason = "gungraun's macros create public modules without documentation")]

use std::hint::black_box;

use gungraun::prelude::*;

use cmgsim::Scenario;
use cmgsim::internals::base::{SimDuration, SimTime};
use cmgsim::internals::engine::{Calendar, Discipline, Distribution, Purpose, Stream, Streams};
use cmgsim::internals::model::{NoRecorder, Recorder, Statistics, World};
use cmgsim::internals::study::baseline::reference::queue;

#[path = "workloads/calendar.rs"]
mod wheel;

#[path = "workloads/quickstart.rs"]
mod quickstart;

#[path = "workloads/run.rs"]
mod whole_run;

/// Number of draws per measurement.
const DRAWS: u32 = 200_000;
/// Number of arrivals per measurement.
const ARRIVALS: u32 = 50_000;
/// Overrides that reduce the quickstart to a few hundred thousand events.
const FEW: [&str; 2] = ["duration=\"5h\"", "cohort.*.clients=300"];
/// Settings that make the C library use the same functions on all machines. By default, the library
/// selects its memory functions and some other functions according to the processor and its cache.
/// In one of the memory-fill functions, callgrind counts one instruction per byte, which was 15 %
/// of the count of a benchmark.
const GLIBC_SETTINGS: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,-AVX,-FMA,\
    -FMA4,-ERMS,-FSRM,-BMI1,-BMI2,-LZCNT,-MOVBE,-SSE4_1,-SSE4_2,-SSSE3,-Fast_Unaligned_Copy,\
    -AVX_Fast_Unaligned_Load,-Prefer_No_VZEROUPPER,-RTM:\
    glibc.cpu.x86_non_temporal_threshold=0xc0000";

#[library_benchmark]
#[bench::pending_1000(wheel::wheel(1_000, wheel::Delays::Exponential))]
#[bench::pending_100000(wheel::wheel(100_000, wheel::Delays::Exponential))]
fn hold<H: FnMut()>(mut run: H) -> H {
    run();
    run
}

/// Returns a calendar with 10,000 pending events, one hour ahead on average.
fn pending() -> (Calendar<u64>, Distribution, Stream) {
    let (near, mut stream) = wheel::delays();
    let mut calendar = Calendar::new();
    for event in 0..10_000 {
        calendar.schedule(SimTime::ZERO + near.sample(&mut stream), event);
    }
    (calendar, near, stream)
}

// In these holds, a quarter of the delays are zero, half have a mean of one hour, and a quarter
// have a mean of 1,000 hours.
#[library_benchmark]
#[bench::near_far_and_now(pending())]
fn mixed(input: (Calendar<u64>, Distribution, Stream)) -> Calendar<u64> {
    let (mut calendar, near, mut stream) = input;
    let far =
        Distribution::exponential(SimDuration::from_seconds(3_600_000)).expect("a mean above zero");
    for _ in 0..wheel::HOLDS {
        let Some((now, event)) = calendar.pop_until(SimTime::NEVER) else { break };
        let delay = match stream.below(4) {
            0 => SimDuration::ZERO,
            1 => far.sample(&mut stream),
            _ => near.sample(&mut stream),
        };
        calendar.schedule(now + delay, black_box(event));
    }
    calendar
}

fn stream() -> Stream {
    Streams::new(1, 0).stream(0, Purpose(0), 0)
}

#[library_benchmark]
#[bench::uniform(stream())]
fn number(mut stream: Stream) -> f64 {
    (0..DRAWS).map(|_| stream.uniform()).sum()
}

fn exponential() -> Distribution {
    Distribution::exponential(SimDuration::from_seconds(1)).expect("a mean above zero")
}

fn lognormal() -> Distribution {
    Distribution::lognormal_mean_cv(SimDuration::from_seconds(1), 0.5).expect("a mean above zero")
}

#[library_benchmark]
#[bench::exponential(exponential(), stream())]
#[bench::lognormal(lognormal(), stream())]
fn draw(distribution: Distribution, mut stream: Stream) -> u64 {
    (0..DRAWS).fold(0, |sum, _| sum ^ distribution.sample(&mut stream).as_nanos())
}

#[library_benchmark]
#[bench::fifo(Discipline::Fifo)]
#[bench::processor_sharing(Discipline::ProcessorSharing)]
fn mm16(discipline: Discipline) -> f64 {
    queue(ARRIVALS, 1, discipline).wait_mean
}

fn few_clients() -> &'static Scenario {
    // A world borrows its scenario; leaking is safe because the process ends with the benchmark.
    Box::leak(Box::new(quickstart::quickstart(&FEW)))
}

fn without_statistics() -> World<'static, NoRecorder> {
    World::new(&few_clients().config, 0, NoRecorder)
}

fn with_statistics() -> World<'static, Statistics> {
    let config = &few_clients().config;
    World::new(config, 0, Statistics::new(config.cohorts.len()))
}

#[library_benchmark]
#[bench::no_statistics(without_statistics())]
#[bench::all_statistics(with_statistics())]
fn events<R: Recorder>(mut world: World<'static, R>) -> World<'static, R> {
    quickstart::finish(&mut world);
    world
}

// Measures the computations of `cmgsim run` without charts and without writing files.
#[library_benchmark]
#[bench::quickstart(whole_run::text())]
fn text_to_results(text: String) -> (String, Vec<Vec<u8>>) {
    whole_run::text_to_results(text, &FEW)
}

library_benchmark_group!(name = calendar, benchmarks = [hold, mixed]);
library_benchmark_group!(name = random, benchmarks = [number, draw]);
library_benchmark_group!(name = stations, benchmarks = mm16);
library_benchmark_group!(name = model, benchmarks = events);
library_benchmark_group!(name = run, benchmarks = text_to_results);
main!(
    config = LibraryBenchmarkConfig::default().env("GLIBC_TUNABLES", GLIBC_SETTINGS);
    library_benchmark_groups = calendar, random, stations, model, run
);
