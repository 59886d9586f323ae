//! What is said of a sweep that is not finished: what there is, and what to type to go on.

use std::path::Path;

use clap::ValueEnum;

use crate::report::format;
use crate::results::store::Store;

use super::super::failure::Failure;
use super::super::output;
use super::super::progress::Progress;
use super::Sweep;

impl Sweep {
    /// Says what is left of a sweep that failed.
    pub(super) fn failed(&self, store: &Store, failure: Failure) -> Failure {
        // If this cannot be said, the failure still is.
        let _ = output::print_error(&format!(
            "what is finished stays in {}; when the cause is gone, go on with\n  {}\n",
            store.journal().display(),
            self.command_to_resume(store.folder())
        ));
        failure
    }

    /// Why not all units are finished.
    pub(super) fn stopped(
        &self,
        store: &Store,
        finished: usize,
        left: usize,
        progress: &Progress,
    ) -> Failure {
        let kept = format!(
            "{} units are finished, {} are left; go on with\n  {}",
            format::count(finished as u64),
            format::count(left as u64),
            self.command_to_resume(store.folder())
        );
        match progress.is_out_of_memory() {
            true => Failure::TooMuch(format!(
                "the units together needed more memory than is allowed (--max-memory), so the \
                 sweep was stopped: fewer --jobs; {kept}"
            )),
            false => Failure::Interrupted(kept),
        }
    }

    /// The command, as a shell reads it.
    fn command_to_resume(&self, folder: &Path) -> String {
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
            add("--metric", name.clone());
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
