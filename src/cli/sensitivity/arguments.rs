//! Options of `cmgsim sensitivity`.

use clap::{Args, ValueEnum};

use crate::cli::charts::ChartArguments;
use crate::cli::failure::Failure;
use crate::cli::results::ResultArguments;
use crate::cli::scenario::ScenarioArguments;
use crate::cli::study::{LimitArguments, REPLICATIONS_MAX, open_share};
use crate::scenario::Scenario;
use crate::study::sensitivity::{self, SensitivityOptions};

#[derive(Debug, Args)]
pub(in crate::cli) struct Sensitivity {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// Rank parameters by their effect on METRIC
    ///
    /// Repeat the option for several metrics, for example latency_p95_s, failure_share or
    /// station_utilisation_mean_share[management point mp].
    #[arg(help_heading = "Study", long, value_name = "METRIC", default_value = "latency_p95_s")]
    pub metric: Vec<String>,
    /// Choose the method
    ///
    /// The cost in replications is at most --budget for screening. For one-at-a-time, it is
    /// --replications times (1 + 2 per parameter), plus the search for tipping points. For morris,
    /// it is --replications times --trajectories times (1 + 1 per parameter), plus the defaults.
    #[arg(help_heading = "Study", long, value_name = "METHOD", default_value = "screening")]
    pub method: Method,
    /// Vary only parameters whose path contains PATTERN; repeatable
    ///
    /// A * in PATTERN stands for any text.
    #[arg(help_heading = "Study", long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Set the smallest change of a metric that makes a parameter relevant, as a share of the
    /// metric's mean (screening)
    #[arg(help_heading = "Study", long, value_name = "SHARE", default_value = "5%", hide_short_help = true,
          value_parser = open_share)]
    threshold: f64,
    /// Set the largest probability of missing a parameter whose effect is twice the threshold
    /// (screening)
    #[arg(help_heading = "Study", long, value_name = "SHARE", default_value = "12.5%", hide_short_help = true,
          value_parser = open_share)]
    miss_risk: f64,
    /// Simulate at most N replications in all (screening)
    ///
    /// The limit is the number of events in N replications with all parameters at their defaults.
    /// It does not include the pilot study of a scenario with fewer than 8,000 clients.
    #[arg(help_heading = "Study", long, value_name = "N", default_value_t = 130,
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    budget: u32,
    /// Simulate R trajectories (morris)
    #[arg(help_heading = "Study", long, value_name = "R", default_value_t = 10, hide_short_help = true,
          value_parser = clap::value_parser!(u32).range(2..=10_000))]
    trajectories: u32,
    /// Search in N steps for the value at which an objective changes its verdict [default: 6]
    ///
    /// Each step halves the range and simulates one value with as many replications as the other
    /// values of the parameter. Requires objectives in [slo]; not available with morris.
    #[arg(help_heading = "Study", long, value_name = "N", hide_short_help = true,
          value_parser = clap::value_parser!(u32).range(0..=30))]
    tipping_point_steps: Option<u32>,
    /// Simulate N replications of each point [default: 10; morris: 1]
    ///
    /// All points use common random numbers. Screening starts with 3 replications and uses at most
    /// N.
    #[arg(long, value_name = "N", help_heading = "Replications",
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    replications: Option<u32>,
    /// Set the joint confidence level of all intervals of a metric
    #[arg(long, value_name = "SHARE", default_value = "95%", help_heading = "Replications",
          hide_short_help = true, value_parser = open_share)]
    confidence: f64,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    pub charts: ChartArguments,
    #[command(flatten)]
    pub limits: LimitArguments,
    /// Stop after SECONDS of wall time and report partial results (exit code 6)
    #[arg(long, value_name = "SECONDS", help_heading = "Limits")]
    pub time_limit: Option<u64>,
}

/// Method of varying parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Method {
    /// Vary groups of parameters first, then each of the few relevant parameters individually.
    Screening,
    /// Vary each parameter from low to high with all others at their defaults.
    OneAtATime,
    /// Compute Morris's elementary effects: vary each parameter at random values of the other
    /// parameters.
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

/// Default of `--tipping-point-steps`.
const TIPPING_POINT_STEPS: u32 = 6;

impl Sensitivity {
    /// Refuses options that have no effect on this scenario.
    pub(super) fn refuse_idle(&self, scenario: &Scenario) -> Result<(), Failure> {
        match self.tipping_point_steps {
            Some(_) if scenario.objectives.is_empty() => Err(Failure::Usage(
                "--tipping-point-steps has no effect without objectives; add the section [slo] to \
                 the scenario, or use --set slo.latency_p95_s=2s"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// Returns the options of the study.
    pub(super) fn options(&self) -> SensitivityOptions {
        SensitivityOptions {
            measures: self.metric.clone(),
            method: self.method.into(),
            only: self.only.clone(),
            replications: self.replications,
            threshold: self.threshold,
            miss_risk: self.miss_risk,
            budget: self.budget,
            trajectories: self.trajectories,
            tipping_point_steps: self.tipping_point_steps.unwrap_or(TIPPING_POINT_STEPS),
            confidence: self.confidence,
        }
    }
}
