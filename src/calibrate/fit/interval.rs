//! Confidence intervals that hold for autocorrelated data.
//!
//! Requests of one day resemble each other, so the standard errors of independent values are too
//! small. The data are divided into *blocks* (hours, days or weeks) that are nearly independent;
//! the variation between the blocks then includes the autocorrelation within them. Blocks must be
//! comparable: if rates depend on the day of the week, use weeks, or equal days of several weeks.
//!
//! | value | method |
//! |---|---|
//! | mean | [`mean`]: batch means with a ratio estimator |
//! | quantile, parameter of a distribution | [`bootstrap`]: block bootstrap |
//! | result of a long calculation | [`jackknife`]: the calculation without each group of blocks |
//! | rate of events | [`rate`]: Poisson with dispersion between blocks |

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::base::text::plural;

use super::gamma::Gamma;
use super::likelihood::Continuous;
use super::sample::{Aligned, RoundedSample};
use crate::engine::{Purpose, Stream, Streams};

/// The smallest number of blocks. With fewer blocks, the variance between them is not known well
/// enough (Law, Simulation Modeling and Analysis, 5th ed., recommends 20 or more batches; with 5,
/// the interval is wide, but holds for block means that are nearly normal).
pub const BLOCKS_MIN: u32 = 5;
/// The number of resamples of [`bootstrap`] that gives stable bounds at a level of 95 %.
pub const RESAMPLES: u32 = 2000;
/// The entity of the random streams of the bootstrap.
const BOOTSTRAP: u64 = u64::from_be_bytes(*b"bootstrp");

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate from all data.
    pub estimate: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// The confidence level, from 0 to 1.
    pub level: f64,
    /// The number of blocks.
    pub blocks: u32,
    /// How the interval was computed.
    pub method: Method,
}

/// The method of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Batch means.
    BatchMeans {
        /// The correlation of neighbouring blocks.
        correlation: f64,
        /// Whether the correlation is significantly above zero (one-sided test at 5 %).
        /// The interval is then too narrow; use longer blocks.
        is_significant: bool,
    },
    /// Block bootstrap with this number of resamples.
    Bootstrap {
        /// The number of resamples from which the statistic could be computed.
        resamples: u32,
    },
    /// Jackknife: the calculation was repeated without each group of blocks.
    Jackknife,
    /// Nonlinear least squares: the values for which the squares are hardly larger.
    LeastSquares,
    /// Poisson counts with the estimated dispersion.
    Poisson {
        /// The variance between the blocks divided by that of a Poisson process; `None` with a
        /// single block, whose interval assumes a Poisson process.
        dispersion: Option<f64>,
    },
}

/// The reason why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoInterval {
    /// There are too few blocks.
    #[error(
        "too few samples: {} with data, and an interval needs at least {needed}",
        plural((*count).into(), "block")
    )]
    FewBlocks {
        /// The number of blocks.
        count: u32,
        /// The necessary number.
        needed: u32,
    },
    /// The confidence level is not between 0 and 1.
    #[error("the confidence level {0} is not between 0 and 1")]
    Level(f64),
    /// A value is negative or not finite, or all counts or exposures are zero.
    #[error("the blocks have values that are negative or not finite, or no values at all")]
    Values,
    /// The statistic could not be computed from all data or from a tenth of the resamples.
    #[error("the statistic could not be computed from {failed} of {resamples} resamples")]
    Statistic {
        /// The number of failed resamples.
        failed: u32,
        /// The number of resamples.
        resamples: u32,
    },
}

/// The number of values in a block and their sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// The sum of the values.
    pub sum: f64,
    /// The number of values.
    pub count: f64,
}

/// Computes the interval of the mean of all values from blocks in order of time, by batch means
/// (Law, Simulation Modeling and Analysis, 5th ed.). Blocks have different numbers of
/// values, so the mean is a ratio of sums, with the variance of Cochran, Sampling Techniques, 3rd
/// ed., 1977, and Student's t with one degree of freedom less than blocks.
///
/// # Errors
/// There are fewer than [`BLOCKS_MIN`] blocks with values, the level is not between 0 and 1, or a
/// value is invalid.
pub fn mean(blocks: &[Block], level: f64) -> Result<Interval, NoInterval> {
    let blocks: Vec<_> = blocks.iter().filter(|block| block.count != 0.0).collect();
    let t = check(blocks.len(), BLOCKS_MIN, level)?;
    let count: f64 = blocks.iter().map(|block| block.count).sum();
    let estimate = blocks.iter().map(|block| block.sum).sum::<f64>() / count;
    let is_valid = blocks.iter().all(|block| block.count > 0.0 && block.sum.is_finite());
    if !(is_valid && estimate.is_finite()) {
        return Err(NoInterval::Values);
    }
    let rest: Vec<_> = blocks.iter().map(|block| block.sum - estimate * block.count).collect();
    let number = blocks.len() as f64;
    let squares: f64 = rest.iter().map(|one| one * one).sum();
    let half_width = t * (squares / (number - 1.0) * number).sqrt() / count;
    let products: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = if squares > 0.0 { products / squares } else { 0.0 };
    // The correlation of independent blocks has mean -1/n and standard deviation 1/sqrt(n).
    let is_significant = (correlation + 1.0 / number) * number.sqrt() > 1.645;
    Ok(Interval {
        estimate,
        low: estimate - half_width,
        high: estimate + half_width,
        level,
        blocks: blocks.len() as u32,
        method: Method::BatchMeans { correlation, is_significant },
    })
}

