//! Arrival processes of open sources: when the next arrival comes.

use super::{Law, Stream};
use crate::base::{PerSecond, SimDuration, SimTime};

/// How arrivals follow one another.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalProcess {
    /// Independent inter-arrival times of one law: `exponential` gives Poisson arrivals,
    /// `constant` deterministic ones.
    Renewal(Law),
    /// Poisson arrivals whose rate follows a profile.
    Profile(RateProfile),
    /// Recorded arrival times since the start of the measured period, ascending.
    Trace(Box<[SimTime]>),
}

/// A rate that repeats with a period, linear between its points.
#[derive(Clone, Debug, PartialEq)]
pub struct RateProfile {
    points: Box<[(SimDuration, f64)]>,
    period: SimDuration,
    peak: f64,
}

impl RateProfile {
    /// A profile through `points` (offset into the period, rate), offsets strictly rising and
    /// below `period`, at least one rate above zero. `None` otherwise. The last point joins the
    /// first of the next period.
    pub fn new(points: Vec<(SimDuration, PerSecond)>, period: SimDuration) -> Option<Self> {
        let rises = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let fits = points.last().is_some_and(|last| last.0 < period);
        let points: Box<[_]> =
            points.into_iter().map(|(offset, rate)| (offset, rate.get())).collect();
        let peak = points.iter().fold(0.0_f64, |peak, point| peak.max(point.1));
        (rises && fits && peak > 0.0).then_some(RateProfile { points, period, peak })
    }

    /// The rate a second at `offset` into the period (taken modulo the period).
    pub fn rate_at(&self, offset: SimDuration) -> f64 {
        let period = self.period.as_nanos();
        let offset = SimDuration::from_nanos(offset.as_nanos() % period);
        let next = self.points.partition_point(|point| point.0 <= offset);
        let count = self.points.len();
        let (left, right) = (self.points[(next + count - 1) % count], self.points[next % count]);
        // Distances go round the end of the period.
        let round = |from: SimDuration, to: SimDuration| {
            (to.as_nanos() + period - from.as_nanos()) % period
        };
        let (passed, length) = (round(left.0, offset), round(left.0, right.0));
        match length {
            0 => left.1,
            _ => left.1 + (right.1 - left.1) * (passed as f64 / length as f64),
        }
    }

    /// The mean rate a second over a period.
    pub fn mean_rate(&self) -> f64 {
        let count = self.points.len();
        let period = self.period.as_nanos();
        if count == 1 {
            return self.points[0].1;
        }
        let area: f64 = (0..count)
            .map(|index| {
                let (left, right) = (self.points[index], self.points[(index + 1) % count]);
                let length = (right.0.as_nanos() + period - left.0.as_nanos()) % period;
                (left.1 + right.1) / 2.0 * length as f64
            })
            .sum();
        area / period as f64
    }

    /// The highest rate a second.
    pub fn peak_rate(&self) -> f64 {
        self.peak
    }

    /// By thinning: arrivals at the peak rate, each kept with the probability of the rate over
    /// the peak (Lewis, Shedler, Naval Research Logistics 26, 1979).
    fn next_after(&self, previous: SimTime, phase: SimDuration, stream: &mut Stream) -> SimTime {
        use rand_distr::{Distribution, Exp1};
        let mut at = previous;
        loop {
            let unit: f64 = Exp1.sample(stream);
            at = at + SimDuration::from_seconds_f64(unit / self.peak);
            let offset = at.since(SimTime::ZERO) + phase;
            if at == SimTime::NEVER || stream.uniform() * self.peak < self.rate_at(offset) {
                return at;
            }
        }
    }
}

impl ArrivalProcess {
    /// The first arrival after `previous`; `index` arrivals have happened before it (a trace
    /// needs it). `phase` is the offset of time zero into the period of a profile, `origin` the
    /// time at which a trace starts. [`SimTime::NEVER`] when there is none.
    pub fn next_after(
        &self,
        previous: SimTime,
        index: u64,
        phase: SimDuration,
        origin: SimTime,
        stream: &mut Stream,
    ) -> SimTime {
        match self {
            ArrivalProcess::Renewal(law) => previous + law.sample(stream),
            ArrivalProcess::Profile(profile) => profile.next_after(previous, phase, stream),
            ArrivalProcess::Trace(times) => usize::try_from(index)
                .ok()
                .and_then(|index| times.get(index))
                .map_or(SimTime::NEVER, |at| origin + at.since(SimTime::ZERO)),
        }
    }

    /// The mean rate a second over the long run; of a trace, over its length.
    pub fn mean_rate(&self) -> f64 {
        match self {
            ArrivalProcess::Renewal(law) => 1.0 / law.mean(),
            ArrivalProcess::Profile(profile) => profile.mean_rate(),
            ArrivalProcess::Trace(times) => {
                let length = times.last().map_or(0.0, |last| last.as_seconds());
                if length > 0.0 { times.len() as f64 / length } else { 0.0 }
            }
        }
    }

    /// The highest rate a second; of a trace, the mean.
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
        PerSecond::new(rate).expect("not negative")
    }

    fn tent() -> RateProfile {
        let points = vec![(hours(6), per_second(0.0)), (hours(12), per_second(2.0))];
        RateProfile::new(points, hours(24)).expect("valid")
    }

    #[test]
    fn a_profile_is_linear_and_goes_round_the_day() {
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
            at = process.next_after(at, 0, SimDuration::ZERO, SimTime::ZERO, &mut stream);
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
            assert!(z.abs() < 4.0, "hour {hour}: {count} against {expected}");
        }
    }

    #[test]
    fn a_trace_is_followed_to_its_end() {
        let at = |seconds| SimTime::ZERO + SimDuration::from_seconds(seconds);
        let process = ArrivalProcess::Trace(vec![at(1), at(5)].into());
        let mut stream = Streams::new(1, 0).stream(0, Purpose(0), 0);
        let mut next =
            |index| process.next_after(at(0), index, SimDuration::ZERO, at(100), &mut stream);
        assert_eq!([next(0), next(1), next(2)], [at(101), at(105), SimTime::NEVER]);
    }

    #[test]
    fn a_profile_needs_rising_offsets_and_some_rate() {
        let make = |points| RateProfile::new(points, hours(24));
        assert!(make(vec![]).is_none());
        assert!(make(vec![(hours(1), per_second(0.0))]).is_none());
        assert!(make(vec![(hours(2), per_second(1.0)), (hours(1), per_second(1.0))]).is_none());
        assert!(make(vec![(hours(24), per_second(1.0))]).is_none());
    }
}
