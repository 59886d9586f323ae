//! `cmgsim preset list|show`: the embedded scenarios.

use clap::Subcommand;

use crate::scenario::{diagnose::nearest, preset};

use super::failure::Failure;
use super::output;

#[derive(Debug, Subcommand)]
pub(super) enum Preset {
    /// Names and questions.
    List,
    /// The text of one.
    Show {
        /// Its name.
        name: String,
    },
}

impl Preset {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        match self {
            Preset::List => {
                let lines = preset::ALL.iter().map(|(name, text)| {
                    let question = text.lines().find_map(|line| line.strip_prefix("question = "));
                    format!("{name:<28} {}\n", question.unwrap_or("").trim_matches('"'))
                });
                output::print(&lines.collect::<String>())
            }
            Preset::Show { name } => match preset::text(name) {
                Some(text) => output::print(text),
                None => {
                    let names = preset::ALL.iter().map(|(name, _)| *name);
                    let hint = nearest(name, names)
                        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    Err(Failure::Usage(format!("there is no embedded scenario `{name}`{hint}")))
                }
            },
        }
    }
}
