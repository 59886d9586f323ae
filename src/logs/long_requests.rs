//! Requests that take longer than the window of `concurrency.rs`, such as requests that wait for a
//! notification, counted per minute.

use std::collections::BTreeMap;

use super::concurrency::ARRIVAL_ERROR_MS;

/// Maximum number of minutes with starts or ends of long requests that are stored per server.
pub(super) const LONG_MINUTES_MAX: usize = 2048;

/// Number of starts and ends of long requests by minute since 1970-01-01.
#[derive(Clone, Debug, Default)]
pub(super) struct LongRequests {
    minutes: BTreeMap<i64, (u32, u32)>,
    /// Requests whose minutes are not stored; they count for all times.
    unplaced: u32,
}

/// Cumulative numbers of starts and ends of long requests.
pub(super) struct LongCounts {
    /// Minute, and starts and ends until the end of the minute, in order of the minutes.
    minutes: Vec<(i64, u32, u32)>,
    unplaced: u32,
}

/// Returns the minute since 1970-01-01 of a time in milliseconds.
fn minute(time_ms: i64) -> i64 {
    time_ms.div_euclid(60_000)
}

impl LongRequests {
    /// Adds a request by its estimated arrival in milliseconds and the second of its end.
    pub(super) fn add(&mut self, arrival_ms: i64, end: i64) {
        let (start, end) = (minute(arrival_ms), end.div_euclid(60));
        if self.minutes.len() + 2 > LONG_MINUTES_MAX {
            let is_stored = |minute| self.minutes.contains_key(minute);
            if !is_stored(&start) || !is_stored(&end) {
                self.unplaced = self.unplaced.saturating_add(1);
                return;
            }
        }
        let starts = &mut self.minutes.entry(start).or_default().0;
        *starts = starts.saturating_add(1);
        let ends = &mut self.minutes.entry(end).or_default().1;
        *ends = ends.saturating_add(1);
    }

    /// Returns the counts for all times.
    pub(super) fn counts(&self) -> LongCounts {
        let (mut starts, mut ends) = (0_u32, 0_u32);
        let minutes = self.minutes.iter().map(|(minute, (started, ended))| {
            starts = starts.saturating_add(*started);
            ends = ends.saturating_add(*ended);
            (*minute, starts, ends)
        });
        LongCounts { minutes: minutes.collect(), unplaced: self.unplaced }
    }
}

impl LongCounts {
    /// Returns an upper bound of the number of long requests in the system at an arrival, by its
    /// estimated time in milliseconds.
    pub(super) fn at_arrival(&self, arrival_ms: i64) -> u32 {
        let until = |last: i64| {
            let count = self.minutes.partition_point(|(minute, ..)| *minute <= last);
            count.checked_sub(1).map_or((0, 0), |at| (self.minutes[at].1, self.minutes[at].2))
        };
        let (started, _) = until(minute(arrival_ms + ARRIVAL_ERROR_MS));
        let (_, ended) = until(minute(arrival_ms - ARRIVAL_ERROR_MS) - 1);
        started.saturating_sub(ended).saturating_add(self.unplaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_request_counts_from_its_first_to_its_last_minute() {
        let mut long = LongRequests::default();
        // From 10:00 to 20:59 of the hour.
        long.add(600_000, 20 * 60 + 59);
        let counts = long.counts();
        let at = |second: i64| counts.at_arrival(second * 1000);
        assert_eq!((at(597), at(598), at(1000), at(1262), at(1263)), (0, 1, 1, 1, 0));
    }

    #[test]
    fn requests_beyond_the_limit_count_for_all_times() {
        let mut long = LongRequests::default();
        let limit = LONG_MINUTES_MAX as i64;
        for number in 0..limit {
            long.add(number * 600_000, number * 600 + 300);
        }
        assert!(long.minutes.len() <= LONG_MINUTES_MAX);
        assert_eq!(i64::from(long.unplaced), limit - limit / 2);
        assert_eq!(long.counts().at_arrival(-1_000_000), long.unplaced);
    }
}
