//! What `cmgsim sweep` is asked.

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
    /// Vary a value: a range of whole numbers (gateway.main.instances=2..16, or 2..16:2 with a
    /// step), or values between commas ('cohort.*.clients=10000,20000').
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    pub(super) vary: Vec<String>,
    /// Which points: every combination; --points drawn from the ranges by a Latin hypercube; or
    /// the scenario itself and each value alone.
    #[arg(long, value_name = "DESIGN", default_value = "grid")]
    pub(super) design: DesignName,
    /// How many points a Latin hypercube has.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=POINTS_MAX))]
    pub(super) points: Option<u32>,
    /// Independent replications of each point.
    #[arg(long, value_name = "N", default_value_t = DEFAULT,
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    pub(super) replications: u32,
    /// Confidence of intervals.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = open_share)]
    pub(super) confidence: f64,
    /// A figure for the table and the charts; all are in the files.
    #[arg(long = "metric", value_name = "METRIC", default_value = "latency_p95_s")]
    pub(super) measure: Vec<String>,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) jobs: Option<u32>,
    #[command(flatten)]
    pub(super) limits: LimitArguments,
    /// Go on with what is finished in the folder (or in --out); more --replications than before
    /// are added.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    pub(super) resume: Option<Option<PathBuf>>,
    /// Simulate only this part, for example 2/8, and write only a journal; `cmgsim merge` puts the
    /// parts together.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(super) shard: Option<Shard>,
    #[command(flatten)]
    pub(in crate::cli) results: ResultArguments,
    #[command(flatten)]
    pub(super) charts: ChartArguments,
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
    /// What is to be varied, and how.
    pub(super) fn request(&self) -> Result<SweepRequest, Failure> {
        for (place, name) in self.measure.iter().enumerate() {
            folder::known_metric(name)?;
            if self.measure[..place].contains(name) {
                return Err(Failure::Usage(format!("--metric {name} is there twice")));
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
            measures: self.measure.clone(),
        })
    }

    fn design(&self) -> Result<Design, Failure> {
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        match (self.design, self.points) {
            (DesignName::Grid, None) => Ok(Design::Grid),
            (DesignName::OneAtATime, None) => Ok(Design::OneAtATime),
            (DesignName::Latin, Some(points)) => Ok(Design::Latin { points }),
            (DesignName::Latin, None) => usage("--design latin needs --points N: how many to draw"),
            (_, Some(_)) => usage("only --design latin has --points"),
        }
    }
}
