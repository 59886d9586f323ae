//! `cmgsim man`: the manual pages, made from the definitions of the arguments.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use crate::results::store::write_file;

use super::failure::Failure;
use super::{Arguments, output};

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write the pages of all verbs into this folder instead of printing that of cmgsim.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let mut command = Arguments::command().disable_help_subcommand(true);
        command.build();
        let Some(folder) = &self.out else {
            return output::print(&String::from_utf8_lossy(&page(&command)?));
        };
        std::fs::create_dir_all(folder).map_err(|cause| Failure::System {
            what: format!("cannot make the folder {}", folder.display()),
            cause,
        })?;
        let count = write_pages(&command, folder)?;
        if output::is_quiet() {
            return Ok(());
        }
        output::print(&format!("wrote {count} pages to {}\n", folder.display()))
    }
}

/// The page of a verb.
fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let outcome = Page::new(command.clone()).render(&mut text);
    let error = |cause| Failure::System { what: "cannot make the page".to_owned(), cause };
    outcome.map(|()| text).map_err(error)
}

/// The pages of a verb and those below it: `cmgsim-preset-list.1`.
fn write_pages(command: &Command, folder: &Path) -> Result<usize, Failure> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    write_file(&folder.join(format!("{name}.1")), &page(command)?)?;
    let mut count = 1;
    for verb in command.get_subcommands() {
        count += write_pages(verb, folder)?;
    }
    Ok(count)
}
