//! `cmgsim size`: the cheapest design that meets a scenario's objectives.

mod bill;
mod dimension;
mod evaluator;
mod forecast;
mod loss;
#[cfg(test)]
mod random_scenarios;

use std::time::Duration;

use clap::Args;

use crate::report::sizing;
use crate::results::manifest::Timing;
use crate::results::store::Store;
use crate::results::{
    DesignResult, DesignStanding, DimensionResult, ScenarioInfo, Sizing, json, tables,
};
use crate::scenario::Scenario;
use crate::study::sizing::{
    DESIGNS_MAX, Design, Evaluator, Found, Rules, Space, Standing, search_in,
};
use crate::terms::Objective;

use super::failure::Failure;
use super::output;
use super::progress::{self, Progress};
use super::results::{self, ResultArguments};
use super::scenario::ScenarioArguments;
use super::study::{LimitArguments, StudyArguments};
use bill::Bill;
use dimension::Dimension;
use evaluator::{Simulations, Stop};
use forecast::Display;
use loss::Loss;

/// Replications of the first look that may accept a design.
const SCREENING: u32 = 2;

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
        let prices = dimension::prices(&self.prices, &dimensions)?;
        self.limits.refuse_too_much(&base, self.max_replications, self.study.jobs())?;
        let started = jiff::Timestamp::now();
        let info = crate::study::info(&base);
        refuse_without_price(&base, &info)?;
        progress::catch_interrupts()?;
        let store = self.results.open(&info.name, &info.hash, started)?;
        let limit = self.time_limit.map(Duration::from_secs);
        let watch = Progress::new(true, 1.0, limit, self.limits.memory_max());
        let display = Display::new(self.results.is_silent(), &info.prices.currency);
        let bill = Bill::new(&base, prices);
        let mut simulations = Simulations::new(&self.scenario, dimensions, bill, &watch, display);
        let objectives = base.objectives.clone();
        let pool = self.study.pool()?;
        let outcome = pool.install(|| self.search(&mut simulations, &objectives));
        simulations.display.finish();
        let (found, published, stop) = match outcome {
            Ok(outcome) => outcome,
            Err(stop) => {
                store.discard_if_empty();
                return Err(failure(stop, &watch));
            }
        };
        let mut sizing =
            self.sizing(&mut simulations, &found, info).map_err(|stop| failure(stop, &watch))?;
        sizing.published = published;
        sizing.cores_today = bill::cores_of(&base);
        sizing.is_stopped = stop.is_some();
        let timing = results::timing(started, watch.elapsed(), simulations.events);
        let stored = self.store(&store, &sizing, simulations.events, timing);
        let (document, text) = (|| json::sizing(&sizing), || sizing::text(&sizing));
        let kept = stored.is_ok().then_some(&store);
        let printed = self.results.print(document, text, "All designs that were simulated", kept);
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        printed?;
        match (stop, &sizing.answer) {
            // What was found stands, whatever became of the rest.
            (Some(stop), _) => Err(after_result(failure(stop, &watch))),
            (None, Some(_)) => Ok(()),
            (None, None) => Err(after_result(no_answer(&sizing))),
        }
    }

    /// Lists the space, decides where to begin and how long it will take, and searches. What was
    /// found before a stop is a result, if anything was.
    fn search(
        &self,
        simulations: &mut Simulations<'_>,
        objectives: &[Objective],
    ) -> Result<(Found, Option<DesignResult>, Option<Stop>), Stop> {
        let budget = objectives.iter().find(|one| one.metric == evaluator::BILL);
        simulations.budget = budget.filter(|one| !one.is_at_least).map(|one| one.limit);
        simulations.quota = self.quota;
        let space = Space::of(simulations)?;
        let seconds = self.prepare(simulations)?;
        let levels = simulations.levels();
        let expected = forecast::replications(&space, &levels, self.first());
        if !self.results.is_silent() {
            forecast::announce(&space, expected, seconds, self.study.jobs())
                .map_err(Stop::Failure)?;
        }
        simulations.display.begin(expected, simulations.watch.elapsed());
        let hint = simulations.by_published_rules(&space)?;
        let published = match &hint {
            Some(design) => Some(simulations.not_simulated(design)?),
            None => None,
        };
        let rules = self.rules(hint);
        match search_in(space, simulations, objectives, &rules) {
            Ok(found) => Ok((found, published, None)),
            Err(unfinished) if unfinished.found.tried.is_empty() => Err(unfinished.error),
            Err(unfinished) => Ok((*unfinished.found, published, Some(unfinished.error))),
        }
    }

    fn rules(&self, hint: Option<Design>) -> Rules {
        let (confidence, first) = (self.study.confidence, self.first());
        Rules { confidence, first, most: self.max_replications, hint }
    }

    /// Replications of the first look that may accept a design.
    fn first(&self) -> u32 {
        self.study.replications().unwrap_or(SCREENING).max(2)
    }

    /// What can be chosen.
    fn space(&self, base: &Scenario) -> Result<Vec<Dimension>, Failure> {
        let dimensions = match self.dimensions.is_empty() {
            true => self.usual(base)?,
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

    /// The usual choice, without what the scenario does not allow, which is said.
    fn usual(&self, base: &Scenario) -> Result<Vec<Dimension>, Failure> {
        let request = self.scenario.request()?;
        let mut usual = Vec::new();
        for one in dimension::usual_dimensions(base) {
            match dimension::obstacle(&request, &one) {
                None => usual.push(one),
                Some(why) => output::warn(&format!(
                    "{} stays as it is: with {} of it {why}\n",
                    one.path,
                    one.values.last().map_or("", String::as_str)
                ))?,
            }
        }
        Ok(usual)
    }

    /// Decides what is down meanwhile; for the time of it the strongest design is simulated once,
    /// as the one that surely serves all clients. Returns how long a replication takes, seconds.
    fn prepare(&self, simulations: &mut Simulations<'_>) -> Result<f64, Stop> {
        if let Some(at) = self.loss_at.clone() {
            simulations.loss = Loss::at(at);
        }
        if self.without_loss || self.loss_at.is_some() {
            return simulations.measure();
        }
        let (result, took) = simulations.simulate_strongest()?.ok_or(Stop::Watch)?;
        let duration = result.scenario.duration_seconds;
        simulations.loss =
            Loss::at_busiest(&result.series, duration, |seconds| result.scenario.civil(seconds));
        Ok(took.as_secs_f64())
    }

    /// The search as results.
    fn sizing(
        &self,
        simulations: &mut Simulations<'_>,
        found: &Found,
        info: ScenarioInfo,
    ) -> Result<Sizing, Stop> {
        let designs = found.tried.iter().map(|tried| simulations.result(tried));
        let designs: Vec<DesignResult> = designs.collect::<Result<_, _>>()?;
        let at = |place: usize| designs[place].clone();
        let undecided =
            found.tried.iter().filter(|one| one.standing() == Standing::Undecided).count();
        let dimension = |one: &Dimension| DimensionResult {
            path: one.path.clone(),
            values: one.values.clone(),
        };
        let refuted = |(objective, dimension): &(usize, usize)| {
            let metric = &found.tried[0].evaluation().objectives()[*objective].metric;
            (metric.clone(), simulations.dimensions[*dimension].path.clone())
        };
        let best = found.best().filter(|_| found.answer.is_none());
        Ok(Sizing {
            scenario: info,
            dimensions: simulations.dimensions.iter().map(dimension).collect(),
            loss: simulations.loss.text(),
            confidence: self.study.confidence,
            is_stopped: false,
            space: found.space,
            open: found.open,
            over_budget: found.over_budget,
            over_quota: found.over_quota,
            quota: self.quota,
            cores_today: 0,
            simulated: designs.len() as u64,
            replications: simulations.display.replications(),
            undecided: undecided as u64,
            confirmations: u64::from(found.confirmations),
            refuted: found.refuted.iter().map(refuted).collect(),
            answer: found.answer.map(at),
            best: best.map(at),
            runner_up: found.runner_up.map(at),
            published: None,
            neighbours: found.neighbours.iter().map(|place| at(*place)).collect(),
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
        let mut files = self.results.tables.files([&tables::study::designs(sizing)]);
        files.push(("size.json".to_owned(), json::sizing(sizing)));
        let (asked, overrides) = (self.scenario.scenario.clone(), self.scenario.overrides());
        let mut manifest = results::manifest(&sizing.scenario, asked, overrides, events);
        manifest.timing = timing;
        if sizing.is_stopped {
            manifest.state = "interrupted".to_owned();
        }
        self.results.store(store, &files, manifest)
    }
}

/// Why a search that came to its end has no answer: all designs fail, or it cannot be told.
fn no_answer(sizing: &Sizing) -> Failure {
    let is_open = |one: &&DesignResult| {
        matches!(one.standing, DesignStanding::Screened | DesignStanding::Undecided)
    };
    match sizing.designs.iter().filter(is_open).count() {
        0 => Failure::Differs("no design of the space meets all objectives".to_owned()),
        open => Failure::Undecided(format!(
            "no design is confirmed, and of {open} it cannot be told whether they meet all \
             objectives (confirmations: {})",
            sizing.confirmations
        )),
    }
}

/// An objective on the bill needs the prices of all instances.
fn refuse_without_price(base: &Scenario, info: &ScenarioInfo) -> Result<(), Failure> {
    let has_budget = base.objectives.iter().any(|one| one.metric == evaluator::BILL);
    let without = info.prices.vm_hour.iter().find(|one| one.price.is_none());
    match without.filter(|_| has_budget) {
        Some(one) => Err(Failure::Usage(format!(
            "slo.{} cannot be judged, because instances have no price: set {}",
            evaluator::BILL,
            one.key
        ))),
        None => Ok(()),
    }
}

fn failure(stop: Stop, watch: &Progress) -> Failure {
    match stop {
        Stop::Failure(failure) => failure,
        Stop::Watch => {
            watch.why_stopped("the search was not over: what is missing was not simulated")
        }
    }
}
