//! Hours of the week, and the periods that the logs cover.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::stamp::DAY;

/// Number of hours of a week. Hour 0 is Monday, 00:00 to 01:00.
pub const HOURS_OF_WEEK: usize = 168;

/// Seconds per hour.
pub(super) const HOUR: i64 = 3600;

/// Offsets from UTC change at multiples of this interval, in seconds.
const OFFSET_INTERVAL: i64 = 900;

/// A file that spans more hours is not a single log; only hours with rows count as covered.
const FILE_HOURS_MAX: i64 = 24 * 62;

/// Maximum number of hours whose coverage is stored: 20 years.
pub(super) const HOURS_MAX: usize = 20 * 366 * 24;

/// Maximum number of days of all servers that are stored: 20 years of one server.
pub(super) const DAYS_MAX: usize = 20 * 366;

/// Returns the hour of the week of a time in seconds since 1970-01-01, a Thursday.
pub(super) fn hour_of_week(seconds: i64) -> usize {
    let day = (seconds.div_euclid(DAY) + 3).rem_euclid(7);
    let hour = seconds.rem_euclid(DAY) / HOUR;
    (day * 24 + hour) as usize
}

/// Converts UTC to local civil time with one entry of cache.
#[derive(Clone, Debug)]
pub(super) struct LocalClock {
    zone: TimeZone,
    interval: i64,
    offset: i64,
}

impl LocalClock {
    pub(super) fn new(zone: TimeZone) -> Self {
        LocalClock { zone, interval: i64::MIN, offset: 0 }
    }

    /// Returns civil seconds since 1970-01-01T00:00 civil time.
    pub(super) fn civil(&mut self, utc: i64) -> i64 {
        let interval = utc.div_euclid(OFFSET_INTERVAL);
        if interval != self.interval {
            self.interval = interval;
            let stamp = Timestamp::from_second(utc).unwrap_or_default();
            self.offset = i64::from(self.zone.to_offset(stamp).seconds());
        }
        utc + self.offset
    }
}

/// Seconds of each hour that the logs cover. A file covers the time from its first to its last row.
///
/// A site without requests at night has hours without rows between the files of two days. A UTC day
/// of a server is therefore covered completely if the server has rows on the day before, on this
/// day and on the day after, and if all its rows of this day are in one file whose name is not that
/// of a single hour. A day without a file, and the times between several files of one day, thus
/// remain uncovered.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    /// Covered seconds by hour since 1970-01-01; the largest value of a file.
    seconds: BTreeMap<i64, u32>,
    /// First and last row of the current file, if it has rows.
    file: Option<(i64, i64)>,
    last_hour: Option<i64>,
    /// Time and server of the last row, if the current file has rows.
    last: Option<(i64, usize)>,
    /// Number of the current file.
    number: u32,
    days: BTreeMap<(usize, i64), Day>,
    /// Last day of each server in the current file.
    last_days: Vec<i64>,
}

/// A UTC day of a server.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    /// File with the rows of the day in this part of the log, from 1; 0 without rows.
    file: u32,
    /// Whether rows of the day are in another file, in a file of an hour, or in the other part of a
    /// log that is divided in two.
    is_divided: bool,
    /// Whether rows of the day are in the other part.
    has_other_part: bool,
}

impl Coverage {
    /// Adds a row of a server in the current file.
    #[inline]
    pub(super) fn add(&mut self, utc: i64, server: usize) {
        if self.last != Some((utc, server)) {
            self.add_other(utc, server);
        }
    }

    /// Adds a row whose time or server differs from that of the last one.
    fn add_other(&mut self, utc: i64, server: usize) {
        self.last = Some((utc, server));
        let day = utc.div_euclid(DAY);
        if self.last_days.get(server) != Some(&day) {
            self.add_day(server, day);
        }
        let (first, last) = self.file.get_or_insert((utc, utc));
        (*first, *last) = ((*first).min(utc), (*last).max(utc));
        let hour = utc.div_euclid(HOUR);
        if self.last_hour != Some(hour) {
            self.last_hour = Some(hour);
            if self.seconds.len() < HOURS_MAX {
                self.seconds.entry(hour).or_insert(0);
            }
        }
    }

    #[cold]
    fn add_day(&mut self, server: usize, day: i64) {
        if server >= self.last_days.len() {
            self.last_days.resize(server + 1, i64::MIN);
        }
        self.last_days[server] = day;
        let file = self.number + 1;
        if let Some(own) = self.day(server, day) {
            own.is_divided |= own.file != 0 && own.file != file;
            own.file = file;
        }
    }

