//! Measures 100,000 draws from the random streams of the model and from a generator that other
//! simulators use.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, RngExt, SeedableRng};

use cmgsim::internals::base::SimDuration;
use cmgsim::internals::engine::{Distribution, Purpose, Streams};

const DRAWS: u32 = 100_000;

fn draw_all(distribution: &Distribution, generator: &mut impl Rng) -> u64 {
    (0..DRAWS).fold(0, |sum, _| sum ^ distribution.sample(generator).as_nanos())
}

fn draws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("random");
    group.throughput(Throughput::Elements(u64::from(DRAWS))).sample_size(20);
    let streams = Streams::new(1, 0);
    let mut stream = streams.stream(0, Purpose(0), 0);
    let mut other = rand::rngs::Xoshiro256PlusPlus::seed_from_u64(1);
    group.bench_function("uniform/stream", |b| {
        b.iter(|| (0..DRAWS).map(|_| stream.uniform()).sum::<f64>());
    });
    group.bench_function("uniform/xoshiro", |b| {
        b.iter(|| (0..DRAWS).map(|_| other.random::<f64>()).sum::<f64>());
    });
    // In the model, a draw of a client creates the client's stream again. So this benchmark creates
    // a stream for each draw.
    group.bench_function("uniform/a stream each", |b| {
        let one = |entity: u32| streams.stream(u64::from(black_box(entity)), Purpose(0), entity);
        b.iter(|| (0..DRAWS).map(|entity| one(entity).uniform()).sum::<f64>());
    });
    let mean = SimDuration::from_seconds(1);
    let exponential = Distribution::exponential(mean).expect("a mean above zero");
    let lognormal = Distribution::lognormal_mean_cv(mean, 0.5).expect("a mean above zero");
    for (name, distribution) in [("exponential", exponential), ("lognormal", lognormal)] {
        group.bench_function(format!("{name}/stream"), |b| {
            b.iter(|| draw_all(&distribution, &mut stream))
        });
        group.bench_function(format!("{name}/xoshiro"), |b| {
            b.iter(|| draw_all(&distribution, &mut other))
        });
    }
    group.finish();
}

criterion_group!(benches, draws);
criterion_main!(benches);
