//! Why a study has no result.

use crate::experiment::RunError;
use crate::scenario::Problems;

/// Why a study has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A scenario is invalid: every problem of it.
    #[error("the scenario is invalid:\n{}", .0.render(false))]
    Scenario(Box<Problems>),
    /// What is asked for cannot be done with this scenario; the text says why, and what can be.
    #[error("{0}")]
    Request(String),
    /// It is more than can be done.
    #[error("{0}")]
    TooMuch(String),
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
