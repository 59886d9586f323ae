//! Studies: functions that simulate scenarios several times and evaluate the results.
//!
//! The caller supplies progress reports and cancellation. No study prints, reads arguments or ends
//! the program.

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

/// The only metric that needs prices.
const BILL: MetricFamily = MetricFamily::CostPerMonth;
