//! Levels over time in bins: the mean of each level in each bin, from exact integrals, and the
//! highest of some.

use crate::base::SimTime;

/// Columns of bin means. The columns' order is the caller's.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    last_at: SimTime,
    last: Vec<u128>,
    columns: Vec<Vec<f64>>,
    highs: Vec<Vec<u64>>,
    ends: Vec<SimTime>,
}

impl Levels {
    /// Starts at `now`, where the levels' integrals are `integrals`; the highest values of
    /// `highs` levels will be told too.
    pub fn start(now: SimTime, integrals: Vec<u128>, highs: usize) -> Self {
        let columns = vec![Vec::new(); integrals.len()];
        let highs = vec![Vec::new(); highs];
        Levels { last_at: now, last: integrals, columns, highs, ends: Vec::new() }
    }

    /// A bin ends at `now`. Does nothing if it has no length.
    pub fn end_bin(
        &mut self,
        now: SimTime,
        integrals: Vec<u128>,
        highs: impl Iterator<Item = u64>,
    ) {
        let length = now.since(self.last_at).as_nanos();
        if length == 0 {
            return;
        }
        for ((column, last), integral) in self.columns.iter_mut().zip(&self.last).zip(&integrals) {
            column.push((integral - last) as f64 / length as f64);
        }
        for (column, high) in self.highs.iter_mut().zip(highs) {
            column.push(high);
        }
        self.last = integrals;
        self.last_at = now;
        self.ends.push(now);
    }

    /// Memory that the bins take.
    pub fn memory_bytes(&self) -> usize {
        self.ends.len() * (self.columns.len() + self.highs.len()) * size_of::<f64>()
    }

    /// When the present bin began.
    pub fn last_at(&self) -> SimTime {
        self.last_at
    }

    /// When each bin ended.
    pub fn ends(&self) -> &[SimTime] {
        &self.ends
    }

    /// The highest values of one level in the bins.
    pub fn highs(&self, index: usize) -> &[u64] {
        self.highs.get(index).map_or(&[], Vec::as_slice)
    }

    /// The bin means of one level.
    pub fn column(&self, index: usize) -> &[f64] {
        self.columns.get(index).map_or(&[], Vec::as_slice)
    }
}
