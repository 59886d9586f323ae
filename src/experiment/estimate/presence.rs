//! Expected presence of clients: the share of a cohort's clients that are active at each time of a
//! run, and the sessions that begin.
//!
//! Presence follows local time and repeats every week, so each pattern is a table of one week. The
//! estimate looks up the cohort's local time in this table, including daylight-saving changes.

use crate::base::{SimDuration, SimTime};
use crate::model::Config;
use crate::model::config::{Cohort, Presence};
use crate::model::presence::LocalClock;

/// Number of steps per hour of a presence table.
const STEPS_PER_HOUR: usize = 6;
const STEPS_PER_DAY: usize = 24 * STEPS_PER_HOUR;
const STEPS_PER_WEEK: usize = 7 * STEPS_PER_DAY;
const STEP_SECONDS: f64 = 3600.0 / STEPS_PER_HOUR as f64;
/// Maximum number of weeks to calculate. Longer runs are extrapolated from their first weeks.
const WEEKS_MAX: usize = 5;

/// Midpoints of equal steps, at which the loads of a run are summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub count: usize,
    /// Length of a step in seconds.
    pub seconds: f64,
    /// Length of the run divided by the length that the steps cover; greater than one if they cover
    /// only the beginning of the run.
    pub scale: f64,
}

impl Steps {
    pub(super) fn of(config: &Config) -> Self {
        let end = config.end().as_seconds();
        let needed = (end / STEP_SECONDS).ceil().max(1.0);
        let maximum = (WEEKS_MAX * STEPS_PER_WEEK) as f64;
        if needed > maximum {
            let (count, seconds) = (maximum as usize, STEP_SECONDS);
            return Steps { count, seconds, scale: end / (maximum * seconds) };
        }
        Steps { count: needed as usize, seconds: end / needed, scale: 1.0 }
    }

    /// Returns the midpoint of a step, in seconds from the start of the simulation.
    pub(super) fn middle(&self, step: usize) -> f64 {
        (step as f64 + 0.5) * self.seconds
    }
}

/// Expected presence of one client of a cohort.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// Share of clients that are active, by step of the run.
    pub on: Vec<f64>,
    /// Sessions that begin per client, by step of the run.
    pub begins: Vec<f64>,
    /// Mean length of a session in seconds; infinite if sessions never end.
    pub session_seconds: f64,
    /// Mean offline time before a session, in seconds.
    pub gap_seconds: f64,
}

impl Profile {
    pub(super) fn of(cohort: &Cohort, config: &Config, steps: &Steps) -> Self {
        let even = |on: f64, per_second: f64, session_seconds, gap_seconds| Profile {
            on: vec![on; steps.count],
            begins: vec![per_second * steps.seconds; steps.count],
            session_seconds,
            gap_seconds,
        };
        let week = match &cohort.presence {
            Presence::AlwaysOn => return even(1.0, 0.0, f64::INFINITY, 0.0),
            Presence::Sporadic { on, off } => {
                let (on, off) = (on.mean(), off.mean());
                if on + off <= 0.0 {
                    return even(1.0, 0.0, f64::INFINITY, 0.0);
                }
                return even(on / (on + off), 1.0 / (on + off), on, off);
            }
            Presence::Hourly(hours) => Week::hourly(hours),
            daily => Week::daily(daily),
        };
        let clock = LocalClock::new(config.week_offset, &cohort.utc_offsets);
        let place = |step: usize| {
            let now = SimTime::ZERO + SimDuration::from_seconds_f64(steps.middle(step));
            let place = clock.time_of_week(now).as_seconds() / STEP_SECONDS;
            (place as usize).min(STEPS_PER_WEEK - 1)
        };
        let places: Vec<usize> = (0..steps.count).map(place).collect();
        let scale = steps.seconds / STEP_SECONDS;
        let seconds_on = week.on.iter().sum::<f64>() * STEP_SECONDS;
        let sessions = week.begins.iter().sum::<f64>();
        let per_session = |seconds: f64| if sessions > 0.0 { seconds / sessions } else { 0.0 };
        Profile {
            on: places.iter().map(|place| week.on[*place]).collect(),
            begins: places.iter().map(|place| week.begins[*place] * scale).collect(),
            session_seconds: per_session(seconds_on),
            gap_seconds: per_session(STEPS_PER_WEEK as f64 * STEP_SECONDS - seconds_on),
        }
    }

    /// Returns the share of clients that are active at least once after `from` seconds.
    pub(super) fn reached(&self, from: f64, steps: &Steps) -> f64 {
        let first = ((from / steps.seconds) as usize).min(steps.count.saturating_sub(1));
        let later = self.begins.iter().skip(first).sum::<f64>();
        (self.on.get(first).copied().unwrap_or(0.0) + later).min(1.0)
    }
}

