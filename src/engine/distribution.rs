//! Distributions of random durations, with validated parameters and exact mean and variance.
//!
//! Formulas: Law, Simulation Modeling and Analysis, 5th ed., chapters 6 and 8. Exponential and
//! normal variates come from the ziggurat method of `rand_distr`, gamma variates from its
//! Marsaglia-Tsang method. Lognormal and Weibull variates are computed here with `libm`: those of
//! `rand_distr` change in the last bits if any dependency enables `num-traits/std`, which would
//! silently change results.

mod gamma;
mod lists;
mod truncated;

use std::fmt;
use std::sync::Arc;

use rand::Rng;
use rand_distr::{Distribution as _, Exp1, StandardNormal};
use serde::{Deserialize, Serialize};

use super::random::{below, uniform};
use crate::base::SimDuration;
use gamma::GammaDraws;
use lists::{check_points, not_empty};
use truncated::CutNormal;

/// A distribution of non-negative durations, created by the validating constructors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    kind: Kind,
}

/// The distribution and its parameters. Parameters are in seconds, except for a constant. Mean and
/// standard deviation of the normal distribution apply after truncation at zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Constant(SimDuration),
    Exponential { mean: f64 },
    Uniform { low: f64, high: f64 },
    Triangular { low: f64, mode: f64, high: f64 },
    Lognormal { mu: f64, sigma: f64 },
    Normal { mean: f64, sd: f64, cut: CutNormal },
    Gamma { mean: f64, cv: f64, draws: GammaDraws },
    Weibull { scale: f64, shape: f64 },
    Hyperexponential { share: f64, first: f64, second: f64 },
    Empirical(Arc<[f64]>),
    Quantiles(Box<[(f64, f64)]>),
}

/// The reason why a distribution is invalid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// A parameter is out of its range.
    #[error("{parameter} is {value}, but must be {expected}")]
    Parameter {
        /// The name of the parameter in a scenario file.
        parameter: &'static str,
        /// The value, in seconds for a duration.
        value: f64,
        /// The allowed range, in words.
        expected: &'static str,
    },
    /// A list of values or points is invalid.
    #[error("invalid {parameter}: {problem}")]
    List {
        /// The name of the parameter in a scenario file.
        parameter: &'static str,
        /// The index of the invalid item; `None` if the whole list is invalid.
        index: Option<usize>,
        /// What is wrong.
        problem: &'static str,
        /// What is allowed.
        expected: &'static str,
    },
}

/// The 95 % quantile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

/// The longest duration that a parameter may have. No scenario spans more than 100 years.
const DURATION_MAX: f64 = 100.0 * 366.0 * 86_400.0;

fn check(
    is_right: bool,
    parameter: &'static str,
    value: f64,
    expected: &'static str,
) -> Result<(), DistributionError> {
    if is_right { Ok(()) } else { Err(DistributionError::Parameter { parameter, value, expected }) }
}

/// Checks that a duration parameter is above zero and at most 100 years, and returns it in seconds.
fn positive(parameter: &'static str, value: SimDuration) -> Result<f64, DistributionError> {
    let seconds = value.as_seconds();
    check(seconds > 0.0, parameter, seconds, "above zero")?;
    check(seconds <= DURATION_MAX, parameter, seconds, "at most 100 years")?;
    Ok(seconds)
}

/// Checks a coefficient of variation.
fn variation(cv: f64, low: f64, expected: &'static str) -> Result<(), DistributionError> {
    check(cv.is_finite() && cv >= low && cv <= 1000.0, "cv", cv, expected)
}

impl Distribution {
    /// Creates a distribution that always returns `value`. The model skips a step whose duration is
    /// always zero.
    pub fn constant(value: SimDuration) -> Distribution {
        Distribution { kind: Kind::Constant(value) }
    }

