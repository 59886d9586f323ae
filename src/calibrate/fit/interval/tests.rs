//! Tests of the intervals: calculations by hand, and coverage of generated data.

use super::*;
use crate::base::SimDuration;
use crate::engine::Distribution;

const LEVEL: f64 = 0.95;

/// Bounds of the number of successes of `trials` with `probability`, four standard deviations wide.
fn binomial_bounds(trials: u32, probability: f64) -> (f64, f64) {
    let mean = f64::from(trials) * probability;
    let width = 4.0 * (mean * (1.0 - probability)).sqrt();
    (mean - width, mean + width)
}

fn stream(seed: u64) -> Stream {
    Streams::new(seed, 0).stream(0, Purpose(1), 0)
}

/// A gamma distribution in seconds.
fn gamma(mean: f64, cv: f64) -> Distribution {
    Distribution::gamma(SimDuration::from_seconds_f64(mean), cv).expect("valid")
}

fn draw(distribution: &Distribution, stream: &mut Stream) -> f64 {
    distribution.sample(stream).as_seconds()
}

/// Draws a Poisson variate by counting exponential intervals.
fn poisson(mean: f64, stream: &mut Stream) -> f64 {
    let (mut count, mut product) = (0.0, 1.0 - stream.uniform());
    let bound = libm::exp(-mean);
    while product > bound {
        count += 1.0;
        product *= 1.0 - stream.uniform();
    }
    count
}

/// The requests of a day: a random number of times around a level that is common to the day, so
/// that all times of a day are correlated. The mean over days is 0.2 s.
fn day(stream: &mut Stream) -> RoundedSample {
    let level = draw(&gamma(0.2, 0.3), stream);
    let times = Distribution::lognormal_mean_cv(SimDuration::from_seconds_f64(level), 1.0);
    let times = times.expect("valid");
    let count = 30 + stream.below(40);
    let values: Vec<f64> =
        (0..count).map(|_| (draw(&times, stream) * 1000.0).round() / 1000.0).collect();
    RoundedSample::from_values(&values, 0.001).expect("values")
}

/// Returns how many of `trials` intervals of the mean over `days` days contain the true mean: those
/// of batch means, and those that assume independent requests.
fn coverage_of_mean(trials: u32, days: u32) -> (f64, f64) {
    let (mut covered, mut covered_if_independent) = (0.0, 0.0);
    for trial in 0..trials {
        let mut stream = stream(u64::from(trial));
        let days: Vec<_> = (0..days).map(|_| day(&mut stream)).collect();
        let block = |day: &RoundedSample| Block { sum: day.sum(), count: day.count() };
        let blocks: Vec<_> = days.iter().map(block).collect();
        let found = mean(&blocks, LEVEL).expect("an interval");
        covered += f64::from(u8::from(found.low <= 0.2 && 0.2 <= found.high));
        let whole = RoundedSample::combined(days.iter().map(|day| (day, 1))).expect("values");
        let width = 1.96 * (whole.variance() / whole.count()).sqrt();
        covered_if_independent += f64::from(u8::from((whole.mean() - 0.2).abs() <= width));
    }
    (covered, covered_if_independent)
}

/// Returns how many of `trials` bootstrap intervals of p95 contain the true value.
fn coverage_of_p95(trials: u32, days: u32, resamples: u32, truth: f64) -> f64 {
    let covers = |trial: &u32| {
        let mut stream = stream(u64::from(*trial));
        let days: Vec<_> = (0..days).map(|_| day(&mut stream)).collect();
        let p95 = |sample: &RoundedSample| Some(sample.quantile(0.95));
        let found = bootstrap(&days, p95, LEVEL, resamples, u64::from(*trial));
        let found = found.expect("an interval");
        found.low <= truth && truth <= found.high
    };
    f64::from((0..trials).filter(covers).count() as u32)
}

/// Returns the 95 % quantile of the times of all days.
fn true_p95() -> f64 {
    let mut stream = stream(u64::MAX);
    let days: Vec<_> = (0..4000).map(|_| day(&mut stream)).collect();
    RoundedSample::combined(days.iter().map(|day| (day, 1))).expect("values").quantile(0.95)
}

/// Returns how many of `trials` intervals of a rate of 3 per hour over `days` days of 24 hours
/// contain the rate. The rate of a day varies with the coefficient of variation `cv`, so that
/// counts are negative binomial.
fn coverage_of_rate(trials: u32, days: u32, cv: f64) -> f64 {
    let covers = |trial: &u32| {
        let mut stream = stream(u64::from(*trial));
        let counts: Vec<_> = (0..days)
            .map(|_| {
                let rate = if cv > 0.0 { draw(&gamma(3.0, cv), &mut stream) } else { 3.0 };
                Count { events: poisson(24.0 * rate, &mut stream), exposure: 24.0 }
            })
            .collect();
        let found = rate(&counts, LEVEL).expect("an interval");
        found.low <= 3.0 && 3.0 <= found.high
    };
    f64::from((0..trials).filter(covers).count() as u32)
}

