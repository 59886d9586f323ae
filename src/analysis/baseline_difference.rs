//! Compares metrics with a baseline for statistical significance and practical relevance.

use crate::results::baseline::Stored;
use crate::results::{Better, Comparison};

use crate::analysis::interval::{Moments, welch_of};

/// Thresholds of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// Confidence level of each interval, between 0 and 1.
    pub level: f64,
    /// Share of the baseline's mean below which a difference is irrelevant.
    pub tolerance: f64,
}

/// Difference between the current and the baseline value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Current mean minus baseline mean; `None` if either is missing.
    pub difference: Option<f64>,
    /// Half-width of the interval of the difference; `None` without an interval.
    pub half_width: Option<f64>,
    /// Conclusion of the comparison.
    pub finding: Comparison,
}

/// Compares a metric with its baseline value. Equal values are identical. Otherwise Welch's
/// interval of the difference of means ([`super::interval::welch`]) decides whether the difference
/// is larger than chance can explain, and the tolerance decides whether it is relevant. If some
/// replications did not reach the value of the metric before their end, the share of these
/// replications is compared first, by the same rule.
pub fn compare(before: &Stored, now: &Stored, better: Better, gauge: Gauge) -> Difference {
    let difference = before.mean.zip(now.mean).map(|(before, now)| now - before);
    if before == now {
        let half_width = difference.map(|_| 0.0);
        return Difference { difference, half_width, finding: Comparison::Identical };
    }
    let interval =
        moments(before).zip(moments(now)).and_then(|(one, two)| welch_of(&one, &two, gauge.level));
    let half_width = interval.map(|interval| interval.half_width);
    if let Some(finding) = reach(before, now, gauge) {
        return Difference { difference, half_width, finding };
    }
    let finding = match (difference, half_width) {
        (Some(difference), Some(width)) if difference.abs() > width => {
            let matters = gauge.tolerance * before.mean.unwrap_or(0.0).abs();
            if difference.abs() > matters {
                direction(difference, better)
            } else {
                Comparison::WithinTolerance
            }
        }
        _ => Comparison::Same,
    };
    Difference { difference, half_width, finding }
}

fn direction(difference: f64, better: Better) -> Comparison {
    match (better, difference > 0.0) {
        (Better::Lower, false) | (Better::Higher, true) => Comparison::Better,
        (Better::Lower, true) | (Better::Higher, false) => Comparison::Worse,
        (Better::Neither, _) => Comparison::Changed,
    }
}

/// Compares the share of replications that did not reach the value of the metric; returns `None`
/// without a relevant change. A larger share is worse.
fn reach(before: &Stored, now: &Stored, gauge: Gauge) -> Option<Comparison> {
    let (one, two) = (not_reached(before), not_reached(now));
    let change = two.mean - one.mean;
    let width = welch_of(&one, &two, gauge.level)?.half_width;
    let is_changed = change.abs() > width && change.abs() > gauge.tolerance;
    is_changed.then(|| direction(change, Better::Lower))
}

fn moments(stored: &Stored) -> Option<Moments> {
    let (mean, sd) = stored.mean.zip(stored.sd)?;
    Some(Moments { count: stored.n as f64, mean, variance: sd * sd })
}

/// Returns the moments of an indicator that is 1 in each replication that did not reach the value
/// of the metric, and 0 in all other replications. Its mean is the share of these replications.
fn not_reached(stored: &Stored) -> Moments {
    let count = (stored.n + stored.not_reached) as f64;
    let share = if count > 0.0 { stored.not_reached as f64 / count } else { 0.0 };
    let variance = share * (1.0 - share) * count / (count - 1.0).max(1.0);
    Moments { count, mean: share, variance }
}

/// Compares a speed with its baseline value; higher is better.
pub fn compare_speed(before: f64, now: f64, tolerance: f64) -> Comparison {
    match now / before - 1.0 {
        slower if slower < -tolerance => Comparison::Worse,
        faster if faster > tolerance => Comparison::Better,
        0.0 => Comparison::Identical,
        _ => Comparison::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAUGE: Gauge = Gauge { level: 0.95, tolerance: 0.01 };

    fn stored(mean: f64, sd: f64, n: u64) -> Stored {
        Stored { mean: Some(mean), sd: Some(sd), n, not_reached: 0 }
    }

    fn finding(before: Stored, now: Stored, better: Better) -> Comparison {
        compare(&before, &now, better, GAUGE).finding
    }

    #[test]
    fn a_difference_counts_only_if_it_is_significant_and_relevant() {
        let before = stored(100.0, 1.0, 10);
        // Two samples of ten values: t(0.975, 18) = 2.101, half-width 2.101 x sqrt(0.2) = 0.940.
        let found = compare(&before, &stored(100.9, 1.0, 10), Better::Lower, GAUGE);
        assert!(found.half_width.is_some_and(|width| (width - 0.9396).abs() < 1e-3));
        assert_eq!(found.finding, Comparison::Same);
        assert_eq!(
            finding(before, stored(100.97, 1.0, 10), Better::Lower),
            Comparison::WithinTolerance
        );
        assert_eq!(finding(before, stored(101.1, 1.0, 10), Better::Lower), Comparison::Worse);
        assert_eq!(finding(before, stored(101.1, 1.0, 10), Better::Higher), Comparison::Better);
        assert_eq!(finding(before, stored(98.0, 1.0, 10), Better::Lower), Comparison::Better);
        assert_eq!(finding(before, stored(98.0, 1.0, 10), Better::Neither), Comparison::Changed);
    }

    #[test]
    fn metrics_with_equal_values_are_reported_as_identical() {
        let one = stored(3.0, 0.5, 5);
        let found = compare(&one, &one, Better::Lower, GAUGE);
        assert_eq!((found.finding, found.difference), (Comparison::Identical, Some(0.0)));
        let never = Stored { not_reached: 5, ..Stored::default() };
        assert_eq!(finding(never, never, Better::Lower), Comparison::Identical);
    }

    #[test]
    fn metrics_without_variance_differ_if_unequal() {
        assert_eq!(
            finding(stored(5.0, 0.0, 3), stored(6.0, 0.0, 3), Better::Lower),
            Comparison::Worse
        );
        let none = finding(stored(0.0, 0.0, 3), stored(1e-9, 0.0, 3), Better::Lower);
        assert_eq!(none, Comparison::Worse, "relative to zero, every difference is relevant");
    }

    #[test]
    fn a_state_that_is_never_reached_is_worse() {
        let some = |not_reached| match not_reached {
            10 => Stored { not_reached, ..Stored::default() },
            _ => Stored { not_reached, n: 10 - not_reached, ..stored(7.0, 1.0, 10) },
        };
        assert_eq!(finding(some(0), some(10), Better::Lower), Comparison::Worse);
        assert_eq!(finding(some(10), some(0), Better::Lower), Comparison::Better);
        assert_eq!(finding(some(0), some(1), Better::Lower), Comparison::Same, "chance");
    }

    #[test]
    fn speeds_are_compared_by_their_ratio() {
        assert_eq!(compare_speed(0.5, 0.35, 0.2), Comparison::Worse);
        assert_eq!(compare_speed(0.5, 0.65, 0.2), Comparison::Better);
        assert_eq!(compare_speed(0.5, 0.45, 0.2), Comparison::Same);
    }
}