    /// Creates an exponential distribution with the given mean.
    ///
    /// # Errors
    /// The mean is zero or above 100 years.
    pub fn exponential(mean: SimDuration) -> Result<Distribution, DistributionError> {
        Ok(Distribution { kind: Kind::Exponential { mean: positive("mean", mean)? } })
    }

    /// Creates a uniform distribution between `low` and `high`.
    ///
    /// # Errors
    /// `high` is zero or above 100 years, or `low` exceeds `high`.
    pub fn uniform(low: SimDuration, high: SimDuration) -> Result<Distribution, DistributionError> {
        let high_seconds = positive("high", high)?;
        let low = low.as_seconds();
        check(low <= high_seconds, "low", low, "at most `high`")?;
        Ok(Distribution { kind: Kind::Uniform { low, high: high_seconds } })
    }

    /// Creates a triangular distribution on `low..=high` with the peak at `mode`.
    ///
    /// # Errors
    /// `high` is zero or above 100 years, `low` is not below `high`, or `mode` is outside the
    /// range.
    pub fn triangular(
        low: SimDuration,
        mode: SimDuration,
        high: SimDuration,
    ) -> Result<Distribution, DistributionError> {
        let high = positive("high", high)?;
        let (low, mode) = (low.as_seconds(), mode.as_seconds());
        check(low < high, "low", low, "below `high`")?;
        check((low..=high).contains(&mode), "mode", mode, "between `low` and `high`")?;
        Ok(Distribution { kind: Kind::Triangular { low, mode, high } })
    }

    fn lognormal(mu: f64, sigma: f64) -> Distribution {
        if sigma == 0.0 {
            return Distribution::constant(SimDuration::from_seconds_f64(libm::exp(mu)));
        }
        Distribution { kind: Kind::Lognormal { mu, sigma } }
    }

    /// Creates a lognormal distribution with the given mean and coefficient of variation.
    ///
    /// # Errors
    /// The mean is zero or above 100 years, or the coefficient of variation is outside 0..=1000.
    pub fn lognormal_mean_cv(
        mean: SimDuration,
        cv: f64,
    ) -> Result<Distribution, DistributionError> {
        let mean = positive("mean", mean)?;
        variation(cv, 0.0, "from 0 to 1000")?;
        let variance = libm::log1p(cv * cv);
        Ok(Distribution::lognormal(libm::log(mean) - variance / 2.0, variance.sqrt()))
    }

    /// Creates a lognormal distribution with the given median and 95 % quantile.
    ///
    /// # Errors
    /// A value is zero or above 100 years, or the quantile is below the median.
    pub fn lognormal_median_p95(
        median: SimDuration,
        p95: SimDuration,
    ) -> Result<Distribution, DistributionError> {
        let (median, p95) = (positive("median", median)?, positive("p95", p95)?);
        check(p95 >= median, "p95", p95, "at least the median")?;
        Ok(Distribution::lognormal(libm::log(median), libm::log(p95 / median) / Z95))
    }

    /// Creates a lognormal distribution with the given mean and 95 % quantile. Two distributions
    /// fit; this is the one with the smaller variance.
    ///
    /// # Errors
    /// A value is zero or above 100 years, or the quantile is outside 1 to 3.86 times the mean. No
    /// lognormal distribution has a larger ratio.
    pub fn lognormal_mean_p95(
        mean: SimDuration,
        p95: SimDuration,
    ) -> Result<Distribution, DistributionError> {
        let (mean, p95) = (positive("mean", mean)?, positive("p95", p95)?);
        // Solve ln(p95/mean) = z sigma - sigma^2/2 for the smaller sigma.
        let ratio = libm::log(p95 / mean);
        let root = Z95 * Z95 - 2.0 * ratio;
        check(ratio >= 0.0, "p95", p95, "at least the mean")?;
        check(root >= 0.0, "p95", p95, "at most 3.86 times the mean")?;
        let sigma = Z95 - root.sqrt();
        Ok(Distribution::lognormal(libm::log(mean) - sigma * sigma / 2.0, sigma))
    }

