//! `cmgsim sensitivity`: which assumed parameters matter for a metric, and where an answer turns.

mod flips;
mod morris;
mod one_at_a_time;
mod screening;
mod variants;

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::catalogue::Catalogue;
use crate::report::chart;
use crate::report::{format, table};
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::Store;
use crate::results::tables::sensitivity as tables;
use crate::results::{self, Metric, RESULTS_VERSION, Sample, Skipped};
use crate::scenario::{Assumed, Fixed, Scenario, assumed};
use crate::study::batch::{self, Outcome, Variant};
use crate::study::sensitivity::screening::looks;

use super::charts::ChartArguments;
use super::failure::Failure;
use super::folder;
use super::progress::{self, Progress};
use super::results::ResultArguments;
use super::scenario::ScenarioArguments;
use super::study::{self, LimitArguments, REPLICATIONS_MAX, USUAL};
use crate::study::info;
use variants::Loader;

#[derive(Debug, Args)]
pub(super) struct Sensitivity {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The figure that counts; may be given again (`latency_p95`, `failure_share`,
    /// `utilisation[management point mp]`, ...).
    #[arg(long, value_name = "FIGURE", default_value = "latency_p95")]
    measure: Vec<String>,
    /// How parameters are varied. Cost in replications of the scenario: at most --budget for
    /// screening; --replications times (1 + 2 per parameter) for one-at-a-time; --trajectories
    /// times (1 + 1 per parameter) for morris.
    #[arg(long, value_name = "METHOD", default_value = "screening")]
    method: Method,
    /// Count a change as one that matters from this share of the metric's mean with all defaults
    /// (screening).
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = study::open_share)]
    threshold: f64,
    /// Screen out a parameter whose swing is twice the threshold or more with at most this
    /// probability (screening).
    #[arg(long, value_name = "SHARE", default_value = "12.5%", value_parser = study::open_share)]
    miss_risk: f64,
    /// Simulate at most this many replications of the scenario in all, measured by events; the
    /// pilot of a scenario with fewer than 8,000 clients takes longer, and that comes on top
    /// (screening).
    #[arg(long, value_name = "N", default_value_t = 130,
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    budget: u32,
    /// Only parameters whose path contains this; * stands for anything. May be given again.
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Replications of each point, all with common random numbers [default: 10; at most 10 for
    /// screening, which begins with 3; 1 of each trajectory for morris].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    replications: Option<u32>,
    /// Trajectories of --method morris.
    #[arg(long, value_name = "R", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(2..=10_000))]
    trajectories: u32,
    /// Steps of the search for a value at which the verdict on an objective changes; each halves
    /// the range and takes the replications of the parameter (within --budget for screening).
    #[arg(long, value_name = "N", default_value_t = 6,
          value_parser = clap::value_parser!(u32).range(0..=30))]
    flip_steps: u32,
    /// Confidence of all intervals of a figure together.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = study::open_share)]
    confidence: f64,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
    /// Stop after SECONDS of wall time and report what is known (exit code 6).
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

/// How parameters are varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// In groups first, then the few that matter from their low to their high end.
    Screening,
    /// Each from its low to its high end, all others at their defaults.
    OneAtATime,
    /// Morris's elementary effects: each moves while the others are anywhere.
    Morris,
}

/// The only figure that prices are for.
const BILL: &str = "cost_per_month";

/// What is varied, and the scenario with all defaults.
struct Study<'a> {
    verb: &'a Sensitivity,
    scenario: &'a Scenario,
    loader: &'a Loader,
    parameters: Vec<Assumed>,
    /// The figures that count, where they are in the samples.
    measures: Vec<(usize, Metric)>,
    /// The scenario with all defaults.
    default: Variant,
    base: Sample,
    /// The time since the start, and its limit.
    clock: &'a Progress,
}

