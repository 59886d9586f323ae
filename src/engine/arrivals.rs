//! Arrival processes of open sources.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Distribution, Stream};
use crate::base::{PerSecond, SimDuration, SimTime};

/// The process that generates arrival times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ArrivalProcess {
    /// Independent, identically distributed inter-arrival times. An exponential distribution
    /// results in Poisson arrivals, and a constant results in deterministic arrivals.
    Renewal(Distribution),
    /// A Poisson process whose rate follows a profile.
    Profile(RateProfile),
    /// Recorded arrival times since the start of the measured period, in ascending order.
    Trace(Arc<[SimTime]>),
}

/// A phase of a rate profile and the time from which it applies: (time, phase). The phase is the
/// position within the profile that corresponds to time zero. It changes when the clocks change.
pub type Phase = (SimTime, SimDuration);

/// A periodic arrival rate that is linear between its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateProfile {
    points: Box<[(SimDuration, f64)]>,
    period: SimDuration,
    peak: f64,
    /// Expected number of arrivals from the first point to each point.
    before: Box<[f64]>,
    /// Expected number of arrivals per period.
    mass: f64,
}

impl RateProfile {
    /// Creates a profile from `points` (offset into the period, rate). Returns `None` unless the
    /// offsets are strictly ascending and below `period` and at least one rate is positive. The
    /// rate is also linear between the last point and the first point of the next period.
    pub fn new(points: Vec<(SimDuration, PerSecond)>, period: SimDuration) -> Option<Self> {
        let rises = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let fits = points.last().is_some_and(|last| last.0 < period);
        let points: Box<[_]> =
            points.into_iter().map(|(offset, rate)| (offset, rate.get())).collect();
        let peak = points.iter().fold(0.0_f64, |peak, point| peak.max(point.1));
        if !(rises && fits && peak > 0.0) {
            return None;
        }
        let before = vec![0.0; points.len()].into();
        let mut profile = RateProfile { points, period, peak, before, mass: 0.0 };
        for index in 0..profile.points.len() {
            profile.before[index] = profile.mass;
            let segment = profile.segment(index);
            profile.mass = segment.mass_up_to(segment.start + segment.length);
        }
        Some(profile)
    }

    /// Returns the rate per second at `offset` modulo the period.
    pub fn rate_at(&self, offset: SimDuration) -> f64 {
        let period = self.period.as_nanos();
        let offset = SimDuration::from_nanos(offset.as_nanos() % period);
        let next = self.points.partition_point(|point| point.0 <= offset);
        let count = self.points.len();
        let (left, right) = (self.points[(next + count - 1) % count], self.points[next % count]);
        // Distances wrap around the end of the period.
        let round = |from: SimDuration, to: SimDuration| {
            (to.as_nanos() + period - from.as_nanos()) % period
        };
        let (passed, length) = (round(left.0, offset), round(left.0, right.0));
        match length {
            0 => left.1,
            _ => left.1 + (right.1 - left.1) * (passed as f64 / length as f64),
        }
    }

    /// Returns the mean rate per second over a period.
    pub fn mean_rate(&self) -> f64 {
        self.mass / self.period.as_seconds()
    }

    /// Returns the peak rate per second.
    pub fn peak_rate(&self) -> f64 {
        self.peak
    }

    /// Samples the next arrival by inversion: the integral of the rate between two arrivals is a
    /// unit exponential variate (Law, Simulation Modeling and Analysis, 5th ed., 8.6.2).
    fn next_after(&self, previous: SimTime, phases: &[Phase], stream: &mut Stream) -> SimTime {
        use rand_distr::{Distribution as _, Exp1};
        let mut draw: f64 = Exp1.sample(stream);
        let mut from = previous;
        let mut place = phases.partition_point(|phase| phase.0 <= previous).max(1) - 1;
        loop {
            let phase = phases.get(place).map_or(SimDuration::ZERO, |phase| phase.1);
            let next = self.after(from, phase, draw);
            let Some((change, _)) = phases.get(place + 1).filter(|(change, _)| next >= *change)
            else {
                return next;
            };
            draw = (draw - self.expected_between(from, *change, phase)).max(0.0);
            from = *change;
            place += 1;
        }
    }

