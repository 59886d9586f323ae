//! Windows of one minute from the start of the measured period: the window in which the mean of a
//! level was highest, and the imbalance of connections between the instances of a gateway.
//!
//! Peaks are means over such windows, regardless of the length of the run and of the bins of its
//! time series. They are computed from exact integrals at the end of each minute, so that they cost
//! nothing while requests are served.

use crate::base::{SimDuration, SimTime};

use super::flow::FlowWindows;

/// Length of a window.
pub const MINUTE: SimDuration = SimDuration::from_seconds(60);

/// The minute in which the mean of a level was highest, from its integral over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Integral at the start of the current minute.
    last: u128,
    /// Increase of the integral in the busiest minute so far.
    growth: u128,
    /// Start of the busiest minute so far.
    start: SimTime,
}

impl Peak {
    /// Starts the windows at `now`, with the integral at that time.
    pub fn reset(&mut self, now: SimTime, integral: u128) {
        *self = Peak { last: integral, growth: 0, start: now };
    }

    /// Ends the minute that started at `start`. The first of several equal minutes counts.
    pub fn end_minute(&mut self, start: SimTime, integral: u128) {
        let growth = integral.saturating_sub(self.last);
        if growth > self.growth {
            (self.growth, self.start) = (growth, start);
        }
        self.last = integral;
    }

    /// Returns the increase of the integral in the busiest minute.
    pub fn growth(&self) -> u128 {
        self.growth
    }

    /// Returns the start of the busiest minute.
    pub fn start(&self) -> SimTime {
        self.start
    }
}

/// Utilisation from which a shared line counts as full.
pub const FULL: f64 = 0.99;

/// Bits that a shared line has carried in one direction, per minute.
#[derive(Clone, Debug, Default)]
pub struct LineMinutes {
    /// Bits carried and bits that could have been carried, at the start of the current minute.
    last: (u128, u128),
    /// Bits of every ended minute.
    pub bits: Vec<u64>,
    /// Largest ratio of the bits of a minute to those that could have been carried.
    pub utilisation_peak: f64,
    /// Number of minutes in which this ratio was at least [`FULL`].
    pub full: u64,
}

impl LineMinutes {
    /// Starts the minutes with these totals: bits carried, and bits that could have been carried.
    pub fn starting(totals: (u128, u128)) -> Self {
        LineMinutes { last: totals, ..LineMinutes::default() }
    }

    /// Ends a minute with the totals at its end.
    pub fn end_minute(&mut self, totals: (u128, u128)) {
        let carried = totals.0.saturating_sub(self.last.0);
        let offered = totals.1.saturating_sub(self.last.1);
        self.bits.push(u64::try_from(carried).unwrap_or(u64::MAX));
        if offered > 0 {
            let utilisation = carried as f64 / offered as f64;
            self.utilisation_peak = self.utilisation_peak.max(utilisation);
            self.full += u64::from(utilisation >= FULL);
        }
        self.last = totals;
    }
}

/// Distribution of connections over the instances of one gateway in one minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fullest {
    /// Index, within the gateway, of the instance with the most connections.
    pub instance: u32,
    /// Number of connections of this instance divided by the mean over all instances; 1 if there
    /// are no connections.
    pub ratio: f64,
    /// Whether the gateway has any connections.
    pub is_used: bool,
}

impl Fullest {
    /// Computes the imbalance from the connections and the share of uptime of each instance. Only
    /// instances that were up during the minute count; a restarted instance without connections
    /// counts, but a removed instance does not.
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

/// Integrals of an instance at the start of the current minute: connections and uptime.
pub type InstanceIntegrals = (u128, u128);

/// All values recorded per minute.
#[derive(Clone, Debug, Default)]
pub struct Minutes {
    /// Start of the first minute.
    from: SimTime,
    /// Start of the current minute.
    start: SimTime,
    /// Number of ended minutes, including a shorter last one.
    count: u64,
    /// Busy servers, by station.
    pub stations: Vec<Peak>,
    /// Sending time of the outgoing link, by instance.
    pub instance_links: Vec<Peak>,
    /// Bytes by flow.
    pub flows: FlowWindows,
    /// Number of clients that use a gateway.
    pub gateway_clients: Peak,
    /// Imbalance by gateway, one entry per minute; empty if no disruption can cause an imbalance.
    pub evenness: Vec<Vec<Fullest>>,
    /// Integrals by instance.
    pub instances: Vec<InstanceIntegrals>,
    /// Shared lines: each direction with a limit, in order of the lines, `Down` before `Up`.
    pub lines: Vec<LineMinutes>,
}

impl Minutes {
    /// Creates the windows; the first minute starts at `now`.
    pub fn starting(now: SimTime) -> Self {
        Minutes { from: now, start: now, ..Minutes::default() }
    }

