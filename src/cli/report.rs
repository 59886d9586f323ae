//! `cmgsim report`: one HTML page of what folders hold.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::html::{self, StoredRun, Study};
use crate::results::read::{self, Files, ReadError};
use crate::results::store::{
    Contents, DOCUMENT_BYTES_MAX, MANIFEST, REPORT, complete_if_killed, contents, read_if_there,
    write_file,
};

use super::failure::Failure;
use super::{Format, inputs, output};

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
    let named = read_if_there(&link, NAME_BYTES_MAX).ok().flatten();
    let named = named.and_then(|bytes| String::from_utf8(bytes).ok());
    named.map_or_else(|| folder.to_owned(), |name| folder.join(name.trim()))
}

/// Longest name of a folder that a file may hold.
const NAME_BYTES_MAX: u64 = 4096;

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
    complete_if_killed(folder);
    let Some(found) = contents(folder)? else {
        return Err(Failure::Refused(format!(
            "cannot report {}: its result is incomplete, or it is not a folder of cmgsim: there is \
             no {MANIFEST}, which is written last. Repeat the run (a sweep goes on with `cmgsim \
             sweep ... --resume`), or copy all files of the folder",
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

/// Is a page made of the file of this name?
fn is_used(name: &str) -> bool {
    read::FILES.contains(&name) || name.starts_with("charts/") && name.ends_with(".svg")
}

/// Refuses a folder whose files are not those that its manifest lists, if a page is made of them;
/// says which of the others are not.
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
            "cannot report {}: it does not match its {MANIFEST}: {listed}. Repeat the run, or copy \
             the folder once more",
            folder.display()
        )));
    }
    match listed(&|name| !is_used(name)) {
        None => Ok(()),
        Some(listed) => output::warn(&format!(
            "warning: {} does not match its {MANIFEST}: {listed}; the page does not use it\n",
            folder.display()
        )),
    }
}
