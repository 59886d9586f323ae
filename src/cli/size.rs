//! `cmgsim size`: the cheapest design that meets a scenario's objectives.

mod laboratory;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::experiment::size::{DESIGNS_MAX, Found, Rules, Standing, search};
use crate::report::sizing;
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::Store;
use crate::results::{
    DesignResult, DesignStanding, DimensionResult, RESULTS_VERSION, Sizing, json, study_csv,
};
use crate::scenario::Scenario;

use super::failure::Failure;
use super::progress::{self, Progress};
use super::scenario::ScenarioArguments;
use super::study::{LimitArguments, StudyArguments};
use super::{Format, folder, output};
use laboratory::{Dimension, Gone, Simulations, Trouble};

/// Replications of the first look at a design.
const SCREENING: u32 = 4;

#[derive(Debug, Args)]
pub(super) struct Size {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// What may be chosen, from the weakest to the strongest, for example
    /// gateway.main.instances=2..16 or gateway.main.size=A2_v2,A4_v2 [default: size and instances
    /// of every gateway, and how many of each other server].
    #[arg(long = "find", value_name = "PATH=VALUES")]
    dimensions: Vec<String>,
    /// What one more costs a month besides the bill, for example connection_point.cp.count=120.
    #[arg(long = "price", value_name = "PATH=PRICE")]
    prices: Vec<String>,
    /// Size for the scenario as it is: by default an update domain of every gateway goes down and
    /// every gateway loses a connection point meanwhile.
    #[arg(long)]
    without_loss: bool,
    /// When the parts go, after the measured start [default: half of the measured period].
    #[arg(long, value_name = "DURATION", conflicts_with = "without_loss")]
    loss_at: Option<String>,
    /// Most replications of one design before it counts as undecided.
    #[arg(long, value_name = "N", default_value_t = 40,
          value_parser = clap::value_parser!(u32).range(10..=10_000))]
    max_replications: u32,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// Folder for the results [default: output/SCENARIO/TIME-HASH].
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT")]
    out: Option<PathBuf>,
    /// Print nothing but the folder of the results.
    #[arg(short, long)]
    quiet: bool,
    /// How to print the answer and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Stop after so many seconds; then there is no answer, and the exit code is 6.
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