/// Returns the expected number of online clients in each hour of a weekday, in the civil time of
/// the scenario. The offsets from UTC are those at the start of the measured period.
pub fn online_by_hour_of_day(config: &Config) -> [f64; 24] {
    let start = config.measured_from().as_nanos() as i64;
    let mut found = [0.0; 24];
    for cohort in config.cohorts.iter() {
        let week = match &cohort.presence {
            Presence::AlwaysOn | Presence::Sporadic { .. } => continue,
            Presence::Hourly(hours) => Week::hourly(hours),
            daily => Week::daily(daily),
        };
        let later_ns = cohort.utc_offsets.at(start) - config.utc_offsets.at(start);
        let later_steps = later_ns as f64 / 1e9 / STEP_SECONDS;
        for (step, on) in week.on.iter().take(5 * STEPS_PER_DAY).enumerate() {
            let place = (step as f64 - later_steps).rem_euclid(STEPS_PER_DAY as f64);
            let hour = (place as usize / STEPS_PER_HOUR).min(23);
            found[hour] += f64::from(cohort.clients) * on / (5 * STEPS_PER_HOUR) as f64;
        }
    }
    found
}

/// Presence in a week of local time that starts on Monday at 00:00, by step.
struct Week {
    on: Vec<f64>,
    begins: Vec<f64>,
}

impl Week {
    /// Builds a week from one share per hour. The hours of each client start at an offset that is
    /// uniformly distributed over one hour. A client draws one random number per day and is active
    /// in the hours whose share exceeds this number.
    fn hourly(hours: &[f64; 168]) -> Self {
        let (mut on, mut begins) = (Vec::new(), Vec::new());
        for (hour, share) in hours.iter().enumerate() {
            let before = hours[(hour + 167) % 168];
            let starts = match hour % 24 {
                0 => (1.0 - before) * share,
                _ => (share - before).max(0.0),
            };
            for step in 0..STEPS_PER_HOUR {
                let passed = (step as f64 + 0.5) / STEPS_PER_HOUR as f64;
                on.push(before + (share - before) * passed);
                begins.push(starts / STEPS_PER_HOUR as f64);
            }
        }
        Week { on, begins }
    }

    /// Builds a week with at most one session per day, for a share of the clients that differs
    /// between weekdays and weekends.
    fn daily(presence: &Presence) -> Self {
        let edge = |step: usize| step as f64 * STEP_SECONDS;
        let starts: Vec<f64> = (0..STEPS_PER_DAY)
            .map(|step| {
                let before = if step == 0 { 0.0 } else { begun_by(presence, edge(step)) };
                begun_by(presence, edge(step + 1)) - before
            })
            .collect();
        let lasts: Vec<f64> =
            (0..2 * STEPS_PER_DAY).map(|step| lasts_longer(presence, edge(step))).collect();
        // Sessions that begin in this step cover half of it on average.
        let is_on = |at: usize| -> f64 {
            let begun = starts.iter().enumerate().take(at + 1);
            let weight = |begin: usize| if begin == at { 0.5 } else { 1.0 };
            begun.map(|(begin, share)| share * weight(begin) * lasts[at - begin]).sum()
        };
        let day: Vec<f64> = (0..2 * STEPS_PER_DAY).map(is_on).collect();
        let (mut on, mut begins) = (Vec::new(), Vec::new());
        for today in 0..7 {
            let (share, before) = (day_share(presence, today), day_share(presence, today + 6));
            for step in 0..STEPS_PER_DAY {
                let on_now = share * day[step] + before * day[step + STEPS_PER_DAY];
                on.push(on_now.min(1.0));
                begins.push(share * starts[step] * lasts[0]);
            }
        }
        Week { on, begins }
    }
}

/// Returns the share of clients with a session on a day; Monday is day 0.
fn day_share(presence: &Presence, day: usize) -> f64 {
    let is_weekend = day % 7 >= 5;
    match presence {
        Presence::OfficeHours { weekend_share, .. } if is_weekend => *weekend_share,
        Presence::OfficeHours { absent_share, .. } => 1.0 - absent_share,
        _ if is_weekend => 0.0,
        _ => 1.0,
    }
}

const DAY_SECONDS: f64 = 86_400.0;
/// Start times of the shifts (`Presence::Shift`), in seconds after midnight.
const SHIFT_STARTS: [f64; 3] = [6.0 * 3600.0, 14.0 * 3600.0, 22.0 * 3600.0];
const SHIFT_SECONDS: f64 = 8.0 * 3600.0;

