//! When a client is on: the next change of its presence.
//!
//! Working days, shifts and hourly probabilities need no state: what a client does on a day is
//! drawn from a stream whose position is the number of that day.

use crate::base::{SimDuration, SimTime};
use crate::engine::{Law, Purpose, Stream, Streams};

use super::client::Draws;
use super::config::Presence;

const DAY: i64 = 86_400_000_000_000;
const HOUR: i64 = DAY / 24;
/// Local days are counted from this many weeks before the simulation, so that they stay positive.
const WEEKS_BEFORE: i64 = 4;
/// Days before the simulation in which the end of a client's last session is looked for.
const LOOK_BACK: i64 = 14;

/// The local clock of a cohort.
#[derive(Clone, Copy, Debug)]
pub struct LocalClock {
    /// Nanoseconds from a Monday 00:00 local time, weeks before the start, to time zero.
    offset: i64,
}

/// One client's presence pattern.
#[derive(Clone, Copy, Debug)]
pub struct Pattern<'a> {
    /// The cohort's pattern.
    pub presence: &'a Presence,
    /// The cohort's clock.
    pub clock: LocalClock,
    /// The replication's streams.
    pub streams: Streams,
    /// The client's stream key.
    pub entity: u64,
}

impl LocalClock {
    /// The clock of a place `utc_offset_seconds` ahead of UTC; the simulation starts
    /// `week_offset` after a Monday 00:00 UTC.
    pub fn new(week_offset: SimDuration, utc_offset_seconds: i32) -> Self {
        let utc = week_offset.as_nanos() as i64 + i64::from(utc_offset_seconds) * 1_000_000_000;
        LocalClock { offset: utc + WEEKS_BEFORE * 7 * DAY }
    }

    fn local(self, now: SimTime) -> i64 {
        i64::try_from(now.as_nanos()).unwrap_or(i64::MAX).saturating_add(self.offset)
    }

    fn sim(self, local: i64) -> SimTime {
        u64::try_from(local.saturating_sub(self.offset)).map_or(SimTime::ZERO, SimTime::from_nanos)
    }
}

