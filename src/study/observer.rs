//! Progress events of a running study.

use std::ops::Range;

use crate::experiment::{Cluster, Look, Watch};
use crate::results::{DesignResult, Metric};
use crate::scenario::Scenario;

/// Observer of a study, which receives its events.
pub trait Observer: Watch {
    /// Receives an event. Only a sizing sends `Trial`, `Searching` and `Looked`; only a sensitivity
    /// study sends `Stage`.
    fn notify(&self, _news: &StudyEvent<'_>) {}
}

/// The unit type ignores all events.
impl Observer for () {}

/// Event that a study sends to an [`Observer`].
#[derive(Debug)]
pub enum StudyEvent<'n> {
    /// A variant of the scenario was loaded.
    Loaded(&'n Scenario),
    /// A trial begins: a replication, or only its first part, is simulated to estimate the run
    /// time.
    Trial,
    /// The trial has ended.
    TrialDone {
        /// Estimated run time of a whole replication divided by the run time of the trial; at least
        /// one.
        times: f64,
    },
    /// The search of a sizing begins.
    Searching {
        /// Number of designs that are not excluded.
        possible: u64,
        /// Number of designs in the space.
        space: u64,
        /// Expected total number of replications.
        replications: u32,
    },
    /// The simulation of a design begins.
    Simulating {
        /// Values of the design.
        values: &'n [String],
        /// Numbers of the replications.
        numbers: Range<u32>,
    },
    /// Some replications have completed.
    Simulated {
        /// Number of completed replications.
        replications: u32,
    },
    /// The search has evaluated its results so far.
    Looked {
        /// Number of simulated designs.
        designs: usize,
        /// Number of designs that could be cheaper than the best design.
        open: u64,
        /// Best design so far.
        best: Option<DesignResult>,
    },
    /// A stage of a study begins.
    Stage {
        /// Name of the stage.
        name: &'static str,
        /// Progress of the screening; `None` outside a screening.
        screened: Option<Screened<'n>>,
    },
    /// The stage has ended.
    StageOver,
}

/// Progress of a screening.
#[derive(Clone, Copy, Debug)]
pub struct Screened<'n> {
    /// Number of parameters that are decided.
    pub decided: usize,
    /// Number of all parameters.
    pub parameters: usize,
    /// Parameter with the largest swing so far, the metric that it changes, and the swing.
    pub largest: Option<(&'n str, &'n Metric, f64)>,
    /// Upper bound of the share of all replications that completed before this stage.
    pub from: f64,
    /// Upper bound of the share of all replications that have completed after this stage.
    pub to: f64,
}

/// Watch of a part of the work, which begins at the share `from` of the whole work.
pub(super) struct Segment<'a> {
    pub watch: &'a dyn Watch,
    pub from: f64,
    pub width: f64,
}

impl Watch for Segment<'_> {
    fn should_continue(&self, look: Look) -> bool {
        self.watch
            .should_continue(Look { share_done: self.from + self.width * look.share_done, ..look })
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        self.watch.cluster()
    }
}
