//! `cmgsim compare`: compares two scenarios with common random numbers.

mod sides;

use clap::Args;

use crate::report::text::answer_line;
use crate::report::{chart, comparison};
use crate::results::manifest::{Manifest, Timing};
use crate::results::{json, tables};
use crate::study::compare::{CompareOptions, Compared, compare};
use crate::study::simulate::{DEFAULT_REPLICATIONS, Replications};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::results::{self, NamedBytes, ResultArguments};
use super::session::{Conditions, Finding, Session};
use super::study::{self, LimitArguments, PrecisionArguments, StudyArguments};
use super::{folder, verdict};
use sides::{Side, Sides};

#[derive(Debug, Args)]
pub(super) struct Compare {
    #[command(flatten)]
    sides: sides::SideArguments,
    /// Set the smallest relevant difference, as a share of A's mean
    ///
    /// A metric has no relevant difference if the whole confidence interval of its difference is
    /// within plus or minus this share. It is better or worse if the whole interval is outside.
    #[arg(long, value_name = "SHARE", default_value = "1%", help_heading = "Comparison",
          value_parser = study::share_below_one)]
    relevant: f64,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    precision: PrecisionArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// Stop after SECONDS of wall time and compare completed pairs of replications (exit code 6)
    #[arg(long, value_name = "SECONDS", help_heading = "Limits")]
    time_limit: Option<u64>,
}

/// Results of a comparison, with the options for storing and printing them.
struct Found<'a> {
    verb: &'a Compare,
    sides: [&'a Side; 2],
    compared: Compared,
}

impl Compare {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        self.results.tables.dialect()?;
        let Sides { sides: [first, second], warnings } = self.sides.load()?;
        let replications = self.replications()?;
        let count = replications.max_replications();
        let options = CompareOptions { replications, relevant: self.relevant };
        for side in [&first, &second] {
            self.limits.refuse_too_much(&side.scenario, count, self.limits.jobs())?;
        }
        let session = Session::begin(Conditions {
            is_silent: self.results.is_silent(),
            jobs: self.limits.jobs(),
            time_limit: self.time_limit,
            memory_max: self.limits.memory_max(),
        })?;
        let name = match first.info.name == second.info.name {
            true => first.info.name.clone(),
            false => format!("{}-{}", first.info.name, second.info.name),
        };
        let folder = session.open(&self.results, &name, &second.info.hash)?;
        let simulated = |side: &Side| side.info.warm_up_s + side.info.duration_s;
        let seconds = f64::from(count) * (simulated(&first) + simulated(&second));
        let progress = session.progress(seconds);
        let mut compared = folder.simulate(&progress, || {
            let sides = [&first.scenario, &second.scenario];
            compare(sides, &options, &progress)
        })?;
        compared.comparison.changes = [&first, &second].map(|side| side.changes.clone());
        compared.comparison.warnings = warnings;
        compared.comparison.answer = comparison::answer(&compared.comparison);
        let stopped = (!compared.is_complete).then(|| {
            let pairs = compared.pairs();
            let message = format!("compared {pairs} of {count} pairs of replications");
            progress.why_stopped(message)
        });
        let found = Found { verb: self, sides: [&first, &second], compared };
        folder.finish(&progress, found, stopped)
    }

    /// Returns the number of pairs of replications.
    fn replications(&self) -> Result<Replications, Failure> {
        let confidence = self.study.confidence;
        let precision_target = self.precision.precision_target(confidence);
        if let Some(precision_target) = &precision_target {
            folder::known_metric(&precision_target.metric)?;
        }
        let count = self.study.replications().unwrap_or(DEFAULT_REPLICATIONS);
        let replications = Replications { count, precision_target, confidence };
        if replications.max_replications() < 2 {
            let message =
                "a confidence interval needs at least 2 replications; use --replications 10";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(replications)
    }
}

impl Finding for Found<'_> {
    fn manifest(&self) -> Manifest {
        let found = &self.compared.comparison;
        let (asked, changes) = (self.verb.sides.scenarios.join(" / "), found.changes.concat());
        let mut manifest = results::manifest(&found.first, asked, changes, self.compared.events());
        let both = |first: &str, second: &str| format!("{first} / {second}");
        manifest.scenario = both(&found.first.name, &found.second.name);
        manifest.scenario_hash = both(&found.first.hash, &found.second.hash);
        manifest
    }

    fn files(&self, _: &Manifest) -> Result<Vec<NamedBytes>, Failure> {
        let (tables, found) = (&self.verb.results.tables, &self.compared);
        let mut files = tables.files([&tables::study::comparison(&found.comparison)])?;
        files.push(("comparison.json".to_owned(), json::comparison(&found.comparison)));
        for ((name, side), sample) in ["a", "b"].into_iter().zip(self.sides).zip(&found.samples) {
            let own = tables.files([&tables::study::replications(&side.info, sample)])?;
            files.extend(own.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
            let resolved = side.scenario.resolved.to_toml().into_bytes();
            files.push((format!("{name}/scenario.resolved.toml"), resolved));
            for file in side.scenario.resolved.files() {
                files.push((format!("{name}/{}", file.name), file.bytes.to_vec()));
            }
        }
        let [first, second] = &found.results;
        files.extend(self.verb.charts.draw(&chart::both([first, second]))?);
        let differences: Vec<_> = chart::differences(&found.comparison).into_iter().collect();
        files.extend(self.verb.charts.draw(&differences)?);
        Ok(files)
    }

    fn document(&self) -> Vec<u8> {
        json::comparison(&self.compared.comparison)
    }

    fn text(&self, _: &Timing) -> String {
        comparison::text(&self.compared.comparison)
    }

    fn shortest(&self) -> String {
        answer_line(&self.compared.comparison.answer)
    }

    fn verdict(&self) -> Result<(), Failure> {
        verdict::of_comparison(&self.compared.comparison)
    }
}