    /// Ends the current minute at `now`. Returns its start, or `None` if its length is zero.
    pub fn end(&mut self, now: SimTime) -> Option<SimTime> {
        let start = self.start;
        if start >= now {
            return None;
        }
        self.start = now;
        self.count += 1;
        Some(start)
    }

    /// Returns the start of the first minute.
    pub fn from(&self) -> SimTime {
        self.from
    }

    /// Returns the time since the start of the current minute.
    pub fn passed(&self, now: SimTime) -> SimDuration {
        now.since(self.start)
    }

    /// Returns the number of ended minutes.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the time over which an increase is averaged: a minute. A last minute that is cut
    /// short also counts as a whole minute, with no activity in the missing part. In a run shorter
    /// than a minute, the window is the whole run.
    pub fn length(&self) -> SimDuration {
        match self.count {
            1 => MINUTE.min(self.start.since(self.from)),
            _ => MINUTE,
        }
    }

    /// Returns the mean of a level in its busiest minute.
    pub fn mean(&self, peak: &Peak) -> f64 {
        match self.length().as_nanos() {
            0 => 0.0,
            nanos => peak.growth() as f64 / nanos as f64,
        }
    }

    /// Returns the memory that grows with the length of the run, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let evenness = self.evenness.iter().map(|one| one.len() * size_of::<Fullest>());
        let lines = self.lines.iter().map(|one| one.bits.len() * size_of::<u64>());
        evenness.chain(lines).sum::<usize>() + self.flows.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    #[test]
    fn short_last_minute_is_not_the_peak() {
        let mut minutes = Minutes::starting(at(600));
        let mut peak = Peak::default();
        let second = 1_000_000_000;
        peak.reset(at(600), 7 * second);
        // Three whole minutes contain 30, 60 and 60 busy seconds; ten busy seconds follow.
        for (end, integral) in [(660, 37), (720, 97), (780, 157), (790, 167)] {
            let start = minutes.end(at(end)).expect("length above zero");
            peak.end_minute(start, integral * second);
        }
        assert_eq!((minutes.mean(&peak), peak.start()), (1.0, at(660)));
        assert_eq!((minutes.end(at(790)), minutes.count()), (None, 4));
    }

    #[test]
    fn run_shorter_than_a_minute_is_one_window() {
        let mut minutes = Minutes::starting(at(0));
        let mut peak = Peak::default();
        peak.end_minute(minutes.end(at(10)).expect("ten seconds"), 5_000_000_000);
        assert_eq!(minutes.mean(&peak), 0.5);
    }

    #[test]
    fn instances_that_were_never_up_do_not_lower_the_mean() {
        let of = |instances: &[(f64, f64)]| Fullest::of(instances.iter().copied());
        let empty_but_up = of(&[(60.0, 1.0), (60.0, 1.0), (0.0, 0.1)]);
        assert_eq!((empty_but_up.ratio, empty_but_up.instance), (1.5, 0));
        assert_eq!(of(&[(60.0, 1.0), (60.0, 1.0), (0.0, 0.0)]).ratio, 1.0);
        assert_eq!(of(&[(10.0, 1.0), (90.0, 1.0)]).instance, 1);
        let nobody = of(&[(0.0, 1.0), (0.0, 1.0)]);
        assert_eq!((nobody.ratio, nobody.is_used), (1.0, false));
    }
}
