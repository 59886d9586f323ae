//! Presence of clients: computes the next time at which a client starts or stops.
//!
//! Working days, shifts and hourly probabilities need no state: the presence on a day is drawn from
//! a stream whose position is the number of that day. All three patterns follow the clock of their
//! time zone. A civil time that a clock change skips is converted as if the change had not happened
//! yet; if a civil time occurs twice, its first occurrence counts.

use crate::base::{SimDuration, SimTime, UtcOffsets};
use crate::engine::{Distribution, Purpose, Stream, Streams};

use super::client::Draws;
use super::config::Presence;

const DAY: i64 = 86_400_000_000_000;
const HOUR: i64 = DAY / 24;
/// Local days are counted from this many weeks before the simulation, so that their numbers are
/// positive.
const WEEKS_BEFORE: i64 = 4;
/// Number of days before the simulation to search for the end of a client's last session.
const LOOK_BACK: i64 = 14;

/// The local clock of a cohort. Local times are nanoseconds after a Monday 00:00 some weeks before
/// time zero; instants are nanoseconds after time zero.
#[derive(Clone, Copy, Debug)]
pub struct LocalClock<'a> {
    /// Nanoseconds from the reference Monday 00:00 UTC to time zero.
    start: i64,
    offsets: &'a UtcOffsets,
}

/// Presence pattern of one client.
#[derive(Clone, Copy, Debug)]
pub struct Pattern<'a> {
    /// Pattern of the cohort.
    pub presence: &'a Presence,
    /// Clock of the cohort.
    pub clock: LocalClock<'a>,
    /// Random streams of the replication.
    pub streams: Streams,
    /// Stream key of the client.
    pub entity: u64,
}

/// Presence of a client at time zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtStart {
    /// Whether the client is on.
    pub is_on: bool,
    /// Time of the next change; [`SimTime::NEVER`] if there is none.
    pub until: SimTime,
    /// Time since the client switched off, if it is off; at most `LOOK_BACK` days.
    pub off_before: SimDuration,
}

impl AtStart {
    const ALWAYS_ON: AtStart =
        AtStart { is_on: true, until: SimTime::NEVER, off_before: SimDuration::ZERO };
}

impl<'a> LocalClock<'a> {
    /// Creates the clock of a time zone with these UTC offsets. The simulation starts `week_offset`
    /// after a Monday 00:00 UTC.
    pub fn new(week_offset: SimDuration, offsets: &'a UtcOffsets) -> Self {
        let start = week_offset.as_nanos() as i64 + WEEKS_BEFORE * 7 * DAY;
        LocalClock { start, offsets }
    }

    /// Returns the local time since Monday 00:00.
    pub fn time_of_week(self, now: SimTime) -> SimDuration {
        SimDuration::from_nanos(self.local(instant_of(now)).rem_euclid(7 * DAY).unsigned_abs())
    }

    fn local(self, instant: i64) -> i64 {
        self.offsets.local(instant).saturating_add(self.start)
    }

    fn instant(self, local: i64) -> i64 {
        self.offsets.instant(local.saturating_sub(self.start))
    }
}

/// Converts a time to nanoseconds after time zero.
fn instant_of(time: SimTime) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

fn time_of(instant: i64) -> SimTime {
    u64::try_from(instant).map_or(SimTime::ZERO, SimTime::from_nanos)
}

