//! Windows of one minute from the start of the measured period on: in which of them a level was
//! highest on average, and how evenly connections stood on a gateway's instances.
//!
//! Peaks are those of such windows, whatever the length of the run and of the bins of its time
//! series. The world looks at exact integrals at the end of each minute, so that nothing is done
//! for them while requests are served.

use crate::base::{SimDuration, SimTime};

/// The length of a window.
pub const MINUTE: SimDuration = SimDuration::from_seconds(60);

/// The minute in which a level was highest on average, by its integral over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// The integral when the present minute began.
    last: u128,
    /// By how much it grew in the busiest minute so far.
    growth: u128,
    /// When that minute began.
    start: SimTime,
}

impl Peak {
    /// Windows begin at `now`, where the integral is `integral`.
    pub fn reset(&mut self, now: SimTime, integral: u128) {
        *self = Peak { last: integral, growth: 0, start: now };
    }

    /// The minute that began at `start` ends; of minutes that are alike the first counts.
    pub fn end_minute(&mut self, start: SimTime, integral: u128) {
        let growth = integral.saturating_sub(self.last);
        if growth > self.growth {
            (self.growth, self.start) = (growth, start);
        }
        self.last = integral;
    }

    /// By how much the integral grew in the busiest minute.
    pub fn growth(&self) -> u128 {
        self.growth
    }

    /// When the busiest minute began.
    pub fn start(&self) -> SimTime {
        self.start
    }
}

/// How connections stand on the instances of one gateway in one minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fullest {
    /// Place of the instance with the most connections among the gateway's.
    pub instance: u32,
    /// Its connections over the mean of all instances; 1 while nobody is connected.
    pub ratio: f64,
    /// Whether anybody is connected.
    pub is_used: bool,
}

impl Fullest {
    /// Of connections and shares of time up of a gateway's instances. Those that were up at all
    /// count: one that has come back and is empty does, one that was scaled in does not.
    pub fn of(instances: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mut sum, mut count, mut maximum, mut instance) = (0.0, 0_u32, 0.0, 0);
        for (index, (connections, up)) in (0_u32..).zip(instances) {
            if up > 0.0 || connections > 0.0 {
                sum += connections;
                count += 1;
            }
            if connections > maximum {
                (instance, maximum) = (index, connections);
            }
        }
        let is_used = sum > 0.0;
        let ratio = if is_used { maximum * f64::from(count) / sum } else { 1.0 };
        Fullest { instance, ratio, is_used }
    }
}

/// What an instance's integrals were when the present minute began: connections, time up.
pub type InstanceIntegrals = (u128, u128);

/// All that is noted by the minute.
#[derive(Clone, Debug, Default)]
pub struct Minutes {
    /// When the first minute began.
    from: SimTime,
    /// When the present one did.
    start: SimTime,
    /// Minutes that have ended, the last and shorter one included.
    count: u64,
    /// Busy servers, by station.
    pub stations: Vec<Peak>,
    /// Time the outgoing link was sending, by instance.
    pub instance_links: Vec<Peak>,
    /// The same, by distribution point.
    pub point_links: Vec<Peak>,
    /// Clients that use a gateway.
    pub gateway_clients: Peak,
    /// By gateway, one entry per minute; empty unless disruptions can make it uneven.
    pub evenness: Vec<Vec<Fullest>>,
    /// By instance.
    pub instances: Vec<InstanceIntegrals>,
}

impl Minutes {
    /// Minutes that begin at `now`.
    pub fn starting(now: SimTime) -> Self {
        Minutes { from: now, start: now, ..Minutes::default() }
    }

    /// The present minute ends at `now`; returns when it began, `None` if it has no length.
    pub fn end(&mut self, now: SimTime) -> Option<SimTime> {
        let start = self.start;
        if start >= now {
            return None;
        }
        self.start = now;
        self.count += 1;
        Some(start)
    }

    /// When the first minute began.
    pub fn from(&self) -> SimTime {
        self.from
    }

    /// How long the present one lasts already.
    pub fn passed(&self, now: SimTime) -> SimDuration {
        now.since(self.start)
    }

    /// Minutes that have ended.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What a growth is a mean over: a minute. A last minute that is cut short counts as if nothing
    /// had come after it; of a run that is shorter than a minute all of it is the window.
    pub fn length(&self) -> SimDuration {
        match self.count {
            1 => MINUTE.min(self.start.since(self.from)),
            _ => MINUTE,
        }
    }

    /// The mean of a level in its busiest minute.
    pub fn mean(&self, peak: &Peak) -> f64 {
        match self.length().as_nanos() {
            0 => 0.0,
            nanos => peak.growth() as f64 / nanos as f64,
        }
    }

    /// Memory that grows with the run's length.
    pub fn memory_bytes(&self) -> usize {
        self.evenness.iter().map(|one| one.len() * size_of::<Fullest>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    #[test]
    fn the_busiest_minute_is_found_and_a_partial_one_is_not_inflated() {
        let mut minutes = Minutes::starting(at(600));
        let mut peak = Peak::default();
        let second = 1_000_000_000;
        peak.reset(at(600), 7 * second);
        // 30, 60 and 60 seconds busy, then all of ten seconds.
        for (end, integral) in [(660, 37), (720, 97), (780, 157), (790, 167)] {
            let start = minutes.end(at(end)).expect("it has a length");
            peak.end_minute(start, integral * second);
        }
        assert_eq!((minutes.mean(&peak), peak.start()), (1.0, at(660)));
        assert_eq!((minutes.end(at(790)), minutes.count()), (None, 4));
    }

    #[test]
    fn a_run_shorter_than_a_minute_is_one_window() {
        let mut minutes = Minutes::starting(at(0));
        let mut peak = Peak::default();
        peak.end_minute(minutes.end(at(10)).expect("ten seconds"), 5_000_000_000);
        assert_eq!(minutes.mean(&peak), 0.5);
    }

    #[test]
    fn unavailable_instances_do_not_lower_the_mean() {
        let of = |instances: &[(f64, f64)]| Fullest::of(instances.iter().copied());
        let empty_but_up = of(&[(60.0, 1.0), (60.0, 1.0), (0.0, 0.1)]);
        assert_eq!((empty_but_up.ratio, empty_but_up.instance), (1.5, 0));
        assert_eq!(of(&[(60.0, 1.0), (60.0, 1.0), (0.0, 0.0)]).ratio, 1.0);
        assert_eq!(of(&[(10.0, 1.0), (90.0, 1.0)]).instance, 1);
        let nobody = of(&[(0.0, 1.0), (0.0, 1.0)]);
        assert_eq!((nobody.ratio, nobody.is_used), (1.0, false));
    }
}
