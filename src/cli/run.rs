//! `cmgsim run`: simulates a scenario, prints what it found and stores everything.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use crate::analysis::interval::replicated;
use crate::analysis::objectives;
use crate::experiment::{self, RunError, Study};
use crate::report::chart;
use crate::report::html::{self, StoredRun};
use crate::report::{format, table};
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::{REPORT, Store};
use crate::results::table::Table;
use crate::results::tables::{run, study};
use crate::results::{Judgement, RunResult, Sample, json};
use crate::scenario::Scenario;
use crate::study::precision::Goal;

use super::charts::ChartArguments;
use super::failure::Failure;
use super::follow::{FollowArguments, Following, Found};
use super::progress::{self, Progress};
use super::results::{self, NamedBytes, ResultArguments};
use super::scenario::ScenarioArguments;
use super::study::{LimitArguments, PrecisionArguments, StudyArguments, USUAL};
use super::{folder, output};
use crate::study::info;

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
    #[command(flatten)]
    follow: FollowArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
    /// Write report.html too: everything on one page, to be opened in a browser.
    #[arg(long)]
    report: bool,
    /// Stop after so many seconds, keep what is there by then, and exit with 6.
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

/// What was simulated: the first replication, and if there were to be several the figures of all.
struct Simulated {
    result: RunResult,
    sample: Option<Sample>,
    is_complete: bool,
    /// What was followed of replication 0.
    followed: Option<Found>,
}

impl Simulated {
    fn events(&self) -> u64 {
        let all = |sample: &Sample| sample.replications.iter().map(|one| one.events).sum();
        self.sample.as_ref().map_or(self.result.events, all)
    }

    fn tables(&self) -> Vec<Table> {
        let result = &self.result;
        let mut tables = vec![
            run::timeseries(result),
            run::latency(result),
            run::latency_distribution(result),
            run::stations(result),
            run::checks(result),
            run::flows(result),
            run::cost(result),
        ];
        if !result.deployments.is_empty() {
            tables.push(run::deployments(result));
        }
        if result.storm.is_some() {
            tables.push(run::storm(result));
        }
        if let (Some(sample), Some(replicated)) = (&self.sample, &result.replicated) {
            tables.push(study::replications(&result.scenario, sample));
            tables.push(study::metrics(&result.scenario, replicated));
            let means = replicated.mean_time_series.iter();
            tables.extend(means.map(|means| study::mean_time_series(&result.scenario, means)));
        }
        if !result.objectives.is_empty() {
            tables.push(study::objectives(&result.scenario, &result.objectives));
        }
        tables
    }
}

impl Run {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
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
        let follow = self.follow.follow(&scenario.config, self.results.out.as_deref())?;
        let started = jiff::Timestamp::now();
        let info = info(&scenario);
        progress::catch_interrupts()?;
        let store = self.results.open(&info.name, &info.hash, started)?;
        let folder = store.folder().to_path_buf();
        let simulated = info.warm_up_seconds + info.duration_seconds;
        let limit = self.time_limit.map(Duration::from_secs);
        let progress =
            Progress::new(self.results.is_silent(), simulated, limit, self.limits.memory_max());
        let study = Study {
            config: &scenario.config,
            info: &info,
            follow: follow.as_ref().map(|one| &one.follow),
        };
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
                    RunError::NothingMeasured => progress.why_stopped(error.to_string()),
                    error => error.into(),
                });
            }
        };
        simulated.followed = follow.and_then(Following::found);
        self.judge(&scenario, &mut simulated);
        let stopped = (!simulated.is_complete)
            .then(|| progress.why_stopped(partial(&progress, &simulated, &folder)));
        let timing = results::timing(started, wall, simulated.events());
        let manifest = self.manifest(&simulated, timing.clone());
        // What was computed is told even if it cannot be stored.
        let storing = Instant::now();
        let mut stored = self.store(&store, &scenario, &simulated, manifest);
        if let Some(followed) = simulated.followed.take() {
            stored = stored.and_then(|()| followed.finish_log());
        }
        output::note(|| {
            let storing = format::seconds(storing.elapsed().as_secs_f64());
            let wall = format::seconds(wall.as_secs_f64());
            format!("simulated in {wall}, drew and stored everything in {storing}")
        });
        let printed = self.print(&simulated, &timing, stored.is_ok().then_some(&store));
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        match stopped {
            Some(failure) => Err(after_result(failure)),
            None => printed.and_then(|()| achieved(&simulated.result).map_err(after_result)),
        }
    }

    /// Compares what was found with the scenario's objectives.
    fn judge(&self, scenario: &Scenario, simulated: &mut Simulated) {
        let wanted = scenario.objectives.clone();
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
        let (asked, overrides) = (self.scenario.scenario.clone(), self.scenario.overrides());
        let events = simulated.events();
        let mut manifest = results::manifest(&result.scenario, asked, overrides, events, timing);
        if !simulated.is_complete {
            manifest.state = "interrupted".to_owned();
        }
        manifest
    }

    fn store(
        &self,
        store: &Store,
        scenario: &Scenario,
        simulated: &Simulated,
        manifest: Manifest,
    ) -> Result<(), Failure> {
        let result = &simulated.result;
        let mut files: Vec<NamedBytes> = vec![
            ("summary.json".to_owned(), json::summary(result)),
            ("scenario.resolved.toml".to_owned(), scenario.resolved.to_toml().into_bytes()),
        ];
        files.extend(self.results.tables.files(&simulated.tables()));
        for file in scenario.resolved.files() {
            // The resolved scenario finds it there under the same name.
            if !files.iter().any(|(name, _)| *name == file.name) {
                files.push((file.name.clone(), file.bytes.to_vec()));
            }
        }
        files.extend(self.follow.trace(simulated.followed.as_ref()));
        files.extend(self.charts.draw(&chart::all(result))?);
        if self.report {
            let run = StoredRun { result: result.clone(), manifest: Some(manifest.clone()) };
            files.push((REPORT.to_owned(), html::one(&run)?));
        }
        self.results.store(store, &files, manifest)
    }

    fn print(
        &self,
        simulated: &Simulated,
        timing: &Timing,
        stored: Option<&Store>,
    ) -> Result<(), Failure> {
        let result = &simulated.result;
        let text = || {
            format!(
                "{}{} events in {}: {} events/s.\n",
                table::summary(result),
                format::count(simulated.events()),
                format::seconds(timing.wall_seconds),
                format::number(timing.events_per_second),
            )
        };
        self.results.print(|| json::summary(result), text, "Numbers and charts", stored)
    }
}

/// One run, of which a part is worth something too.
fn single(study: &Study<'_>, progress: &Progress) -> Result<Simulated, RunError> {
    let result = study.run(0, study.info, progress)?;
    let is_complete = result.is_complete;
    Ok(Simulated { result, sample: None, is_complete, followed: None })
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
    Ok(Simulated { result, sample: Some(sample), is_complete, followed: None })
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
        Judgement::NotMeasured => {
            return Err(Failure::Undecided(format!(
                "not measured: {}; nothing happened in the measured period that would give a value",
                named(Judgement::NotMeasured)
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