impl Pattern<'_> {
    /// Is the client on at `now`, and when does that change? [`SimTime::NEVER`] if never.
    ///
    /// `stream` is used by patterns that go on from where they are; `is_on` is the present state
    /// for these, `None` at the start of the simulation.
    pub fn state(&self, now: SimTime, is_on: Option<bool>, stream: &mut Stream) -> (bool, SimTime) {
        match self.presence {
            Presence::AlwaysOn => (true, SimTime::NEVER),
            Presence::Sporadic { on, off } => sporadic(on, off, now, is_on, stream),
            Presence::OfficeHours { .. } | Presence::Shift { .. } => self.daily(now),
            Presence::Hourly(hours) => self.hourly(hours, now),
        }
    }

    /// How long a client that is off at `now`, the start of the simulation, has been off before.
    /// Longer than [`LOOK_BACK`] is not looked for.
    pub fn off_before(&self, now: SimTime, stream: &mut Stream) -> SimDuration {
        let local = self.clock.local(now);
        let went_off = match self.presence {
            Presence::AlwaysOn => return SimDuration::ZERO,
            // The age of a renewal has the law of what is left of it.
            Presence::Sporadic { off, .. } => return off.sample(stream).scaled(stream.uniform()),
            Presence::OfficeHours { .. } | Presence::Shift { .. } => {
                let today = local.div_euclid(DAY);
                let sessions = (today - LOOK_BACK..=today).filter_map(|day| self.session(day));
                sessions.map(|(_, to)| to).filter(|to| *to <= local).max()
            }
            Presence::Hourly(hours) => {
                let lag = self.lag();
                let hour = (local - lag).div_euclid(HOUR);
                let last_on = (hour - LOOK_BACK * 24..hour)
                    .rev()
                    .find(|before| self.is_on_in_hour(hours, *before));
                last_on.map(|before| (before + 1) * HOUR + lag)
            }
        };
        let off = local - went_off.unwrap_or(local - LOOK_BACK * DAY);
        SimDuration::from_nanos(u64::try_from(off).unwrap_or(0))
    }

    /// Patterns with at most one session a day.
    fn daily(&self, now: SimTime) -> (bool, SimTime) {
        let local = self.clock.local(now);
        let today = local.div_euclid(DAY);
        // A session may have begun yesterday; the next one is at most a weekend and a day off
        // away, but a weekend share of zero can not make a week without working days.
        for day in today - 1..=today + 8 {
            let Some((from, to)) = self.session(day) else { continue };
            if local < from {
                return (false, self.clock.sim(from));
            }
            if local < to {
                return (true, self.clock.sim(to));
            }
        }
        (false, self.clock.sim((today + 1) * DAY))
    }

    /// The session that begins on local day `day`, in local nanoseconds, at most a day long. It
    /// may reach into the next one's: the client then just stays on.
    fn session(&self, day: i64) -> Option<(i64, i64)> {
        let mut stream =
            self.streams.stream(self.entity, Purpose(Draws::Day as u8), 8 * day as u32);
        let is_weekend = day.rem_euclid(7) >= 5;
        let (from, length) = match self.presence {
            Presence::OfficeHours { start, start_sd, length, length_sd, weekend_share } => {
                if is_weekend && stream.uniform() >= *weekend_share {
                    return None;
                }
                (normal(start, start_sd, &mut stream), normal(length, length_sd, &mut stream))
            }
            Presence::Shift { spread } => {
                if is_weekend {
                    return None;
                }
                let mut own = self.streams.stream(self.entity, Purpose(Draws::Day as u8), 1);
                let shift = i64::from(own.below(3));
                let early = spread.scaled(stream.uniform()).as_nanos() as i64;
                ((6 + 8 * shift) * HOUR - early, 8 * HOUR + early)
            }
            _ => return None,
        };
        let from = from.clamp(0, DAY - 1);
        (length > 0).then(|| (day * DAY + from, day * DAY + from + length.min(DAY)))
    }

    fn hourly(&self, hours: &[f64; 168], now: SimTime) -> (bool, SimTime) {
        let lag = self.lag();
        let local = self.clock.local(now) - lag;
        let hour = local.div_euclid(HOUR);
        let is_on = self.is_on_in_hour(hours, hour);
        (hour + 1..=hour + 14 * 24)
            .find(|next| self.is_on_in_hour(hours, *next) != is_on)
            .map_or((is_on, SimTime::NEVER), |next| (is_on, self.clock.sim(next * HOUR + lag)))
    }

    /// Each client's hour begins at its own time, so that nobody starts on the dot.
    fn lag(&self) -> i64 {
        let mut phase = self.streams.stream(self.entity, Purpose(Draws::Day as u8), 1);
        (phase.uniform() * HOUR as f64) as i64
    }

    fn is_on_in_hour(&self, hours: &[f64; 168], hour: i64) -> bool {
        let day = hour.div_euclid(24);
        let purpose = Purpose(Draws::Day as u8);
        let uniform = self.streams.stream(self.entity, purpose, 8 * day as u32).uniform();
        uniform < hours[hour.rem_euclid(168) as usize]
    }
}

/// On and off in turn. At the start the state is drawn by the long-run shares and the time left
/// is a uniform share of a full one: exact for constant times, close enough for others.
fn sporadic(
    on: &Law,
    off: &Law,
    now: SimTime,
    is_on: Option<bool>,
    stream: &mut Stream,
) -> (bool, SimTime) {
    match is_on {
        // Called when a period ends: the other begins.
        Some(was_on) => {
            let law = if was_on { off } else { on };
            (!was_on, now + law.sample(stream))
        }
        None => {
            let is_on = stream.uniform() * (on.mean() + off.mean()) < on.mean();
            let law = if is_on { on } else { off };
            let left = law.sample(stream).scaled(stream.uniform());
            (is_on, now + left)
        }
    }
}

/// A normal draw in nanoseconds.
fn normal(mean: &SimDuration, sd: &SimDuration, stream: &mut Stream) -> i64 {
    use rand_distr::{Distribution, StandardNormal};
    let z: f64 = StandardNormal.sample(stream);
    (mean.as_nanos() as f64 + z * sd.as_nanos() as f64) as i64
}