    /// Adds a row of the other part of a log that is divided in two. It covers nothing.
    pub(super) fn add_other_part(&mut self, utc: i64, server: usize) {
        if let Some(own) = self.day(server, utc.div_euclid(DAY)) {
            own.has_other_part = true;
        }
    }

    fn day(&mut self, server: usize, day: i64) -> Option<&mut Day> {
        let is_full = self.days.len() >= DAYS_MAX;
        match self.days.entry((server, day)) {
            Entry::Vacant(_) if is_full => None,
            entry => Some(entry.or_default()),
        }
    }

    /// Completes the coverage after the last file.
    pub(super) fn finish(&mut self) {
        let has_rows = |server: usize, day: i64| self.days.contains_key(&(server, day));
        let is_whole = |(at, day): &(&(usize, i64), &Day)| {
            let (server, number) = **at;
            let is_in_one_file = day.file != 0 && !day.is_divided && !day.has_other_part;
            is_in_one_file && has_rows(server, number - 1) && has_rows(server, number + 1)
        };
        let whole: Vec<i64> = self.days.iter().filter(is_whole).map(|one| one.0.1).collect();
        for hour in whole.iter().flat_map(|day| day * 24..(day + 1) * 24) {
            if self.seconds.len() < HOURS_MAX || self.seconds.contains_key(&hour) {
                self.seconds.insert(hour, HOUR as u32);
            }
        }
    }

    /// Ends the current file and returns the times of its first and last row. `is_hour` states
    /// whether the file contains the rows of one hour, according to its name.
    pub(super) fn end_file(&mut self, is_hour: bool) -> Option<(i64, i64)> {
        (self.last_hour, self.last) = (None, None);
        self.number = self.number.saturating_add(1);
        self.last_days.clear();
        if is_hour {
            let own = self.days.values_mut().filter(|day| day.file == self.number);
            own.for_each(|day| day.is_divided = true);
        }
        let (first, last) = self.file.take()?;
        let hours = first.div_euclid(HOUR)..=last.div_euclid(HOUR);
        let is_log = hours.end() - hours.start() <= FILE_HOURS_MAX;
        let covered_hours: Vec<i64> = match is_log {
            true => hours.collect(),
            false => self.seconds.range(hours).map(|(hour, _)| *hour).collect(),
        };
        for hour in covered_hours {
            let begin = first.max(hour * HOUR);
            let end = (last + 1).min((hour + 1) * HOUR);
            let covered = u32::try_from(end - begin).unwrap_or(0);
            let is_full = self.seconds.len() >= HOURS_MAX;
            match self.seconds.get_mut(&hour) {
                Some(seconds) => *seconds = (*seconds).max(covered),
                None if is_full => {}
                None => {
                    self.seconds.insert(hour, covered);
                }
            }
        }
        Some((first, last))
    }

    /// Iterates over the hours since 1970-01-01 and their covered seconds, in order of time.
    pub(super) fn per_hour(&self) -> impl Iterator<Item = (i64, u32)> {
        self.seconds.iter().map(|(hour, seconds)| (*hour, *seconds))
    }

    /// Returns the number of covered seconds.
    pub(super) fn total(&self) -> u64 {
        self.seconds.values().map(|seconds| u64::from(*seconds)).sum()
    }

