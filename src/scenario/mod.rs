//! From text to a checked [`crate::model::Config`].
//!
//! Guards ([`limits`]), then a tree of values ([`tree`]) that know where in the texts ([`source`])
//! they were written, layers of such trees (`layers`), keys checked against the catalogue
//! (`keys`), values read by path (`read`, `law`), and everything put together (`compile`). All
//! problems are found at once.

pub mod assumed;
mod compile;
pub mod diagnose;
mod distribution;
mod encoding;
mod idle;
mod keys;
mod layers;
pub mod limits;
mod plan;
pub mod preset;
mod read;
mod recorded;
mod resolved;
mod scale;
pub mod schema;
pub mod source;
pub mod starter;
pub mod tree;
pub mod units;
mod zones;

use std::path::PathBuf;

use crate::base::text::{shortened, visible_line};
use crate::model::Config;
use crate::terms::{Objective, PlanNote, PriceBook};

pub use assumed::{Assumed, Fixed};
pub use compile::{CivilStart, is_of_section};
pub use diagnose::{Problem, Problems, Severity};
pub use layers::ScenarioOrigin;
pub use resolved::{ResolvedScenario, ResolvedValue};

/// What to load.
#[derive(Clone, Debug)]
pub struct LoadRequest {
    /// From where.
    pub origin: ScenarioOrigin,
    /// `path=value` texts laid over it, in order.
    pub overrides: Vec<String>,
}

/// A scenario says what is simulated; it is complete and checked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The question it asks; may be empty.
    pub question: String,
    /// What the model simulates.
    #[doc(hidden)]
    pub config: Config,
    /// Civil start of the measured period.
    #[doc(hidden)]
    pub start: CivilStart,
    /// What things cost.
    #[doc(hidden)]
    pub prices: PriceBook,
    /// What it has to achieve.
    pub objectives: Vec<Objective>,
    /// What a plan should know beyond what is simulated; warnings first.
    #[doc(hidden)]
    pub plan: Vec<PlanNote>,
    /// Every value with its provenance.
    #[doc(hidden)]
    pub resolved: ResolvedScenario,
    /// What may not be meant.
    pub warnings: Problems,
    /// Files it was read from: its own, those it extends, those it names.
    #[doc(hidden)]
    pub inputs: Vec<PathBuf>,
    /// What it was loaded by.
    #[doc(hidden)]
    pub request: LoadRequest,
}

impl Scenario {
    /// The same scenario with more values laid over it: `path=value` texts, in order.
    ///
    /// # Errors
    /// Everything that is wrong with it then, at once.
    pub(crate) fn varied(&self, overrides: &[String]) -> Result<Scenario, Problems> {
        let mut request = self.request.clone();
        request.overrides.extend_from_slice(overrides);
        load(&request)
    }
}

/// Loads a scenario.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load(request: &LoadRequest) -> Result<Scenario, Problems> {
    load_varied(request, &[])
}

/// Loads a scenario with values of `--vary` laid over everything else: `path=value` texts.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load_varied(request: &LoadRequest, varied: &[String]) -> Result<Scenario, Problems> {
    let mut sources = source::Sources::default();
    let mut tree = match layers::read(&request.origin, &mut sources) {
        Ok(tree) => tree,
        Err(problems) => return Err(Problems::new(sources, problems)),
    };
    let mut problems = Vec::new();
    let [set, vary] = layers::OPTIONS;
    let overrides = request.overrides.iter().map(|text| (set, text));
    for (option, text) in overrides.chain(varied.iter().map(|text| (vary, text))) {
        problems.extend(layers::apply_override(&mut tree, option, text, &mut sources).err());
    }
    problems.extend(keys::check(&tree));
    if problems.iter().any(|problem| problem.code == diagnose::code::TOO_LARGE) {
        return Err(Problems::new(sources, problems));
    }
    let mut reader = read::Reader::new(&tree, &sources);
    let compiled = compile::compile(&mut reader);
    let name = compiled.as_ref().and_then(|compiled| compiled.name.clone());
    let name = name.unwrap_or_else(|| name_of(&request.origin));
    let files = std::mem::take(&mut reader.files);
    let resolved = ResolvedScenario::new(&reader.resolved, &sources, &name, files);
    problems.extend(std::mem::take(&mut reader.problems));
    let warnings = std::mem::take(&mut reader.warnings);
    match compiled {
        Some(compiled) if problems.is_empty() => Ok(Scenario {
            name,
            question: question(&compiled.question, &request.overrides),
            plan: plan::notes(&compiled.config, compiled.version),
            config: compiled.config,
            start: compiled.start,
            prices: compiled.prices,
            objectives: compiled.objectives,
            inputs: inputs(&sources, &resolved),
            resolved,
            warnings: Problems::new(sources, warnings),
            request: LoadRequest {
                origin: request.origin.clone(),
                overrides: [&request.overrides, varied].concat(),
            },
        }),
        _ => {
            if problems.is_empty() {
                // A reader that gave up without a word is our mistake; say so, never run.
                let message = "this scenario cannot be compiled, and cmgsim cannot say why";
                let problem = Problem::error(diagnose::code::INCOMPLETE, message.to_owned());
                problems.push(problem.help("please report it with the scenario"));
            }
            Err(Problems::new(sources, problems))
        }
    }
}

/// Files of the scenario, and those it names.
fn inputs(sources: &source::Sources, resolved: &ResolvedScenario) -> Vec<PathBuf> {
    let named = resolved.files().iter().map(|file| &file.path);
    sources.files().iter().chain(named).cloned().collect()
}

/// The question, with the values that were set instead of those it was asked of: its own numbers
/// may not be true of them.
fn question(text: &str, overrides: &[String]) -> String {
    let key = |text: &String| text.split('=').next().map_or(String::new(), |key| key.trim().into());
    let is_other = |text: &&String| !["seed", "name", "question"].contains(&key(text).as_str());
    let others: Vec<&str> = overrides.iter().filter(is_other).map(|text| text.trim()).collect();
    if text.is_empty() || others.is_empty() || overrides.iter().any(|text| key(text) == "question")
    {
        return text.to_owned();
    }
    let shown = shortened(&others.join(", "), 240).into_owned();
    format!("{text} (overridden: {})", visible_line(&shown))
}

/// The file's name without its ending.
fn name_of(origin: &ScenarioOrigin) -> String {
    match origin {
        ScenarioOrigin::Path(path) => path
            .file_stem()
            .map_or_else(|| "scenario".to_owned(), |stem| stem.to_string_lossy().into_owned()),
        ScenarioOrigin::Preset(name) => name.clone(),
        ScenarioOrigin::Text { .. } => "scenario".to_owned(),
    }
}

#[cfg(test)]
mod tests;
