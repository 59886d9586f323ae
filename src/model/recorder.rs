//! What a run writes down. The world tells a [`Recorder`] what happens; statically dispatched, so
//! that benches can measure the bare model with [`Nothing`]. Who keeps every step: `recording`.

use crate::base::{SimDuration, SimTime};
use crate::engine::LatencyHistogram;
use crate::terms::{Cause, PerKind, RequestKind};

use super::event::Event;
use super::minutes::Peak;
use super::step::Step;
use super::way::{Stays, Way};
use super::world::compiled::Compiled;

/// What a world is run with.
pub trait Recorder: Compiled {
    /// Is it told every event and every step too? If not, nothing is done for that.
    const FOLLOWS: bool = false;

    /// What counts.
    type Counter: Counter;

    /// It.
    fn counter(&mut self) -> &mut Self::Counter;

    /// An event of the calendar is about to happen; told if [`Recorder::FOLLOWS`].
    fn event(&mut self, _now: SimTime, _event: Event) {}

    /// A request or an attempt has gone a step further; told if [`Recorder::FOLLOWS`].
    fn step(&mut self, _now: SimTime, _step: Step) {}
}

/// Told what happens to requests. `origin` numbers cohorts first, then open sources.
pub trait Counter {
    /// A request is issued.
    fn issued(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// An attempt begins.
    fn attempt(&mut self, now: SimTime, kind: RequestKind, origin: usize);
    /// A client tries to make a new connection.
    fn connect_attempt(&mut self, now: SimTime);
    /// It is made.
    fn connect(&mut self, now: SimTime);
    /// A request is answered, `latency` after it was issued, of which these are parts.
    fn completed(
        &mut self,
        now: SimTime,
        kind: RequestKind,
        origin: usize,
        latency: SimDuration,
        stays: &Stays,
    );
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
    /// A minute of the measured period ends that began at `start`.
    fn minute_end(&mut self, start: SimTime);
    /// The last tenth of the measured period begins.
    fn last_tenth(&mut self, now: SimTime);
    /// The simulation has ended: what came after the last bin's end, at the same time, belongs to
    /// it.
    fn end(&mut self, now: SimTime);
}

/// A recorder that keeps the usual statistics, whatever else it does.
pub trait Measured: Recorder {
    /// What it has counted.
    fn statistics(&self) -> &Statistics;
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Recorder for Nothing {
    type Counter = Nothing;

    #[inline(always)]
    fn counter(&mut self) -> &mut Nothing {
        self
    }
}

impl Counter for Nothing {
    fn issued(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn attempt(&mut self, _: SimTime, _: RequestKind, _: usize) {}
    fn connect_attempt(&mut self, _: SimTime) {}
    fn connect(&mut self, _: SimTime) {}
    fn completed(&mut self, _: SimTime, _: RequestKind, _: usize, _: SimDuration, _: &Stays) {}
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
    /// Adds what another group counted.
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
    /// Counts of requests in the bin.
    pub counts: Counts,
    /// Client connections tried.
    pub connect_attempts: u64,
    /// Client connections made.
    pub connects: u64,
    /// Quantiles of the latency in seconds: 50, 95, 99 %; `None` if too few were answered to say.
    pub latency: [Option<f64>; 3],
}

/// The quantiles of a bin, and how many answered requests it takes to say something of them.
const BIN_QUANTILES: [(f64, u64); 3] = [(0.5, 3), (0.95, 10), (0.99, 20)];

/// Five minutes: counts, latencies, and how many requests were unanswered.
#[derive(Clone, Debug)]
pub struct Window {
    /// When it began.
    pub start: SimTime,
    /// How long it was: the last one may be shorter.
    pub length: SimDuration,
    /// What happened in it.
    pub group: Group,
    /// Requests unanswered (under way or waiting for a retry) times nanoseconds.
    pub unanswered_nanos: u128,
}

/// How often a cause made attempts fail and requests be given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CauseCounts {
    /// Failed attempts at requests.
    pub attempts: u64,
    /// Requests given up whose last attempt failed for it.
    pub requests: u64,
    /// Failed attempts to open or keep a notification channel.
    pub of_channel: u64,
    /// Downloads that were broken off.
    pub of_downloads: u64,
}

/// Length of the windows among which the worst is looked for.
const WINDOW: SimDuration = SimDuration::from_seconds(300);

/// The usual recorder: counts, latencies, bins. Keeping notification channels and
/// downloads are counted by kind and nowhere else.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// By kind.
    pub kinds: PerKind<Group>,
    /// Requests by cohort, then open source.
    pub origins: Vec<Group>,
    /// Where the time goes, by kind.
    pub ways: PerKind<Way>,
    /// By cause.
    pub causes: [CauseCounts; Cause::ALL.len()],
    /// Bins that have ended.
    pub bins: Vec<BinCounts>,
    /// The minute in which most requests were issued.
    pub issued: Peak,
    /// What had happened when the last tenth of the run began; `None` before that.
    pub before_last_tenth: Option<Counts>,
    /// The worst window that has ended: the one with most requests unanswered on average.
    pub worst: Option<Window>,
    bin: BinCounts,
    bin_latency: LatencyHistogram,
    window: Window,
    /// Requests unanswered now, and since when.
    unanswered: u64,
    counted_until: SimTime,
}

impl Window {
    fn new(start: SimTime) -> Self {
        Window { start, length: SimDuration::ZERO, group: Group::new(), unanswered_nanos: 0 }
    }

