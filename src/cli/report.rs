//! `cmgsim report`: writes one HTML page from results folders.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::html::{self, StoredRun, Study};
use crate::results::RunResult;
use crate::results::read::{self, Files, ReadError};
use crate::results::store::{
    self, Contents, DOCUMENT_BYTES_MAX, LATEST, MANIFEST, REPORT, complete_if_killed, contents,
    read_if_there, write_file,
};

use super::failure::Failure;
use super::{Format, inputs, output};

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Results folders, or scenario folders (output/SCENARIO) for their latest results
    ///
    /// Several runs are shown side by side. Studies (compare, size, sweep, sensitivity) become
    /// sections of the page.
    #[arg(value_name = "FOLDER", required = true)]
    folders: Vec<PathBuf>,
    /// Write the page to FILE [default: report.html in FOLDER]
    ///
    /// With several folders, the default is report.html in the current folder.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print the path of the page as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

impl Report {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let folders: Vec<PathBuf> = self.folders.iter().map(|folder| latest(folder)).collect();
        let (mut runs, mut studies) = (Vec::new(), Vec::new());
        for folder in &folders {
            let files = files(folder)?;
            let refused = |error| refused(folder, &error);
            read::check_version(&files).map_err(refused)?;
            match Study::read(&files).map_err(refused)? {
                Some(study) => studies.push(study),
                None => runs.push(StoredRun::read(&files).map_err(refused)?),
            }
        }
        let path = match (&self.out, &folders[..]) {
            (Some(path), _) => path.clone(),
            (None, [folder]) => folder.join(REPORT),
            (None, _) => PathBuf::from(REPORT),
        };
        inputs::note(&folders);
        inputs::refuse_page(&path)?;
        let page = html::page(&runs, &studies)?;
        write_file(&path, &page)?;
        let file = path.display().to_string();
        output::print(&match self.format {
            Format::Json => format!("{:#}\n", serde_json::json!({ "wrote": file })),
            Format::Text => format!("{file}\n"),
        })
    }
}

/// Reads the run in a results folder, or the latest run of a scenario's folder.
pub(super) fn stored_run(folder: &Path) -> Result<RunResult, Failure> {
    let other = |failure| match failure {
        Failure::Refused(text) => {
            Failure::Refused(text.replace("cannot create a report from", "cannot use"))
        }
        failure => failure,
    };
    let folder = latest(folder);
    let files = files(&folder).map_err(other)?;
    read::run(&files).map_err(|error| other(refused(&folder, &error)))
}

fn refused(folder: &Path, error: &ReadError) -> Failure {
    Failure::Refused(format!("cannot create a report from {}: {error}", folder.display()))
}

/// Returns the folder itself, or the latest results in a scenario's folder.
fn latest(folder: &Path) -> PathBuf {
    let latest = store::resolve(&folder.join(LATEST));
    if latest.is_dir() { latest } else { store::resolve(folder) }
}

/// Reads those documents, tables and charts of a results folder that a report uses.
fn files(folder: &Path) -> Result<Files, Failure> {
    let cannot_read = |path: &Path, cause| Failure::System {
        what: format!("cannot read {}", path.display()),
        cause,
    };
    if folder.is_file() {
        let message = format!(
            "{} is a file; name the folder that a run wrote, for example output/quickstart",
            folder.display()
        );
        return Err(Failure::Refused(message));
    }
    fs::read_dir(folder).map_err(|cause| cannot_read(folder, cause))?;
    complete_if_killed(folder);
    let Some(found) = contents(folder)? else {
        return Err(Failure::Refused(format!(
            "cannot create a report from {}: its result is incomplete, or cmgsim did not write \
             it: {MANIFEST}, which is written last, is missing. Repeat the run (resume a sweep \
             with `cmgsim sweep ... --resume`), or copy the complete folder",
            folder.display()
        )));
    };
    check(folder, &found)?;
    let mut files = Files::new();
    let used = found.names.into_iter().filter(|name| is_used(name));
    for name in used.chain([MANIFEST.to_owned()]) {
        if let Some(bytes) = read_if_there(&folder.join(&name), DOCUMENT_BYTES_MAX)? {
            files.insert(name, bytes);
        }
    }
    Ok(files)
}

/// Returns whether a report uses the file with this name.
fn is_used(name: &str) -> bool {
    read::FILES.contains(&name) || name.starts_with("charts/") && name.ends_with(".svg")
}

/// Refuses a folder if a file that the report uses differs from its manifest. Warns about other
/// files that differ.
fn check(folder: &Path, found: &Contents) -> Result<(), Failure> {
    const NAMED: usize = 8;
    let listed = |is_wanted: &dyn Fn(&str) -> bool| {
        let all = found.mismatches.iter().filter(|one| is_wanted(&one.name));
        let mut listed: Vec<String> = all.map(ToString::to_string).collect();
        let more = listed.len().saturating_sub(NAMED);
        listed.truncate(NAMED);
        listed.extend((more > 0).then(|| format!("{more} more")));
        (!listed.is_empty()).then(|| listed.join("; "))
    };
    if let Some(listed) = listed(&is_used) {
        return Err(Failure::Refused(format!(
            "cannot create a report from {}: it does not match its {MANIFEST}: {listed}. Repeat \
             the run, or copy the folder again",
            folder.display()
        )));
    }
    match listed(&|name| !is_used(name)) {
        None => Ok(()),
        Some(listed) => output::warn(&format!(
            "warning: {} does not match its {MANIFEST}: {listed}; the report does not use these files\n",
            folder.display()
        )),
    }
}
