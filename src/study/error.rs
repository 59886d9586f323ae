//! Errors of studies.

use crate::experiment::RunError;
use crate::scenario::Problems;

use super::sizing::DESIGNS_MAX;
use super::sweep::SweepError;

/// Reason why a study has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario is invalid; contains all problems.
    #[error("the scenario is invalid:\n{}", .0.render(false))]
    Scenario(Box<Problems>),
    /// The request is not possible with this scenario; the text contains the reason and the
    /// alternatives.
    #[error("{0}")]
    Request(String),
    /// An option has an invalid value.
    #[error("cannot use {option} {text}: {why}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Value of the option.
        text: String,
        /// Reason why the value is invalid.
        why: String,
    },
    /// The space of a sizing has too many designs.
    #[error("the space has {0} designs, but the limit is {DESIGNS_MAX}: specify fewer values")]
    TooManyDesigns(u64),
    /// No assumed parameter that the scenario uses at its default can be varied.
    #[error(
        "{} can be varied: the scenario must use the parameter and keep its assumed default",
        if *.is_limited { "none of the requested parameters" } else { "no parameter" }
    )]
    NothingToVary {
        /// Whether the user restricted the study to some parameters.
        is_limited: bool,
    },
    /// A sweep failed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A simulation has no valid result.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The watch stopped the study before it had a result.
    #[error("stopped: {0}")]
    Stopped(String),
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Error::Scenario(Box::new(problems))
    }
}