#[test]
fn batch_means_match_the_calculation_by_hand() {
    // Means 1, 3, 2, 2, 2 of equal blocks: mean 2, squares 2, t(0.975, 4) = 2.776445.
    let sums = [10.0, 30.0, 20.0, 20.0, 20.0];
    let blocks = sums.map(|sum| Block { sum, count: 10.0 });
    let found = mean(&blocks, LEVEL).expect("an interval");
    let expected = 2.776_445_105 * (2.0_f64 / 4.0 / 5.0).sqrt();
    assert_eq!((found.estimate, found.blocks), (2.0, 5));
    assert!(
        (found.high - 2.0 - expected).abs() < 1e-6 && (2.0 - found.low - expected).abs() < 1e-6
    );
    // Products of neighbours: -1 * 1; divided by the squares: -0.5.
    let expected = Method::BatchMeans { correlation: -0.5, is_significant: false };
    assert_eq!(found.method, expected);
}

#[test]
fn a_trend_over_the_blocks_is_reported() {
    let blocks: Vec<_> =
        (0..20).map(|day| Block { sum: 10.0 + f64::from(day), count: 10.0 }).collect();
    let found = mean(&blocks, LEVEL).expect("an interval");
    assert!(matches!(found.method, Method::BatchMeans { is_significant: true, .. }));
}

#[test]
fn poisson_bounds_match_the_published_table() {
    // Garwood's bounds at 95 % for 10 events: 4.795 to 18.390; for none: 0 to 3.689.
    let one = |events| rate(&[Count { events, exposure: 2.0 }], LEVEL).expect("an interval");
    let found = one(10.0);
    assert!((found.low * 2.0 - 4.795).abs() < 1e-3 && (found.high * 2.0 - 18.390).abs() < 1e-3);
    let found = one(0.0);
    assert_eq!((found.estimate, found.low), (0.0, 0.0));
    assert!((found.high * 2.0 - 3.689).abs() < 1e-3, "{found:?}");
}

#[test]
fn dispersion_is_that_of_pearson() {
    let counts = [8.0, 12.0, 4.0, 16.0].map(|events| Count { events, exposure: 1.0 });
    let found = rate(&counts, LEVEL).expect("an interval");
    // (4 + 4 + 36 + 36) / 10 / 3
    let Method::Poisson { dispersion: Some(dispersion) } = found.method else { panic!() };
    assert!((dispersion - 8.0 / 3.0).abs() < 1e-12);
    assert_eq!(found.estimate, 10.0);
}

#[test]
fn invalid_blocks_are_refused() {
    let blocks = [Block { sum: 1.0, count: 1.0 }; 4];
    let few = NoInterval::FewBlocks { count: 4, needed: 5 };
    assert_eq!(mean(&blocks, LEVEL), Err(few));
    let one = NoInterval::FewBlocks { count: 1, needed: 5 }.to_string();
    assert_eq!(one, "too few samples: 1 block with data, and an interval needs at least 5");
    assert_eq!(mean(&blocks, 1.0), Err(NoInterval::Level(1.0)));
    assert_eq!(mean(&[Block { sum: f64::NAN, count: 1.0 }; 6], LEVEL), Err(NoInterval::Values));
    assert_eq!(rate(&[], LEVEL), Err(NoInterval::Values));
    assert_eq!(rate(&[Count { events: -1.0, exposure: 1.0 }], LEVEL), Err(NoInterval::Values));
    let sample = RoundedSample::from_values(&[1.0], 1.0).expect("a value");
    let none = bootstrap(&vec![sample.clone(); 6], |_| None, LEVEL, 10, 1);
    assert_eq!(none, Err(NoInterval::Statistic { failed: 10, resamples: 10 }));
    assert_eq!(bootstrap(&vec![sample; 4], |_| Some(1.0), LEVEL, 10, 1), Err(few));
}