/// Computes the interval of a statistic by the block bootstrap with non-overlapping blocks
/// (Carlstein, "The Use of Subseries Values for Estimating the Variance of a General Statistic from
/// a Stationary Sequence", Annals of Statistics 14, 1986; Künsch, "The Jackknife and the Bootstrap
/// for General Stationary Observations", Annals of Statistics 17, 1989). The percentiles are
/// expanded to correct their narrowness for few blocks (Hesterberg, "What Teachers Should Know
/// About the Bootstrap", The American Statistician 69, 2015). The interval is symmetric with the
/// larger of the two distances from the estimate, on the logarithmic scale if the statistic is
/// positive: percentiles of skewed data end too early on the side of the long tail, which few
/// blocks do not contain. For p95 of correlated, skewed data, the coverage at a level of 95 % is
/// 0.95 to 0.97 with 5 to 28 blocks (percentiles alone: 0.89 to 0.93), for 1.1 to 1.3 times the
/// width. The resamples depend only on `seed`; use [`RESAMPLES`] of them, or fewer if the statistic
/// takes long.
///
/// # Errors
/// There are fewer than [`BLOCKS_MIN`] blocks, the level is not between 0 and 1, or the statistic
/// is `None` or not finite for all data or for more than a tenth of the resamples.
pub fn bootstrap(
    blocks: &[RoundedSample],
    statistic: impl Fn(&RoundedSample) -> Option<f64>,
    level: f64,
    resamples: u32,
    seed: u64,
) -> Result<Interval, NoInterval> {
    let t = check(blocks.len(), BLOCKS_MIN, level)?;
    let aligned = Aligned::new(blocks).ok_or(NoInterval::Values)?;
    let finite = |sample: &RoundedSample| statistic(sample).filter(|value| value.is_finite());
    let failed = |failed| NoInterval::Statistic { failed, resamples };
    let estimate = finite(aligned.whole()).ok_or(failed(resamples))?;
    let mut values: Vec<f64> = (0..resamples)
        .filter_map(|resample| {
            let mut stream = Streams::new(seed, resample).stream(BOOTSTRAP, Purpose(0), 0);
            finite(&aligned.resampled(&multiplicities(blocks.len(), &mut stream))?)
        })
        .collect();
    let computed = values.len() as u32;
    if values.is_empty() || u64::from(resamples - computed) * 10 > u64::from(resamples) {
        return Err(failed(resamples - computed));
    }
    values.sort_by(f64::total_cmp);
    let number = blocks.len() as f64;
    let tail = normal_tail(t * (number / (number - 1.0)).sqrt());
    let at = |probability: f64| {
        let index = (probability * (f64::from(computed) + 1.0) - 1.0).clamp(0.0, 1e9);
        let low = (index as usize).min(values.len() - 1);
        let high = (low + 1).min(values.len() - 1);
        values[low] + (values[high] - values[low]) * index.fract()
    };
    let (low, high) = symmetric(estimate, at(tail), at(1.0 - tail));
    Ok(Interval {
        estimate,
        low,
        high,
        level,
        blocks: blocks.len() as u32,
        method: Method::Bootstrap { resamples: computed },
    })
}

/// Computes the interval of a statistic by the delete-a-group jackknife: `without[i]` is the
/// statistic of all data without the group of blocks `i` (Kott, "The Delete-a-Group Jackknife",
/// Journal of Official Statistics 17, 2001). The groups must have similar sizes. In contrast to the
/// bootstrap, it needs as many calculations as there are groups, so it suits statistics that take
/// long. `other_variance` is the variance of errors that are common to all groups, for example
/// those of a model; it is added to the variance between the groups.
///
/// # Errors
/// There are fewer than [`BLOCKS_MIN`] groups, the level is not between 0 and 1, or a value is not
/// finite.
pub fn jackknife(
    estimate: f64,
    without: &[f64],
    other_variance: f64,
    level: f64,
) -> Result<Interval, NoInterval> {
    let t = check(without.len(), BLOCKS_MIN, level)?;
    let number = without.len() as f64;
    let mean = without.iter().sum::<f64>() / number;
    let squares: f64 = without.iter().map(|one| (one - mean) * (one - mean)).sum();
    let half_width = t * (squares * (number - 1.0) / number + other_variance).sqrt();
    if !(estimate.is_finite() && half_width.is_finite()) {
        return Err(NoInterval::Values);
    }
    Ok(Interval {
        estimate,
        low: estimate - half_width,
        high: estimate + half_width,
        level,
        blocks: without.len() as u32,
        method: Method::Jackknife,
    })
}

