//! `cmgsim regress`: saves what scenarios give as a baseline, or compares with one.

mod baseline;
mod speed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::analysis::baseline_difference::{Gauge, compare, compare_speed};
use crate::analysis::interval::bonferroni;
use crate::report::table;
use crate::results::baseline::{Baseline, ScenarioBaseline, stored};
use crate::results::store::write_file;
use crate::results::{
    Comparison, FigureComparison, RESULTS_VERSION, Regression, Sample, ScenarioComparison,
    SpeedComparison,
};
use crate::scenario::{Scenario, units};
use crate::study::batch::{self, Outcome, Variant};

use super::failure::Failure;
use super::progress::{self, Progress};
use super::study::{self, LimitArguments, REPLICATIONS_MAX, USUAL};
use super::{Format, folder, inputs, output};
use crate::study::info;
use crate::terms::{Better, Metric, MetricDescription, Unit};
use baseline::Asked;

/// Rounds in which speeds are measured: the median counts.
const SPEED_ROUNDS: u32 = 5;

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
    #[arg(long, value_name = "FIGURE", conflicts_with = "baseline")]
    measure: Vec<String>,
    /// Confidence of all differences together.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = study::open_share)]
    confidence: f64,
    /// Relative differences of figures up to this do not matter.
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = share)]
    tolerance: f64,
    /// Relative differences of speeds up to this do not matter; `off` measures none.
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = Tolerance::parse)]
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

/// Which differences of speed do not matter.
#[derive(Clone, Copy, Debug)]
enum Tolerance {
    /// Speeds are not measured.
    Off,
    /// Those up to this share.
    Share(f64),
}

impl Tolerance {
    fn parse(text: &str) -> Result<Tolerance, String> {
        if text == "off" { Ok(Tolerance::Off) } else { share(text).map(Tolerance::Share) }
    }
}

fn share(text: &str) -> Result<f64, String> {
    units::share(text).map(|share| share.get())
}

/// A scenario that is simulated.
struct Subject {
    asked: Asked,
    scenario: Scenario,
    replications: u32,
}

/// What came out.
struct Simulated {
    sample: Sample,
    speed: Option<f64>,
}

