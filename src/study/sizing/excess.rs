//! Tests whether a mean exceeds its limit, for values that are never negative.
//!
//! Student's interval needs many replications for a metric that is skewed or whose variation is
//! larger than its excess over the limit. For values `x >= 0` with a mean of at most `limit`,
//! `x / limit` has a mean of at most one, and so has each product of independent
//! `1 - bet + bet * x / limit`: an e-value. It exceeds `1 / risk` with a probability of at most
//! `risk`, for any distribution and any number of evaluations (Ville's inequality; Waudby-Smith,
//! Ramdas, "Estimating means of bounded random variables by betting", Journal of the Royal
//! Statistical Society B 86, 2024).

use crate::results::Unit;

use crate::terms::Objective;

/// Shares of the current capital that are bet on each replication. The mean of the e-values of
/// several bets is an e-value too. A bet of one is best if all values far exceed the limit, a bet
/// of one half if some values are zero.
const BETS: [f64; 2] = [1.0, 0.5];

/// Maximum probability that an e-value rejects a design that meets the objective.
const RISK: f64 = 0.05;

/// Returns whether the values refute that their mean meets an objective's limit, with an error
/// probability of 5 % over all evaluations. Returns false if a value is negative, if a share
/// exceeds one, or if the objective is a minimum of a metric that is not a share.
pub(super) fn is_beyond(objective: &Objective, unit: Unit, values: &[f64]) -> bool {
    let (limit, values): (f64, Vec<f64>) = match objective.is_at_least {
        false => (objective.limit, values.to_vec()),
        // For a share, test that the complement is at most the complement of the limit.
        true if unit == Unit::Share => {
            (1.0 - objective.limit, values.iter().map(|value| 1.0 - value).collect())
        }
        true => return false,
    };
    let is_valid = limit > 0.0 && values.iter().all(|value| *value >= 0.0);
    is_valid && e_value(limit, &values) >= 1.0 / RISK
}

/// Returns the e-value against the hypothesis that the mean is at most `limit`, which must be
/// positive. An e-value of 1 provides no evidence.
fn e_value(limit: f64, values: &[f64]) -> f64 {
    let of =
        |bet: f64| -> f64 { values.iter().map(|value| 1.0 - bet + bet * value / limit).product() };
    BETS.into_iter().map(of).sum::<f64>() / BETS.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Streams};
    use crate::terms::MetricFamily;

    fn at_most(limit: f64) -> Objective {
        Objective { metric: MetricFamily::LatencyMean, is_at_least: false, limit }
    }

    #[test]
    fn evidence_is_a_product_of_bets() {
        // Bets of one give 6 * 8, bets of one half give 3.5 * 4.5.
        assert!((e_value(0.05, &[0.3, 0.4]) - (48.0 + 15.75) / 2.0).abs() < 1e-9);
        assert!((e_value(1.0, &[4.0, 0.0]) - (0.0 + 2.5 * 0.5) / 2.0).abs() < 1e-12);
        assert_eq!(e_value(2.0, &[]), 1.0);
    }

    #[test]
    fn values_far_beyond_a_limit_are_detected_after_two_replications() {
        let share = |limit, is_at_least, values: &[f64]| {
            let metric = MetricFamily::LatencyMean;
            is_beyond(&Objective { metric, is_at_least, limit }, Unit::Share, values)
        };
        assert!(share(0.05, false, &[0.3, 0.4]) && !share(0.05, false, &[0.06, 0.07]));
        // A limit of at least 99 % allows 1 % below 100 %; the first two values are 7 % and 8 %
        // below 100 %.
        assert!(share(0.99, true, &[0.93, 0.92]) && !share(0.99, true, &[0.99, 0.97]));
        assert!(!share(0.0, false, &[0.3, 0.4]), "a limit of zero cannot be tested");
        assert!(!share(0.05, false, &[0.9, -0.1]) && !share(0.5, true, &[0.0, 1.5]));
        assert!(!is_beyond(&at_most(1.0), Unit::Seconds, &[9.0, f64::NAN]));
        assert!(is_beyond(&at_most(1.0), Unit::Seconds, &[9.0, f64::INFINITY]));
        let at_least = Objective { is_at_least: true, ..at_most(100.0) };
        assert!(
            !is_beyond(&at_least, Unit::PerSecond, &[1.0, 1.0]),
            "the metric has no upper bound"
        );
    }

    /// Evaluates each of 2,000 samples after each of 200 replications, with a mean equal to the
    /// limit. At most 5 % of the samples, plus 2.6 standard deviations, may wrongly be found beyond
    /// the limit, even if most values are zero and a few are large.
    #[test]
    fn repeated_evaluations_are_rarely_wrong() {
        let wrong = |draw: fn(f64) -> f64| {
            let samples = (0..2_000).filter(|number| {
                let mut stream = Streams::new(3, *number).stream(0, Purpose(0), 0);
                let values: Vec<f64> = (0..200).map(|_| draw(stream.uniform())).collect();
                (1..=200).any(|count| is_beyond(&at_most(1.0), Unit::Seconds, &values[..count]))
            });
            samples.count()
        };
        for (what, draw) in [
            ("exponential", (|index| -f64::ln(1.0 - index)) as fn(f64) -> f64),
            ("one in twenty", |index| if index < 0.05 { 20.0 } else { 0.0 }),
            ("uniform", |index| 2.0 * index),
        ] {
            let count = wrong(draw);
            assert!(count <= 125, "{what}: {count} of 2,000");
        }
    }
}
