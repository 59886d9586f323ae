//! Where the time of answered requests goes: sums by place.

use crate::base::SimDuration;

/// A kind of station on the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Cores of a VM instance.
    Instance,
    /// Cores of a connection point.
    ConnectionPoint,
    /// Workers of a site system.
    SiteSystem,
    /// Database and disk of a site system.
    Database,
    /// A gateway's storage.
    Storage,
}

impl Place {
    /// Every place, in the order in which requests come to them.
    pub const ALL: [Place; 5] = [
        Place::Instance,
        Place::ConnectionPoint,
        Place::SiteSystem,
        Place::Database,
        Place::Storage,
    ];

    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Instance => "gateway instance",
            Place::ConnectionPoint => "connection point",
            Place::SiteSystem => "site system",
            Place::Database => "database",
            Place::Storage => "storage",
        }
    }
}

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
