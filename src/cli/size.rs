//! `cmgsim size`: the cheapest design that meets a scenario's objectives.

mod dimension;
mod laboratory;

use std::time::Duration;

use clap::Args;

use crate::experiment::Objective;
use crate::experiment::size::{DESIGNS_MAX, Found, Rules, Standing, search};
use crate::report::sizing;
use crate::results::manifest::Timing;
use crate::results::store::Store;
use crate::results::{
    DesignResult, DesignStanding, DimensionResult, ScenarioInfo, Sizing, TimeSeries, json, tables,
};
use crate::scenario::Scenario;

use super::failure::Failure;
use super::output;
use super::progress::{self, Progress};
use super::results::{self, ResultArguments};
use super::scenario::ScenarioArguments;
use super::study::{LimitArguments, StudyArguments};
use dimension::Dimension;
use laboratory::{Gone, Simulations, Trouble};

/// Replications of the first look at a design.
const SCREENING: u32 = 4;

#[derive(Debug, Args)]
pub(super) struct Size {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// What may be chosen, from the weakest to the strongest, for example
    /// gateway.main.instances=2..16 or gateway.main.size=A2_v2,A4_v2 [default: size and instances
    /// of every gateway, how many of it and of each other server, and the port range of connection
    /// points if it would bind].
    #[arg(long = "find", value_name = "PATH=VALUES")]
    dimensions: Vec<String>,
    /// What one more costs a month besides the bill, for example connection_point.cp.count=120.
    #[arg(long = "price", value_name = "PATH=PRICE")]
    prices: Vec<String>,
    /// Size for the scenario as it is: by default an update domain of every gateway goes down and
    /// every gateway loses a connection point meanwhile.
    #[arg(long)]
    without_loss: bool,
    /// When the parts go: a duration after the measured start, or a civil time [default: when most
    /// clients use a gateway, in the first three quarters].
    #[arg(long, value_name = "TIME", conflicts_with = "without_loss")]
    loss_at: Option<String>,
    /// Most replications of one design before it counts as undecided.
    #[arg(long, value_name = "N", default_value_t = 40,
          value_parser = clap::value_parser!(u32).range(10..=10_000))]
    max_replications: u32,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// Stop after so many seconds; what was looked at until then is told, and the exit code is 6.
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
        let first = self.study.replications().unwrap_or(SCREENING).max(2);
        self.limits.refuse_too_much(&base, self.max_replications, self.study.jobs())?;
        let started = jiff::Timestamp::now();
        let info = super::scenario::info(&base);
        let store = self.results.open(&info.name, &info.hash, started)?;
        progress::catch_interrupts()?;
        let limit = self.time_limit.map(Duration::from_secs);
        let watch = Progress::new(true, 1.0, limit, self.limits.memory_max());
        let bar = progress::searching(self.results.is_silent());
        let mut simulations =
            Simulations::new(&self.scenario, &base, dimensions, prices, &watch, bar);
        simulations.gone = self.gone(&mut simulations).map_err(|trouble| {
            store.discard_if_empty();
            failure(trouble, &watch)
        })?;
        let rules = Rules { confidence: self.study.confidence, first, most: self.max_replications };
        let objectives = super::scenario::objectives(&base);
        let pool = self.study.pool()?;
        let outcome = pool.install(|| search(&mut simulations, &objectives, rules));
        simulations.bar.finish_and_clear();
        let (found, stopped) = match outcome {
            Ok(found) => (found, None),
            Err(unfinished) if unfinished.found.tried.is_empty() => {
                store.discard_if_empty();
                return Err(failure(unfinished.error, &watch));
            }
            Err(unfinished) => (*unfinished.found, Some(unfinished.error)),
        };
        let mut sizing = self.sizing(&simulations, &found, info);
        let looked = match stopped {
            Some(trouble) => Err(trouble),
            None => {
                pool.install(|| around(&mut simulations, (&found, rules), &objectives, &mut sizing))
            }
        };
        sizing.is_stopped = looked.is_err();
        let timing = results::timing(started, watch.elapsed(), simulations.events);
        let stored = self.store(&store, &sizing, simulations.events, timing);
        let (document, text) = (|| json::sizing(&sizing), || sizing::text(&sizing));
        let kept = stored.is_ok().then_some(&store);
        let printed = self.results.print(document, text, "All designs that were looked at", kept);
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        printed?;
        // What was found stands, whatever became of the rest.
        looked.map_err(|trouble| after_result(failure(trouble, &watch)))?;
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

    /// What is lost meanwhile; for the time of it the strongest design is simulated once, as the
    /// one that surely serves all clients.
    fn gone(&self, simulations: &mut Simulations<'_>) -> Result<Gone, Trouble> {
        if self.without_loss {
            return Ok(Gone::Nothing);
        }
        if let Some(at) = self.loss_at.clone() {
            let told = match at.contains('T') {
                true => format!("from {} on", at.replace('T', " ")),
                false => format!("from {at} after the measured start on"),
            };
            return Ok(Gone::At { at, told });
        }
        let result = simulations.strongest()?.ok_or(Trouble::Stopped)?;
        let seconds = busiest(&result.series, result.scenario.duration_seconds);
        let told = format!("from {} on", result.scenario.civil(seconds).replace('T', " "));
        Ok(Gone::At { at: format!("{seconds}s"), told })
    }

    /// The search as results.
    fn sizing(&self, simulations: &Simulations<'_>, found: &Found, info: ScenarioInfo) -> Sizing {
        let designs: Vec<DesignResult> =
            found.tried.iter().map(|tried| simulations.result(tried)).collect();
        let at = |place: Option<usize>| place.map(|place| designs[place].clone());
        let standing = |standing| found.tried.iter().filter(|one| one.standing == standing).count();
        Sizing {
            scenario: info,
            dimensions: simulations
                .dimensions
                .iter()
                .map(|one| DimensionResult { path: one.path.clone(), values: one.values.clone() })
                .collect(),
            loss: simulations.loss(),
            confidence: self.study.confidence,
            is_stopped: false,
            space: found.space,
            simulated: designs.len() as u64,
            undecided: standing(Standing::Undecided) as u64,
            confirmations: u64::from(found.confirmations),
            answer: at(found.answer),
            runner_up: at(found.runner_up),
            published: None,
            neighbours: Vec::new(),
            designs,
        }
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
        let mut manifest = results::manifest(&sizing.scenario, asked, overrides, events, timing);
        if sizing.is_stopped {
            manifest.state = "interrupted".to_owned();
        }
        self.results.store(store, &files, manifest)
    }
}

