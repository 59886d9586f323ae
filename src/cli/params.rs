//! `cmgsim params [PATTERN]`: lists parameters or metrics.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::catalogue::{Catalogue, Parameter};

use crate::scenario::diagnose::nearest;
use crate::terms::MetricFamily;

use super::Format;
use super::failure::Failure;
use super::output;

#[derive(Debug, Args)]
pub(super) struct Params {
    /// Part of a parameter's path, for example probe or gateway.main [default: all parameters]
    ///
    /// A * stands for any text: gateway*demand.
    #[arg(default_value = "", hide_default_value = true)]
    pattern: String,
    /// List metrics instead of parameters: the names for --metric, [slo] and result tables
    #[arg(long, help_heading = "Output")]
    metrics: bool,
    /// Write the list to FILE instead of printing it; FILE is overwritten
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print the list as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

impl Params {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        if self.metrics {
            return self.print_metrics();
        }
        let found = Catalogue::builtin().search(&self.pattern);
        if found.is_empty() {
            return Err(Failure::Usage(format!(
                "no parameter has a path with `{}`{}; `cmgsim params` lists all parameters",
                self.pattern,
                self.suggestion(),
            )));
        }
        match self.format {
            Format::Json => {
                let list: Vec<serde_json::Value> = found.into_iter().map(to_json).collect();
                self.print(&format!("{:#}\n", serde_json::Value::from(list)))
            }
            Format::Text => {
                let text: String = found.into_iter().map(to_text).collect();
                self.print(&text)
            }
        }
    }
}

impl Params {
    /// Prints the list, or writes it to the file of `--out`.
    fn print(&self, text: &str) -> Result<(), Failure> {
        output::print_or_write(text, self.out.as_deref(), self.format)
    }

    /// Returns a suggestion of the nearest section or key.
    fn suggestion(&self) -> String {
        let paths = Catalogue::builtin().parameters().iter().map(|one| one.path.as_str());
        let names: BTreeSet<&str> =
            paths.flat_map(|path| path.split('.')).filter(|name| *name != "*").collect();
        let wrong = self.pattern.split(['.', '*', '[', ']']);
        let mut wrong = wrong.filter(|part| !part.is_empty() && !names.contains(part));
        let near = wrong.find_map(|part| nearest(part, names.iter().copied()));
        near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
    }

    fn print_metrics(&self) -> Result<(), Failure> {
        let all = MetricFamily::of_run();
        let found: Vec<_> = all.filter(|one| one.name().contains(&self.pattern)).collect();
        if found.is_empty() {
            return Err(Failure::Usage(format!(
                "no metric has a name with `{}`; `cmgsim params --metrics` lists all metrics",
                self.pattern
            )));
        }
        let found = found.into_iter();
        match self.format {
            Format::Json => {
                let list: Vec<serde_json::Value> = found
                    .map(|one| {
                        serde_json::json!({ "name": one.name(), "unit": one.unit(),
                                            "better": one.better(), "doc": one.doc() })
                    })
                    .collect();
                self.print(&format!("{:#}\n", serde_json::Value::from(list)))
            }
            Format::Text => {
                let line = |one: MetricFamily| {
                    format!("{:<22} {:<15} {}\n", one.name(), one.unit().symbol(), one.doc())
                };
                let text: String = found.map(line).collect();
                self.print(&text)
            }
        }
    }
}

fn to_text(parameter: &Parameter) -> String {
    let mut text = format!("{} = {}", parameter.path, shown(parameter));
    if let (Some(low), Some(high)) = (&parameter.low, &parameter.high) {
        text.push_str(&format!("   plausible: {low} to {high}"));
    }
    if !parameter.settable {
        text.push_str("   (cannot be set through this path)");
    }
    text.push_str(&format!("\n    {}\n    {}", parameter.doc, parameter.provenance));
    if !parameter.source.is_empty() {
        text.push_str(&format!(": {}", parameter.source));
    }
    text.push_str("\n\n");
    text
}

/// Returns the default value as text.
fn shown(parameter: &Parameter) -> String {
    match &parameter.value {
        Some(value) => value.to_string(),
        None if parameter.optional => "(none)".to_owned(),
        None => "(required)".to_owned(),
    }
}

fn to_json(parameter: &Parameter) -> serde_json::Value {
    let text = |value: &Option<toml::Value>| value.as_ref().map(ToString::to_string);
    serde_json::json!({
        "path": parameter.path,
        "default": text(&parameter.value),
        "low": text(&parameter.low),
        "high": text(&parameter.high),
        "min": text(&parameter.min),
        "max": text(&parameter.max),
        "settable": parameter.settable,
        "provenance": parameter.provenance.word(),
        "source": parameter.source,
        "doc": parameter.doc,
    })
}
