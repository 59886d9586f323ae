//! Progress events of a running study.

use std::ops::Range;

use crate::experiment::Watch;
use crate::results::{DesignResult, Metric};
use crate::scenario::Scenario;

/// An observer watches a study and receives its events.
pub trait Observer: Watch {
    /// Receives an event. Only a sizing sends `Trial`, `Searching` and `Looked`, and only a
    /// sensitivity study `Stage`.
    fn notify(&self, _news: &StudyEvent<'_>) {}
}

/// Nobody listens.
impl Observer for () {}

/// This is what a study tells an [`Observer`].
#[derive(Debug)]
pub enum StudyEvent<'n> {
    /// A variant of the scenario was loaded.
    Loaded(&'n Scenario),
    /// One replication, or the beginning of it, is simulated to know how long one takes.
    Trial,
    /// That is over; a whole replication is so many times as long.
    TrialDone {
        /// One or more.
        times: f64,
    },
    /// The search of a sizing begins.
    Searching {
        /// Designs that nothing excludes.
        possible: u64,
        /// Designs in the space.
        space: u64,
        /// Replications that are expected in all.
        replications: u32,
    },
    /// A design is simulated.
    Simulating {
        /// Its values.
        values: &'n [String],
        /// Which replications of it.
        numbers: Range<u32>,
    },
    /// So many replications were simulated.
    Simulated {
        /// How many.
        replications: u32,
    },
    /// The search has looked at what it knows.
    Looked {
        /// Designs that were simulated.
        designs: usize,
        /// Designs that may still be cheaper than the best.
        open: u64,
        /// The best so far.
        best: Option<DesignResult>,
    },
    /// A part of a study begins.
    Stage {
        /// What is simulated in it.
        name: &'static str,
        /// How far a screening is.
        screened: Option<Screened<'n>>,
    },
    /// It is over.
    StageOver,
}

/// How far a screening is.
#[derive(Clone, Copy, Debug)]
pub struct Screened<'n> {
    /// Parameters that are decided.
    pub decided: usize,
    /// All parameters.
    pub parameters: usize,
    /// The parameter with the largest swing so far, the metric that swings and by how much.
    pub largest: Option<(&'n str, &'n Metric, f64)>,
    /// Share of all replications, at most, before and after this stage.
    pub from: f64,
    /// See `from`.
    pub to: f64,
}