    /// Creates a normal distribution truncated at zero by rejection. `mean` and `sd` apply after
    /// truncation.
    ///
    /// # Errors
    /// The mean is zero or above 100 years, or the standard deviation exceeds 0.75 times the mean,
    /// which is close to the maximum for a normal distribution truncated at zero.
    pub fn normal(mean: SimDuration, sd: SimDuration) -> Result<Distribution, DistributionError> {
        let mean_seconds = positive("mean", mean)?;
        if sd.is_zero() {
            return Ok(Distribution::constant(mean));
        }
        let (mean, sd) = (mean_seconds, positive("sd", sd)?);
        let expected = "at most 0.75 times the mean, because durations are not negative; for more \
                        variation use \"lognormal\" or \"gamma\" with mean and cv";
        check(sd <= truncated::CV_MAX * mean, "sd", sd, expected)?;
        Ok(Distribution { kind: Kind::Normal { mean, sd, cut: CutNormal::fit(mean, sd) } })
    }

    /// Creates a gamma distribution with the given mean and coefficient of variation. Erlang-k has
    /// a coefficient of variation of 1/sqrt(k).
    ///
    /// # Errors
    /// The mean is zero or above 100 years, or the coefficient of variation is outside 0..=1000 or
    /// too close to these limits for floating-point numbers.
    pub fn gamma(mean: SimDuration, cv: f64) -> Result<Distribution, DistributionError> {
        let seconds = positive("mean", mean)?;
        variation(cv, 0.0, "from 0 to 1000")?;
        if cv == 0.0 {
            return Ok(Distribution::constant(mean));
        }
        let refused = DistributionError::Parameter {
            parameter: "cv",
            value: cv,
            expected: "neither too close to 0 nor too large for a gamma distribution",
        };
        let draws = GammaDraws::new(1.0 / (cv * cv), seconds * cv * cv).map_err(|_| refused)?;
        Ok(Distribution { kind: Kind::Gamma { mean: seconds, cv, draws } })
    }

    /// Creates a Weibull distribution with the given mean and shape.
    ///
    /// # Errors
    /// The mean is zero or above 100 years, or the shape is outside 0.1..=100.
    pub fn weibull(mean: SimDuration, shape: f64) -> Result<Distribution, DistributionError> {
        let mean = positive("mean", mean)?;
        check((0.1..=100.0).contains(&shape), "shape", shape, "from 0.1 to 100")?;
        let scale = mean / libm::tgamma(1.0 + 1.0 / shape);
        Ok(Distribution { kind: Kind::Weibull { scale, shape } })
    }

    /// Creates a hyperexponential distribution of two phases with balanced means (each phase
    /// contributes half of the mean), with the given mean and coefficient of variation.
    ///
    /// # Errors
    /// The mean is zero or above 100 years, or the coefficient of variation is outside 1..=1000.
    pub fn hyperexponential(mean: SimDuration, cv: f64) -> Result<Distribution, DistributionError> {
        let mean = positive("mean", mean)?;
        variation(cv, 1.0, "from 1 to 1000")?;
        let squared = cv * cv;
        let share = 0.5 * (1.0 + ((squared - 1.0) / (squared + 1.0)).sqrt());
        let (first, second) = (mean / (2.0 * share), mean / (2.0 * (1.0 - share)));
        Ok(Distribution { kind: Kind::Hyperexponential { share, first, second } })
    }

    /// Creates an empirical distribution in which all values have the same probability.
    ///
    /// # Errors
    /// There are no values.
    pub fn empirical(values: Vec<SimDuration>) -> Result<Distribution, DistributionError> {
        Distribution::recorded(values.into_iter().map(SimDuration::as_seconds).collect())
    }

    /// Creates an empirical distribution from values in seconds. Several distributions can share
    /// the values.
    ///
    /// # Errors
    /// There are no values.
    pub fn recorded(values: Arc<[f64]>) -> Result<Distribution, DistributionError> {
        not_empty(&values)?;
        Ok(Distribution { kind: Kind::Empirical(values) })
    }

