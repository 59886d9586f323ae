//! Statistics that begin anew when the warm-up ends.
//!
//! Whatever has some implements [`Tallied`] and takes itself apart by name without `..`: a new
//! field does not compile until somebody has decided whether it is a statistic, which begins anew,
//! or state, which stays.

use crate::base::{Bytes, Id, IdVec, SimTime};
use crate::engine::{LatencyHistogram, TimeAverage};

/// Has statistics.
pub trait Tallied {
    /// They begin anew at `now`: the end of the warm-up.
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
