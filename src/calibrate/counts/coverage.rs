//! Time that intervals cover.

use std::collections::BTreeMap;

/// Seconds per hour.
pub(super) const HOUR: i64 = 3600;

/// Maximum number of separate periods. Later periods are not counted.
const PERIODS_MAX: usize = 200_000;

/// Union of intervals, in seconds since 1970-01-01T00:00Z.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    /// Ends of disjoint periods by their starts.
    periods: BTreeMap<i64, i64>,
}

impl Coverage {
    /// Adds an interval of `length` seconds.
    pub(super) fn add(&mut self, start: i64, length: u32) {
        let (mut from, mut to) = (start, start + i64::from(length));
        if let Some((first, last)) = self.periods.range(..=from).next_back() {
            if *last >= to {
                return;
            }
            if *last >= from {
                from = *first;
            }
        }
        while let Some((first, last)) = self.periods.range(from..=to).next_back() {
            let first = *first;
            to = to.max(*last);
            self.periods.remove(&first);
        }
        if self.periods.len() < PERIODS_MAX {
            self.periods.insert(from, to);
        }
    }

    /// Returns the number of covered seconds.
    pub(super) fn total(&self) -> u64 {
        self.periods.iter().map(|(from, to)| (to - from) as u64).sum()
    }

    /// Returns the start and the end; `None` if nothing is covered.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        Some((*self.periods.keys().next()?, *self.periods.values().next_back()?))
    }

    /// Returns the covered seconds of each hour since 1970.
    pub(super) fn hours(&self) -> BTreeMap<i64, u64> {
        let mut hours = BTreeMap::new();
        for (from, to) in &self.periods {
            for hour in from.div_euclid(HOUR)..=(to - 1).div_euclid(HOUR) {
                let covered = (*to).min((hour + 1) * HOUR) - (*from).max(hour * HOUR);
                *hours.entry(hour).or_default() += covered as u64;
            }
        }
        hours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_intervals_count_once() {
        let mut coverage = Coverage::default();
        for (start, length) in [(3000, 300), (3300, 300), (3000, 600), (10_000, 100), (9_900, 400)]
        {
            coverage.add(start, length);
        }
        assert_eq!((coverage.total(), coverage.span()), (1000, Some((3000, 10_300))));
        let hours: Vec<_> = coverage.hours().into_iter().collect();
        assert_eq!(hours, [(0, 600), (2, 400)]);
        // An interval that joins two periods.
        coverage.add(3500, 7000);
        assert_eq!((coverage.total(), coverage.periods.len()), (7500, 1));
    }
}
