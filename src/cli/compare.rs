//! `cmgsim compare`: two scenarios with common random numbers.

use std::time::Duration;

use clap::Args;

use crate::experiment::compare::compare;
use crate::experiment::{RunError, Study};
use crate::published_limits;
use crate::report::{chart, comparison};
use crate::results::comparison::Comparison;
use crate::results::manifest::Timing;
use crate::results::store::Store;
use crate::results::tables::study;
use crate::results::{RunResult, Sample, ScenarioInfo, json};
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
    /// Stop after so many seconds; nothing is compared then.
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
        let outcome = self.study.pool()?.install(|| both([&first, &second], count, &progress));
        let wall = progress.elapsed();
        progress.finish();
        let pairs = match outcome {
            Ok(Some(pairs)) => pairs,
            Ok(None) => {
                store.discard_if_empty();
                let message = "nothing is compared before all replications are complete".to_owned();
                return Err(progress.why_stopped(message));
            }
            Err(error) => {
                store.discard_if_empty();
                return Err(error.into());
            }
        };
        let compared = Comparison {
            first: first.info.clone(),
            second: second.info.clone(),
            changes: [first.changes.clone(), second.changes.clone()],
            replications: u64::from(count),
            confidence: self.study.confidence,
            figures: compare(&pairs[0].0, &pairs[1].0, self.study.confidence),
        };
        let events = |pair: &(Sample, RunResult)| -> u64 {
            pair.0.replications.iter().map(|one| one.events).sum()
        };
        let events = pairs.iter().map(events).sum();
        let timing = results::timing(started, wall, events);
        let stored = self.store(&store, [&first, &second], &pairs, &compared, (events, timing));
        let (document, text) = (|| json::comparison(&compared), || comparison::text(&compared));
        let kept = stored.is_ok().then_some(&store);
        let printed = self.results.print(document, text, "Numbers and charts", kept);
        stored.map_err(|failure| Failure::AfterResult(Box::new(failure)))?;
        printed
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
        pairs: &[(Sample, RunResult); 2],
        compared: &Comparison,
        (events, timing): (u64, Timing),
    ) -> Result<(), Failure> {
        let mut files = self.results.tables.files([&study::comparison(compared)]);
        files.push(("comparison.json".to_owned(), json::comparison(compared)));
        for ((name, side), (sample, _)) in ["a", "b"].into_iter().zip(sides).zip(pairs) {
            let tables = self.results.tables.files([&study::replications(&side.info, sample)]);
            files.extend(tables.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
            let resolved = side.scenario.resolved.to_toml().into_bytes();
            files.push((format!("{name}/scenario.resolved.toml"), resolved));
            for file in side.scenario.resolved.files() {
                files.push((format!("{name}/{}", file.name), file.bytes.clone()));
            }
        }
        files.extend(self.charts.draw(&chart::both([&pairs[0].1, &pairs[1].1]))?);
        let (asked, changes) = (self.scenarios.join(" / "), compared.changes.concat());
        let mut manifest = results::manifest(&compared.first, asked, changes, events, timing);
        let both = |first: &str, second: &str| format!("{first} / {second}");
        manifest.scenario = both(&compared.first.name, &compared.second.name);
        manifest.scenario_hash = both(&compared.first.hash, &compared.second.hash);
        self.results.store(store, &files, manifest)
    }
}

/// All replications of both; `None` if they were stopped.
fn both(
    sides: [&Side; 2],
    count: u32,
    progress: &Progress,
) -> Result<Option<[(Sample, RunResult); 2]>, RunError> {
    let limits = published_limits();
    let mut pairs = Vec::new();
    for (place, side) in sides.into_iter().enumerate() {
        let (mut sample, mut first) = (Sample::default(), None);
        let study = Study {
            config: &side.scenario.config,
            info: &side.info,
            limits: &limits,
            follow: None,
        };
        let half = progress::Half { progress, place };
        if !study.replicate(0..count, &mut sample, &mut first, &half)? {
            return Ok(None);
        }
        let Some(first) = first else { return Ok(None) };
        pairs.push((sample, first));
    }
    Ok(<[_; 2]>::try_from(pairs).ok())
}
