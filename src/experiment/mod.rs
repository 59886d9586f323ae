//! Runs models and turns what they recorded into results.
//!
//! The module does not depend on formats, terminals or the clock. The caller passes a [`Watch`],
//! which receives the progress and can stop the run.

mod close_up;
mod collect;
pub mod estimate;
pub mod follow;
pub mod replicate;
pub mod sample;
pub mod skew;
mod storms;

pub use follow::{Follow, Observed};
pub use replicate::{Look, RunError, Watch, run, run_replications};
pub use sample::Study;
