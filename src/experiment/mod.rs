//! Runs models and turns what they recorded into results.
//!
//! Knows nothing of formats, terminals or the clock: whoever asks for a run passes a
//! [`Watch`] that is told how far it is and may stop it.

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
