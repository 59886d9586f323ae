//! Times in tables, state messages and logs.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// Order of day and month in dates with a slash or hyphen whose year comes last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// Month, day, year, as in the logs of Configuration Manager.
    #[default]
    Mdy,
    /// Day, month, year.
    Dmy,
}

/// How times without an offset are read.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pub(super) zone: TimeZone,
    pub(super) order: DateOrder,
}

/// Seconds of 2000-01-01 and 2100-01-01; times outside are invalid.
const RANGE: std::ops::Range<i64> = 946_684_800..4_102_444_800;

impl Clock {
    /// Parses a time and returns seconds since 1970-01-01T00:00Z; `None` if it is invalid. Formats:
    /// ISO 8601 with or without an offset; dates with slashes, points or hyphens and times with or
    /// without AM and PM (`11/30/2026 6:05:00 PM`, `30.11.2026 18:05`); seconds or milliseconds
    /// since 1970, also as `/Date(1796061900000)/`.
    pub(super) fn parse(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        let text =
            text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).unwrap_or(text);
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: i64 = text.parse().ok()?;
            return in_range(if text.len() > 11 { number / 1000 } else { number });
        }
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return in_range(stamp.as_second());
        }
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, time.trim()),
            None => (text, "00:00"),
        };
        self.civil(self.date(date.trim_end_matches(','))?, clock_time(time)?)
    }

    /// Converts a civil time; a time that occurs twice is the first one.
    fn civil(&self, date: Date, time: Time) -> Option<i64> {
        let stamp = self.zone.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        in_range(stamp.as_second())
    }

    /// Parses the time of a log entry: date, time and, in minutes, what must be added to get UTC.
    /// Without these minutes, the time is in the zone of the clock.
    pub(super) fn log(&self, date: &str, time: &str) -> Option<i64> {
        let us = Clock { zone: self.zone.clone(), order: DateOrder::Mdy };
        let date = us.date(date)?;
        let Some(at) = time.find(['+', '-']) else { return self.civil(date, clock_time(time)?) };
        let minutes: i64 = time[at..].parse().ok()?;
        let utc = Clock { zone: TimeZone::UTC, order: DateOrder::Mdy };
        in_range(utc.civil(date, clock_time(&time[..at])?)? + minutes.clamp(-1440, 1440) * 60)
    }

    fn date(&self, text: &str) -> Option<Date> {
        let sign = text.chars().find(|letter| matches!(letter, '-' | '/' | '.'))?;
        let mut parts = text.split(sign);
        let [first, second, third] = [parts.next()?, parts.next()?, parts.next()?];
        let (year, month, day) = match (first.len(), sign, self.order) {
            (4, _, _) => (first, second, third),
            (_, '.', _) | (_, _, DateOrder::Dmy) => (third, second, first),
            (_, _, DateOrder::Mdy) => (third, first, second),
        };
        let century = if year.len() == 2 { 2000 } else { 0 };
        let year: i16 = number(year)?;
        let is_over = parts.next().is_some();
        (!is_over).then(|| Date::new(century + year, number(month)?, number(day)?).ok()).flatten()
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Parses `18:05`, `18:05:37.123` or `6:05:37 PM`.
fn clock_time(text: &str) -> Option<Time> {
    let lower = text.to_ascii_lowercase();
    let (text, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(0)),
        (_, Some(rest)) => (rest.trim(), Some(12)),
        _ => (lower.trim(), None),
    };
    let mut parts = text.split(':');
    let (hour, minute): (i8, i8) = (number(parts.next()?)?, number(parts.next()?)?);
    let second = parts.next().unwrap_or("0");
    let second: i8 = number(second.split(['.', ',']).next()?)?;
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    let is_over = parts.next().is_some();
    (!is_over).then(|| Time::new(hour, minute, second.min(59), 0).ok()).flatten()
}

fn in_range(seconds: i64) -> Option<i64> {
    RANGE.contains(&seconds).then_some(seconds)
}

/// Formats seconds since 1970-01-01T00:00Z as `2026-11-30T18:09:37Z`.
pub(super) fn utc(seconds: i64) -> String {
    Timestamp::from_second(seconds).map(|stamp| stamp.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(zone: &str, order: DateOrder) -> Clock {
        Clock { zone: TimeZone::get(zone).expect("a zone"), order }
    }

    #[test]
    fn one_time_in_every_format() {
        let clock = clock("UTC", DateOrder::Mdy);
        let expected = clock.parse("2026-11-30T18:05:37Z");
        assert_eq!(expected.map(utc).as_deref(), Some("2026-11-30T18:05:37Z"));
        for text in [
            "2026-11-30 18:05:37",
            "2026-11-30T18:05:37.123",
            "2026-11-30T19:05:37+01:00",
            "11/30/2026 6:05:37 PM",
            "11-30-2026 18:05:37.999",
            "30.11.2026 18:05:37",
            "30.11.26 18:05:37",
            "/Date(1796061937000)/",
            "1796061937",
        ] {
            assert_eq!(clock.parse(text), expected, "{text}");
        }
        for text in
            ["", "Date1 Time1", "30/11/2026 18:05", "2026-11-30 25:00", "1800-01-01", "7:61"]
        {
            assert_eq!(clock.parse(text), None, "{text}");
        }
        assert_eq!(
            self::clock("Europe/Berlin", DateOrder::Dmy).parse("30/11/2026 19:05:37"),
            expected
        );
    }

    /// The published samples: Pacific daylight time is 420 minutes behind UTC.
    #[test]
    fn log_times_have_a_bias_in_minutes() {
        let clock = clock("Asia/Tokyo", DateOrder::Dmy);
        let log = |date, time| clock.log(date, time).map(utc).unwrap_or_default();
        assert_eq!(log("06-26-2015", "14:24:33.329+420"), "2015-06-26T21:24:33Z");
        assert_eq!(log("06-24-2020", "15:31:46.376+00"), "2020-06-24T15:31:46Z");
        assert_eq!(log("11-30-2026", "19:05:37.000-60"), "2026-11-30T18:05:37Z");
        assert_eq!(log("11-30-2026", "19:05:37.000"), "2026-11-30T10:05:37Z");
        assert_eq!(log("30-11-2026", "19:05:37.000"), "");
    }
}
