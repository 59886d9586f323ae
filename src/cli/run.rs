//! `cmgsim run`: simulates a scenario, prints what it found and stores everything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rayon::prelude::*;

use crate::experiment::{self, RunError, estimate};
use crate::published_limits;
use crate::report::chart;
use crate::report::{format, table};
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::{Store, StoreError};
use crate::results::{RESULTS_VERSION, RunResult, csv, json};
use crate::scenario::Scenario;

use super::failure::Failure;
use super::progress::{self, Progress};
use super::scenario::{ScenarioArguments, info};
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Folder for the results [default: output/SCENARIO/TIME-HASH].
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT")]
    out: Option<PathBuf>,
    /// Print nothing but the folder of the results.
    #[arg(short, long)]
    quiet: bool,
    /// How to print the summary and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Refuse a scenario that is estimated to take more events.
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000_000)]
    max_events: u64,
    /// Refuse a scenario that is estimated to need more memory, in MiB [default: 80 % of what is
    /// available].
    #[arg(long, value_name = "MIB")]
    max_memory: Option<u64>,
    /// Stop after so many seconds, keep what is there by then, and exit with 6.
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

/// A chart, a table or another file, ready to be stored.
type NamedBytes = (String, Vec<u8>);

impl Run {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let scenario = self.scenario.load()?;
        let memory_max = self.memory_max();
        self.refuse_too_much(&scenario, memory_max)?;
        let started = jiff::Timestamp::now();
        let info = info(&scenario);
        let store = match &self.out {
            Some(folder) => Store::create(folder)?,
            None => default_store(&info.name, &info.hash, started)?,
        };
        let folder = store.folder().to_path_buf();
        progress::catch_interrupts()?;
        let simulated = info.warm_up_seconds + info.duration_seconds;
        let limit = self.time_limit.map(Duration::from_secs);
        let is_silent = self.quiet || self.format == Format::Json;
        let progress = Progress::new(is_silent, simulated, limit, memory_max);
        let outcome = experiment::run(&scenario.config, &info, &published_limits(), &progress);
        let wall = progress.elapsed();
        progress.finish();
        let result = match outcome {
            Ok(result) => result,
            Err(error) => {
                store.discard_if_empty();
                return Err(match error {
                    RunError::NothingMeasured => why_stopped(&progress, error.to_string()),
                    error => error.into(),
                });
            }
        };
        let stopped = (!result.is_complete)
            .then(|| why_stopped(&progress, partial(&progress, &result, &folder)));
        let timing = Timing {
            started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            wall_seconds: wall.as_secs_f64(),
            events_per_second: result.events as f64 / wall.as_secs_f64().max(1e-9),
        };
        let manifest = self.manifest(&result, stopped.is_none(), timing.clone());
        // What was computed is told even if it cannot be stored.
        let stored = self.store(&store, &scenario, &result, manifest);
        let printed = self.print(&result, &timing, stored.is_ok().then_some(&folder));
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        match stopped {
            Some(failure) => Err(after_result(failure)),
            None => printed,
        }
    }

    /// Bytes the simulation may take, if that can be told.
    fn memory_max(&self) -> Option<u64> {
        let given = self.max_memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        given.or_else(|| available_memory().map(|bytes| bytes / 5 * 4))
    }

    /// Refuses what would take for ever or more memory than there is, before the first event.
    fn refuse_too_much(&self, scenario: &Scenario, memory_max: Option<u64>) -> Result<(), Failure> {
        let estimate = estimate::estimate(&scenario.config, &published_limits());
        if estimate.events > self.max_events as f64 {
            return Err(Failure::TooMuch(format!(
                "this scenario takes about {:.1e} events, more than --max-events {}: shorten \
                 `duration`, or raise the limit",
                estimate.events, self.max_events
            )));
        }
        if let Some(allowed) = memory_max.filter(|allowed| estimate.memory_bytes > *allowed) {
            return Err(Failure::TooMuch(format!(
                "this scenario needs about {} of memory, and {} are allowed: fewer clients, a \
                 longer `interval`, or --max-memory",
                format::bytes(estimate.memory_bytes),
                format::bytes(allowed)
            )));
        }
        Ok(())
    }

    fn manifest(&self, result: &RunResult, is_complete: bool, timing: Timing) -> Manifest {
        Manifest {
            cmgsim_version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("CMGSIM_COMMIT").to_owned(),
            target: env!("CMGSIM_TARGET").to_owned(),
            results_version: RESULTS_VERSION,
            scenario: result.scenario.name.clone(),
            scenario_hash: result.scenario.hash.clone(),
            asked: self.scenario.scenario.clone(),
            overrides: self.scenario.overrides(),
            seed: result.scenario.seed,
            state: if is_complete { "complete" } else { "interrupted" }.to_owned(),
            events: result.events,
            files: Default::default(),
            timing,
        }
    }

    fn store(
        &self,
        store: &Store,
        scenario: &Scenario,
        result: &RunResult,
        mut manifest: Manifest,
    ) -> Result<(), Failure> {
        let mut files: Vec<NamedBytes> = vec![
            ("summary.json".to_owned(), json::summary(result)),
            ("timeseries.csv".to_owned(), csv::timeseries(result)),
            ("latency.csv".to_owned(), csv::latency(result)),
            ("latency_distribution.csv".to_owned(), csv::latency_distribution(result)),
            ("stations.csv".to_owned(), csv::stations(result)),
            ("checks.csv".to_owned(), csv::checks(result)),
            ("flows.csv".to_owned(), csv::flows(result)),
            ("cost.csv".to_owned(), csv::cost(result)),
            ("scenario.resolved.toml".to_owned(), scenario.resolved.to_toml().into_bytes()),
        ];
        if !result.deployments.is_empty() {
            files.push(("deployments.csv".to_owned(), csv::deployments(result)));
        }
        for file in scenario.resolved.files() {
            // The resolved scenario finds it there under the same name.
            if !files.iter().any(|(name, _)| *name == file.name) {
                files.push((file.name.clone(), file.bytes.clone()));
            }
        }
        let drawn: Result<Vec<_>, chart::DrawError> = chart::all(result)
            .par_iter()
            .map(|figure| {
                let name = |ending: &str| format!("charts/{}.{ending}", figure.name);
                let svg = chart::svg(figure)?.into_bytes();
                Ok([(name("svg"), svg), (name("png"), chart::png(figure)?)])
            })
            .collect();
        files.extend(drawn?.into_iter().flatten());
        store.begin()?;
        for (name, bytes) in &files {
            store.write(name, bytes)?;
            manifest.add_file(name, bytes);
        }
        store.write("manifest.json", &manifest.to_bytes())?;
        if self.out.is_none() {
            store.point_latest()?;
        }
        Ok(())
    }

    fn print(
        &self,
        result: &RunResult,
        timing: &Timing,
        folder: Option<&PathBuf>,
    ) -> Result<(), Failure> {
        if self.format == Format::Json {
            return output::print(&String::from_utf8_lossy(&json::summary(result)));
        }
        let folder = folder.map(|folder| folder.display().to_string());
        if self.quiet {
            return match folder {
                Some(folder) => output::print(&format!("{folder}\n")),
                None => Ok(()),
            };
        }
        let mut text = table::summary(result);
        text.push_str(&format!(
            "{} events in {}: {} events/s.\n",
            format::count(result.events),
            format::seconds(timing.wall_seconds),
            format::number(timing.events_per_second),
        ));
        if let Some(folder) = folder {
            text.push_str(&format!("Numbers and charts: {folder}\n"));
        }
        output::print(&text)
    }
}

