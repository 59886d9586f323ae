//! A value of several replications in one bin of a mean time series.

/// Values of several replications, one added after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanValue {
    /// How many there are.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of their squared distances to the mean.
    pub squares: f64,
    /// Half-width of the mean's interval, when all are there; `None` of fewer than two.
    pub half_width: Option<f64>,
}

impl MeanValue {
    /// Adds a value (Welford, "Note on a Method for Calculating Corrected Sums of Squares and
    /// Products", 1962).
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }
}
