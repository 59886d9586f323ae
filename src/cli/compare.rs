//! `cmgsim compare`: two scenarios with common random numbers.

use std::time::Duration;

use clap::Args;

use crate::experiment::Study;
use crate::experiment::checks::PublishedLimits;
use crate::experiment::compare::{Pairs, compare, pairs};
use crate::published_limits;
use crate::report::{chart, comparison};
use crate::results::comparison::Comparison;
use crate::results::manifest::Timing;
use crate::results::store::Store;
use crate::results::tables::study;
use crate::results::{RunResult, ScenarioInfo, json};
use crate::scenario::Scenario;

use super::charts::ChartArguments;
use super::failure::Failure;
use super::progress::{self, Progress};
use super::results::{self, ResultArguments};
use super::scenario::{ScenarioArguments, info};
use super::study::{LimitArguments, StudyArguments, USUAL};

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Two scenarios, or one that is changed by --set.
    #[arg(value_name = "SCENARIO", num_args = 0..=2)]
    scenarios: Vec<String>,
    /// Set in both. With one scenario and neither --set-a nor --set-b: once is set in B alone,
    /// twice is the first in A and the second in B.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
    /// Set in A alone.
    #[arg(long, value_name = "PATH=VALUE")]
    set_a: Vec<String>,
    /// Set in B alone.
    #[arg(long, value_name = "PATH=VALUE")]
    set_b: Vec<String>,
    /// Seed of all random streams of both [default: that of A].
    #[arg(long, value_name = "N", env = "CMGSIM_SEED")]
    seed: Option<u64>,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
    /// Stop after so many seconds; the pairs of replications that are complete then are compared.
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

/// One of the two: what was asked for, and what it is.
struct Side {
    scenario: Scenario,
    info: ScenarioInfo,
    /// What is set in it alone.
    changes: Vec<String>,
}

impl Side {
    fn study<'a>(&'a self, limits: &'a PublishedLimits) -> Study<'a> {
        Study { config: &self.scenario.config, info: &self.info, limits, follow: None }
    }
}

