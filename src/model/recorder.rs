//! Recording of a run: the world calls the methods of a [`Recorder`] for everything that happens.
//! These calls are dispatched statically, so that benchmarks can measure the model alone with
//! [`NoRecorder`]. The module `recording` has a recorder that keeps every step.

use crate::base::{SimDuration, SimTime};
use crate::engine::LatencyHistogram;
use crate::terms::{Cause, PerKind, RequestKind};

use super::event::Event;
use super::latency_breakdown::{LatencyTotals, RequestBreakdown};
use super::minutes::Peak;
use super::step::Step;
use super::world::compiled::Compiled;

/// A recorder of what happens in a world.
pub trait Recorder: Compiled {
    /// Whether the recorder also receives every event and every step. If false, reporting events
    /// and steps costs nothing.
    const FOLLOWS: bool = false;

    /// Type that counts requests.
    type Counter: Counter;

    /// Returns the counter.
    fn counter(&mut self) -> &mut Self::Counter;

    /// Receives an event of the calendar before it is handled, if [`Recorder::FOLLOWS`].
    fn event(&mut self, _now: SimTime, _event: Event) {}

    /// Receives a step of a request or an attempt, if [`Recorder::FOLLOWS`].
    fn step(&mut self, _now: SimTime, _step: Step) {}
}

