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
    /// Set the mean CPU utilisation of the servers of ROLE in the period of the logs; repeatable
    ///
    /// ROLE is management_point or software_update_point. PERCENT is the mean of the performance
    /// counter \Processor(_Total)\% Processor Time, for example management_point=23.4. Without this
    /// option, CPU times are measured only if time-taken grows enough with the request rate.
    #[arg(long, value_name = "ROLE=PERCENT", value_parser = utilisation,
          requires = "scenario")]
    cpu_utilisation: Vec<Utilisation>,
    /// Measure the presence of the clients of cohort NAME; repeatable
    ///
    /// The logs must not contain other clients, except clients that are always on [default: all
    /// cohorts that do not set their presence].
    #[arg(long, value_name = "NAME", requires = "scenario")]
    cohort: Vec<String>,
}

/// Parses `ROLE=PERCENT`.
fn utilisation(text: &str) -> Result<Utilisation, String> {
    let expected = "expected ROLE=PERCENT, for example management_point=23.4";
    let (role, percent) = text.split_once('=').ok_or(expected)?;
    let role = match role.trim() {
        "management_point" => Role::ManagementPoint,
        "software_update_point" => Role::SoftwareUpdatePoint,
        _ => return Err("ROLE is management_point or software_update_point".to_owned()),
    };
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
