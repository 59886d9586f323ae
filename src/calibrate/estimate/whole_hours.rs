//! Correction of expected polls for the whole hours of hourly presence.
//!
//! With the presence pattern `hourly`, sessions last a whole number of hours, and a client polls
//! when it starts and then once per interval. A session of nine hours has nine polls at an interval
//! of one hour. Real sessions end at any time, and a session of nine hours has nine or ten polls:
//! half a poll more on average. Without the correction, these polls would count as state messages.

use super::expected::Expected;
use crate::logs::HOURS_OF_WEEK;
use crate::model::Config;
use crate::model::config::{Cohort, Presence, Task};
use crate::terms::RequestKind;

/// Steps of the random number of a day, with which a client is online in an hour if the share of
/// the hour exceeds it.
const LEVELS: u32 = 200;
/// Steps of the fraction of an hour in which a session ends.
const FRACTIONS: u32 = 60;
const DAY: usize = 24;

/// Adds the polls of real sessions that those of whole hours lack.
pub(super) fn correct(expected: &mut Expected, config: &Config) {
    for cohort in config.cohorts.iter() {
        let Presence::Hourly(shares) = &cohort.presence else { continue };
        for kind in RequestKind::ALL.into_iter().filter(|kind| kind.begins_at_start()) {
            let Task::Every { interval, .. } = &cohort.tasks[kind] else { continue };
            let more = more(shares, interval.as_seconds() / 3600.0, delay(cohort));
            for (hour, more) in more.iter().enumerate() {
                expected.add(kind, hour, f64::from(cohort.clients) * more);
            }
        }
    }
}

/// Returns the mean time from the start of a session to its first poll in hours.
fn delay(cohort: &Cohort) -> f64 {
    cohort.start_delay.mean() / 3600.0
}

/// Returns the additional polls of a client in each hour of the week.
fn more(shares: &[f64; HOURS_OF_WEEK], interval: f64, delay: f64) -> Vec<f64> {
    let mut more = vec![0.0; HOURS_OF_WEEK];
    for day in 0..HOURS_OF_WEEK / DAY {
        let at = |hour: usize| shares[(day * DAY + hour) % HOURS_OF_WEEK];
        let before = shares[(day * DAY + HOURS_OF_WEEK - 1) % HOURS_OF_WEEK];
        for step in 0..LEVELS {
            let level = (f64::from(step) + 0.5) / f64::from(LEVELS);
            let mut hour = 0;
            while hour < DAY {
                if at(hour) <= level {
                    hour += 1;
                    continue;
                }
                let first = hour;
                while hour < DAY && at(hour) > level {
                    hour += 1;
                }
                // A client that is online at midnight may be in the session of the day before, and
                // in that of the next day.
                let begins = if first == 0 { 1.0 - before } else { 1.0 };
                let ends = if hour == DAY { 1.0 - at(DAY) } else { 1.0 };
                let weight = begins * ends / f64::from(LEVELS);
                let place = (day * DAY + hour) % HOURS_OF_WEEK;
                more[place] += weight * polls_more((hour - first) as f64, interval, delay);
            }
        }
    }
    more
}

/// Returns the mean number of polls of sessions with an end that is uniform within an hour around
/// `hours`, minus that of a session of exactly `hours`.
fn polls_more(hours: f64, interval: f64, delay: f64) -> f64 {
    let polls = |hours: f64| ((hours - delay) / interval).ceil().max(0.0);
    let fraction = |step: u32| (f64::from(step) + 0.5) / f64::from(FRACTIONS) - 0.5;
    let all: f64 = (0..FRACTIONS).map(|step| polls(hours + fraction(step))).sum();
    all / f64::from(FRACTIONS) - polls(hours)
}

#[cfg(test)]
mod tests {
    use super::more as more_of;
    use super::*;

    #[test]
    fn a_session_that_ends_at_any_time_has_half_a_poll_more() {
        // Polls at 0, 1, ... 8 h: an end after 8.5 to 9.5 h adds one in half of the cases.
        assert!((polls_more(9.0, 1.0, 1e-9) - 0.5).abs() < 1e-9);
        // With the first poll after 3 minutes, only ends after more than 9.05 h add one.
        assert!((polls_more(9.0, 1.0, 0.05) - 0.45).abs() < 1e-9);
        assert_eq!(polls_more(9.0, 25.0, 0.05), 0.0, "one poll per session in any case");
        let shares: [f64; HOURS_OF_WEEK] =
            std::array::from_fn(|hour| if (8..17).contains(&(hour % 24)) { 0.9 } else { 0.0 });
        let more = more_of(&shares, 1.0, 0.05);
        // 90 % of the clients have a session on each of seven days, which ends at 17:00.
        assert!((more.iter().sum::<f64>() - 7.0 * 0.9 * 0.45).abs() < 1e-9);
        assert!((more[17] - 0.9 * 0.45).abs() < 1e-9);
        let always = more_of(&[1.0; HOURS_OF_WEEK], 1.0, 0.05);
        assert_eq!(always.iter().sum::<f64>(), 0.0);
    }
}
