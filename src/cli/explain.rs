//! `cmgsim explain CODE`.

use clap::Args;

use crate::scenario::diagnose::code;

use super::failure::Failure;
use super::output;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code of an error, for example CMG0302; without one, all are listed.
    code: Option<String>,
}

impl Explain {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let Some(wanted) = &self.code else {
            let lines = code::ALL.iter().map(|(code, text)| format!("{code}  {text}\n"));
            return output::print(&lines.collect::<String>());
        };
        match code::explain(wanted) {
            Some(text) => output::print(&format!("{}: {text}\n", wanted.to_uppercase())),
            None => Err(Failure::Usage(format!(
                "there is no error code `{wanted}`; `cmgsim explain` lists them"
            ))),
        }
    }
}
