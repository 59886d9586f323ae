//! Histogram of integers with bounded relative error.

/// Values below this limit have their own bin.
const EXACT: u64 = 128;
/// Number of bins per power of two above the limit.
const PER_OCTAVE: usize = 64;
/// Larger values are counted as this value: 2^40 - 1 (in milliseconds, 34 years).
const VALUE_MAX: u64 = (1 << 40) - 1;
/// Number of bins.
const BINS: usize = EXACT as usize + PER_OCTAVE * 33;

/// Histogram of non-negative integers, such as milliseconds or bytes. The bounds of a bin differ by
/// at most 1/64 of its lower bound, so quantiles have a relative error of at most 1/128. Values
/// below 128 are exact.
#[derive(Clone, Debug)]
pub struct Histogram {
    bins: Vec<u64>,
    count: u64,
    sum: u128,
    squares: f64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { bins: vec![0; BINS], count: 0, sum: 0, squares: 0.0, max: 0 }
    }
}

impl Histogram {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        let value = value.min(VALUE_MAX);
        self.bins[bin(value)] += 1;
        self.count += 1;
        self.sum += u128::from(value);
        self.squares += (value as f64) * (value as f64);
        self.max = self.max.max(value);
    }

    /// Returns the number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the exact sum of the values.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Returns the largest value; zero without values.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Returns the exact mean; NaN without values.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// Returns the standard deviation of the sample; NaN with fewer than two values.
    pub fn standard_deviation(&self) -> f64 {
        let count = self.count as f64;
        let squares = self.squares - count * self.mean() * self.mean();
        if self.count < 2 { f64::NAN } else { (squares.max(0.0) / (count - 1.0)).sqrt() }
    }

    /// Returns the middle of the bin that contains the quantile `share` (0 to 1), but at most the
    /// maximum; NaN without values.
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = ((share * self.count as f64).ceil() as u64).max(1);
        let mut below = 0;
        for (index, count) in self.bins.iter().enumerate() {
            below += count;
            if below >= wanted {
                let (low, high) = bounds(index);
                return (0.5 * (low + high) as f64).min(self.max as f64);
            }
        }
        f64::NAN
    }

    /// Iterates over the bins that contain values: smallest value, largest value, count.
    pub fn bins(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let filled = self.bins.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(index, count)| {
            let (low, high) = bounds(index);
            (low, high, *count)
        })
    }
}

/// Returns the bin of a value.
#[inline]
fn bin(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let octave = value.ilog2() - EXACT.ilog2();
    let step = (value >> (octave + 1)) as usize - PER_OCTAVE;
    EXACT as usize + octave as usize * PER_OCTAVE + step
}

/// Returns the smallest and the largest value of a bin.
fn bounds(index: usize) -> (u64, u64) {
    if index < EXACT as usize {
        return (index as u64, index as u64);
    }
    let (octave, step) =
        ((index - EXACT as usize) / PER_OCTAVE, (index - EXACT as usize) % PER_OCTAVE);
    let low = ((PER_OCTAVE + step) as u64) << (octave + 1);
    (low, low + (1 << (octave + 1)) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_inside_its_narrow_bin() {
        let values = (0..5_000).chain((0..40).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, power + power / 3]
        }));
        for value in values.filter(|value| *value <= VALUE_MAX) {
            let (low, high) = bounds(bin(value));
            assert!((low..=high).contains(&value), "{value}: {low} to {high}");
            assert!(64 * (high - low) <= low, "{value}: {low} to {high}");
        }
        assert_eq!(bin(VALUE_MAX), BINS - 1);
    }

    #[test]
    fn moments_are_exact_and_quantiles_are_close() {
        let mut histogram = Histogram::default();
        (1..=10_000).for_each(|value| histogram.add(value));
        assert_eq!(histogram.mean(), 5_000.5);
        // The variance of 1..=n is (n^2 - 1) / 12, with divisor n - 1 instead of n: n (n + 1) / 12.
        let expected = (10_000.0_f64 * 10_001.0 / 12.0).sqrt();
        assert!((histogram.standard_deviation() / expected - 1.0).abs() < 1e-9);
        for share in [0.01, 0.5, 0.95, 0.99] {
            let error = histogram.quantile(share) / (10_000.0 * share) - 1.0;
            assert!(error.abs() <= 1.0 / 128.0, "{share}: {error}");
        }
        assert_eq!(histogram.quantile(1.0), 10_000.0, "not more than the maximum");
    }
}
