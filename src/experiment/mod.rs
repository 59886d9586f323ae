//! Runs models and turns what they recorded into results.
//!
//! Knows nothing of formats, terminals or the clock: whoever asks for a run passes a
//! [`Watch`] that is told how far it is and may stop it.

pub mod checks;
mod collect;
mod derive;
pub mod estimate;
pub mod interval;
pub mod replicate;
pub mod skew;
mod storms;

pub use replicate::{Look, RunError, Watch, run, run_replications};
