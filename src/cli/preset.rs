//! `cmgsim preset list|show`: the embedded scenarios.

use clap::Subcommand;

use crate::scenario::{diagnose::nearest, preset};

use super::failure::Failure;
use super::{Format, output};

#[derive(Debug, Subcommand)]
pub(super) enum Preset {
    /// Names and questions.
    List {
        /// How to print them.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
    /// The text of one.
    Show {
        /// Its name.
        name: String,
        /// How to print it and errors.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
}

impl Preset {
    pub(super) fn format(&self) -> Format {
        match self {
            Preset::List { format } | Preset::Show { format, .. } => *format,
        }
    }

    pub(super) fn execute(&self) -> Result<(), Failure> {
        match self {
            Preset::List { format } => output::print(&list(*format)),
            Preset::Show { name, format } => {
                let text = preset::text(name).ok_or_else(|| unknown(name))?;
                output::print(&match format {
                    Format::Text => text.to_owned(),
                    Format::Json => {
                        format!("{:#}\n", serde_json::json!({ "name": name, "text": text }))
                    }
                })
            }
        }
    }
}

fn list(format: Format) -> String {
    let all = preset::ALL.iter().map(|(name, text)| {
        let question = text.lines().find_map(|line| line.strip_prefix("question = "));
        (name, question.unwrap_or("").trim_matches('"'))
    });
    match format {
        Format::Text => all.map(|(name, question)| format!("{name:<28} {question}\n")).collect(),
        Format::Json => {
            let one = |(name, question)| serde_json::json!({ "name": name, "question": question });
            format!("{:#}\n", all.map(one).collect::<serde_json::Value>())
        }
    }
}

fn unknown(name: &str) -> Failure {
    let names = preset::ALL.iter().map(|(name, _)| *name);
    let hint =
        nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Failure::Usage(format!("there is no embedded scenario `{name}`{hint}"))
}
