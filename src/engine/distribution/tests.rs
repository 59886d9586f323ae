//! Tests sample means and variances against the exact values, and the validation of parameters.

use super::*;
use crate::engine::{Purpose, Streams};

fn seconds(seconds: f64) -> SimDuration {
    SimDuration::from_seconds_f64(seconds)
}

/// Returns one distribution of each kind, with a name.
fn distributions() -> Vec<(&'static str, Result<Distribution, DistributionError>)> {
    let quantiles = vec![(0.0, seconds(1.0)), (0.5, seconds(2.0)), (1.0, seconds(10.0))];
    vec![
        ("exponential", Distribution::exponential(seconds(2.0))),
        ("uniform", Distribution::uniform(seconds(1.0), seconds(3.0))),
        ("triangular", Distribution::triangular(seconds(1.0), seconds(2.0), seconds(6.0))),
        ("lognormal, cv", Distribution::lognormal_mean_cv(seconds(2.0), 1.5)),
        ("lognormal, median", Distribution::lognormal_median_p95(seconds(2.0), seconds(5.0))),
        ("lognormal, p95", Distribution::lognormal_mean_p95(seconds(2.0), seconds(5.0))),
        ("normal", Distribution::normal(seconds(2.0), seconds(1.5))),
        ("gamma", Distribution::gamma(seconds(2.0), 0.5)),
        ("gamma, wide", Distribution::gamma(seconds(2.0), 1.5)),
        ("weibull", Distribution::weibull(seconds(2.0), 0.8)),
        ("hyperexponential", Distribution::hyperexponential(seconds(2.0), 2.0)),
        ("empirical", Distribution::empirical(vec![seconds(1.0), seconds(2.0), seconds(7.0)])),
        ("quantiles", Distribution::quantiles(quantiles)),
    ]
}

#[test]
fn draws_have_the_mean_and_variance_of_the_distribution() {
    const DRAWS: u32 = 400_000;
    for (number, (name, distribution)) in distributions().into_iter().enumerate() {
        let distribution = distribution.expect(name);
        let mut stream = Streams::new(1, 0).stream(number as u64, Purpose(0), 0);
        let (mut sum, mut squares, mut fourths) = (0.0, 0.0, 0.0);
        for _ in 0..DRAWS {
            let centred = distribution.sample(&mut stream).as_seconds() - distribution.mean();
            sum += centred;
            squares += centred * centred;
            fourths += centred.powi(4);
        }
        let n = f64::from(DRAWS);
        let z_mean = sum / n / (distribution.variance() / n).sqrt();
        assert!(z_mean.abs() < 4.0, "{name}: mean off by z = {z_mean}");
        let (variance, fourth) = (squares / n, fourths / n);
        let standard_error = ((fourth - variance * variance) / n).sqrt();
        let z_variance = (variance - distribution.variance()) / standard_error;
        assert!(z_variance.abs() < 4.5, "{name}: variance off by z = {z_variance}");
    }
}

#[test]
fn lognormal_distributions_have_the_requested_quantile() {
    for distribution in [
        Distribution::lognormal_median_p95(seconds(0.04), seconds(0.18)),
        Distribution::lognormal_mean_p95(seconds(0.06), seconds(0.18)),
    ] {
        let distribution = distribution.expect("valid");
        let mut stream = Streams::new(2, 0).stream(0, Purpose(0), 0);
        let draws = 200_000;
        let below =
            (0..draws).filter(|_| distribution.sample(&mut stream) <= seconds(0.18)).count();
        let share = below as f64 / f64::from(draws);
        // Allow four standard errors of a share of 0.95.
        assert!((share - 0.95).abs() < 4.0 * (0.95_f64 * 0.05 / f64::from(draws)).sqrt());
    }
}

#[test]
fn a_normal_distribution_has_the_given_mean_and_deviation() {
    let distribution = Distribution::normal(seconds(0.005), seconds(0.003_75)).expect("valid");
    assert_eq!((distribution.mean(), distribution.variance().sqrt()), (0.005, 0.003_75));
    let mut stream = Streams::new(3, 0).stream(0, Purpose(0), 0);
    let draws = 400_000;
    let sum: f64 = (0..draws).map(|_| distribution.sample(&mut stream).as_seconds()).sum();
    // Four standard errors are 24 microseconds. Truncation at zero without adjusted parameters
    // would give a mean of 5.7 ms.
    let mean = sum / f64::from(draws);
    assert!((mean - 0.005).abs() < 4.0 * 0.003_75 / f64::from(draws).sqrt(), "{mean}");
}

