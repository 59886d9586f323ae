//! `cmgsim completions SHELL`: prints a completion script.

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;
use super::output;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Shell that runs the script
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "cmgsim", &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}
