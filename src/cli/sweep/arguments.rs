//! Options of `cmgsim sweep`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::results::UNITS_MAX;
use crate::study::sweep::design::Design;
use crate::study::sweep::factor::Factor;
use crate::study::sweep::{Shard, SweepRequest};

use super::super::charts::ChartArguments;
use super::super::failure::Failure;
use super::super::folder;
use super::super::results::ResultArguments;
use super::super::scenario::ScenarioArguments;
use super::super::study::{DEFAULT, LimitArguments, REPLICATIONS_MAX, open_share};

#[derive(Debug, Args)]
pub(in crate::cli) struct Sweep {
    #[command(flatten)]
    pub(super) scenario: ScenarioArguments,
    /// Vary a value, for example gateway.main.instances=2..16; repeatable
    ///
    /// VALUES is a range of whole numbers (2..16, or 2..16:2 with a step), a list
    /// (cohort.*.clients=10000,20000), or, with --design latin, a range of real numbers (0.5..2).
    #[arg(help_heading = "Points", long, value_name = "PATH=VALUES", required = true)]
    pub(super) vary: Vec<String>,
    /// Choose the points
    ///
    /// grid simulates every combination; latin draws --points points from the ranges (Latin
    /// hypercube); one-at-a-time simulates the unchanged scenario, and changes one value per point.
    #[arg(help_heading = "Points", long, value_name = "DESIGN", default_value = "grid")]
    pub(super) design: DesignName,
    /// Draw N points (only for --design latin)
    #[arg(help_heading = "Points", long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=POINTS_MAX))]
    pub(super) points: Option<u32>,
    /// Simulate N independent replications of each point
    #[arg(long, value_name = "N", default_value_t = DEFAULT, help_heading = "Replications",
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    pub(super) replications: u32,
    /// Set the confidence level of intervals
    #[arg(long, value_name = "SHARE", default_value = "95%", help_heading = "Replications",
          hide_short_help = true, value_parser = open_share)]
    pub(super) confidence: f64,
    /// Show METRIC in the printed table and the charts
    ///
    /// Repeat the option for several metrics. The stored tables contain all metrics.
    #[arg(long, value_name = "METRIC", default_value = "latency_p95_s", help_heading = "Output")]
    pub(super) metric: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) results: ResultArguments,
    #[command(flatten)]
    pub(super) charts: ChartArguments,
    /// Resume the sweep in DIR [default: the --out folder] and add missing replications
    ///
    /// `--resume --out DIR` begins a new sweep if DIR does not exist or has no journal, so the
    /// first attempt of a script and all later attempts can be the same command.
    #[arg(long, value_name = "DIR", num_args = 0..=1, help_heading = "Resume and shards")]
    pub(super) resume: Option<Option<PathBuf>>,
    /// Simulate only part I of N, for example 2/8; `cmgsim merge` combines the parts
    #[arg(long, value_name = "I/N", value_parser = shard, help_heading = "Resume and shards")]
    pub(super) shard: Option<Shard>,
    /// Simulate on the Dask cluster with this scheduler, for example tcp://scheduler:8786
    ///
    /// Requires the Python package: pip install "cmgsim[dask]". The results have the same bytes as
    /// those of one machine.
    #[arg(long, value_name = "ADDRESS", help_heading = "Resume and shards", hide_short_help = true,
          conflicts_with_all = ["shard", "jobs"])]
    pub(super) dask: Option<String>,
    #[command(flatten)]
    pub(super) limits: LimitArguments,
}

const POINTS_MAX: i64 = UNITS_MAX as i64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DesignName {
    Grid,
    Latin,
    OneAtATime,
}

fn shard(text: &str) -> Result<Shard, String> {
    let expected = "expected I/N with I from 1 to N, for example 2/8";
    Shard::parse(text).ok_or_else(|| expected.to_owned())
}

impl Sweep {
    /// Returns whether the sweep is simulated on a Dask cluster.
    pub(in crate::cli) fn is_on_dask(&self) -> bool {
        self.dask.is_some()
    }

    /// Returns the factors, the design and the scenario of the sweep.
    pub(super) fn request(&self) -> Result<SweepRequest, Failure> {
        for (place, name) in self.metric.iter().enumerate() {
            folder::known_metric(name)?;
            if self.metric[..place].contains(name) {
                return Err(Failure::Usage(format!("--metric {name} appears twice; remove one")));
            }
        }
        let factor = |text: &String| {
            let usage = |error| Failure::Usage(format!("cannot use --vary {text}: {error}"));
            Factor::parse(text).map_err(usage)
        };
        Ok(SweepRequest {
            factors: self.vary.iter().map(factor).collect::<Result<_, Failure>>()?,
            design: self.design()?,
            scenario: self.scenario.request()?,
            replications: self.replications,
            confidence: self.confidence,
            measures: self.metric.clone(),
        })
    }

    fn design(&self) -> Result<Design, Failure> {
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        match (self.design, self.points) {
            (DesignName::Grid, None) => Ok(Design::Grid),
            (DesignName::OneAtATime, None) => Ok(Design::OneAtATime),
            (DesignName::Latin, Some(points)) => Ok(Design::Latin { points }),
            (DesignName::Latin, None) => usage("--design latin needs --points N"),
            (_, Some(_)) => usage("--points is only for --design latin"),
        }
    }
}
