//! `cmgsim run`: simulates a scenario, prints the verdict and the key numbers, and stores all
//! results.

use clap::Args;

use crate::report::chart;
use crate::report::html::{self, StoredRun};
use crate::report::{format, summary, verdict as report_verdict};
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::REPORT;
use crate::results::{json, tables};
use crate::scenario::Scenario;
use crate::study::info;
use crate::study::simulate::{Replications, Simulated, simulate_and_follow};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::follow::{FollowArguments, Followed, Following};
use super::results::{self, NamedBytes, ResultArguments};
use super::scenario::ScenarioArguments;
use super::session::{Conditions, Finding, Session};
use super::study::{LimitArguments, PrecisionArguments, StudyArguments};
use super::{folder, verdict};

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    precision: PrecisionArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
    /// Also write report.html, one page with all results for a browser
    #[arg(long, help_heading = "Output")]
    report: bool,
    /// Print all tables, warnings and recommendations
    ///
    /// Without this option, `run` prints the verdict and the key numbers in at most 40 lines.
    #[arg(long, help_heading = "Output")]
    details: bool,
    #[command(flatten)]
    follow: FollowArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// Stop after SECONDS of wall time and keep partial results (exit code 6)
    #[arg(long, value_name = "SECONDS", help_heading = "Limits")]
    time_limit: Option<u64>,
}

/// Results of a run, with the options for storing and printing them.
struct Found<'a> {
    verb: &'a Run,
    scenario: &'a Scenario,
    simulated: Simulated,
    /// Trace and logs of replication 0.
    followed: Option<Followed>,
}

impl Run {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        self.results.tables.dialect()?;
        let scenario = self.scenario.load()?;
        let replications = self.replications(&scenario)?;
        self.limits.refuse_too_much(
            &scenario,
            replications.max_replications(),
            self.limits.jobs(),
        )?;
        let follow = self.follow.follow(&scenario.config, self.results.out.as_deref())?;
        let info = info(&scenario);
        let session = Session::begin(Conditions {
            is_silent: self.results.is_silent(),
            jobs: self.limits.jobs(),
            time_limit: self.time_limit,
            memory_max: self.limits.memory_max(),
        })?;
        let folder = session.open(&self.results, &info.name, &info.hash)?;
        let progress = session.progress(info.warm_up_s + info.duration_s);
        let mut simulated = folder.simulate(&progress, || {
            let follow = follow.as_ref().map(|one| &one.follow);
            Ok(simulate_and_follow(&scenario, &replications, follow, &progress)?)
        })?;
        simulated.result.verdict = Some(report_verdict::verdict(&simulated.result));
        let stopped = (!simulated.result.is_complete)
            .then(|| progress.why_stopped(verdict::partial(&progress, &simulated, folder.path())));
        let followed = follow.and_then(Following::found);
        let found = Found { verb: self, scenario: &scenario, simulated, followed };
        folder.finish(&progress, found, stopped)
    }

    /// Returns the scenario with its overrides as typed, for commands that a verdict proposes.
    fn typed(&self) -> String {
        let overrides = self.scenario.overrides();
        let set = overrides.iter().flat_map(|one| ["--set", one.as_str()]);
        let scenario = format::scenario_argument(&self.scenario.scenario);
        format::command(std::iter::once(scenario).chain(set))
    }

    /// Returns the number of replications.
    fn replications(&self, scenario: &Scenario) -> Result<Replications, Failure> {
        let confidence = self.study.confidence;
        let precision_target = self.precision.precision_target(confidence);
        if let Some(precision_target) = &precision_target {
            folder::known_metric(&precision_target.metric)?;
        }
        let count = self.study.replications().unwrap_or(Replications::default_count(scenario));
        Ok(Replications { count, precision_target, confidence })
    }
}

impl Finding for Found<'_> {
    fn manifest(&self) -> Manifest {
        let (info, events) = (&self.simulated.result.scenario, self.simulated.events());
        self.verb.scenario.manifest(info, events)
    }

    fn files(&self, manifest: &Manifest) -> Result<Vec<NamedBytes>, Failure> {
        let (verb, result) = (self.verb, &self.simulated.result);
        let resolved = &self.scenario.resolved;
        let mut files: Vec<NamedBytes> = vec![
            ("summary.json".to_owned(), json::summary(result)),
            ("scenario.resolved.toml".to_owned(), resolved.to_toml().into_bytes()),
        ];
        files.extend(
            verb.results.tables.files(&tables::of_run(result, self.simulated.sample.as_ref()))?,
        );
        results::add_inputs(&mut files, resolved);
        files.extend(verb.follow.trace(self.followed.as_ref()));
        files.extend(verb.charts.draw(&chart::all(result))?);
        if verb.report {
            let run = StoredRun { result: result.clone(), manifest: Some(manifest.clone()) };
            files.push((REPORT.to_owned(), html::one(&run)?));
        }
        Ok(files)
    }

    fn has_stored(&mut self) -> Result<(), Failure> {
        let manifest = self.manifest();
        self.followed.take().map_or(Ok(()), |followed| followed.finish_logs(manifest))
    }

    fn document(&self) -> Vec<u8> {
        json::summary(&self.simulated.result)
    }

    fn text(&self, timing: &Timing) -> String {
        let (result, typed) = (&self.simulated.result, self.verb.typed());
        let summary = match self.verb.details {
            true => summary::details(result, &typed),
            false => summary::brief(result, &typed),
        };
        format!(
            "{summary}{} events in {} ({} events/s)\n",
            format::count(self.simulated.events()),
            format::seconds(timing.wall_s),
            format::number(timing.events_per_second),
        )
    }

    fn shortest(&self) -> String {
        summary::verdict_alone(&self.simulated.result, &self.verb.typed())
    }

    fn verdict(&self) -> Result<(), Failure> {
        verdict::of_run(&self.simulated.result)
    }
}
