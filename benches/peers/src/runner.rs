//! Runs every engine on each workload that it supports, in separate processes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::python::Python;
use crate::tables;
use crate::workload::{Engine, Measurement, Workload};

pub struct Options {
    pub rounds: u32,
    /// The workload to run; `None` runs all workloads.
    pub only: Option<Workload>,
    pub has_python: bool,
}

/// Results of all rounds of one engine on one workload.
pub struct Summary {
    pub engine: Engine,
    pub workload: Workload,
    pub events: u64,
    /// Wall-clock time of each round, ascending.
    pub seconds: Vec<f64>,
    /// Processor time of each round, ascending.
    pub cpu_seconds: Vec<f64>,
    pub check: f64,
}

impl Summary {
    pub fn events_per_cpu_second(&self) -> f64 {
        self.events as f64 / median(&self.cpu_seconds)
    }

    /// Returns the relative deviation of the check value from theory.
    pub fn error(&self) -> f64 {
        self.check / self.workload.expected() - 1.0
    }

    /// Returns whether the deviation is within the tolerance; `false` for NaN.
    pub fn is_right(&self) -> bool {
        self.error().abs() <= self.workload.tolerance(self.engine)
    }
}

/// Returns the median of sorted values.
pub fn median(values: &[f64]) -> f64 {
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count.is_multiple_of(2) => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

pub fn compare(options: &Options) -> Result<(), String> {
    let executable = env::current_exe().map_err(|error| error.to_string())?;
    let python = match options.has_python {
        true => Some(Python::prepare(target_directory(&executable)?)?),
        false => None,
    };
    let load_before = load();
    let mut summaries = Vec::new();
    for workload in Workload::ALL {
        if options.only.is_none_or(|only| only == workload) {
            summaries.extend(measure(workload, options.rounds, &executable, python.as_ref())?);
        }
    }
    println!("Median of {} rounds; {}.", options.rounds, machine());
    println!("System load before the run: {load_before}; after: {}.\n", load());
    print!("{}", tables::all(&summaries));
    let wrong: Vec<String> = summaries
        .iter()
        .filter(|summary| !summary.is_right())
        .map(|summary| format!("{} on {}", summary.engine.name(), summary.workload.name()))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("the deviation from theory exceeds the tolerance: {}", wrong.join(", ")))
}

/// Returns the target folder: the parent of the profile folder that contains the executable.
fn target_directory(executable: &Path) -> Result<&Path, String> {
    let target = executable.parent().and_then(Path::parent);
    target.ok_or_else(|| format!("{} is not in a target folder", executable.display()))
}

/// Runs all engines in every round, so that a disturbance affects all of them.
fn measure(
    workload: Workload,
    rounds: u32,
    executable: &PathBuf,
    python: Option<&Python>,
) -> Result<Vec<Summary>, String> {
    let mut summaries: Vec<Summary> = Vec::new();
    for round in 1..=rounds {
        for engine in Engine::ALL.into_iter().filter(|engine| engine.can(workload)) {
            let mut command = match (engine.is_python(), python) {
                (true, Some(python)) => python.command(engine, workload),
                (true, None) => continue,
                (false, _) => Command::new(executable),
            };
            if !engine.is_python() {
                command.args(["run", engine.name(), workload.name()]);
            }
            eprintln!("round {round} of {rounds}: {} on {}", engine.name(), workload.name());
            let measured = measurement(&mut command, engine, workload)?;
            let place = summaries.iter().position(|summary| summary.engine == engine);
            let place = place.unwrap_or_else(|| {
                let (events, check) = (measured.events, measured.check);
                let (seconds, cpu_seconds) = (Vec::new(), Vec::new());
                summaries.push(Summary { engine, workload, events, seconds, cpu_seconds, check });
                summaries.len() - 1
            });
            summaries[place].seconds.push(measured.seconds);
            summaries[place].cpu_seconds.push(measured.cpu_seconds);
        }
    }
    for summary in &mut summaries {
        summary.seconds.sort_by(f64::total_cmp);
        summary.cpu_seconds.sort_by(f64::total_cmp);
    }
    Ok(summaries)
}

/// Runs a child process and parses its line of JSON.
fn measurement(
    command: &mut Command,
    engine: Engine,
    workload: Workload,
) -> Result<Measurement, String> {
    let said = |what: String| format!("{} on {}: {what}", engine.name(), workload.name());
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| said(error.to_string()))?;
    if !output.status.success() {
        return Err(said(output.status.to_string()));
    }
    let measured: Measurement = serde_json::from_slice(&output.stdout).map_err(|error| {
        said(format!("{error} in {:?}", String::from_utf8_lossy(&output.stdout)))
    })?;
    if measured.engine != engine.name() || measured.workload != workload.name() {
        return Err(said(format!("unexpected report {measured:?}")));
    }
    Ok(measured)
}

/// Returns the processor model and its number of threads.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|line| line.split_once(": "))
        .map_or("an unknown processor", |(_, model)| model);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{threads} threads of {model}")
}

/// Returns the load average of the last minute.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or("unknown").to_owned()
}