impl Regress {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        if self.scenarios.iter().any(|name| name == "-") {
            let message =
                "a baseline names its scenarios, and standard input has no name: give files";
            return Err(Failure::Usage(message.to_owned()));
        }
        match (&self.save_baseline, &self.baseline) {
            (Some(file), _) => self.save(file),
            (None, Some(file)) => self.compare(&baseline::read(file)?),
            (None, None) => Err(Failure::Usage("give --save-baseline or --baseline".to_owned())),
        }
    }

    fn save(&self, file: &Path) -> Result<(), Failure> {
        for name in &self.measure {
            folder::known_figure(name)?;
        }
        let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
        for name in &self.scenarios {
            let asked = Asked::new(name, &self.overrides, self.seed);
            let scenario = asked.load()?;
            let replications = self.replications.unwrap_or(USUAL);
            let name = scenario.name.clone();
            let subject = Subject { asked, scenario, replications };
            if subjects.insert(name.clone(), subject).is_some() {
                return Err(Failure::Usage(format!(
                    "two scenarios have the name `{name}`: a baseline holds each name once"
                )));
            }
        }
        inputs::refuse_file("--save-baseline", file)?;
        let simulated = self.simulate(&subjects)?;
        let mut baseline = Baseline::new(env!("CARGO_PKG_VERSION"), RESULTS_VERSION);
        let mut units: BTreeMap<String, Unit> = BTreeMap::new();
        for ((name, subject), one) in subjects.iter().zip(&simulated) {
            let figures = stored(&one.sample, |metric| self.is_wanted(metric));
            if let Some(missing) =
                self.measure.iter().find(|measure| !figures.contains_key(*measure))
            {
                return Err(Failure::Usage(format!("`{name}` has no figure `{missing}`")));
            }
            let of_metrics = one.sample.metrics.iter();
            units.extend(of_metrics.map(|metric| (metric.name(), metric.unit())));
            let saved = ScenarioBaseline {
                asked: subject.asked.name().to_owned(),
                set: subject.asked.set().to_vec(),
                hash: subject.asked.hash()?,
                seed: subject.scenario.config.seed,
                replications: subject.replications,
                events: one.sample.replications.iter().map(|one| one.events).sum(),
                speed: one.speed,
                figures,
            };
            baseline.scenarios.insert(name.clone(), saved);
        }
        write_file(file, baseline.to_toml(&units).as_bytes())?;
        if output::is_quiet() {
            return Ok(());
        }
        let names: Vec<&str> = subjects.keys().map(String::as_str).collect();
        match self.format {
            Format::Json => output::print(&format!(
                "{:#}\n",
                serde_json::json!({ "baseline": file.display().to_string(), "scenarios": names })
            )),
            Format::Text => {
                output::print(&format!("saved in {}: {}\n", file.display(), names.join(", ")))
            }
        }
    }

    /// Figures of the whole run, or those that are named.
    fn is_wanted(&self, metric: &Metric) -> bool {
        match self.measure.is_empty() {
            true => !metric.is_of_part(),
            false => self.measure.contains(&metric.name()),
        }
    }

    fn compare(&self, baseline: &Baseline) -> Result<(), Failure> {
        let asked = baseline::asked(baseline, &self.scenarios, &self.overrides, self.seed)?;
        let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
        for (name, asked) in asked {
            let scenario = asked.load()?;
            let replications = self.replications.unwrap_or(baseline.scenarios[&name].replications);
            subjects.insert(name, Subject { asked, scenario, replications });
        }
        baseline::refuse_others(baseline, subjects.iter().map(|(name, one)| (name, &one.asked)))?;
        let simulated = self.simulate(&subjects)?;
        let is_left_out = |name: &&String| !subjects.contains_key(*name);
        let count = subjects.keys().map(|name| baseline.scenarios[name].figures.len()).sum();
        let level = bonferroni(self.confidence, count);
        let gauge = Gauge { level, tolerance: self.tolerance };
        let scenarios: Vec<ScenarioComparison> = subjects
            .iter()
            .zip(&simulated)
            .map(|((name, subject), one)| {
                self.compared(name, &baseline.scenarios[name], subject, one, gauge)
            })
            .collect();
        let result = Regression {
            results_version_before: baseline.results_version,
            results_version: RESULTS_VERSION,
            confidence: self.confidence,
            tolerance: self.tolerance,
            changed: scenarios.iter().flat_map(changed).collect(),
            scenarios,
            not_compared: baseline.scenarios.keys().filter(is_left_out).cloned().collect(),
        };
        match self.format {
            Format::Json => output::print(&String::from_utf8_lossy(&result.to_json()))?,
            Format::Text if output::is_quiet() => {}
            Format::Text => output::print_report(&table::regression::regression(&result))?,
        }
        if result.changed.is_empty() {
            return Ok(());
        }
        let message = format!("changed against the baseline: {}", result.changed.join(", "));
        let failure = Box::new(Failure::Changed(message));
        Err(Failure::AfterResult(failure))
    }

    fn compared(
        &self,
        name: &str,
        before: &ScenarioBaseline,
        subject: &Subject,
        simulated: &Simulated,
        gauge: Gauge,
    ) -> ScenarioComparison {
        let now = stored(&simulated.sample, |metric| before.figures.contains_key(&metric.name()));
        let figures = before.figures.iter().map(|(figure, before)| {
            let now = now.get(figure);
            let place = simulated.sample.place(figure);
            let metric: MetricDescription = match place {
                Some(place) => simulated.sample.metrics[place].clone().into(),
                None => unknown(figure),
            };
            let found = now.map(|now| compare(before, now, metric.better, gauge));
            FigureComparison {
                metric,
                before: *before,
                now: now.copied(),
                difference: found.and_then(|found| found.difference),
                half_width: found.and_then(|found| found.half_width),
                finding: found.map_or(Comparison::Gone, |found| found.finding),
            }
        });
        let speed = before.speed.zip(simulated.speed).map(|(before, now)| {
            let finding = match self.speed_tolerance {
                Tolerance::Off => Comparison::Same,
                Tolerance::Share(tolerance) => compare_speed(before, now, tolerance),
            };
            SpeedComparison { before, now, finding }
        });
        ScenarioComparison {
            scenario: name.to_owned(),
            seed_before: before.seed,
            seed: subject.scenario.config.seed,
            replications: subject.replications,
            figures: figures.collect(),
            speed,
        }
    }

    /// Simulates all replications of all scenarios; times them if that is asked for.
    fn simulate(&self, subjects: &BTreeMap<String, Subject>) -> Result<Vec<Simulated>, Failure> {
        let jobs = study::threads(self.jobs);
        for one in subjects.values() {
            self.limits.refuse_too_much(&one.scenario, one.replications, jobs)?;
        }
        progress::catch_interrupts()?;
        let variants: Vec<Variant> = subjects.values().map(variant).collect();
        let is_silent = self.format == Format::Json;
        let seconds =
            subjects.values().map(|one| one.scenario.config.end().as_seconds()).sum::<f64>();
        let progress = Progress::new(is_silent, seconds, None, self.limits.memory_max());
        let outcomes = study::pool(jobs)?.install(|| batch::simulate(&variants, &progress));
        progress.finish();
        let mut simulated = Vec::new();
        for (outcome, variant) in outcomes?.into_iter().zip(&variants) {
            let sample = match outcome {
                Outcome::Whole(sample) => sample,
                Outcome::Failed(error) => return Err(error.into()),
                Outcome::Stopped => {
                    let message = "nothing is saved or compared before all is simulated";
                    return Err(progress.why_stopped(message.to_owned()));
                }
            };
            let speed = match self.speed_tolerance {
                Tolerance::Off => None,
                Tolerance::Share(_) => Some(speed::ratio(variant, SPEED_ROUNDS)?),
            };
            simulated.push(Simulated { sample, speed });
        }
        Ok(simulated)
    }
}

fn variant(subject: &Subject) -> Variant {
    Variant {
        config: subject.scenario.config.clone(),
        info: info(&subject.scenario),
        numbers: 0..subject.replications,
    }
}

/// A figure that only the baseline has.
fn unknown(name: &str) -> MetricDescription {
    MetricDescription { name: name.to_owned(), unit: Unit::Count, better: Better::Neither }
}

/// What changed in a scenario.
fn changed(one: &ScenarioComparison) -> Vec<String> {
    let figures = one.figures.iter().filter(|figure| figure.finding.is_changed());
    let name = |what: &str| format!("{} {what}", one.scenario);
    let speed = one.speed.filter(|speed| speed.finding == Comparison::Worse);
    let figures = figures.map(|figure| name(&figure.metric.name));
    figures.chain(speed.map(|_| name("speed"))).collect()
}
