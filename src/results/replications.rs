//! Metrics over independent replications.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Metric, MetricFamily};

use super::run::MeanTimeSeries;

/// Values of all metrics in one replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// Replication number under the seed, starting at 0.
    pub number: u32,
    /// Number of simulated events.
    pub events: u64,
    /// Values in the order of the metrics of the sample.
    pub values: Vec<f64>,
}

/// Metrics of all replications of one scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Metrics that the values belong to.
    pub metrics: Vec<Metric>,
    /// Replications in order of their number.
    pub replications: Vec<Replication>,
    /// Mean time series over the replications; empty unless `experiment::sample::Study::replicate`
    /// simulated them.
    pub mean_time_series: MeanTimeSeries,
}

impl Sample {
    /// Returns the values of the metric at this index, in order of the replications.
    pub fn values(&self, index: usize) -> Vec<f64> {
        let of = |one: &Replication| one.values.get(index).copied().unwrap_or(f64::NAN);
        self.replications.iter().map(of).collect()
    }

    /// Returns the number of events of all replications.
    pub fn events(&self) -> u64 {
        self.replications.iter().map(|one| one.events).sum()
    }

    /// Returns the index of a metric of the whole run; `None` if the sample does not have it.
    pub fn index_of(&self, family: MetricFamily) -> Option<usize> {
        let is_it = |metric: &Metric| metric.family == family && !metric.is_of_component();
        self.metrics.iter().position(is_it)
    }

    /// Returns the index of the metric with this name; `None` if the sample does not have it.
    pub fn index(&self, name: &str) -> Option<usize> {
        let wanted = Metric::from_name(name)?;
        self.metrics.iter().position(|metric| *metric == wanted)
    }
}

/// Metric summarised over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricSummary {
    /// Metric that is summarised.
    #[serde(flatten)]
    pub metric: Metric,
    /// Number of replications that have a value.
    pub count: u64,
    /// Number of replications that ended before the metric had a value, for example before
    /// recovery.
    pub not_reached: u64,
    /// Mean of the replications that have a value.
    pub mean: Option<f64>,
    /// Half-width of the confidence interval of the mean; `None` with fewer than two values, or if
    /// some replications have no value.
    pub half_width: Option<f64>,
    /// Standard deviation between replications.
    pub standard_deviation: Option<f64>,
    /// Minimum over replications.
    pub min: Option<f64>,
    /// 5 % quantile over replications.
    pub p5: Option<f64>,
    /// Median over replications.
    pub p50: Option<f64>,
    /// 95 % quantile over replications.
    pub p95: Option<f64>,
    /// Maximum over replications.
    pub max: Option<f64>,
}

/// All metrics summarised over replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replicated {
    /// Number of replications.
    pub count: u64,
    /// Confidence level of the intervals, between 0 and 1.
    pub confidence: f64,
    /// Summaries of all metrics.
    pub metrics: Vec<MetricSummary>,
    /// Requested precision of one metric; `None` if none was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// Mean time series with confidence intervals; `None` with fewer than two replications.
    #[serde(skip)]
    pub mean_time_series: Option<MeanTimeSeries>,
}

/// Requested and achieved precision of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precision {
    /// Name of the metric.
    pub metric: String,
    /// Requested relative half-width.
    pub wanted: f64,
    /// Achieved relative half-width; `None` if it is not defined.
    pub reached: Option<f64>,
    /// Whether the requested precision was achieved.
    pub is_reached: bool,
}
