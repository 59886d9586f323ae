//! Service level objectives of a scenario.

use super::MetricFamily;

/// A limit on a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// The metric, measured over the whole run.
    pub metric: MetricFamily,
    /// Whether the limit is a minimum; otherwise it is a maximum.
    pub is_at_least: bool,
    /// The limit, in the unit of the metric.
    pub limit: f64,
}
