//! Runs models and turns what they recorded into results.
//!
//! The module does not depend on formats, terminals or the clock. The caller passes a [`Watch`],
//! which receives the progress and can stop the run.

mod collect;
mod disruption_impacts;
pub mod estimate;
pub mod follow;
mod reconnection_storm;
pub mod replicate;
pub mod sample;
pub mod skew;

pub use follow::{Follow, Observed};
pub use replicate::{Look, RunError, Watch, run, run_replications};
pub use sample::Study;
