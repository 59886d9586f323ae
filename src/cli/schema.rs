//! `cmgsim schema`.

use clap::Args;

use crate::scenario::schema;

use super::failure::Failure;
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// JSON in both cases; `json` lets errors be JSON too.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

impl Schema {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        output::print(&format!("{:#}\n", schema::json_schema()))
    }
}
