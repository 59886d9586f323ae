//! Measures how much a metric changes with one parameter, and searches for tipping points.

use crate::results::{Change, Sample};

use crate::analysis::interval::paired;
use crate::terms::Objective;

/// Relative difference of means below which a difference is rounding error.
const ROUNDING: f64 = 1e-12;

/// Returns the mean of all values; infinite if a value is infinite, NaN if a value is NaN.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Computes the change of a metric between two sets of replications with common random numbers,
/// with the paired confidence interval of the difference at `level` (Law, Simulation Modeling and
/// Analysis, 5th ed., 10.2.1 and 11.2). The change is detectable if the interval excludes zero, or
/// if the metric is finite in all replications of one set and infinite in all replications of the
/// other set.
pub fn change(from: &[f64], to: &[f64], level: f64) -> Change {
    let interval = paired(from, to, level);
    let all_endless = |values: &[f64]| values.iter().all(|value| value.is_infinite());
    let all_finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    let is_other_kind = all_endless(from) && all_finite(to) || all_finite(from) && all_endless(to);
    let is_other_kind = is_other_kind && !from.is_empty() && !to.is_empty();
    let (before, after) = (mean(from), mean(to));
    let is_rounding = (after - before).abs() <= ROUNDING * before.abs().max(after.abs());
    Change {
        difference: if is_rounding { 0.0 } else { after - before },
        half_width: interval.map(|interval| interval.half_width),
        is_detectable: is_other_kind
            || interval.is_some_and(|found| found.mean.abs() > found.half_width),
    }
}

/// Returns whether the mean of a metric meets an objective; `None` without a value. An infinite
/// mean violates an upper limit.
pub fn keeps(sample: &Sample, objective: &Objective) -> Option<bool> {
    let mean = mean(&sample.values(sample.index_of(objective.metric)?));
    let is_kept =
        if objective.is_at_least { mean >= objective.limit } else { mean <= objective.limit };
    (!mean.is_nan()).then_some(is_kept)
}

/// Bisection for a tipping point: the parameter value at which the status of an objective (met or
/// not met) changes. Starts from a value with the baseline status and a value with the other
/// status. If there are several tipping points between these values, the bisection finds one of
/// them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bisection {
    /// Value at which the status equals the baseline.
    pub unchanged: f64,
    /// Value at which the status differs from the baseline.
    pub other: f64,
}

impl Bisection {
    /// Returns the next value to evaluate.
    pub fn middle(&self) -> f64 {
        (self.unchanged + self.other) / 2.0
    }

    /// Halves the interval; the status at the midpoint decides which half remains.
    pub fn narrow(&mut self, is_default: bool) {
        let middle = self.middle();
        *(if is_default { &mut self.unchanged } else { &mut self.other }) = middle;
    }

    /// Returns whether the status changes as the parameter increases.
    pub fn is_above(&self) -> bool {
        self.other > self.unchanged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: f64 = f64::INFINITY;

    #[test]
    fn common_noise_does_not_hide_a_change() {
        let from = [10.0, 20.0, 15.0, 30.0];
        let to: Vec<f64> = from.iter().map(|value| value + 1.0 + 0.01 * value).collect();
        let found = change(&from, &to, 0.95);
        assert!(found.is_detectable && (found.difference - 1.1875).abs() < 1e-12);
        let same = change(&from, &from, 0.95);
        assert_eq!((same.difference, same.half_width), (0.0, Some(0.0)));
        assert!(!same.is_detectable);
        let mixed: Vec<f64> = from.iter().map(|value| 33.0 - value).collect();
        assert!(!change(&from, &mixed, 0.95).is_detectable);
    }

    #[test]
    fn a_change_to_infinite_values_is_detectable() {
        assert!(change(&[1.0, 2.0], &[NEVER, NEVER], 0.95).is_detectable);
        assert!(!change(&[1.0, 2.0], &[3.0, NEVER], 0.95).is_detectable, "may be due to chance");
        assert!(!change(&[NEVER, NEVER], &[NEVER, NEVER], 0.95).is_detectable);
        assert!(!change(&[], &[], 0.95).is_detectable);
    }

    #[test]
    fn bisection_halves_the_interval_with_every_step() {
        for (threshold, from, to) in [(0.37, 0.0, 1.0), (0.61, 1.0, 0.2)] {
            let mut search = Bisection { unchanged: from, other: to };
            for _ in 0..6 {
                let middle = search.middle();
                search.narrow((middle < threshold) == (from < threshold));
            }
            let width = (search.unchanged - search.other).abs();
            assert!((width - (to - from).abs() / 64.0).abs() < 1e-12);
            assert!((search.middle() - threshold).abs() <= width / 2.0);
            assert_eq!(search.is_above(), from < to);
        }
    }
}