    /// Returns the time at which the integral of the rate, starting at `from`, reaches `draw`.
    /// The phase is constant.
    fn after(&self, from: SimTime, phase: SimDuration, draw: f64) -> SimTime {
        let (_, offset) = self.periods_and_offset(from, phase);
        let target = self.mass_before(offset) + draw;
        let whole = (target / self.mass).floor();
        let place = self.offset_of(target - whole * self.mass);
        // The time from `from` consists of whole periods and the distance within one period.
        let seconds = whole * self.period.as_seconds() + place - offset.as_seconds();
        from + SimDuration::from_seconds_f64(seconds)
    }

    /// Returns the expected number of arrivals between two times, with constant phase.
    fn expected_between(&self, from: SimTime, to: SimTime, phase: SimDuration) -> f64 {
        let (first, begin) = self.periods_and_offset(from, phase);
        let (last, end) = self.periods_and_offset(to, phase);
        (last - first) as f64 * self.mass + self.mass_before(end) - self.mass_before(begin)
    }

    /// Returns the number of whole periods before a time, and the offset of the time into its
    /// period.
    fn periods_and_offset(&self, at: SimTime, phase: SimDuration) -> (u64, SimDuration) {
        let (nanos, period) =
            ((at.since(SimTime::ZERO) + phase).as_nanos(), self.period.as_nanos());
        (nanos / period, SimDuration::from_nanos(nanos % period))
    }

    /// Returns the period.
    pub fn period(&self) -> SimDuration {
        self.period
    }

    /// Returns the segment that starts at point `index`. The last segment wraps around the end of
    /// the period.
    fn segment(&self, index: usize) -> Segment {
        let count = self.points.len();
        let (start, left) = self.points[index];
        let (next, right) = self.points[(index + 1) % count];
        let end = if index + 1 < count { next } else { next + self.period };
        let (start, end) = (start.as_seconds(), end.as_seconds());
        Segment { start, length: end - start, left, right, before: self.before[index] }
    }

    /// Returns the expected number of arrivals from the first point to `offset`. If `offset` is
    /// before the first point, the number is negative: it is computed on the last segment of the
    /// previous period.
    fn mass_before(&self, offset: SimDuration) -> f64 {
        let next = self.points.partition_point(|point| point.0 <= offset);
        match next.checked_sub(1) {
            Some(index) => self.segment(index).mass_up_to(offset.as_seconds()),
            None => {
                let last = self.segment(self.points.len() - 1);
                last.mass_up_to((offset + self.period).as_seconds()) - self.mass
            }
        }
    }

    /// Returns the offset in seconds at which the expected number of arrivals is `mass`. The offset
    /// does not wrap around at the end of the period, so it can exceed the period.
    fn offset_of(&self, mass: f64) -> f64 {
        let next = self.before.partition_point(|before| *before <= mass);
        let index = next.saturating_sub(1);
        self.segment(index).offset_of(mass)
    }
}

/// A segment on which the rate is linear.
struct Segment {
    start: f64,
    length: f64,
    left: f64,
    right: f64,
    before: f64,
}

impl Segment {
    fn slope(&self) -> f64 {
        (self.right - self.left) / self.length
    }

    fn mass_up_to(&self, offset: f64) -> f64 {
        let along = offset - self.start;
        self.before + along * (self.left + self.slope() * along / 2.0)
    }

    /// Returns the offset at which the expected number of arrivals is `mass`. Solves the quadratic
    /// equation in the form that avoids cancellation.
    fn offset_of(&self, mass: f64) -> f64 {
        let rest = (mass - self.before).max(0.0);
        let root = (self.left * self.left + 2.0 * self.slope() * rest).max(0.0).sqrt();
        let sum = self.left + root;
        let along = if sum > 0.0 { 2.0 * rest / sum } else { 0.0 };
        self.start + along.min(self.length)
    }
}