impl Sensitivity {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        for name in &self.measure {
            folder::known_figure(name)?;
        }
        let loader = Loader::new(self.scenario.request()?);
        let scenario = loader.base()?;
        let (parameters, skipped) = self.parameters(&scenario)?;
        let jobs = study::threads(self.jobs);
        self.limits.refuse_too_much(&scenario, self.runs(&scenario, parameters.len()), jobs)?;
        let started = jiff::Timestamp::now();
        let info = info(&scenario);
        progress::catch_interrupts()?;
        let store = self.results.open(&info.name, &info.hash, started)?;
        // Only for its clock: each stage has a bar of its own.
        let limit = self.time_limit.map(Duration::from_secs);
        let clock = Progress::new(true, 0.0, limit, None);
        let found = study::pool(jobs)?
            .install(|| self.study(&scenario, &loader, parameters, skipped, &clock))
            .inspect_err(|_| store.discard_if_empty())?;
        let timing = super::results::timing(started, clock.elapsed(), found.events);
        let stored = self.store(&store, &scenario, &found, timing.clone());
        let printed = self.print(&found, &timing, stored.is_ok().then_some(&store));
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        match found.stopped {
            Some(failure) => Err(after_result(failure)),
            None => printed,
        }
    }

    /// The parameters that are to be varied, and those that cannot be.
    fn parameters(&self, scenario: &Scenario) -> Result<(Vec<Assumed>, Vec<Skipped>), Failure> {
        let is_wanted = |name: &str| {
            let found = |pattern: &String| Catalogue::contains(name, pattern);
            self.only.is_empty() || self.only.iter().any(found)
        };
        let (mut parameters, mut fixed) = assumed::assumed(&scenario.resolved);
        parameters.retain(|one| is_wanted(&one.name));
        fixed.retain(|one| is_wanted(&one.name));
        let objectives = scenario.objectives.iter().map(|one| &one.metric);
        if !self.measure.iter().chain(objectives).any(|name| name == BILL) {
            let (prices, others) =
                parameters.into_iter().partition(|one| one.name.starts_with("prices."));
            parameters = others;
            let of_bill = |one: Assumed| {
                let reason = format!("only the bill depends on it: --measure {BILL}");
                Fixed { name: one.name, reason }
            };
            fixed.extend(Vec::into_iter(prices).map(of_bill));
        }
        if parameters.is_empty() {
            let only = if self.only.is_empty() { "" } else { " that --only names" };
            return Err(Failure::Usage(format!(
                "the scenario reads no assumed parameter{only} at its default that can be varied; \
                 `cmgsim check --resolved` shows which values are assumed"
            )));
        }
        let skipped = fixed.into_iter().map(|one| skip(one.name, one.reason)).collect();
        Ok((parameters, skipped))
    }

    fn replications(&self) -> u32 {
        let usual = if self.method == Method::Morris { 1 } else { USUAL };
        self.replications.unwrap_or(usual)
    }

    /// How many runs it takes at most.
    fn runs(&self, scenario: &Scenario, parameters: usize) -> u32 {
        let count = parameters as u64;
        let points = match self.method {
            Method::OneAtATime => {
                let searches = 2 * count * scenario.objectives.len() as u64;
                1 + 2 * count + searches * u64::from(self.flip_steps)
            }
            Method::Morris => 1 + u64::from(self.trajectories) * (count + 1),
            Method::Screening => return self.most_runs(scenario, parameters),
        };
        u32::try_from(points * u64::from(self.replications())).unwrap_or(u32::MAX)
    }

    /// The progress of some runs, within the time that is left.
    fn progress(&self, scenario: &Scenario, clock: &Progress) -> Progress {
        let seconds = scenario.config.end().as_seconds();
        let limit = self.time_limit.map(Duration::from_secs);
        let left = limit.map(|limit| limit.saturating_sub(clock.elapsed()));
        Progress::new(self.results.is_silent(), seconds, left, self.limits.memory_max())
    }

    fn study(
        &self,
        scenario: &Scenario,
        loader: &Loader,
        parameters: Vec<Assumed>,
        skipped: Vec<Skipped>,
        clock: &Progress,
    ) -> Result<Found, Failure> {
        let default = self.default(scenario);
        let progress = self.progress(scenario, clock);
        let base = base(&default, &progress)?;
        let measures = self.measures(&base)?;
        let mut study =
            Study { verb: self, scenario, loader, parameters, measures, default, base, clock };
        let mut found = Found {
            result: results::Sensitivity {
                results_version: RESULTS_VERSION,
                scenario: info(scenario),
                replications: u64::from(self.replications()),
                confidence: self.confidence,
                is_complete: true,
                skipped,
                ..Default::default()
            },
            events: events(&study.base),
            stopped: None,
        };
        match self.method {
            Method::OneAtATime => study.one_at_a_time(&mut found)?,
            Method::Morris => study.morris(&mut found)?,
            Method::Screening => study.screening(&mut found)?,
        }
        found.result.skipped.sort_by(|one, other| one.parameter.cmp(&other.parameter));
        found.result.is_complete = found.stopped.is_none();
        Ok(found)
    }

    /// The scenario with all defaults, and the replications of it that are simulated first.
    fn default(&self, scenario: &Scenario) -> Variant {
        let count = match self.method {
            Method::Screening => looks(self.replications())[0],
            Method::OneAtATime | Method::Morris => self.replications(),
        };
        Variant { config: scenario.config.clone(), info: info(scenario), numbers: 0..count }
    }

    fn measures(&self, base: &Sample) -> Result<Vec<(usize, Metric)>, Failure> {
        let mut measures: Vec<(usize, Metric)> = Vec::new();
        for name in &self.measure {
            let Some(place) = base.place(name) else {
                let names: Vec<String> = base.metrics.iter().map(Metric::name).collect();
                let message =
                    format!("this scenario has no figure `{name}`; it has {}", names.join(", "));
                return Err(Failure::Usage(message));
            };
            if self.method == Method::Screening && !screening::has_values(base, place) {
                return Err(Failure::Usage(format!(
                    "`{name}` has no value in this scenario with all defaults, so there is nothing \
                     to screen by"
                )));
            }
            if !measures.iter().any(|(other, _)| *other == place) {
                measures.push((place, base.metrics[place].clone()));
            }
        }
        Ok(measures)
    }

    fn store(
        &self,
        store: &Store,
        scenario: &Scenario,
        found: &Found,
        timing: Timing,
    ) -> Result<(), Failure> {
        let result = &found.result;
        let mut files = vec![
            ("sensitivity.json".to_owned(), result.to_json()),
            ("scenario.resolved.toml".to_owned(), scenario.resolved.to_toml().into_bytes()),
        ];
        let effects = match self.method {
            Method::OneAtATime | Method::Screening => tables::effects(result),
            Method::Morris => tables::morris(result),
        };
        let flips = (!result.flips.is_empty()).then(|| tables::flips(result));
        let screening = result.screening.as_ref().map(|_| tables::screening(result));
        let all = [effects];
        files.extend(self.results.tables.files(all.iter().chain(&flips).chain(&screening)));
        for file in scenario.resolved.files() {
            if !files.iter().any(|(name, _)| *name == file.name) {
                files.push((file.name.clone(), file.bytes.to_vec()));
            }
        }
        files.extend(self.charts.draw(&charts(result))?);
        self.results.store(store, &files, self.manifest(found, timing))
    }

    fn manifest(&self, found: &Found, timing: Timing) -> Manifest {
        let result = &found.result;
        let (asked, overrides) = (self.scenario.scenario.clone(), self.scenario.overrides());
        let events = found.events;
        let mut manifest =
            super::results::manifest(&result.scenario, asked, overrides, events, timing);
        if !result.is_complete {
            manifest.state = "interrupted".to_owned();
        }
        manifest
    }

    fn print(&self, found: &Found, timing: &Timing, stored: Option<&Store>) -> Result<(), Failure> {
        let text = || {
            format!(
                "{}\n{} events in {}.\n",
                table::sensitivity::sensitivity(&found.result),
                format::count(found.events),
                format::seconds(timing.wall_seconds)
            )
        };
        self.results.print(|| found.result.to_json(), text, "Numbers and charts", stored)
    }
}