impl Compare {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        let [first, second] = self.sides()?;
        if first.info.hash == second.info.hash {
            let message = "A and B are the same scenario: name two, or change one with --set";
            return Err(Failure::Usage(message.to_owned()));
        }
        let count = self.study.replications().unwrap_or(USUAL);
        if count < 2 {
            let message = "an interval needs --replications 2 at least, better 10";
            return Err(Failure::Usage(message.to_owned()));
        }
        for side in [&first, &second] {
            self.limits.refuse_too_much(&side.scenario, count, self.study.jobs())?;
        }
        let started = jiff::Timestamp::now();
        let name = match first.info.name == second.info.name {
            true => first.info.name.clone(),
            false => format!("{}-{}", first.info.name, second.info.name),
        };
        let store = self.results.open(&name, &second.info.hash, started)?;
        progress::catch_interrupts()?;
        let simulated = |side: &Side| side.info.warm_up_seconds + side.info.duration_seconds;
        let limit = self.time_limit.map(Duration::from_secs);
        let seconds = f64::from(count) * (simulated(&first) + simulated(&second));
        let progress =
            Progress::new(self.results.is_silent(), seconds, limit, self.limits.memory_max());
        let limits = published_limits();
        let studies = [&first.study(&limits), &second.study(&limits)];
        let outcome = self.study.pool()?.install(|| pairs(studies, count, &progress));
        let wall = progress.elapsed();
        progress.finish();
        let mut pairs = match outcome {
            Ok(pairs) => pairs,
            Err(error) => {
                store.discard_if_empty();
                return Err(error.into());
            }
        };
        let complete = pairs.samples[0].replications.len() as u64;
        let results = match pairs.first.take() {
            Some(results) if complete >= 2 => results,
            _ => {
                store.discard_if_empty();
                let message = "there is no interval before two replications of both are complete";
                return Err(progress.why_stopped(message));
            }
        };
        let compared = self.compared([&first, &second], &pairs);
        let replications = pairs.samples.iter().flat_map(|sample| &sample.replications);
        let events = replications.map(|one| one.events).sum();
        let timing = results::timing(started, wall, events);
        let sides = [&first, &second];
        let stored = self.store(&store, sides, &pairs, &results, &compared, (events, timing));
        let (document, text) = (|| json::comparison(&compared), || comparison::text(&compared));
        let kept = stored.is_ok().then_some(&store);
        let printed = self.results.print(document, text, "Numbers and charts", kept);
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        printed?;
        if pairs.is_complete {
            return Ok(());
        }
        let message =
            format!("{complete} of {count} pairs were complete, and are what is compared");
        Err(after_result(progress.why_stopped(message)))
    }

    fn compared(&self, [first, second]: [&Side; 2], pairs: &Pairs) -> Comparison {
        let [one, two] = &pairs.samples;
        Comparison {
            first: first.info.clone(),
            second: second.info.clone(),
            changes: [first.changes.clone(), second.changes.clone()],
            replications: one.replications.len() as u64,
            confidence: self.study.confidence,
            figures: compare(one, two, self.study.confidence),
        }
    }

    /// Both scenarios, as the arguments say.
    fn sides(&self) -> Result<[Side; 2], Failure> {
        let has_own = !self.set_a.is_empty() || !self.set_b.is_empty();
        let (names, common, own) = match (&self.scenarios[..], &self.overrides[..]) {
            ([first, second], common) => ([first, second], common, [&[][..], &[][..]]),
            ([only], common) if has_own => ([only, only], common, [&[][..], &[][..]]),
            ([only], [change]) => ([only, only], &[][..], [&[][..], std::slice::from_ref(change)]),
            ([only], [one, two]) => {
                ([only, only], &[][..], [std::slice::from_ref(one), std::slice::from_ref(two)])
            }
            _ => {
                return Err(Failure::Usage(
                    "name two scenarios, or one with --set once (B differs by it), --set twice (A \
                     by the first, B by the second), or --set-a and --set-b"
                        .to_owned(),
                ));
            }
        };
        if names == ["-", "-"] && self.scenarios.len() == 2 {
            let message = "only one scenario can come from standard input".to_owned();
            return Err(Failure::Usage(message));
        }
        let changes = [[own[0], &self.set_a].concat(), [own[1], &self.set_b].concat()];
        let side = |place: usize, seed: Option<u64>| -> Result<Side, Failure> {
            let arguments = ScenarioArguments {
                scenario: names[place].clone(),
                overrides: [common, &changes[place]].concat(),
                seed,
            };
            let scenario = arguments.load()?;
            let info = info(&scenario);
            Ok(Side { scenario, info, changes: changes[place].clone() })
        };
        let first = side(0, self.seed)?;
        // Common random numbers need a common seed.
        let second = side(1, Some(first.info.seed))?;
        Ok([first, second])
    }

    fn store(
        &self,
        store: &Store,
        sides: [&Side; 2],
        pairs: &Pairs,
        results: &[RunResult; 2],
        compared: &Comparison,
        (events, timing): (u64, Timing),
    ) -> Result<(), Failure> {
        let mut files = self.results.tables.files([&study::comparison(compared)]);
        files.push(("comparison.json".to_owned(), json::comparison(compared)));
        for ((name, side), sample) in ["a", "b"].into_iter().zip(sides).zip(&pairs.samples) {
            let tables = self.results.tables.files([&study::replications(&side.info, sample)]);
            files.extend(tables.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
            let resolved = side.scenario.resolved.to_toml().into_bytes();
            files.push((format!("{name}/scenario.resolved.toml"), resolved));
            for file in side.scenario.resolved.files() {
                files.push((format!("{name}/{}", file.name), file.bytes.clone()));
            }
        }
        files.extend(self.charts.draw(&chart::both([&results[0], &results[1]]))?);
        let (asked, changes) = (self.scenarios.join(" / "), compared.changes.concat());
        let mut manifest = results::manifest(&compared.first, asked, changes, events, timing);
        if !pairs.is_complete {
            manifest.state = "interrupted".to_owned();
        }
        let both = |first: &str, second: &str| format!("{first} / {second}");
        manifest.scenario = both(&compared.first.name, &compared.second.name);
        manifest.scenario_hash = both(&compared.first.hash, &compared.second.hash);
        self.results.store(store, &files, manifest)
    }
}
