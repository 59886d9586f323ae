//! `cmgsim validate`: Microsoft's published numbers beside simulated ones.

mod content;
mod limits;
mod suite;

use clap::Args;

use crate::analysis::interval::interval;
use crate::experiment::run_replications;
use crate::report::validation;
use crate::results::{Finding, RunResult, Simulated, Validation};
use crate::scenario::{LoadRequest, ScenarioOrigin, load};

use super::failure::Failure;
use super::progress::{self, Progress};
use super::{Format, output};
use crate::study::info;
use suite::{Case, Trial};

/// Level of the intervals.
const LEVEL: f64 = 0.95;

#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Only numbers whose name contains this.
    pattern: Option<String>,
    /// Independent replications of each scenario.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1000))]
    replications: u32,
    /// Seed of all random streams.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How to print the table and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

impl Validate {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let pattern = self.pattern.as_deref().unwrap_or_default();
        let cases: Vec<Case> =
            suite::cases().into_iter().filter(|case| case.id.contains(pattern)).collect();
        if cases.is_empty() {
            let names: Vec<&str> = suite::cases().iter().map(|case| case.id).collect();
            return Err(Failure::Usage(format!(
                "no published number is called like \"{pattern}\"; there are: {}",
                names.join(", ")
            )));
        }
        progress::catch_interrupts()?;
        let bar = progress::steps(cases.len() as u64, self.format == Format::Json);
        let mut rows = Vec::new();
        for case in &cases {
            bar.set_message(case.id);
            rows.push(self.row(case)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        let text = match self.format {
            Format::Text => validation::validation(&rows),
            Format::Json => format!("{:#}\n", serde_json::json!({ "validation": rows })),
        };
        match self.format {
            Format::Text => output::print_report(&text)?,
            Format::Json => output::print(&text)?,
        }
        let differ: Vec<&str> = rows
            .iter()
            .filter(|row| row.finding == Finding::Differs)
            .map(|row| row.id.as_str())
            .collect();
        if differ.is_empty() {
            return Ok(());
        }
        let message = format!("simulated and published disagree: {}", differ.join(", "));
        Err(Failure::AfterResult(Box::new(Failure::Differs(message))))
    }

    fn row(&self, case: &Case) -> Result<Validation, Failure> {
        let (simulated, finding) = match &case.trial {
            None => (None, Finding::NotSimulated),
            Some(trial) => {
                let simulated = self.simulate(trial)?;
                let is_right = (trial.is_right)(simulated.mean, simulated.half_width);
                let finding = if is_right { trial.finding } else { Finding::Differs };
                (Some(simulated), finding)
            }
        };
        Ok(Validation {
            id: case.id.to_owned(),
            published: case.published.to_owned(),
            source: case.source.to_owned(),
            simulated,
            finding,
            remark: case.remark.to_owned(),
        })
    }

    /// Runs all replications of all scenarios of a trial, and measures each replication.
    fn simulate(&self, trial: &Trial) -> Result<Simulated, Failure> {
        let mut replications: Vec<Vec<RunResult>> =
            (0..self.replications).map(|_| Vec::new()).collect();
        for overrides in trial.runs {
            let mut overrides: Vec<String> =
                overrides.iter().map(|text| (*text).to_owned()).collect();
            overrides.push(format!("seed={}", self.seed));
            let (name, text) = ("validate".to_owned(), trial.scenario.to_owned());
            let origin = ScenarioOrigin::Text { name, text };
            let scenario = load(&LoadRequest { origin, overrides })
                .map_err(|problems| Failure::Scenario(Box::new(problems)))?;
            let info = info(&scenario);
            let simulated = info.warm_up_seconds + info.duration_seconds;
            // Replications run side by side: one bar for all would jump to and fro.
            let watch = Progress::new(true, simulated, None, None);
            let count = self.replications;
            let results = run_replications(&scenario.config, &info, count, &watch);
            if progress::is_interrupted() {
                let message = "no number is printed before all have been compared".to_owned();
                return Err(Failure::Interrupted(message));
            }
            for (all, one) in replications.iter_mut().zip(results?) {
                all.push(one);
            }
        }
        let values: Vec<f64> = replications.iter().map(|runs| (trial.measure)(runs)).collect();
        let Some(found) = interval(&values, LEVEL) else {
            let message = format!("`{}` could not be measured: {values:?}", trial.what);
            return Err(Failure::Differs(message));
        };
        Ok(Simulated {
            what: trial.what.to_owned(),
            mean: found.mean,
            half_width: found.half_width,
            replications: found.count as u64,
            unit: trial.unit.to_owned(),
        })
    }
}