/// Returns the bounds with the larger distance from the estimate on both sides: as a factor if all
/// values are positive, and otherwise as a difference.
fn symmetric(estimate: f64, low: f64, high: f64) -> (f64, f64) {
    if estimate > 0.0 && low > 0.0 {
        let factor = (high / estimate).max(estimate / low).max(1.0);
        return (estimate / factor, estimate * factor);
    }
    let distance = (high - estimate).max(estimate - low).max(0.0);
    (estimate - distance, estimate + distance)
}

/// The number of events in a block and its exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// The number of events.
    pub events: f64,
    /// The exposure: the length of the block, or that times the number of clients.
    pub exposure: f64,
}

/// Computes the interval of the rate: events per unit of exposure. The counts are quasi-Poisson:
/// their variance is the mean times a dispersion of at least one, which is estimated by Pearson's
/// statistic between the blocks (McCullagh, Nelder, Generalized Linear Models, 2nd ed.). The
/// bounds are those of Garwood (Biometrika, 1936) for the number of events divided by the
/// dispersion; they are exact for Poisson counts. Student's t instead of the normal quantile widens
/// the dispersion because it is estimated.
///
/// # Errors
/// There is no block, the level is not between 0 and 1, or a value is invalid.
pub fn rate(counts: &[Count], level: f64) -> Result<Interval, NoInterval> {
    let counts: Vec<_> = counts.iter().filter(|count| count.exposure != 0.0).collect();
    if !(level > 0.0 && level < 1.0) {
        return Err(NoInterval::Level(level));
    }
    let is_valid = |count: &Count| {
        (0.0..f64::MAX).contains(&count.events) && (0.0..f64::MAX).contains(&count.exposure)
    };
    let exposure: f64 = counts.iter().map(|count| count.exposure).sum();
    if !(counts.iter().all(|count| is_valid(count)) && exposure > 0.0) {
        return Err(NoInterval::Values);
    }
    let events: f64 = counts.iter().map(|count| count.events).sum();
    let estimate = events / exposure;
    let squares = counts.iter().map(|count| {
        let expected = estimate * count.exposure;
        let difference = count.events - expected;
        if expected > 0.0 { difference * difference / expected } else { 0.0 }
    });
    let freedom = counts.len() as f64 - 1.0;
    let dispersion = (freedom > 0.0).then(|| squares.sum::<f64>() / freedom);
    let scale = match dispersion {
        None => 1.0,
        Some(dispersion) => {
            let ratio = t_quantile(level, freedom).ok_or(NoInterval::Level(level))?
                / normal_quantile(level).ok_or(NoInterval::Level(level))?;
            dispersion.max(1.0) * ratio * ratio
        }
    };
    let bound = |shape: f64, probability: f64| match shape > 0.0 {
        true => Gamma { shape, scale: 1.0 }.quantile(probability) * scale / exposure,
        false => 0.0,
    };
    let tail = (1.0 - level) / 2.0;
    Ok(Interval {
        estimate,
        low: bound(events / scale, tail),
        high: bound(events / scale + 1.0, 1.0 - tail),
        level,
        blocks: counts.len() as u32,
        method: Method::Poisson { dispersion },
    })
}

/// Checks the number of blocks and returns Student's t for the level.
fn check(blocks: usize, needed: u32, level: f64) -> Result<f64, NoInterval> {
    if !(level > 0.0 && level < 1.0) {
        return Err(NoInterval::Level(level));
    }
    let count = blocks as u32;
    if count < needed {
        return Err(NoInterval::FewBlocks { count, needed });
    }
    t_quantile(level, f64::from(count) - 1.0).ok_or(NoInterval::Level(level))
}

/// Draws blocks with replacement and returns the number of times of each block.
fn multiplicities(blocks: usize, stream: &mut Stream) -> Vec<u32> {
    let mut times = vec![0; blocks];
    for _ in 0..blocks {
        times[stream.below(blocks as u32) as usize] += 1;
    }
    times
}

/// Returns the two-sided quantile of Student's t distribution.
pub(crate) fn t_quantile(level: f64, freedom: f64) -> Option<f64> {
    StudentsT::new(0.0, 1.0, freedom).ok().map(|t| t.inverse_cdf(0.5 + level / 2.0))
}

/// Returns the two-sided quantile of the standard normal distribution.
fn normal_quantile(level: f64) -> Option<f64> {
    Normal::new(0.0, 1.0).ok().map(|normal| normal.inverse_cdf(0.5 + level / 2.0))
}

/// Returns the probability that a standard normal variate exceeds `z`.
fn normal_tail(z: f64) -> f64 {
    libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2) / 2.0
}

#[cfg(test)]
mod tests;