/// Receives what happens to requests. `origin` is an index: cohorts come first, then open sources.
pub trait Counter {
    /// Records that a request is issued.
    fn issued(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// Records that an attempt starts.
    fn attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// Records that a client tries to open a new connection.
    fn connect_attempt(&mut self, now: SimTime);
    /// Records that a connection is established.
    fn connect(&mut self, now: SimTime);
    /// Records that a request is completed, `latency` after it was issued, with its latency
    /// breakdown.
    fn completed(
        &mut self,
        now: SimTime,
        kind: RequestKind,
        origin: usize,
        latency: SimDuration,
        breakdown: &RequestBreakdown,
    );
    /// Records that an attempt fails.
    fn failed_attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause);
    /// Records that a request fails with its last attempt.
    fn failed(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause);
    /// Records that a request is abandoned because its client went offline.
    fn abandoned(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// Records a response that arrives after its client has stopped waiting.
    fn wasted(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// Starts the measured period: `in_flight(kind, origin)` returns the number of requests in
    /// flight.
    fn measure_from(&mut self, now: SimTime, in_flight: &dyn Fn(RequestKind, usize) -> u64);
    /// Ends a bin of the time series.
    fn bin_end(&mut self, now: SimTime);
    /// Ends the minute of the measured period that started at `start`.
    fn minute_end(&mut self, start: SimTime);
    /// Marks the start of the last tenth of the measured period.
    fn last_tenth(&mut self, now: SimTime);
    /// Ends the simulation. Counts that were recorded after the end of the last bin, at the same
    /// time, are added to that bin.
    fn end(&mut self, now: SimTime);
}

/// A recorder that keeps the standard statistics.
pub trait Measured: Recorder {
    /// Returns the statistics.
    fn statistics(&self) -> &Statistics;
}

/// A recorder that records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    type Counter = NoRecorder;

    #[inline(always)]
    fn counter(&mut self) -> &mut NoRecorder {
        self
    }
}

impl Counter for NoRecorder {
    fn issued(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn attempt(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn connect_attempt(&mut self, _: SimTime) {}
    fn connect(&mut self, _: SimTime) {}
    fn completed(
        &mut self,
        _: SimTime,
        _: RequestKind,
        _: usize,
        _: SimDuration,
        _: &RequestBreakdown,
    ) {
    }
    fn failed_attempt(&mut self, _: SimTime, _: RequestKind, _: usize, _: Cause) {}
    fn failed(&mut self, _: SimTime, _: RequestKind, _: usize, _: Cause) {}
    fn abandoned(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn wasted(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn measure_from(&mut self, _: SimTime, _: &dyn Fn(RequestKind, usize) -> u64) {}
    fn bin_end(&mut self, _: SimTime) {}
    fn minute_end(&mut self, _: SimTime) {}
    fn last_tenth(&mut self, _: SimTime) {}
    fn end(&mut self, _: SimTime) {}
}

/// Counts of a group of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Number of requests in flight at the start of measurement.
    pub in_flight_at_start: u64,
    /// Number of requests issued since the start of measurement.
    pub issued: u64,
    /// Number of requests completed.
    pub completed: u64,
    /// Number of requests failed.
    pub failed: u64,
    /// Number of requests abandoned because the client went offline.
    pub abandoned: u64,
    /// Number of attempts started.
    pub attempts: u64,
    /// Number of attempts failed.
    pub failed_attempts: u64,
    /// Number of responses that arrived after the client had stopped waiting.
    pub wasted: u64,
}

impl Counts {
    /// Adds the counts of another group.
    pub fn add(&mut self, other: &Counts) {
        self.in_flight_at_start += other.in_flight_at_start;
        self.issued += other.issued;
        self.completed += other.completed;
        self.failed += other.failed;
        self.abandoned += other.abandoned;
        self.attempts += other.attempts;
        self.failed_attempts += other.failed_attempts;
        self.wasted += other.wasted;
    }

    /// Returns the number of requests in flight that follows from these counts.
    pub fn in_flight(&self) -> u64 {
        let ended = self.completed + self.failed + self.abandoned;
        (self.in_flight_at_start + self.issued).saturating_sub(ended)
    }
}

/// Counts and latencies of a group of requests.
#[derive(Clone, Debug)]
pub struct Group {
    /// Counts of requests and attempts.
    pub counts: Counts,
    /// Latency of completed requests.
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
    /// Counts of requests in the bin.
    pub counts: Counts,
    /// Number of connection attempts of clients.
    pub connect_attempts: u64,
    /// Number of client connections established.
    pub connects: u64,
    /// Quantiles of the latency in seconds: 50, 95, 99 %; `None` if too few requests were
    /// completed.
    pub latency: [Option<f64>; 3],
}

/// Quantiles of a bin, each with the minimum number of completed requests that it requires.
const BIN_QUANTILES: [(f64, u64); 3] = [(0.5, 3), (0.95, 10), (0.99, 20)];

/// A window of five minutes: counts, latencies, and the number of outstanding requests.
#[derive(Clone, Debug)]
pub struct Window {
    /// Start of the window.
    pub start: SimTime,
    /// Length of the window; the last one may be shorter.
    pub length: SimDuration,
    /// Counts and latencies in the window.
    pub group: Group,
    /// Number of outstanding requests (in flight or waiting for a retry), integrated over time in
    /// nanoseconds.
    pub outstanding_nanos: u128,
}

/// Number of attempts and requests that failed for a cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CauseCounts {
    /// Number of failed attempts of requests.
    pub attempts: u64,
    /// Number of failed requests whose last attempt failed for this cause.
    pub requests: u64,
    /// Number of failed attempts to open or keep a notification channel.
    pub of_channel: u64,
    /// Number of interrupted downloads.
    pub of_downloads: u64,
}

/// Length of the windows from which the worst is selected.
const WINDOW: SimDuration = SimDuration::from_seconds(300);

/// The standard recorder: counts, latencies and bins. Notification channels and downloads are
/// counted by kind only.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Counts and latencies by kind.
    pub kinds: PerKind<Group>,
    /// Counts and latencies of requests by cohort, then by open source.
    pub origins: Vec<Group>,
    /// Latency breakdown by kind.
    pub latency_totals: PerKind<LatencyTotals>,
    /// Failures by cause.
    pub causes: [CauseCounts; Cause::ALL.len()],
    /// Bins that have ended.
    pub bins: Vec<BinCounts>,
    /// Minute in which the most requests were issued.
    pub issued: Peak,
    /// Counts at the start of the last tenth of the run; `None` before that time.
    pub before_last_tenth: Option<Counts>,
    /// Worst window that has ended: the one with the highest mean number of outstanding requests.
    pub worst: Option<Window>,
    bin: BinCounts,
    bin_latency: LatencyHistogram,
    window: Window,
    /// Number of outstanding requests now; their time is counted up to `counted_until`.
    outstanding: u64,
    counted_until: SimTime,
}

impl Window {
    fn new(start: SimTime) -> Self {
        Window { start, length: SimDuration::ZERO, group: Group::new(), outstanding_nanos: 0 }
    }

