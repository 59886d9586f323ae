//! What is counted and averaged: levels over time, durations in histograms.

use std::borrow::Cow;

use crate::base::{SimDuration, SimTime};

/// A whole-number level that changes in time (jobs in a queue, open connections): its integral,
/// its peak, and its present value. Exact: integers only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeAverage {
    level: u64,
    /// The highest level before the last [`TimeAverage::take_high`].
    peak: u64,
    /// The highest level since.
    high: u64,
    integral: u128,
    changed: SimTime,
    started: SimTime,
}

impl TimeAverage {
    /// Level zero from time zero.
    pub fn new() -> Self {
        TimeAverage::default()
    }

    /// The present level.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// The highest level since the start or the last reset.
    pub fn peak(&self) -> u64 {
        self.peak.max(self.high)
    }

    /// The highest level since this was asked last, or since the start or the last reset.
    pub fn take_high(&mut self) -> u64 {
        let high = std::mem::replace(&mut self.high, self.level);
        self.peak = self.peak.max(high);
        high
    }

    /// Sets the level from `now` on; `now` is not before the last change.
    #[inline]
    pub fn set(&mut self, now: SimTime, level: u64) {
        debug_assert!(now >= self.changed, "levels change in order of time");
        self.integral = self.integral(now);
        self.changed = now;
        self.level = level;
        self.high = self.high.max(level);
    }

    /// Raises the level by `by`.
    #[inline]
    pub fn add(&mut self, now: SimTime, by: u64) {
        self.set(now, self.level + by);
    }

    /// Lowers the level by `by` (debug-asserted not to go below zero).
    #[inline]
    pub fn subtract(&mut self, now: SimTime, by: u64) {
        debug_assert!(self.level >= by, "a level is never negative");
        self.set(now, self.level.saturating_sub(by));
    }

    /// Level times nanoseconds since the start or the last reset, up to `now`.
    #[inline]
    pub fn integral(&self, now: SimTime) -> u128 {
        self.integral + u128::from(self.level) * u128::from(now.since(self.changed).as_nanos())
    }

    /// The time average since the start or the last reset; zero over no time.
    pub fn mean(&self, now: SimTime) -> f64 {
        match now.since(self.started).as_nanos() {
            0 => 0.0,
            nanos => self.integral(now) as f64 / nanos as f64,
        }
    }

    /// Forgets the past: statistics start at `now` with the present level.
    pub fn reset(&mut self, now: SimTime) {
        self.integral = 0;
        self.peak = self.level;
        self.high = self.level;
        self.changed = now;
        self.started = now;
    }
}

/// A histogram of durations: exact count, sum and maximum, quantiles to three digits
/// (microseconds, to 30 days).
///
/// The classes are those of HdrHistogram (Tene, 2012): microseconds up to 2,048, then 1,024 classes
/// for each doubling. The test compares with the crate `hdrhistogram`, whose recording took a tenth
/// of a run's time. Durations are noted first and put into classes many at a time, so that the
/// processor overlaps them: a quickstart takes 9 % less than with one at a time.
#[derive(Clone, Debug)]
pub struct LatencyHistogram {
    /// By class, up to the last doubling that was needed.
    counts: Vec<u64>,
    sum_nanos: u128,
    /// In square nanoseconds; saturates.
    sum_of_squares: u128,
    max: SimDuration,
    /// Durations in `counts` and the sums.
    settled: u64,
    /// The first `noted_len` are in nothing yet.
    noted: [SimDuration; NOTED_MAX],
    noted_len: usize,
    /// So many of no length are not in `counts` yet: where nobody waits, that is most waits.
    zeros: u64,
}

/// How many durations are noted before they are put into classes.
const NOTED_MAX: usize = 64;

const MICROS_MAX: u64 = 30 * 86_400 * 1_000_000;

/// Classes in one doubling, and how many bits they are.
const CLASSES: usize = 1 << CLASS_BITS;
const CLASS_BITS: u32 = 10;

/// Whole microseconds, 30 days at most.
#[inline]
fn micros(duration: SimDuration) -> u64 {
    (duration.as_nanos() / 1000).min(MICROS_MAX)
}

/// The class of a number of microseconds.
#[inline]
fn class_of(micros: u64) -> usize {
    let doublings = (micros | (2 * CLASSES as u64 - 1)).ilog2() - CLASS_BITS;
    doublings as usize * CLASSES + (micros >> doublings) as usize
}

/// The most microseconds that belong to a class.
fn upper_end(class: usize) -> u64 {
    let doublings = (class / CLASSES).saturating_sub(1);
    let lower = (class - doublings * CLASSES) as u64;
    ((lower + 1) << doublings) - 1
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        LatencyHistogram {
            counts: Vec::new(),
            sum_nanos: 0,
            sum_of_squares: 0,
            max: SimDuration::ZERO,
            settled: 0,
            noted: [SimDuration::ZERO; NOTED_MAX],
            noted_len: 0,
            zeros: 0,
        }
    }
}

