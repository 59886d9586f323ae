//! The load of a server with parallel workers, and requests in classes of load.

use super::{Observation, PERIOD, Period, UTILISATION_MAX};

/// The number of classes of load.
const CLASSES: usize = 10;
/// The utilisation at which the formulas are cut off, to stay finite.
const UTILISATION_CUT: f64 = 0.98;
/// The mean number of requests that a window should contain. The number of arrivals then differs
/// from its expected value by 4 %, and at a utilisation of 0.8 a window is several times longer
/// than waiting times are correlated.
const WINDOW_REQUESTS: f64 = 600.0;
/// The number of windows below which windows are not made longer.
const WINDOWS_MIN: usize = 10;
/// Lengths of windows in periods; all divide the last one.
const WINDOW_PERIODS: [usize; 4] = [1, 3, 5, 15];
/// The longest window in periods. Rates of real servers vary within longer times.
pub(super) const WINDOW_PERIODS_MAX: usize = 15;

/// The use of the workers, from which waiting times follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// The number of workers.
    pub workers: u32,
    /// The mean time in seconds that a request occupies a worker.
    pub demand: f64,
    /// The squared coefficient of variation of the times that requests occupy a worker.
    pub squared_cv: f64,
}

/// Waiting times at a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// The probability that a request waits.
    pub probability: f64,
    /// The mean waiting time in seconds of the requests that wait.
    pub mean_of_waiting: f64,
}

impl Waiting {
    /// Returns the mean waiting time of all requests in seconds.
    pub fn mean(&self) -> f64 {
        self.probability * self.mean_of_waiting
    }
}

impl Load {
    /// Returns the utilisation at `rate` requests per second (utilisation law).
    pub fn utilisation(&self, rate: f64) -> f64 {
        rate * self.demand / f64::from(self.workers)
    }

    /// Returns the waiting times at `rate` requests per second. The probability is that of M/M/c
    /// (Erlang C; Gross et al., Fundamentals of Queueing Theory, 4th ed.). The mean is interpolated
    /// between M/M/c and M/D/c by the squared coefficient of variation. M/D/c is the approximation
    /// of Cosmetatos (1975; printed in Liu, Pantelidis, Tam, Chow, arXiv:2102.05851, 2021, equation
    /// 2), limited to its value in light traffic: the ratio to M/M/c is then c / (c + 1), because
    /// the smallest of c uniform remaining times has the mean 1 / (c + 1), and the smallest of c
    /// exponential ones 1 / c. The result is exact for M/M/c and M/G/1. Utilisations above 0.98 are
    /// cut off.
    pub fn waiting(&self, rate: f64) -> Waiting {
        let workers = f64::from(self.workers);
        let offered = (rate * self.demand).clamp(0.0, UTILISATION_CUT * workers);
        let blocked = (1..=self.workers)
            .fold(1.0, |blocked, k| offered * blocked / (f64::from(k) + offered * blocked));
        let probability = workers * blocked / (workers - offered * (1.0 - blocked));
        let root = (4.0 + 5.0 * workers).sqrt() - 2.0;
        let excess = (workers - offered) * (workers - 1.0) * root / (16.0 * workers * offered);
        let excess = excess.min((workers - 1.0) / (workers + 1.0));
        let constant = f64::midpoint(1.0, excess);
        let variation = constant + self.squared_cv * (1.0 - constant);
        let mean_of_waiting = self.demand / (workers - offered) * variation;
        Waiting { probability, mean_of_waiting }
    }

    /// Returns the variance in seconds squared of the mean waiting time of many requests, times
    /// their number. For M/M/1 it is the formula of Daley (1968) in Whitt, "Planning Queueing
    /// Simulations", Management Science 35, 1989. With more workers, the same correlation of the
    /// requests that wait is assumed. It is used for weights only.
    pub(super) fn waiting_variance(&self, rate: f64) -> f64 {
        let waiting = self.waiting(rate);
        let used = self.utilisation(rate).min(UTILISATION_CUT);
        let polynomial = 2.0 + used * (5.0 + used * (used - 4.0));
        let square = waiting.mean_of_waiting * waiting.mean_of_waiting;
        square * waiting.probability * polynomial / ((1.0 - used) * (1.0 - used))
    }
}

/// Consecutive periods, combined to windows with enough requests.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// The windows in order of time.
    pub periods: Vec<Period>,
    /// The length of a window in seconds.
    pub seconds: f64,
}

