//! `cmgsim sensitivity`: which assumed parameters matter for a metric, and where an answer turns.

mod stages;

use clap::{Args, ValueEnum};

use crate::report::chart;
use crate::report::{format, table};
use crate::results::manifest::{Manifest, Timing};
use crate::results::tables::sensitivity as tables;
use crate::results::{self, Metric};
use crate::scenario::Scenario;
use crate::study::info;
use crate::study::sensitivity::{self, SensitivityOptions, SensitivityOutcome, SensitivityPlan};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::folder;
use super::results::{NamedBytes, ResultArguments, add_inputs};
use super::scenario::{ScenarioArguments, load_request};
use super::session::{Conditions, Finding, Session};
use super::study::{self, LimitArguments, REPLICATIONS_MAX};
use stages::Stages;

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

impl From<Method> for sensitivity::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Screening => sensitivity::Method::Screening,
            Method::OneAtATime => sensitivity::Method::OneAtATime,
            Method::Morris => sensitivity::Method::Morris,
        }
    }
}

/// What was found, and how it is kept.
struct Found<'a> {
    verb: &'a Sensitivity,
    scenario: &'a Scenario,
    result: results::Sensitivity,
    events: u64,
}

impl Sensitivity {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        for name in &self.measure {
            folder::known_figure(name)?;
        }
        let scenario = load_request(&self.scenario.request()?)?;
        let options = self.options();
        let plan = SensitivityPlan::new(&scenario, &options)?;
        let jobs = study::threads(self.jobs);
        self.limits.refuse_too_much(&scenario, plan.most_runs(), jobs)?;
        let info = info(&scenario);
        let session = Session::begin(Conditions {
            is_silent: self.results.is_silent(),
            jobs,
            time_limit: self.time_limit,
            memory_max: self.limits.memory_max(),
        })?;
        let folder = session.open(&self.results, &info.name, &info.hash)?;
        let progress = session.clock();
        let stages = Stages::new(&session, &progress, scenario.config.end());
        let outcome = folder.simulate(&progress, || plan.run(&stages))?;
        let SensitivityOutcome { result, events, stopped } = outcome;
        let stopped = stopped.map(|error| progress.failure(error));
        folder.finish(&progress, Found { verb: self, scenario: &scenario, result, events }, stopped)
    }

    fn options(&self) -> SensitivityOptions {
        SensitivityOptions {
            measures: self.measure.clone(),
            method: self.method.into(),
            only: self.only.clone(),
            replications: self.replications,
            threshold: self.threshold,
            miss_risk: self.miss_risk,
            budget: self.budget,
            trajectories: self.trajectories,
            flip_steps: self.flip_steps,
            confidence: self.confidence,
        }
    }
}

impl Finding for Found<'_> {
    fn manifest(&self) -> Manifest {
        self.verb.scenario.manifest(&self.result.scenario, self.events)
    }

    fn files(&self, _: &Manifest) -> Result<Vec<NamedBytes>, Failure> {
        let (verb, result, resolved) = (self.verb, &self.result, &self.scenario.resolved);
        let mut files = vec![
            ("sensitivity.json".to_owned(), result.to_json()),
            ("scenario.resolved.toml".to_owned(), resolved.to_toml().into_bytes()),
        ];
        let effects = match verb.method {
            Method::OneAtATime | Method::Screening => tables::effects(result),
            Method::Morris => tables::morris(result),
        };
        let flips = (!result.flips.is_empty()).then(|| tables::flips(result));
        let screening = result.screening.as_ref().map(|_| tables::screening(result));
        let all = [effects];
        files.extend(verb.results.tables.files(all.iter().chain(&flips).chain(&screening)));
        add_inputs(&mut files, resolved);
        files.extend(verb.charts.draw(&charts(result))?);
        Ok(files)
    }

    fn document(&self) -> Vec<u8> {
        self.result.to_json()
    }

    fn text(&self, timing: &Timing) -> String {
        format!(
            "{}\n{} events in {}.\n",
            table::sensitivity::sensitivity(&self.result),
            format::count(self.events),
            format::seconds(timing.wall_seconds)
        )
    }
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
            let name = format!("tornado-{}", folder::folder_name(&metric.name));
            chart::tornado(result, metric, name)
        })
        .collect()
}
