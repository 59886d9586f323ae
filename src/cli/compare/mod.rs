//! `cmgsim compare`: two scenarios with common random numbers.

mod sides;

use std::time::Duration;

use clap::Args;

use crate::experiment::{RunError, Study};
use crate::report::{chart, comparison};
use crate::results::comparison::Comparison;
use crate::results::manifest::Timing;
use crate::results::store::Store;
use crate::results::{Precision, RunResult, json, tables};
use crate::study::compare::{Criteria, Pairs, compare, pairs};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::folder;
use super::progress::{self, Progress};
use super::results::{self, ResultArguments};
use super::study::{self, LimitArguments, PrecisionArguments, StudyArguments, USUAL};
use sides::{Side, Sides};

#[derive(Debug, Args)]
pub(super) struct Compare {
    #[command(flatten)]
    sides: sides::SideArguments,
    /// Smallest relevant difference, as a share of A's mean: an interval wholly within it means no
    /// relevant difference, one wholly beyond it better or worse.
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = study::share_below_one)]
    relevant: f64,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    precision: PrecisionArguments,
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

impl Compare {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        let Sides { sides: [first, second], warnings } = self.sides.load()?;
        let count = self.most_pairs()?;
        for side in [&first, &second] {
            self.limits.refuse_too_much(&side.scenario, count, self.study.jobs())?;
        }
        let started = jiff::Timestamp::now();
        let name = match first.info.name == second.info.name {
            true => first.info.name.clone(),
            false => format!("{}-{}", first.info.name, second.info.name),
        };
        progress::catch_interrupts()?;
        let store = self.results.open(&name, &second.info.hash, started)?;
        let simulated = |side: &Side| side.info.warm_up_seconds + side.info.duration_seconds;
        let limit = self.time_limit.map(Duration::from_secs);
        let seconds = f64::from(count) * (simulated(&first) + simulated(&second));
        let progress =
            Progress::new(self.results.is_silent(), seconds, limit, self.limits.memory_max());
        let studies = [&first.study(), &second.study()];
        let outcome = self.study.pool()?.install(|| self.simulate(studies, count, &progress));
        let wall = progress.elapsed();
        progress.finish();
        let (mut pairs, criteria, precision) = match outcome {
            Ok(outcome) => outcome,
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
        let judged = (criteria, precision);
        let compared = self.compared([&first, &second], &pairs, judged, warnings);
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
        if !pairs.is_complete {
            let message =
                format!("{complete} of {count} pairs were complete; only these are compared");
            return Err(after_result(progress.why_stopped(message)));
        }
        match compared.precision.filter(|precision| !precision.is_reached) {
            Some(precision) => Err(after_result(not_reached(&precision, complete))),
            None => Ok(()),
        }
    }

    /// How many pairs are simulated at most.
    fn most_pairs(&self) -> Result<u32, Failure> {
        let goal = self.precision.goal(self.study.confidence);
        if let Some(goal) = &goal {
            folder::known_figure(&goal.metric)?;
        }
        let usual = self.study.replications().unwrap_or(USUAL);
        let count = goal.map_or(usual, |goal| goal.most);
        if count < 2 {
            let message = "an interval needs --replications 2 at least, better 10";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(count)
    }

    /// So many pairs, or as many as a precision takes; with how to judge them.
    fn simulate(
        &self,
        studies: [&Study<'_>; 2],
        count: u32,
        progress: &Progress,
    ) -> Result<(Pairs, Criteria, Option<Precision>), RunError> {
        let confidence = self.study.confidence;
        match self.precision.goal(confidence) {
            Some(goal) => {
                let found = goal.reach_difference(studies, self.relevant, progress)?;
                Ok((found.pairs, found.criteria, Some(found.precision)))
            }
            None => {
                let criteria = Criteria { confidence, relevant: self.relevant };
                Ok((pairs(studies, count, progress)?, criteria, None))
            }
        }
    }

    fn compared(
        &self,
        [first, second]: [&Side; 2],
        pairs: &Pairs,
        (criteria, precision): (Criteria, Option<Precision>),
        warnings: Vec<String>,
    ) -> Comparison {
        let [one, two] = &pairs.samples;
        Comparison {
            first: first.info.clone(),
            second: second.info.clone(),
            changes: [first.changes.clone(), second.changes.clone()],
            replications: one.replications.len() as u64,
            confidence: self.study.confidence,
            relevant_share: self.relevant,
            precision,
            warnings,
            figures: compare(one, two, criteria),
        }
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
        let mut files = self.results.tables.files([&tables::study::comparison(compared)]);
        files.push(("comparison.json".to_owned(), json::comparison(compared)));
        for ((name, side), sample) in ["a", "b"].into_iter().zip(sides).zip(&pairs.samples) {
            let tables =
                self.results.tables.files([&tables::study::replications(&side.info, sample)]);
            files.extend(tables.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
            let resolved = side.scenario.resolved.to_toml().into_bytes();
            files.push((format!("{name}/scenario.resolved.toml"), resolved));
            for file in side.scenario.resolved.files() {
                files.push((format!("{name}/{}", file.name), file.bytes.to_vec()));
            }
        }
        files.extend(self.charts.draw(&chart::both([&results[0], &results[1]]))?);
        let (asked, changes) = (self.sides.scenarios.join(" / "), compared.changes.concat());
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

/// A precision that was not reached.
fn not_reached(precision: &Precision, pairs: u64) -> Failure {
    let metric = &precision.metric;
    Failure::Undecided(match precision.reached {
        Some(_) => format!(
            "the precision of {metric} was not reached in {pairs} pairs; raise --max-replications"
        ),
        None => {
            format!("{metric} has no precision: one side has no value of it, or A's mean is zero")
        }
    })
}
