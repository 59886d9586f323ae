//! Outbound data of a gateway, compared with the threshold over 14 days.

use std::collections::VecDeque;

use crate::base::{SimDuration, SimTime};

use super::config::OutboundThreshold;
use super::tallied::Tallied;

/// Window of the threshold (monitor-clients-cloud-management-gateway.md, 04/08/2022). A sliding
/// window is assumed.
const WINDOW: SimDuration = SimDuration::from_seconds(14 * 86_400);

/// Outbound data of a gateway: the sum of the data that its instances and its storage send, as
/// Microsoft publishes.
#[derive(Clone, Debug, Default)]
pub struct Outbound {
    /// Bytes since the start of the simulation.
    pub sent: u64,
    /// Bytes sent up to each check in the window, oldest first.
    history: VecDeque<u64>,
    /// Maximum in a window since the last reset.
    pub highest: f64,
    /// Time of the check that first found the critical level exceeded.
    pub critical_at: Option<SimTime>,
    /// Time at which the gateway was stopped because the critical level was reached.
    pub stopped_at: Option<SimTime>,
}

impl Outbound {
    /// Returns the bytes sent in the 14 days before `now`.
    pub fn in_window(&self, now: SimTime, threshold: &OutboundThreshold) -> f64 {
        let passed = now.as_seconds() / WINDOW.as_seconds();
        let before = threshold.before.count() as f64 * (1.0 - passed).max(0.0);
        let left_window = self.history.front().copied().filter(|_| passed > 1.0).unwrap_or(0);
        before + (self.sent - left_window) as f64
    }

    /// Runs a check; returns whether the critical level is reached.
    pub fn check(&mut self, now: SimTime, threshold: &OutboundThreshold) -> bool {
        self.history.push_back(self.sent);
        let kept = WINDOW.as_nanos() / threshold.check.as_nanos().max(1);
        while self.history.len() > kept as usize + 1 {
            self.history.pop_front();
        }
        let critical = threshold.critical_share * threshold.limit.count() as f64;
        let in_window = self.in_window(now, threshold);
        self.highest = self.highest.max(in_window);
        threshold.is_measured && in_window >= critical
    }
}

impl Tallied for Outbound {
    fn reset(&mut self, _now: SimTime) {
        let Outbound { sent: _, history: _, highest, critical_at: _, stopped_at: _ } = self;
        *highest = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Bytes;

    #[test]
    fn data_older_than_fourteen_days_does_not_count() {
        let threshold = OutboundThreshold {
            limit: Bytes::new(1_000),
            critical_share: 0.9,
            check: SimDuration::from_seconds(86_400),
            stops: false,
            is_measured: true,
            before: Bytes::new(1_400),
        };
        let mut outbound = Outbound::default();
        let day = |day: u64| SimTime::ZERO + SimDuration::from_seconds(86_400 * day);
        // 1,400 bytes are evenly distributed over the 14 days before the start. One day later, 100
        // of them are outside the window.
        assert_eq!(outbound.in_window(day(1), &threshold), 1_300.0);
        for today in 1..=20 {
            outbound.sent += 10;
            let is_critical = outbound.check(day(today), &threshold);
            assert_eq!(is_critical, today <= 5, "day {today}");
            let unknown = OutboundThreshold { is_measured: false, ..threshold };
            assert!(!outbound.clone().check(day(today), &unknown), "not measured");
        }
        // The window contains the last 14 days.
        assert_eq!(outbound.in_window(day(20), &threshold), 140.0);
    }
}
