//! `cmgsim params [PATTERN]`: the catalogue.

use std::collections::BTreeSet;

use clap::Args;

use crate::catalogue::{Catalogue, Parameter};

use crate::scenario::diagnose::nearest;
use crate::terms::MetricFamily;

use super::Format;
use super::failure::Failure;
use super::output;

#[derive(Debug, Args)]
pub(super) struct Params {
    /// Part of a path, in which * stands for anything, or the path of a section or key: probe,
    /// gateway*demand, gateway.main, cohort.remote.retry
    #[arg(default_value = "")]
    pattern: String,
    /// List the figures of a run instead: what --metric, [slo] and tables of results name.
    #[arg(long = "metrics")]
    figures: bool,
    /// How to print them.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

impl Params {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        if self.figures {
            return self.print_metrics();
        }
        let found = Catalogue::builtin().search(&self.pattern);
        if found.is_empty() {
            return Err(Failure::Usage(format!(
                "no parameter's path contains `{}`{}; `cmgsim params` lists all",
                self.pattern,
                self.suggestion(),
            )));
        }
        match self.format {
            Format::Json => {
                let list: Vec<serde_json::Value> = found.into_iter().map(to_json).collect();
                output::print(&format!("{:#}\n", serde_json::Value::from(list)))
            }
            Format::Text => {
                let text: String = found.into_iter().map(to_text).collect();
                output::print(&text)
            }
        }
    }
}

impl Params {
    /// The nearest section or key, if there is one.
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
                "no figure's name contains `{}`; `cmgsim params --metrics` lists all",
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
                output::print(&format!("{:#}\n", serde_json::Value::from(list)))
            }
            Format::Text => {
                let line = |one: MetricFamily| {
                    format!("{:<22} {:<15} {}\n", one.name(), one.unit().symbol(), one.doc())
                };
                let text: String = found.map(line).collect();
                output::print(&text)
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
        text.push_str("   (not set by this path)");
    }
    text.push_str(&format!("\n    {}\n    {}", parameter.doc, parameter.provenance));
    if !parameter.source.is_empty() {
        text.push_str(&format!(": {}", parameter.source));
    }
    text.push_str("\n\n");
    text
}

/// The default.
fn shown(parameter: &Parameter) -> String {
    match &parameter.value {
        Some(value) => value.to_string(),
        None if parameter.optional => "(none)".to_owned(),
        None => "(must be written)".to_owned(),
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
