//! Where the time of answered requests goes: sums by place.

use crate::base::SimDuration;
use crate::terms::StationGroup;

/// Where the time of a request under way has gone so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestBreakdown {
    /// Nanoseconds waited at each place, and in service there, in its last attempt.
    station_groups: [(u64, u64); StationGroup::ALL.len()],
    /// Nanoseconds between its attempts.
    retrying: u64,
}

impl RequestBreakdown {
    /// It was served.
    #[inline]
    pub fn served(
        &mut self,
        station_group: StationGroup,
        waited: SimDuration,
        response_time: SimDuration,
    ) {
        let (waits, services) = &mut self.station_groups[station_group as usize];
        *waits += waited.as_nanos();
        *services += response_time.saturating_sub(waited).as_nanos();
    }

    /// An attempt has failed, and is followed by another after a delay.
    pub fn tried_again(&mut self, delay: SimDuration) {
        self.station_groups = Default::default();
        self.retrying += delay.as_nanos();
    }
}

/// What answered requests of a kind spent, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencyTotals {
    /// Nanoseconds waited at each place, and in service there, in attempts that were answered.
    station_groups: [(u128, u128); StationGroup::ALL.len()],
    /// Nanoseconds between attempts.
    retrying: u128,
}

impl LatencyTotals {
    /// A request was answered.
    #[inline]
    pub fn completed(&mut self, breakdown: &RequestBreakdown) {
        for ((waits, services), (waited, served)) in
            self.station_groups.iter_mut().zip(breakdown.station_groups)
        {
            *waits += u128::from(waited);
            *services += u128::from(served);
        }
        self.retrying += u128::from(breakdown.retrying);
    }

    /// Nanoseconds waited and in service at a place.
    pub fn at(&self, station_group: StationGroup) -> (u128, u128) {
        self.station_groups[station_group as usize]
    }

    /// Nanoseconds between attempts.
    pub fn retrying_nanos(&self) -> u128 {
        self.retrying
    }
}