impl Windows {
    /// Combines as many periods as are necessary for a sufficient mean number of requests.
    pub fn new(periods: &[Period]) -> Windows {
        let busy = periods.iter().filter(|period| period.rate > 0.0);
        let count = busy.clone().count().max(1) as f64;
        let mean = busy.map(|period| period.rate * PERIOD).sum::<f64>() / count;
        let is_frequent = |length: &&usize| periods.len() / **length >= WINDOWS_MIN;
        let is_enough = |length: &&usize| **length as f64 * mean >= WINDOW_REQUESTS;
        let mut lengths = WINDOW_PERIODS.iter().filter(is_frequent);
        let longest = lengths.clone().next_back();
        let length = *lengths.find(is_enough).or(longest).unwrap_or(&1);
        let combine = |chunk: &[Period]| {
            let requests: f64 = chunk.iter().map(|one| one.requests).sum();
            let times = chunk.iter().filter(|one| one.requests > 0.0);
            Period {
                rate: chunk.iter().map(|one| one.rate).sum::<f64>() / chunk.len() as f64,
                mean_taken: times.map(|one| one.requests * one.mean_taken).sum::<f64>() / requests,
                requests,
            }
        };
        let periods = periods.chunks(length).map(combine).collect();
        Windows { periods, seconds: PERIOD * length as f64 }
    }

    /// Returns the rate of the window of an arrival.
    pub(super) fn rate_at(&self, arrival: f64) -> Option<f64> {
        self.periods.get(self.index_of(arrival)?).map(|window| window.rate)
    }

    /// Returns the index of the window of an arrival.
    pub(super) fn index_of(&self, arrival: f64) -> Option<usize> {
        // The conversion saturates, so that later arrivals have no window.
        (arrival >= 0.0).then(|| (arrival / self.seconds) as usize)
    }

    /// Returns windows with the same rates and the times of a sample of the requests.
    pub(super) fn sampled(&self, observations: &[Observation]) -> Windows {
        let empty = |one: &Period| Period { rate: one.rate, mean_taken: 0.0, requests: 0.0 };
        let mut periods: Vec<Period> = self.periods.iter().map(empty).collect();
        for one in observations {
            let index = self.index_of(one.arrival);
            if let Some(window) = index.and_then(|index| periods.get_mut(index)) {
                window.requests += 1.0;
                window.mean_taken += (one.taken - window.mean_taken) / window.requests;
            }
        }
        Windows { periods, seconds: self.seconds }
    }
}

/// Requests in windows of similar rates.
pub(super) struct Class {
    /// The mean rate per second that the requests met.
    pub rate: f64,
    /// Recorded times in seconds.
    pub taken: Vec<f64>,
}

impl Class {
    /// Returns mean and variance of the recorded times.
    pub fn moments(&self) -> (f64, f64) {
        let count = self.taken.len() as f64;
        let mean = self.taken.iter().sum::<f64>() / count;
        let squares = self.taken.iter().map(|one| (one - mean) * (one - mean));
        (mean, squares.sum::<f64>() / count)
    }
}

/// Divides requests into classes of equal size by the rate of their window. Windows above
/// [`UTILISATION_MAX`] are excluded.
pub(super) fn classes(observations: &[Observation], windows: &Windows, load: &Load) -> Vec<Class> {
    let pair = |one: &Observation| Some((windows.rate_at(one.arrival)?, one.taken));
    let is_usable = |pair: &(f64, f64)| load.utilisation(pair.0) <= UTILISATION_MAX;
    let mut pairs: Vec<_> = observations.iter().filter_map(pair).filter(is_usable).collect();
    pairs.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.total_cmp(&two.1)));
    let size = pairs.len().div_ceil(CLASSES).max(1);
    let class = |chunk: &[(f64, f64)]| Class {
        rate: chunk.iter().map(|(rate, _)| rate).sum::<f64>() / chunk.len() as f64,
        taken: chunk.iter().map(|(_, taken)| *taken).collect(),
    };
    pairs.chunks(size).map(class).collect()
}

/// Means over requests with the weights of the distribution of service times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Means {
    /// The mean time without waiting in seconds.
    pub service: f64,
    /// The mean waiting time in seconds that was subtracted.
    pub waiting: f64,
    /// The increase of that waiting time per unit of the squared coefficient of variation.
    pub increase: f64,
}

/// Subtracts waiting times from recorded times; `None` without requests.
pub(super) fn means(classes: &[Class], load: &Load) -> Option<Means> {
    let more = Load { squared_cv: load.squared_cv + 1.0, ..*load };
    let (mut sum, mut weights) = (Means { service: 0.0, waiting: 0.0, increase: 0.0 }, 0.0);
    for class in classes {
        let weight = class.taken.len() as f64 * weight(load.utilisation(class.rate));
        let waiting = load.waiting(class.rate).mean();
        sum.service += weight * (class.moments().0 - waiting);
        sum.waiting += weight * waiting;
        sum.increase += weight * (more.waiting(class.rate).mean() - waiting);
        weights += weight;
    }
    let Means { service, waiting, increase } = sum;
    (weights > 0.0).then(|| Means {
        service: service / weights,
        waiting: waiting / weights,
        increase: increase / weights,
    })
}

/// The weight of a request in the distribution of service times. The errors of the assumed waiting
/// times grow with the utilisation.
pub(super) fn weight(utilisation: f64) -> f64 {
    let squared = (1.0 - utilisation) * (1.0 - utilisation);
    if utilisation > UTILISATION_MAX { 0.0 } else { squared * squared }
}
