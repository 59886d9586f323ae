//! `cmgsim regress`: saves metrics of scenarios as a baseline, or compares with a baseline.

mod subjects;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::report::regression;
use crate::results::store::write_file;
use crate::scenario::units;
use crate::study::baseline::{self, SimulatedSubject, Subjects, Tolerances};

use super::failure::Failure;
use super::scenario::ARGUMENTS;
use super::session::{Conditions, Session};
use super::study::{self, LimitArguments, REPLICATIONS_MAX};
use super::{Format, folder, inputs, output};

#[derive(Debug, Args)]
#[command(next_help_heading = "Baseline")]
#[command(group = clap::ArgGroup::new("file").required(true))]
pub(super) struct Regress {
    /// Scenario files or names of embedded scenarios [default: those of the baseline]
    #[arg(value_name = "SCENARIO", help_heading = ARGUMENTS)]
    scenarios: Vec<String>,
    /// Set a value in all scenarios; repeatable [default: as in the baseline]
    #[arg(long = "set", value_name = "PATH=VALUE", help_heading = "Scenario")]
    overrides: Vec<String>,
    /// Set the seed of all random streams [default: as in the baseline, or in the scenario]
    ///
    /// The environment variable CMGSIM_SEED changes the default.
    #[arg(long, value_name = "N", env = "CMGSIM_SEED", hide_env = true, help_heading = "Scenario")]
    seed: Option<u64>,
    /// Save the metrics of the scenarios to FILE
    #[arg(long, value_name = "FILE", group = "file", requires = "scenarios")]
    save_baseline: Option<PathBuf>,
    /// Compare the metrics of the scenarios with FILE
    #[arg(long, value_name = "FILE", group = "file")]
    baseline: Option<PathBuf>,
    /// Save only METRIC; repeatable [default: all metrics of the run]
    #[arg(long, value_name = "METRIC", conflicts_with = "baseline")]
    metric: Vec<String>,
    /// Accept relative differences of metrics up to SHARE
    #[arg(long, value_name = "SHARE", default_value = "1%", conflicts_with = "save_baseline",
          value_parser = share)]
    tolerance: f64,
    /// Accept relative differences of speed up to SHARE; off disables the speed measurement
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = tolerance)]
    speed_tolerance: Tolerance,
    /// Simulate N replications of each scenario [default: as in the baseline, or 10]
    #[arg(long, value_name = "N", help_heading = "Replications",
          value_parser = clap::value_parser!(u32).range(2..=REPLICATIONS_MAX))]
    replications: Option<u32>,
    /// Set the joint confidence level of all differences
    #[arg(long, value_name = "SHARE", default_value = "95%", conflicts_with = "save_baseline",
          help_heading = "Replications", hide_short_help = true, value_parser = study::open_share)]
    confidence: f64,
    /// Print the comparison as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    limits: LimitArguments,
}

/// Accepted relative difference of speed; `None` if speed is not measured. (A type alias, because
/// clap treats `Option` as an optional argument.)
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
            (None, None) => {
                Err(Failure::Usage("use --save-baseline FILE or --baseline FILE".to_owned()))
            }
        }
    }

    fn save(&self, file: &Path) -> Result<(), Failure> {
        for name in &self.metric {
            folder::known_metric(name)?;
        }
        let subjects = self.to_save()?;
        inputs::refuse_file("--save-baseline", file)?;
        let text = baseline::save(&subjects, &self.simulate(&subjects)?, &self.metric)?;
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

    /// Simulates all replications of all scenarios, and measures the speed if requested.
    fn simulate(&self, subjects: &Subjects) -> Result<Vec<SimulatedSubject>, Failure> {
        let jobs = self.limits.jobs();
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
