//! Confidence intervals over replications.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::analysis::mean_time_series::with_intervals;
use crate::results::{MetricSummary, Replicated, Sample};

/// Mean with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Mean of the values.
    pub mean: f64,
    /// Half-width of the interval around the mean; zero if all values are equal.
    pub half_width: f64,
    /// Number of values.
    pub count: usize,
}

impl Interval {
    /// Returns the lower end of the interval.
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// Returns the upper end of the interval.
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// Returns the half-width relative to the absolute mean; infinite if the mean is zero but the
    /// half-width is not.
    pub fn relative(&self) -> f64 {
        if self.half_width == 0.0 { 0.0 } else { self.half_width / self.mean.abs() }
    }
}

/// Computes the confidence interval of a mean at `level` (0.95) from Student's t distribution over
/// independent replications (Law, Simulation Modeling and Analysis, 5th ed., 9.4.1). Returns `None`
/// with fewer than two values, with values that are not finite, or with a level outside 0..1.
pub fn interval(values: &[f64], level: f64) -> Option<Interval> {
    let moments = Moments::of(values)?;
    let freedom = moments.count - 1.0;
    let half_width = t_quantile(level, freedom)? * (moments.variance / moments.count).sqrt();
    Some(Interval { mean: moments.mean, half_width, count: values.len() })
}

/// Computes the paired t interval of the mean difference `second - first`; each pair consists of
/// the replications with the same number in both samples (Law, 10.2.1). Returns `None` under the
/// conditions of [`interval`], or if the samples have different sizes.
pub fn paired(first: &[f64], second: &[f64], level: f64) -> Option<Interval> {
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    (first.len() == second.len()).then(|| interval(&differences, level)).flatten()
}

/// Computes the interval of the difference of means `second - first` of independent replications by
/// Welch's t test with Satterthwaite's degrees of freedom (Law, 10.2.2). Returns `None` under the
/// conditions of [`interval`].
pub fn welch(first: &[f64], second: &[f64], level: f64) -> Option<Interval> {
    welch_of(&Moments::of(first)?, &Moments::of(second)?, level)
}

/// Computes the interval of [`welch`] from moments. Returns `None` if either sample has fewer than
/// two values, or if the level is outside 0..1.
pub fn welch_of(one: &Moments, two: &Moments, level: f64) -> Option<Interval> {
    if one.count < 2.0 || two.count < 2.0 {
        return None;
    }
    let (of_one, of_two) = (one.variance / one.count, two.variance / two.count);
    let both = of_one + of_two;
    let parts = of_one * of_one / (one.count - 1.0) + of_two * of_two / (two.count - 1.0);
    let freedom = if parts > 0.0 { both * both / parts } else { one.count + two.count - 2.0 };
    let half_width = t_quantile(level, freedom)? * both.sqrt();
    let mean = two.mean - one.mean;
    Some(Interval { mean, half_width, count: one.count.min(two.count) as usize })
}

/// Returns the two-sided quantile of Student's t distribution: the half-width of an interval in
/// standard errors.
pub fn t_quantile(level: f64, freedom: f64) -> Option<f64> {
    let is_level = 0.0 < level && level < 1.0;
    is_level
        .then(|| StudentsT::new(0.0, 1.0, freedom).ok())
        .flatten()
        .map(|distribution| distribution.inverse_cdf(0.5 + level / 2.0))
}

/// Returns the level that each of `count` intervals needs so that all hold jointly at `level`
/// (Bonferroni's inequality; Law, 9.7).
pub fn bonferroni(level: f64, count: usize) -> f64 {
    1.0 - (1.0 - level) / count.max(1) as f64
}

/// Moments of independent values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub count: f64,
    /// Mean of the values.
    pub mean: f64,
    /// Unbiased variance of the values.
    pub variance: f64,
}

impl Moments {
    /// Computes the moments; returns `None` with fewer than two values or with values that are not
    /// finite.
    fn of(values: &[f64]) -> Option<Moments> {
        if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let count = values.len() as f64;
        // Start from the first value, so that the mean of equal values is exact.
        let first = values[0];
        let mean = first + values.iter().map(|value| value - first).sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Moments { count, mean, variance: squares / (count - 1.0) })
    }
}

/// Computes the unbiased variance; returns `None` with fewer than two values or with values that
/// are not finite.
pub fn variance(values: &[f64]) -> Option<f64> {
    Moments::of(values).map(|moments| moments.variance)
}

/// Computes the quantile `q` (0..=1) of sorted values with linear interpolation (Hyndman, Fan,
/// "Sample Quantiles in Statistical Packages", 1996, type 7). Returns `None` without values.
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let index = q.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[index.floor() as usize], sorted[index.ceil() as usize]);
    Some(below + (above - below) * index.fract())
}

/// Summarises every metric of a sample over its replications, with confidence intervals at `level`.
pub fn replicated(sample: &Sample, level: f64) -> Replicated {
    let metrics = (0..sample.metrics.len()).map(|index| summary(sample, index, level)).collect();
    Replicated {
        count: sample.replications.len() as u64,
        confidence: level,
        metrics,
        precision: None,
        mean_time_series: with_intervals(&sample.mean_time_series, level),
    }
}

fn summary(sample: &Sample, index: usize, level: f64) -> MetricSummary {
    let values = sample.values(index);
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let mean = (count > 0).then(|| sorted.iter().sum::<f64>() / count as f64);
    MetricSummary {
        metric: sample.metrics[index].clone(),
        count: count as u64,
        not_reached: values.iter().filter(|value| value.is_infinite()).count() as u64,
        mean,
        half_width: interval(&values, level).map(|found| found.half_width),
        standard_deviation: variance(&sorted).map(f64::sqrt),
        min: sorted.first().copied(),
        p5: quantile_of_sorted(&sorted, 0.05),
        p50: quantile_of_sorted(&sorted, 0.5),
        p95: quantile_of_sorted(&sorted, 0.95),
        max: sorted.last().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_of_ten_numbers_matches_the_textbook() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let found = interval(&values, 0.95).expect("ten values");
        // s^2 = 82.5 / 9, t(0.975, 9) = 2.262157.
        let expected = 2.262_157_163 * f64::sqrt(82.5 / 9.0 / 10.0);
        assert_eq!(found.mean, 5.5);
        assert!((found.half_width - expected).abs() < 1e-6, "{found:?}");
        assert_eq!(interval(&[7.0, 7.0], 0.95).expect("two").half_width, 0.0);
        assert!(interval(&[1.0], 0.95).is_none() && interval(&[1.0, f64::NAN], 0.95).is_none());
    }

    #[test]
    fn interpolates_quantiles_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!(quantile_of_sorted(&sorted, 0.5), Some(2.0));
        assert_eq!(quantile_of_sorted(&sorted, 0.75), Some(3.0));
        assert_eq!(quantile_of_sorted(&sorted, 1.0), Some(4.0));
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
    }

    #[test]
    fn bonferroni_divides_the_error_probability() {
        assert!((bonferroni(0.95, 5) - 0.99).abs() < 1e-12);
        assert_eq!(bonferroni(0.95, 0), 0.95);
    }
}
