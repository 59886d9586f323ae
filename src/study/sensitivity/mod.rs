//! Which of a scenario's assumed parameters matter for a metric, and where a verdict turns.
//!
//! Methods: `screening` in groups, then singly; `one_at_a_time` from the low to the high end of
//! each; `morris`, elementary effects along random `trajectories`. Where objectives are kept at
//! one end and not at the other, `tipping_points` searches between them.

pub mod morris;
mod one_at_a_time;
mod plan;
pub mod screening;
mod screening_runs;
mod tipping_points;
mod trajectories;
mod variants;

pub use plan::{Method, SensitivityOptions, SensitivityOutcome, SensitivityPlan, sensitivity};
