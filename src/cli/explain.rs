//! `cmgsim explain CODE`: explains an error code.

use clap::Args;

use crate::scenario::diagnose::code;

use super::failure::Failure;
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Error code, for example CMG0302 [default: list all codes]
    code: Option<String>,
    /// Print the explanation as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

impl Explain {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let to_json = |code: &str, text: &str| serde_json::json!({ "code": code, "text": text });
        let Some(wanted) = &self.code else {
            return output::print(&match self.format {
                Format::Text => {
                    code::ALL.iter().map(|(code, text)| format!("{code}  {text}\n")).collect()
                }
                Format::Json => {
                    let all = code::ALL.iter().map(|(code, text)| to_json(code, text));
                    format!("{:#}\n", all.collect::<serde_json::Value>())
                }
            });
        };
        let is_number = !wanted.is_empty() && wanted.chars().all(|one| one.is_ascii_digit());
        let wanted = &if is_number { format!("CMG{wanted:0>4}") } else { wanted.clone() };
        let Some(text) = code::explain(wanted) else {
            return Err(Failure::Usage(format!(
                "`{wanted}` is not an error code; `cmgsim explain` lists all codes"
            )));
        };
        let code = wanted.to_uppercase();
        output::print(&match self.format {
            Format::Text => format!("{code}: {text}\n"),
            Format::Json => format!("{:#}\n", to_json(&code, text)),
        })
    }
}