    /// Creates a continuous distribution by linear interpolation between quantiles `(probability,
    /// value)`.
    ///
    /// # Errors
    /// There are fewer than two points, the probabilities do not ascend from 0 to 1, or the values
    /// descend.
    pub fn quantiles(points: Vec<(f64, SimDuration)>) -> Result<Distribution, DistributionError> {
        check_points(&points)?;
        let points = points.into_iter().map(|(p, value)| (p, value.as_seconds())).collect();
        Ok(Distribution { kind: Kind::Quantiles(points) })
    }

    /// Returns the mean in seconds.
    pub fn mean(&self) -> f64 {
        match &self.kind {
            Kind::Constant(value) => value.as_seconds(),
            Kind::Exponential { mean } | Kind::Gamma { mean, .. } | Kind::Normal { mean, .. } => {
                *mean
            }
            Kind::Uniform { low, high } => (low + high) / 2.0,
            Kind::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Kind::Lognormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Kind::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Kind::Hyperexponential { share, first, second } => {
                share * first + (1.0 - share) * second
            }
            Kind::Empirical(values) => values.iter().sum::<f64>() / values.len() as f64,
            Kind::Quantiles(points) => points
                .windows(2)
                .map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0)
                .sum(),
        }
    }

    /// Returns the variance in square seconds.
    pub fn variance(&self) -> f64 {
        match &self.kind {
            Kind::Constant(_) => 0.0,
            Kind::Exponential { mean } => mean * mean,
            Kind::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Kind::Triangular { low, mode, high } => {
                let squares = low * low + mode * mode + high * high;
                (squares - low * mode - low * high - mode * high) / 18.0
            }
            Kind::Lognormal { sigma, .. } => {
                let mean = self.mean();
                mean * mean * libm::expm1(sigma * sigma)
            }
            Kind::Normal { sd, .. } => sd * sd,
            Kind::Gamma { mean, cv, .. } => (mean * cv) * (mean * cv),
            Kind::Weibull { scale, shape } => {
                let mean = self.mean();
                scale * scale * libm::tgamma(1.0 + 2.0 / shape) - mean * mean
            }
            Kind::Hyperexponential { share, first, second } => {
                let mean = self.mean();
                2.0 * (share * first * first + (1.0 - share) * second * second) - mean * mean
            }
            Kind::Empirical(values) => {
                let mean = self.mean();
                let squares = values.iter().map(|value| (value - mean) * (value - mean));
                squares.sum::<f64>() / values.len() as f64
            }
            Kind::Quantiles(points) => {
                let mean = self.mean();
                let square = |pair: &[(f64, f64)]| {
                    let (a, b) = (pair[0].1, pair[1].1);
                    (pair[1].0 - pair[0].0) * (a * a + a * b + b * b) / 3.0
                };
                points.windows(2).map(square).sum::<f64>() - mean * mean
            }
        }
    }

    /// Returns whether the distribution is constant, so that sampling consumes no random number.
    pub fn is_constant(&self) -> bool {
        matches!(self.kind, Kind::Constant(_))
    }

    /// Returns whether the value is always zero, so that the model can skip the step.
    #[inline]
    pub fn is_zero(&self) -> bool {
        matches!(self.kind, Kind::Constant(SimDuration::ZERO))
    }

    /// Returns the upper bound of the distribution; `None` if it is unbounded.
    pub fn max(&self) -> Option<SimDuration> {
        let seconds = match &self.kind {
            Kind::Constant(value) => return Some(*value),
            Kind::Uniform { high, .. } | Kind::Triangular { high, .. } => *high,
            Kind::Empirical(values) => values.iter().copied().fold(0.0, f64::max),
            Kind::Quantiles(points) => points.iter().map(|point| point.1).fold(0.0, f64::max),
            _ => return None,
        };
        Some(SimDuration::from_seconds_f64(seconds))
    }

    /// Samples a duration with random words from a [`Stream`](super::Stream) or another generator.
    /// A constant distribution uses no random words.
    #[inline]
    pub fn sample<G: Rng>(&self, stream: &mut G) -> SimDuration {
        match &self.kind {
            Kind::Constant(value) => *value,
            Kind::Exponential { mean } => {
                SimDuration::from_seconds_f64(mean * unit_exponential(stream))
            }
            // Only the two frequent kinds are handled here: this function must stay short, because
            // callers inline it.
            _ => self.sample_other(stream),
        }
    }

    #[inline(never)]
    fn sample_other<G: Rng>(&self, stream: &mut G) -> SimDuration {
        let seconds = match &self.kind {
            Kind::Constant(value) => value.as_seconds(),
            Kind::Exponential { mean } => mean * unit_exponential(stream),
            Kind::Uniform { low, high } => low + (high - low) * uniform(stream),
            Kind::Triangular { low, mode, high } => triangular(*low, *mode, *high, stream),
            Kind::Lognormal { mu, sigma } => libm::exp(mu + sigma * unit_normal(stream)),
            Kind::Normal { cut, .. } => loop {
                let drawn = cut.mean + cut.sd * unit_normal(stream);
                if drawn >= 0.0 {
                    break drawn;
                }
            },
            Kind::Gamma { draws, .. } => draws.sample(stream),
            Kind::Weibull { scale, shape } => {
                scale * libm::pow(unit_exponential(stream), 1.0 / shape)
            }
            Kind::Hyperexponential { share, first, second } => {
                let mean = if uniform(stream) < *share { first } else { second };
                mean * unit_exponential(stream)
            }
            Kind::Empirical(values) => values[below(values.len() as u32, stream) as usize],
            Kind::Quantiles(points) => interpolate(points, uniform(stream)),
        };
        SimDuration::from_seconds_f64(seconds)
    }
}