    /// Returns the covered seconds per hour of the week, in the civil time of `clock` or in UTC.
    /// Parts of an hour in a zone whose offset is not a whole number of hours count for the hour of
    /// their middle.
    pub(super) fn per_hour_of_week(&self, mut clock: Option<LocalClock>) -> [u64; HOURS_OF_WEEK] {
        let mut found = [0; HOURS_OF_WEEK];
        for (hour, covered) in &self.seconds {
            // Quarters of an hour, because offsets are multiples of a quarter.
            for quarter in 0..4 {
                let utc = hour * HOUR + quarter * OFFSET_INTERVAL;
                let civil = clock.as_mut().map_or(utc, |clock| clock.civil(utc));
                let share = u64::from(*covered) / 4 + u64::from(quarter < i64::from(covered % 4));
                found[hour_of_week(civil)] += share;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_start_on_monday() {
        // 1970-01-01 was a Thursday; 2026-11-30 is a Monday.
        assert_eq!(hour_of_week(0), 3 * 24);
        assert_eq!(hour_of_week(20_787 * DAY + 18 * HOUR + 59), 18);
        assert_eq!(hour_of_week(-1), 2 * 24 + 23);
    }

    #[test]
    fn local_hours_follow_clock_changes() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let mut clock = LocalClock::new(zone);
        let at = |text: &str| text.parse::<Timestamp>().expect("a time").as_second();
        let civil = |clock: &mut LocalClock, text| clock.civil(at(text)) - at(text);
        assert_eq!(civil(&mut clock, "2026-03-29T00:59:59Z"), HOUR);
        assert_eq!(civil(&mut clock, "2026-03-29T01:00:00Z"), 2 * HOUR);
    }

    #[test]
    fn coverage_is_the_union_of_files() {
        let mut coverage = Coverage::default();
        // Two files of two servers for the same two and a half hours.
        for _ in 0..2 {
            coverage.add(0, 0);
            coverage.add(2 * HOUR + 1799, 0);
            assert_eq!(coverage.end_file(false), Some((0, 2 * HOUR + 1799)));
        }
        assert_eq!(coverage.total(), 2 * 3600 + 1800);
        let hours = coverage.per_hour_of_week(None);
        assert_eq!(hours[72..75], [3600, 3600, 1800]);
        assert_eq!(coverage.end_file(false), None);
        // A row with a wrong year must not make the whole time between covered.
        coverage.add(0, 0);
        coverage.add(50 * 365 * DAY, 0);
        coverage.end_file(false);
        coverage.finish();
        assert!(coverage.total() < 4 * 3600, "{}", coverage.total());
    }

    /// Adds a file of server 0 with rows at the beginning of the first and the last of these hours.
    fn file(coverage: &mut Coverage, day: i64, hours: [i64; 2], is_hour: bool) {
        hours.into_iter().for_each(|hour| coverage.add(day * DAY + hour * HOUR, 0));
        coverage.end_file(is_hour);
    }

    fn covered_hours(mut coverage: Coverage) -> u64 {
        coverage.finish();
        coverage.total() / 3600
    }

    #[test]
    fn nights_between_daily_files_are_covered_and_missing_days_are_not() {
        let log = |days: &[i64]| {
            let mut coverage = Coverage::default();
            days.iter().for_each(|day| file(&mut coverage, *day, [6, 18], false));
            covered_hours(coverage)
        };
        // Rows from 06:00 to 18:00: 12 hours on the first and the last day, 24 hours between them.
        assert_eq!(log(&[1, 2, 3, 4]), 12 + 24 + 24 + 12);
        assert_eq!(log(&[4, 2, 1, 3]), 12 + 24 + 24 + 12, "the order of the files does not matter");
        // Day 3 is missing: its neighbours are covered from the first to the last row.
        assert_eq!(log(&[1, 2, 4, 5]), 4 * 12);
        assert_eq!(log(&[1, 2, 3, 5, 6, 7]), 12 + 24 + 12 + 12 + 24 + 12);
        // One file that continues covers everything from its first to its last row.
        let mut coverage = Coverage::default();
        (1..=3).for_each(|day| coverage.add(day * DAY + 6 * HOUR, 0));
        coverage.end_file(false);
        assert_eq!(covered_hours(coverage), 18 + 24 + 6);
    }

    #[test]
    fn days_in_several_files_parts_or_servers_are_not_completed() {
        let outer = |coverage: &mut Coverage| {
            [1, 3].into_iter().for_each(|day| file(coverage, day, [6, 18], false));
        };
        // Two files of day 2; a file between them may be missing.
        let mut coverage = Coverage::default();
        outer(&mut coverage);
        file(&mut coverage, 2, [6, 8], false);
        file(&mut coverage, 2, [16, 18], false);
        assert_eq!(covered_hours(coverage), 12 + 2 + 2 + 12);
        // A single file of an hour.
        let mut coverage = Coverage::default();
        outer(&mut coverage);
        file(&mut coverage, 2, [6, 7], true);
        assert_eq!(covered_hours(coverage), 12 + 1 + 12);
        // The days before and after are those of another server.
        let mut coverage = Coverage::default();
        outer(&mut coverage);
        coverage.add(2 * DAY + 6 * HOUR, 1);
        coverage.add(2 * DAY + 18 * HOUR, 1);
        coverage.end_file(false);
        assert_eq!(covered_hours(coverage), 3 * 12);
        // Day 3 is in the other part of the log: day 2 is complete, but day 3 is not covered here.
        let mut coverage = Coverage::default();
        [1, 2].into_iter().for_each(|day| file(&mut coverage, day, [6, 18], false));
        coverage.add_other_part(3 * DAY + 6 * HOUR, 0);
        assert_eq!(covered_hours(coverage), 12 + 24);
        // The border of the parts is in day 2.
        coverage = Coverage::default();
        outer(&mut coverage);
        file(&mut coverage, 2, [6, 8], false);
        coverage.add_other_part(2 * DAY + 9 * HOUR, 0);
        assert_eq!(covered_hours(coverage), 12 + 2 + 12);
    }
}