impl Pattern<'_> {
    /// Returns the presence of a client at time zero, as if the pattern had been running for a long
    /// time.
    pub fn at_start(&self, stream: &mut Stream) -> AtStart {
        let ((is_on, until), went_off) = match self.presence {
            Presence::AlwaysOn => return AtStart::ALWAYS_ON,
            Presence::Sporadic { on, off } => return sporadic_at_start(on, off, stream),
            Presence::OfficeHours { .. } | Presence::Shift { .. } => {
                (self.daily(SimTime::ZERO), self.last_end(0))
            }
            Presence::Hourly(hours) => (self.hourly(hours, SimTime::ZERO), self.last_on(hours)),
        };
        let off = -went_off.unwrap_or(-LOOK_BACK * DAY);
        let off_before = match is_on {
            true => SimDuration::ZERO,
            false => SimDuration::from_nanos(u64::try_from(off).unwrap_or(0)),
        };
        AtStart { is_on, until, off_before }
    }

    /// Returns the state that starts at `now` and the time of the next change. `was_on` is the
    /// state before `now`.
    pub fn change(&self, now: SimTime, was_on: bool, stream: &mut Stream) -> (bool, SimTime) {
        match self.presence {
            Presence::AlwaysOn => (true, SimTime::NEVER),
            Presence::Sporadic { on, off } => {
                let distribution = if was_on { off } else { on };
                (!was_on, now + distribution.sample(stream))
            }
            Presence::OfficeHours { .. } | Presence::Shift { .. } => self.daily(now),
            Presence::Hourly(hours) => self.hourly(hours, now),
        }
    }

    /// Returns the state for patterns with at most one session per day.
    fn daily(&self, now: SimTime) -> (bool, SimTime) {
        let now = instant_of(now);
        let today = self.clock.local(now).div_euclid(DAY);
        // A session may have started yesterday. If no session starts in the next eight days, the
        // search is repeated a day later.
        for day in today - 1..=today + 8 {
            let Some((from, to)) = self.session(day) else { continue };
            if now < from {
                return (false, time_of(from));
            }
            if now < to {
                return (true, time_of(to));
            }
        }
        (false, time_of(now.saturating_add(DAY)))
    }

    /// Returns the end of the last session before an instant.
    fn last_end(&self, instant: i64) -> Option<i64> {
        let today = self.clock.local(instant).div_euclid(DAY);
        let mut last = None;
        for day in (today - LOOK_BACK..=today).rev() {
            // Stop when no earlier session can end later than the last end found: a session starts
            // on its day and lasts about one day at most.
            if last.is_some_and(|last| self.clock.instant((day + 1) * DAY) + DAY <= last) {
                break;
            }
            let end = self.session(day).map(|(_, to)| to).filter(|to| *to <= instant);
            last = last.max(end);
        }
        last
    }

    /// Returns the session that starts on local day `day`, as instants. A session lasts about one
    /// day at most. If it overlaps the next session, the client stays on.
    fn session(&self, day: i64) -> Option<(i64, i64)> {
        let mut stream =
            self.streams.stream(self.entity, Purpose(Draws::Day as u8), 8 * day as u32);
        let is_weekend = day.rem_euclid(7) >= 5;
        let start =
            |time_of_day: i64| self.clock.instant(day * DAY + time_of_day.clamp(0, DAY - 1));
        match self.presence {
            Presence::OfficeHours {
                start: mean,
                start_sd,
                length,
                length_sd,
                absent_share,
                weekend_share,
            } => {
                let share = if is_weekend { *weekend_share } else { 1.0 - absent_share };
                if stream.uniform() >= share {
                    return None;
                }
                let from = start(normal(mean, start_sd, &mut stream));
                let length = normal(length, length_sd, &mut stream);
                (length > 0).then(|| (from, from + length.min(DAY)))
            }
            Presence::Shift { spread } => {
                if is_weekend {
                    return None;
                }
                let mut own = self.streams.stream(self.entity, Purpose(Draws::Day as u8), 1);
                let shift = (6 + 8 * i64::from(own.below(3))) * HOUR;
                let early = spread.scaled(stream.uniform()).as_nanos() as i64;
                // The end of a shift follows the local clock.
                Some((start(shift - early), self.clock.instant(day * DAY + shift + 8 * HOUR)))
            }
            _ => None,
        }
    }

    fn hourly(&self, hours: &[f64; 168], now: SimTime) -> (bool, SimTime) {
        let (now, lag) = (instant_of(now), self.lag());
        let is_on = self.is_on_at(hours, now, lag);
        // If nothing changes before the horizon, the next search begins at the horizon.
        let horizon = now.saturating_add(LOOK_BACK * DAY);
        let mut next = self.end_of_hour(now, lag);
        while next < horizon && self.is_on_at(hours, next, lag) == is_on {
            next = self.end_of_hour(next, lag);
        }
        (is_on, time_of(next))
    }

    /// Returns when the client was last on before time zero.
    fn last_on(&self, hours: &[f64; 168]) -> Option<i64> {
        let (lag, mut end) = (self.lag(), 0);
        while end > -LOOK_BACK * DAY {
            let begin = self.begin_of_hour(end - 1, lag);
            if self.is_on_at(hours, begin, lag) {
                return Some(end);
            }
            end = begin;
        }
        None
    }

    /// Returns the end of the client's hour at an instant: its regular end, or an earlier clock
    /// change. Hours of a client start [`Pattern::lag`] after the full hour.
    fn end_of_hour(&self, instant: i64, lag: i64) -> i64 {
        let end = instant + HOUR - (self.clock.local(instant) - lag).rem_euclid(HOUR);
        self.clock.offsets.next_change(instant).map_or(end, |change| end.min(change))
    }

    /// Returns the start of the client's hour at an instant: its regular start, or a later clock
    /// change.
    fn begin_of_hour(&self, instant: i64, lag: i64) -> i64 {
        let begin = instant - (self.clock.local(instant) - lag).rem_euclid(HOUR);
        self.clock.offsets.last_change(instant).map_or(begin, |change| begin.max(change))
    }

    /// Returns the time by which the client's hours start after the full hour. It differs between
    /// clients, so that they do not all start on the hour.
    fn lag(&self) -> i64 {
        let mut phase = self.streams.stream(self.entity, Purpose(Draws::Day as u8), 1);
        (phase.uniform() * HOUR as f64) as i64
    }

    fn is_on_at(&self, hours: &[f64; 168], instant: i64, lag: i64) -> bool {
        let hour = (self.clock.local(instant) - lag).div_euclid(HOUR);
        let purpose = Purpose(Draws::Day as u8);
        let day = hour.div_euclid(24);
        let uniform = self.streams.stream(self.entity, purpose, 8 * day as u32).uniform();
        uniform < hours[hour.rem_euclid(168) as usize]
    }
}