#[inline]
fn unit_exponential<G: Rng>(stream: &mut G) -> f64 {
    Exp1.sample(stream)
}

#[inline]
fn unit_normal<G: Rng>(stream: &mut G) -> f64 {
    StandardNormal.sample(stream)
}

/// Samples by inversion of the distribution function.
fn triangular<G: Rng>(low: f64, mode: f64, high: f64, stream: &mut G) -> f64 {
    let uniform = uniform(stream);
    let (width, left) = (high - low, mode - low);
    if uniform * width < left {
        low + libm::sqrt(uniform * width * left)
    } else {
        high - libm::sqrt((1.0 - uniform) * width * (high - mode))
    }
}

fn interpolate(points: &[(f64, f64)], probability: f64) -> f64 {
    let index = points.partition_point(|point| point.0 <= probability).clamp(1, points.len() - 1);
    let ((p0, v0), (p1, v1)) = (points[index - 1], points[index]);
    v0 + (v1 - v0) * (probability - p0) / (p1 - p0)
}

impl fmt::Display for Distribution {
    /// Writes the kind, the mean and the coefficient of variation: `lognormal, mean 22 ms, cv 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.kind {
            Kind::Constant(value) => return write!(f, "constant {value}"),
            Kind::Exponential { .. } => "exponential",
            Kind::Uniform { .. } => "uniform",
            Kind::Triangular { .. } => "triangular",
            Kind::Lognormal { .. } => "lognormal",
            Kind::Normal { .. } => "normal",
            Kind::Gamma { .. } => "gamma",
            Kind::Weibull { .. } => "weibull",
            Kind::Hyperexponential { .. } => "hyperexponential",
            Kind::Empirical(_) | Kind::Quantiles(_) => "empirical",
        };
        let cv = self.variance().max(0.0).sqrt() / self.mean();
        write!(f, "{name}, mean {}, cv {cv:.2}", SimDuration::from_seconds_f64(self.mean()))
    }
}

#[cfg(test)]
mod tests;
