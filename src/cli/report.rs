//! `cmgsim report`: one HTML page of what folders hold.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::format;
use crate::report::html::{self, StoredRun, Study};
use crate::results::read::{self, Files, ReadError};
use crate::results::store::{REPORT, read_if_there, write_file};

use super::failure::Failure;
use super::{Format, output};

/// Files larger than this are none of ours.
const BYTES_MAX: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Folders with results; of a scenario's folder (output/SCENARIO) the latest. Several runs are
    /// shown side by side; comparisons, sizings, sweeps and sensitivities beside them are sections
    /// of the page.
    #[arg(value_name = "FOLDER", required = true)]
    folders: Vec<PathBuf>,
    /// The file to write [default: report.html in the folder; of several, here].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How to print what was done and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

impl Report {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let folders: Vec<PathBuf> = self.folders.iter().map(|folder| latest(folder)).collect();
        let (mut runs, mut studies) = (Vec::new(), Vec::new());
        for folder in &folders {
            let files = files(folder)?;
            let refused = |error| refused(folder, &error);
            match Study::read(&files).map_err(refused)? {
                Some(study) => studies.push(study),
                None => runs.push(StoredRun::read(&files).map_err(refused)?),
            }
        }
        let page = html::page(&runs, &studies)?;
        let path = match (&self.out, &folders[..]) {
            (Some(path), _) => path.clone(),
            (None, [folder]) => folder.join(REPORT),
            (None, _) => PathBuf::from(REPORT),
        };
        write_file(&path, &page)?;
        let file = path.display().to_string();
        output::print(&match self.format {
            Format::Json => format!("{:#}\n", serde_json::json!({ "wrote": file })),
            Format::Text => format!("{file}\n"),
        })
    }
}

fn refused(folder: &Path, error: &ReadError) -> Failure {
    Failure::Refused(format!("cannot report {}: {error}", folder.display()))
}

/// Of a scenario's folder its latest results.
fn latest(folder: &Path) -> PathBuf {
    let link = folder.join("latest");
    if link.is_dir() {
        return link;
    }
    // Where there are no links it is a file with the name.
    let named = fs::read_to_string(&link).ok();
    named.map_or_else(|| folder.to_owned(), |name| folder.join(name.trim()))
}

/// What a report is made of: documents and tables of a folder, and its charts.
fn files(folder: &Path) -> Result<Files, Failure> {
    let cannot_read = |path: &Path, cause| Failure::System {
        what: format!("cannot read {}", path.display()),
        cause,
    };
    if folder.is_file() {
        let message = format!(
            "{} is a file: report takes the folder that a run has written, for example \
             output/quickstart",
            folder.display()
        );
        return Err(Failure::Refused(message));
    }
    fs::read_dir(folder).map_err(|cause| cannot_read(folder, cause))?;
    let mut names: Vec<String> = read::FILES.map(str::to_owned).into();
    if let Ok(charts) = fs::read_dir(folder.join("charts")) {
        let charts = charts.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.extend(
            charts.filter(|name| name.ends_with(".svg")).map(|name| format!("charts/{name}")),
        );
    }
    let mut found = Files::new();
    for name in names {
        let path = folder.join(&name);
        let length = path.metadata().map_or(0, |about| about.len());
        if length > BYTES_MAX {
            let (path, length) = (path.display(), format::bytes(length));
            return Err(Failure::Refused(format!("{path} has {length}: that is no file of ours")));
        }
        if let Some(bytes) = read_if_there(&path)? {
            found.insert(name, bytes);
        }
    }
    Ok(found)
}
