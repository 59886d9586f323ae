//! Upper bound of the number of requests in the system of a server at an arrival, computed from
//! counters in a bounded window of time.
//!
//! The log has the end of a request in whole seconds. A random fraction of a second is added to it,
//! and a request counts if it can have been in the system at any possible time of the arrival, as
//! in `calibrate::fit::queueing::numbers_at_arrival`. Arrivals and ends are counted in bins of
//! 10 ms, so the bound can include requests that arrived up to 10 ms later or ended up to 10 ms
//! earlier. Requests that take longer than [`LONG_MS`] are counted per minute (`long_requests.rs`).

use super::long_requests::LongRequests;

/// Length of the window in seconds.
pub(super) const WINDOW: i64 = 256;

/// Largest difference of two estimated arrivals, in milliseconds, with which the later request can
/// have arrived first: an error of one second on both sides, and the rounding of `time-taken`.
pub(super) const ARRIVAL_ERROR_MS: i64 = 2001;

/// Largest time from an estimated end to an estimated arrival, in milliseconds, with which the
/// request can have been in the system at the arrival.
const END_ERROR_MS: i64 = 2000;

/// Arrivals and ends are counted in bins of this length, in milliseconds.
const BIN_MS: i64 = 10;
pub(super) const BINS_PER_SECOND: usize = (1000 / BIN_MS) as usize;

/// Bounds become final at multiples of this interval, in seconds.
const INTERVAL: i64 = 32;

/// Requests that take longer are not counted in the window, in milliseconds. The window must
/// contain the requests that were in the system at an arrival whose bound becomes final.
const LONG_MS: u64 = 200_000;
const _: () = assert!(LONG_MS as i64 / 1000 + INTERVAL + 6 < WINDOW);

/// Change of a server's clock between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The times are in order, or at most a window apart.
    None,
    /// The time is earlier than before by more than the window.
    Backwards,
}

/// Counters of the arrivals and ends at one server.
///
/// The *estimated end* of a request is the second of its end plus a random fraction
/// ([`estimated_end`]), and the *estimated arrival* is this time minus its `time-taken`, in
/// milliseconds since 1970-01-01. Both have an error of at most one second.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    arrivals: Counters,
    ends: Counters,
    /// Number of requests that arrived before the oldest second and ended in it or later.
    carried: u64,
    /// Latest end in seconds since 1970-01-01; `None` before the first request.
    latest: Option<i64>,
    /// Second at which bounds become final.
    next_final: i64,
    pub(super) long: LongRequests,
}

/// Returns the estimated end of a request that ended in the second `end`, in milliseconds. `hash`
/// is that of its position. A sample of requests with small hashes does not depend on the fraction,
/// because it is determined by the last bits of the hash.
#[inline]
pub(super) fn estimated_end(end: i64, hash: u64) -> i64 {
    end * 1000 + (((hash & 0xffff_ffff) * 1000) >> 32) as i64
}

/// Returns the estimated arrival of a request with an estimated end.
#[inline]
pub(super) fn estimated_arrival(end_ms: i64, time_taken_ms: u64) -> i64 {
    end_ms.saturating_sub_unsigned(time_taken_ms)
}

/// Returns the sum of counters.
fn total<T: Copy + Into<u64>>(counters: &[T]) -> u64 {
    counters.iter().map(|count| (*count).into()).sum()
}

/// Numbers of events in the seconds of the window.
#[derive(Clone, Debug)]
struct Counters {
    /// Number by second modulo [`WINDOW`] and bin of the second, at most 65,535.
    bins: Vec<u16>,
    /// Number by second modulo [`WINDOW`].
    seconds: Vec<u32>,
}

impl Default for Counters {
    fn default() -> Self {
        let seconds = WINDOW as usize;
        Counters { bins: vec![0; seconds * BINS_PER_SECOND], seconds: vec![0; seconds] }
    }
}

impl Counters {
    #[inline]
    fn add(&mut self, time_ms: i64) {
        let bin = (time_ms.rem_euclid(1000) / BIN_MS) as usize;
        let place = time_ms.div_euclid(1000).rem_euclid(WINDOW) as usize;
        self.seconds[place] = self.seconds[place].saturating_add(1);
        let count = &mut self.bins[place * BINS_PER_SECOND + bin];
        *count = count.saturating_add(1);
    }

    /// Removes the events of a second and returns their number.
    fn take(&mut self, place: usize) -> u32 {
        let count = std::mem::take(&mut self.seconds[place]);
        if count > 0 {
            self.bins[place * BINS_PER_SECOND..][..BINS_PER_SECOND].fill(0);
        }
        count
    }

    fn clear(&mut self) {
        self.bins.fill(0);
        self.seconds.fill(0);
    }

    /// Returns the number of events from the second `oldest` on and before the bin of a time, or
    /// including this bin.
    fn until(&self, oldest: i64, time_ms: i64, is_inclusive: bool) -> u64 {
        let second = time_ms.div_euclid(1000);
        let count = (second - oldest).clamp(0, WINDOW) as usize;
        let (wrapped, first) = self.seconds.split_at(oldest.rem_euclid(WINDOW) as usize);
        let in_first = count.min(first.len());
        let whole = total(&first[..in_first]) + total(&wrapped[..count - in_first]);
        if !(oldest..oldest + WINDOW).contains(&second) {
            return whole;
        }
        let bins = (time_ms.rem_euclid(1000) / BIN_MS) as usize + usize::from(is_inclusive);
        let place = second.rem_euclid(WINDOW) as usize * BINS_PER_SECOND;
        whole + total(&self.bins[place..place + bins])
    }
}

