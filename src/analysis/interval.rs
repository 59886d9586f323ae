//! Confidence intervals over replications.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::analysis::mean_time_series::with_intervals;
use crate::results::{MetricSummary, Replicated, Sample};

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

impl Interval {
    /// The lower end.
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// The upper end.
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// Half-width by the size of the mean; infinite where the mean is zero and the half-width not.
    pub fn relative(&self) -> f64 {
        if self.half_width == 0.0 { 0.0 } else { self.half_width / self.mean.abs() }
    }
}

/// The interval of a mean at a level (0.95) by Student's t over independent replications (Law,
/// Simulation Modeling and Analysis, 5th ed., 9.4.1). `None` of fewer than two, of values that are
/// not finite, and of a level outside of 0..1.
pub fn interval(values: &[f64], level: f64) -> Option<Interval> {
    let moments = Moments::of(values)?;
    let freedom = moments.count - 1.0;
    let half_width = t_quantile(level, freedom)? * (moments.variance / moments.count).sqrt();
    Some(Interval { mean: moments.mean, half_width, count: values.len() })
}

/// The interval of the mean difference `second - first` of replications that belong together (Law,
/// 10.2.1): the paired t interval. `None` as [`interval`], or if the counts differ.
pub fn paired(first: &[f64], second: &[f64], level: f64) -> Option<Interval> {
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    (first.len() == second.len()).then(|| interval(&differences, level)).flatten()
}

/// The interval of the difference of means `second - first` of independent replications by Welch's
/// t with Satterthwaite's degrees of freedom (Law, 10.2.2). `None` as [`interval`].
pub fn welch(first: &[f64], second: &[f64], level: f64) -> Option<Interval> {
    welch_of(&Moments::of(first)?, &Moments::of(second)?, level)
}

/// The same where only the moments are known. `None` of fewer than two values of one of them, and
/// of a level outside of 0..1.
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

/// The two-sided quantile of Student's t: by how many standard errors an interval reaches out.
pub fn t_quantile(level: f64, freedom: f64) -> Option<f64> {
    let is_level = 0.0 < level && level < 1.0;
    is_level
        .then(|| StudentsT::new(0.0, 1.0, freedom).ok())
        .flatten()
        .map(|distribution| distribution.inverse_cdf(0.5 + level / 2.0))
}

/// The level at which each of `count` intervals has to be for all of them together to hold at
/// `level` (Bonferroni's inequality; Law, 9.7).
pub fn bonferroni(level: f64, count: usize) -> f64 {
    1.0 - (1.0 - level) / count.max(1) as f64
}

/// What is known of independent values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many there are.
    pub count: f64,
    /// Mean.
    pub mean: f64,
    /// Unbiased variance.
    pub variance: f64,
}

impl Moments {
    /// `None` of fewer than two, and of values that are not finite.
    fn of(values: &[f64]) -> Option<Moments> {
        if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let count = values.len() as f64;
        // From the first value on: the mean of equal values is exactly theirs.
        let first = values[0];
        let mean = first + values.iter().map(|value| value - first).sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Moments { count, mean, variance: squares / (count - 1.0) })
    }
}

/// Unbiased variance; `None` of fewer than two values, or of some that are not finite.
pub fn variance(values: &[f64]) -> Option<f64> {
    Moments::of(values).map(|moments| moments.variance)
}

/// The quantile `q` (0..=1) of values in order, between neighbours in proportion (Hyndman, Fan,
/// "Sample Quantiles in Statistical Packages", 1996, type 7). `None` of no value.
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let index = q.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[index.floor() as usize], sorted[index.ceil() as usize]);
    Some(below + (above - below) * index.fract())
}

/// Every figure of a sample over its replications, with intervals at a level.
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
    fn quantiles_are_interpolated_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!(quantile_of_sorted(&sorted, 0.5), Some(2.0));
        assert_eq!(quantile_of_sorted(&sorted, 0.75), Some(3.0));
        assert_eq!(quantile_of_sorted(&sorted, 1.0), Some(4.0));
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
    }

    #[test]
    fn bonferroni_shares_the_risk() {
        assert!((bonferroni(0.95, 5) - 0.99).abs() < 1e-12);
        assert_eq!(bonferroni(0.95, 0), 0.95);
    }
}
