//! Figures over independent replications.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Metric, MetricFamily};

use super::run::MeanTimeSeries;

/// A replication has a value of every figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// Its number under the seed, from 0.
    pub number: u32,
    /// Events simulated.
    pub events: u64,
    /// In the order of the sample's figures.
    pub values: Vec<f64>,
}

/// A sample holds the figures of replications of one scenario, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// What the values are of.
    pub metrics: Vec<Metric>,
    /// The replications, by number.
    pub replications: Vec<Replication>,
    /// Series of all of them, where they are simulated together.
    pub mean_time_series: MeanTimeSeries,
}

impl Sample {
    /// The values of the figure at a place, by replication.
    pub fn values(&self, index: usize) -> Vec<f64> {
        let of = |one: &Replication| one.values.get(index).copied().unwrap_or(f64::NAN);
        self.replications.iter().map(of).collect()
    }

    /// Events of all replications.
    pub fn events(&self) -> u64 {
        self.replications.iter().map(|one| one.events).sum()
    }

    /// Where a metric of the whole run is.
    pub fn index_of(&self, family: MetricFamily) -> Option<usize> {
        let is_it = |metric: &Metric| metric.family == family && !metric.is_of_component();
        self.metrics.iter().position(is_it)
    }

    /// Where the metric of a name is.
    pub fn index(&self, name: &str) -> Option<usize> {
        let wanted = Metric::from_name(name)?;
        self.metrics.iter().position(|metric| *metric == wanted)
    }
}

/// A figure over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricSummary {
    /// The figure.
    #[serde(flatten)]
    pub metric: Metric,
    /// Replications that have a value.
    pub count: u64,
    /// Replications in which it was not reached before the end.
    pub not_reached: u64,
    /// Mean of those that have one.
    pub mean: Option<f64>,
    /// Half-width of the mean's interval; `None` of fewer than two values, or where some have none.
    pub half_width: Option<f64>,
    /// Standard deviation between replications.
    pub standard_deviation: Option<f64>,
    /// Least.
    pub min: Option<f64>,
    /// 5 % quantile over replications.
    pub p5: Option<f64>,
    /// Median over replications.
    pub p50: Option<f64>,
    /// 95 % quantile over replications.
    pub p95: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

/// All figures over replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replicated {
    /// How many replications.
    pub count: u64,
    /// Confidence of the intervals, 0..1.
    pub confidence: f64,
    /// The figures.
    pub metrics: Vec<MetricSummary>,
    /// How precise one figure was wanted, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// Series over time; `None` of fewer than two replications.
    #[serde(skip)]
    pub mean_time_series: Option<MeanTimeSeries>,
}

/// How precise a figure was wanted, and is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precision {
    /// Which figure.
    pub metric: String,
    /// The relative half-width that was wanted.
    pub wanted: f64,
    /// The one that was reached; `None` if there is none.
    pub reached: Option<f64>,
    /// Whether that is enough.
    pub is_reached: bool,
}
