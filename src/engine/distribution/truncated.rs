//! The normal distribution truncated at zero, with a given mean and standard deviation.
//!
//! Formulas: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions, volume 1, 2nd ed.,
//! 13.10.1. Let a = mean / sd before truncation and m = phi(a) / Phi(a). After truncation the mean
//! is sd (a + m) and the variance is sd^2 (1 - a m - m^2).

use serde::{Deserialize, Serialize};

/// The largest supported coefficient of variation. For a normal distribution truncated at its mean,
/// the coefficient of variation is sqrt(pi/2 - 1) = 0.7555.
pub(super) const CV_MAX: f64 = 0.75;

/// Below this coefficient of variation, fewer than one in 10^23 draws is negative.
const CV_UNCUT: f64 = 0.1;

/// Mean and standard deviation in seconds before truncation at zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CutNormal {
    pub(super) mean: f64,
    pub(super) sd: f64,
}

impl CutNormal {
    /// Finds the parameters that give this mean and standard deviation after truncation. `sd` is
    /// positive and at most [`CV_MAX`] times the mean.
    pub(super) fn fit(mean: f64, sd: f64) -> CutNormal {
        debug_assert!(sd > 0.0 && sd <= CV_MAX * mean);
        let cv = sd / mean;
        if cv <= CV_UNCUT {
            return CutNormal { mean, sd };
        }
        // The coefficient of variation falls as `a` rises: 0.7555 at zero, below 0.1 at eleven.
        let (mut low, mut high) = (0.0, 11.0);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if coefficient_of_variation(middle) > cv { low = middle } else { high = middle }
        }
        let a = 0.5 * (low + high);
        let sd = mean / (a + inverse_mills(a));
        CutNormal { mean: a * sd, sd }
    }
}

fn coefficient_of_variation(a: f64) -> f64 {
    let mills = inverse_mills(a);
    (1.0 - a * mills - mills * mills).sqrt() / (a + mills)
}

/// Returns phi(x)/Phi(x), the increase of the mean in standard deviations if the distribution is
/// truncated at -x.
fn inverse_mills(x: f64) -> f64 {
    let density = libm::exp(-x * x / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
    density / (0.5 * libm::erfc(-x / std::f64::consts::SQRT_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_at_the_mean_gives_the_half_normal_distribution() {
        // A standard normal truncated at zero has mean sqrt(2/pi) and standard deviation sqrt(1 -
        // 2/pi).
        let share: f64 = 2.0 / std::f64::consts::PI;
        let (mean, sd) = (share.sqrt(), (1.0 - share).sqrt());
        assert!((coefficient_of_variation(0.0) - sd / mean).abs() < 1e-14);
        // a = 1: phi(1) = 0.241971, Phi(1) = 0.841345.
        let mills = 0.241_970_724_519_143_37 / 0.841_344_746_068_542_9;
        let (mean, variance) = (1.0 + mills, 1.0 - mills - mills * mills);
        let fitted = CutNormal::fit(mean, variance.sqrt());
        assert!((fitted.mean - 1.0).abs() < 1e-12 && (fitted.sd - 1.0).abs() < 1e-12);
    }

    #[test]
    fn negligible_truncation_keeps_the_parameters() {
        assert_eq!(CutNormal::fit(10.0, 1.0), CutNormal { mean: 10.0, sd: 1.0 });
        let fitted = CutNormal::fit(10.0, 1.000_001);
        assert!((fitted.mean - 10.0).abs() < 1e-9 && (fitted.sd - 1.000_001).abs() < 1e-9);
    }
}
