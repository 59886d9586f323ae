//! When a scenario starts, how long it lasts, and what the times in it mean.

use jiff::tz::TimeZone;

use crate::base::{SimDuration, SimTime};
use crate::scenario::diagnose::code;
use crate::scenario::read::{Found, Reader};
use crate::scenario::units;

use super::get;

/// The start of the measured period in civil time.
#[derive(Clone, Debug, PartialEq)]
pub struct CivilStart {
    /// As written: `2026-11-23T08:00`.
    pub label: String,
    /// Name of the time zone.
    pub zone: String,
    /// Its offset from UTC at the start.
    pub utc_offset_seconds: i32,
    /// Seconds since 1 January 1970 UTC.
    pub unix_seconds: i64,
}

/// The clock of the scenario: when it starts, and what civil times mean.
pub(super) struct Clock {
    pub start: CivilStart,
    pub civil: jiff::civil::DateTime,
    pub zone: TimeZone,
    pub warm_up: SimDuration,
    pub duration: SimDuration,
}

/// Seconds since a Monday 00:00 UTC: 1 January 1970 was a Thursday.
pub(super) fn week_offset(unix_seconds: i64) -> SimDuration {
    let seconds = (unix_seconds + 3 * 86_400).rem_euclid(7 * 86_400);
    SimDuration::from_seconds(seconds as u64)
}

pub(super) fn clock(reader: &mut Reader<'_>) -> Option<Clock> {
    let zone_found = reader.find(&["time_zone"])?;
    let zone = reader.zone(&zone_found);
    let zone_name = reader.text(&zone_found);
    let start_found = reader.find(&["start"])?;
    let civil = reader.civil(&start_found);
    let label = reader.text(&start_found);
    let warm_up = get(reader, &["warm_up"], Reader::duration);
    let duration_found = reader.find(&["duration"])?;
    let duration = reader.duration(&duration_found);
    let (zone, civil) = (zone?, civil?);
    let zoned = civil.to_zoned_datetime(zone.clone()).ok();
    // Reports write times of the whole run, so its end has a date too.
    let end = duration.and_then(|duration| {
        let seconds = i64::try_from(duration.as_nanos() / 1_000_000_000).ok()?;
        let days = jiff::SignedDuration::from_secs(seconds.checked_add(7 * 86_400)?);
        zoned.as_ref()?.timestamp().checked_add(days).ok()
    });
    let Some(zoned) = zoned.filter(|_| duration.is_none() || end.is_some()) else {
        let message = "the scenario leaves the calendar";
        reader.complain(code::OUT_OF_RANGE, &start_found, message, "years 1 to 9999");
        return None;
    };
    if zoned.datetime() != civil {
        let message = "there is no such time: the clock jumps over it";
        let label = format!("the next is {}", zoned.datetime());
        reader.complain(code::OUT_OF_RANGE, &start_found, message, label);
        return None;
    }
    let (warm_up, duration) = (warm_up?, duration?);
    if warm_up + duration > LONGEST {
        let message = format!("warm-up and duration are more than {LONGEST} together");
        reader.complain(code::OUT_OF_RANGE, &duration_found, message, "shorten it");
        return None;
    }
    let start = CivilStart {
        label: label?,
        zone: zone_name?,
        utc_offset_seconds: zoned.offset().seconds(),
        unix_seconds: zoned.timestamp().as_second(),
    };
    Some(Clock { start, civil, zone, warm_up, duration })
}

/// Longest time that can be simulated: local clocks count nanoseconds in 64 bits.
const LONGEST: SimDuration = SimDuration::from_seconds(100_000 * 86_400);

/// Lengths of bins that read well.
const ROUND_SECONDS: [u64; 12] = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/// About this many bins.
const BINS: u64 = 288;

/// Most bins of a time series.
const BINS_MAX: u64 = 100_000;

pub(super) fn interval(reader: &mut Reader<'_>, clock: Option<&Clock>) -> Option<SimDuration> {
    let found = reader.find(&["interval"])?;
    let duration = clock?.duration;
    if reader.is_or(&found) {
        let ideal = duration.as_nanos() / BINS;
        let round = ROUND_SECONDS.into_iter().map(SimDuration::from_seconds);
        let fitting = round.filter(|round| round.as_nanos() >= ideal).min();
        return Some(fitting.unwrap_or(SimDuration::from_nanos(ideal)));
    }
    let interval = reader.duration(&found)?;
    if duration.as_nanos() / interval.as_nanos().max(1) > BINS_MAX {
        let label = format!("more than {BINS_MAX} bins in the duration");
        reader.complain(code::OUT_OF_RANGE, &found, "`interval` is too short", label);
        return None;
    }
    Some(interval)
}

/// A civil time, or a duration after the measured start; within the simulated time.
pub(super) fn point_in_time(
    reader: &mut Reader<'_>,
    found: &Found,
    clock: &Clock,
) -> Option<SimTime> {
    let text = reader.text(found)?;
    let end = clock.measured(clock.duration);
    let time = match units::duration(&text) {
        Ok(after) => Some(clock.measured(after)),
        Err(_) => {
            let Ok(civil) = units::civil_time(&text) else {
                let message = format!("`{}` cannot be read", found.path);
                let label = "expected a civil time such as \"2026-11-23T10:00\", or a duration \
                    after the start such as \"2h\"";
                reader.complain(code::BAD_UNIT, found, message, label);
                return None;
            };
            // By the clock as it is at the start: changes of the clock are not modelled.
            let passed = civil.duration_since(clock.civil).as_nanos();
            let nanos = passed + i128::from(clock.warm_up.as_nanos());
            u64::try_from(nanos).ok().map(SimTime::from_nanos)
        }
    };
    if time.is_none_or(|time| time > end) {
        let message = format!("`{}` is outside of the simulated time", found.path);
        let label = format!(
            "the measured period starts {} and lasts {}",
            clock.start.label, clock.duration
        );
        reader.complain(code::OUT_OF_RANGE, found, message, label);
        return None;
    }
    time
}

impl Clock {
    /// A time after the measured start.
    pub(super) fn measured(&self, after: SimDuration) -> SimTime {
        SimTime::ZERO + self.warm_up + after
    }
}
