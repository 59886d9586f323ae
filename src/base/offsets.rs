//! UTC offsets (local time minus UTC) during a run, constant between clock changes.
//!
//! This module is independent of time zones: the scenario compiler lists the clock changes.
//! Instants are nanoseconds after time zero, negative before it. Local time is the instant plus the
//! offset.

use serde::{Deserialize, Serialize};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Local time minus UTC as a function of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UtcOffsets {
    first_seconds: i32,
    changes: Box<[OffsetChange]>,
}

/// A clock change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffsetChange {
    /// Instant of the change.
    pub at: i64,
    /// Local time minus UTC after the change, in seconds.
    pub seconds: i32,
}

impl UtcOffsets {
    /// Creates offsets that start with `first_seconds`. `changes` must be in ascending order of
    /// time.
    pub fn new(first_seconds: i32, changes: Vec<OffsetChange>) -> Self {
        debug_assert!(
            changes.windows(2).all(|pair| pair[0].at < pair[1].at),
            "changes are in ascending order"
        );
        UtcOffsets { first_seconds, changes: changes.into() }
    }

    /// Creates a constant offset of `seconds`.
    pub fn constant(seconds: i32) -> Self {
        UtcOffsets::new(seconds, Vec::new())
    }

    /// Returns the clock changes in order.
    pub fn changes(&self) -> &[OffsetChange] {
        &self.changes
    }

    /// Returns local time minus UTC at an instant, in nanoseconds.
    pub fn at(&self, instant: i64) -> i64 {
        self.nanos(self.changes.partition_point(|change| change.at <= instant))
    }

    /// Returns the local time at an instant.
    pub fn local(&self, instant: i64) -> i64 {
        instant.saturating_add(self.at(instant))
    }

    /// Returns the first clock change after an instant; `None` if there is none.
    pub fn next_change(&self, instant: i64) -> Option<i64> {
        self.changes.get(self.changes.partition_point(|change| change.at <= instant)).map(|c| c.at)
    }

    /// Returns the last clock change at or before an instant; `None` if there is none.
    pub fn last_change(&self, instant: i64) -> Option<i64> {
        let passed = self.changes.partition_point(|change| change.at <= instant);
        passed.checked_sub(1).map(|last| self.changes[last].at)
    }

    /// Returns the instant of a local time. If the local time occurs twice, returns the first
    /// instant. If a clock change skips the local time, uses the offset before the change, so that
    /// 02:30 becomes 03:30.
    pub fn instant(&self, local: i64) -> i64 {
        for (index, change) in self.changes.iter().enumerate() {
            let instant = local.saturating_sub(self.nanos(index));
            // The instant precedes the change, or the change skips the local time.
            if instant < change.at || local < change.at + self.nanos(index + 1) {
                return instant;
            }
        }
        local.saturating_sub(self.nanos(self.changes.len()))
    }

    /// Returns the offset after the first `changes` clock changes, in nanoseconds.
    fn nanos(&self, changes: usize) -> i64 {
        let before = changes.checked_sub(1).map(|last| self.changes[last].seconds);
        i64::from(before.unwrap_or(self.first_seconds)) * NANOS_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600 * NANOS_PER_SECOND;

    /// Returns UTC+2, which changes to UTC+1 at hour 100 and back to UTC+2 at hour 200.
    fn autumn_and_spring() -> UtcOffsets {
        let change = |hour: i64, seconds| OffsetChange { at: hour * HOUR, seconds };
        UtcOffsets::new(7200, vec![change(100, 3600), change(200, 7200)])
    }

    #[test]
    fn clock_changes_move_local_time_back_and_forward() {
        let offsets = autumn_and_spring();
        let local = [99, 100, 199, 200].map(|hour| offsets.local(hour * HOUR) / HOUR);
        assert_eq!(local, [101, 101, 200, 202]);
        assert_eq!(offsets.next_change(100 * HOUR), Some(200 * HOUR));
        assert_eq!(offsets.next_change(200 * HOUR), None);
        let last = [99, 100, 250].map(|hour| offsets.last_change(hour * HOUR));
        assert_eq!(last, [None, Some(100 * HOUR), Some(200 * HOUR)]);
    }

    #[test]
    fn ambiguous_local_times_use_the_first_instant_and_skipped_times_move_forward() {
        let offsets = autumn_and_spring();
        let instant = |local: i64| offsets.instant(local) as f64 / HOUR as f64;
        // Local hour 101 occurs at instants 99 and 100.
        assert_eq!(instant(101 * HOUR), 99.0);
        assert_eq!(instant(101 * HOUR + HOUR / 2), 99.5);
        assert_eq!(instant(102 * HOUR), 101.0);
        // The change at 200 skips local hours 201 to 202, so 201.5 is half an hour after the
        // change.
        assert_eq!(instant(200 * HOUR), 199.0);
        assert_eq!(instant(201 * HOUR), 200.0);
        assert_eq!(instant(201 * HOUR + HOUR / 2), 200.5);
        assert_eq!(instant(202 * HOUR), 200.0);
        assert_eq!(instant(203 * HOUR), 201.0);
        let constant = UtcOffsets::constant(-3600);
        assert_eq!((constant.instant(0), constant.local(5)), (HOUR, 5 - HOUR));
    }

    /// Converts each instant to local time and back, which gives the same instant or the earlier of
    /// two with the same local time.
    #[test]
    fn local_times_convert_back_to_their_instants() {
        let offsets = autumn_and_spring();
        for quarter in 0..1_200 {
            let instant = quarter * HOUR / 4;
            let back = offsets.instant(offsets.local(instant));
            let expected = if (400..404).contains(&quarter) { instant - HOUR } else { instant };
            assert_eq!(back, expected, "{quarter}");
        }
    }
}