impl Window {
    /// Moves the window so that it contains the second `end`. Calls `settle` with the window and an
    /// estimated arrival: the bounds of requests with this arrival or an earlier one are final and
    /// cannot be computed later.
    #[inline]
    pub(super) fn advance(&mut self, end: i64, settle: impl FnMut(&Window, i64)) -> Step {
        match self.latest {
            Some(latest) if end <= latest && end > latest - WINDOW => Step::None,
            latest => self.slide(latest, end, settle),
        }
    }

    fn slide(
        &mut self,
        latest: Option<i64>,
        end: i64,
        mut settle: impl FnMut(&Window, i64),
    ) -> Step {
        let latest = match latest {
            Some(latest) if end > latest && end < latest.saturating_add(WINDOW) => latest,
            _ => {
                settle(self, i64::MAX);
                self.arrivals.clear();
                self.ends.clear();
                (self.carried, self.latest) = (0, Some(end));
                self.next_final = end + INTERVAL;
                let is_earlier = latest.is_some_and(|latest| end < latest);
                return if is_earlier { Step::Backwards } else { Step::None };
            }
        };
        for second in latest + 1..=end {
            if second == self.next_final {
                // The oldest second moves by less than an interval before the next call.
                settle(self, (self.oldest() + INTERVAL + 2) * 1000);
                self.next_final += INTERVAL;
            }
            // The new second takes the place of the oldest one.
            let place = second.rem_euclid(WINDOW) as usize;
            let (arrived, ended) = (self.arrivals.take(place), self.ends.take(place));
            self.carried = (self.carried + u64::from(arrived)).saturating_sub(u64::from(ended));
            self.latest = Some(second);
        }
        Step::None
    }

    /// Counts a request with an estimated end, which must be in the window.
    #[inline]
    pub(super) fn add(&mut self, end_ms: i64, time_taken_ms: u64) {
        let arrival = estimated_arrival(end_ms, time_taken_ms);
        if time_taken_ms > LONG_MS {
            return self.long.add(arrival, end_ms.div_euclid(1000));
        }
        self.ends.add(end_ms);
        match arrival.div_euclid(1000) < self.oldest() {
            true => self.carried += 1,
            false => self.arrivals.add(arrival),
        }
    }

    /// Returns whether the bound for a request can be computed when it becomes final.
    pub(super) fn covers(&self, arrival: i64, time_taken_ms: u64) -> bool {
        time_taken_ms <= LONG_MS && arrival - END_ERROR_MS >= self.oldest() * 1000
    }

    /// Returns an upper bound of the number of other requests in the system at the arrival of a
    /// counted request, without long requests. The window must cover the request.
    pub(super) fn others(&self, arrival: i64) -> u32 {
        let oldest = self.oldest();
        let arrived = self.carried + self.arrivals.until(oldest, arrival + ARRIVAL_ERROR_MS, true);
        let ended = self.ends.until(oldest, arrival - END_ERROR_MS, false);
        u32::try_from(arrived.saturating_sub(ended).saturating_sub(1)).unwrap_or(u32::MAX)
    }

    fn oldest(&self) -> i64 {
        self.latest.unwrap_or(0) - WINDOW + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::sample::mixed;

    #[test]
    fn requests_are_conserved() {
        let mut window = Window::default();
        for (end, time) in [(5000, 1), (4990, 12_345), (5100, 199_999), (5099, 1_500), (5300, 0)] {
            assert_eq!(window.advance(end, |_, _| {}), Step::None);
            window.add(end * 1000 + 999, time);
        }
        // Only the request of 5300 and the two that ended in 5099 and 5100 are in the window; the
        // long one arrived before it.
        let counted = |window: &Window| {
            let Window { arrivals, ends, .. } = window;
            let seconds = [&arrivals.seconds, &ends.seconds].map(|all| total(all));
            let bins = [&arrivals.bins, &ends.bins].map(|all| total(all));
            [seconds, bins].concat()
        };
        assert_eq!((window.carried, counted(&window)), (1, vec![2, 3, 2, 3]));
        assert_eq!(window.advance(5300 - WINDOW, |_, _| {}), Step::Backwards);
        window.add((5300 - WINDOW) * 1000, 1);
        assert_eq!((window.carried, counted(&window)), (0, vec![1; 4]));
        assert_eq!(window.advance(i64::MAX / 4000, |_, _| {}), Step::None);
        window.add(i64::MAX / 4000 * 1000, u64::MAX);
    }

    #[test]
    fn every_arrival_becomes_final_inside_the_window() {
        let mut window = Window::default();
        let mut waiting: Vec<i64> = Vec::new();
        for second in (0..5_000).chain((5_000..40_000).step_by(7)).chain(90_000..90_100) {
            window.advance(second, |window, until| {
                waiting.retain(|arrival| {
                    let is_final = *arrival <= until;
                    assert!(!is_final || window.covers(*arrival, 0), "{arrival} {until}");
                    !is_final
                });
            });
            for time in [0, 999, 150_000, LONG_MS] {
                let end_ms = estimated_end(second, mixed(time + second as u64));
                window.add(end_ms, time);
                waiting.push(estimated_arrival(end_ms, time));
                assert!(window.covers(estimated_arrival(end_ms, time), time));
            }
            assert!(waiting.iter().all(|arrival| window.covers(*arrival, 0)));
        }
    }
}
