//! What follows from results alone: intervals, mean time series, objectives, precision, what a
//! change of an input moves, and the comparison with published limits.
//!
//! Pure functions: no model, no threads, no files.

pub mod baseline_difference;
pub mod derive;
pub mod interval;
pub mod mean_time_series;
pub mod objectives;
pub mod published_limits;
pub mod swings;