impl ArrivalProcess {
    /// Returns the first arrival after `previous`, or [`SimTime::NEVER`] if there is none. `index`
    /// is the number of earlier arrivals, which selects the entry of a trace. `phases` are the
    /// phases of a profile (see [`Phase`]); the first applies from time zero. `origin` is the time
    /// at which a trace starts.
    pub fn next_after(
        &self,
        previous: SimTime,
        index: u64,
        phases: &[Phase],
        origin: SimTime,
        stream: &mut Stream,
    ) -> SimTime {
        match self {
            ArrivalProcess::Renewal(distribution) => previous + distribution.sample(stream),
            ArrivalProcess::Profile(profile) => profile.next_after(previous, phases, stream),
            ArrivalProcess::Trace(times) => usize::try_from(index)
                .ok()
                .and_then(|index| times.get(index))
                .map_or(SimTime::NEVER, |at| origin + at.since(SimTime::ZERO)),
        }
    }

    /// Returns the long-run mean rate per second; for a trace, the mean over its length.
    pub fn mean_rate(&self) -> f64 {
        match self {
            ArrivalProcess::Renewal(distribution) => 1.0 / distribution.mean(),
            ArrivalProcess::Profile(profile) => profile.mean_rate(),
            ArrivalProcess::Trace(times) => {
                let length = times.last().map_or(0.0, |last| last.as_seconds());
                if length > 0.0 { times.len() as f64 / length } else { 0.0 }
            }
        }
    }

