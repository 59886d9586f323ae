//! A sample of rounded values: distinct values with their counts.
//!
//! A log of any size is reduced to the counts of its distinct values. A recorded value `t` is the
//! rounded form of an unknown exact value, which is in the *cell* of `t`. A time of 0 ms is
//! therefore not an exact zero, but a time in [0, 0.5 ms).

/// How the recording program rounded the exact values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest multiple of the resolution: the cell of `t` is `[t - r/2, t + r/2)`.
    Nearest,
    /// To the next lower multiple of the resolution: the cell of `t` is `[t, t + r)`.
    Down,
}

/// The reason why values are not a sample.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// There is not a single value with a positive count.
    #[error("the sample has no values; select a longer period or more kinds of requests")]
    Empty,
    /// A value is negative or not finite.
    #[error("the value {0} is not a finite number of at least zero; remove it from the sample")]
    Value(f64),
    /// The resolution is zero, negative or not finite.
    #[error("the resolution {0} is not a finite number above zero; for milliseconds, use 0.001")]
    Resolution(f64),
}

/// A distinct value and the number of times it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    /// The recorded value.
    pub value: f64,
    /// The lowest exact value that is recorded as `value`.
    pub low: f64,
    /// The upper bound of the exact values that are recorded as `value`.
    pub high: f64,
    /// The number of times; not whole if the sample is the result of a calculation.
    pub weight: f64,
}

/// Rounded values, at least zero, with their counts. The unit is that of the caller: seconds for
/// times and bytes for sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundedSample {
    /// In ascending order of values, each with a positive weight.
    cells: Vec<Cell>,
    resolution: f64,
    /// Sum of the weights.
    total: f64,
}

impl RoundedSample {
    /// Creates a sample from single values that were rounded to the nearest multiple of
    /// `resolution`, for example 0.001 for milliseconds.
    ///
    /// # Errors
    /// There are no values, a value is negative or not finite, or the resolution is not positive.
    pub fn from_values(values: &[f64], resolution: f64) -> Result<Self, SampleError> {
        let pairs = values.iter().map(|value| (*value, 1.0)).collect();
        Self::weighted(pairs, resolution, Rounding::Nearest)
    }

    /// Creates a sample from pairs (value, count). Equal values are added, and pairs with a count
    /// of zero are ignored.
    ///
    /// # Errors
    /// The conditions of [`RoundedSample::from_values`].
    pub fn from_counts(
        pairs: &[(f64, u64)],
        resolution: f64,
        rounding: Rounding,
    ) -> Result<Self, SampleError> {
        let pairs = pairs.iter().map(|(value, count)| (*value, *count as f64)).collect();
        Self::weighted(pairs, resolution, rounding)
    }

    /// Creates a sample from bins (lower bound, upper bound, count) of a histogram. The bins may
    /// have different widths, but must not overlap. Bins with a count of zero are ignored. For a
    /// bin of the recorded values 128 to 129 ms, pass the bounds of the exact values: 127.5 to
    /// 129.5 ms.
    ///
    /// # Errors
    /// There are no values, or a bound is negative or not finite, or a bin is empty.
    pub fn from_bins(bins: &[(f64, f64, u64)]) -> Result<Self, SampleError> {
        let bins = bins.iter().filter(|bin| bin.2 > 0);
        let cell = |bin: &(f64, f64, u64)| {
            let value = f64::midpoint(bin.0, bin.1);
            Cell { value, low: bin.0, high: bin.1, weight: bin.2 as f64 }
        };
        let cells: Vec<Cell> = bins.map(cell).collect();
        let widths = cells.iter().map(|cell| cell.high - cell.low);
        let resolution = widths.fold(f64::INFINITY, f64::min);
        if cells.is_empty() {
            return Err(SampleError::Empty);
        }
        Self::from_cells(cells, resolution)
    }

    /// Creates a sample from pairs (value, weight); weights that are not positive are ignored.
    pub(super) fn weighted(
        pairs: Vec<(f64, f64)>,
        resolution: f64,
        rounding: Rounding,
    ) -> Result<Self, SampleError> {
        let (down, up) = match rounding {
            Rounding::Nearest => (resolution / 2.0, resolution / 2.0),
            Rounding::Down => (0.0, resolution),
        };
        let cell = |(value, weight): (f64, f64)| {
            let low = if value >= 0.0 { (value - down).max(0.0) } else { value };
            Cell { value, low, high: value + up, weight }
        };
        Self::from_cells(pairs.into_iter().map(cell).collect(), resolution)
    }