/// Why a run ended before its time.
fn why_stopped(progress: &Progress, what_is_there: String) -> Failure {
    if progress::is_interrupted() {
        Failure::Interrupted(what_is_there)
    } else if progress.is_out_of_memory() {
        Failure::TooMuch(format!(
            "work in progress needed more memory than is allowed (--max-memory), so the run was \
             stopped; {what_is_there}"
        ))
    } else {
        Failure::OutOfTime(what_is_there)
    }
}

/// What there is of a run that was stopped; it has been stored.
fn partial(progress: &Progress, result: &RunResult, folder: &Path) -> String {
    let stored = format!("partial results are in {}", folder.display());
    let longest = result.stations.iter().max_by_key(|station| station.present_peak);
    match longest.filter(|_| progress.is_out_of_memory()) {
        None => stored,
        Some(station) => format!(
            "{stored}. The longest queue: {} at {} {}",
            format::count(station.present_peak),
            station.role,
            station.name
        ),
    }
}

/// `output/NAME/TIME-HASH`, with a number if there is one already.
fn default_store(name: &str, hash: &str, started: jiff::Timestamp) -> Result<Store, StoreError> {
    let stamp = started.strftime("%Y%m%dT%H%M%SZ");
    let short: String = hash.chars().take(8).collect();
    let parent = Path::new("output").join(folder_name(name));
    Store::create_numbered(&parent, &format!("{stamp}-{short}"))
}

/// A name that every file system takes.
fn folder_name(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let letters = name.chars().take(64).map(|letter| if fits(letter) { letter } else { '-' });
    let folder: String = letters.collect();
    if folder.is_empty() { "scenario".to_owned() } else { folder }
}

/// Bytes of memory that may be taken without swapping, where the system says so.
fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_name_has_no_way_out() {
        assert_eq!(folder_name("../../etc/passwd"), "------etc-passwd");
        assert_eq!(folder_name(""), "scenario");
        assert_eq!(folder_name("quick start ä"), "quick-start--");
    }
}
