//! What to type to go on with a sweep that was stopped.

use std::path::Path;

use clap::ValueEnum;

use crate::report::format;

use super::Sweep;

impl Sweep {
    /// The command, as a shell reads it.
    pub(super) fn command_to_resume(&self, folder: &Path) -> String {
        let mut words = vec!["cmgsim".to_owned(), "sweep".to_owned()];
        words.push(self.scenario.scenario.clone());
        let mut add = |name: &str, value: String| words.extend([name.to_owned(), value]);
        for text in &self.vary {
            add("--vary", text.clone());
        }
        for text in &self.scenario.overrides {
            add("--set", text.clone());
        }
        if let Some(seed) = self.scenario.seed {
            add("--seed", seed.to_string());
        }
        if let Some(name) = self.design.to_possible_value() {
            add("--design", name.get_name().to_owned());
        }
        if let Some(points) = self.points {
            add("--points", points.to_string());
        }
        add("--replications", self.replications.to_string());
        add("--confidence", format!("{}%", 100.0 * self.confidence));
        for name in &self.measure {
            add("--measure", name.clone());
        }
        if let Some(shard) = self.shard {
            add("--shard", shard.to_string());
        }
        if let Some(formats) = self.results.tables.typed() {
            add("--tables", formats);
        }
        for (name, value) in self.charts.typed() {
            add(name, value);
        }
        add("--resume", folder.display().to_string());
        format::command(words.iter().map(String::as_str))
    }
}
