//! The lognormal distribution (Law, Simulation Modeling and Analysis, 5th ed.).

use super::family::{Fitted, LeftOut, MaximumLikelihood, Parameter};
use super::likelihood::{Continuous, maximise};
use super::sample::RoundedSample;

/// A lognormal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    /// The mean of the logarithms.
    pub mu: f64,
    /// The standard deviation of the logarithms.
    pub sigma: f64,
}

impl Continuous for Lognormal {
    fn tails(&self, t: f64) -> (f64, f64) {
        let z = (libm::log(t) - self.mu) / self.sigma;
        let small = libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2) / 2.0;
        if z < 0.0 { (small, 1.0 - small) } else { (1.0 - small, small) }
    }

    fn ln_density(&self, t: f64) -> f64 {
        let z = (libm::log(t) - self.mu) / self.sigma;
        let root = libm::log(std::f64::consts::TAU) / 2.0;
        -z * z / 2.0 - libm::log(t) - libm::log(self.sigma) - root
    }

    fn mean(&self) -> f64 {
        libm::exp(self.mu + self.sigma * self.sigma / 2.0)
    }

    fn variance(&self) -> f64 {
        self.mean() * self.mean() * libm::expm1(self.sigma * self.sigma)
    }
}

/// Fits both parameters, starting from the moments of the logarithms of the centres of the cells.
pub(super) fn fit(sample: &RoundedSample) -> Result<MaximumLikelihood, LeftOut> {
    let logarithms = || sample.cells().iter().map(|cell| (libm::log(cell.centre()), cell.weight));
    let mu = logarithms().map(|(log, weight)| log * weight).sum::<f64>() / sample.count();
    let squares = logarithms().map(|(log, weight)| (log - mu) * (log - mu) * weight);
    let sigma = (squares.sum::<f64>() / sample.count()).sqrt();
    let make = |at: &[f64; 2]| Lognormal { mu: at[0], sigma: libm::exp(at[1]) };
    let found = maximise(sample, [mu, libm::log(sigma)], [sigma, 1.0], make)?;
    let distribution = make(&found.at);
    Ok(MaximumLikelihood {
        parameters: vec![
            Parameter { name: "mu", value: distribution.mu, standard_error: found.errors[0] },
            Parameter::of_logarithm("sigma", distribution.sigma, found.errors[1]),
        ],
        distribution: Fitted::Lognormal(distribution),
        ln_likelihood: found.ln_likelihood,
    })
}
