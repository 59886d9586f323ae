//! `cmgsim preset list|show`: lists and prints the embedded scenarios.

use std::path::PathBuf;

use clap::Subcommand;

use crate::scenario::{diagnose::nearest, preset};

use super::failure::Failure;
use super::{Format, inputs, output};

#[derive(Debug, Subcommand)]
pub(super) enum Preset {
    /// List names and questions of embedded scenarios
    List {
        /// Print the list as FORMAT
        #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
        format: Format,
    },
    /// Print an embedded scenario, or write it to a file
    Show {
        /// Name of the scenario
        name: String,
        /// Write the scenario to FILE instead of printing it; an existing FILE is refused
        #[arg(long, value_name = "FILE", help_heading = "Output")]
        out: Option<PathBuf>,
        /// Print the scenario as FORMAT
        #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
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
            Preset::Show { name, out, format } => {
                let text = preset::text(name).ok_or_else(|| unknown(name))?;
                let is_file = |out: &&PathBuf| out.as_os_str() != "-";
                let out = out.as_ref().filter(is_file).map(PathBuf::as_path);
                // Refuse to overwrite a file, because users edit scenarios, unlike other documents.
                out.map_or(Ok(()), inputs::refuse_existing)?;
                match (out, format) {
                    (None, Format::Json) => {
                        let document = serde_json::json!({ "name": name, "text": text });
                        output::print(&format!("{document:#}\n"))
                    }
                    _ => output::print_or_write(text, out, *format),
                }
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
    Failure::Usage(format!(
        "`{name}` is not an embedded scenario{hint}; `cmgsim preset list` lists them"
    ))
}
