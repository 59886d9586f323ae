//! Statistics: time averages of levels, and histograms of durations.

use std::borrow::Cow;

use crate::base::{SimDuration, SimTime};

/// A whole-number level that changes over time (jobs in a queue, open connections): its integral,
/// peak and current value. It uses integers only and is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeAverage {
    level: u64,
    /// The highest level before the last [`TimeAverage::take_high`].
    peak: u64,
    /// The highest level since the last [`TimeAverage::take_high`].
    high: u64,
    integral: u128,
    changed: SimTime,
    started: SimTime,
}

impl TimeAverage {
    /// Creates a level that is zero from time zero.
    pub fn new() -> Self {
        TimeAverage::default()
    }

    /// Returns the current level.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// Returns the highest level since the start or the last reset.
    pub fn peak(&self) -> u64 {
        self.peak.max(self.high)
    }

    /// Returns the highest level since the last call, the last reset or the start.
    pub fn take_high(&mut self) -> u64 {
        let high = std::mem::replace(&mut self.high, self.level);
        self.peak = self.peak.max(high);
        high
    }

    /// Sets the level that applies from `now`, which must not be before the last change.
    #[inline]
    pub fn set(&mut self, now: SimTime, level: u64) {
        debug_assert!(now >= self.changed, "levels change in chronological order");
        self.integral = self.integral(now);
        self.changed = now;
        self.level = level;
        self.high = self.high.max(level);
    }

    /// Increases the level by `by`.
    #[inline]
    pub fn add(&mut self, now: SimTime, by: u64) {
        self.set(now, self.level + by);
    }

    /// Decreases the level by `by`, which must not exceed it.
    #[inline]
    pub fn subtract(&mut self, now: SimTime, by: u64) {
        debug_assert!(self.level >= by, "a level is never negative");
        self.set(now, self.level.saturating_sub(by));
    }

    /// Returns the integral of the level over time since the start or the last reset, in
    /// nanoseconds.
    #[inline]
    pub fn integral(&self, now: SimTime) -> u128 {
        self.integral + u128::from(self.level) * u128::from(now.since(self.changed).as_nanos())
    }

    /// Returns the time average since the start or the last reset; zero if no time has passed.
    pub fn mean(&self, now: SimTime) -> f64 {
        match now.since(self.started).as_nanos() {
            0 => 0.0,
            nanos => self.integral(now) as f64 / nanos as f64,
        }
    }

    /// Restarts the statistics at `now` with the current level.
    pub fn reset(&mut self, now: SimTime) {
        self.integral = 0;
        self.peak = self.level;
        self.high = self.level;
        self.changed = now;
        self.started = now;
    }
}

/// A histogram of durations. Count, sum and maximum are exact; quantiles have three significant
/// digits (1 microsecond to 30 days).
///
/// The buckets (classes) are those of HdrHistogram (Tene, 2012): one per microsecond up to 2,048,
/// then 1,024 per doubling. The crate `hdrhistogram` is used only in a test that compares the two
/// histograms, because recording with it took a tenth of the run time. Durations are buffered and
/// sorted into buckets in batches, so that the processor can overlap the operations. This makes the
/// quick start 9 % faster.
#[derive(Clone, Debug)]
pub struct LatencyHistogram {
    /// Counts per bucket, up to the highest doubling in use.
    counts: Vec<u64>,
    sum_nanos: u128,
    /// Sum of squares in square nanoseconds; saturates.
    sum_of_squares: u128,
    max: SimDuration,
    /// Number of durations in `counts` and the sums.
    settled: u64,
    /// Buffer; the first `noted_len` durations are not in the buckets yet.
    noted: [SimDuration; NOTED_MAX],
    noted_len: usize,
    /// Number of zero durations that are not in `counts` yet. At low load most waiting times are
    /// zero.
    zeros: u64,
}

/// Number of durations in the buffer.
const NOTED_MAX: usize = 64;

const MICROS_MAX: u64 = 30 * 86_400 * 1_000_000;

/// Number of buckets per doubling, and its base-2 logarithm.
const CLASSES: usize = 1 << CLASS_BITS;
const CLASS_BITS: u32 = 10;

