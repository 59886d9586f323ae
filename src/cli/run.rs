//! `cmgsim run`: simulates a scenario, prints what it found and stores everything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rayon::prelude::*;

use crate::experiment::interval::replicated;
use crate::experiment::{self, Goal, RunError, Study, objectives};
use crate::published_limits;
use crate::report::chart;
use crate::report::{format, table};
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::Store;
use crate::results::{Judgement, RESULTS_VERSION, RunResult, Sample, csv, json, study_csv};
use crate::scenario::Scenario;

use super::failure::Failure;
use super::folder;
use super::progress::{self, Progress};
use super::scenario::{ScenarioArguments, info};
use super::study::{LimitArguments, PrecisionArguments, StudyArguments, USUAL};
use super::{Format, output};

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    precision: PrecisionArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// Folder for the results [default: output/SCENARIO/TIME-HASH].
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT")]
    out: Option<PathBuf>,
    /// Print nothing but the folder of the results.
    #[arg(short, long)]
    quiet: bool,
    /// How to print the summary and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Stop after so many seconds, keep what is there by then, and exit with 6.
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

/// A chart, a table or another file, ready to be stored.
type NamedBytes = (String, Vec<u8>);

/// What was simulated: the first replication, and if there were to be several the figures of all.
struct Simulated {
    result: RunResult,
    sample: Option<Sample>,
    is_complete: bool,
}

impl Simulated {
    fn events(&self) -> u64 {
        let all = |sample: &Sample| sample.replications.iter().map(|one| one.events).sum();
        self.sample.as_ref().map_or(self.result.events, all)
    }
}

impl Run {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let scenario = self.scenario.load()?;
        let goal = self.precision.goal(self.study.confidence);
        if let Some(goal) = &goal {
            folder::known_figure(&goal.metric)?;
        }
        let usual = if scenario.objectives.is_empty() { 1 } else { USUAL };
        let count = self.study.replications().unwrap_or(usual);
        let most = goal.as_ref().map_or(count, |goal| goal.most);
        let jobs = self.study.jobs();
        self.limits.refuse_too_much(&scenario, most, jobs)?;
        let started = jiff::Timestamp::now();
        let info = info(&scenario);
        let store = folder::open(self.out.as_deref(), &info.name, &info.hash, started)?;
        let folder = store.folder().to_path_buf();
        progress::catch_interrupts()?;
        let simulated = info.warm_up_seconds + info.duration_seconds;
        let limit = self.time_limit.map(Duration::from_secs);
        let is_silent = self.quiet || self.format == Format::Json;
        let progress = Progress::new(is_silent, simulated, limit, self.limits.memory_max());
        let limits = published_limits();
        let study = Study { config: &scenario.config, info: &info, limits: &limits };
        let outcome = self.study.pool()?.install(|| match (&goal, count) {
            (None, 1) => single(&study, &progress),
            _ => several(&study, goal.as_ref(), count, self.study.confidence, &progress),
        });
        let wall = progress.elapsed();
        progress.finish();
        let mut simulated = match outcome {
            Ok(simulated) => simulated,
            Err(error) => {
                store.discard_if_empty();
                return Err(match error {
                    RunError::NothingMeasured => why_stopped(&progress, error.to_string()),
                    error => error.into(),
                });
            }
        };
        self.judge(&scenario, &mut simulated);
        let stopped = (!simulated.is_complete)
            .then(|| why_stopped(&progress, partial(&progress, &simulated, &folder)));
        let timing = Timing {
            started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            wall_seconds: wall.as_secs_f64(),
            events_per_second: simulated.events() as f64 / wall.as_secs_f64().max(1e-9),
        };
        let manifest = self.manifest(&simulated, timing.clone());
        // What was computed is told even if it cannot be stored.
        let stored = self.store(&store, &scenario, &simulated, manifest);
        let printed = self.print(&simulated, &timing, stored.is_ok().then_some(&folder));
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        match stopped {
            Some(failure) => Err(after_result(failure)),
            None => printed.and_then(|()| achieved(&simulated.result).map_err(after_result)),
        }
    }

    /// Compares what was found with the scenario's objectives.
    fn judge(&self, scenario: &Scenario, simulated: &mut Simulated) {
        let wanted = super::scenario::objectives(scenario);
        let only;
        let sample = match &simulated.sample {
            Some(sample) => sample,
            None => {
                let (replication, mut sample) = experiment::sample::figures(0, &simulated.result);
                sample.replications.push(replication);
                only = sample;
                &only
            }
        };
        simulated.result.objectives = objectives::judge(sample, &wanted, self.study.confidence);
    }

    fn manifest(&self, simulated: &Simulated, timing: Timing) -> Manifest {
        let result = &simulated.result;
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
            state: if simulated.is_complete { "complete" } else { "interrupted" }.to_owned(),
            events: simulated.events(),
            files: Default::default(),
            timing,
        }
    }

    fn store(
        &self,
        store: &Store,
        scenario: &Scenario,
        simulated: &Simulated,
        mut manifest: Manifest,
    ) -> Result<(), Failure> {
        let result = &simulated.result;
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
        if let (Some(sample), Some(replicated)) = (&simulated.sample, &result.replicated) {
            let table = study_csv::replications(&result.scenario, sample);
            files.push(("replications.csv".to_owned(), table));
            let table = study_csv::metrics(&result.scenario, replicated);
            files.push(("metrics.csv".to_owned(), table));
        }
        if !result.objectives.is_empty() {
            let table = study_csv::objectives(&result.scenario, &result.objectives);
            files.push(("objectives.csv".to_owned(), table));
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
        simulated: &Simulated,
        timing: &Timing,
        folder: Option<&PathBuf>,
    ) -> Result<(), Failure> {
        let result = &simulated.result;
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
            format::count(simulated.events()),
            format::seconds(timing.wall_seconds),
            format::number(timing.events_per_second),
        ));
        if let Some(folder) = folder {
            text.push_str(&format!("Numbers and charts: {folder}\n"));
        }
        output::print(&text)
    }
}

