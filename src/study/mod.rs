//! Studies: what is learned by simulating more than once.
//!
//! Each is a function of scenarios that takes progress and cancellation from outside. Nothing here
//! prints, reads arguments or ends the program.

pub mod baseline;
pub mod batch;
pub mod compare;
mod error;
mod info;
mod observer;
pub mod precision;
mod scenario_methods;
pub mod sensitivity;
pub mod simulate;
pub mod sizing;
pub mod sweep;
pub mod validation;
pub mod warmup;

use crate::terms::MetricFamily;

pub use error::Error;
pub use info::info;
pub use observer::{Observer, Screened, StudyEvent};

/// The only metric that prices are for.
const BILL: MetricFamily = MetricFamily::CostPerMonth;
