//! What a scenario has to achieve: service level objectives.

/// A limit that a metric has to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The metric's name.
    pub metric: String,
    /// Whether the limit is the least allowed, and not the most.
    pub is_at_least: bool,
    /// The limit, in the metric's unit.
    pub limit: f64,
}
