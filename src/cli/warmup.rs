//! `cmgsim warmup`: how much of a scenario's beginning is not steady.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::experiment::Study;
use crate::report::{chart, format};
use crate::results::store::write_file;
use crate::results::{Column, RunResult};
use crate::study::warmup::{Truncation, mean_series, mser5};

use super::charts::LookArguments;
use super::failure::Failure;
use super::progress::{self, Progress};
use super::scenario::ScenarioArguments;
use super::study::{LimitArguments, StudyArguments, USUAL};
use super::{Format, inputs, output};
use crate::study::info;

#[derive(Debug, Args)]
pub(super) struct Warmup {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// What has to settle.
    #[arg(long, value_name = "SERIES", default_value = "present")]
    series: Series,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// Write the chart to this file; its ending says whether as SVG or PNG.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    look: LookArguments,
    /// How to print the outcome and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// A series of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Series {
    /// Requests present at all stations together.
    Present,
    /// Open notification channels.
    Channels,
    /// Requests answered a second.
    Completed,
}

impl Series {
    fn of(self) -> fn(&RunResult) -> Vec<f64> {
        match self {
            Series::Present => |result| {
                let sum = |bin: usize| {
                    let at = |column: &Column| column.values.get(bin).copied().unwrap_or(0.0);
                    result.series.present.iter().map(at).sum()
                };
                (0..result.series.start_seconds.len()).map(sum).collect()
            },
            Series::Channels => |result| result.series.channels.clone(),
            Series::Completed => |result| result.series.completed_per_second.clone(),
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Series::Present => "requests at all stations",
            Series::Channels => "open notification channels",
            Series::Completed => "requests answered a second",
        }
    }
}

impl Warmup {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let look = self.look.look()?;
        // Nothing is left out of what is looked at.
        let mut arguments = ScenarioArguments {
            scenario: self.scenario.scenario.clone(),
            overrides: self.scenario.overrides.clone(),
            seed: self.scenario.seed,
        };
        arguments.overrides.push("warm_up=\"0s\"".to_owned());
        let scenario = arguments.load()?;
        if let Some(path) = &self.chart {
            inputs::refuse_file("--chart", path)?;
        }
        let count = self.study.replications().unwrap_or(USUAL);
        self.limits.refuse_too_much(&scenario, count, self.study.jobs())?;
        let info = info(&scenario);
        progress::catch_interrupts()?;
        let is_silent = self.format == Format::Json;
        let progress =
            Progress::new(is_silent, info.duration_seconds, None, self.limits.memory_max());
        let study = Study { config: &scenario.config, info: &info, follow: None };
        let found =
            self.study.pool()?.install(|| mean_series(&study, count, self.series.of(), &progress));
        progress.finish();
        let Some(series) = found? else {
            return Err(Failure::Interrupted("no warm-up was looked for".to_owned()));
        };
        let bin = scenario.config.interval.as_seconds();
        let Some(truncation) = mser5(&series) else {
            return Err(Failure::Usage(format!(
                "{} bins are too few to find a warm-up: set a shorter `interval`, so that there \
                 are 50 and more",
                series.len()
            )));
        };
        let left_out = truncation.values as f64 * bin;
        if let Some(path) = &self.chart {
            let run = RunResult { scenario: info.clone(), ..RunResult::default() };
            let figure = chart::warm_up(&run, self.series.label(), &series, bin, left_out);
            let is_png = path.extension().is_some_and(|ending| ending == "png");
            let bytes = match is_png {
                true => chart::png(&figure, &look)?,
                false => chart::svg(&figure, &look).into_bytes(),
            };
            write_file(path, &bytes)?;
        }
        let text = self.text(&info.name, count, (series.len(), bin), truncation);
        output::print(&text)?;
        if truncation.is_settled {
            return Ok(());
        }
        Err(Failure::AfterResult(Box::new(Failure::Undecided(
            "no steady state was found: the least error lies at half of the series. A scenario of \
             a day or of a disruption has none and needs no warm-up but the one that fills the \
             system; a longer one may have"
                .to_owned(),
        ))))
    }

    /// What is printed of `bins`, so many of so many seconds.
    fn text(&self, name: &str, count: u32, bins: (usize, f64), found: Truncation) -> String {
        let (bins, bin) = bins;
        let left_out = found.values as f64 * bin;
        match self.format {
            Format::Json => format!(
                "{:#}\n",
                serde_json::json!({
                    "warm_up_seconds": left_out,
                    "is_settled": found.is_settled,
                    "bins": bins,
                    "bins_left_out": found.values,
                    "mean_after": found.mean_after,
                    "mean_all": found.mean_all,
                    "replications": count,
                })
            ),
            Format::Text => format!(
                "{name}: mean {} over {count} replications that start empty, {bins} bins of {}\n\
                 MSER-5 leaves out the first {}: warm_up = \"{left_out}s\"\n\
                 Mean after it {}, of everything {}.\n",
                self.series.label(),
                format::seconds(bin),
                format::seconds(left_out),
                format::number(found.mean_after),
                format::number(found.mean_all),
            ),
        }
    }
}
