//! The hyperexponential distribution with two phases: a mixture of two exponential distributions.
//!
//! The likelihood has several maxima and is flat far from them. Some iterations of
//! expectation-maximisation (Dempster, Laird, Rubin, 1977; McLachlan, Peel, Finite Mixture Models,
//! 2000) from two starting points therefore precede the Newton method.

use super::family::{Fitted, LeftOut, MaximumLikelihood, Parameter};
use super::likelihood::{Continuous, ln_likelihood, maximise};
use super::sample::RoundedSample;

/// A mixture of two exponential distributions; the first phase has the smaller mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperexponential {
    /// The probability of the first phase.
    pub share: f64,
    /// The mean of the first phase.
    pub first: f64,
    /// The mean of the second phase.
    pub second: f64,
}

const ITERATIONS: u32 = 40;
/// Iterations if the Newton method fails; the method ends earlier if the likelihood is constant.
const ITERATIONS_MAX: u32 = 5000;

impl Hyperexponential {
    /// Creates the distribution with balanced means that scenarios use: each phase contributes half
    /// of the mean.
    pub(super) fn balanced(mean: f64, squared_cv: f64) -> Self {
        let root = ((squared_cv - 1.0) / (squared_cv + 1.0)).max(0.0).sqrt();
        let share = 0.5 * (1.0 + root);
        let (first, second) = (mean / (2.0 * share), mean / (2.0 * (1.0 - share)));
        Hyperexponential { share, first, second }
    }
}

impl Continuous for Hyperexponential {
    fn tails(&self, t: f64) -> (f64, f64) {
        let (one, two) = (-t / self.first, -t / self.second);
        let rest = 1.0 - self.share;
        let below = -self.share * libm::expm1(one) - rest * libm::expm1(two);
        (below, self.share * libm::exp(one) + rest * libm::exp(two))
    }

    fn ln_density(&self, t: f64) -> f64 {
        let one = libm::log(self.share / self.first) - t / self.first;
        let two = libm::log((1.0 - self.share) / self.second) - t / self.second;
        let (small, large) = if one < two { (one, two) } else { (two, one) };
        large + libm::log1p(libm::exp(small - large))
    }

    fn mean(&self) -> f64 {
        self.share * self.first + (1.0 - self.share) * self.second
    }

    fn variance(&self) -> f64 {
        let squares = self.first * self.first * self.share;
        let mean = self.mean();
        2.0 * (squares + self.second * self.second * (1.0 - self.share)) - mean * mean
    }
}

/// Fits share and means. A mixture of exponential distributions has a larger likelihood than a
/// single one only if the coefficient of variation exceeds one (the derivative of the likelihood
/// towards a mixture at the single distribution; Jewell, "Mixtures of Exponential Distributions",
/// Annals of Statistics 10, 1982).
pub(super) fn fit(sample: &RoundedSample) -> Result<MaximumLikelihood, LeftOut> {
    let mean = sample.mean();
    let squared_cv = sample.variance() / (mean * mean);
    if squared_cv <= 1.0 {
        return Err(LeftOut::LittleVariation { cv: squared_cv.sqrt() });
    }
    let starts = [Hyperexponential::balanced(mean, squared_cv), split(sample)];
    let mut best: Option<(Hyperexponential, f64)> = None;
    for start in starts {
        let phases = (0..ITERATIONS).fold(start, |phases, _| improved(sample, &phases));
        let likelihood = ln_likelihood(sample, &phases);
        if best.is_none_or(|(_, known)| likelihood > known) && likelihood.is_finite() {
            best = Some((phases, likelihood));
        }
    }
    let Some((start, _)) = best else { return Err(super::optimise::NoMinimum::Start.into()) };
    polish(sample, start)
}

/// Returns the phases that result from a split of the values at their 90 % quantile.
fn split(sample: &RoundedSample) -> Hyperexponential {
    let bound = sample.quantile(0.9);
    let sums = |is_low: bool| {
        let cells = sample.cells().iter().filter(|cell| (cell.value <= bound) == is_low);
        cells.fold((0.0, 0.0), |(count, sum), cell| {
            (count + cell.weight, sum + cell.weight * cell.centre())
        })
    };
    let ((low_count, low_sum), (high_count, high_sum)) = (sums(true), sums(false));
    let mean = sample.mean();
    let or_mean = |sum: f64, count: f64| if count > 0.0 { sum / count } else { mean };
    let share = (low_count / sample.count()).clamp(0.05, 0.95);
    let second = or_mean(high_sum, high_count).max(mean * 1.1);
    Hyperexponential { share, first: or_mean(low_sum, low_count), second }
}

