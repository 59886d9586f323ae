//! A few series over replications: their means over time, and how far they differ.

/// Series over time, of several replications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeanTimeSeries {
    /// Where each row begins, seconds after the start of the measured period. A row is a bin of the
    /// time series, or the mean of several where there are very many.
    pub start_seconds: Vec<f64>,
    /// Where each row ends.
    pub end_seconds: Vec<f64>,
    /// Requests answered a second.
    pub completed_per_second: Vec<MeanValue>,
    /// Their latency, 95 %.
    pub latency_p95: Vec<MeanValue>,
    /// Utilisation of the station that is the busiest in its bin.
    pub utilisation: Vec<MeanValue>,
}

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
