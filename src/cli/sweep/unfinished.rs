//! Messages about an incomplete sweep, with the command that resumes it.

use std::path::Path;

use clap::ValueEnum;

use crate::report::format;
use crate::results::store::Store;

use super::super::failure::Failure;
use super::super::output;
use super::super::progress::Progress;
use super::Sweep;

impl Sweep {
    /// Prints how to resume a sweep that failed.
    pub(super) fn failed(&self, store: &Store, failure: Failure) -> Failure {
        // Report the failure even if this message cannot be printed.
        let _ = output::print_error(&format!(
            "completed replications are in {}; fix the cause, then resume with\n  {}\n",
            store.journal().display(),
            self.command_to_resume(store.folder())
        ));
        failure
    }

    /// Returns the reason why some units are missing.
    pub(super) fn stopped(
        &self,
        store: &Store,
        finished: usize,
        left: usize,
        progress: &Progress,
    ) -> Failure {
        let kept = format!(
            "{} replications (over all points) are complete, {} are missing; resume with\n  {}",
            format::count(finished as u64),
            format::count(left as u64),
            self.command_to_resume(store.folder())
        );
        match progress.is_out_of_memory() {
            true => Failure::TooMuch(format!(
                "the sweep was stopped because parallel replications needed more memory than \
                 --max-memory allows; use fewer --jobs; {kept}"
            )),
            false => Failure::Interrupted(kept),
        }
    }

    /// Returns the command that resumes the sweep, quoted for a shell.
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
        for name in &self.metric {
            add("--metric", name.clone());
        }
        if let Some(shard) = self.shard {
            add("--shard", shard.to_string());
        }
        if let Some(address) = &self.dask {
            add("--dask", address.clone());
        }
        for (name, value) in self.results.tables.typed().into_iter().chain(self.charts.typed()) {
            add(name, value);
        }
        add("--resume", folder.display().to_string());
        format::command(words.iter().map(String::as_str))
    }
}
