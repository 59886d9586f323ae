//! Tests of the division of times into CPU time and the rest.

use statrs::distribution::{ContinuousCDF, Normal};

use super::*;
use crate::calibrate::fit::RoundedSample;

/// Returns 4,000 times of 20 ms plus a lognormal time with a median of 60 ms, rounded to whole
/// milliseconds.
fn times() -> Times {
    let quantile = |at: u32| {
        let probability = (f64::from(at) + 0.5) / 4000.0;
        let normal = Normal::standard().inverse_cdf(probability);
        (1e3 * (0.02 + 0.06 * libm::exp(0.7 * normal))).round() / 1e3
    };
    let all: Vec<f64> = (0..4000).map(quantile).collect();
    let times = RoundedSample::from_values(&all, 0.001).expect("a sample");
    let mean = times.mean();
    let mean = Number { value: mean, low: mean, high: mean };
    Times { times, mean, requests: 4000, separation: String::new() }
}

#[test]
fn the_family_is_that_of_the_rest_unless_the_cpu_time_varies_too_much() {
    let times = times();
    let of = |share: f64| {
        let mean = Number { value: 0.02, low: 0.02, high: 0.02 };
        let cpu = Cpu { mean, variance: share * times.times.variance() };
        split(&times, cpu, 1.0).expect("a split")
    };
    for share in [0.0, 0.009] {
        let found = of(share);
        assert!(found.database.toml.contains("lognormal"), "{share}: {}", found.database.toml);
        assert!(!found.remark.contains("identified"), "{}", found.remark);
    }
    let found = of(0.02);
    assert!(found.database.toml.contains("gamma"), "{}", found.database.toml);
    assert!(found.remark.contains("its family cannot be identified"), "{}", found.remark);
}
