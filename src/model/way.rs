//! Where the time of answered requests goes: sums by place.

use crate::base::SimDuration;
use crate::terms::Place;

/// Where the time of a request under way has gone so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stays {
    /// Nanoseconds waited at each place, and in service there, in its last attempt.
    places: [(u64, u64); Place::ALL.len()],
    /// Nanoseconds between its attempts.
    retrying: u64,
}

impl Stays {
    /// It was served.
    #[inline]
    pub fn served(&mut self, place: Place, waited: SimDuration, stayed: SimDuration) {
        let (waits, services) = &mut self.places[place as usize];
        *waits += waited.as_nanos();
        *services += stayed.saturating_sub(waited).as_nanos();
    }

    /// An attempt has failed, and is followed by another after a delay.
    pub fn tried_again(&mut self, delay: SimDuration) {
        self.places = Default::default();
        self.retrying += delay.as_nanos();
    }
}

/// What answered requests of a kind spent, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Nanoseconds waited at each place, and in service there, in attempts that were answered.
    places: [(u128, u128); Place::ALL.len()],
    /// Nanoseconds between attempts.
    retrying: u128,
}

impl Way {
    /// A request was answered.
    #[inline]
    pub fn answered(&mut self, stays: &Stays) {
        for ((waits, services), (waited, served)) in self.places.iter_mut().zip(stays.places) {
            *waits += u128::from(waited);
            *services += u128::from(served);
        }
        self.retrying += u128::from(stays.retrying);
    }

    /// Nanoseconds waited and in service at a place.
    pub fn at(&self, place: Place) -> (u128, u128) {
        self.places[place as usize]
    }

    /// Nanoseconds between attempts.
    pub fn retrying_nanos(&self) -> u128 {
        self.retrying
    }
}