/// What lies around the answer: by the published rules, and a step away.
fn around(
    simulations: &mut Simulations<'_>,
    (found, rules): (&Found, Rules),
    objectives: &[Objective],
    sizing: &mut Sizing,
) -> Result<(), Trouble> {
    sizing.published = simulations.by_published_rules()?;
    simulations.neighbours(found, objectives, rules, &mut sizing.neighbours)
}

/// When most clients use a gateway, seconds after the measured start; of times with about as many
/// that which is nearest to the middle. Late ones leave no time to see what follows.
fn busiest(series: &TimeSeries, duration: f64) -> f64 {
    const ABOUT: f64 = 0.95;
    let bins = series.start_seconds.iter().zip(&series.gateway_clients);
    let early: Vec<(&f64, &f64)> = bins.filter(|(start, _)| **start <= 0.75 * duration).collect();
    let most = early.iter().map(|(_, users)| **users).fold(0.0, f64::max);
    let busy = early.iter().filter(|(_, users)| **users >= ABOUT * most).map(|(start, _)| **start);
    let from_middle = |start: &f64| (start - duration / 2.0).abs();
    busy.min_by(|one, other| from_middle(one).total_cmp(&from_middle(other)))
        .unwrap_or(duration / 2.0)
}

fn failure(trouble: Trouble, watch: &Progress) -> Failure {
    match trouble {
        Trouble::Failure(failure) => failure,
        Trouble::Stopped => {
            watch.why_stopped("the search was not over: what is missing was not simulated")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_go_when_most_clients_are_there() {
        let at = |users: &[f64]| {
            let start_seconds = (0..users.len()).map(|bin| bin as f64).collect();
            let gateway_clients = users.to_vec();
            let series = TimeSeries { start_seconds, gateway_clients, ..TimeSeries::default() };
            busiest(&series, users.len() as f64)
        };
        assert_eq!(at(&[5.0, 90.0, 5.0, 1.0, 0.0, 0.0, 0.0, 100.0]), 1.0, "the last leave no time");
        assert_eq!(at(&[10.0, 100.0, 98.0, 100.0, 50.0, 4.0]), 3.0, "as many, and in the middle");
        assert_eq!(at(&[]), 0.0);
    }
}
