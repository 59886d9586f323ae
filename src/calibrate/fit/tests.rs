//! Tests of fitting. Samples come from the distributions of the engine and are rounded to whole
//! milliseconds, like the times in logs.

use super::*;
use crate::base::SimDuration;
use crate::engine::{Distribution, Purpose, Streams};

const MILLISECOND: f64 = 0.001;

fn milliseconds(millis: u64) -> SimDuration {
    SimDuration::from_millis(millis)
}

/// Draws a sample of times, rounded to milliseconds.
fn sample(distribution: &Distribution, count: u32, seed: u64) -> RoundedSample {
    let mut stream = Streams::new(seed, 0).stream(0, Purpose(0), 0);
    let mut draw = || (distribution.sample(&mut stream).as_seconds() / MILLISECOND).round();
    let values: Vec<f64> = (0..count).map(|_| draw() * MILLISECOND).collect();
    RoundedSample::from_values(&values, MILLISECOND).expect("positive values")
}

fn fitted(sample: &RoundedSample, family: Family) -> Fit {
    fit_family(sample, family).expect("the family fits")
}

/// Asserts that each estimate is within four standard errors of the true value, and that the
/// standard errors are within 5 % of the asymptotic ones.
fn assert_recovered(fit: &Fit, truth: &[f64], errors: &[f64]) {
    assert_eq!(fit.parameters.len(), truth.len());
    for ((found, truth), expected) in fit.parameters.iter().zip(truth).zip(errors) {
        let error = found.standard_error.expect("a maximum");
        assert!((found.value - truth).abs() < 4.0 * error, "{found:?}, true value {truth}");
        assert!((error / expected - 1.0).abs() < 0.05, "{found:?}, asymptotic {expected}");
    }
}

#[test]
fn lognormal_parameters_are_recovered() {
    let truth = Distribution::lognormal_mean_cv(milliseconds(200), 1.0).expect("valid");
    let sigma = 2.0_f64.ln().sqrt();
    let mu = 0.2_f64.ln() - sigma * sigma / 2.0;
    // Asymptotic variances sigma^2/n and sigma^2/(2n).
    let n = 4000.0_f64;
    let fit = fitted(&sample(&truth, 4000, 1), Family::Lognormal);
    assert_recovered(&fit, &[mu, sigma], &[sigma / n.sqrt(), sigma / (2.0 * n).sqrt()]);
    assert!((fit.distribution.mean() / 0.2 - 1.0).abs() < 0.06);
    assert!(fit.distance < 0.022, "1.36 / sqrt(n): {}", fit.distance);
}

#[test]
fn gamma_parameters_are_recovered() {
    let truth = Distribution::gamma(milliseconds(200), 0.5).expect("valid");
    // Mean and shape are independent; variances mean^2/(k n) and k^2/(n (k^2 psi'(k) - k)), with
    // psi'(4) = pi^2/6 - 1 - 1/4 - 1/9.
    let n = 4000.0_f64;
    let trigamma = std::f64::consts::PI.powi(2) / 6.0 - 1.0 - 0.25 - 1.0 / 9.0;
    let of_shape = 4.0 / (n * (16.0 * trigamma - 4.0)).sqrt();
    let fit = fitted(&sample(&truth, 4000, 2), Family::Gamma);
    assert_recovered(&fit, &[0.2, 4.0], &[0.1 / n.sqrt(), 1.02 * of_shape]);
}

#[test]
fn weibull_parameters_are_recovered() {
    let truth = Distribution::weibull(milliseconds(200), 0.7).expect("valid");
    let scale = 0.2 / libm::tgamma(1.0 + 1.0 / 0.7);
    // Variances 1.1087 (scale/shape)^2/n and 0.6079 shape^2/n (Lawless, Statistical
    // Models and Methods for Lifetime Data, 2nd ed.).
    let n = 4000.0_f64;
    let errors = [(1.1087 / n).sqrt() * scale / 0.7, (0.6079 / n).sqrt() * 0.7];
    let fit = fitted(&sample(&truth, 4000, 3), Family::Weibull);
    assert_recovered(&fit, &[scale, 0.7], &errors);
}

#[test]
fn hyperexponential_parameters_are_recovered() {
    let truth = Distribution::hyperexponential(milliseconds(200), 2.5).expect("valid");
    let phases = Hyperexponential::balanced(0.2, 6.25);
    let fit = fitted(&sample(&truth, 4000, 4), Family::Hyperexponential);
    let expected = [phases.share, phases.first, phases.second];
    for (found, truth) in fit.parameters.iter().zip(expected) {
        let error = found.standard_error.expect("a maximum");
        assert!((found.value - truth).abs() < 4.0 * error, "{found:?}, true value {truth}");
        assert!(error < 0.1 * truth, "{found:?}");
    }
    assert!((fit.distribution.mean() / 0.2 - 1.0).abs() < 4.0 * 2.5 / 4000.0_f64.sqrt());
}

