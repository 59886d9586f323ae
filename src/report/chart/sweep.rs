//! Figures over the factors of a sweep.

use super::Figure;
use crate::results::SweepResult;

/// The charts of a sweep.
pub fn all(_: &SweepResult) -> Vec<Figure> {
    Vec::new()
}
