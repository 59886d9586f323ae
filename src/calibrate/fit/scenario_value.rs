//! Distributions as values of scenarios.

use super::family::Fitted;
use super::hyperexponential::Hyperexponential;
use super::sample::RoundedSample;

/// A distribution in the form that scenarios use.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioValue {
    /// The TOML text, for example `{ dist = "gamma", mean = "31ms", cv = 0.8 }`.
    pub toml: String,
    /// The largest difference between the distribution function of this value and that of the
    /// original distribution, from 0 to 1. It is above zero if scenarios cannot express the
    /// distribution exactly.
    pub difference: f64,
    /// The mean of this value.
    pub mean: f64,
}

/// Probabilities of the quantiles that stand for a distribution.
const PROBABILITIES: [f64; 24] = [
    0.0, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7,
    0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99,
];
/// Further probabilities in the upper tail, where the quantiles are far apart.
const UPPER: [f64; 4] = [0.995, 0.999, 0.9995, 0.9999];
/// The largest difference at which a balanced hyperexponential distribution replaces the fitted
/// one. This number is an assumption.
const DIFFERENCE_MAX: f64 = 0.01;

/// Writes a fitted distribution of times in seconds. Scenarios express hyperexponential
/// distributions only with balanced means. If the balanced distribution with the same mean and
/// variance differs by more than one percentage point, or if a parameter is outside the range of
/// scenarios, the value is a table of quantiles up to 0.9999.
pub fn fitted_value(fitted: &Fitted) -> ScenarioValue {
    let (mean, cv) = (duration(fitted.mean()), number(fitted.cv()));
    let text = |rest: String| {
        let toml = format!("{{ dist = \"{}\", {rest} }}", fitted.family().name());
        ScenarioValue { toml, difference: 0.0, mean: fitted.mean() }
    };
    let is_expressible = (1e-3..=1000.0).contains(&fitted.cv()) && fitted.mean() >= 1e-9;
    match fitted {
        Fitted::Constant(constant) => text(format!("value = \"{}\"", duration(constant.value))),
        _ if !is_expressible => quantiles_of(fitted),
        Fitted::Exponential(_) => text(format!("mean = \"{mean}\"")),
        Fitted::Lognormal(_) | Fitted::Gamma(_) => text(format!("mean = \"{mean}\", cv = {cv}")),
        Fitted::Weibull(weibull) if (0.1..=100.0).contains(&weibull.shape) => {
            text(format!("mean = \"{mean}\", shape = {}", number(weibull.shape)))
        }
        Fitted::Weibull(_) => quantiles_of(fitted),
        Fitted::Hyperexponential(_) => {
            let cv = fitted.cv();
            let balanced = Hyperexponential::balanced(fitted.mean(), cv * cv);
            let difference = difference(fitted, &Fitted::Hyperexponential(balanced));
            if difference > DIFFERENCE_MAX {
                return quantiles_of(fitted);
            }
            let cv = number(cv.max(1.0));
            ScenarioValue { difference, ..text(format!("mean = \"{mean}\", cv = {cv}")) }
        }
    }
}

/// Writes the empirical distribution of times in seconds as a table of quantiles. Quantiles in the
/// upper tail are included if at least ten values exceed them; the last point is the largest value.
pub fn empirical_value(sample: &RoundedSample) -> ScenarioValue {
    let is_known = |p: &f64| *p <= 0.9 || (1.0 - p) * sample.count() >= 10.0;
    let probabilities = PROBABILITIES.into_iter().chain(UPPER).filter(is_known);
    let mut points: Vec<_> = probabilities.map(|p| (p, sample.quantile(p))).collect();
    points.push((1.0, sample.quantile(1.0)));
    let mut below = 0.0;
    let mut difference = 0.0_f64;
    for cell in sample.cells() {
        below += cell.weight / sample.count();
        difference = difference.max((interpolated(&points, cell.high) - below).abs());
    }
    ScenarioValue { toml: quantiles(&points), difference, mean: mean_of(&points) }
}

/// Writes the empirical distribution of times in seconds as a file for `{ dist = "empirical", file
/// = "..." }`: a header and `rows` values (at least one) of equal probability.
pub fn empirical_csv(sample: &RoundedSample, rows: u32) -> String {
    let rows = rows.max(1);
    let mut text = String::from("seconds\n");
    for row in 0..rows {
        let value = sample.quantile((f64::from(row) + 0.5) / f64::from(rows));
        text.push_str(&format!("{value:.9}\n"));
    }
    text
}

/// Writes the quantiles of a continuous distribution.
fn quantiles_of(fitted: &Fitted) -> ScenarioValue {
    let points: Vec<_> = PROBABILITIES
        .into_iter()
        .chain(UPPER)
        .map(|p| (p, fitted.quantile(p)))
        .chain([(1.0, fitted.quantile(0.999_99))])
        .collect();
    let grid = points.windows(2).flat_map(|pair| {
        (0..=8).map(|step| pair[0].1 + (pair[1].1 - pair[0].1) * f64::from(step) / 8.0)
    });
    let difference = grid.fold(0.0_f64, |largest, t| {
        largest.max((interpolated(&points, t) - fitted.cumulative(t)).abs())
    });
    ScenarioValue { toml: quantiles(&points), difference, mean: mean_of(&points) }
}

/// Writes points (probability, seconds) as a TOML value.
fn quantiles(points: &[(f64, f64)]) -> String {
    let pairs: Vec<String> =
        points.iter().map(|(p, value)| format!("[{p:?}, \"{}\"]", duration(*value))).collect();
    format!("{{ dist = \"empirical\", quantiles = [{}] }}", pairs.join(", "))
}