    /// Returns the time average of outstanding requests.
    pub fn outstanding_mean(&self) -> f64 {
        self.outstanding_nanos as f64 / (self.length.as_nanos() as f64).max(1.0)
    }
}

impl Statistics {
    /// Creates a recorder for `origins` cohorts and open sources.
    pub fn new(origins: usize) -> Self {
        Statistics {
            kinds: PerKind::from_fn(|_| Group::new()),
            origins: (0..origins).map(|_| Group::new()).collect(),
            latency_totals: PerKind::from_fn(|_| LatencyTotals::default()),
            causes: [CauseCounts::default(); Cause::ALL.len()],
            bins: Vec::new(),
            issued: Peak::default(),
            before_last_tenth: None,
            worst: None,
            bin: BinCounts::default(),
            bin_latency: LatencyHistogram::new(),
            window: Window::new(SimTime::ZERO),
            outstanding: 0,
            counted_until: SimTime::ZERO,
        }
    }

    /// Returns the counts of all requests.
    pub fn total(&self) -> Counts {
        let requests = self.kinds.entries().filter(|(kind, _)| !kind.is_counted_apart());
        requests.fold(Counts::default(), |mut sum, (_, group)| {
            sum.add(&group.counts);
            sum
        })
    }

    /// Returns the latency of all requests.
    pub fn latency(&self) -> LatencyHistogram {
        self.origins.iter().fold(LatencyHistogram::new(), |mut all, group| {
            all.merge(&group.latency);
            all
        })
    }

    fn count(&mut self, kind: RequestKind, origin: usize, change: impl Fn(&mut Counts)) {
        change(&mut self.kinds[kind].counts);
        if !kind.is_counted_apart() {
            change(&mut self.origins[origin].counts);
            change(&mut self.bin.counts);
        }
    }

    /// Advances the time to `now` and closes windows that end before it.
    fn pass(&mut self, now: SimTime) {
        loop {
            let end = self.window.start + WINDOW;
            let until = now.min(end);
            let passed = until.since(self.counted_until).as_nanos();
            self.window.outstanding_nanos += u128::from(self.outstanding) * u128::from(passed);
            self.counted_until = until;
            if now < end {
                return;
            }
            self.close_window(end);
        }
    }

    fn close_window(&mut self, end: SimTime) {
        self.window.length = end.since(self.window.start);
        let is_worse = |worst: &Window| self.window.outstanding_mean() > worst.outstanding_mean();
        if self.window.outstanding_nanos > 0 && self.worst.as_ref().is_none_or(is_worse) {
            self.worst = Some(self.window.clone());
        }
        self.window.start = end;
        self.window.outstanding_nanos = 0;
        let group = &mut self.window.group;
        if group.counts != Counts::default() {
            group.counts = Counts::default();
            group.latency.clear();
        }
    }

    /// Records that a request has been issued or has ended.
    fn change_outstanding(&mut self, now: SimTime, kind: RequestKind, has_begun: bool) {
        if kind.is_counted_apart() {
            return;
        }
        self.pass(now);
        if has_begun {
            self.outstanding += 1;
        } else {
            self.outstanding = self.outstanding.saturating_sub(1);
        }
    }
}

impl Measured for Statistics {
    fn statistics(&self) -> &Statistics {
        self
    }
}

impl Recorder for Statistics {
    type Counter = Statistics;

