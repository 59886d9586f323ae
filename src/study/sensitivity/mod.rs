//! Sensitivity studies: which assumed parameters and measured values of a scenario matter for a
//! metric, and where the verdict on an objective changes.
//!
//! There are three methods: `screening` in groups, followed by individual parameters;
//! `one_at_a_time` from the low to the high end of each parameter; and `morris`, elementary effects
//! along random `trajectories`. If an objective is met at one end of a parameter and not at the
//! other, `tipping_points` searches for the value between them.

pub mod morris;
mod one_at_a_time;
mod plan;
pub mod screening;
mod screening_runs;
mod tipping_points;
mod trajectories;
mod variants;

pub use plan::{Method, SensitivityOptions, SensitivityOutcome, SensitivityPlan, sensitivity};
