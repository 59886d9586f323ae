//! The baseline's file, and the scenarios it is of.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::failure::Failure;
use crate::cli::scenario::{ScenarioArguments, load_request};
use crate::results::baseline::Baseline;
use crate::scenario::source::Sources;
use crate::scenario::{Problem, Scenario, limits};

/// A scenario as it is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    arguments: ScenarioArguments,
}

impl Asked {
    pub(super) fn new(name: &str, overrides: &[String], seed: Option<u64>) -> Self {
        let (scenario, overrides) = (name.to_owned(), overrides.to_vec());
        Asked { arguments: ScenarioArguments { scenario, overrides, seed } }
    }

    /// File or name.
    pub(super) fn name(&self) -> &str {
        &self.arguments.scenario
    }

    /// Values laid over it, the seed not included.
    pub(super) fn set(&self) -> &[String] {
        &self.arguments.overrides
    }

    pub(super) fn load(&self) -> Result<Scenario, Failure> {
        self.arguments.load()
    }

    /// Hash of its resolved values, whatever the seed: other seeds can be compared.
    pub(super) fn hash(&self) -> Result<String, Failure> {
        let mut request = self.arguments.request()?;
        request.overrides.push("seed=0".to_owned());
        Ok(load_request(&request)?.resolved.hash())
    }
}

/// Reads a baseline, after the guards that scenarios have too.
pub(super) fn read(path: &Path) -> Result<Baseline, Failure> {
    let refused = |cause: &str| {
        let help = "save one with --save-baseline";
        Failure::Baseline(format!("cannot use the baseline {}: {cause}; {help}", path.display()))
    };
    let problem = |problem: Problem| refused(&problem.message);
    let mut sources = Sources::default();
    let source = limits::read(path, &mut sources).map_err(problem)?;
    let text = sources.text(source);
    limits::check_structure(source, text).map_err(problem)?;
    Baseline::parse(text).map_err(|error| refused(error.to_string().trim_end()))
}

/// The scenarios that are to be compared, by name: those that were named, or all of the baseline.
/// What is not said of seed and values is as in the baseline.
pub(super) fn asked(
    baseline: &Baseline,
    scenarios: &[String],
    overrides: &[String],
    seed: Option<u64>,
) -> Result<BTreeMap<String, Asked>, Failure> {
    let like = |name: &str, asked: &str| {
        let before = &baseline.scenarios[name];
        let overrides = if overrides.is_empty() { &before.set } else { overrides };
        Asked::new(asked, overrides, seed.or(Some(before.seed)))
    };
    if scenarios.is_empty() {
        let all = baseline.scenarios.iter();
        return Ok(all.map(|(name, one)| (name.clone(), like(name, &one.asked))).collect());
    }
    let mut all = BTreeMap::new();
    for scenario in scenarios {
        let same = baseline.scenarios.iter().find(|(_, one)| one.asked == *scenario);
        let name = match same {
            Some((name, _)) => name.clone(),
            None => Asked::new(scenario, overrides, seed).load()?.name,
        };
        if !baseline.scenarios.contains_key(&name) {
            let names: Vec<&str> = baseline.scenarios.keys().map(String::as_str).collect();
            return Err(Failure::Baseline(format!(
                "the baseline holds no scenario `{name}`; it holds {}",
                names.join(", ")
            )));
        }
        let asked = like(&name, scenario);
        all.insert(name, asked);
    }
    Ok(all)
}

/// Refuses scenarios that are not those of the baseline any more.
pub(super) fn refuse_others<'a>(
    baseline: &Baseline,
    scenarios: impl Iterator<Item = (&'a String, &'a Asked)>,
) -> Result<(), Failure> {
    let mut others = Vec::new();
    for (name, asked) in scenarios {
        let (before, now) = (&baseline.scenarios[name].hash, asked.hash()?);
        if *before != now {
            others.push(format!("`{name}` ({before} then, {now} now)"));
        }
    }
    if others.is_empty() {
        return Ok(());
    }
    Err(Failure::Baseline(format!(
        "the baseline is of other scenarios: the resolved values differ of {}. A key, a file that is \
         read, a default or --set has changed; if that is meant, save a new baseline",
        others.join(", ")
    )))
}