/// Number of on-off cycles simulated before time zero, so that the initial state does not matter.
const CYCLES: f64 = 20.0;

/// Alternates on and off from a random time in the past up to time zero.
fn sporadic_at_start(on: &Distribution, off: &Distribution, stream: &mut Stream) -> AtStart {
    let cycle = on.mean() + off.mean();
    let mut left = SimDuration::from_seconds_f64(cycle * (CYCLES + stream.uniform()));
    let mut is_on = false;
    // Limit the number of steps: if both means are zero, no step passes time zero, and the
    // client changes its state at time zero.
    for _ in 0..100 * CYCLES as u32 {
        is_on = !is_on;
        let length = if is_on { on } else { off }.sample(stream);
        if length > left {
            let until = SimTime::ZERO + length.saturating_sub(left);
            let off_before = if is_on { SimDuration::ZERO } else { left };
            return AtStart { is_on, until, off_before };
        }
        left = left.saturating_sub(length);
    }
    AtStart { is_on, until: SimTime::ZERO, off_before: SimDuration::ZERO }
}

/// Draws a normal value in nanoseconds.
fn normal(mean: &SimDuration, sd: &SimDuration, stream: &mut Stream) -> i64 {
    use rand_distr::{Distribution as _, StandardNormal};
    let z: f64 = StandardNormal.sample(stream);
    (mean.as_nanos() as f64 + z * sd.as_nanos() as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENTS: u64 = 4000;

    fn hours(hours: u64) -> SimDuration {
        SimDuration::from_seconds(3600 * hours)
    }

    fn at(hour: u64) -> SimTime {
        SimTime::ZERO + hours(hour)
    }

    /// Returns the share of clients that are online at each hour of a week, starting on Monday at
    /// 00:00. Steps each client through its changes between online and offline.
    fn share_on(presence: &Presence) -> Vec<f64> {
        let mut on = vec![0.0; 168];
        let utc = UtcOffsets::constant(0);
        let clock = LocalClock::new(SimDuration::ZERO, &utc);
        let streams = Streams::new(1, 0);
        for entity in 0..CLIENTS {
            let pattern = Pattern { presence, clock, streams, entity };
            let mut stream = streams.stream(entity, Purpose(Draws::Presence as u8), 0);
            let AtStart { mut is_on, mut until, .. } = pattern.at_start(&mut stream);
            for (hour, count) in on.iter_mut().enumerate() {
                while until <= at(hour as u64) {
                    (is_on, until) = pattern.change(until, is_on, &mut stream);
                }
                *count += f64::from(u8::from(is_on)) / CLIENTS as f64;
            }
        }
        on
    }

    /// Asserts that a share is within four standard deviations of the expected value.
    fn assert_share(found: f64, expected: f64, what: &str) {
        let deviation = (expected * (1.0 - expected) / CLIENTS as f64).sqrt();
        assert!((found - expected).abs() <= 4.0 * deviation + 1e-9, "{what}: {found}");
    }

    #[test]
    fn office_hours_follow_normal_start_and_weekend_share() {
        let minutes = |minutes: u64| SimDuration::from_seconds(60 * minutes);
        let on = share_on(&Presence::OfficeHours {
            start: minutes(8 * 60 + 30),
            start_sd: minutes(45),
            length: minutes(8 * 60 + 30),
            length_sd: minutes(60),
            absent_share: 0.0,
            weekend_share: 0.1,
        });
        // A share of Phi(-30/45) = 0.2525 has started by 08:00, and 0.7475 by 09:00. No client has
        // stopped yet.
        assert_share(on[8], 0.252_5, "Monday 08:00");
        assert_share(on[24 + 9], 0.747_5, "Tuesday 09:00");
        // The end is normally distributed with mean 17:00 and standard deviation 75 min, so half of
        // the clients are online at 17:00.
        assert_share(on[48 + 17], 0.5, "Wednesday 17:00");
        assert_share(on[5 * 24 + 12], 0.1 * 0.999_9, "Saturday noon");
        assert!(on[3] == 0.0 && on[24 + 2] == 0.0, "no client is on at night");
    }

    #[test]
    fn one_third_of_clients_works_each_weekday_shift() {
        let on = share_on(&Presence::Shift { spread: SimDuration::from_seconds(900) });
        for hour in [7, 13, 15, 21, 23] {
            assert_share(on[24 + hour], 1.0 / 3.0, "a shift");
        }
        // The night shift of Friday ends on Saturday at 06:00.
        assert_share(on[5 * 24 + 5], 1.0 / 3.0, "Saturday 05:00");
        assert_eq!(on[5 * 24 + 7], 0.0);
    }

    #[test]
    fn hourly_shares_are_met() {
        let shares = std::array::from_fn(|hour| if hour % 24 < 12 { 0.25 } else { 0.75 });
        let on = share_on(&Presence::Hourly(Box::new(shares)));
        assert_share(on[30], 0.25, "in the morning");
        assert_share(on[42], 0.75, "in the evening");
    }

    /// A client that has been offline for weeks may still come online again.
    #[test]
    fn rarely_present_clients_keep_their_share() {
        let presence = Presence::Hourly(Box::new([0.02; 168]));
        let utc = UtcOffsets::constant(0);
        let clock = LocalClock::new(SimDuration::ZERO, &utc);
        let streams = Streams::new(1, 0);
        let (mut days_on, mut days) = (0.0, 0.0);
        for entity in 0..500 {
            let pattern = Pattern { presence: &presence, clock, streams, entity };
            let mut stream = streams.stream(entity, Purpose(Draws::Presence as u8), 0);
            let AtStart { mut is_on, mut until, .. } = pattern.at_start(&mut stream);
            for day in 100..300 {
                while until <= at(24 * day) {
                    (is_on, until) = pattern.change(until, is_on, &mut stream);
                }
                days_on += f64::from(u8::from(is_on));
                days += 1.0;
            }
        }
        let share = days_on / days;
        assert!((share - 0.02).abs() < 4.0 * f64::sqrt(0.02 * 0.98 / days), "{share}");
    }

    #[test]
    fn sporadic_clients_start_at_their_stationary_share() {
        let distribution = |hour| Distribution::exponential(hours(hour)).expect("above zero");
        let on = share_on(&Presence::Sporadic { on: distribution(2), off: distribution(10) });
        for hour in [0, 1, 24, 100] {
            assert_share(on[hour], 2.0 / 12.0, "sporadic");
        }
    }

    #[test]
    fn offline_time_before_the_start_counts_from_the_last_session() {
        let nine = hours(9);
        let office = |weekend_share| Presence::OfficeHours {
            start: nine,
            start_sd: SimDuration::ZERO,
            length: hours(8),
            length_sd: SimDuration::ZERO,
            absent_share: 0.0,
            weekend_share,
        };
        let streams = Streams::new(1, 0);
        let off_before = |presence: &Presence, week_offset: SimDuration| {
            let utc = UtcOffsets::constant(0);
            let clock = LocalClock::new(week_offset, &utc);
            let pattern = Pattern { presence, clock, streams, entity: 7 };
            let mut stream = streams.stream(7, Purpose(Draws::Presence as u8), 0);
            pattern.at_start(&mut stream).off_before
        };
        // On Monday at 06:00, the most recent session is that of Friday, which ended at 17:00. On
        // Tuesday at 06:00, it is that of Monday.
        assert_eq!(off_before(&office(0.0), hours(6)), hours(61));
        assert_eq!(off_before(&office(0.0), hours(30)), hours(13));
        assert_eq!(off_before(&office(1.0), hours(6)), hours(13));
        let never = Presence::Hourly(Box::new([0.0; 168]));
        assert_eq!(off_before(&never, hours(6)), hours(LOOK_BACK as u64 * 24));
    }

    /// Covers sessions of all lengths, sessions that overlap the next day, and rare working days.
    #[test]
    fn last_end_is_the_latest_end_of_all_sessions() {
        let streams = Streams::new(1, 0);
        let utc = UtcOffsets::constant(0);
        let clock = LocalClock::new(SimDuration::ZERO, &utc);
        let now = instant_of(at(60));
        let mut reached_over = 0;
        for absent_share in [0.0, 0.5, 0.9, 1.0] {
            let presence = Presence::OfficeHours {
                start: hours(16),
                start_sd: hours(6),
                length: hours(12),
                length_sd: hours(12),
                absent_share,
                weekend_share: 0.5,
            };
            for entity in 0..CLIENTS {
                let pattern = Pattern { presence: &presence, clock, streams, entity };
                let today = clock.local(now).div_euclid(DAY);
                let ends = (today - LOOK_BACK..=today).filter_map(|day| pattern.session(day));
                let ends: Vec<i64> = ends.map(|(_, to)| to).filter(|to| *to <= now).collect();
                assert_eq!(pattern.last_end(now), ends.iter().copied().max(), "{entity}");
                reached_over += usize::from(ends.last() < ends.iter().max());
            }
        }
        assert!(reached_over > 10, "some latest ends belong to earlier days");
    }
}