#[test]
fn the_bootstrap_depends_only_on_data_and_seed() {
    let mut stream = stream(3);
    let days: Vec<_> = (0..8).map(|_| day(&mut stream)).collect();
    let found = |seed| bootstrap(&days, |sample| Some(sample.mean()), LEVEL, 200, seed);
    assert_eq!(found(1), found(1));
    assert_ne!(found(1), found(2));
    // For a mean, the bootstrap and the batch means agree.
    let block = |day: &RoundedSample| Block { sum: day.sum(), count: day.count() };
    let blocks: Vec<_> = days.iter().map(block).collect();
    let (one, two) = (found(1).expect("an interval"), mean(&blocks, LEVEL).expect("an interval"));
    assert!((one.estimate - two.estimate).abs() < 1e-12);
    assert!(((one.high - one.low) / (two.high - two.low) - 1.0).abs() < 0.25, "{one:?} {two:?}");
}

#[test]
fn batch_means_cover_the_mean_of_correlated_requests() {
    let (covered, if_independent) = coverage_of_mean(300, 14);
    // The true coverage is 0.936 (see the study below), because the levels of days are skewed.
    let (low, high) = binomial_bounds(300, 0.936);
    assert!((low..=high).contains(&covered), "{covered}");
    assert!(if_independent < low - 45.0, "{if_independent}: requests are correlated");
}

#[test]
fn the_bootstrap_covers_the_p95_of_correlated_requests() {
    // The true coverage is 0.96 (see the study below).
    let covered = coverage_of_p95(150, 14, 200, true_p95());
    assert!((binomial_bounds(150, LEVEL).0..).contains(&covered), "{covered}");
}

#[test]
fn rates_are_covered_with_and_without_dispersion() {
    for cv in [0.0, 0.3] {
        let covered = coverage_of_rate(400, 10, cv);
        assert!((binomial_bounds(400, LEVEL).0..).contains(&covered), "cv {cv}: {covered}");
    }
}

/// Result on 2026-11-30 for a level of 95 %: coverage of the mean (2,000 data sets), of p95 (600
/// data sets) and of rates that vary from day to day with a coefficient of variation of 0, 0.1 and
/// 0.3 (2,000 data sets):
///
/// | days | mean | p95 | rate, 0 | rate, 0.1 | rate, 0.3 |
/// |---|---|---|---|---|---|
/// | 5 | 0.934 | 0.963 | 0.998 | 0.982 | 0.947 |
/// | 7 | 0.932 | 0.963 | 0.990 | 0.972 | 0.947 |
/// | 14 | 0.936 | 0.960 | 0.970 | 0.963 | 0.948 |
/// | 28 | 0.946 | 0.955 | 0.961 | 0.950 | 0.949 |
///
/// Expanded percentiles without symmetry cover p95 with 0.895, 0.925, 0.923 and 0.925.
#[test]
#[ignore = "takes minutes"]
fn coverage_of_all_intervals() {
    let truth = true_p95();
    for days in [5, 7, 14, 28] {
        let mean = coverage_of_mean(2000, days).0 / 2000.0;
        let p95 = coverage_of_p95(600, days, 500, truth) / 600.0;
        let rates = [0.0, 0.1, 0.3].map(|cv| coverage_of_rate(2000, days, cv) / 2000.0);
        let found = (mean, p95, rates);
        assert!(mean > 0.92 && p95 > 0.93 && rates.iter().all(|rate| *rate > 0.93), "{found:?}");
    }
}

/// With groups of equal size, the jackknife of a mean has the width of batch means.
#[test]
fn the_jackknife_of_a_mean_matches_batch_means() {
    let sums = [3.0, 5.0, 4.0, 8.0, 5.0];
    let blocks = sums.map(|sum| Block { sum, count: 1.0 });
    let without = sums.map(|sum| (25.0 - sum) / 4.0);
    let (direct, found) = (mean(&blocks, LEVEL), jackknife(5.0, &without, 0.0, LEVEL));
    let (direct, found) = (direct.expect("five blocks"), found.expect("five groups"));
    assert!((direct.low - found.low).abs() < 1e-12 && (direct.high - found.high).abs() < 1e-12);
    // The variance between the blocks is 3.5, so the standard error is sqrt(0.7). A variance of 3 *
    // 0.7 of other errors doubles it.
    let wider = jackknife(5.0, &without, 2.1, LEVEL).expect("five groups");
    assert!((wider.high - 5.0 - 2.0 * (found.high - 5.0)).abs() < 1e-12);
    assert!((wider.high - 5.0 - 2.776 * 2.8_f64.sqrt()).abs() < 1e-3);
    let few = jackknife(5.0, &without[..4], 0.0, LEVEL);
    assert_eq!(few, Err(NoInterval::FewBlocks { count: 4, needed: 5 }));
    assert_eq!(jackknife(f64::NAN, &without, 0.0, LEVEL), Err(NoInterval::Values));
}
