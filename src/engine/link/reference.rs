//! A slow reference link for tests. It computes the rate of every transfer at every step.

use crate::base::SimTime;
use crate::engine::link::{Capacity, TransferClass};

/// A link that computes times in fractions of nanoseconds (`f64`).
pub(super) struct ReferenceLink {
    pub capacity: Capacity,
    /// Transfers with their class and remaining bits, in order of arrival.
    transfers: Vec<(u32, TransferClass, f64)>,
    now: f64,
}

impl ReferenceLink {
    pub fn new(capacity: Capacity) -> Self {
        ReferenceLink { capacity, transfers: Vec::new(), now: 0.0 }
    }

    pub fn arrive(&mut self, job: u32, class: TransferClass, bytes: u64) {
        self.transfers.push((job, class, bytes as f64 * 8.0));
    }

    /// Returns the rate of a transfer in bits per nanosecond.
    fn rate(&self, class: TransferClass) -> f64 {
        let of = |class| self.transfers.iter().filter(|one| one.1 == class).count() as f64;
        let (foreground, background) =
            (of(TransferClass::Foreground), of(TransferClass::Background));
        let total = self.capacity.total as f64 / 1e9;
        let fair = total / (foreground + background);
        let limit = (self.capacity.background as f64 / 1e9).min(total);
        let slow = if background > 0.0 { fair.min(limit / background) } else { fair };
        match class {
            TransferClass::Background => slow,
            TransferClass::Foreground if slow < fair => (total - limit) / foreground,
            TransferClass::Foreground => fair,
        }
    }

    /// Advances time to `until`. Returns the completed transfers with their completion times.
    pub fn pass(&mut self, until: SimTime) -> Vec<(u32, f64)> {
        let until = until.as_nanos() as f64;
        let mut done = Vec::new();
        loop {
            let rates: Vec<f64> = self.transfers.iter().map(|one| self.rate(one.1)).collect();
            let left = self.transfers.iter().zip(&rates).filter(|(_, rate)| **rate > 0.0);
            let next = left.map(|(one, rate)| self.now + one.2.max(0.0) / rate);
            let next = next.fold(f64::INFINITY, f64::min);
            let to = next.min(until);
            for (one, rate) in self.transfers.iter_mut().zip(&rates) {
                one.2 -= rate * (to - self.now);
            }
            self.now = to;
            if next > until {
                return done;
            }
            let complete = self.transfers.iter().position(|one| one.2 < 1e-3);
            done.extend(complete.map(|index| (self.transfers.remove(index).0, self.now)));
        }
    }
}
