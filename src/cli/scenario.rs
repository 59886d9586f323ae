//! Scenarios as verbs take them: a file, the name of an embedded one, or standard input.

use std::io::Read;
use std::sync::OnceLock;
use std::time::Instant;

use clap::Args;

use crate::report::format;
use crate::results::ScenarioInfo;
use crate::results::manifest::Manifest;
use crate::scenario::diagnose::nearest;
use crate::scenario::{LoadRequest, Problem, Problems, Scenario, ScenarioOrigin, limits, load};

use super::failure::Failure;
use super::{inputs, output, results};

/// Which scenario, and what is laid over it.
#[derive(Debug, Args)]
pub(super) struct ScenarioArguments {
    /// A scenario file, the name of an embedded scenario, or - for standard input.
    #[arg(value_name = "SCENARIO", default_value = "quickstart")]
    pub scenario: String,
    /// Set a value by its path, for example cohort.remote.clients=20000 or 'cohort.*.clients=500'.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub overrides: Vec<String>,
    /// Seed of all random streams.
    #[arg(long, value_name = "N", env = "CMGSIM_SEED")]
    pub seed: Option<u64>,
}

impl ScenarioArguments {
    /// Loads the scenario.
    pub(super) fn load(&self) -> Result<Scenario, Failure> {
        self.load_with(&[])
    }

    /// Loads it with more values laid over it.
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
                "read {from}, with {} values set and {} further files, in {}: hash {}",
                request.overrides.len(),
                scenario.resolved.files().len(),
                format::seconds(started.elapsed().as_secs_f64()),
                scenario.resolved.hash(),
            )
        });
        Ok(scenario)
    }

    /// What to load.
    pub(super) fn request(&self) -> Result<LoadRequest, Failure> {
        Ok(LoadRequest { origin: self.origin()?, overrides: self.overrides() })
    }

    /// What is laid over the scenario, the seed included.
    pub(super) fn overrides(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        self.overrides.iter().cloned().chain(seed).collect()
    }

    /// The manifest of a complete result of it, before its times and files are known.
    pub(super) fn manifest(&self, info: &ScenarioInfo, events: u64) -> Manifest {
        results::manifest(info, self.scenario.clone(), self.overrides(), events)
    }

    /// Where it is; reads standard input, if that is it.
    pub(super) fn origin(&self) -> Result<ScenarioOrigin, Failure> {
        match self.scenario.as_str() {
            "-" => Ok(ScenarioOrigin::Text { name: "<stdin>".to_owned(), text: standard_input()? }),
            name => Ok(ScenarioOrigin::named(name)),
        }
    }
}

/// Says what a scenario may not mean. Once, though studies load it again for every variant.
pub(super) fn warn_once(scenario: &Scenario) -> Result<(), Failure> {
    static REPORTED: OnceLock<()> = OnceLock::new();
    if REPORTED.get().is_none()
        && let Some(warning) = added_section(scenario)
        && REPORTED.set(()).is_ok()
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

/// What is said of a part that only `--set` has made, if another has nearly its name.
fn added_section(scenario: &Scenario) -> Option<String> {
    let request = &scenario.request;
    let section_of = |text: &str| -> Option<String> {
        let mut keys = text.split('=').next()?.split('.').map(str::trim);
        let (kind, name) = (keys.next()?, keys.next()?);
        keys.next().map(|_| format!("{kind}.{name}"))
    };
    let set: Vec<String> = request.overrides.iter().filter_map(|text| section_of(text)).collect();
    let warning = |section: &String| {
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
        // It may stand there without a key of its own.
        let without = LoadRequest { overrides: Vec::new(), ..request.clone() };
        if load(&without).is_ok_and(|base| base.resolved.sections().any(|own| own == section)) {
            return None;
        }
        Some(format!(
            "--set adds {section}, which the scenario does not have; it has {kind}.{near}"
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

/// What came in on standard input. It can be read once only, and verbs that try variants load their
/// scenario many times.
fn standard_input() -> Result<String, Failure> {
    static TEXT: OnceLock<String> = OnceLock::new();
    match TEXT.get() {
        Some(text) => Ok(text.clone()),
        None => read_standard_input().map(|text| TEXT.get_or_init(|| text).clone()),
    }
}

/// Reads standard input, no more than a scenario may have.
fn read_standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let stream = std::io::stdin().lock();
    stream.take(limits::BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|cause| {
        Failure::System { what: "cannot read standard input".to_owned(), cause }
    })?;
    if bytes.len() as u64 > limits::BYTES_MAX {
        let message = "standard input is larger than a scenario may be (1 MiB)".to_owned();
        let problem = Problem::error(crate::scenario::diagnose::code::TOO_LARGE, message);
        return Err(Failure::Scenario(Box::new(Problems::new(Default::default(), vec![problem]))));
    }
    String::from_utf8(bytes).map_err(|_| {
        let message = "standard input is not UTF-8 text".to_owned();
        let problem = Problem::error(crate::scenario::diagnose::code::NOT_UTF8, message);
        Failure::Scenario(Box::new(Problems::new(Default::default(), vec![problem])))
    })
}