impl Size {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let base = self.scenario.load()?;
        if base.objectives.is_empty() {
            return Err(Failure::Usage(
                "size needs objectives: write [slo] in the scenario, or \
                 --set 'slo.latency_p95=\"2s\"'; `cmgsim params slo` lists them"
                    .to_owned(),
            ));
        }
        let dimensions = self.space(&base)?;
        let prices = laboratory::prices(&self.prices, &dimensions)?;
        let first = self.study.replications().unwrap_or(SCREENING).max(2);
        self.limits.refuse_too_much(&base, self.max_replications, self.study.jobs())?;
        let started = jiff::Timestamp::now();
        let info = super::scenario::info(&base);
        let store = folder::open(self.out.as_deref(), &info.name, &info.hash, started)?;
        progress::catch_interrupts()?;
        let is_silent = self.quiet || self.format == Format::Json;
        let limit = self.time_limit.map(Duration::from_secs);
        let watch = Progress::new(true, 1.0, limit, self.limits.memory_max());
        let bar = progress::searching(is_silent);
        let gone = self.gone(&base);
        let mut simulations =
            Simulations::new(&self.scenario, dimensions, prices, gone, &watch, bar);
        let rules = Rules { confidence: self.study.confidence, first, most: self.max_replications };
        let objectives = super::scenario::objectives(&base);
        let outcome = self.study.pool()?.install(|| search(&mut simulations, &objectives, rules));
        simulations.bar.finish_and_clear();
        let found = match outcome {
            Ok(found) => found,
            Err(trouble) => {
                store.discard_if_empty();
                return Err(self.failure(trouble, &watch));
            }
        };
        let neighbours =
            self.study.pool()?.install(|| simulations.neighbours(&found, &objectives, rules));
        let neighbours = neighbours.map_err(|trouble| self.failure(trouble, &watch))?;
        let sizing = self.sizing(&mut simulations, &found, neighbours, info)?;
        let wall = watch.elapsed();
        let timing = Timing {
            started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            wall_seconds: wall.as_secs_f64(),
            events_per_second: simulations.events as f64 / wall.as_secs_f64().max(1e-9),
        };
        let stored = self.store(&store, &sizing, simulations.events, timing);
        let printed = self.print(&sizing, stored.is_ok().then_some(&store));
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        printed?;
        match sizing.answer {
            Some(_) => Ok(()),
            None => Err(after_result(Failure::Differs(
                "no design of the space meets all objectives with confidence".to_owned(),
            ))),
        }
    }

    /// What may be chosen.
    fn space(&self, base: &Scenario) -> Result<Vec<Dimension>, Failure> {
        let dimensions = match self.dimensions.is_empty() {
            true => laboratory::usual_dimensions(base),
            false => {
                let parsed = self.dimensions.iter().map(|text| Dimension::parse(text));
                parsed.collect::<Result<_, _>>()?
            }
        };
        let count = |one: &Dimension| one.values.len() as u64;
        let space = dimensions.iter().map(count).fold(1, u64::saturating_mul);
        if dimensions.is_empty() || space > DESIGNS_MAX {
            return Err(Failure::TooMuch(format!(
                "{space} designs cannot be searched: give --find with fewer values ({DESIGNS_MAX} \
                 designs at most)"
            )));
        }
        Ok(dimensions)
    }

    /// What is lost meanwhile.
    fn gone(&self, base: &Scenario) -> Gone {
        let middle = || format!("{}s", base.config.duration.as_seconds() / 2.0);
        match self.without_loss {
            true => Gone::Nothing,
            false => Gone::At(self.loss_at.clone().unwrap_or_else(middle)),
        }
    }

    fn failure(&self, trouble: Trouble, watch: &Progress) -> Failure {
        match trouble {
            Trouble::Failure(failure) => failure,
            Trouble::Stopped if progress::is_interrupted() => {
                Failure::Interrupted("the search was not over, so there is no answer".to_owned())
            }
            Trouble::Stopped if watch.is_out_of_memory() => Failure::TooMuch(
                "a design needed more memory than is allowed (--max-memory)".to_owned(),
            ),
            Trouble::Stopped => {
                Failure::OutOfTime("the search was not over, so there is no answer".to_owned())
            }
        }
    }

    /// The search as results.
    fn sizing(
        &self,
        simulations: &mut Simulations<'_>,
        found: &Found,
        neighbours: Vec<DesignResult>,
        info: crate::results::ScenarioInfo,
    ) -> Result<Sizing, Failure> {
        let designs: Vec<DesignResult> =
            found.tried.iter().map(|tried| simulations.result(tried)).collect();
        let at = |place: Option<usize>| place.map(|place| designs[place].clone());
        let standing = |standing| found.tried.iter().filter(|one| one.standing == standing).count();
        Ok(Sizing {
            scenario: info,
            dimensions: simulations
                .dimensions
                .iter()
                .map(|one| DimensionResult { path: one.path.clone(), values: one.values.clone() })
                .collect(),
            loss: simulations.loss(),
            confidence: self.study.confidence,
            space: found.space,
            simulated: designs.len() as u64,
            undecided: standing(Standing::Undecided) as u64,
            confirmations: u64::from(found.confirmations),
            answer: at(found.answer),
            runner_up: at(found.runner_up),
            published: simulations.by_published_rules().map_err(|trouble| match trouble {
                Trouble::Failure(failure) => failure,
                Trouble::Stopped => Failure::Interrupted("stopped".to_owned()),
            })?,
            neighbours,
            designs,
        })
    }

    fn store(
        &self,
        store: &Store,
        sizing: &Sizing,
        events: u64,
        timing: Timing,
    ) -> Result<(), Failure> {
        let mut manifest = Manifest {
            cmgsim_version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("CMGSIM_COMMIT").to_owned(),
            target: env!("CMGSIM_TARGET").to_owned(),
            results_version: RESULTS_VERSION,
            scenario: sizing.scenario.name.clone(),
            scenario_hash: sizing.scenario.hash.clone(),
            asked: self.scenario.scenario.clone(),
            overrides: self.scenario.overrides(),
            seed: sizing.scenario.seed,
            state: "complete".to_owned(),
            events,
            files: Default::default(),
            timing,
        };
        let files =
            [("size.json", json::sizing(sizing)), ("designs.csv", study_csv::designs(sizing))];
        store.begin()?;
        for (name, bytes) in &files {
            store.write(name, bytes)?;
            manifest.add_file(name, bytes);
        }
        store.write("manifest.json", &manifest.to_bytes())?;
        if self.out.is_none() {
            store.point_latest()?;
        }
        Ok(())
    }

    fn print(&self, sizing: &Sizing, store: Option<&Store>) -> Result<(), Failure> {
        if self.format == Format::Json {
            return output::print(&String::from_utf8_lossy(&json::sizing(sizing)));
        }
        let folder = store.map(|store| store.folder().display().to_string());
        match (self.quiet, folder) {
            (true, Some(folder)) => output::print(&format!("{folder}\n")),
            (true, None) => Ok(()),
            (false, folder) => {
                let mut text = sizing::text(sizing);
                if let Some(folder) = folder {
                    text.push_str(&format!("All designs that were looked at: {folder}\n"));
                }
                output::print(&text)
            }
        }
    }
}

/// What became of a design, as a result.
fn standing(standing: &Standing) -> (DesignStanding, Option<String>) {
    match standing {
        Standing::Confirmed => (DesignStanding::Confirmed, None),
        Standing::Screened => (DesignStanding::Screened, None),
        Standing::Violated => (DesignStanding::Violated, None),
        Standing::Undecided => (DesignStanding::Undecided, None),
        Standing::Hopeless(why) => (DesignStanding::Hopeless, Some(why.clone())),
    }
}