/// Performs an iteration of expectation-maximisation.
fn improved(sample: &RoundedSample, phases: &Hyperexponential) -> Hyperexponential {
    let (mut weights, mut sums) = ([0.0; 2], [0.0; 2]);
    let means = [phases.first, phases.second];
    let shares = [phases.share, 1.0 - phases.share];
    for cell in sample.cells() {
        let width = cell.high - cell.low;
        let parts: [f64; 2] = std::array::from_fn(|phase| {
            let mean = means[phase];
            -shares[phase] * libm::exp(-cell.low / mean) * libm::expm1(-width / mean)
        });
        let total = parts[0] + parts[1];
        for phase in 0..2 {
            let part = if total > 0.0 { parts[phase] / total } else { f64::from(phase as u8) };
            // The mean of an exponential variate that is in the cell.
            let mean = means[phase];
            let value = cell.low + mean - width / libm::expm1(width / mean);
            weights[phase] += cell.weight * part;
            sums[phase] += cell.weight * part * value;
        }
    }
    if !(weights[0] > 0.0 && weights[1] > 0.0) {
        return *phases;
    }
    Hyperexponential {
        share: weights[0] / (weights[0] + weights[1]),
        first: sums[0] / weights[0],
        second: sums[1] / weights[1],
    }
}

/// Maximises the likelihood from a point near the maximum.
fn polish(sample: &RoundedSample, start: Hyperexponential) -> Result<MaximumLikelihood, LeftOut> {
    let point = |phases: &Hyperexponential| {
        let odds = libm::log(phases.share / (1.0 - phases.share));
        [odds, libm::log(phases.first), libm::log(phases.second)]
    };
    let make = |at: &[f64; 3]| Hyperexponential {
        share: 1.0 / (1.0 + libm::exp(-at[0])),
        first: libm::exp(at[1]),
        second: libm::exp(at[2]),
    };
    let (phases, likelihood, errors) = match maximise(sample, point(&start), [1.0; 3], make) {
        Ok(found) => (make(&found.at), found.ln_likelihood, found.errors),
        Err(error) => {
            let phases = converged(sample, start).ok_or(error)?;
            (phases, ln_likelihood(sample, &phases), [None; 3])
        }
    };
    let [of_odds, of_first, of_second] = errors;
    let is_mixture = phases.share > 1e-6 && phases.share < 1.0 - 1e-6;
    if !is_mixture || (phases.first / phases.second - 1.0).abs() < 0.01 {
        return Err(LeftOut::OnePhase);
    }
    let share_error = of_odds.map(|error| error * phases.share * (1.0 - phases.share));
    let mut share = Parameter { name: "share", value: phases.share, standard_error: share_error };
    let mut means = [(phases.first, of_first), (phases.second, of_second)];
    if phases.first > phases.second {
        share.value = 1.0 - share.value;
        means.swap(0, 1);
    }
    let distribution =
        Hyperexponential { share: share.value, first: means[0].0, second: means[1].0 };
    Ok(MaximumLikelihood {
        distribution: Fitted::Hyperexponential(distribution),
        parameters: vec![
            share,
            Parameter::of_logarithm("first", means[0].0, means[0].1),
            Parameter::of_logarithm("second", means[1].0, means[1].1),
        ],
        ln_likelihood: likelihood,
    })
}

/// Iterates until the likelihood is constant.
fn converged(sample: &RoundedSample, start: Hyperexponential) -> Option<Hyperexponential> {
    let (mut phases, mut known) = (start, ln_likelihood(sample, &start));
    for _ in 0..ITERATIONS_MAX {
        phases = improved(sample, &phases);
        let likelihood = ln_likelihood(sample, &phases);
        if (likelihood - known).abs() < 1e-9 * (1.0 + known.abs()) {
            return likelihood.is_finite().then_some(phases);
        }
        known = likelihood;
    }
    None
}
