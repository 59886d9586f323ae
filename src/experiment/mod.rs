//! Runs models and turns what they recorded into results.
//!
//! Knows nothing of formats, terminals or the clock: whoever asks for a run passes a
//! [`Watch`] that is told how far it is and may stop it.

pub mod batch;
pub mod checks;
mod close_up;
mod collect;
pub mod compare;
mod course;
mod derive;
pub mod design;
pub mod estimate;
pub mod factor;
pub mod follow;
pub mod interval;
pub mod journal;
pub mod morris;
pub mod objectives;
pub mod precision;
pub mod reference;
pub mod regress;
pub mod replicate;
pub mod sample;
pub mod screening;
pub mod sensitivity;
pub mod size;
pub mod skew;
mod storms;
pub mod sweep;
pub mod warmup;

pub use follow::{Follow, Observed};
pub use objectives::Objective;
pub use precision::Goal;
pub use replicate::{Look, RunError, Watch, run, run_replications};
pub use sample::Study;
