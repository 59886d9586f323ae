//! Evidence that a mean is beyond its limit, where values are never negative.
//!
//! Student's interval needs many replications of a metric that is skewed, or that varies more than
//! it is beyond its limit. For values `x >= 0` whose mean is at most `limit`, `x / limit` has a
//! mean of at most one, and so has each product of independent `1 - bet + bet * x / limit`: an
//! e-value. It exceeds `1 / risk` at any time with a probability of at most `risk`, whatever the
//! distribution and however often one looks (Ville's inequality; Waudby-Smith, Ramdas, "Estimating
//! means of bounded random variables by betting", Journal of the Royal Statistical Society B 86,
//! 2024).

use crate::results::Unit;

use crate::terms::Objective;

/// Shares of what is owned that are bet on each replication; the mean of the e-values of several
/// bets is an e-value too. The whole is best where all values are far beyond the limit, half where
/// some are zero.
const BETS: [f64; 2] = [1.0, 0.5];

/// The risk that a design is refused by an e-value though it meets the objective.
const RISK: f64 = 0.05;

/// Whether values contradict that their mean keeps to an objective's limit, at a risk of 5 % for
/// all looks together. False where values can be negative, or a share above one.
pub(super) fn is_beyond(objective: &Objective, unit: Unit, values: &[f64]) -> bool {
    let (limit, values): (f64, Vec<f64>) = match objective.is_at_least {
        false => (objective.limit, values.to_vec()),
        // Of a share the rest, which is to be at most the rest of the limit.
        true if unit == Unit::Share => {
            (1.0 - objective.limit, values.iter().map(|value| 1.0 - value).collect())
        }
        true => return false,
    };
    let is_valid = limit > 0.0 && values.iter().all(|value| *value >= 0.0);
    is_valid && e_value(limit, &values) >= 1.0 / RISK
}

/// The evidence against a mean of at most `limit`, above zero; one is none.
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
    fn evidence_is_the_product_of_the_bets() {
        // Whole bets win 6 * 8, halves 3.5 * 4.5.
        assert!((e_value(0.05, &[0.3, 0.4]) - (48.0 + 15.75) / 2.0).abs() < 1e-9);
        assert!((e_value(1.0, &[4.0, 0.0]) - (0.0 + 2.5 * 0.5) / 2.0).abs() < 1e-12);
        assert_eq!(e_value(2.0, &[]), 1.0);
    }

    #[test]
    fn a_clear_violation_is_decided_after_two_replications() {
        let share = |limit, is_at_least, values: &[f64]| {
            let metric = MetricFamily::LatencyMean;
            is_beyond(&Objective { metric, is_at_least, limit }, Unit::Share, values)
        };
        assert!(share(0.05, false, &[0.3, 0.4]) && !share(0.05, false, &[0.06, 0.07]));
        // One in a hundred may be down, and seven were.
        assert!(share(0.99, true, &[0.93, 0.92]) && !share(0.99, true, &[0.99, 0.97]));
        assert!(!share(0.0, false, &[0.3, 0.4]), "a limit of zero is no measure");
        assert!(!share(0.05, false, &[0.9, -0.1]) && !share(0.5, true, &[0.0, 1.5]));
        assert!(!is_beyond(&at_most(1.0), Unit::Seconds, &[9.0, f64::NAN]));
        assert!(is_beyond(&at_most(1.0), Unit::Seconds, &[9.0, f64::INFINITY]));
        let at_least = Objective { is_at_least: true, ..at_most(100.0) };
        assert!(!is_beyond(&at_least, Unit::PerSecond, &[1.0, 1.0]), "it may be anything above");
    }

    /// Looked at after each of 200 replications of a mean that is just the limit, it is refused in
    /// at most 5 % of 2,000 samples, and 2.6 standard deviations; so for rare large values too.
    #[test]
    fn any_time_decisions_are_rarely_wrong() {
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
