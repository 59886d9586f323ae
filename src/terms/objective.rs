//! What a scenario has to achieve: service level objectives.

use super::MetricFamily;

/// A limit that a metric has to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// The metric, of the whole run.
    pub metric: MetricFamily,
    /// Whether the limit is the least allowed, and not the most.
    pub is_at_least: bool,
    /// The limit, in the metric's unit.
    pub limit: f64,
}
