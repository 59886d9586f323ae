//! Families of distributions and the results of fitting them.

use super::constant::Constant;
use super::exponential::Exponential;
use super::gamma::Gamma;
use super::hyperexponential::Hyperexponential;
use super::likelihood::{Continuous, tails_at};
use super::lognormal::Lognormal;
use super::optimise::NoMinimum;
use super::weibull::Weibull;

/// A family of distributions that can be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// All values are equal.
    Constant,
    /// Exponential.
    Exponential,
    /// Lognormal.
    Lognormal,
    /// Gamma.
    Gamma,
    /// Weibull.
    Weibull,
    /// Hyperexponential with two phases.
    Hyperexponential,
}

impl Family {
    /// All families, those with fewer parameters first.
    pub const ALL: [Family; 6] = [
        Family::Constant,
        Family::Exponential,
        Family::Lognormal,
        Family::Gamma,
        Family::Weibull,
        Family::Hyperexponential,
    ];

    /// Returns the name, which is that of the distribution in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Family::Constant => "constant",
            Family::Exponential => "exponential",
            Family::Lognormal => "lognormal",
            Family::Gamma => "gamma",
            Family::Weibull => "weibull",
            Family::Hyperexponential => "hyperexponential",
        }
    }

    /// Returns the number of parameters.
    pub fn parameters(self) -> u32 {
        match self {
            Family::Constant | Family::Exponential => 1,
            Family::Lognormal | Family::Gamma | Family::Weibull => 2,
            Family::Hyperexponential => 3,
        }
    }
}

/// A distribution with fitted parameters. The unit is that of the sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fitted {
    /// All values are equal.
    Constant(Constant),
    /// Exponential.
    Exponential(Exponential),
    /// Lognormal.
    Lognormal(Lognormal),
    /// Gamma.
    Gamma(Gamma),
    /// Weibull.
    Weibull(Weibull),
    /// Hyperexponential with two phases.
    Hyperexponential(Hyperexponential),
}

impl Fitted {
    /// Returns the family.
    pub fn family(&self) -> Family {
        match self {
            Fitted::Constant(_) => Family::Constant,
            Fitted::Exponential(_) => Family::Exponential,
            Fitted::Lognormal(_) => Family::Lognormal,
            Fitted::Gamma(_) => Family::Gamma,
            Fitted::Weibull(_) => Family::Weibull,
            Fitted::Hyperexponential(_) => Family::Hyperexponential,
        }
    }

    /// Returns the mean.
    pub fn mean(&self) -> f64 {
        match self.continuous() {
            Ok(distribution) => distribution.mean(),
            Err(constant) => constant.value,
        }
    }

    /// Returns the distribution with another mean and the same shape: all values multiplied by a
    /// factor.
    pub fn with_mean(&self, mean: f64) -> Fitted {
        let factor = mean / self.mean();
        match *self {
            Fitted::Constant(_) => Fitted::Constant(Constant { value: mean }),
            Fitted::Exponential(_) => Fitted::Exponential(Exponential { mean }),
            Fitted::Lognormal(Lognormal { mu, sigma }) => {
                Fitted::Lognormal(Lognormal { mu: mu + libm::log(factor), sigma })
            }
            Fitted::Gamma(Gamma { shape, scale }) => {
                Fitted::Gamma(Gamma { shape, scale: scale * factor })
            }
            Fitted::Weibull(Weibull { scale, shape }) => {
                Fitted::Weibull(Weibull { scale: scale * factor, shape })
            }
            Fitted::Hyperexponential(Hyperexponential { share, first, second }) => {
                let (first, second) = (first * factor, second * factor);
                Fitted::Hyperexponential(Hyperexponential { share, first, second })
            }
        }
    }

    /// Returns the variance.
    pub fn variance(&self) -> f64 {
        self.continuous().map_or(0.0, Continuous::variance)
    }

    /// Returns the coefficient of variation: the standard deviation divided by the mean. It is zero
    /// for a constant.
    pub fn cv(&self) -> f64 {
        self.continuous().map_or(0.0, |continuous| continuous.variance().sqrt() / continuous.mean())
    }

    /// Returns the quantile at `probability` (0..=1); infinite at 1 unless the value is constant.
    pub fn quantile(&self, probability: f64) -> f64 {
        match self.continuous() {
            Ok(distribution) => distribution.quantile(probability),
            Err(constant) => constant.value,
        }
    }

    /// Returns the probability of values of at most `t`.
    pub fn cumulative(&self, t: f64) -> f64 {
        match self.continuous() {
            Ok(distribution) => tails_at(distribution, t).0,
            Err(constant) => f64::from(u8::from(t >= constant.value)),
        }
    }

    /// Returns the distribution as a continuous one, or the constant.
    fn continuous(&self) -> Result<&dyn Continuous, &Constant> {
        match self {
            Fitted::Constant(constant) => Err(constant),
            Fitted::Exponential(distribution) => Ok(distribution),
            Fitted::Lognormal(distribution) => Ok(distribution),
            Fitted::Gamma(distribution) => Ok(distribution),
            Fitted::Weibull(distribution) => Ok(distribution),
            Fitted::Hyperexponential(distribution) => Ok(distribution),
        }
    }
}

/// A parameter with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The name in the formulas of the family.
    pub name: &'static str,
    /// The maximum-likelihood estimate.
    pub value: f64,
    /// The standard error for independent values; too small for autocorrelated values, for which
    /// [`bootstrap`](super::interval::bootstrap) computes intervals. `None` if the likelihood has
    /// no clear maximum.
    pub standard_error: Option<f64>,
}

impl Parameter {
    /// Returns a parameter of which the search estimated the logarithm, with the standard error of
    /// the logarithm (delta method).
    pub(super) fn of_logarithm(name: &'static str, value: f64, error: Option<f64>) -> Parameter {
        Parameter { name, value, standard_error: error.map(|error| error * value) }
    }
}

/// The result of fitting one family.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MaximumLikelihood {
    pub distribution: Fitted,
    pub parameters: Vec<Parameter>,
    pub ln_likelihood: f64,
}

/// The reason why a family was not fitted.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LeftOut {
    /// The sample is too small to estimate the parameters.
    #[error("the sample has {count} values; at least {needed} are necessary")]
    FewValues {
        /// The number of values.
        count: f64,
        /// The necessary number.
        needed: u32,
    },
    /// The values of the sample are not equal, so the distribution is not constant.
    #[error("the values differ (from {low} to {high})")]
    ValuesDiffer {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// All values are equal after rounding, so the sample does not determine a variation.
    #[error("all values are equal after rounding")]
    ValuesEqual,
    /// The coefficient of variation is at most one, so that a mixture of exponential distributions
    /// has no larger likelihood than a single one.
    #[error("the coefficient of variation is {cv:.3}, but must exceed 1")]
    LittleVariation {
        /// The coefficient of variation of the sample.
        cv: f64,
    },
    /// The coefficient of variation is below 0.1 %, so that the likelihood of the gamma
    /// distribution cannot be computed.
    #[error("the coefficient of variation is {cv:.1e}, but must be at least 0.001")]
    TinyVariation {
        /// The coefficient of variation of the sample.
        cv: f64,
    },
    /// The two phases are equal, or one of them has no share.
    #[error("the two phases are equal, so the distribution is exponential")]
    OnePhase,
    /// The search found no maximum of the likelihood.
    #[error("{0}")]
    NoMaximum(#[from] NoMinimum),
}
