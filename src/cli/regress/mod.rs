//! `cmgsim regress`: saves what scenarios give as a baseline, or compares with one.

mod subjects;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::report::regression;
use crate::results::store::write_file;
use crate::scenario::units;
use crate::study::baseline::{self, SimulatedSubject, Subjects, Tolerances};

use super::failure::Failure;
use super::session::{Conditions, Session};
use super::study::{self, LimitArguments, REPLICATIONS_MAX};
use super::{Format, folder, inputs, output};

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("file").required(true))]
pub(super) struct Regress {
    /// Scenario files or names of embedded ones [default: those of the baseline].
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Save what the scenarios give.
    #[arg(long, value_name = "FILE", group = "file", requires = "scenarios")]
    save_baseline: Option<PathBuf>,
    /// Compare what the scenarios give with this.
    #[arg(long, value_name = "FILE", group = "file")]
    baseline: Option<PathBuf>,
    /// Set a value of all scenarios by its path [default: as in the baseline].
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
    /// Seed of all random streams [default: the baseline's, or the scenario's].
    #[arg(long, value_name = "N", env = "CMGSIM_SEED")]
    seed: Option<u64>,
    /// Replications of each scenario [default: as in the baseline, or 10].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=REPLICATIONS_MAX))]
    replications: Option<u32>,
    /// Save only these figures, of the run or a part; may be given again [default: all of the run].
    #[arg(long = "metric", value_name = "METRIC", conflicts_with = "baseline")]
    measure: Vec<String>,
    /// Confidence of all differences together.
    #[arg(long, value_name = "SHARE", default_value = "95%", conflicts_with = "save_baseline",
          value_parser = study::open_share)]
    confidence: f64,
    /// Relative differences of figures up to this do not matter.
    #[arg(long, value_name = "SHARE", default_value = "1%", conflicts_with = "save_baseline",
          value_parser = share)]
    tolerance: f64,
    /// Relative differences of speeds up to this do not matter; `off` measures none.
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = tolerance)]
    speed_tolerance: Tolerance,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
    #[command(flatten)]
    limits: LimitArguments,
    /// How to print the comparison and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// Up to which share differences of speed do not matter; `None` where speeds are not measured. (A
/// name of its own, because clap takes an `Option` for an argument that may be left out.)
type Tolerance = Option<f64>;

fn tolerance(text: &str) -> Result<Tolerance, String> {
    if text == "off" { Ok(None) } else { share(text).map(Some) }
}

fn share(text: &str) -> Result<f64, String> {
    units::share(text).map(|share| share.get())
}

impl Regress {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        match (&self.save_baseline, &self.baseline) {
            (Some(file), _) => self.save(file),
            (None, Some(file)) => self.compare(file),
            (None, None) => Err(Failure::Usage("give --save-baseline or --baseline".to_owned())),
        }
    }

    fn save(&self, file: &Path) -> Result<(), Failure> {
        for name in &self.measure {
            folder::known_metric(name)?;
        }
        let subjects = self.to_save()?;
        inputs::refuse_file("--save-baseline", file)?;
        let text = baseline::save(&subjects, &self.simulate(&subjects)?, &self.measure)?;
        write_file(file, text.as_bytes())?;
        if output::is_quiet() {
            return Ok(());
        }
        let (file, names) = (file.display(), subjects.keys().cloned().collect::<Vec<_>>());
        output::print(&match self.format {
            Format::Json => format!(
                "{:#}\n",
                serde_json::json!({ "baseline": file.to_string(), "scenarios": names })
            ),
            Format::Text => format!("saved in {file}: {}\n", names.join(", ")),
        })
    }

    fn compare(&self, file: &Path) -> Result<(), Failure> {
        let baseline = subjects::read(file)?;
        let subjects = self.to_compare(&baseline)?;
        let given = self.simulate(&subjects)?;
        let tolerances = Tolerances {
            confidence: self.confidence,
            metrics: self.tolerance,
            speed: self.speed_tolerance,
        };
        let result = baseline::compare(&baseline, &subjects, &given, &tolerances);
        match self.format {
            Format::Json => output::print(&String::from_utf8_lossy(&result.to_json()))?,
            Format::Text if output::is_quiet() => {}
            Format::Text => output::print_report(&regression::text(&result))?,
        }
        if result.changed.is_empty() {
            return Ok(());
        }
        let message = format!("changed against the baseline: {}", result.changed.join(", "));
        Err(Failure::AfterResult(Box::new(Failure::Changed(message))))
    }

    /// Simulates all replications of all scenarios; times them if that is asked for.
    fn simulate(&self, subjects: &Subjects) -> Result<Vec<SimulatedSubject>, Failure> {
        let jobs = study::threads(self.jobs);
        for one in subjects.values() {
            self.limits.refuse_too_much(&one.scenario, one.replications, jobs)?;
        }
        let session = Session::begin(Conditions {
            is_silent: self.format == Format::Json,
            jobs,
            time_limit: None,
            memory_max: self.limits.memory_max(),
        })?;
        let ends = subjects.values().map(|one| one.scenario.config.end().as_seconds());
        let progress = session.progress(ends.sum());
        let mut given = session.simulate(&progress, || baseline::simulate(subjects, &progress))?;
        if self.speed_tolerance.is_some() {
            let (started, watch) = (Instant::now(), session.clock());
            for (subject, given) in subjects.values().zip(&mut given) {
                let speed = || baseline::speed(&subject.scenario, &watch, || started.elapsed());
                given.speed = Some(session.simulate(&watch, speed)?);
            }
        }
        Ok(given)
    }
}
