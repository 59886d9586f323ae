//! Analyses of results: confidence intervals, mean time series, objectives, precision, effects of
//! parameters, and comparison with published limits.
//!
//! All functions are pure: they use no model, threads or files.

pub mod baseline_difference;
pub mod derive;
pub mod interval;
pub mod mean_time_series;
pub mod objectives;
pub mod published_limits;
pub mod swings;
