//! What a scenario has to achieve: service level objectives.

/// A limit that a figure has to keep to.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The figure, one of [`crate::results::metric`].
    pub metric: String,
    /// Whether the limit is the least allowed, and not the most.
    pub is_at_least: bool,
    /// The limit, in the figure's unit.
    pub limit: f64,
}
