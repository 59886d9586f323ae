//! Values per minute, stored per day, for peaks and for comparisons over time.

use super::stamp::DAY;

/// Minutes per day.
const MINUTES: usize = 1440;

/// Maximum number of days that all classes store together: 29 MB.
pub(super) const CLASS_DAYS_MAX: u32 = 5120;

/// Maximum number of days that all servers store together: 24 MB.
pub(super) const SERVER_DAYS_MAX: u32 = 1024;

/// Values per minute of all days with requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Minutes<T> {
    /// Days since 1970-01-01 with the value of each minute, in order of appearance.
    days: Vec<(i64, Vec<T>)>,
    last: usize,
    /// Time of the last request that was counted, and its minute of the day.
    last_time: Option<(i64, usize)>,
    is_incomplete: bool,
}

/// Number of days that can still be stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct DaysLeft(pub(super) u32);

impl<T: Clone + Copy + Default> Minutes<T> {
    /// Returns the value of the minute of `utc`, in seconds since 1970-01-01; `None` if the limit
    /// of days is reached.
    #[inline]
    pub(super) fn at(&mut self, utc: i64, left: &mut DaysLeft) -> Option<&mut T> {
        if let Some((last, minute)) = self.last_time
            && last == utc
        {
            return Some(&mut self.days[self.last].1[minute]);
        }
        self.at_other(utc, left)
    }

    /// Returns the value for a time that differs from that of the last call.
    fn at_other(&mut self, utc: i64, left: &mut DaysLeft) -> Option<&mut T> {
        let day = utc.div_euclid(DAY);
        if self.days.get(self.last).is_none_or(|(own, _)| *own != day) {
            match self.days.iter().position(|(own, _)| *own == day) {
                Some(known) => self.last = known,
                None if left.0 == 0 => {
                    self.is_incomplete = true;
                    return None;
                }
                None => {
                    left.0 -= 1;
                    self.last = self.days.len();
                    self.days.push((day, vec![T::default(); MINUTES]));
                }
            }
        }
        let minute = (utc.rem_euclid(DAY) / 60) as usize;
        self.last_time = Some((utc, minute));
        Some(&mut self.days[self.last].1[minute])
    }

    /// Returns whether some days were not stored.
    pub(super) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Iterates over all minutes of all stored days: start in seconds since 1970-01-01, value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, T)> {
        self.days.iter().flat_map(|(day, values)| {
            values.iter().zip(0_i64..).map(move |(value, minute)| (day * DAY + minute * 60, *value))
        })
    }
}

impl Minutes<u32> {
    /// Counts a request that ended at `utc`, in seconds since 1970-01-01.
    #[inline]
    pub(super) fn add(&mut self, utc: i64, left: &mut DaysLeft) {
        if let Some(count) = self.at(utc, left) {
            *count = count.saturating_add(1);
        }
    }

    /// Returns the start of the minute with the most requests, in seconds since 1970-01-01, and the
    /// number of its requests; the earliest such minute.
    pub(super) fn peak(&self) -> Option<(i64, u32)> {
        let best = self.iter().max_by_key(|(minute, count)| (*count, -minute))?;
        (best.1 > 0).then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_several_files_add_up() {
        let (mut minutes, mut left) = (Minutes::<u32>::default(), DaysLeft(2));
        for utc in [59, 60, 61, DAY + 5, 100, DAY + 70, 2 * DAY] {
            minutes.add(utc, &mut left);
        }
        assert_eq!(minutes.peak(), Some((60, 3)));
        assert_eq!(minutes.iter().map(|(_, count)| u64::from(count)).sum::<u64>(), 6);
        assert!(minutes.is_incomplete(), "the third day exceeds the limit");
        assert_eq!(Minutes::<u32>::default().peak(), None);
    }
}