/// Returns whole microseconds, at most 30 days.
#[inline]
fn micros(duration: SimDuration) -> u64 {
    (duration.as_nanos() / 1000).min(MICROS_MAX)
}

/// Returns the bucket of a number of microseconds.
#[inline]
fn class_of(micros: u64) -> usize {
    let doublings = (micros | (2 * CLASSES as u64 - 1)).ilog2() - CLASS_BITS;
    doublings as usize * CLASSES + (micros >> doublings) as usize
}

/// Returns the upper bound of a bucket in microseconds.
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
    /// Creates an empty histogram.
    pub fn new() -> Self {
        LatencyHistogram::default()
    }

    /// Records a duration. In quantiles, durations above 30 days count as 30 days.
    #[inline]
    pub fn record(&mut self, duration: SimDuration) {
        self.noted[self.noted_len % NOTED_MAX] = duration;
        self.noted_len += usize::from(!duration.is_zero());
        self.zeros += u64::from(duration.is_zero());
        if self.noted_len == NOTED_MAX {
            self.settle();
        }
    }

    /// Moves the buffered durations into the buckets. Call it before many quantile queries; it
    /// changes no result.
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

    /// Returns the histogram with all durations in their buckets, for many quantile queries.
    pub fn settled(&self) -> Cow<'_, LatencyHistogram> {
        if self.noted_len == 0 && self.zeros == 0 {
            return Cow::Borrowed(self);
        }
        let mut settled = self.clone();
        settled.settle();
        Cow::Owned(settled)
    }

    /// Returns the maximum memory of a histogram in bytes.
    pub fn memory_bytes_max() -> u64 {
        let classes = (class_of(MICROS_MAX) / CLASSES + 1) * CLASSES;
        (classes * size_of::<u64>() + size_of::<Self>()) as u64
    }

    /// Returns the number of recorded durations.
    pub fn count(&self) -> u64 {
        self.settled + self.noted_len as u64 + self.zeros
    }

    /// Returns the exact sum in nanoseconds.
    pub fn sum_nanos(&self) -> u128 {
        let noted = &self.noted[..self.noted_len];
        self.sum_nanos + noted.iter().map(|duration| u128::from(duration.as_nanos())).sum::<u128>()
    }

    /// Returns the mean in seconds; zero if no duration is recorded.
    pub fn mean(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            count => self.sum_nanos() as f64 / count as f64 / 1e9,
        }
    }

    /// Returns the standard deviation in seconds.
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

    /// Returns the maximum.
    pub fn max(&self) -> SimDuration {
        self.noted[..self.noted_len].iter().copied().fold(self.max, SimDuration::max)
    }

    /// Returns the `q` quantile (0..=1) in seconds, accurate to 0.1 % or one microsecond; zero if
    /// no duration is recorded.
    pub fn quantile(&self, q: f64) -> f64 {
        let count = self.count();
        let rank = ((q * count as f64).ceil() as u64).clamp(1, count.max(1));
        let settled = self.settled();
        // First find the doubling whose buckets contain this rank, because the compiler can
        // vectorise the sums over whole doublings.
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

    /// Returns at most `limit` points of the distribution function, as (duration in seconds,
    /// cumulative share) in ascending order.
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
        // Step backwards, so that the last point (share 1) is always included.
        let mut kept: Vec<(f64, f64)> = points.into_iter().rev().step_by(step).collect();
        kept.reverse();
        kept
    }

    /// Adds the durations of another histogram.
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

    /// Removes all durations.
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
    fn quantiles_are_accurate_to_one_per_mille() {
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
    fn zero_durations_are_included_in_counts_and_quantiles() {
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

    /// Compares with the crate `hdrhistogram` as the reference implementation.
    #[test]
    fn buckets_and_quantiles_match_hdrhistogram() {
        let mut twin = hdrhistogram::Histogram::<u64>::new_with_bounds(1, MICROS_MAX, 3)
            .expect("these bounds are valid");
        let mut histogram = LatencyHistogram::new();
        let mut micros = 0_u64;
        // Record every value at first, and then values at increasing intervals of varying length.
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
    fn a_cumulative_distribution_ends_at_one_with_at_most_the_allowed_points() {
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
    fn merged_histogram_equals_joint_recording() {
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