/// Returns the mean of the distribution that interpolates linearly between quantiles.
fn mean_of(points: &[(f64, f64)]) -> f64 {
    points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0).sum()
}

/// Returns the distribution function that interpolates linearly between quantiles.
fn interpolated(points: &[(f64, f64)], t: f64) -> f64 {
    let index = points.partition_point(|point| point.1 <= t);
    match (index.checked_sub(1).and_then(|before| points.get(before)), points.get(index)) {
        (Some(low), Some(high)) => low.0 + (high.0 - low.0) * (t - low.1) / (high.1 - low.1),
        (None, _) => 0.0,
        (_, None) => 1.0,
    }
}

/// Returns the largest difference of two distribution functions at the quantiles of both.
fn difference(one: &Fitted, two: &Fitted) -> f64 {
    let at = |t: f64| (one.cumulative(t) - two.cumulative(t)).abs();
    (1..200)
        .map(|i| f64::from(i) / 200.0)
        .fold(0.0, |largest: f64, p| largest.max(at(one.quantile(p))).max(at(two.quantile(p))))
}

/// Writes a duration with four significant digits in a unit that scenarios read, rounded to whole
/// nanoseconds.
fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    let (factor, unit) = match seconds {
        s if s >= 1.0 => (1.0, "s"),
        s if s >= 1e-3 || s == 0.0 => (1e3, "ms"),
        s if s >= 1e-6 => (1e6, "us"),
        _ => (1e9, "ns"),
    };
    format!("{}{unit}", number(seconds * factor))
}

/// Writes a number with four significant digits and without trailing zeros.
fn number(value: f64) -> String {
    let digits = if value > 0.0 { 3 - libm::floor(libm::log10(value)) as i32 } else { 0 };
    let text = format!("{value:.*}", digits.clamp(0, 12) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::fit::{
        Constant, Exponential, Gamma, Lognormal, Rounding, Weibull, fit_family,
    };

    #[test]
    fn families_are_written_with_the_parameters_of_scenarios() {
        let text = |fitted| fitted_value(&fitted).toml;
        assert_eq!(
            text(Fitted::Constant(Constant { value: 0.031 })),
            r#"{ dist = "constant", value = "31ms" }"#
        );
        assert_eq!(
            text(Fitted::Exponential(Exponential { mean: 1.234_56 })),
            r#"{ dist = "exponential", mean = "1.235s" }"#
        );
        assert_eq!(
            text(Fitted::Gamma(Gamma { shape: 4.0, scale: 0.01 })),
            r#"{ dist = "gamma", mean = "40ms", cv = 0.5 }"#
        );
        assert_eq!(
            text(Fitted::Weibull(Weibull { scale: 0.000_25, shape: 1.0 })),
            r#"{ dist = "weibull", mean = "250us", shape = 1 }"#
        );
        let sigma = 2.0_f64.ln().sqrt();
        assert_eq!(
            text(Fitted::Lognormal(Lognormal { mu: -sigma * sigma / 2.0, sigma })),
            r#"{ dist = "lognormal", mean = "1s", cv = 1 }"#
        );
    }

    #[test]
    fn hyperexponential_phases_are_exact_only_if_their_means_are_balanced() {
        let balanced = Hyperexponential::balanced(0.05, 4.0);
        let value = fitted_value(&Fitted::Hyperexponential(balanced));
        assert_eq!(value.toml, r#"{ dist = "hyperexponential", mean = "50ms", cv = 2 }"#);
        assert!(value.difference < 1e-9 && (value.mean - 0.05).abs() < 1e-12);
        let other = Hyperexponential { share: 0.5, first: 0.001, second: 1.0 };
        let fitted = Fitted::Hyperexponential(other);
        let value = fitted_value(&fitted);
        assert!(
            value.toml.starts_with(r#"{ dist = "empirical", quantiles = [[0.0, "0ms"], [0.01"#)
        );
        // Linear interpolation is above the convex tail, and the largest value is finite.
        assert!(value.difference < 0.03, "{}", value.difference);
        assert!((value.mean / fitted.mean() - 1.0).abs() < 0.02, "{}", value.mean);
    }

    #[test]
    fn empirical_values_keep_the_quantiles() {
        let pairs: Vec<_> = (0..100_u32).map(|i| (f64::from(i) * 0.001, 10)).collect();
        let sample = RoundedSample::from_counts(&pairs, 0.001, Rounding::Down).expect("values");
        let value = empirical_value(&sample);
        assert!(value.toml.contains(r#"[0.5, "50ms"]"#), "{}", value.toml);
        assert!(value.toml.ends_with(r#"[0.99, "99ms"], [1.0, "100ms"]] }"#), "{}", value.toml);
        assert!(value.difference < 1e-9 && (value.mean - 0.05).abs() < 1e-9);
        assert_eq!(empirical_csv(&sample, 2), "seconds\n0.025000000\n0.075000000\n");
    }

    #[test]
    fn written_numbers_have_four_digits() {
        assert_eq!(
            [0.0, 0.5, 31.0, 123.456, 98_765.4].map(number),
            ["0", "0.5", "31", "123.5", "98765"]
        );
        assert_eq!(duration(-1.0), "0ms");
        assert_eq!(duration(3.2e-9), "3.2ns");
        let sample = RoundedSample::from_values(&[0.031; 20], 0.001).expect("values");
        let fit = fit_family(&sample, crate::calibrate::fit::Family::Constant).expect("equal");
        assert_eq!(fitted_value(&fit.distribution).mean, 0.031);
    }
}
