//! Distances between rounded values and a distribution.
//!
//! The empirical distribution function of rounded values is known only at the bounds of the cells,
//! because the positions of the values within a cell are unknown. Both distances use these bounds.

use super::family::Fitted;
use super::sample::RoundedSample;

/// Returns the Kolmogorov-Smirnov distance: the largest absolute difference between the empirical
/// and the fitted distribution function at the bounds of the cells, from 0 to 1 (Law, Simulation
/// Modeling and Analysis, 5th ed.; for grouped data: Pettitt, Stephens, "The
/// Kolmogorov-Smirnov Goodness-of-Fit Statistic with Discrete and Grouped Data", Technometrics 19,
/// 1977).
pub fn distance(sample: &RoundedSample, fitted: &Fitted) -> f64 {
    segments(sample, fitted)
        .iter()
        .fold(0.0, |distance: f64, segment| distance.max((segment.data.1 - segment.fit.1).abs()))
}

/// Returns the Anderson-Darling statistic: the number of values times the integral of the squared
/// difference of the distribution functions, divided by F (1 - F), over F (Law, 5th ed.). It
/// weights the tails more than the Kolmogorov-Smirnov distance. Within a cell, the empirical
/// distribution function is linear in F. The statistic is infinite if the fitted distribution
/// excludes a recorded value.
pub fn anderson_darling(sample: &RoundedSample, fitted: &Fitted) -> f64 {
    segments(sample, fitted).iter().map(Segment::integral).sum::<f64>() * sample.count()
}

/// A part of the range of values: a cell or the gap between two cells.
struct Segment {
    /// The empirical distribution function at both ends.
    data: (f64, f64),
    /// The fitted distribution function at both ends.
    fit: (f64, f64),
}

impl Segment {
    /// Integrates d(F)^2 / (F (1 - F)), where the difference d is linear: d(F) = a + b F. The
    /// integrand is a^2/F + (a + b)^2/(1 - F) - b^2.
    fn integral(&self) -> f64 {
        let ((s0, s1), (u0, u1)) = (self.data, self.fit);
        if u1 <= u0 {
            return if s1 > s0 && (u1 <= 0.0 || u0 >= 1.0) { f64::INFINITY } else { 0.0 };
        }
        if u1 - u0 < 0.1 * u0.min(1.0 - u1) {
            // The terms below would cancel. Simpson's rule is precise, because the divisor varies
            // little.
            let (middle, ends) = (f64::midpoint(u0, u1), (s0 - u0, s1 - u1));
            let value = |difference: f64, u: f64| difference * difference / (u * (1.0 - u));
            let inner = 4.0 * value(f64::midpoint(ends.0, ends.1), middle);
            return (value(ends.0, u0) + inner + value(ends.1, u1)) * (u1 - u0) / 6.0;
        }
        let b = (s1 - s0) / (u1 - u0) - 1.0;
        let a = s0 - u0 - b * u0;
        // Differences of exactly zero at F = 0 and F = 1 are finite.
        let part = |factor: f64, ratio: f64| {
            if factor.abs() < 1e-12 { 0.0 } else { factor * factor * libm::log(ratio) }
        };
        part(a, u1 / u0) + part(a + b, (1.0 - u0) / (1.0 - u1)) - b * b * (u1 - u0)
    }
}

/// Returns the segments from zero to infinity.
fn segments(sample: &RoundedSample, fitted: &Fitted) -> Vec<Segment> {
    let (mut below, mut data, mut fit) = (0.0, 0.0, 0.0);
    let mut segments = Vec::with_capacity(2 * sample.cells().len() + 1);
    for cell in sample.cells() {
        let low = match fitted {
            Fitted::Constant(constant) if cell.value >= constant.value => {
                f64::from(u8::from(cell.low > constant.value))
            }
            _ => fitted.cumulative(cell.low),
        };
        segments.push(Segment { data: (data, data), fit: (fit, low) });
        below += cell.weight;
        let high = fitted.cumulative(cell.high);
        let next = below / sample.count();
        segments.push(Segment { data: (data, next), fit: (low, high) });
        (data, fit) = (next, high);
    }
    // Rounding errors of the weights must not remain as a difference at infinity.
    segments.push(Segment { data: (1.0, 1.0), fit: (fit, 1.0) });
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::fit::constant::Constant;
    use crate::calibrate::fit::exponential::Exponential;

    fn exponential() -> Fitted {
        Fitted::Exponential(Exponential { mean: 1.0 })
    }

    #[test]
    fn distance_matches_the_calculation_by_hand() {
        // Cells [0, 0.5), [0.5, 1.5), [2.5, 3.5); F = 1 - e^-t at the bounds: 0.39347, 0.77687,
        // 0.91792, 0.96980. Data: 1/4, 3/4, 3/4, 1. Differences: 0.14347, 0.02687, 0.16792, 0.0302.
        let sample = RoundedSample::from_values(&[0.0, 1.0, 1.0, 3.0], 1.0).expect("values");
        let found = distance(&sample, &exponential());
        assert!((found - (0.25 - libm::exp(-2.5))).abs() < 1e-12, "{found}");
    }

    #[test]
    fn a_constant_has_no_distance_to_equal_values() {
        let sample = RoundedSample::from_values(&[3.0; 5], 1.0).expect("values");
        let fitted = Fitted::Constant(Constant { value: 3.0 });
        assert_eq!(distance(&sample, &fitted), 0.0);
        assert_eq!(anderson_darling(&sample, &fitted), 0.0);
        let other = Fitted::Constant(Constant { value: 4.0 });
        assert_eq!(distance(&sample, &other), 1.0);
    }

    /// For exact values: A^2 = -n - sum (2i - 1) (ln F(i) + ln(1 - F(n+1-i))) / n.
    #[test]
    fn anderson_darling_approaches_the_formula_for_exact_values() {
        let values = [0.1, 0.4, 0.7, 1.2, 2.9];
        let cumulative = |t: f64| 1.0 - libm::exp(-t);
        let count = values.len();
        let sum: f64 = (0..count)
            .map(|i| {
                let (low, high) = (cumulative(values[i]), cumulative(values[count - 1 - i]));
                (2 * i + 1) as f64 * (low.ln() + (1.0 - high).ln())
            })
            .sum();
        let expected = -(count as f64) - sum / count as f64;
        let sample = RoundedSample::from_values(&values, 1e-7).expect("values");
        let found = anderson_darling(&sample, &exponential());
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}
