//! The base scenario of a calibration: its options, and its copy in the output folder.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::calibrate::estimate::{Options, PresenceOptions, Utilisation};
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin};
use crate::terms::Role;

use super::super::failure::Failure;
use super::super::results::NamedBytes;
use super::super::scenario::{load_request, warn_once};

/// Folder of the base scenario in the output folder.
const BASE: &str = "base";

/// The scenario whose values are measured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub(super) struct BaseArguments {
    /// Measure values of SCENARIO and write them to DIR/measured.toml (--out DIR)
    ///
    /// SCENARIO is a file or the name of an embedded scenario. It states what logs do not show:
    /// the numbers of clients and servers, the cores of the servers, and the cycles of the clients.
    /// Hours of the week are in its time zone.
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Set the mean CPU utilisation of the servers of ROLE without the held-out days; once per ROLE
    ///
    /// ROLE is management_point or software_update_point. PERCENT is the mean of the performance
    /// counter \Processor(_Total)\% Processor Time over the days from which values are measured,
    /// for example management_point=23.4. The days from --hold-out on are not among them. Without
    /// this option, CPU times are measured only if time-taken grows enough with the request rate.
    #[arg(long, value_name = "ROLE=PERCENT", value_parser = utilisation,
          requires = "scenario")]
    cpu_utilisation: Vec<Utilisation>,
    /// Measure the presence of the clients of cohort NAME; once per cohort
    ///
    /// The logs must not contain other clients, except clients that are always on [default: all
    /// cohorts that do not set their presence].
    #[arg(long, value_name = "NAME", requires = "scenario")]
    cohort: Vec<String>,
}

/// Returns the name of a role in `ROLE=PERCENT`.
const fn role_name(role: Role) -> &'static str {
    match role {
        Role::ManagementPoint => "management_point",
        Role::SoftwareUpdatePoint => "software_update_point",
    }
}

/// Parses `ROLE=PERCENT`.
fn utilisation(text: &str) -> Result<Utilisation, String> {
    let expected = "expected ROLE=PERCENT, for example management_point=23.4";
    let (role, percent) = text.split_once('=').ok_or(expected)?;
    let role = Role::ALL.into_iter().find(|one| role_name(*one) == role.trim());
    let role = role.ok_or("ROLE is management_point or software_update_point")?;
    let percent = percent.trim().trim_end_matches('%').trim();
    let number: f64 = percent.parse().map_err(|_| expected)?;
    if !(number > 0.0 && number <= 100.0) {
        return Err("PERCENT must be above 0 and at most 100".to_owned());
    }
    let decimals = percent.split_once('.').map_or(0, |(_, decimals)| decimals.len().min(9));
    let rounding = 0.5 * libm::pow(10.0, -(decimals as f64)) / 100.0;
    Ok(Utilisation { role, share: number / 100.0, rounding })
}

impl BaseArguments {
    /// Checks that the options refer to the scenario, and that none of them is given twice.
    pub(super) fn check(&self, base: &Scenario) -> Result<(), Failure> {
        let config = &base.config;
        for (given, at) in self.cpu_utilisation.iter().zip(0..) {
            let role = role_name(given.role);
            if self.cpu_utilisation[..at].iter().any(|other| other.role == given.role) {
                return Err(Failure::Usage(format!(
                    "--cpu-utilisation is given twice for {role}; give one mean over all its servers"
                )));
            }
            if config.of_role(given.role).next().is_none() {
                return Err(Failure::Usage(format!(
                    "--cpu-utilisation is given for {role}, but the scenario {} has none",
                    base.name
                )));
            }
        }
        for (name, at) in self.cohort.iter().zip(0..) {
            if config.cohorts.iter().all(|one| one.name != *name) {
                let names: Vec<&str> = config.cohorts.iter().map(|one| &*one.name).collect();
                return Err(Failure::Usage(format!(
                    "--cohort {name}: the scenario {} has no cohort with this name; its cohorts are \
                     {}",
                    base.name,
                    names.join(", ")
                )));
            }
            if self.cohort[..at].contains(name) {
                return Err(Failure::Usage(format!("--cohort {name} is given twice")));
            }
        }
        Ok(())
    }

    /// Returns the options of the estimates.
    pub(super) fn options(&self, files: Vec<String>) -> Options {
        Options {
            files,
            utilisations: self.cpu_utilisation.clone(),
            presence: PresenceOptions { cohorts: self.cohort.clone() },
        }
    }
}

/// Loads the base scenario, if there is one.
pub(super) fn load(name: Option<&str>) -> Result<Option<Scenario>, Failure> {
    let Some(name) = name else { return Ok(None) };
    if name == "-" {
        return Err(Failure::Usage(
            "--scenario cannot be standard input, because the measured scenario extends a file; \
             save the scenario as a file"
                .to_owned(),
        ));
    }
    let request = LoadRequest { origin: ScenarioOrigin::named(name), overrides: Vec::new() };
    let scenario = load_request(&request)?;
    warn_once(&scenario)?;
    Ok(Some(scenario))
}

/// Returns what the measured scenario extends, and copies of the files of the base scenario: a
/// scenario can extend only files in its own folder.
pub(super) fn copies(base: &Scenario) -> Result<(String, Vec<NamedBytes>), Failure> {
    let path = match &base.request.origin {
        ScenarioOrigin::Preset(name) => return Ok((name.clone(), Vec::new())),
        ScenarioOrigin::Text { name, .. } => PathBuf::from(name),
        ScenarioOrigin::Path(path) => path.clone(),
    };
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let mut files: Vec<NamedBytes> = Vec::new();
    for file in base.inputs.iter().filter(|file| file.is_file()) {
        let name = name_in(&folder, file)?;
        if files.iter().all(|(other, _)| *other != name) {
            let what = || format!("cannot read {}", file.display());
            let bytes = fs::read(file).map_err(|cause| Failure::System { what: what(), cause })?;
            files.push((name, bytes));
        }
    }
    Ok((name_in(&folder, &path)?, files))
}

/// Returns the name of a copy in the output folder, with `/` between folders.
fn name_in(folder: &Path, file: &Path) -> Result<String, Failure> {
    let full = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (folder, file) = match folder.as_os_str().is_empty() {
        true => (full(Path::new(".")), full(file)),
        false => (full(folder), full(file)),
    };
    let inside = file.strip_prefix(&folder).map_err(|_| {
        Failure::Refused(format!(
            "{} is not in the folder of the scenario; copy it there",
            file.display()
        ))
    })?;
    let parts = inside.iter().map(|part| part.to_string_lossy().into_owned());
    let parts: Vec<String> = std::iter::once(BASE.to_owned()).chain(parts).collect();
    Ok(parts.join("/"))
}
