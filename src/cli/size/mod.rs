//! `cmgsim size`: finds the cheapest design that meets a scenario's objectives.

mod display;

use clap::Args;

use crate::report::sizing;
use crate::report::text::answer_line;
use crate::results::manifest::{Manifest, Timing};
use crate::results::{Sizing, json, tables};
use crate::study::info;
use crate::study::sizing::{Loss, SizingOptions, SizingOutcome, SizingPlan};

use super::failure::Failure;
use super::results::{NamedBytes, ResultArguments};
use super::scenario::ScenarioArguments;
use super::session::{Conditions, Finding, Session};
use super::study::{LimitArguments, StudyArguments};
use super::{output, verdict};
use display::{Display, Named};

#[derive(Debug, Args)]
pub(super) struct Size {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Search these values, for example gateway.main.instances=2..16; repeatable
    ///
    /// List values from the weakest to the strongest: gateway.main.size=A2_v2,A4_v2 [default: the
    /// size, instances and count of each gateway, the count of each connection point, management
    /// point and software update point, and the port range of connection points if ports limit the
    /// system].
    #[arg(help_heading = "Designs", long = "find", value_name = "PATH=VALUES")]
    dimensions: Vec<String>,
    /// Add a price per unit and month, for example connection_point.cp.count=120; repeatable
    ///
    /// The price is added to the Azure costs.
    #[arg(help_heading = "Designs", long = "price", value_name = "PATH=PRICE")]
    prices: Vec<String>,
    /// Exclude designs that need more than CORES vCPU cores [default: no quota]
    ///
    /// An instance of A2_v2 has 2 cores, A4_v2 4, B2s 2.
    #[arg(help_heading = "Designs", long, value_name = "CORES", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    quota: Option<u64>,
    /// Simulate the scenario without additional failures
    ///
    /// By default, the update domains of every gateway go down one after the other, and one of its
    /// connection points fails.
    #[arg(help_heading = "Designs", long)]
    without_loss: bool,
    /// Start the additional failures at TIME [default: when most clients use a gateway]
    ///
    /// TIME is a duration after the start of the measured period, or a local time. The default is
    /// in the first three quarters of the measured period.
    #[arg(
        help_heading = "Designs",
        long,
        value_name = "TIME",
        conflicts_with = "without_loss",
        hide_short_help = true
    )]
    loss_at: Option<String>,
    /// Simulate at most N replications of a design; without a decision by then, it is undecided
    #[arg(long, value_name = "N", default_value_t = 40, help_heading = "Replications",
          hide_short_help = true, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    max_replications: u32,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// Stop after SECONDS of wall time and report the best design (exit code 6)
    #[arg(long, value_name = "SECONDS", help_heading = "Limits")]
    time_limit: Option<u64>,
}

/// Results of the search, with the options for storing them.
struct Found<'a> {
    verb: &'a Size,
    sizing: Sizing,
    events: u64,
}

impl Size {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.results.tables.dialect()?;
        let base = self.scenario.load()?;
        if base.objectives.is_empty() {
            return Err(Failure::Usage(
                "size needs objectives; add the section [slo] to the scenario, or use \
                 --set slo.latency_p95_s=2s; `cmgsim params slo` lists all objectives"
                    .to_owned(),
            ));
        }
        let options = self.options();
        let plan = SizingPlan::new(&base, &options)?;
        for remark in &plan.remarks {
            output::warn(&format!("{remark}\n"))?;
        }
        let jobs = self.limits.jobs();
        self.limits.refuse_too_much(&base, self.max_replications, jobs)?;
        let info = info(&base);
        let is_silent = self.results.is_silent();
        let session = Session::begin(Conditions {
            is_silent,
            jobs,
            time_limit: self.time_limit,
            memory_max: self.limits.memory_max(),
        })?;
        let folder = session.open(&self.results, &info.name, &info.hash)?;
        let progress = session.clock();
        let named = Named { currency: info.prices.currency.clone(), paths: plan.paths() };
        let display = Display::new(&progress, is_silent, jobs, named);
        let outcome = folder.simulate(&progress, || {
            let outcome = plan.search(&display);
            display.finish();
            outcome
        })?;
        let SizingOutcome { mut sizing, events, stopped } = outcome;
        sizing.sentence = sizing::answer(&sizing);
        let stopped = stopped.map(|error| progress.failure(error));
        folder.finish(&progress, Found { verb: self, sizing, events }, stopped)
    }

    fn options(&self) -> SizingOptions {
        SizingOptions {
            find: self.dimensions.clone(),
            prices: self.prices.clone(),
            quota: self.quota,
            loss: match &self.loss_at {
                _ if self.without_loss => Loss::NoLoss,
                None => Loss::AtBusiest,
                Some(at) => Loss::At(at.clone()),
            },
            confidence: self.study.confidence,
            first: self.study.replications().unwrap_or(SizingOptions::default().first),
            maximum: self.max_replications,
        }
    }
}

impl Finding for Found<'_> {
    const KEPT: &'static str = "All simulated designs";

    fn manifest(&self) -> Manifest {
        self.verb.scenario.manifest(&self.sizing.scenario, self.events)
    }

    fn files(&self, _: &Manifest) -> Result<Vec<NamedBytes>, Failure> {
        let mut files = self.verb.results.tables.files([&tables::study::designs(&self.sizing)])?;
        files.push(("size.json".to_owned(), json::sizing(&self.sizing)));
        Ok(files)
    }

    fn document(&self) -> Vec<u8> {
        json::sizing(&self.sizing)
    }

    fn text(&self, _: &Timing) -> String {
        sizing::text(&self.sizing)
    }

    fn shortest(&self) -> String {
        answer_line(&self.sizing.sentence)
    }

    fn verdict(&self) -> Result<(), Failure> {
        verdict::of_sizing(&self.sizing)
    }
}
