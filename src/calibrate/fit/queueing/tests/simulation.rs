//! A simulated server: workers with one queue, and a delay without a queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::f64::consts::TAU;

use super::super::*;
use super::DAY;
use crate::base::SimDuration;
use crate::engine::{Distribution, Purpose, Stream, Streams};

pub const MILLISECOND: f64 = 0.001;

/// A server with its demand and delay.
pub struct Site {
    pub workers: u32,
    pub demand: Distribution,
    pub delay: Distribution,
}

/// The log of a simulated server.
pub struct Log {
    /// Recorded times in milliseconds, with unknown numbers at arrival.
    pub observations: Vec<Observation>,
    pub periods: Vec<Period>,
    /// Exact ends and times of all requests.
    ends: Vec<f64>,
    taken: Vec<f64>,
}

fn duration(seconds: f64) -> SimDuration {
    SimDuration::from_seconds_f64(seconds)
}

pub fn constant(seconds: f64) -> Distribution {
    Distribution::constant(duration(seconds))
}

pub fn gamma(mean: f64, cv: f64) -> Distribution {
    Distribution::gamma(duration(mean), cv).expect("valid")
}

pub fn lognormal(mean: f64, cv: f64) -> Distribution {
    Distribution::lognormal_mean_cv(duration(mean), cv).expect("valid")
}

pub fn hyperexponential(mean: f64, cv: f64) -> Distribution {
    Distribution::hyperexponential(duration(mean), cv).expect("valid")
}

/// Distributions with the same mean, with their names.
pub fn demands(mean: f64) -> [(&'static str, Distribution); 4] {
    [
        ("constant", constant(mean)),
        ("gamma, cv 0.5", gamma(mean, 0.5)),
        ("lognormal, cv 1", lognormal(mean, 1.0)),
        ("hyperexponential, cv 2", hyperexponential(mean, 2.0)),
    ]
}

pub fn stream(seed: u64, purpose: u8) -> Stream {
    Streams::new(seed, 0).stream(0, Purpose(purpose), 0)
}

/// Draws a time in seconds.
pub fn seconds(distribution: &Distribution, stream: &mut Stream) -> f64 {
    distribution.sample(stream).as_seconds()
}

/// The rate in a minute of the day as a share of the peak: from 0.15 at night to 1.
pub fn shape(minute: u32) -> f64 {
    0.575 - 0.425 * libm::cos((f64::from(minute % DAY) / f64::from(DAY) - 0.125) * TAU)
}

/// Simulates a server: `rate` returns the arrival rate per second in a period, and `draw` a demand
/// and a delay.
pub fn simulate(
    workers: u32,
    periods: u32,
    seed: u64,
    rate: impl Fn(u32) -> f64,
    mut draw: impl FnMut(&mut Stream) -> (f64, f64),
) -> Log {
    let (mut arrivals, mut services) = (stream(seed, 1), stream(seed, 2));
    let mut free: BinaryHeap<_> = (0..workers).map(|_| Reverse(duration(0.0))).collect();
    let mut rates = Vec::new();
    let (mut ends, mut taken, mut observations) = (Vec::new(), Vec::new(), Vec::new());
    for period in 0..periods {
        let start = f64::from(period) * PERIOD;
        let (mut arrival, first) = (start, observations.len());
        loop {
            arrival -= libm::log(1.0 - arrivals.uniform()) / rate(period);
            if arrival >= start + PERIOD {
                break;
            }
            let Reverse(earliest) = free.pop().expect("a worker");
            let (demand, delay) = draw(&mut services);
            let done = arrival.max(earliest.as_seconds()) + demand;
            free.push(Reverse(duration(done)));
            ends.push(done + delay);
            taken.push(done + delay - arrival);
            let recorded = ((done + delay - arrival) * 1000.0).round() / 1000.0;
            let number_at_arrival = u32::MAX;
            observations.push(Observation { arrival, taken: recorded, number_at_arrival });
        }
        rates.push((observations.len() - first) as f64 / PERIOD);
    }
    Log { periods: sampled_periods(&rates, &observations), observations, ends, taken }
}

impl Site {
    pub fn simulate(&self, seed: u64, periods: u32, rate: impl Fn(u32) -> f64) -> Log {
        let draw =
            |stream: &mut Stream| (seconds(&self.demand, stream), seconds(&self.delay, stream));
        simulate(self.workers, periods, seed, rate, draw)
    }

    /// Simulates a day with the given utilisation in the busiest minute. Numbers at arrival are
    /// bounds from whole seconds, or unknown.
    pub fn day(&self, seed: u64, utilisation: f64, has_numbers: bool) -> Log {
        let peak = utilisation * f64::from(self.workers) / self.demand.mean();
        let log = self.simulate(seed, DAY, |minute| peak * shape(minute));
        if has_numbers { log.with_numbers(1.0, MILLISECOND) } else { log }
    }

    /// Returns the mean without waiting in seconds.
    pub fn mean(&self) -> f64 {
        self.demand.mean() + self.delay.mean()
    }

    /// Returns the quantile at 95 % of the times without waiting, from a large sample.
    pub fn p95(&self) -> f64 {
        let mut stream = stream(77, 3);
        let draw = |_| seconds(&self.demand, &mut stream) + seconds(&self.delay, &mut stream);
        let mut values: Vec<f64> = (0..200_000).map(draw).collect();
        values.sort_by(f64::total_cmp);
        values[190_000]
    }
}

impl Log {
    pub fn mean_taken(&self) -> f64 {
        let taken = self.observations.iter().map(|one| one.taken);
        taken.sum::<f64>() / self.observations.len() as f64
    }

    /// Sets the numbers at arrival that follow from ends that were rounded down.
    pub fn with_numbers(mut self, end_resolution: f64, taken_resolution: f64) -> Log {
        let rounded = |end: &f64| match end_resolution > 0.0 {
            true => (end / end_resolution).floor() * end_resolution,
            false => *end,
        };
        let ends: Vec<f64> = self.ends.iter().map(rounded).collect();
        let numbers = numbers_at_arrival(&ends, &self.taken, end_resolution, taken_resolution);
        for (one, number) in self.observations.iter_mut().zip(numbers) {
            one.number_at_arrival = number;
        }
        self
    }

    /// Keeps about `count` requests at regular distances, as a log reader that samples.
    pub fn sampled(self, count: usize) -> Log {
        let step = (self.observations.len() / count).max(1);
        let observations = self.observations.into_iter().step_by(step).collect();
        Log { observations, ..self }
    }
}