/// With a mean of 1 ms, 39 % of the recorded times are zero.
#[test]
fn rounding_to_zero_does_not_bias_the_mean() {
    let truth = Distribution::exponential(milliseconds(1)).expect("valid");
    let sample = sample(&truth, 20_000, 5);
    let fit = fitted(&sample, Family::Exponential);
    // The information of the cells is within 5 % of that of exact values.
    assert_recovered(&fit, &[MILLISECOND], &[1.04 * MILLISECOND / 20_000.0_f64.sqrt()]);
    let error = MILLISECOND / 20_000.0_f64.sqrt();
    assert!((sample.mean() - MILLISECOND).abs() > 4.0 * error, "the mean of the cells is biased");
}

/// Rounded down, exponential values are geometric; the maximum is where e^(-1/mean) equals
/// x / (1 + x) for the mean x of the recorded values.
#[test]
fn the_estimate_for_geometric_values_is_exact() {
    let counts = [(0.0, 6), (1.0, 3), (2.0, 2), (5.0, 1)];
    let sample = RoundedSample::from_counts(&counts, 1.0, Rounding::Down).expect("values");
    let x: f64 = 12.0 / 12.0;
    let fit = fitted(&sample, Family::Exponential);
    let expected = -1.0 / (x / (1.0 + x)).ln();
    assert!((fit.distribution.mean() / expected - 1.0).abs() < 1e-6, "{fit:?}");
    // ln L = 12 ln(1 - q) + 12 ln q with q = 1/2; one parameter: AICc = 2 - 2 ln L + 4/10.
    let expected = 2.4 + 48.0 * 2.0_f64.ln();
    assert!((fit.aicc - expected).abs() < 1e-6, "{}", fit.aicc);
}

#[test]
fn counts_give_the_same_fit_as_single_values() {
    let truth = Distribution::gamma(milliseconds(5), 1.2).expect("valid");
    let single = sample(&truth, 500, 6);
    let pairs: Vec<_> =
        single.cells().iter().map(|cell| (cell.value, 7 * cell.weight as u64)).collect();
    let counted = RoundedSample::from_counts(&pairs, MILLISECOND, Rounding::Nearest);
    let (one, two) = (fit(&single), fit(&counted.expect("values")));
    for fit in &one.fits {
        let family = fit.distribution.family();
        let other = two.fits.iter().find(|fit| fit.distribution.family() == family);
        let other = other.expect("the family fits");
        assert!((other.distribution.mean() / fit.distribution.mean() - 1.0).abs() < 1e-5);
        assert!((other.ln_likelihood / fit.ln_likelihood / 7.0 - 1.0).abs() < 1e-9);
        assert!((other.distance - fit.distance).abs() < 1e-5);
    }
}

#[test]
fn equal_values_are_a_constant() {
    let sample = RoundedSample::from_counts(&[(0.031, 40)], MILLISECOND, Rounding::Nearest);
    let fits = fit(&sample.expect("values"));
    let chosen = fits.chosen().expect("a constant");
    assert_eq!(chosen.distribution, Fitted::Constant(Constant { value: 0.031 }));
    assert_eq!((chosen.ln_likelihood, chosen.distance), (0.0, 0.0));
    assert_eq!(fits.left_out.len(), 5);
    assert!(fits.left_out.iter().all(|(_, reason)| *reason == LeftOut::ValuesEqual));
}

#[test]
fn small_samples_have_no_fit() {
    let sample = RoundedSample::from_values(&[0.001; 9], MILLISECOND).expect("values");
    let fits = fit(&sample);
    assert!(fits.fits.is_empty() && fits.chosen().is_none());
    assert_eq!(fits.left_out[0].1, LeftOut::FewValues { count: 9.0, needed: 10 });
}

#[test]
fn no_family_is_chosen_for_two_separate_peaks() {
    let pairs: Vec<_> = (0..10)
        .flat_map(|i| [(0.010 + 1e-3 * i as f64, 50), (2.0 + 1e-3 * i as f64, 50)])
        .collect();
    let sample = RoundedSample::from_counts(&pairs, MILLISECOND, Rounding::Nearest);
    let fits = fit(&sample.expect("values"));
    assert!(fits.fits.len() >= 4, "{:?}", fits.left_out);
    assert!(fits.chosen().is_none() && fits.fits.iter().all(|fit| fit.distance > 0.1));
}

