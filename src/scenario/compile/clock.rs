//! Reads start, duration and time zone of a scenario, and converts its times.

use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::base::{OffsetChange, SimDuration, SimTime, UtcOffsets};
use crate::scenario::diagnose::code;
use crate::scenario::read::{Found, Reader};
use crate::scenario::units;
use crate::scenario::windows::Period;

use super::get;

/// Start of the measured period in local time.
#[derive(Clone, Debug, PartialEq)]
pub struct CivilStart {
    /// Start as written in the scenario, for example `2026-11-23T08:00`.
    pub label: String,
    /// Name of the time zone.
    pub zone: String,
    /// UTC offset of the time zone at the start, in seconds.
    pub utc_offset_s: i32,
    /// Seconds since 1 January 1970 UTC.
    pub unix_seconds: i64,
}

/// Start, time zone, warm-up and duration of the scenario.
pub(super) struct Clock {
    pub start: CivilStart,
    pub zone: TimeZone,
    pub warm_up: SimDuration,
    pub duration: SimDuration,
}

/// Returns the time since Monday 00:00 UTC; 1 January 1970 was a Thursday.
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
    let help = "to use the second occurrence, set time_zone = \"UTC\" and write all times in UTC";
    let Some(moment) = moment(reader, &start_found, &zone, civil, |_| help.to_owned())? else {
        leaves_the_calendar(reader, &start_found);
        return None;
    };
    // Require a valid date even a week after the end of the run, so that every date in a report is
    // valid.
    let end = duration.and_then(|duration| {
        let seconds = i64::try_from(duration.as_nanos() / 1_000_000_000).ok()?;
        let days = jiff::SignedDuration::from_secs(seconds.checked_add(7 * 86_400)?);
        moment.checked_add(days).ok()
    });
    if duration.is_some() && end.is_none() {
        leaves_the_calendar(reader, &start_found);
        return None;
    }
    let (warm_up, duration) = (warm_up?, duration?);
    if warm_up + duration > DURATION_MAX {
        let message = format!("warm-up plus duration exceeds {DURATION_MAX}, the maximum");
        reader.complain(code::OUT_OF_RANGE, &duration_found, message, "use a shorter duration");
        return None;
    }
    let start = CivilStart {
        label: label?,
        zone: zone_name?,
        utc_offset_s: zone.to_offset(moment).seconds(),
        unix_seconds: moment.as_second(),
    };
    Some(Clock { start, zone, warm_up, duration })
}

fn leaves_the_calendar(reader: &mut Reader<'_>, found: &Found) {
    let message = "the scenario starts or ends outside the supported calendar";
    reader.complain(code::OUT_OF_RANGE, found, message, "supported years: 1 to 9999");
}

/// Converts a local time to an instant. The inner `None` means that the instant is outside the
/// supported calendar. A time that clocks skip is an error. If a time occurs twice, the first
/// occurrence is used, and a warning contains the text from `help`, which explains how to use the
/// second one.
fn moment(
    reader: &mut Reader<'_>,
    found: &Found,
    zone: &TimeZone,
    civil: jiff::civil::DateTime,
    help: impl Fn(jiff::Timestamp) -> String,
) -> Option<Option<jiff::Timestamp>> {
    let name = zone.iana_name().unwrap_or("this time zone");
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let Ok(moment) = ambiguous.compatible() else { return Some(None) };
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => {}
        AmbiguousOffset::Gap { before, after } => {
            let message = format!("`{}` is {civil}, a time that clocks in {name} skip", found.path);
            let next = after.to_datetime(moment);
            let label = match zone.preceding(moment).next().map(|change| change.timestamp()) {
                Some(change) => format!(
                    "clocks go from {} to {}: write {next} or an earlier time",
                    before.to_datetime(change).time(),
                    after.to_datetime(change).time()
                ),
                None => format!("write {next} or an earlier time"),
            };
            reader.complain(code::OUT_OF_RANGE, found, message, label);
            return None;
        }
        AmbiguousOffset::Fold { after, .. } => {
            let second = after.to_timestamp(civil).unwrap_or(moment);
            let message = format!(
                "`{}` is {civil}, which occurs twice in {name}: at {moment} and at {second}",
                found.path
            );
            let label = format!("the first one is used: {moment}");
            reader.warn(code::AMBIGUOUS, found, message, label, help(second));
        }
    }
    Some(Some(moment))
}

