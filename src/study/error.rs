//! Why a study has no result.

use crate::experiment::RunError;
use crate::scenario::Problems;

use super::sizing::DESIGNS_MAX;
use super::sweep::SweepError;

/// This says why a study has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A scenario is invalid: every problem of it.
    #[error("the scenario is invalid:\n{}", .0.render(false))]
    Scenario(Box<Problems>),
    /// What is asked for cannot be done with this scenario; the text says why, and what can be.
    #[error("{0}")]
    Request(String),
    /// An option cannot be used.
    #[error("cannot use {option} {text}: {why}")]
    Option {
        /// Which.
        option: &'static str,
        /// What it says.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A sizing has too many designs.
    #[error(
        "{0} designs cannot be searched: choose among fewer values ({DESIGNS_MAX} designs at most)"
    )]
    TooManyDesigns(u64),
    /// A scenario reads no assumed parameter at its default that can be varied.
    #[error(
        "the scenario reads no assumed parameter{} at its default that can be varied",
        if *.is_limited { " of those asked for" } else { "" }
    )]
    NothingToVary {
        /// Whether only some parameters were asked for.
        is_limited: bool,
    },
    /// A sweep has no result.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A simulation has no result that one may use.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The watch stopped it before there was anything to report.
    #[error("stopped: {0}")]
    Stopped(String),
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Error::Scenario(Box::new(problems))
    }
}