    /// Returns the peak rate per second; for renewal processes and traces, the mean rate.
    pub fn peak_rate(&self) -> f64 {
        match self {
            ArrivalProcess::Profile(profile) => profile.peak_rate(),
            _ => self.mean_rate(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Streams};

    fn hours(hours: u64) -> SimDuration {
        SimDuration::from_seconds(hours * 3600)
    }

    fn per_second(rate: f64) -> PerSecond {
        PerSecond::new(rate).expect("non-negative")
    }

    fn tent() -> RateProfile {
        let points = vec![(hours(6), per_second(0.0)), (hours(12), per_second(2.0))];
        RateProfile::new(points, hours(24)).expect("valid")
    }

    #[test]
    fn a_profile_is_linear_and_repeats_daily() {
        let profile = tent();
        assert!((profile.rate_at(hours(9)) - 1.0).abs() < 1e-12);
        assert!((profile.rate_at(hours(21)) - 1.0).abs() < 1e-12);
        assert!((profile.rate_at(hours(24 + 12)) - 2.0).abs() < 1e-12);
        assert!((profile.mean_rate() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn arrivals_follow_the_profile() {
        let process = ArrivalProcess::Profile(tent());
        let mut stream = Streams::new(3, 0).stream(0, Purpose(0), 0);
        let (mut at, mut by_hour) = (SimTime::ZERO, [0.0_f64; 24]);
        let days = 5;
        loop {
            at = process.next_after(at, 0, &[], SimTime::ZERO, &mut stream);
            let hour = at.as_nanos() / hours(1).as_nanos();
            if hour >= 24 * days {
                break;
            }
            by_hour[(hour % 24) as usize] += 1.0;
        }
        for (hour, count) in by_hour.iter().enumerate() {
            let middle = hours(hour as u64) + SimDuration::from_seconds(1800);
            let expected = tent().rate_at(middle) * 3600.0 * days as f64;
            let z = (count - expected) / expected.sqrt();
            assert!(z.abs() < 4.0, "hour {hour}: {count} instead of {expected}");
        }
    }

    /// After three days, the clocks go back one hour. Later arrivals shift by one hour, and the
    /// change neither loses nor duplicates an arrival.
    #[test]
    fn a_clock_change_shifts_the_profile() {
        let process = ArrivalProcess::Profile(tent());
        let change = SimTime::ZERO + hours(72);
        let phases = [(SimTime::ZERO, hours(1)), (change, hours(0))];
        let mut stream = Streams::new(3, 0).stream(0, Purpose(0), 0);
        let (mut at, mut by_hour) = (SimTime::ZERO, [0.0_f64; 6 * 24]);
        loop {
            at = process.next_after(at, 0, &phases, SimTime::ZERO, &mut stream);
            let hour = (at.as_nanos() / hours(1).as_nanos()) as usize;
            let Some(count) = by_hour.get_mut(hour) else { break };
            *count += 1.0;
        }
        for (hour, count) in by_hour.iter().enumerate() {
            let phase = if hour < 72 { hours(1) } else { hours(0) };
            let middle = hours(hour as u64) + phase + SimDuration::from_seconds(1800);
            let expected = tent().rate_at(middle) * 3600.0;
            let z = (count - expected) / expected.sqrt();
            assert!(z.abs() < 4.0, "hour {hour}: {count} instead of {expected}");
        }
        // The mean rate is 1/s, so two periods have 172,800 expected arrivals.
        let profile = tent();
        let total = profile.expected_between(SimTime::ZERO, SimTime::ZERO + hours(48), hours(1));
        assert!((total - 2.0 * 86_400.0).abs() < 1e-6, "{total}");
    }

    /// Skips a thousand days without arrivals in one step instead of with 10^11 rejected
    /// candidates, and samples steep rates correctly.
    #[test]
    fn a_profile_skips_periods_without_arrivals() {
        let day = hours(24);
        let points = vec![
            (hours(0), per_second(0.0)),
            (hours(24 * 1000), per_second(0.0)),
            (hours(24 * 1001), per_second(1e6)),
            (hours(24 * 1002), per_second(0.0)),
        ];
        let period = SimDuration::from_nanos(100_000 * day.as_nanos());
        let profile = RateProfile::new(points, period).expect("valid");
        assert!((profile.mean_rate() * period.as_seconds() / (86_400.0 * 1e6) - 1.0).abs() < 1e-9);
        let process = ArrivalProcess::Profile(profile);
        let mut stream = Streams::new(3, 0).stream(0, Purpose(0), 0);
        let mut next = |at| process.next_after(at, 0, &[], SimTime::ZERO, &mut stream);
        let first = next(SimTime::ZERO);
        let thousandth = SimTime::ZERO + hours(24 * 1000);
        // The rate is k t with k = 1e6 per day, so the mean time to the first arrival is sqrt(pi /
        // 2k) = 0.37 s.
        assert!(first > thousandth && first < thousandth + SimDuration::from_seconds(3), "{first}");
        let last_of_this = SimTime::ZERO + hours(24 * 1002);
        let of_next_period = next(last_of_this);
        assert!(of_next_period > last_of_this + SimDuration::from_nanos(90_000 * day.as_nanos()));
    }

    #[test]
    fn a_trace_is_replayed_to_its_end() {
        let at = |seconds| SimTime::ZERO + SimDuration::from_seconds(seconds);
        let process = ArrivalProcess::Trace(vec![at(1), at(5)].into());
        let mut stream = Streams::new(1, 0).stream(0, Purpose(0), 0);
        let mut next = |index| process.next_after(at(0), index, &[], at(100), &mut stream);
        assert_eq!([next(0), next(1), next(2)], [at(101), at(105), SimTime::NEVER]);
    }

    #[test]
    fn refuses_profile_without_ascending_offsets_or_positive_rate() {
        let make = |points| RateProfile::new(points, hours(24));
        assert!(make(vec![]).is_none());
        assert!(make(vec![(hours(1), per_second(0.0))]).is_none());
        assert!(make(vec![(hours(2), per_second(1.0)), (hours(1), per_second(1.0))]).is_none());
        assert!(make(vec![(hours(24), per_second(1.0))]).is_none());
    }
}
