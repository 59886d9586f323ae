//! Why a command failed: what is said, and the exit code.

use std::io;

use crate::experiment::RunError;
use crate::report::chart::DrawError;
use crate::results::store::StoreError;
use crate::scenario::Problems;

use super::Format;
use super::output;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the scenario is invalid")]
    Scenario(Box<Problems>),
    #[error("{0}")]
    TooMuch(String),
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Draw(#[from] DrawError),
    #[error("{what}: {cause}")]
    System { what: String, cause: io::Error },
    /// Whoever reads our output has had enough: a success.
    #[error("the output was closed")]
    BrokenPipe,
    #[error("interrupted: {0}")]
    Interrupted(String),
    #[error("the time limit is over: {0}")]
    OutOfTime(String),
}

impl Failure {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Failure::BrokenPipe => 0,
            Failure::Usage(_) => 2,
            Failure::Scenario(_) | Failure::TooMuch(_) => 3,
            Failure::OutOfTime(_) => 6,
            Failure::Interrupted(_) => 130,
            _ => 1,
        }
    }

    /// Prints it: to the error stream for people, as a document for programs.
    pub(super) fn report(&self, format: Format) {
        // If even this cannot be printed there is nobody left to tell.
        match (self, format) {
            (Failure::BrokenPipe, _) => {}
            (_, Format::Json) => {
                let _ = output::print(&format!("{:#}\n", self.to_json()));
            }
            (Failure::Scenario(problems), Format::Text) => {
                let _ = output::print_error(&problems.render(true));
            }
            (other, Format::Text) => {
                let _ = output::print_error(&format!("error: {other}\n"));
            }
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let code = match self {
            Failure::Scenario(_) => None,
            Failure::TooMuch(_) => Some("CMG0801"),
            Failure::Interrupted(_) => Some("interrupted"),
            Failure::OutOfTime(_) => Some("time_limit"),
            _ => Some("failed"),
        };
        match self {
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
            other => serde_json::json!({
                "error": { "code": code, "message": other.to_string() }
            }),
        }
    }
}
