//! `cmgsim size`: the cheapest design that meets a scenario's objectives.

mod display;

use clap::Args;

use crate::report::sizing;
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
use display::Display;

#[derive(Debug, Args)]
pub(super) struct Size {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Choose among these values, from the weakest to the strongest, for example
    /// gateway.main.instances=2..16 or gateway.main.size=A2_v2,A4_v2 [default: size and instances
    /// of every gateway, how many of it and of each other server, and the port range of connection
    /// points if it would bind].
    #[arg(long = "find", value_name = "PATH=VALUES")]
    dimensions: Vec<String>,
    /// Add what one more costs per month besides the bill, for example
    /// connection_point.cp.count=120.
    #[arg(long = "price", value_name = "PATH=PRICE")]
    prices: Vec<String>,
    /// Exclude designs whose gateways need more vCPU cores (A2_v2: 2 per instance, A4_v2: 4, B2s:
    /// 2) [default: no quota].
    #[arg(long, value_name = "CORES", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    quota: Option<u64>,
    /// Size for the scenario as it is: by default an update domain of every gateway goes down and
    /// every gateway loses a connection point meanwhile.
    #[arg(long)]
    without_loss: bool,
    /// Take components down at this time: a duration after the measured start, or a civil time
    /// [default: when most clients use a gateway, in the first three quarters].
    #[arg(long, value_name = "TIME", conflicts_with = "without_loss")]
    loss_at: Option<String>,
    /// Count a design as undecided after this many replications.
    #[arg(long, value_name = "N", default_value_t = 40,
          value_parser = clap::value_parser!(u32).range(10..=10_000))]
    max_replications: u32,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// Stop after SECONDS of wall time and report the best design found so far (exit code 6).
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

/// What was found, and how it is kept.
struct Found<'a> {
    verb: &'a Size,
    sizing: Sizing,
    events: u64,
}

impl Size {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let base = self.scenario.load()?;
        if base.objectives.is_empty() {
            return Err(Failure::Usage(
                "size needs objectives: write [slo] in the scenario, or \
                 --set 'slo.latency_p95_s=\"2s\"'; `cmgsim params slo` lists them"
                    .to_owned(),
            ));
        }
        let options = self.options();
        let plan = SizingPlan::new(&base, &options)?;
        for remark in &plan.remarks {
            output::warn(&format!("{remark}\n"))?;
        }
        let jobs = self.study.jobs();
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
        let display = Display::new(&progress, is_silent, jobs, &info.prices.currency);
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
    const KEPT: &'static str = "All designs that were simulated";

    fn manifest(&self) -> Manifest {
        self.verb.scenario.manifest(&self.sizing.scenario, self.events)
    }

    fn files(&self, _: &Manifest) -> Result<Vec<NamedBytes>, Failure> {
        let mut files = self.verb.results.tables.files([&tables::study::designs(&self.sizing)]);
        files.push(("size.json".to_owned(), json::sizing(&self.sizing)));
        Ok(files)
    }

    fn document(&self) -> Vec<u8> {
        json::sizing(&self.sizing)
    }

    fn text(&self, _: &Timing) -> String {
        sizing::text(&self.sizing)
    }

    fn verdict(&self) -> Result<(), Failure> {
        verdict::of_sizing(&self.sizing)
    }
}
