//! Comparison of logged and simulated rows by class and by hour.

use std::collections::BTreeMap;

use crate::analysis::interval::interval;
use crate::logs::{Class, Histogram, RowTally, Tallies};
use crate::results::calibration::{BackTestHour, BackTestKind, Compared};
use crate::terms::Role;

use super::{Covered, HOUR, classes};

/// Logged rows and the rows of each replication.
pub(super) struct Comparison<'a> {
    pub(super) held_out: &'a Tallies,
    pub(super) simulated: &'a [RowTally],
    pub(super) covered: &'a Covered,
}

impl Comparison<'_> {
    /// Compares the classes of the logged roles that have rows in the logs or in the simulation.
    pub(super) fn kinds(&self, roles: &[Role]) -> Vec<BackTestKind> {
        let of_roles = classes().filter(|(_, role)| roles.contains(role));
        of_roles.filter_map(|(class, _)| self.kind(class)).collect()
    }

    fn kind(&self, class: Class) -> Option<BackTestKind> {
        let logged = self.held_out.class(class);
        let simulated = || self.simulated.iter().map(move |one| one.class(class));
        if logged.rows == 0 && simulated().all(|one| one.hours.is_empty()) {
            return None;
        }
        let covered_s: u64 = self.covered.values().map(|seconds| u64::from(*seconds)).sum();
        let rates = simulated().map(|one| self.weighted(&one.hours) / covered_s as f64);
        let times = |of: fn(&Histogram) -> f64| {
            let simulated = simulated().map(|one| of(&one.time_taken_ms) / 1e3);
            compared(of(&logged.time_taken_ms) / 1e3, &simulated.collect::<Vec<_>>())
        };
        let rate = logged.rows as f64 / covered_s as f64;
        Some(BackTestKind {
            kind: class.name().to_owned(),
            rate_mean_per_s: compared(rate, &rates.collect::<Vec<_>>()),
            time_taken_mean_s: times(Histogram::mean),
            time_taken_p95_s: times(|histogram| histogram.quantile(0.95)),
        })
    }

    /// Returns the expected number of simulated rows in the covered time: the rows of a partly
    /// covered hour count in proportion to its covered time.
    fn weighted(&self, hours: &BTreeMap<i64, u64>) -> f64 {
        let rows = |hour: &i64| hours.get(hour).copied().unwrap_or(0) as f64;
        let covered = self.covered.iter();
        covered.map(|(hour, covered)| rows(hour) * f64::from(*covered) / HOUR as f64).sum()
    }

    /// Compares the rates of all classes of the logged roles by hour.
    pub(super) fn hours(&self, roles: &[Role]) -> Vec<BackTestHour> {
        let of_roles: Vec<Class> =
            classes().filter(|(_, role)| roles.contains(role)).map(|(class, _)| class).collect();
        let mut logged: BTreeMap<i64, u64> = BTreeMap::new();
        for class in &of_roles {
            for (hour, rows) in self.held_out.rows_by_hour(*class) {
                *logged.entry(hour).or_insert(0) += rows;
            }
        }
        let hour = |(hour, covered): (&i64, &u32)| {
            let rates = self.simulated.iter().map(|one| {
                let rows = of_roles.iter().filter_map(|class| one.class(*class).hours.get(hour));
                rows.sum::<u64>() as f64 / HOUR as f64
            });
            let rows = logged.get(hour).copied().unwrap_or(0) as f64;
            let rate = compared(rows / f64::from(*covered), &rates.collect::<Vec<_>>());
            let start = jiff::Timestamp::from_second(hour * HOUR);
            BackTestHour {
                start: start.map(|start| start.to_string()).unwrap_or_default(),
                measured_per_s: rate.measured,
                simulated_per_s: rate.simulated,
                simulated_half_width_per_s: rate.simulated_half_width,
            }
        };
        self.covered.iter().map(hour).collect()
    }
}

/// Compares a measured number with the values of the replications (95 % confidence interval from
/// Student's t distribution).
fn compared(measured: f64, simulated: &[f64]) -> Compared {
    let mean = simulated.iter().sum::<f64>() / simulated.len() as f64;
    let error = (mean - measured) / measured;
    Compared {
        measured,
        simulated: mean,
        simulated_half_width: interval(simulated, 0.95).map_or(f64::NAN, |one| one.half_width),
        error_share: if error.is_finite() { error } else { f64::NAN },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_relative_to_the_measured_number() {
        let found = compared(2.0, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((found.simulated, found.error_share), (2.5, 0.25));
        // t(0.975, 3) = 3.182446; the standard deviation of 1, 2, 3, 4 is 1.290994.
        assert!((found.simulated_half_width - 3.182_446 * 1.290_994 / 2.0).abs() < 1e-5);
        assert!(compared(0.0, &[1.0]).error_share.is_nan());
        assert!(compared(1.0, &[1.0]).simulated_half_width.is_nan());
    }
}