impl LatencyHistogram {
    /// An empty histogram.
    pub fn new() -> Self {
        LatencyHistogram::default()
    }

    /// Records one duration; longer ones than 30 days count as 30 days in the quantiles.
    #[inline]
    pub fn record(&mut self, duration: SimDuration) {
        self.noted[self.noted_len % NOTED_MAX] = duration;
        self.noted_len += usize::from(!duration.is_zero());
        self.zeros += u64::from(duration.is_zero());
        if self.noted_len == NOTED_MAX {
            self.settle();
        }
    }

    /// Puts into classes what is noted. Nothing else changes: those who ask for quantiles often
    /// do it first.
    #[inline(never)]
    pub fn settle(&mut self) {
        let noted = &self.noted[..self.noted_len];
        let max = noted.iter().fold(SimDuration::ZERO, |max, one| max.max(*one));
        let classes = (class_of(micros(max)) / CLASSES + 1) * CLASSES;
        if classes > self.counts.len() {
            self.counts.resize(classes, 0);
        }
        let (mut sum, mut squares) = (self.sum_nanos, self.sum_of_squares);
        for duration in noted {
            self.counts[class_of(micros(*duration))] += 1;
            let nanos = u128::from(duration.as_nanos());
            sum += nanos;
            squares = squares.saturating_add(nanos * nanos);
        }
        (self.sum_nanos, self.sum_of_squares) = (sum, squares);
        self.max = self.max.max(max);
        self.counts[0] += self.zeros;
        self.settled += self.noted_len as u64 + self.zeros;
        self.noted_len = 0;
        self.zeros = 0;
    }

