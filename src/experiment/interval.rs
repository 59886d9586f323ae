//! Confidence intervals over replications.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Mean of the replications.
    pub mean: f64,
    /// Half-width: the interval is `mean` minus to plus this; zero if all are equal.
    pub half_width: f64,
    /// Replications.
    pub count: usize,
}

/// The interval of a mean at a level (0.95) by Student's t over independent replications (Law,
/// Simulation Modeling and Analysis, 5th ed., 9.4.1). `None` of fewer than two, of values that are
/// not finite, and of a level outside of 0..1.
pub fn interval(values: &[f64], level: f64) -> Option<Interval> {
    let count = values.len();
    let is_sound = values.iter().all(|value| value.is_finite()) && 0.0 < level && level < 1.0;
    if count < 2 || !is_sound {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let freedom = (count - 1) as f64;
    let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.5 + level / 2.0);
    let half_width = quantile * (squares / freedom / count as f64).sqrt();
    Some(Interval { mean, half_width, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_numbers_have_the_interval_of_the_textbook() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let found = interval(&values, 0.95).expect("ten values");
        // s^2 = 82.5 / 9, t(0.975, 9) = 2.262157.
        let expected = 2.262_157_163 * f64::sqrt(82.5 / 9.0 / 10.0);
        assert_eq!(found.mean, 5.5);
        assert!((found.half_width - expected).abs() < 1e-6, "{found:?}");
        assert_eq!(interval(&[7.0, 7.0], 0.95).expect("two").half_width, 0.0);
        assert!(interval(&[1.0], 0.95).is_none() && interval(&[1.0, f64::NAN], 0.95).is_none());
    }
}
