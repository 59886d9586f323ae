//! Reasons why a command fails, with their messages and exit codes.

use std::io;

use crate::experiment::RunError;
use crate::report::chart::DrawError;
use crate::report::html::PageError;
use crate::results::store::StoreError;
use crate::scenario::Problems;
use crate::scenario::diagnose::code;
use crate::study::Error;
use crate::study::sizing::DESIGNS_MAX;
use crate::study::sweep::design::DesignError;
use crate::study::sweep::{SweepError, UnitError};

use super::exit::Exit;
use super::output::{RED, labelled};

/// Reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the scenario is invalid")]
    Scenario(Box<Problems>),
    #[error("{0}")]
    TooMuch(String),
    /// The command cannot use a file or folder as requested.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A folder other than the results folder cannot be used; `option` names it.
    #[error("{}", error.to_string().replace("--out", option))]
    OtherFolder { error: StoreError, option: &'static str },
    #[error(transparent)]
    Draw(#[from] DrawError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error("{what}: {cause}")]
    System { what: String, cause: io::Error },
    #[error("{0}")]
    Differs(String),
    /// A metric differs from the baseline.
    #[error("{0}")]
    Changed(String),
    /// A decision needs more replications.
    #[error("{0}")]
    Undecided(String),
    /// The reader closed the pipe, which counts as success.
    #[error("the output was closed")]
    BrokenPipe,
    #[error("interrupted: {0}")]
    Interrupted(String),
    #[error("time limit reached: {0}")]
    OutOfTime(String),
    /// Failure after the result was printed. With JSON output, standard output already contains the
    /// document of the result, so the error is not printed there.
    #[error(transparent)]
    AfterResult(Box<Failure>),
}

impl From<Error> for Failure {
    /// The messages name command-line options. A caller that knows why a study was stopped replaces
    /// the message.
    fn from(error: Error) -> Self {
        match error {
            Error::Scenario(problems) => Failure::Scenario(problems),
            Error::Request(text) => Failure::Usage(text),
            Error::Option { option, text, why } => {
                Failure::Usage(format!("cannot use --{option} {text}: {why}"))
            }
            Error::TooManyDesigns(space) => Failure::TooMuch(format!(
                "{space} designs are too many to search; use --find with fewer values (at most \
                 {DESIGNS_MAX} designs)"
            )),
            Error::NothingToVary { is_limited } => Failure::Usage(format!(
                "no assumed parameter{} can be varied: the scenario must use the parameter and \
                 keep its assumed default, or [[measured]] must have its interval; `cmgsim check \
                 --resolved` shows the assumed values",
                if is_limited { " that matches --only" } else { "" }
            )),
            Error::Sweep(error) => error.into(),
            Error::Run(error) => error.into(),
            Error::Stopped(what) => Failure::Interrupted(what),
        }
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Design(DesignError::TooMany { .. }) => Failure::TooMuch(error.to_string()),
            SweepError::Twice(_) | SweepError::Design(_) => Failure::Usage(error.to_string()),
            SweepError::Scenario { problems, .. } => Failure::Scenario(problems),
            SweepError::Unit(error) => Failure::Unit(error),
            SweepError::Journal(error) => Failure::Store(error),
        }
    }
}

impl Failure {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Failure::BrokenPipe => Exit::Done,
            Failure::Usage(_) => Exit::Usage,
            Failure::Scenario(_) | Failure::TooMuch(_) | Failure::Refused(_) => Exit::Scenario,
            Failure::Differs(_) => Exit::NotMet,
            Failure::Changed(_) => Exit::Changed,
            Failure::OutOfTime(_) | Failure::Undecided(_) => Exit::Undecided,
            Failure::Interrupted(_) => Exit::Interrupted,
            Failure::AfterResult(failure) => failure.exit(),
            _ => Exit::Failed,
        }
    }

    /// Returns whether a result was printed before the failure.
    pub(super) fn is_after_result(&self) -> bool {
        matches!(self, Failure::AfterResult(_) | Failure::BrokenPipe)
    }

    /// Returns the message as coloured text.
    pub(super) fn to_text(&self) -> String {
        match self {
            Failure::BrokenPipe => String::new(),
            Failure::Scenario(problems) => problems.render(true),
            other => labelled(RED, "error", &other.to_string()),
        }
    }

    /// Returns the message as JSON.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let plain = |code: &str| serde_json::json!({ "error": { "code": code, "message": self.to_string() } });
        match self {
            Failure::TooMuch(_) => plain(code::TOO_MUCH),
            Failure::Scenario(problems) => {
                let list = problems.to_json();
                let first = list.get(0).cloned().unwrap_or_default();
                serde_json::json!({ "error": {
                    "code": first["code"],
                    "message": first["message"],
                    "span": { "file": first["file"], "line": first["line"],
                              "column": first["column"] },
                    "problems": list,
                }})
            }
            _ => plain("failed"),
        }
    }
}
