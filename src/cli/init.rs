//! `cmgsim init`: a commented scenario to start from.

use std::path::PathBuf;

use clap::Args;

use crate::results::store;
use crate::scenario::starter;

use super::failure::Failure;
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The file to write; - prints it.
    #[arg(value_name = "FILE", default_value = "scenario.toml")]
    file: PathBuf,
    /// Clients of the first cohort.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    clients: u32,
    /// Overwrite a file that is there.
    #[arg(long)]
    force: bool,
    /// How to print what was done and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

impl Init {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let text = starter::text(self.clients);
        if self.file.as_os_str() == "-" {
            return output::print(&match self.format {
                Format::Text => text,
                Format::Json => format!("{:#}\n", serde_json::json!({ "text": text })),
            });
        }
        if self.file.symlink_metadata().is_ok() && !self.force {
            return Err(Failure::Usage(format!(
                "{} exists; name another file, or --force",
                self.file.display()
            )));
        }
        store::write_file(&self.file, text.as_bytes())?;
        let file = self.file.display();
        output::print(&match self.format {
            Format::Json => {
                format!("{:#}\n", serde_json::json!({ "wrote": file.to_string() }))
            }
            Format::Text if output::is_quiet() => return Ok(()),
            Format::Text => format!(
                "wrote {file}\nnext: edit it, then `cmgsim check {file}` and `cmgsim run {file}`\n"
            ),
        })
    }
}
