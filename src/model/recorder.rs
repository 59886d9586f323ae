//! What a run writes down. The world tells a [`Recorder`] what happens; statically dispatched, so
//! that benches can measure the bare model with [`Nothing`].

use crate::base::{SimDuration, SimTime};
use crate::engine::LatencyHistogram;

use super::request::Cause;
use super::workload::{PerKind, RequestKind};

/// Told what happens to requests. `origin` numbers cohorts first, then open sources.
pub trait Recorder {
    /// A request is issued.
    fn issued(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// An attempt begins.
    fn attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// A new client connection is made.
    fn connect(&mut self, now: SimTime);
    /// A request is answered, `latency` after it was issued.
    fn completed(&mut self, now: SimTime, kind: RequestKind, origin: usize, latency: SimDuration);
    /// An attempt fails.
    fn failed_attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause);
    /// A request is given up after its last attempt.
    fn failed(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause);
    /// A request is dropped because its client went away.
    fn abandoned(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// An answer arrives that nobody waits for any more.
    fn wasted(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// Measuring starts: `in_flight(kind, origin)` says how many requests are under way.
    fn measure_from(&mut self, now: SimTime, in_flight: &dyn Fn(RequestKind, usize) -> u64);
    /// A bin of the time series ends.
    fn bin_end(&mut self, now: SimTime);
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Recorder for Nothing {
    fn issued(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn attempt(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn connect(&mut self, _: SimTime) {}
    fn completed(&mut self, _: SimTime, _: RequestKind, _: usize, _: SimDuration) {}
    fn failed_attempt(&mut self, _: SimTime, _: RequestKind, _: usize, _: Cause) {}
    fn failed(&mut self, _: SimTime, _: RequestKind, _: usize, _: Cause) {}
    fn abandoned(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn wasted(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn measure_from(&mut self, _: SimTime, _: &dyn Fn(RequestKind, usize) -> u64) {}
    fn bin_end(&mut self, _: SimTime) {}
}

/// Counts of one group of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Under way when measuring began.
    pub in_flight_at_start: u64,
    /// Issued since.
    pub issued: u64,
    /// Answered.
    pub completed: u64,
    /// Given up.
    pub failed: u64,
    /// Dropped because the client went away.
    pub abandoned: u64,
    /// Attempts begun.
    pub attempts: u64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Answers nobody waited for.
    pub wasted: u64,
}

impl Counts {
    /// What must be under way now, by these counts.
    pub fn in_flight(&self) -> u64 {
        let ended = self.completed + self.failed + self.abandoned;
        (self.in_flight_at_start + self.issued).saturating_sub(ended)
    }
}

/// Counts and latencies of one group of requests.
#[derive(Clone, Debug)]
pub struct Group {
    /// Counts.
    pub counts: Counts,
    /// Latency of answered requests.
    pub latency: LatencyHistogram,
}

impl Group {
    fn new() -> Self {
        Group { counts: Counts::default(), latency: LatencyHistogram::new() }
    }
}

/// One bin of the time series.
#[derive(Clone, Copy, Debug, Default)]
pub struct BinCounts {
    /// Counts of the bin.
    pub counts: Counts,
    /// New client connections.
    pub connects: u64,
    /// Quantiles of the latency in seconds: 50, 95, 99 %; `None` if nothing was answered.
    pub latency: Option<[f64; 3]>,
}

/// Five minutes: counts and latencies.
#[derive(Clone, Debug)]
pub struct Window {
    /// When it began.
    pub start: SimTime,
    /// What happened in it.
    pub group: Group,
}

/// Length of the windows among which the worst is looked for.
const WINDOW: SimDuration = SimDuration::from_seconds(300);

/// The usual recorder: counts, latencies, bins.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// By kind.
    pub kinds: PerKind<Group>,
    /// By cohort, then open source.
    pub origins: Vec<Group>,
    /// Latency of all but keep-alives.
    pub latency: LatencyHistogram,
    /// Failed attempts and given-up requests, by cause.
    pub causes: [(u64, u64); Cause::ALL.len()],
    /// Bins that have ended.
    pub bins: Vec<BinCounts>,
    /// The worst window that has ended.
    pub worst: Option<Window>,
    /// New client connections since the start of measuring.
    pub connects: u64,
    bin: BinCounts,
    bin_latency: LatencyHistogram,
    window: Window,
}

impl Statistics {
    /// A recorder for `origins` cohorts and open sources.
    pub fn new(origins: usize) -> Self {
        Statistics {
            kinds: PerKind::from_fn(|_| Group::new()),
            origins: (0..origins).map(|_| Group::new()).collect(),
            latency: LatencyHistogram::new(),
            causes: [(0, 0); Cause::ALL.len()],
            bins: Vec::new(),
            worst: None,
            connects: 0,
            bin: BinCounts::default(),
            bin_latency: LatencyHistogram::new(),
            window: Window { start: SimTime::ZERO, group: Group::new() },
        }
    }

    /// All requests together.
    pub fn total(&self) -> Counts {
        self.kinds.entries().fold(Counts::default(), |mut sum, (_, group)| {
            let counts = group.counts;
            sum.in_flight_at_start += counts.in_flight_at_start;
            sum.issued += counts.issued;
            sum.completed += counts.completed;
            sum.failed += counts.failed;
            sum.abandoned += counts.abandoned;
            sum.attempts += counts.attempts;
            sum.failed_attempts += counts.failed_attempts;
            sum.wasted += counts.wasted;
            sum
        })
    }

    /// Ends the last window, so that it can be the worst.
    pub fn finish(&mut self) {
        self.close_window(SimTime::NEVER);
    }

    fn count(&mut self, kind: RequestKind, origin: usize, change: impl Fn(&mut Counts)) {
        change(&mut self.kinds[kind].counts);
        change(&mut self.origins[origin].counts);
        change(&mut self.bin.counts);
    }

    /// Starts a new window if `now` is past the present one.
    fn advance_window(&mut self, now: SimTime) {
        if now >= self.window.start + WINDOW {
            self.close_window(now);
        }
    }

    fn close_window(&mut self, now: SimTime) {
        let counts = &self.window.group.counts;
        let is_empty = counts.completed + counts.failed_attempts == 0;
        if !is_empty && self.worst.as_ref().is_none_or(|worst| self.window.is_worse(worst)) {
            self.worst = Some(self.window.clone());
        }
        let windows = now.since(self.window.start).as_nanos() / WINDOW.as_nanos();
        let passed = SimDuration::from_nanos(windows.saturating_mul(WINDOW.as_nanos()));
        self.window.start = self.window.start + passed;
        if !is_empty {
            self.window.group.counts = Counts::default();
            self.window.group.latency.clear();
        }
    }
}

impl Window {
    /// Worse is a higher share of failed attempts (in thousandths), then a higher p95.
    fn is_worse(&self, other: &Window) -> bool {
        let rank = |window: &Window| {
            let counts = window.group.counts;
            let ended = counts.completed + counts.failed_attempts;
            (counts.failed_attempts * 1000 / ended.max(1), window.group.latency.quantile(0.95))
        };
        rank(self) > rank(other)
    }
}

impl Recorder for Statistics {
    fn issued(&mut self, _now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.issued += 1);
    }

    fn attempt(&mut self, _now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.attempts += 1);
    }

    fn connect(&mut self, _now: SimTime) {
        self.bin.connects += 1;
        self.connects += 1;
    }

    fn completed(&mut self, now: SimTime, kind: RequestKind, origin: usize, latency: SimDuration) {
        self.count(kind, origin, |counts| counts.completed += 1);
        self.kinds[kind].latency.record(latency);
        self.origins[origin].latency.record(latency);
        if kind != RequestKind::KeepAlive {
            self.latency.record(latency);
            self.bin_latency.record(latency);
            self.advance_window(now);
            self.window.group.counts.completed += 1;
            self.window.group.latency.record(latency);
        }
    }

    fn failed_attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause) {
        self.count(kind, origin, |counts| counts.failed_attempts += 1);
        self.causes[cause as usize].0 += 1;
        if kind != RequestKind::KeepAlive {
            self.advance_window(now);
            self.window.group.counts.failed_attempts += 1;
        }
    }

    fn failed(&mut self, _now: SimTime, kind: RequestKind, origin: usize, cause: Cause) {
        self.count(kind, origin, |counts| counts.failed += 1);
        self.causes[cause as usize].1 += 1;
    }

    fn abandoned(&mut self, _now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.abandoned += 1);
    }

    fn wasted(&mut self, _now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.wasted += 1);
    }

    fn measure_from(&mut self, now: SimTime, in_flight: &dyn Fn(RequestKind, usize) -> u64) {
        let origins = self.origins.len();
        *self = Statistics::new(origins);
        self.window.start = now;
        for kind in RequestKind::ALL {
            for origin in 0..origins {
                let under_way = in_flight(kind, origin);
                self.kinds[kind].counts.in_flight_at_start += under_way;
                self.origins[origin].counts.in_flight_at_start += under_way;
            }
        }
    }

    fn bin_end(&mut self, _now: SimTime) {
        if self.bin_latency.count() > 0 {
            let quantile = |q| self.bin_latency.quantile(q);
            self.bin.latency = Some([quantile(0.5), quantile(0.95), quantile(0.99)]);
            self.bin_latency.clear();
        }
        self.bins.push(std::mem::take(&mut self.bin));
    }
}
