//! `cmgsim schema`.

use clap::{Args, ValueEnum};

use crate::report::results_reference;
use crate::results::{json, tables};
use crate::scenario::schema;

use super::failure::Failure;
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// What to describe.
    #[arg(long, value_name = "WHAT", default_value = "scenario")]
    of: What,
    /// The same in both cases; `json` lets errors be JSON too.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// What has a form that is promised.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Scenario files: a JSON Schema.
    Scenario,
    /// summary.json: a JSON Schema.
    Summary,
    /// The files of a results folder and every column of its tables: Markdown, as docs/results.md.
    Results,
}

impl Schema {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        output::print(&match self.of {
            What::Scenario => format!("{:#}\n", schema::json_schema()),
            What::Summary => format!("{:#}\n", json::summary_schema().to_value()),
            What::Results => results_reference::page(&tables::all()),
        })
    }
}
