//! The distribution of service times from that of recorded times.
//!
//! The recorded time is the sum of independent waiting and service (demand and delay). Waiting is
//! zero with probability 1 - p and otherwise exponential with mean 1/r (exact for M/M/c; Gross et
//! al., Fundamentals of Queueing Theory, 4th ed.). The distribution function of recorded times is
//! thus T = (1 - p) S + p G, where G is that of service plus an exponential time: G' = r (S - G).
//! Elimination of S gives G' = r / (1 - p) (T - G), which is an exponential average of the known T,
//! and S = (T - p G) / (1 - p).

use super::load::{Class, Load, weight};
use super::{NotSeparable, RoundedSample, sample_of};

/// Computes the distribution of service times. Every class of load is treated separately; the
/// result is their mean with the weights of the load estimate, because the errors of the assumed
/// waiting times grow with the load.
pub(super) fn service_times(
    classes: &[Class],
    load: &Load,
    resolution: f64,
) -> Result<RoundedSample, NotSeparable> {
    let taken: Vec<f64> = classes.iter().flat_map(|class| class.taken.iter().copied()).collect();
    let grid = RoundedSample::from_values(&taken, resolution)?;
    let bounds: Vec<(f64, f64)> = grid.cells().iter().map(|cell| (cell.low, cell.high)).collect();
    let mut sums = vec![0.0; bounds.len()];
    let mut weights = 0.0;
    for class in classes {
        let sample = RoundedSample::from_values(&class.taken, resolution)?;
        let waiting = load.waiting(class.rate);
        let weight = sample.count() * weight(load.utilisation(class.rate));
        let pace = 1.0 / (waiting.mean_of_waiting * (1.0 - waiting.probability));
        let service = service(&sample, &bounds, waiting.probability, pace);
        for (sum, one) in sums.iter_mut().zip(service) {
            *sum += weight * one;
        }
        weights += weight;
    }
    let rising = rising(&sums.iter().map(|sum| sum / weights).collect::<Vec<_>>());
    let mut below = 0.0;
    let mut pairs = Vec::with_capacity(rising.len());
    for (cell, at_bound) in grid.cells().iter().zip(&rising) {
        pairs.push((cell.value, (at_bound - below) * grid.count()));
        below = *at_bound;
    }
    Ok(sample_of(pairs, resolution)?)
}

/// Returns S at the upper bounds of the cells of all classes. T is linear within cells and constant
/// between them.
fn service(sample: &RoundedSample, bounds: &[(f64, f64)], probability: f64, pace: f64) -> Vec<f64> {
    let mut cells = sample.cells().iter().peekable();
    let (mut at, mut total, mut average) = (0.0, 0.0, 0.0);
    bounds
        .iter()
        .map(|(low, high)| {
            average = advance(average, total, total, pace * (low - at).max(0.0));
            let own = cells.next_if(|cell| cell.centre() < *high);
            let next = total + own.map_or(0.0, |cell| cell.weight / sample.count());
            average = advance(average, total, next, pace * (high - low));
            (at, total) = (*high, next);
            (total - probability * average) / (1.0 - probability)
        })
        .collect()
}

/// Advances the exponential average over a scaled time in which T is linear.
fn advance(average: f64, from: f64, to: f64, time: f64) -> f64 {
    if time <= 0.0 {
        return average;
    }
    let slope = (to - from) / time;
    to - slope + (average - from + slope) * libm::exp(-time)
}

/// Makes an estimated distribution function rise from zero to one: the mean of its smallest rising
/// majorant and its largest rising minorant.
fn rising(values: &[f64]) -> Vec<f64> {
    let mut lower = values.to_vec();
    let (mut most, mut least) = (0.0_f64, 1.0_f64);
    for value in lower.iter_mut().rev() {
        least = least.min(*value);
        *value = least;
    }
    let mut rising: Vec<f64> = values
        .iter()
        .zip(lower)
        .map(|(value, low)| {
            most = most.max(*value).min(1.0);
            f64::midpoint(most, low.max(0.0))
        })
        .collect();
    if let Some(last) = rising.last_mut() {
        *last = 1.0;
    }
    rising
}
