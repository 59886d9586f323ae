//! One value of a mean time series: statistics over replications.

/// Running statistics of a value over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanValue {
    /// Number of values.
    pub count: u64,
    /// Mean of the values.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub squares: f64,
    /// Half-width of the confidence interval of the mean; `None` for fewer than two values.
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
