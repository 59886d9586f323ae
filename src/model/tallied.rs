//! Statistics that are reset at the end of the warm-up.
//!
//! A type with statistics implements [`Tallied`] and destructures itself without `..`. A new field
//! therefore does not compile until its author has decided whether it is a statistic, which is
//! reset, or state, which is kept.

use crate::base::{Bytes, Id, IdVec, SimTime};
use crate::engine::{LatencyHistogram, TimeAverage};

/// A type with statistics.
pub trait Tallied {
    /// Resets the statistics at `now`, the end of the warm-up.
    fn reset(&mut self, now: SimTime);
}

impl Tallied for TimeAverage {
    fn reset(&mut self, now: SimTime) {
        TimeAverage::reset(self, now);
    }
}

impl Tallied for LatencyHistogram {
    fn reset(&mut self, _now: SimTime) {
        self.clear();
    }
}

impl Tallied for u64 {
    fn reset(&mut self, _now: SimTime) {
        *self = 0;
    }
}

impl Tallied for Bytes {
    fn reset(&mut self, _now: SimTime) {
        *self = Bytes::ZERO;
    }
}

impl<T: Tallied> Tallied for [T] {
    fn reset(&mut self, now: SimTime) {
        self.iter_mut().for_each(|one| one.reset(now));
    }
}

impl<T: Tallied> Tallied for Option<T> {
    fn reset(&mut self, now: SimTime) {
        self.iter_mut().for_each(|one| one.reset(now));
    }
}

impl<I: Id, T: Tallied> Tallied for IdVec<I, T> {
    fn reset(&mut self, now: SimTime) {
        self.iter_mut().for_each(|one| one.reset(now));
    }
}
