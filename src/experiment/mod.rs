//! Runs models and turns what they recorded into results.
//!
//! The module does not depend on formats, terminals or the clock. The caller passes a [`Watch`],
//! which receives the progress and can stop the run.

pub mod cluster;
mod collect;
mod disruption_impacts;
pub mod estimate;
pub mod follow;
mod reconnection_storm;
pub mod replicate;
pub mod sample;
pub mod site_rows;
pub mod skew;

pub use cluster::{BUILD, Cluster, UnitRefused, WorkUnit, simulate_unit};
pub use follow::{Follow, Observed, RowSink};
pub use replicate::{Look, RunError, Watch, run, run_replications};
pub use sample::Study;
pub use site_rows::site_rows;
