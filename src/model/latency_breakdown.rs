//! Latency breakdown of completed requests: sums by component type.

use crate::base::SimDuration;
use crate::terms::StationGroup;

/// Latency breakdown of a request in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestBreakdown {
    /// Nanoseconds of waiting and of service by station group, in the last attempt.
    station_groups: [(u64, u64); StationGroup::ALL.len()],
    /// Nanoseconds between the attempts.
    retrying: u64,
}

impl RequestBreakdown {
    /// Adds the waiting time and the service time at a station group.
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

    /// Records that an attempt has failed and that a retry follows after a delay.
    pub fn tried_again(&mut self, delay: SimDuration) {
        self.station_groups = Default::default();
        self.retrying += delay.as_nanos();
    }
}

/// Total latency breakdown of the completed requests of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencyTotals {
    /// Nanoseconds of waiting and of service by station group, in successful attempts.
    station_groups: [(u128, u128); StationGroup::ALL.len()],
    /// Nanoseconds between attempts.
    retrying: u128,
}

impl LatencyTotals {
    /// Adds the breakdown of a completed request.
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

    /// Returns the nanoseconds of waiting and of service at a station group.
    pub fn at(&self, station_group: StationGroup) -> (u128, u128) {
        self.station_groups[station_group as usize]
    }

    /// Returns the nanoseconds between attempts.
    pub fn retrying_nanos(&self) -> u128 {
        self.retrying
    }
}
