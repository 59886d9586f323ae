//! The scenario argument of a subcommand: a file, the name of an embedded scenario, or standard
//! input.

use std::io::Read;
use std::sync::OnceLock;
use std::time::Instant;

use clap::Args;

use crate::report::format;
use crate::results::ScenarioInfo;
use crate::results::manifest::Manifest;
use crate::results::store;
use crate::scenario::diagnose::nearest;
use crate::scenario::source::Sources;
use crate::scenario::{LoadRequest, Problem, Problems, Scenario, ScenarioOrigin, limits, load};

use super::failure::Failure;
use super::{inputs, output, results};

/// The scenario and its overrides.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub(super) struct ScenarioArguments {
    /// Scenario file, embedded scenario, or - for standard input
    #[arg(value_name = "SCENARIO", default_value = "quickstart", help_heading = ARGUMENTS)]
    pub scenario: String,
    /// Set a value, for example cohort.remote.clients=20000; repeatable
    ///
    /// PATH is the path of a key; * in it stands for any name, for example cohort.*.clients=500.
    /// Text needs no quotes: duration=2h.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub overrides: Vec<String>,
    /// Set the seed of all random streams [default: seed of the scenario]
    ///
    /// The environment variable CMGSIM_SEED changes the default.
    #[arg(long, value_name = "N", env = "CMGSIM_SEED", hide_env = true)]
    pub seed: Option<u64>,
}

/// Heading of positional arguments in help.
pub(super) const ARGUMENTS: &str = "Arguments";

impl ScenarioArguments {
    /// Loads the scenario.
    pub(super) fn load(&self) -> Result<Scenario, Failure> {
        self.load_with(&[])
    }

    /// Loads the scenario with further overrides.
    pub(super) fn load_with(&self, overrides: &[String]) -> Result<Scenario, Failure> {
        let (started, mut request) = (Instant::now(), self.request()?);
        request.overrides.extend_from_slice(overrides);
        let scenario = load_request(&request)?;
        warn_once(&scenario)?;
        output::note(|| {
            let from = match &request.origin {
                ScenarioOrigin::Path(path) => format!("the file {}", path.display()),
                ScenarioOrigin::Preset(name) => format!("the embedded {name}"),
                ScenarioOrigin::Text { name, .. } => name.clone(),
            };
            format!(
                "read {from} in {} ({} overrides, {} input files): hash {}",
                format::seconds(started.elapsed().as_secs_f64()),
                request.overrides.len(),
                scenario.resolved.files().len(),
                scenario.resolved.hash(),
            )
        });
        Ok(scenario)
    }

    /// Returns the request to load the scenario.
    pub(super) fn request(&self) -> Result<LoadRequest, Failure> {
        Ok(LoadRequest { origin: self.origin()?, overrides: self.overrides() })
    }

    /// Returns all overrides, including the seed.
    pub(super) fn overrides(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        self.overrides.iter().cloned().chain(seed).collect()
    }

    /// Returns the manifest of a complete result, without timing and files.
    pub(super) fn manifest(&self, info: &ScenarioInfo, events: u64) -> Manifest {
        results::manifest(info, self.scenario.clone(), self.overrides(), events)
    }

    /// Returns the origin of the scenario. Reads standard input for `-`.
    pub(super) fn origin(&self) -> Result<ScenarioOrigin, Failure> {
        match self.scenario.as_str() {
            "-" => Ok(ScenarioOrigin::Text { name: "<stdin>".to_owned(), text: standard_input()? }),
            name => Ok(match ScenarioOrigin::named(name) {
                ScenarioOrigin::Path(path) => ScenarioOrigin::Path(store::resolve(&path)),
                origin => origin,
            }),
        }
    }
}

/// Prints the warnings of a scenario once, although a study loads it for every variant.
pub(super) fn warn_once(scenario: &Scenario) -> Result<(), Failure> {
    static IS_REPORTED: OnceLock<()> = OnceLock::new();
    if IS_REPORTED.get().is_none()
        && let Some(warning) = added_section(scenario)
        && IS_REPORTED.set(()).is_ok()
    {
        output::warn(&format!("warning: {warning}\n"))?;
    }
    if !scenario.warnings.list.is_empty() {
        static WARNED: OnceLock<()> = OnceLock::new();
        if WARNED.set(()).is_ok() {
            output::warn(&scenario.warnings.render(false))?;
        }
    }
    Ok(())
}

/// Returns a warning about a section that only `--set` creates, if the scenario has one with a
/// similar name.
fn added_section(scenario: &Scenario) -> Option<String> {
    let request = &scenario.request;
    let section_of = |text: &str| -> Option<String> {
        let mut keys = text.split('=').next()?.split('.').map(str::trim);
        let (kind, name) = (keys.next()?, keys.next()?);
        keys.next().map(|_| format!("{kind}.{name}"))
    };
    let set: Vec<String> = request.overrides.iter().filter_map(|text| section_of(text)).collect();
    let warning = |section: &String| {
        if section.contains('*') {
            return None;
        }
        let written = scenario.resolved.values();
        let written = written.filter(|one| one.place.0 == section && one.default.is_none());
        let by_set = set.iter().filter(|own| *own == section).count();
        if written.count() > by_set {
            return None;
        }
        let (kind, name) = section.split_once('.')?;
        let others = scenario.resolved.sections().filter(|other| other != section);
        let others: Vec<&str> =
            others.filter_map(|other| other.strip_prefix(kind)?.strip_prefix('.')).collect();
        let near = nearest(name, others)?;
        // The scenario may define the section without any keys, so load it without overrides.
        let without = LoadRequest { overrides: Vec::new(), ..request.clone() };
        if load(&without).is_ok_and(|base| base.resolved.sections().any(|own| own == section)) {
            return None;
        }
        Some(format!(
            "--set adds {section}, which the scenario does not contain; it contains {kind}.{near}"
        ))
    };
    set.iter().find_map(warning)
}

/// Loads a scenario.
pub(super) fn load_request(request: &LoadRequest) -> Result<Scenario, Failure> {
    let scenario = load(request).map_err(|problems| Failure::Scenario(Box::new(problems)))?;
    inputs::note(&scenario.inputs);
    Ok(scenario)
}

/// Returns the text of standard input, which can be read only once although studies load a scenario
/// many times.
fn standard_input() -> Result<String, Failure> {
    static TEXT: OnceLock<String> = OnceLock::new();
    match TEXT.get() {
        Some(text) => Ok(text.clone()),
        None => read_standard_input().map(|text| TEXT.get_or_init(|| text).clone()),
    }
}

/// Reads standard input up to the maximum size of a scenario.
fn read_standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let stream = std::io::stdin().lock();
    stream.take(limits::BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|cause| {
        Failure::System { what: "cannot read standard input".to_owned(), cause }
    })?;
    if bytes.len() as u64 > limits::BYTES_MAX {
        let message =
            "standard input is larger than 1 MiB, the maximum size of a scenario".to_owned();
        let problem = Problem::error(crate::scenario::diagnose::code::TOO_LARGE, message);
        return Err(Failure::Scenario(Box::new(Problems::new(Default::default(), vec![problem]))));
    }
    let mut sources = Sources::default();
    match limits::text_of(&bytes, "standard input".to_owned(), &mut sources) {
        Ok(source) => Ok(sources.text(source).to_owned()),
        Err(problem) => Err(Failure::Scenario(Box::new(Problems::new(sources, vec![problem])))),
    }
}
