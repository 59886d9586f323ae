//! Loads the scenarios to save or compare, and reads the baseline file.

use std::path::Path;

use crate::results::baseline::Baseline;
use crate::scenario::source::Sources;
use crate::scenario::{Problem, Scenario, limits};
use crate::study::baseline::{Subject, Subjects, others};

use super::super::failure::Failure;
use super::super::scenario::ScenarioArguments;
use super::super::study::DEFAULT;
use super::Regress;

fn load(name: &str, overrides: &[String], seed: Option<u64>) -> Result<Scenario, Failure> {
    if name == "-" {
        let message = "a baseline refers to scenarios by name; use files instead of standard input";
        return Err(Failure::Usage(message.to_owned()));
    }
    let (scenario, overrides) = (name.to_owned(), overrides.to_vec());
    ScenarioArguments { scenario, overrides, seed }.load()
}

impl Regress {
    /// Loads the scenarios to save.
    pub(super) fn to_save(&self) -> Result<Subjects, Failure> {
        let mut subjects = Subjects::new();
        for asked in &self.scenarios {
            let scenario = load(asked, &self.overrides, self.seed)?;
            let (name, replications) =
                (scenario.name.clone(), self.replications.unwrap_or(DEFAULT));
            let subject = Subject::new(scenario, asked, &self.overrides, replications)?;
            if subjects.insert(name.clone(), subject).is_some() {
                return Err(Failure::Usage(format!(
                    "two scenarios have the name `{name}`; a baseline contains each name once"
                )));
            }
        }
        Ok(subjects)
    }

    /// Loads the scenarios to compare: the named ones, or all scenarios of the baseline. Seed,
    /// overrides and replications default to those of the baseline.
    pub(super) fn to_compare(&self, baseline: &Baseline) -> Result<Subjects, Failure> {
        let mut wanted: Vec<(String, &str)> = Vec::new();
        for asked in &self.scenarios {
            wanted.push((self.name_in(baseline, asked)?, asked));
        }
        if wanted.is_empty() {
            let all = baseline.scenarios.iter();
            wanted.extend(all.map(|(name, one)| (name.clone(), one.asked.as_str())));
        }
        let mut subjects = Subjects::new();
        for (name, asked) in wanted {
            let before = &baseline.scenarios[&name];
            let set = if self.overrides.is_empty() { &before.set } else { &self.overrides };
            let scenario = load(asked, set, self.seed.or(Some(before.seed)))?;
            let replications = self.replications.unwrap_or(before.replications);
            subjects.insert(name, Subject::new(scenario, asked, set, replications)?);
        }
        refuse_others(baseline, &subjects)?;
        Ok(subjects)
    }

    /// Returns the name of a scenario in the baseline.
    fn name_in(&self, baseline: &Baseline, asked: &str) -> Result<String, Failure> {
        let same = baseline.scenarios.iter().find(|(_, one)| one.asked == asked);
        let name = match same {
            Some((name, _)) => name.clone(),
            None => load(asked, &self.overrides, self.seed)?.name,
        };
        if baseline.scenarios.contains_key(&name) {
            return Ok(name);
        }
        let names: Vec<&str> = baseline.scenarios.keys().map(String::as_str).collect();
        Err(Failure::Refused(format!(
            "the baseline does not contain the scenario `{name}`; it contains {}",
            names.join(", ")
        )))
    }
}

/// Refuses scenarios that have changed since the baseline was saved.
fn refuse_others(baseline: &Baseline, subjects: &Subjects) -> Result<(), Failure> {
    let others = others(baseline, subjects);
    if others.is_empty() {
        return Ok(());
    }
    let others = others
        .iter()
        .map(|(name, [before, now])| format!("`{name}` (hash {before} then, {now} now)"));
    Err(Failure::Refused(format!(
        "the scenarios differ from those of the baseline: resolved values of {} changed. A key, an \
         input file, a default or --set is different; if this is intended, save a new baseline",
        others.collect::<Vec<_>>().join(", ")
    )))
}

/// Reads a baseline with the same size and encoding checks as a scenario.
pub(super) fn read(path: &Path) -> Result<Baseline, Failure> {
    let refused = |cause: &str| {
        let help = "save it again with --save-baseline";
        Failure::Refused(format!("cannot use the baseline {}: {cause}; {help}", path.display()))
    };
    let problem = |problem: Problem| refused(&problem.message);
    let mut sources = Sources::default();
    let source = limits::read(path, &mut sources).map_err(problem)?;
    let text = sources.text(source);
    limits::check_structure(source, text).map_err(problem)?;
    Baseline::parse(text).map_err(|error| refused(error.to_string().trim_end()))
}