/// Returns the probability that a session of a day begins before a time of that day.
fn begun_by(presence: &Presence, seconds: f64) -> f64 {
    match presence {
        _ if seconds >= DAY_SECONDS => 1.0,
        Presence::OfficeHours { start, start_sd, .. } => {
            normal_below(seconds, start.as_seconds(), start_sd.as_seconds())
        }
        Presence::Shift { spread } => {
            let spread = spread.as_seconds();
            let begun = |start: f64| match spread {
                0.0 => f64::from(u8::from(start < seconds)),
                spread => ((seconds - start + spread) / spread).clamp(0.0, 1.0),
            };
            SHIFT_STARTS.iter().map(|start| begun(*start)).sum::<f64>() / 3.0
        }
        _ => 0.0,
    }
}

/// Returns the probability that a session lasts longer than a time. No session exceeds a day.
fn lasts_longer(presence: &Presence, seconds: f64) -> f64 {
    match presence {
        _ if seconds >= DAY_SECONDS => 0.0,
        Presence::OfficeHours { length, length_sd, .. } => {
            1.0 - normal_below(seconds, length.as_seconds(), length_sd.as_seconds())
        }
        // Clients that start before the shift stay until its end.
        Presence::Shift { spread } => {
            f64::from(u8::from(seconds < SHIFT_SECONDS + spread.as_seconds() / 2.0))
        }
        _ => 0.0,
    }
}

/// Returns the probability that a normal variable is below a value.
fn normal_below(value: f64, mean: f64, deviation: f64) -> f64 {
    if deviation <= 0.0 {
        return f64::from(u8::from(mean < value));
    }
    0.5 * libm::erfc((mean - value) / (deviation * std::f64::consts::SQRT_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> SimDuration {
        SimDuration::from_seconds(60 * minutes)
    }

    fn at(week: &[f64], day: usize, hour: f64) -> f64 {
        week[day * STEPS_PER_DAY + (hour * STEPS_PER_HOUR as f64) as usize]
    }

    /// Compares shares of active clients with values of the normal distribution.
    #[test]
    fn office_hours_match_the_normal_distribution() {
        let week = Week::daily(&Presence::OfficeHours {
            start: minutes(8 * 60 + 30),
            start_sd: minutes(45),
            length: minutes(8 * 60 + 30),
            length_sd: minutes(60),
            absent_share: 0.05,
            weekend_share: 0.1,
        });
        // Phi(-25/45) = 0.2893 of the clients begin before 08:05, Phi(35/45) = 0.7816 before 09:05.
        assert!((at(&week.on, 0, 8.0) - 0.95 * 0.2893).abs() < 0.005);
        assert!((at(&week.on, 1, 9.0) - 0.95 * 0.7816).abs() < 0.005);
        // Sessions end at normal(17:00, 75 min): 1 - Phi(5/75) = 0.4734 are active at 17:05.
        assert!((at(&week.on, 2, 17.0) - 0.95 * 0.4734).abs() < 0.005);
        assert!((at(&week.on, 5, 12.5) - 0.1).abs() < 1e-3);
        assert!(at(&week.on, 1, 3.0) < 1e-6);
        let sessions: f64 = week.begins.iter().sum();
        assert!((sessions - (5.0 * 0.95 + 2.0 * 0.1)).abs() < 1e-6, "{sessions}");
        let hours_on = week.on.iter().sum::<f64>() / STEPS_PER_HOUR as f64;
        assert!((hours_on / sessions - 8.5).abs() < 0.05, "{hours_on} of {sessions}");
    }

    #[test]
    fn each_shift_has_a_third_of_the_clients_and_the_last_ends_on_saturday() {
        let week = Week::daily(&Presence::Shift { spread: minutes(0) });
        for hour in [7.0, 15.0, 23.0] {
            assert!((at(&week.on, 1, hour) - 1.0 / 3.0).abs() < 1e-9);
        }
        assert!((at(&week.on, 5, 4.0) - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(at(&week.on, 5, 8.0), 0.0);
        assert!((week.begins.iter().sum::<f64>() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn hourly_shares_change_linearly_over_an_hour() {
        let hours = std::array::from_fn(|hour| if hour % 24 < 12 { 0.25 } else { 0.75 });
        let week = Week::hourly(&hours);
        assert!((at(&week.on, 1, 6.0) - 0.25).abs() < 1e-9);
        assert!((at(&week.on, 1, 18.0) - 0.75).abs() < 1e-9);
        // The share rises by 0.5 at noon. At midnight, clients draw a new random number: a quarter
        // of the clients are offline before midnight, and a quarter of these become active.
        let a_day = week.begins[STEPS_PER_DAY..2 * STEPS_PER_DAY].iter().sum::<f64>();
        assert!((a_day - (0.5 + 0.25 * 0.25)).abs() < 1e-9, "{a_day}");
    }
}
