//! Where the time of requests goes: sums by place, of everything that was served there.

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

/// What requests of a kind spent, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Nanoseconds waited at each place, and in service there.
    places: [(u128, u128); Place::ALL.len()],
    /// Nanoseconds until failed requests were to be tried again.
    retrying: u128,
}

impl Way {
    /// One was served.
    #[inline]
    pub fn served(&mut self, place: Place, waited: SimDuration, stayed: SimDuration) {
        let (waits, services) = &mut self.places[place as usize];
        *waits += u128::from(waited.as_nanos());
        *services += u128::from(stayed.saturating_sub(waited).as_nanos());
    }

    /// One waits to be tried again.
    pub fn waits(&mut self, delay: SimDuration) {
        self.retrying += u128::from(delay.as_nanos());
    }

    /// Nanoseconds waited and in service at a place.
    pub fn at(&self, place: Place) -> (u128, u128) {
        self.places[place as usize]
    }

    /// Nanoseconds until failed requests were to be tried again.
    pub fn retrying_nanos(&self) -> u128 {
        self.retrying
    }
}
