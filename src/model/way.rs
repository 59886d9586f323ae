//! Latency breakdown of completed requests: sums by component type.

use crate::base::SimDuration;
use crate::terms::Place;

/// Latency breakdown of a request in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stays {
    /// Nanoseconds of waiting and of service at each place, in its last attempt.
    places: [(u64, u64); Place::ALL.len()],
    /// Nanoseconds between its attempts.
    retrying: u64,
}

impl Stays {
    /// Adds the waiting time and the service time at a place.
    #[inline]
    pub fn served(&mut self, place: Place, waited: SimDuration, stayed: SimDuration) {
        let (waits, services) = &mut self.places[place as usize];
        *waits += waited.as_nanos();
        *services += stayed.saturating_sub(waited).as_nanos();
    }

    /// Records that an attempt has failed and that a retry follows after a delay.
    pub fn tried_again(&mut self, delay: SimDuration) {
        self.places = Default::default();
        self.retrying += delay.as_nanos();
    }
}

/// Total latency breakdown of the completed requests of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Nanoseconds of waiting and of service at each place, in successful attempts.
    places: [(u128, u128); Place::ALL.len()],
    /// Nanoseconds between attempts.
    retrying: u128,
}

impl Way {
    /// Adds the breakdown of a completed request.
    #[inline]
    pub fn answered(&mut self, stays: &Stays) {
        for ((waits, services), (waited, served)) in self.places.iter_mut().zip(stays.places) {
            *waits += u128::from(waited);
            *services += u128::from(served);
        }
        self.retrying += u128::from(stays.retrying);
    }

    /// Returns the nanoseconds of waiting and of service at a place.
    pub fn at(&self, place: Place) -> (u128, u128) {
        self.places[place as usize]
    }

    /// Returns the nanoseconds between attempts.
    pub fn retrying_nanos(&self) -> u128 {
        self.retrying
    }
}
