//! Number of distinct hashes in bounded memory: exact up to a limit, then a HyperLogLog sketch.
//!
//! Source: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal
//! cardinality estimation algorithm", AofA 2007, with linear counting for small numbers.

/// Smallest size of the table of exact hashes.
const TABLE_MIN: usize = 16;

/// Counter of distinct hashes.
#[derive(Clone, Debug)]
pub struct Distinct {
    /// Hash table with open addressing; zero marks a free place. Empty if the sketch is in use.
    table: Vec<u64>,
    count: usize,
    exact_max: usize,
    precision: u32,
    registers: Vec<u8>,
}

impl Distinct {
    /// Creates a counter that is exact up to `exact_max` hashes and then uses `2^precision`
    /// registers, which gives a standard error of 1.04 / sqrt(2^precision). The precision is
    /// limited to 4..=16.
    pub fn new(exact_max: usize, precision: u32) -> Self {
        let precision = precision.clamp(4, 16);
        Distinct { table: Vec::new(), count: 0, exact_max, precision, registers: Vec::new() }
    }

    /// Adds a hash.
    #[inline]
    pub fn insert(&mut self, hash: u64) {
        if !self.registers.is_empty() {
            return self.insert_into_registers(hash);
        }
        // Zero marks a free place, so the hash zero counts as one.
        let hash = hash.max(1);
        // Most hashes are found where they belong.
        let mask = self.table.len().wrapping_sub(1);
        if self.table.get(hash as usize & mask) != Some(&hash) {
            self.insert_into_table(hash);
        }
    }

    fn insert_into_table(&mut self, hash: u64) {
        if self.table.is_empty() {
            self.table = vec![0; TABLE_MIN];
        }
        if place(&mut self.table, hash) {
            self.count += 1;
            if self.count > self.exact_max {
                self.use_registers();
            } else if 2 * self.count > self.table.len() {
                let mut larger = vec![0; 2 * self.table.len()];
                for hash in self.table.iter().filter(|hash| **hash != 0) {
                    place(&mut larger, *hash);
                }
                self.table = larger;
            }
        }
    }

    fn insert_into_registers(&mut self, hash: u64) {
        let index = (hash >> (64 - self.precision)) as usize;
        // The bit below the hash limits the rank.
        let rest = (hash << self.precision) | (1 << (self.precision - 1));
        let rank = rest.leading_zeros() as u8 + 1;
        let register = &mut self.registers[index];
        *register = (*register).max(rank);
    }

    /// Adds the hashes of a counter with the same limit and precision.
    pub fn merge(&mut self, other: &Distinct) {
        debug_assert_eq!((self.exact_max, self.precision), (other.exact_max, other.precision));
        other.table.iter().filter(|hash| **hash != 0).for_each(|hash| self.insert(*hash));
        if self.registers.is_empty() && !other.registers.is_empty() {
            self.use_registers();
        }
        for (own, rank) in self.registers.iter_mut().zip(&other.registers) {
            *own = (*own).max(*rank);
        }
    }

    /// Replaces the table by registers.
    fn use_registers(&mut self) {
        self.registers = vec![0; 1 << self.precision];
        for hash in std::mem::take(&mut self.table).into_iter().filter(|hash| *hash != 0) {
            self.insert_into_registers(hash);
        }
    }

    /// Returns whether the count is exact.
    pub fn is_exact(&self) -> bool {
        self.registers.is_empty()
    }

    /// Returns the relative standard error of the count; zero if it is exact.
    pub fn standard_error(&self) -> f64 {
        match self.is_exact() {
            true => 0.0,
            false => 1.04 / f64::from(1_u32 << self.precision).sqrt(),
        }
    }

    /// Returns the number of distinct hashes, rounded to an integer.
    pub fn count(&self) -> u64 {
        if self.is_exact() {
            return self.count as u64;
        }
        let registers = f64::from(1_u32 << self.precision);
        let sum: f64 = self.registers.iter().map(|rank| f64::from(*rank).exp2().recip()).sum();
        let alpha = 0.7213 / (1.0 + 1.079 / registers);
        let raw = alpha * registers * registers / sum;
        let empty = self.registers.iter().filter(|rank| **rank == 0).count();
        let estimate = match raw <= 2.5 * registers && empty > 0 {
            true => registers * libm::log(registers / empty as f64),
            false => raw,
        };
        estimate.round() as u64
    }
}

/// Adds a hash to a table that has a free place. Returns whether the hash is new.
fn place(table: &mut [u64], hash: u64) -> bool {
    let mask = table.len() - 1;
    let mut at = hash as usize & mask;
    loop {
        match table[at] {
            0 => {
                table[at] = hash;
                return true;
            }
            own if own == hash => return false,
            _ => at = (at + 1) & mask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::sample::mixed;

    #[test]
    fn few_hashes_are_counted_exactly() {
        let mut distinct = Distinct::new(1000, 11);
        for round in 0..3 {
            for number in 0..1000 {
                distinct.insert(mixed(number));
            }
            assert!(distinct.is_exact(), "round {round}");
            assert_eq!(distinct.count(), 1000);
        }
        distinct.insert(0);
        assert!(!distinct.is_exact());
    }

    #[test]
    fn merged_counters_count_the_union() {
        let of = |numbers: std::ops::Range<u64>| {
            let mut distinct = Distinct::new(1000, 11);
            numbers.for_each(|number| distinct.insert(mixed(number)));
            distinct
        };
        for (one, other) in [(0..300, 200..900), (0..900, 500..5000), (0..5000, 1..9000)] {
            let end = other.end;
            let mut merged = of(one);
            merged.merge(&of(other));
            assert_eq!((merged.count(), merged.is_exact()), (of(0..end).count(), end <= 1000));
        }
    }

    #[test]
    fn many_hashes_are_estimated_within_three_standard_errors() {
        for count in [2_000_u64, 20_000, 100_000, 1_000_000] {
            let mut distinct = Distinct::new(500, 14);
            (0..count).for_each(|number| distinct.insert(mixed(number)));
            let error = distinct.count() as f64 / count as f64 - 1.0;
            assert!(error.abs() < 3.0 * distinct.standard_error(), "{count}: {error}");
        }
    }
}
