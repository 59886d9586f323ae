//! `cmgsim sensitivity`: ranks assumed parameters and measured values by their effect, and finds
//! tipping points.

mod arguments;
mod stages;

use crate::report::chart;
use crate::report::text::answer_line;
use crate::report::{format, sensitivity};
use crate::results::manifest::{Manifest, Timing};
use crate::results::tables::sensitivity as tables;
use crate::results::{self, Metric};
use crate::scenario::Scenario;
use crate::study::info;
use crate::study::sensitivity::{SensitivityOutcome, SensitivityPlan};

use super::failure::Failure;
use super::folder;
use super::results::{NamedBytes, add_inputs};
use super::scenario::load_request;
use super::session::{Conditions, Finding, Session};
use arguments::Method;
pub(super) use arguments::Sensitivity;
use stages::Stages;

/// Results of the study, with the options for storing them.
struct Found<'a> {
    verb: &'a Sensitivity,
    scenario: &'a Scenario,
    result: results::Sensitivity,
    events: u64,
}

impl Sensitivity {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        self.results.tables.dialect()?;
        for name in &self.metric {
            folder::known_metric(name)?;
        }
        let scenario = load_request(&self.scenario.request()?)?;
        self.refuse_idle(&scenario)?;
        let options = self.options();
        let plan = SensitivityPlan::new(&scenario, &options)?;
        let jobs = self.limits.jobs();
        self.limits.refuse_too_much(&scenario, plan.most_runs(), jobs)?;
        let info = info(&scenario);
        let session = Session::begin(Conditions {
            is_silent: self.results.is_silent(),
            jobs,
            time_limit: self.time_limit,
            memory_max: self.limits.memory_max(),
        })?;
        let folder = session.open(&self.results, &info.name, &info.hash)?;
        let progress = session.clock();
        let stages = Stages::new(&session, &progress, scenario.config.end());
        let outcome = folder.simulate(&progress, || plan.run(&stages))?;
        let SensitivityOutcome { mut result, events, stopped } = outcome;
        result.answer = sensitivity::answer(&result);
        result.measure_next = sensitivity::measure_next(&result);
        let stopped = stopped.map(|error| progress.failure(error));
        folder.finish(&progress, Found { verb: self, scenario: &scenario, result, events }, stopped)
    }
}

impl Finding for Found<'_> {
    fn manifest(&self) -> Manifest {
        self.verb.scenario.manifest(&self.result.scenario, self.events)
    }

    fn files(&self, _: &Manifest) -> Result<Vec<NamedBytes>, Failure> {
        let (verb, result, resolved) = (self.verb, &self.result, &self.scenario.resolved);
        let mut files = vec![
            ("sensitivity.json".to_owned(), result.to_json()),
            ("scenario.resolved.toml".to_owned(), resolved.to_toml().into_bytes()),
        ];
        let effects = match verb.method {
            Method::OneAtATime | Method::Screening => tables::effects(result),
            Method::Morris => tables::morris(result),
        };
        let tipping_points =
            (!result.tipping_points.is_empty()).then(|| tables::tipping_points(result));
        let screening = result.screening.as_ref().map(|_| tables::screening(result));
        let all = [effects];
        files.extend(
            verb.results.tables.files(all.iter().chain(&tipping_points).chain(&screening))?,
        );
        add_inputs(&mut files, resolved);
        files.extend(verb.charts.draw(&charts(result))?);
        Ok(files)
    }

    fn document(&self) -> Vec<u8> {
        self.result.to_json()
    }

    fn text(&self, timing: &Timing) -> String {
        format!(
            "{}\n{} events in {}.\n",
            sensitivity::text(&self.result),
            format::count(self.events),
            format::seconds(timing.wall_s)
        )
    }

    fn shortest(&self) -> String {
        answer_line(&self.result.answer)
    }
}

/// Returns one tornado chart per metric.
fn charts(result: &results::Sensitivity) -> Vec<chart::Tornado> {
    let mut metrics: Vec<&Metric> = Vec::new();
    for one in &result.effects {
        if !metrics.contains(&&one.metric) {
            metrics.push(&one.metric);
        }
    }
    metrics
        .into_iter()
        .filter_map(|metric| {
            let name = format!("tornado-{}", folder::folder_name(&metric.name()));
            chart::tornado(result, metric, name)
        })
        .collect()
}
