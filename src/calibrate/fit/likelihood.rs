//! The likelihood of rounded values, and what it requires of a distribution.
//!
//! A rounded value states only that the exact value is in a cell, so its likelihood is the
//! probability of the cell (interval censoring: Lawless, Statistical Models and Methods for
//! Lifetime Data, 2nd ed.; grouped data: Law, Simulation Modeling and Analysis, 5th ed.).

use super::optimise::{NoMinimum, minimise};
use super::sample::{Cell, RoundedSample};

/// A continuous distribution of values above zero.
pub(super) trait Continuous {
    /// Returns the probabilities of values below and of values above `t`, for `t` above zero. The
    /// smaller of them has full relative precision.
    fn tails(&self, t: f64) -> (f64, f64);

    /// Returns the natural logarithm of the density at `t`, for `t` above zero.
    fn ln_density(&self, t: f64) -> f64;

    /// Returns the mean.
    fn mean(&self) -> f64;

    /// Returns the variance.
    fn variance(&self) -> f64;

    /// Returns the value that is exceeded with `probability`, by bisection.
    fn quantile(&self, probability: f64) -> f64 {
        if probability <= 0.0 {
            return 0.0;
        }
        if probability >= 1.0 {
            return f64::INFINITY;
        }
        let is_above = |t: f64| {
            let (below, above) = self.tails(t);
            if probability < 0.5 { below >= probability } else { above <= 1.0 - probability }
        };
        // The mean of an extreme fit can exceed the range of numbers.
        let mean = self.mean();
        let start = if mean.is_finite() && mean > 0.0 { mean } else { 1.0 };
        let (mut low, mut high) = (start, start);
        while is_above(low) && low > f64::MIN_POSITIVE * 4.0 {
            low /= 4.0;
        }
        while !is_above(high) && high < f64::MAX / 4.0 {
            high *= 4.0;
        }
        while high - low > low * 1e-12 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if is_above(middle) { high = middle } else { low = middle }
        }
        f64::midpoint(low, high)
    }
}

/// Returns the probabilities below and above `t`; all values are at least zero.
pub(super) fn tails_at(distribution: &dyn Continuous, t: f64) -> (f64, f64) {
    if t > 0.0 { distribution.tails(t) } else { (0.0, 1.0) }
}

/// Returns the logarithm of the likelihood of the sample.
pub(super) fn ln_likelihood(sample: &RoundedSample, distribution: &dyn Continuous) -> f64 {
    let (mut bound, mut at_bound) = (0.0, (0.0, 1.0));
    let mut sum = 0.0;
    for cell in sample.cells() {
        let low = if cell.low == bound { at_bound } else { tails_at(distribution, cell.low) };
        let high = tails_at(distribution, cell.high);
        (bound, at_bound) = (cell.high, high);
        sum += cell.weight * ln_probability(distribution, cell, low, high);
    }
    sum
}

/// Returns the logarithm of the probability of a cell.
fn ln_probability(
    distribution: &dyn Continuous,
    cell: &Cell,
    low: (f64, f64),
    high: (f64, f64),
) -> f64 {
    // Subtract the smaller tails, which are precise.
    let (probability, size) =
        if low.0 < 0.5 { (high.0 - low.0, high.0) } else { (low.1 - high.1, low.1) };
    if probability > size * 1e-9 && probability > 1e-280 {
        return libm::log(probability);
    }
    // The tails cancel or underflow: the density is nearly constant in so narrow a cell.
    distribution.ln_density(cell.centre()) + libm::log(cell.high - cell.low)
}

/// The maximum of the likelihood of a distribution with `N` parameters.
pub(super) struct Maximum<const N: usize> {
    /// The parameters in the form of the search.
    pub at: [f64; N],
    /// The logarithm of the likelihood.
    pub ln_likelihood: f64,
    /// Standard errors of the parameters in the form of the search, for independent values.
    pub errors: [Option<f64>; N],
}

/// Maximises the likelihood. The covariances of the estimates are the inverse of the observed
/// information (Lawless, 2nd ed.).
pub(super) fn maximise<const N: usize, D: Continuous>(
    sample: &RoundedSample,
    start: [f64; N],
    scales: [f64; N],
    make: impl Fn(&[f64; N]) -> D,
) -> Result<Maximum<N>, NoMinimum> {
    let count = sample.count();
    let objective = |at: &[f64; N]| {
        let value = -ln_likelihood(sample, &make(at)) / count;
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let found = minimise(objective, start, scales)?;
    let errors = std::array::from_fn(|i| {
        found.inverse_hessian.map(|inverse| (inverse[i][i] / count).sqrt())
    });
    Ok(Maximum { at: found.at, ln_likelihood: -found.value * count, errors })
}