/// Unusual samples must give fits with finite numbers or reasons, and never a panic.
#[test]
fn unusual_samples_give_fits_or_reasons() {
    let mut stream = Streams::new(9, 0).stream(0, Purpose(0), 0);
    let mut samples: Vec<Vec<(f64, u64)>> = vec![
        vec![(0.0, 1_000_000), (0.001, 1)],
        vec![(0.0, 10), (1e9, 10)],
        vec![(0.031, 1_000_000_000_000), (0.032, 3)],
        vec![(1000.0, 20), (1000.001, 20)],
        vec![(0.0, 5), (1e300, 5)],
    ];
    for _ in 0..15 {
        let cells = 2 + stream.below(6);
        let mut value = || f64::from(stream.below(1000)) * f64::from(stream.below(1000)) * 1e-3;
        let values: Vec<f64> = (0..cells).map(|_| value()).collect();
        samples.push(values.into_iter().map(|value| (value, 1 + u64::from(cells))).collect());
    }
    for pairs in samples {
        let sample = RoundedSample::from_counts(&pairs, MILLISECOND, Rounding::Nearest);
        let Ok(sample) = sample else { continue };
        let fits = fit(&sample);
        assert_eq!(fits.fits.len() + fits.left_out.len(), 6);
        for fit in &fits.fits {
            assert!(fit.aicc.is_finite() && (0.0..=1.0).contains(&fit.distance), "{fit:?}");
            let text = format!("x = {}", fitted_value(&fit.distribution).toml);
            assert!(toml::from_str::<toml::Table>(&text).is_ok(), "{text}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}

/// Returns the share of `count` samples of 1,000 values for which AIC chooses the true family.
fn share_chosen(truth: &Distribution, family: Family, count: u32) -> f64 {
    let is_chosen = |seed: &u32| {
        let fits = fit(&sample(truth, 1000, 1000 + u64::from(*seed)));
        fits.chosen().is_some_and(|fit| fit.distribution.family() == family)
    };
    f64::from((0..count).filter(is_chosen).count() as u32) / f64::from(count)
}

/// True families with their distributions; the coefficients of variation are 1, 0.5, 2.1 and 2.
fn truths() -> [(Family, Distribution); 4] {
    let mean = milliseconds(15);
    [
        (Family::Lognormal, Distribution::lognormal_mean_cv(mean, 1.0).expect("valid")),
        (Family::Gamma, Distribution::gamma(mean, 0.5).expect("valid")),
        (Family::Weibull, Distribution::weibull(mean, 0.6).expect("valid")),
        (Family::Hyperexponential, Distribution::hyperexponential(mean, 2.0).expect("valid")),
    ]
}

#[test]
fn aic_chooses_the_true_family() {
    for (family, truth) in truths() {
        let share = share_chosen(&truth, family, 12);
        assert!(share >= 0.75, "{family:?}: {share}");
    }
}

/// Result on 2026-11-30: at least 0.9 for each of the four families.
#[test]
#[ignore = "takes a minute"]
fn aic_chooses_the_true_family_in_200_samples() {
    let shares = truths().map(|(family, truth)| (family, share_chosen(&truth, family, 200)));
    assert!(shares.iter().all(|(_, share)| *share >= 0.9), "{shares:?}");
}

#[test]
fn quantiles_invert_the_distribution_function() {
    let fits = [
        Fitted::Exponential(Exponential { mean: 2.0 }),
        Fitted::Lognormal(Lognormal { mu: -3.0, sigma: 1.5 }),
        Fitted::Gamma(Gamma { shape: 0.3, scale: 4.0 }),
        Fitted::Weibull(Weibull { scale: 1e-3, shape: 0.5 }),
        Fitted::Hyperexponential(Hyperexponential { share: 0.9, first: 0.1, second: 5.0 }),
    ];
    for fitted in fits {
        for probability in [1e-6, 0.1, 0.5, 0.95, 0.999_99] {
            let found = fitted.cumulative(fitted.quantile(probability));
            assert!((found / probability - 1.0).abs() < 1e-9, "{fitted:?} {probability}: {found}");
        }
        assert_eq!((fitted.quantile(0.0), fitted.quantile(1.0)), (0.0, f64::INFINITY));
    }
    let weibull = Fitted::Weibull(Weibull { scale: 1.0, shape: 2.0 });
    assert!((weibull.quantile(0.5) - 2.0_f64.ln().sqrt()).abs() < 1e-9);
}
