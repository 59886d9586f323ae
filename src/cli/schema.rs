//! `cmgsim schema`: prints or writes the JSON Schema of scenarios and other references.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::report::results_reference;
use crate::results::{json, tables};
use crate::scenario::schema;

use super::failure::Failure;
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Choose the document
    ///
    /// scenario: JSON Schema of scenario files. summary: JSON Schema of summary.json. results:
    /// Markdown page with every file of a results folder and every column of its tables.
    #[arg(long, value_name = "WHAT", default_value = "scenario", help_heading = "Output")]
    of: What,
    /// Write the document to FILE instead of printing it; FILE is overwritten
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print errors as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

/// A document that describes a file format.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// JSON Schema of scenario files.
    Scenario,
    /// JSON Schema of summary.json.
    Summary,
    /// Markdown page of the files in a results folder and the columns of its tables.
    Results,
}

impl Schema {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let text = match self.of {
            What::Scenario => format!("{:#}\n", schema::json_schema()),
            What::Summary => format!("{:#}\n", json::summary_schema().to_value()),
            What::Results => results_reference::page(&tables::all()),
        };
        output::print_or_write(&text, self.out.as_deref(), self.format)
    }
}