#[test]
fn impossible_parameters_are_refused() {
    let zero = SimDuration::ZERO;
    assert!(Distribution::exponential(zero).is_err());
    assert!(Distribution::uniform(seconds(3.0), seconds(1.0)).is_err());
    assert!(Distribution::triangular(seconds(1.0), seconds(7.0), seconds(6.0)).is_err());
    assert!(Distribution::lognormal_mean_cv(seconds(1.0), f64::NAN).is_err());
    assert!(Distribution::lognormal_median_p95(seconds(2.0), seconds(1.0)).is_err());
    assert!(Distribution::lognormal_mean_p95(seconds(1.0), seconds(4.0)).is_err());
    assert!(Distribution::hyperexponential(seconds(1.0), 0.9).is_err());
    assert!(Distribution::weibull(seconds(1.0), 0.0).is_err());
    assert!(
        Distribution::normal(seconds(0.005), seconds(0.02)).is_err(),
        "its mean would be 17.9 ms"
    );
    assert!(Distribution::gamma(SimDuration::MAX, 1.0).is_err());
    assert!(Distribution::empirical(Vec::new()).is_err());
}

#[test]
fn invalid_quantiles_name_the_wrong_point() {
    let wrong = |points: &[(f64, f64)]| {
        let points = points.iter().map(|(p, value)| (*p, seconds(*value))).collect();
        match Distribution::quantiles(points) {
            Err(DistributionError::List { index, problem, .. }) => (index, problem),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wrong(&[]), (None, "the list is empty"));
    assert_eq!(wrong(&[(0.0, 1.0)]), (None, "there is only one point"));
    assert_eq!(wrong(&[(0.1, 1.0), (1.0, 2.0)]), (Some(0), "the first probability is not 0"));
    assert_eq!(wrong(&[(0.0, 1.0), (0.9, 2.0)]), (Some(1), "the last probability is not 1"));
    assert_eq!(wrong(&[(0.0, 2.0), (1.0, 1.0)]), (Some(1), "the values descend"));
    for same in [0.5, 0.4, f64::NAN] {
        let points = [(0.0, 1.0), (0.5, 2.0), (same, 3.0), (1.0, 4.0)];
        assert_eq!(wrong(&points), (Some(2), "the probabilities do not ascend"));
    }
}

#[test]
fn a_distribution_without_variance_is_constant() {
    for distribution in [
        Distribution::lognormal_mean_cv(seconds(2.0), 0.0),
        Distribution::gamma(seconds(2.0), 0.0),
        Distribution::normal(seconds(2.0), SimDuration::ZERO),
    ] {
        let distribution = distribution.expect("valid");
        let mut stream = Streams::new(1, 0).stream(0, Purpose(0), 0);
        let drawn = distribution.sample(&mut stream).as_seconds();
        assert!((drawn - 2.0).abs() < 1e-8);
        assert_eq!(stream.position(), 0, "a constant consumes no random number");
    }
}

/// Compares hashes of a million draws (in nanoseconds) from each distribution. The hashes are the
/// same on every machine. A changed hash means changed results, so `RESULTS_VERSION` must be
/// raised. (A new dependency that enabled `num-traits/std` once changed LogNormal and Weibull of
/// rand_distr 0.6.0. The implementations here use `libm` and are not affected.)
#[test]
fn a_million_draws_of_each_distribution_are_unchanged() {
    use sha2::{Digest, Sha256};

    let expected = [
        ("exponential", "d0cd8f6c37415ce8"),
        ("uniform", "9f19998713775a94"),
        ("triangular", "c15da736befbd37c"),
        ("lognormal, cv", "a7e3a9141075ffbe"),
        ("lognormal, median", "2f30bb084c5cbff0"),
        ("lognormal, p95", "4b03ede3e8b0f917"),
        ("normal", "feed2f1d4d5c8ee1"),
        ("gamma", "8657a1c6102bf46f"),
        ("gamma, wide", "0e0de0a681213791"),
        ("weibull", "79f1ed5e128de7b5"),
        ("hyperexponential", "02a3f088a5961d97"),
        ("empirical", "f34a7f934cd3c9e2"),
        ("quantiles", "c3a965d1c33fcf1c"),
    ];
    let mut found = Vec::new();
    for (number, (name, distribution)) in distributions().into_iter().enumerate() {
        let distribution = distribution.expect(name);
        let mut stream = Streams::new(20_261_123, 7).stream(number as u64, Purpose(3), 0);
        let mut hasher = Sha256::new();
        for _ in 0..1_000_000 {
            hasher.update(distribution.sample(&mut stream).as_nanos().to_le_bytes());
        }
        let digest = hasher.finalize();
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        found.push((name, hex));
    }
    let found: Vec<(&str, &str)> =
        found.iter().map(|(name, hash)| (*name, hash.as_str())).collect();
    assert_eq!(found, expected);
}