    #[inline(always)]
    fn counter(&mut self) -> &mut Statistics {
        self
    }
}

impl Counter for Statistics {
    fn issued(&mut self, now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.issued += 1);
        self.change_outstanding(now, kind, true);
    }

    fn attempt(&mut self, _now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.attempts += 1);
    }

    fn connect_attempt(&mut self, _now: SimTime) {
        self.bin.connect_attempts += 1;
    }

    fn connect(&mut self, _now: SimTime) {
        self.bin.connects += 1;
    }

    fn completed(
        &mut self,
        now: SimTime,
        kind: RequestKind,
        origin: usize,
        latency: SimDuration,
        breakdown: &RequestBreakdown,
    ) {
        self.latency_totals[kind].completed(breakdown);
        self.count(kind, origin, |counts| counts.completed += 1);
        self.change_outstanding(now, kind, false);
        self.kinds[kind].latency.record(latency);
        if !kind.is_counted_apart() {
            self.origins[origin].latency.record(latency);
            self.bin_latency.record(latency);
            self.window.group.counts.completed += 1;
            self.window.group.latency.record(latency);
        }
    }

    fn failed_attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause) {
        self.count(kind, origin, |counts| counts.failed_attempts += 1);
        let causes = &mut self.causes[cause as usize];
        if kind.is_of_channel() {
            causes.of_channel += 1;
        } else if kind.is_counted_apart() {
            causes.of_downloads += 1;
        } else {
            causes.attempts += 1;
            self.pass(now);
            self.window.group.counts.failed_attempts += 1;
        }
    }

    fn failed(&mut self, now: SimTime, kind: RequestKind, origin: usize, cause: Cause) {
        self.count(kind, origin, |counts| counts.failed += 1);
        self.change_outstanding(now, kind, false);
        if !kind.is_counted_apart() {
            self.causes[cause as usize].requests += 1;
        }
    }

    fn abandoned(&mut self, now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.abandoned += 1);
        self.change_outstanding(now, kind, false);
    }

    fn wasted(&mut self, _now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.wasted += 1);
    }

    fn measure_from(&mut self, now: SimTime, in_flight: &dyn Fn(RequestKind, usize) -> u64) {
        let origins = self.origins.len();
        *self = Statistics::new(origins);
        self.window.start = now;
        self.counted_until = now;
        for kind in RequestKind::ALL {
            for origin in 0..origins {
                let in_progress = in_flight(kind, origin);
                self.kinds[kind].counts.in_flight_at_start += in_progress;
                if !kind.is_counted_apart() {
                    self.origins[origin].counts.in_flight_at_start += in_progress;
                    self.outstanding += in_progress;
                }
            }
        }
    }

    fn bin_end(&mut self, _now: SimTime) {
        let count = self.bin_latency.count();
        if count > 0 {
            self.bin_latency.settle();
            self.bin.latency = BIN_QUANTILES
                .map(|(q, minimum)| (count >= minimum).then(|| self.bin_latency.quantile(q)));
            self.bin_latency.clear();
        }
        self.bins.push(std::mem::take(&mut self.bin));
    }

    fn minute_end(&mut self, start: SimTime) {
        let issued: u64 = self.origins.iter().map(|group| group.counts.issued).sum();
        self.issued.end_minute(start, u128::from(issued));
    }

    fn last_tenth(&mut self, _now: SimTime) {
        self.before_last_tenth = Some(self.total());
    }

    fn end(&mut self, now: SimTime) {
        self.pass(now);
        self.close_window(now);
        let rest = std::mem::take(&mut self.bin);
        if let Some(last) = self.bins.last_mut() {
            last.counts.add(&rest.counts);
            last.connect_attempts += rest.connect_attempts;
            last.connects += rest.connects;
        }
    }
}
