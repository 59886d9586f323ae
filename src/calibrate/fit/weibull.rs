//! The Weibull distribution (Law, Simulation Modeling and Analysis, 5th ed.).

use super::family::{Fitted, LeftOut, MaximumLikelihood, Parameter};
use super::likelihood::{Continuous, maximise};
use super::sample::RoundedSample;

/// A Weibull distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    /// The scale: the quantile at 1 - 1/e.
    pub scale: f64,
    /// The shape.
    pub shape: f64,
}

impl Continuous for Weibull {
    fn tails(&self, t: f64) -> (f64, f64) {
        let hazard = libm::pow(t / self.scale, self.shape);
        (-libm::expm1(-hazard), libm::exp(-hazard))
    }

    fn ln_density(&self, t: f64) -> f64 {
        let log = libm::log(t / self.scale);
        libm::log(self.shape / self.scale) + (self.shape - 1.0) * log - libm::exp(self.shape * log)
    }

    fn mean(&self) -> f64 {
        self.scale * libm::tgamma(1.0 + 1.0 / self.shape)
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        self.scale * self.scale * libm::tgamma(1.0 + 2.0 / self.shape) - mean * mean
    }
}

/// Fits both parameters. The logarithm of a Weibull variate has the standard deviation pi /
/// sqrt(6) / shape, which is the starting point (Law, 5th ed.).
pub(super) fn fit(sample: &RoundedSample) -> Result<MaximumLikelihood, LeftOut> {
    let logarithms = || sample.cells().iter().map(|cell| (libm::log(cell.centre()), cell.weight));
    let centre = logarithms().map(|(log, weight)| log * weight).sum::<f64>() / sample.count();
    let squares = logarithms().map(|(log, weight)| (log - centre) * (log - centre) * weight);
    let deviation = (squares.sum::<f64>() / sample.count()).sqrt();
    let shape = std::f64::consts::PI / (6.0_f64.sqrt() * deviation);
    // The mean of the logarithms is ln(scale) - 0.5772 / shape (Euler's constant).
    let start = [centre + 0.577_215_664_901_532_9 / shape, libm::log(shape)];
    let make = |at: &[f64; 2]| Weibull { scale: libm::exp(at[0]), shape: libm::exp(at[1]) };
    let found = maximise(sample, start, [1.0 / shape, 1.0], make)?;
    let distribution = make(&found.at);
    Ok(MaximumLikelihood {
        parameters: vec![
            Parameter::of_logarithm("scale", distribution.scale, found.errors[0]),
            Parameter::of_logarithm("shape", distribution.shape, found.errors[1]),
        ],
        distribution: Fitted::Weibull(distribution),
        ln_likelihood: found.ln_likelihood,
    })
}
