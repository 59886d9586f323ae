//! Scenarios as verbs take them: a file, the name of an embedded one, or standard input.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use clap::Args;

use crate::base::SimDuration;
use crate::catalogue::Provenance;
use crate::experiment::Objective;
use crate::model::Config;
use crate::report::format;
use crate::results::{
    PlanNote, PriceBook, ScenarioInfo, SiteInfo, UtcOffsetChange, ValueCounts, VmHour,
};
use crate::scenario::diagnose::nearest;
use crate::scenario::preset;
use crate::scenario::{LoadRequest, Problem, Problems, Scenario, ScenarioOrigin, limits, load};

use super::failure::Failure;
use super::{inputs, output};

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
        let (started, request) = (Instant::now(), self.request()?);
        let scenario = load_request(&request)?;
        // Once, though studies load it again for every variant.
        static TOLD: OnceLock<()> = OnceLock::new();
        if TOLD.get().is_none()
            && let Some(warning) = added_section(&scenario, &request)
            && TOLD.set(()).is_ok()
        {
            output::warn(&format!("warning: {warning}\n"))?;
        }
        if !scenario.warnings.list.is_empty() {
            static WARNED: OnceLock<()> = OnceLock::new();
            if WARNED.set(()).is_ok() {
                output::warn(&scenario.warnings.render(false))?;
            }
        }
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

    /// Where it is; reads standard input, if that is it.
    pub(super) fn origin(&self) -> Result<ScenarioOrigin, Failure> {
        let looks_like_path = |text: &str| {
            text.contains(std::path::MAIN_SEPARATOR)
                || text.contains('/')
                || Path::new(text).extension().is_some()
        };
        match self.scenario.as_str() {
            "-" => Ok(ScenarioOrigin::Text { name: "<stdin>".to_owned(), text: standard_input()? }),
            text if looks_like_path(text) => Ok(ScenarioOrigin::Path(PathBuf::from(text))),
            name if preset::text(name).is_none() && Path::new(name).is_file() => {
                Ok(ScenarioOrigin::Path(PathBuf::from(name)))
            }
            name => Ok(ScenarioOrigin::Preset(name.to_owned())),
        }
    }
}

/// What is said of a part that only `--set` has made, if another has nearly its name.
fn added_section(scenario: &Scenario, request: &LoadRequest) -> Option<String> {
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

/// What it has to achieve.
pub(super) fn objectives(scenario: &Scenario) -> Vec<Objective> {
    let objective = |one: &crate::scenario::Objective| Objective {
        metric: one.metric.clone(),
        is_at_least: one.is_at_least,
        limit: one.limit,
    };
    scenario.objectives.iter().map(objective).collect()
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

/// What results say about the scenario.
pub(super) fn info(scenario: &Scenario) -> ScenarioInfo {
    let config = &scenario.config;
    let count = |provenance| scenario.resolved.count(provenance);
    let seconds = SimDuration::as_seconds;
    ScenarioInfo {
        name: scenario.name.clone(),
        question: scenario.question.clone(),
        start: scenario.start.label.clone(),
        start_unix_seconds: scenario.start.unix_seconds,
        time_zone: scenario.start.zone.clone(),
        utc_offset_seconds: scenario.start.utc_offset_seconds,
        utc_offset_changes: offset_changes(config),
        duration_seconds: seconds(config.duration),
        warm_up_seconds: seconds(config.warm_up),
        seed: config.seed,
        replication: 0,
        clients: config.clients(),
        sites: sites(&scenario.config),
        prices: prices(scenario),
        hash: scenario.resolved.hash(),
        values: ValueCounts {
            written: count(None),
            settings: count(Some(Provenance::Setting)),
            published: count(Some(Provenance::Published)),
            derived: count(Some(Provenance::Derived)),
            assumed: count(Some(Provenance::Assumed)),
        },
        plan: plan(scenario),
    }
}

fn plan(scenario: &Scenario) -> Vec<PlanNote> {
    let notes = scenario.plan.iter().map(|note| PlanNote {
        text: note.text.clone(),
        source: note.source.clone(),
        is_warning: note.is_warning,
    });
    notes.collect()
}

/// Clock changes of the run, in the scenario's zone.
fn offset_changes(config: &Config) -> Vec<UtcOffsetChange> {
    let end = i64::try_from(config.end().as_nanos()).unwrap_or(i64::MAX);
    let changes = config.utc_offsets.changes().iter();
    let in_run = changes.filter(|change| change.at > 0 && change.at < end);
    let of_run = in_run.map(|change| UtcOffsetChange {
        at_seconds: change.at as f64 * 1e-9 - config.warm_up.as_seconds(),
        before_seconds: (config.utc_offsets.at(change.at - 1) / 1_000_000_000) as i32,
        after_seconds: change.seconds,
    });
    of_run.collect()
}

fn sites(config: &Config) -> Vec<SiteInfo> {
    let clients_of = |id| {
        let cohorts = config.cohorts.iter().filter(|cohort| cohort.site == id);
        cohorts.map(|cohort| u64::from(cohort.clients)).sum()
    };
    let sites = config.sites.entries();
    sites.map(|(id, site)| SiteInfo { name: site.name.clone(), clients: clients_of(id) }).collect()
}

fn prices(scenario: &Scenario) -> PriceBook {
    let own = &scenario.prices;
    PriceBook {
        currency: own.currency.clone(),
        date: own.date.clone(),
        is_example: own.is_example,
        vm_hour: own
            .vm_hour
            .iter()
            .map(|one| VmHour { key: one.key.clone(), price: one.price })
            .collect(),
        egress_gb: own.egress_gb,
        egress_free_gb: own.egress_free_gb,
        storage_gb_month: own.storage_gb_month,
        public_ip_hour: own.public_ip_hour,
        load_balancer_hour: own.load_balancer_hour,
        load_balancer_gb: own.load_balancer_gb,
    }
}
