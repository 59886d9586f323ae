//! Spaces of designs that are made up for tests: what each design costs, and what each replication
//! of it gives.

use super::*;
use crate::engine::{Purpose, Stream, Streams};
use crate::results::{Metric, Replication};
use crate::terms::MetricFamily;

/// How the search is done.
pub(super) const RULES: Rules = Rules { confidence: 0.95, first: 4, maximum: 40, hint: None };

/// What values are of, as a rule.
pub(super) const LATENCIES: [MetricFamily; 5] = [
    MetricFamily::LatencyMean,
    MetricFamily::LatencyP50,
    MetricFamily::LatencyP95,
    MetricFamily::LatencyP99,
    MetricFamily::LatencyP999,
];

/// The values of a replication of a design, by its number.
type Values<'a> = dyn Fn(&[usize], u32) -> Vec<f64> + 'a;

/// A space that is made up.
pub(super) struct SyntheticSpace<'a> {
    /// Of each dimension.
    pub levels: Vec<usize>,
    /// Of one level more of each dimension.
    pub prices: Vec<f64>,
    /// The metrics of a replication of a design.
    pub values: Box<Values<'a>>,
    /// What a metric does with more of a dimension, as is taken for granted.
    pub trend: Box<dyn Fn(usize, usize) -> Trend + 'a>,
    /// Why a design of this cost is not to be simulated.
    pub exclusion: fn(f64) -> Option<Exclusion>,
    /// What the values of a replication are of.
    pub metrics: &'static [MetricFamily],
    /// Replications so far.
    pub runs: u32,
    /// After so many it is stopped.
    pub runs_max: u32,
}

impl<'a> SyntheticSpace<'a> {
    /// A space where more of anything improves everything, nothing is excluded and nothing stops.
    pub(super) fn new(
        levels: &[usize],
        prices: &[f64],
        values: impl Fn(&[usize], u32) -> Vec<f64> + 'a,
    ) -> Self {
        SyntheticSpace {
            levels: levels.to_vec(),
            prices: prices.to_vec(),
            values: Box::new(values),
            trend: Box::new(|_, _| Trend::Improves),
            exclusion: |_| None,
            metrics: &LATENCIES,
            runs: 0,
            runs_max: u32::MAX,
        }
    }
}

impl Evaluator for SyntheticSpace<'_> {
    type Error = ();

    fn levels(&self) -> Vec<usize> {
        self.levels.clone()
    }

    fn cost(&mut self, design: &[usize]) -> Result<f64, ()> {
        Ok(design.iter().zip(&self.prices).map(|(level, price)| *level as f64 * price).sum())
    }

    fn exclusion(&mut self, design: &[usize]) -> Result<Option<Exclusion>, ()> {
        Ok((self.exclusion)(self.cost(design)?))
    }

    fn trend(&self, objective: &Objective, dimension: usize) -> Trend {
        let index = self.metrics.iter().position(|one| *one == objective.metric);
        (self.trend)(index.expect("one of the metrics"), dimension)
    }

    fn replicate(
        &mut self,
        design: &[usize],
        numbers: Range<u32>,
        sample: &mut Sample,
    ) -> Result<(), ()> {
        assert_eq!(self.exclusion(design)?, None, "{design:?} is not to be simulated");
        for number in numbers {
            self.runs += 1;
            if self.runs > self.runs_max {
                return Err(());
            }
            let values = (self.values)(design, number);
            let metrics = self.metrics.iter().take(values.len());
            sample.metrics = metrics.map(|one| Metric::from(*one)).collect();
            sample.replications.push(Replication { number, events: 1, values });
        }
        Ok(())
    }
}

/// An objective of the first of the [`LATENCIES`].
pub(super) fn at_most(limit: f64) -> Vec<Objective> {
    vec![Objective { metric: LATENCIES[0], is_at_least: false, limit }]
}

/// Noise between minus one and one.
pub(super) fn noise(stream: &mut Stream) -> f64 {
    stream.uniform() + stream.uniform() - 1.0
}

/// The random numbers of a replication of a design.
pub(super) fn stream(seed: u64, number: u32, design: u64, purpose: u8) -> Stream {
    Streams::new(seed, number).stream(design, Purpose(purpose), 0)
}