/// One run, of which a part is worth something too.
fn single(study: &Study<'_>, progress: &Progress) -> Result<Simulated, RunError> {
    let result = experiment::run(study.config, study.info, study.limits, progress)?;
    let is_complete = result.is_complete;
    Ok(Simulated { result, sample: None, is_complete })
}

/// So many replications, or as many as a precision takes.
fn several(
    study: &Study<'_>,
    goal: Option<&Goal>,
    count: u32,
    confidence: f64,
    progress: &Progress,
) -> Result<Simulated, RunError> {
    let (mut sample, mut first) = (Sample::default(), None);
    let (precision, is_complete) = match goal {
        Some(goal) => {
            let precision = goal.reach(study, &mut sample, &mut first, progress)?;
            let is_complete = precision.is_reached || sample.replications.len() as u32 >= goal.most;
            (Some(precision), is_complete)
        }
        None => (None, study.replicate(0..count, &mut sample, &mut first, progress)?),
    };
    let mut result = first.ok_or(RunError::NothingMeasured)?;
    result.replicated = Some(replicated(&sample, confidence));
    if let Some(replicated) = &mut result.replicated {
        replicated.precision = precision;
    }
    result.is_complete = is_complete;
    Ok(Simulated { result, sample: Some(sample), is_complete })
}

/// Whether the objectives are met and the precision is reached.
fn achieved(result: &RunResult) -> Result<(), Failure> {
    let named = |judgement| {
        let of_it = result.objectives.iter().filter(|one| one.judgement == judgement);
        of_it.map(|one| one.metric.as_str()).collect::<Vec<_>>().join(", ")
    };
    match objectives::verdict(&result.objectives) {
        Judgement::Violated => {
            let message = format!("not achieved: {}", named(Judgement::Violated));
            return Err(Failure::Differs(message));
        }
        Judgement::Undecided => {
            return Err(Failure::Undecided(format!(
                "undecided: {}; more --replications would tell",
                named(Judgement::Undecided)
            )));
        }
        Judgement::Met => {}
    }
    let precision = result.replicated.as_ref().and_then(|replicated| replicated.precision.as_ref());
    match precision.filter(|precision| !precision.is_reached) {
        Some(precision) => Err(Failure::Undecided(format!(
            "the precision of {} was not reached in {} replications; raise --max-replications",
            precision.metric,
            result.replicated.as_ref().map_or(0, |replicated| replicated.count)
        ))),
        None => Ok(()),
    }
}

/// Why a run ended before its time.
pub(super) fn why_stopped(progress: &Progress, what_is_there: String) -> Failure {
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
fn partial(progress: &Progress, simulated: &Simulated, folder: &Path) -> String {
    let stored = match &simulated.sample {
        None => format!("partial results are in {}", folder.display()),
        Some(sample) => {
            let count = sample.replications.len();
            format!("{count} replications that were complete are in {}", folder.display())
        }
    };
    let longest = simulated.result.stations.iter().max_by_key(|station| station.present_peak);
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
