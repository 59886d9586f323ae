//! Levels over time in bins: the mean of each level in each bin, from exact integrals.

use crate::base::SimTime;

/// Columns of bin means. The columns' order is the caller's.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    last_at: SimTime,
    last: Vec<u128>,
    columns: Vec<Vec<f64>>,
    ends: Vec<SimTime>,
}

impl Levels {
    /// Starts at `now`, where the levels' integrals are `integrals`.
    pub fn start(now: SimTime, integrals: Vec<u128>) -> Self {
        let columns = vec![Vec::new(); integrals.len()];
        Levels { last_at: now, last: integrals, columns, ends: Vec::new() }
    }

    /// A bin ends at `now`. Does nothing if it has no length.
    pub fn end_bin(&mut self, now: SimTime, integrals: Vec<u128>) {
        let length = now.since(self.last_at).as_nanos();
        if length == 0 {
            return;
        }
        for ((column, last), integral) in self.columns.iter_mut().zip(&self.last).zip(&integrals) {
            column.push((integral - last) as f64 / length as f64);
        }
        self.last = integrals;
        self.last_at = now;
        self.ends.push(now);
    }

    /// When the present bin began.
    pub fn last_at(&self) -> SimTime {
        self.last_at
    }

    /// When each bin ended.
    pub fn ends(&self) -> &[SimTime] {
        &self.ends
    }

    /// The bin means of one level.
    pub fn column(&self, index: usize) -> &[f64] {
        self.columns.get(index).map_or(&[], Vec::as_slice)
    }
}