    /// Time average of unanswered requests.
    pub fn outstanding_mean(&self) -> f64 {
        self.unanswered_nanos as f64 / (self.length.as_nanos() as f64).max(1.0)
    }
}

impl Statistics {
    /// A recorder for `origins` cohorts and open sources.
    pub fn new(origins: usize) -> Self {
        Statistics {
            kinds: PerKind::from_fn(|_| Group::new()),
            origins: (0..origins).map(|_| Group::new()).collect(),
            ways: PerKind::from_fn(|_| Way::default()),
            causes: [CauseCounts::default(); Cause::ALL.len()],
            bins: Vec::new(),
            issued: Peak::default(),
            before_last_tenth: None,
            worst: None,
            bin: BinCounts::default(),
            bin_latency: LatencyHistogram::new(),
            window: Window::new(SimTime::ZERO),
            unanswered: 0,
            counted_until: SimTime::ZERO,
        }
    }

    /// All requests together.
    pub fn total(&self) -> Counts {
        let requests = self.kinds.entries().filter(|(kind, _)| !kind.is_counted_apart());
        requests.fold(Counts::default(), |mut sum, (_, group)| {
            sum.add(&group.counts);
            sum
        })
    }

    /// Latency of all requests.
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

    /// Time passes until `now`; windows that end on the way are closed.
    fn pass(&mut self, now: SimTime) {
        loop {
            let end = self.window.start + WINDOW;
            let until = now.min(end);
            let passed = until.since(self.counted_until).as_nanos();
            self.window.unanswered_nanos += u128::from(self.unanswered) * u128::from(passed);
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
        if self.window.unanswered_nanos > 0 && self.worst.as_ref().is_none_or(is_worse) {
            self.worst = Some(self.window.clone());
        }
        self.window.start = end;
        self.window.unanswered_nanos = 0;
        let group = &mut self.window.group;
        if group.counts != Counts::default() {
            group.counts = Counts::default();
            group.latency.clear();
        }
    }

    /// A request has begun or ended.
    fn change_unanswered(&mut self, now: SimTime, kind: RequestKind, has_begun: bool) {
        if kind.is_counted_apart() {
            return;
        }
        self.pass(now);
        if has_begun {
            self.unanswered += 1;
        } else {
            self.unanswered = self.unanswered.saturating_sub(1);
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
        self.change_unanswered(now, kind, true);
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
        stays: &Stays,
    ) {
        self.ways[kind].answered(stays);
        self.count(kind, origin, |counts| counts.completed += 1);
        self.change_unanswered(now, kind, false);
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
        self.change_unanswered(now, kind, false);
        if !kind.is_counted_apart() {
            self.causes[cause as usize].requests += 1;
        }
    }

    fn abandoned(&mut self, now: SimTime, kind: RequestKind, origin: usize) {
        self.count(kind, origin, |counts| counts.abandoned += 1);
        self.change_unanswered(now, kind, false);
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
                let under_way = in_flight(kind, origin);
                self.kinds[kind].counts.in_flight_at_start += under_way;
                if !kind.is_counted_apart() {
                    self.origins[origin].counts.in_flight_at_start += under_way;
                    self.unanswered += under_way;
                }
            }
        }
    }

    fn bin_end(&mut self, _now: SimTime) {
        let count = self.bin_latency.count();
        if count > 0 {
            self.bin_latency.settle();
            self.bin.latency = BIN_QUANTILES
                .map(|(q, least)| (count >= least).then(|| self.bin_latency.quantile(q)));
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