    /// Sorts cells, adds those of equal values, and separates cells that overlap.
    fn from_cells(cells: Vec<Cell>, resolution: f64) -> Result<Self, SampleError> {
        if !(resolution > 0.0 && resolution.is_finite()) {
            return Err(SampleError::Resolution(resolution));
        }
        let is_valid = |cell: &&Cell| cell.low >= 0.0 && cell.high < f64::MAX;
        if let Some(cell) = cells.iter().find(|cell| !is_valid(cell)) {
            return Err(SampleError::Value(cell.value));
        }
        let mut sorted: Vec<Cell> = cells.into_iter().filter(|cell| cell.weight > 0.0).collect();
        sorted.sort_by(|one, two| one.value.total_cmp(&two.value));
        let mut cells: Vec<Cell> = Vec::new();
        for cell in sorted {
            match cells.last_mut() {
                // Values within half a step of each other have the same cell.
                Some(last) if cell.value - last.value < resolution / 2.0 => {
                    last.weight += cell.weight;
                }
                _ => cells.push(cell),
            }
        }
        // Values that are not multiples of the resolution would have overlapping cells.
        for index in 1..cells.len() {
            let (low, high) = (cells[index].low, cells[index - 1].high);
            if low - high < resolution * 1e-6 {
                let middle = f64::midpoint(low, high);
                (cells[index].low, cells[index - 1].high) = (middle, middle);
            }
        }
        let total = cells.iter().map(|cell| cell.weight).sum();
        if cells.is_empty() {
            return Err(SampleError::Empty);
        }
        Ok(RoundedSample { cells, resolution, total })
    }

    /// Combines samples, each multiplied by a number of times. The resolution is that of the first
    /// sample. Returns `None` if nothing remains.
    pub fn combined<'a>(
        parts: impl IntoIterator<Item = (&'a RoundedSample, u64)>,
    ) -> Option<RoundedSample> {
        let (mut cells, mut resolution) = (Vec::new(), None);
        for (part, times) in parts {
            resolution = resolution.or(Some(part.resolution));
            let times = times as f64;
            cells.extend(
                part.cells.iter().map(|cell| Cell { weight: cell.weight * times, ..*cell }),
            );
        }
        Self::from_cells(cells, resolution?).ok()
    }

    /// Returns the sample of the values minus `by`. Negative results become zero.
    ///
    /// # Errors
    /// `by` is not finite.
    pub fn less(&self, by: f64) -> Result<RoundedSample, SampleError> {
        let cell = |cell: &Cell| Cell {
            value: (cell.value - by).max(0.0),
            low: (cell.low - by).max(0.0),
            high: (cell.high - by).max(self.resolution / 2.0),
            weight: cell.weight,
        };
        Self::from_cells(self.cells.iter().map(cell).collect(), self.resolution)
    }

    /// Returns the share of the values below `bound`, from 0 to 1. Within a cell, the values are
    /// assumed to be uniform.
    pub fn share_below(&self, bound: f64) -> f64 {
        self.sum_of(|cell| ((bound - cell.low) / (cell.high - cell.low)).clamp(0.0, 1.0))
            / self.total
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Returns the number of values.
    pub fn count(&self) -> f64 {
        self.total
    }

    /// Returns the resolution of the values.
    pub fn resolution(&self) -> f64 {
        self.resolution
    }

    /// Returns the mean of the centres of the cells.
    pub fn mean(&self) -> f64 {
        self.sum_of(|cell| cell.centre()) / self.total
    }

    /// Returns the sum of the centres of the cells.
    pub fn sum(&self) -> f64 {
        self.sum_of(|cell| cell.centre())
    }

    /// Returns the variance of the centres of the cells (divided by the number of values).
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.sum_of(|cell| (cell.centre() - mean) * (cell.centre() - mean)) / self.total
    }

    /// Returns the smallest and the largest recorded value.
    pub fn range(&self) -> (f64, f64) {
        let value = |cell: Option<&Cell>| cell.map_or(0.0, |cell| cell.value);
        (value(self.cells.first()), value(self.cells.last()))
    }

    /// Returns the quantile at `probability` (0..=1). Within a cell, the values are assumed to be
    /// uniform.
    pub fn quantile(&self, probability: f64) -> f64 {
        let target = probability.clamp(0.0, 1.0) * self.total;
        let mut below = 0.0;
        for cell in &self.cells {
            if below + cell.weight >= target {
                let share = ((target - below) / cell.weight).clamp(0.0, 1.0);
                return cell.low + (cell.high - cell.low) * share;
            }
            below += cell.weight;
        }
        self.cells.last().map_or(0.0, |cell| cell.high)
    }

    fn sum_of(&self, value: impl Fn(&Cell) -> f64) -> f64 {
        self.cells.iter().map(|cell| cell.weight * value(cell)).sum()
    }
}

/// Samples of one resolution with their common cells, prepared for resampling.
pub(super) struct Aligned {
    /// All cells of all samples.
    whole: RoundedSample,
    /// For every sample: indices of its cells in `whole`, and weights.
    parts: Vec<Vec<(usize, f64)>>,
}

impl Aligned {
    /// Prepares samples; `None` without samples.
    pub(super) fn new(samples: &[RoundedSample]) -> Option<Aligned> {
        let whole = RoundedSample::combined(samples.iter().map(|sample| (sample, 1)))?;
        let nearest = |value: f64| {
            let after = whole.cells.partition_point(|cell| cell.high <= value);
            after.min(whole.cells.len() - 1)
        };
        let part = |sample: &RoundedSample| {
            sample.cells.iter().map(|cell| (nearest(cell.value), cell.weight)).collect()
        };
        let parts = samples.iter().map(part).collect();
        Some(Aligned { whole, parts })
    }