    /// The same with everything in its class: who asks for many quantiles asks this one.
    pub fn settled(&self) -> Cow<'_, LatencyHistogram> {
        if self.noted_len == 0 && self.zeros == 0 {
            return Cow::Borrowed(self);
        }
        let mut settled = self.clone();
        settled.settle();
        Cow::Owned(settled)
    }

    /// Memory that a histogram takes at most.
    pub fn memory_bytes_max() -> u64 {
        let classes = (class_of(MICROS_MAX) / CLASSES + 1) * CLASSES;
        (classes * size_of::<u64>() + size_of::<Self>()) as u64
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.settled + self.noted_len as u64 + self.zeros
    }

    /// Their exact sum in nanoseconds.
    pub fn sum_nanos(&self) -> u128 {
        let noted = &self.noted[..self.noted_len];
        self.sum_nanos + noted.iter().map(|duration| u128::from(duration.as_nanos())).sum::<u128>()
    }

    /// Their mean in seconds; zero if none was recorded.
    pub fn mean(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            count => self.sum_nanos() as f64 / count as f64 / 1e9,
        }
    }

    /// The standard deviation in seconds.
    pub fn standard_deviation(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            count => {
                let squares = self.settled().sum_of_squares as f64 / count as f64 / 1e18;
                let variance = squares - self.mean() * self.mean();
                variance.max(0.0).sqrt()
            }
        }
    }

    /// The longest.
    pub fn max(&self) -> SimDuration {
        self.noted[..self.noted_len].iter().copied().fold(self.max, SimDuration::max)
    }

    /// The duration that a share `q` (0..=1) of the recorded ones does not exceed, in seconds,
    /// within 0.1 % and a microsecond; zero if none was recorded.
    pub fn quantile(&self, q: f64) -> f64 {
        let count = self.count();
        let rank = ((q * count as f64).ceil() as u64).clamp(1, count.max(1));
        let settled = self.settled();
        // First the doubling, by sums that the processor makes several at a time.
        let (mut below, mut first) = (0, 0);
        for doubling in settled.counts.chunks(CLASSES) {
            let count: u64 = doubling.iter().sum();
            if below + count >= rank {
                break;
            }
            below += count;
            first += CLASSES;
        }
        let class = settled.counts[first..].iter().position(|count| {
            below += count;
            below >= rank
        });
        let class = class.map(|class| first + class);
        let seconds = class.map_or(0.0, |class| upper_end(class) as f64 / 1e6);
        seconds.min(self.max().as_seconds())
    }

    /// Points of the distribution function: (duration in seconds, share not above it), rising,
    /// at most `limit` points.
    pub fn distribution(&self, limit: usize) -> Vec<(f64, f64)> {
        let total = self.count() as f64;
        let mut below = 0;
        let points: Vec<(f64, f64)> = self
            .settled()
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(class, count)| {
                below += count;
                (upper_end(class) as f64 / 1e6, below as f64 / total)
            })
            .collect();
        let step = points.len().div_ceil(limit.max(1)).max(1);
        // Counted from the end, so that the last point (share 1) is always among them.
        let mut kept: Vec<(f64, f64)> = points.into_iter().rev().step_by(step).collect();
        kept.reverse();
        kept
    }

    /// Adds what another histogram recorded.
    pub fn merge(&mut self, other: &LatencyHistogram) {
        let other = other.settled();
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (own, more) in self.counts.iter_mut().zip(&other.counts) {
            *own += more;
        }
        self.settled += other.settled;
        self.sum_nanos += other.sum_nanos;
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
        self.max = self.max.max(other.max);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        let mut counts = std::mem::take(&mut self.counts);
        counts.fill(0);
        *self = LatencyHistogram { counts, ..LatencyHistogram::new() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    #[test]
    fn a_level_is_time_averaged_since_the_reset() {
        let mut level = TimeAverage::new();
        level.add(at(0), 4);
        level.subtract(at(10), 3);
        assert_eq!(level.integral(at(20)), 50_000_000_000);
        assert!((level.mean(at(20)) - 2.5).abs() < 1e-12);
        assert_eq!((level.take_high(), level.take_high(), level.peak()), (4, 1, 4));
        level.reset(at(20));
        assert_eq!((level.level(), level.peak()), (1, 1));
        assert!((level.mean(at(30)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles_are_within_a_thousandth() {
        let mut histogram = LatencyHistogram::new();
        for millis in 1..=10_000 {
            histogram.record(SimDuration::from_millis(millis));
        }
        for (q, seconds) in [(0.5, 5.0), (0.95, 9.5), (0.99, 9.9), (1.0, 10.0)] {
            let relative = (histogram.quantile(q) / seconds - 1.0).abs();
            assert!(relative < 0.001, "{q}: {}", histogram.quantile(q));
        }
        assert!((histogram.mean() - 5.0005).abs() < 1e-9);
        let variance = (10_000.0_f64.powi(2) - 1.0) / 12.0 / 1e6;
        assert!((histogram.standard_deviation() - variance.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn zero_durations_count_immediately() {
        let mut histogram = LatencyHistogram::new();
        for index in 0..1000 {
            histogram.record(SimDuration::from_millis(if index % 10 < 7 { 0 } else { index }));
            assert_eq!(histogram.count(), index + 1);
        }
        assert_eq!((histogram.quantile(0.7), histogram.quantile(0.701) > 0.0), (0.0, true));
        assert_eq!(histogram.distribution(10_000)[0], (0.0, 0.7));
        let mut zeros = LatencyHistogram::new();
        zeros.record(SimDuration::ZERO);
        assert_eq!((zeros.count(), zeros.quantile(0.99), zeros.mean()), (1, 0.0, 0.0));
        zeros.merge(&histogram);
        assert_eq!((zeros.count(), zeros.distribution(10_000)[0].1), (1001, 701.0 / 1001.0));
    }

    /// The slow twin.
    #[test]
    fn classes_and_quantiles_match_the_crate() {
        let mut twin = hdrhistogram::Histogram::<u64>::new_with_bounds(1, MICROS_MAX, 3)
            .expect("these bounds are valid");
        let mut histogram = LatencyHistogram::new();
        let mut micros = 0_u64;
        // Every value at first, then ever wider steps with all remainders.
        for step in (0..7_u64).cycle() {
            if micros > MICROS_MAX {
                break;
            }
            micros += 1 + micros / 4096 * step;
            twin.saturating_record(micros.min(MICROS_MAX));
            histogram.record(SimDuration::from_nanos(micros * 1000));
        }
        for per_mille in 0..=1000 {
            let q = f64::from(per_mille) / 1000.0;
            let expected = twin.value_at_quantile(q.max(1e-9)) as f64 / 1e6;
            assert_eq!(histogram.quantile(q), expected.min(histogram.max().as_seconds()), "{q}");
        }
        let steps = twin.iter_recorded().map(|step| step.value_iterated_to() as f64 / 1e6);
        let classes = histogram.distribution(usize::MAX).into_iter().map(|(value, _)| value);
        assert!(steps.eq(classes));
    }

    #[test]
    fn the_distribution_rises_to_one_within_its_point_limit() {
        let mut histogram = LatencyHistogram::new();
        for millis in 1..=10_000 {
            histogram.record(SimDuration::from_millis(millis));
        }
        let points = histogram.distribution(100);
        assert!(points.len() <= 100 && points.len() >= 50);
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        assert_eq!(points.last().map(|point| point.1), Some(1.0));
    }

    #[test]
    fn merging_equals_recording_together() {
        let (mut one, mut two, mut both) =
            (LatencyHistogram::new(), LatencyHistogram::new(), LatencyHistogram::new());
        for micros in [0, 5, 70_000, 3_000_000, u64::MAX / 2000] {
            let duration = SimDuration::from_nanos(micros * 1000);
            if micros % 2 == 0 {
                one.record(duration)
            } else {
                two.record(duration)
            }
            both.record(duration);
        }
        one.merge(&two);
        assert_eq!((one.count(), one.sum_nanos()), (both.count(), both.sum_nanos()));
        assert_eq!(one.quantile(0.5), both.quantile(0.5));
    }
}
