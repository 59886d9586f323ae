//! The gamma distribution (Law, Simulation Modeling and Analysis, 5th ed.).

use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur};

use super::family::{Fitted, LeftOut, MaximumLikelihood, Parameter};
use super::likelihood::{Continuous, maximise};
use super::sample::RoundedSample;

/// The largest shape that is fitted: a coefficient of variation of 0.1 %. The incomplete gamma
/// function takes a time that grows with the shape.
const SHAPE_MAX: f64 = 1e6;

/// A gamma distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    /// The shape.
    pub shape: f64,
    /// The scale; the mean divided by the shape.
    pub scale: f64,
}

impl Continuous for Gamma {
    fn tails(&self, t: f64) -> (f64, f64) {
        let x = t / self.scale;
        if self.shape > 10.0 * SHAPE_MAX {
            // The search treats this as a likelihood of zero.
            return (f64::NAN, f64::NAN);
        }
        // The smaller tail is computed, the other one follows without loss of precision. The tails
        // of infinite arguments are errors of the functions.
        if x < self.shape {
            let below = checked_gamma_lr(self.shape, x).unwrap_or(f64::NAN);
            (below, 1.0 - below)
        } else {
            let above = checked_gamma_ur(self.shape, x).unwrap_or(f64::NAN);
            (1.0 - above, above)
        }
    }

    fn ln_density(&self, t: f64) -> f64 {
        let x = t / self.scale;
        (self.shape - 1.0) * libm::log(x) - x - libm::lgamma(self.shape) - libm::log(self.scale)
    }

    fn mean(&self) -> f64 {
        self.shape * self.scale
    }

    fn variance(&self) -> f64 {
        self.shape * self.scale * self.scale
    }
}

/// Fits mean and shape, which are uncorrelated, starting from the approximation of Minka,
/// "Estimating a Gamma distribution" (2002), with the centres of the cells.
pub(super) fn fit(sample: &RoundedSample) -> Result<MaximumLikelihood, LeftOut> {
    let logs = sample.cells().iter().map(|cell| libm::log(cell.centre()) * cell.weight);
    let mean = sample.mean();
    let gap = libm::log(mean) - logs.sum::<f64>() / sample.count();
    let shape = (3.0 - gap + ((gap - 3.0) * (gap - 3.0) + 24.0 * gap).sqrt()) / (12.0 * gap);
    if shape.is_nan() || shape > SHAPE_MAX {
        return Err(LeftOut::TinyVariation { cv: 1.0 / shape.sqrt() });
    }
    let make = |at: &[f64; 2]| {
        let shape = libm::exp(at[1]);
        Gamma { shape, scale: libm::exp(at[0]) / shape }
    };
    let scales = [1.0 / shape.sqrt(), 1.0];
    let found = maximise(sample, [libm::log(mean), libm::log(shape)], scales, make)?;
    let distribution = make(&found.at);
    Ok(MaximumLikelihood {
        parameters: vec![
            Parameter::of_logarithm("mean", distribution.mean(), found.errors[0]),
            Parameter::of_logarithm("shape", distribution.shape, found.errors[1]),
        ],
        distribution: Fitted::Gamma(distribution),
        ln_likelihood: found.ln_likelihood,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a whole shape k, the upper tail is the sum of the first k Poisson probabilities.
    #[test]
    fn tails_match_the_erlang_formula() {
        for (shape, x) in [(1, 0.3), (2, 1.5), (3, 9.0), (5, 2.0), (20, 21.0), (40, 90.0)] {
            let mut term = libm::exp(-x);
            let mut above = 0.0;
            for k in 0..shape {
                above += term;
                term *= x / f64::from(k + 1);
            }
            let gamma = Gamma { shape: f64::from(shape), scale: 2.0 };
            let found = gamma.tails(2.0 * x);
            assert!((found.1 / above - 1.0).abs() < 1e-11, "{shape} {x}: {found:?} {above}");
            assert!((found.0 + found.1 - 1.0).abs() < 1e-15);
        }
    }
}
