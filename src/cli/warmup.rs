//! `cmgsim warmup`: estimates the length of a scenario's warm-up period.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::report::{chart, format};
use crate::results::store::write_file;
use crate::results::{RunResult, ScenarioInfo};
use crate::study::info;
use crate::study::simulate::DEFAULT_REPLICATIONS;
use crate::study::warmup::{self, WarmUp, WarmUpOptions, warm_up};

use super::charts::LookArguments;
use super::failure::Failure;
use super::scenario::ScenarioArguments;
use super::session::{Conditions, Session};
use super::study::{LimitArguments, StudyArguments};
use super::{Format, inputs, output, verdict};

#[derive(Debug, Args)]
pub(super) struct Warmup {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Choose the time series that must become steady
    #[arg(long, value_name = "SERIES", default_value = "present", help_heading = "Scenario")]
    series: Series,
    #[command(flatten)]
    study: StudyArguments,
    /// Write a chart to FILE; its extension (.svg or .png) selects the format
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    look: LookArguments,
    /// Print the result as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    limits: LimitArguments,
}

/// Time series of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Series {
    /// Number of requests in the system.
    Present,
    /// Open notification channels.
    Channels,
    /// Requests completed per second.
    Completed,
}

impl From<Series> for warmup::Series {
    fn from(series: Series) -> Self {
        match series {
            Series::Present => warmup::Series::Present,
            Series::Channels => warmup::Series::Channels,
            Series::Completed => warmup::Series::Completed,
        }
    }
}

/// Returns whether the extension of a chart file selects PNG instead of SVG.
fn is_png(path: &Path) -> Result<bool, Failure> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match &*extension {
        "png" => Ok(true),
        "svg" => Ok(false),
        _ => Err(Failure::Usage(format!(
            "cannot write --chart {}: the extension must be .svg or .png",
            path.display()
        ))),
    }
}

impl Warmup {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let look = self.look.look()?;
        let scenario = self.scenario.load_with(&[warmup::WITHOUT.to_owned()])?;
        let chart = match &self.chart {
            None => None,
            Some(path) => {
                inputs::refuse_file("--chart", path)?;
                Some((path, is_png(path)?))
            }
        };
        let count = self.study.replications().unwrap_or(DEFAULT_REPLICATIONS);
        self.limits.refuse_too_much(&scenario, count, self.limits.jobs())?;
        let info = info(&scenario);
        let session = Session::begin(Conditions {
            is_silent: self.format == Format::Json,
            jobs: self.limits.jobs(),
            time_limit: None,
            memory_max: self.limits.memory_max(),
        })?;
        let progress = session.progress(info.duration_s);
        let options = WarmUpOptions { series: self.series.into(), replications: count };
        let found = session.simulate(&progress, || warm_up(&scenario, &options, &progress))?;
        if let Some((path, is_png)) = chart {
            let run = RunResult { scenario: info.clone(), ..RunResult::default() };
            let label = options.series.label();
            let seconds = found.seconds();
            let drawing = chart::warm_up(&run, label, &found.series, found.bin_seconds, seconds);
            let bytes = match is_png {
                true => chart::png(&drawing, &look)?,
                false => chart::svg(&drawing, &look).into_bytes(),
            };
            write_file(path, &bytes)?;
        }
        output::print(&self.text(&info, count, &found))?;
        verdict::of_warm_up(&found).map_err(|failure| Failure::AfterResult(Box::new(failure)))
    }

    /// Returns the result as text or JSON.
    fn text(&self, info: &ScenarioInfo, count: u32, found: &WarmUp) -> String {
        let (bins, left_out, cut) = (found.series.len(), found.seconds(), &found.truncation);
        match self.format {
            Format::Json => format!(
                "{:#}\n",
                serde_json::json!({
                    "warm_up_s": left_out,
                    "is_settled": cut.is_settled,
                    "bins": bins,
                    "bins_left_out": cut.values,
                    "mean_after": cut.mean_after,
                    "mean_all": cut.mean_all,
                    "replications": count,
                })
            ),
            Format::Text => format!(
                "{}: mean {} over {count} replications that start empty, {bins} bins of {}\n\
                 MSER-5 truncates the first {}: warm_up = \"{left_out}s\"\n\
                 Mean after truncation: {}. Mean of the whole series: {}.\n",
                info.name,
                warmup::Series::from(self.series).label(),
                format::seconds(found.bin_seconds),
                format::seconds(left_out),
                format::number(cut.mean_after),
                format::number(cut.mean_all),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_selects_the_format_of_the_chart() {
        let is_png = |name: &str| is_png(Path::new(name)).ok();
        assert_eq!(["a.png", "a.PNG", "a.b.Png"].map(is_png), [Some(true); 3]);
        assert_eq!(["a.svg", "a.SVG"].map(is_png), [Some(false); 2]);
        assert_eq!(["a", "a.jpg", ".png", "png", "a.svg.gz"].map(is_png), [None; 5]);
    }
}
