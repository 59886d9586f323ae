//! `cmgsim man`: generates manual pages from the definitions of subcommands and options.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man as Page;

use crate::results::store::write_file;

use super::failure::Failure;
use super::output;

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write the pages of all commands to DIR instead of printing the page of cmgsim
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let mut command = super::command().disable_help_subcommand(true);
        command.build();
        let Some(folder) = &self.out else {
            return output::print(&String::from_utf8_lossy(&page(&command)?));
        };
        std::fs::create_dir_all(folder).map_err(|cause| Failure::System {
            what: format!("cannot create the folder {}", folder.display()),
            cause,
        })?;
        let count = write_pages(&command, folder)?;
        if output::is_quiet() {
            return Ok(());
        }
        output::print(&format!("wrote {count} pages to {}\n", folder.display()))
    }
}

/// Returns the page of a subcommand.
fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let outcome = Page::new(command.clone()).render(&mut text);
    let error = |cause| Failure::System { what: "cannot create the manual page".to_owned(), cause };
    outcome.map(|()| text).map_err(error)
}

/// Writes the pages of a subcommand and its own subcommands, for example `cmgsim-preset-list.1`.
fn write_pages(command: &Command, folder: &Path) -> Result<usize, Failure> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    write_file(&folder.join(format!("{name}.1")), &page(command)?)?;
    let mut count = 1;
    for verb in command.get_subcommands() {
        count += write_pages(verb, folder)?;
    }
    Ok(count)
}
