//! Values of a scenario from measurements: distributions with intervals, measured arrivals, and the
//! comparison of the calibrated scenario with other measurements.

pub mod back_test;
pub mod counts;
pub mod estimate;
pub mod fit;
pub mod fragment;
mod precision;
pub mod replay;
