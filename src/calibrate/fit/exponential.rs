//! The exponential distribution (Law, Simulation Modeling and Analysis, 5th ed.).

use super::family::{Fitted, LeftOut, MaximumLikelihood, Parameter};
use super::likelihood::{Continuous, maximise};
use super::sample::RoundedSample;

/// An exponential distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    /// The mean.
    pub mean: f64,
}

impl Continuous for Exponential {
    fn tails(&self, t: f64) -> (f64, f64) {
        (-libm::expm1(-t / self.mean), libm::exp(-t / self.mean))
    }

    fn ln_density(&self, t: f64) -> f64 {
        -t / self.mean - libm::log(self.mean)
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.mean * self.mean
    }
}

/// Fits the mean, starting from the mean of the sample.
pub(super) fn fit(sample: &RoundedSample) -> Result<MaximumLikelihood, LeftOut> {
    let make = |at: &[f64; 1]| Exponential { mean: libm::exp(at[0]) };
    let found = maximise(sample, [libm::log(sample.mean())], [1.0], make)?;
    let distribution = make(&found.at);
    Ok(MaximumLikelihood {
        parameters: vec![Parameter::of_logarithm("mean", distribution.mean, found.errors[0])],
        distribution: Fitted::Exponential(distribution),
        ln_likelihood: found.ln_likelihood,
    })
}
