//! What is typed after `cmgsim sensitivity`.

use clap::{Args, ValueEnum};

use crate::cli::charts::ChartArguments;
use crate::cli::results::ResultArguments;
use crate::cli::scenario::ScenarioArguments;
use crate::cli::study::{LimitArguments, REPLICATIONS_MAX, open_share};
use crate::study::sensitivity::{self, SensitivityOptions};

#[derive(Debug, Args)]
pub(in crate::cli) struct Sensitivity {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// The figure that counts; may be given again (`latency_p95_s`, `failure_share`,
    /// `station_utilisation_mean_share[management point mp]`, ...).
    #[arg(long = "metric", value_name = "METRIC", default_value = "latency_p95_s")]
    pub measure: Vec<String>,
    /// How parameters are varied. Cost in replications of the scenario: at most --budget for
    /// screening; --replications times (1 + 2 per parameter) for one-at-a-time; --trajectories
    /// times (1 + 1 per parameter) for morris.
    #[arg(long, value_name = "METHOD", default_value = "screening")]
    pub method: Method,
    /// Count a change as one that matters from this share of the metric's mean with all defaults
    /// (screening).
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = open_share)]
    threshold: f64,
    /// Screen out a parameter whose swing is twice the threshold or more with at most this
    /// probability (screening).
    #[arg(long, value_name = "SHARE", default_value = "12.5%", value_parser = open_share)]
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
    #[arg(long = "tipping-point-steps", value_name = "N", default_value_t = 6,
          value_parser = clap::value_parser!(u32).range(0..=30))]
    flip_steps: u32,
    /// Confidence of all intervals of a figure together.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = open_share)]
    confidence: f64,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    pub charts: ChartArguments,
    /// Stop after SECONDS of wall time and report what is known (exit code 6).
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,
}

/// How parameters are varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Method {
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

impl Sensitivity {
    /// How the study is done.
    pub(super) fn options(&self) -> SensitivityOptions {
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