/// Time before and after the simulation for which clock changes are included, because sessions
/// extend beyond it.
const BEYOND_SECONDS: i64 = 35 * 86_400;

impl Clock {
    /// Returns the UTC offsets (local time minus UTC) of a zone during the run.
    pub(super) fn offsets(&self, zone: &TimeZone) -> UtcOffsets {
        let seconds = |time: SimDuration| (time.as_nanos() / 1_000_000_000) as i64;
        let start = self.start.unix_seconds;
        let stamp = |seconds| jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
        let first = stamp(start - seconds(self.warm_up) - BEYOND_SECONDS);
        let last = stamp(start + seconds(self.duration) + BEYOND_SECONDS);
        let first_seconds = zone.to_offset(first).seconds();
        let (mut before, mut changes) = (first_seconds, Vec::new());
        for change in zone.following(first).take_while(|change| change.timestamp() <= last) {
            let seconds = change.offset().seconds();
            // Some transitions only change the abbreviation of the zone.
            if std::mem::replace(&mut before, seconds) != seconds {
                let after = change.timestamp().as_second() - start;
                let at = after * 1_000_000_000 + self.warm_up.as_nanos() as i64;
                changes.push(OffsetChange { at, seconds });
            }
        }
        UtcOffsets::new(first_seconds, changes)
    }
}

/// Maximum simulated time; local clocks count nanoseconds in 64 bits.
const DURATION_MAX: SimDuration = SimDuration::from_seconds(100_000 * 86_400);

/// Default lengths of time series bins (round numbers), in seconds.
const ROUND_SECONDS: [u64; 12] = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/// Approximate number of bins of a time series.
const BINS: u64 = 288;

/// Maximum number of bins of a time series.
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
        let label = format!("the duration has more than {BINS_MAX} intervals of this length");
        let message = format!("{} is too short for `interval`", found.node.to_toml());
        reader.complain(code::OUT_OF_RANGE, &found, message, label);
        return None;
    }
    Some(interval)
}

/// Reads a local time, or a duration after the start of the measured period; it must be within the
/// simulated period.
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
                let message = format!("invalid value \"{text}\" for `{}`", found.path);
                let label = "expected a local time such as \"2026-11-23T10:00\", or a duration \
                    after the start such as \"2h\"";
                reader.complain(code::BAD_UNIT, found, message, label);
                return None;
            };
            let start = clock.start.unix_seconds;
            let help = |second: jiff::Timestamp| {
                let after = (second.as_second() - start).max(0);
                let (hours, minutes, seconds) = (after / 3600, after / 60 % 60, after % 60);
                format!(
                    "to use the second occurrence, write a duration after the start: \
                     \"{hours}h{minutes}min{seconds}s\""
                )
            };
            let moment = moment(reader, found, &clock.zone, civil, help)?;
            moment.and_then(|moment| {
                let passed = moment.as_nanosecond() - i128::from(start) * 1_000_000_000;
                let nanos = passed + i128::from(clock.warm_up.as_nanos());
                u64::try_from(nanos).ok().map(SimTime::from_nanos)
            })
        }
    };
    if time.is_none_or(|time| time > end) {
        let message = format!("`{}` is outside the simulated period", found.path);
        let label = format!(
            "the measured period starts at {} and lasts {}",
            clock.start.label, clock.duration
        );
        reader.complain(code::OUT_OF_RANGE, found, message, label);
        return None;
    }
    time
}

impl Clock {
    /// Returns the simulated period, for weekly windows.
    pub(super) fn period<'a>(&self, offsets: &'a UtcOffsets) -> Period<'a> {
        let warm_up = (self.warm_up.as_nanos() / 1_000_000_000) as i64;
        let start_unix_s = self.start.unix_seconds - warm_up;
        Period { start_unix_s, end: self.measured(self.duration), offsets }
    }

    /// Returns the time at an offset from the start of the measured period.
    pub(super) fn measured(&self, after: SimDuration) -> SimTime {
        SimTime::ZERO + self.warm_up + after
    }
}
