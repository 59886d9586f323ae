//! Local time minus UTC over a run: constant between clock changes.
//!
//! Which zone it is and what its rules are is not known here: the scenario compiler writes the
//! changes down. Instants are nanoseconds after time zero, negative before it; local times are
//! instants plus the offset.

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Local time minus UTC as a function of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UtcOffsets {
    first_seconds: i32,
    changes: Box<[OffsetChange]>,
}

/// A clock change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetChange {
    /// When.
    pub at: i64,
    /// Local time minus UTC from then on, in seconds.
    pub seconds: i32,
}

impl UtcOffsets {
    /// An offset of `first_seconds` before all changes; those rise in time.
    pub fn new(first_seconds: i32, changes: Vec<OffsetChange>) -> Self {
        debug_assert!(changes.windows(2).all(|pair| pair[0].at < pair[1].at), "changes rise");
        UtcOffsets { first_seconds, changes: changes.into() }
    }

    /// The same offset at all times.
    pub fn constant(seconds: i32) -> Self {
        UtcOffsets::new(seconds, Vec::new())
    }

    /// The clock changes, in order.
    pub fn changes(&self) -> &[OffsetChange] {
        &self.changes
    }

    /// Local time minus UTC at an instant, in nanoseconds.
    pub fn at(&self, instant: i64) -> i64 {
        self.nanos(self.changes.partition_point(|change| change.at <= instant))
    }

    /// The local time at an instant.
    pub fn local(&self, instant: i64) -> i64 {
        instant.saturating_add(self.at(instant))
    }

    /// The first clock change after an instant.
    pub fn next_change(&self, instant: i64) -> Option<i64> {
        self.changes.get(self.changes.partition_point(|change| change.at <= instant)).map(|c| c.at)
    }

    /// The last clock change not after an instant.
    pub fn last_change(&self, instant: i64) -> Option<i64> {
        let passed = self.changes.partition_point(|change| change.at <= instant);
        passed.checked_sub(1).map(|last| self.changes[last].at)
    }

    /// The instant at which clocks show a local time. If they show it twice, the first; if they
    /// skip it, as if they had not been changed yet (so 02:30 becomes 03:30).
    pub fn instant(&self, local: i64) -> i64 {
        for (index, change) in self.changes.iter().enumerate() {
            let instant = local.saturating_sub(self.nanos(index));
            // Before the change; or skipped by it.
            if instant < change.at || local < change.at + self.nanos(index + 1) {
                return instant;
            }
        }
        local.saturating_sub(self.nanos(self.changes.len()))
    }

    /// The offset after so many changes.
    fn nanos(&self, changes: usize) -> i64 {
        let before = changes.checked_sub(1).map(|last| self.changes[last].seconds);
        i64::from(before.unwrap_or(self.first_seconds)) * NANOS_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600 * NANOS_PER_SECOND;

    /// Two hours ahead, from hour 100 on one, from hour 200 on two again.
    fn autumn_and_spring() -> UtcOffsets {
        let change = |hour: i64, seconds| OffsetChange { at: hour * HOUR, seconds };
        UtcOffsets::new(7200, vec![change(100, 3600), change(200, 7200)])
    }

    #[test]
    fn clocks_go_back_and_forward() {
        let offsets = autumn_and_spring();
        let local = [99, 100, 199, 200].map(|hour| offsets.local(hour * HOUR) / HOUR);
        assert_eq!(local, [101, 101, 200, 202]);
        assert_eq!(offsets.next_change(100 * HOUR), Some(200 * HOUR));
        assert_eq!(offsets.next_change(200 * HOUR), None);
        let last = [99, 100, 250].map(|hour| offsets.last_change(hour * HOUR));
        assert_eq!(last, [None, Some(100 * HOUR), Some(200 * HOUR)]);
    }

    #[test]
    fn ambiguous_local_times_use_the_first_and_skipped_ones_move_forward() {
        let offsets = autumn_and_spring();
        let instant = |local: i64| offsets.instant(local) as f64 / HOUR as f64;
        // 101 comes twice, at 99 and at 100.
        assert_eq!(instant(101 * HOUR), 99.0);
        assert_eq!(instant(101 * HOUR + HOUR / 2), 99.5);
        assert_eq!(instant(102 * HOUR), 101.0);
        // 201 to 202 is skipped at 200: 201.5 is what would have been shown half an hour later.
        assert_eq!(instant(200 * HOUR), 199.0);
        assert_eq!(instant(201 * HOUR), 200.0);
        assert_eq!(instant(201 * HOUR + HOUR / 2), 200.5);
        assert_eq!(instant(202 * HOUR), 200.0);
        assert_eq!(instant(203 * HOUR), 201.0);
        let constant = UtcOffsets::constant(-3600);
        assert_eq!((constant.instant(0), constant.local(5)), (HOUR, 5 - HOUR));
    }

    /// Whatever clocks show at an instant, the instant of that is the same or the earlier of two.
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