    /// Returns all samples combined.
    pub(super) fn whole(&self) -> &RoundedSample {
        &self.whole
    }

    /// Combines the samples, each multiplied by its number of times. Returns `None` if nothing
    /// remains.
    pub(super) fn resampled(&self, times: &[u32]) -> Option<RoundedSample> {
        let mut cells = self.whole.cells.clone();
        cells.iter_mut().for_each(|cell| cell.weight = 0.0);
        for (part, times) in self.parts.iter().zip(times).filter(|(_, times)| **times > 0) {
            for (index, weight) in part {
                cells[*index].weight += weight * f64::from(*times);
            }
        }
        cells.retain(|cell| cell.weight > 0.0);
        let total = cells.iter().map(|cell| cell.weight).sum();
        let resolution = self.whole.resolution;
        (!cells.is_empty()).then_some(RoundedSample { cells, resolution, total })
    }
}

impl Cell {
    /// Returns the middle of the cell; for a recorded zero, the middle of its shorter cell.
    pub(super) fn centre(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_added_and_zero_has_half_a_cell() {
        let sample = RoundedSample::from_values(&[2.0, 0.0, 1.0, 1.0], 1.0).expect("four values");
        let cells: Vec<_> = sample.cells().iter().map(|c| (c.low, c.high, c.weight)).collect();
        assert_eq!(cells, [(0.0, 0.5, 1.0), (0.5, 1.5, 2.0), (1.5, 2.5, 1.0)]);
        // (0.25 + 1 + 1 + 2) / 4
        assert_eq!((sample.count(), sample.mean()), (4.0, 1.0625));
        assert_eq!(sample.quantile(0.5), 1.0);
        assert_eq!((sample.quantile(0.0), sample.quantile(1.0)), (0.0, 2.5));
        let down = RoundedSample::from_counts(&[(1.0, 3), (5.0, 0)], 1.0, Rounding::Down);
        assert_eq!(down.expect("one value").mean(), 1.5);
    }

    #[test]
    fn cells_do_not_overlap_if_values_are_not_multiples_of_the_resolution() {
        let sample = RoundedSample::from_values(&[1.0, 1.6], 1.0).expect("two values");
        assert!((sample.cells()[0].high - 1.3).abs() < 1e-12);
        assert_eq!(sample.cells()[0].high, sample.cells()[1].low);
    }

    #[test]
    fn bins_of_different_widths_are_cells() {
        let bins = [(0.0, 1.0, 2), (1.0, 2.0, 0), (2.0, 6.0, 2)];
        let sample = RoundedSample::from_bins(&bins).expect("two bins");
        assert_eq!((sample.count(), sample.mean(), sample.quantile(0.75)), (4.0, 2.25, 4.0));
        assert_eq!(sample.resolution(), 1.0);
        assert_eq!(RoundedSample::from_bins(&[(1.0, 1.0, 1)]), Err(SampleError::Resolution(0.0)));
        assert_eq!(RoundedSample::from_bins(&[]), Err(SampleError::Empty));
    }

    #[test]
    fn invalid_values_are_refused() {
        let make = |values: &[f64], resolution| RoundedSample::from_values(values, resolution);
        assert_eq!(make(&[], 1.0), Err(SampleError::Empty));
        assert_eq!(make(&[-1.0], 1.0), Err(SampleError::Value(-1.0)));
        assert!(matches!(make(&[f64::NAN], 1.0), Err(SampleError::Value(_))));
        assert_eq!(make(&[f64::INFINITY], 1.0), Err(SampleError::Value(f64::INFINITY)));
        assert_eq!(make(&[1.0], 0.0), Err(SampleError::Resolution(0.0)));
    }

    #[test]
    fn a_part_of_the_time_is_subtracted() {
        let sample = RoundedSample::from_values(&[1.0, 3.0, 5.0, 5.0], 1.0).expect("values");
        // The cells of 1 and 3 are below 4, and that of 5 begins at 4.5.
        assert_eq!((sample.share_below(4.0), sample.share_below(5.0)), (0.5, 0.75));
        let less = sample.less(2.5).expect("values");
        assert_eq!((less.count(), less.range()), (4.0, (0.0, 2.5)));
        // The value 1 becomes the cell from 0 to 0.5: (0.25 + 0.5 + 2 * 2.5) / 4.
        assert_eq!(less.mean(), 5.75 / 4.0);
    }

    #[test]
    fn samples_are_combined_with_multiplicities() {
        let one = RoundedSample::from_values(&[1.0, 2.0], 1.0).expect("two values");
        let two = RoundedSample::from_values(&[2.0], 1.0).expect("one value");
        let both = RoundedSample::combined([(&one, 2), (&two, 3)]).expect("values");
        assert_eq!((both.count(), both.sum()), (7.0, 12.0));
        assert!(RoundedSample::combined([]).is_none());
    }
}