/// What was found, and why no more.
struct Found {
    result: results::Sensitivity,
    events: u64,
    stopped: Option<Failure>,
}

/// All replications of the scenario with all defaults.
fn base(default: &Variant, progress: &Progress) -> Result<Sample, Failure> {
    let outcomes = batch::simulate(std::slice::from_ref(default), progress);
    progress.finish();
    match outcomes?.pop() {
        Some(Outcome::Whole(sample)) => Ok(sample),
        Some(Outcome::Failed(error)) => Err(error.into()),
        _ => {
            let message = "the scenario itself was not finished, so there is no result";
            Err(progress.why_stopped(message.to_owned()))
        }
    }
}

impl Study<'_> {
    /// The progress of a stage.
    fn stage(&self, name: &'static str) -> Progress {
        self.verb.progress(self.scenario, self.clock).of_stage(name.to_owned(), None)
    }

    /// Simulates variants, with a progress bar.
    fn simulate(
        &self,
        variants: &[Variant],
        found: &mut Found,
        progress: &Progress,
    ) -> Result<Vec<Outcome>, Failure> {
        let outcomes = batch::simulate(variants, progress);
        progress.finish();
        let outcomes = outcomes?;
        let simulated = outcomes.iter().filter_map(Outcome::sample).map(events).sum::<u64>();
        found.events += simulated;
        if let Some(screening) = &mut found.result.screening {
            screening.replications_worth += simulated as f64 / events_each(&self.base);
        }
        if found.stopped.is_none() {
            found.stopped = stopped(&outcomes, progress);
        }
        Ok(outcomes)
    }

    /// Which replications a point is simulated with; trajectories have different ones.
    fn numbers(&self, trajectory: u32) -> std::ops::Range<u32> {
        let count = self.verb.replications();
        let first = trajectory.saturating_mul(count);
        first..first.saturating_add(count)
    }
}

fn stopped(outcomes: &[Outcome], progress: &Progress) -> Option<Failure> {
    let count = outcomes.iter().filter(|one| matches!(one, Outcome::Stopped)).count();
    let message = format!(
        "{} of {} points were finished; results of complete parameters are stored",
        outcomes.len() - count,
        outcomes.len()
    );
    (count > 0).then(|| progress.why_stopped(message))
}

fn events(sample: &Sample) -> u64 {
    sample.replications.iter().map(|one| one.events).sum()
}

/// Events of a replication, on average.
fn events_each(sample: &Sample) -> f64 {
    (events(sample) as f64 / sample.replications.len().max(1) as f64).max(1.0)
}

/// A TOML value as a cell of a table: text without its quotes.
fn plain(value: &str) -> String {
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.unwrap_or(value).to_owned()
}

fn skip(parameter: String, reason: String) -> Skipped {
    Skipped { parameter, reason }
}

/// A tornado chart of each figure.
fn charts(result: &results::Sensitivity) -> Vec<chart::Tornado> {
    let mut metrics: Vec<&Metric> = Vec::new();
    for one in &result.effects {
        if !metrics.contains(&&one.metric) {
            metrics.push(&one.metric);
        }
    }
    metrics
        .into_iter()
        .filter_map(|metric| {
            let name = format!("tornado-{}", folder::folder_name(&metric.name()));
            chart::tornado(result, metric, name)
        })
        .collect()
}
