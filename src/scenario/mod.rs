//! Loads scenario files into a checked [`crate::model::Config`].
//!
//! [`limits`] guards the input, [`tree`] parses it into values with source positions ([`source`]),
//! `layers` merges files and overrides, `keys` checks keys against the catalogue, `read` and
//! `distribution` read typed values, `compile` builds the configuration, and `measured` finds the
//! values that were measured. All problems are reported at once.

mod compile;
pub mod diagnose;
mod distribution;
mod encoding;
mod idle;
mod keys;
mod layers;
pub mod limits;
mod measured;
mod period;
mod plan;
pub mod preset;
pub mod price_book;
mod read;
mod recorded;
mod resolved;
mod scale;
mod scaling;
pub mod schema;
pub mod source;
pub mod starter;
pub mod tree;
pub mod uncertain;
pub mod units;
pub mod windows;
pub mod zones;

use std::path::PathBuf;

use crate::base::text::{shortened, visible_line};
use crate::model::Config;
use crate::terms::{Objective, PlanNote, PriceBook};

pub use compile::{CivilStart, is_of_section};
pub use diagnose::{Problem, Problems, Severity};
pub(crate) use encoding::decode;
pub use layers::ScenarioOrigin;
pub use period::InPeriod;
pub use resolved::{ResolvedScenario, ResolvedValue};
pub use scale::written as written_value;
pub use uncertain::{Fixed, Uncertain};

/// Request to load a scenario.
#[derive(Clone, Debug)]
pub struct LoadRequest {
    /// Origin of the scenario.
    pub origin: ScenarioOrigin,
    /// Overrides as `path=value` texts, applied in order.
    pub overrides: Vec<String>,
}

/// A complete and checked scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name of the scenario.
    pub name: String,
    /// Question that the scenario answers; may be empty.
    pub question: String,
    /// Configuration of the model.
    #[doc(hidden)]
    pub config: Config,
    /// Start of the measured period in local time.
    #[doc(hidden)]
    pub start: CivilStart,
    /// Prices for the cost estimate.
    #[doc(hidden)]
    pub prices: PriceBook,
    /// Objectives (SLOs) of the scenario.
    pub objectives: Vec<Objective>,
    /// Planning notes on facts that the simulation does not cover, such as retirements of VM sizes;
    /// warnings first.
    #[doc(hidden)]
    pub plan: Vec<PlanNote>,
    /// All values with their provenance.
    #[doc(hidden)]
    pub resolved: ResolvedScenario,
    /// Warnings about the scenario.
    pub warnings: Problems,
    /// Files that the scenario was read from: its own file, the files it extends and the files it
    /// names.
    #[doc(hidden)]
    pub inputs: Vec<PathBuf>,
    /// Request that loaded the scenario.
    #[doc(hidden)]
    pub request: LoadRequest,
}

impl Scenario {
    /// Returns the scenario with additional overrides (`path=value` texts), applied in order.
    ///
    /// # Errors
    /// Returns all problems of the resulting scenario.
    pub(crate) fn varied(&self, overrides: &[String]) -> Result<Scenario, Problems> {
        let mut request = self.request.clone();
        request.overrides.extend_from_slice(overrides);
        load(&request)
    }
}

/// Loads a scenario.
///
/// # Errors
/// Returns all problems of the scenario.
pub fn load(request: &LoadRequest) -> Result<Scenario, Problems> {
    load_varied(request, &[])
}

/// Loads a scenario and applies the values of `--vary` (`path=value` texts) after all other
/// overrides.
///
/// # Errors
/// Returns all problems of the scenario.
pub fn load_varied(request: &LoadRequest, varied: &[String]) -> Result<Scenario, Problems> {
    load_changed(request, varied, Changes::default())
}

/// Changes of a scenario that are not values.
#[derive(Clone, Copy, Debug, Default)]
struct Changes<'a> {
    /// Text that extends the scenario, before all overrides.
    layer: Option<&'a str>,
    /// Sections that are removed: `disruption`, or `disruption.NAME`.
    removed: &'a [&'a str],
}

/// Loads a scenario like [`load_varied`] with other changes.
fn load_changed(
    request: &LoadRequest,
    varied: &[String],
    Changes { layer, removed }: Changes<'_>,
) -> Result<Scenario, Problems> {
    let mut sources = source::Sources::default();
    let read = layers::read(&request.origin, &mut sources).and_then(|mut layers| {
        layer.map_or(Ok(()), |text| layers.add(text, &mut sources))?;
        Ok(layers)
    });
    let layers::Layers { mut tree, mut measured } = match read {
        Ok(layers) => layers,
        Err(problems) => return Err(Problems::new(sources, problems)),
    };
    let mut problems = std::mem::take(&mut measured.problems);
    let [set, vary] = layers::OPTIONS;
    let overrides = request.overrides.iter().map(|text| (set, text));
    for (option, text) in overrides.chain(varied.iter().map(|text| (vary, text))) {
        problems.extend(layers::apply_override(&mut tree, option, text, &mut sources).err());
    }
    let price_book = price_book::merge(&mut tree, &mut sources, &mut problems);
    problems.extend(keys::check(&tree));
    tree.remove(removed);
    // Without the components of a section, other messages would only be consequences.
    let has_no_component = keys::remove_values(&mut tree);
    let is_too_large = problems.iter().any(|one| one.code == diagnose::code::TOO_LARGE);
    if is_too_large || has_no_component {
        return Err(Problems::new(sources, problems));
    }
    let mut reader = read::Reader::new(&tree, &sources);
    reader.price_book = price_book;
    let compiled = compile::compile(&mut reader);
    // All keys of the price book are in the resolved scenario, which therefore needs no file.
    reader.resolved.retain(|one| one.path != ["prices", "book"]);
    let name = compiled.as_ref().and_then(|compiled| compiled.name.clone());
    let name = name.unwrap_or_else(|| name_of(&request.origin));
    let measured = measured::attach(&mut reader, &measured);
    let files = std::mem::take(&mut reader.files);
    let resolved = ResolvedScenario::new(&reader.resolved, measured, &sources, &name, files);
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
                // Failing without reporting a problem is a bug in cmgsim: report it and do not run.
                let message = "internal error: the scenario cannot be compiled";
                let problem = Problem::error(diagnose::code::INCOMPLETE, message.to_owned());
                problems
                    .push(problem.help("report this as a bug in cmgsim and attach the scenario"));
            }
            Err(Problems::new(sources, problems))
        }
    }
}

/// Returns the files of the scenario and the files that it names.
fn inputs(sources: &source::Sources, resolved: &ResolvedScenario) -> Vec<PathBuf> {
    let named = resolved.files().iter().map(|file| &file.path);
    sources.files().iter().chain(named).cloned().collect()
}

/// Returns the question. If values were overridden, appends the overrides, because numbers in the
/// question may no longer apply.
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

/// Returns the file name without its extension.
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
