//! Protects files that the program reads (scenarios and stored results) from being overwritten.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::results::store::{REPORT, is_listed, is_page};

use super::failure::Failure;

/// Files and folders that the program has read.
static READ: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Registers files and folders as read.
pub(super) fn note<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) {
    let found = paths.into_iter().filter_map(|path| fs::canonicalize(path).ok());
    READ.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
}

/// Refuses an output file that the program read, or that belongs to a stored result. The caller
/// checks this before the simulation.
pub(super) fn refuse_file(option: &str, path: &Path) -> Result<(), Failure> {
    let Ok(full) = fs::canonicalize(path) else { return Ok(()) };
    let refused = |why: &str| {
        let path = path.display();
        Err(Failure::Usage(format!("cannot write {option} {path}: {why}; name another file")))
    };
    let is_read = |read: &PathBuf| *read == full;
    if READ.lock().unwrap_or_else(PoisonError::into_inner).iter().any(is_read) {
        return refused("the scenario is read from this file");
    }
    if is_listed(&full) {
        return refused("it belongs to a stored result");
    }
    Ok(())
}

/// Refuses an output file that exists.
pub(super) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(_) => Err(Failure::Usage(format!(
            "{} exists; name another file, or delete it first",
            path.display()
        ))),
    }
}

/// Refuses a report page that would overwrite a file other than a page, or that would add a file
/// other than report.html to a results folder.
pub(super) fn refuse_page(path: &Path) -> Result<(), Failure> {
    refuse_file("--out", path)?;
    let refused = |why: &str| {
        let path = path.display();
        Err(Failure::Usage(format!("cannot write --out {path}: {why}; name another file")))
    };
    if fs::metadata(path).is_ok_and(|about| about.is_file()) && !is_page(path) {
        return refused("the file exists and is not a cmgsim report");
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
    let is_in =
        |read: &PathBuf| folder.starts_with(read) && path.file_name() != Some(REPORT.as_ref());
    if READ.lock().unwrap_or_else(PoisonError::into_inner).iter().any(is_in) {
        return refused("the only page allowed in a results folder is report.html");
    }
    Ok(())
}

/// Refuses a results folder that contains an input, or that is inside a folder from which the
/// program read.
pub(super) fn refuse_folder(folder: &Path) -> Result<(), Failure> {
    refuse_folder_of("--out", folder)
}

/// Refuses an output folder as [`refuse_folder`] does, and names its option in the message.
pub(super) fn refuse_folder_of(option: &str, folder: &Path) -> Result<(), Failure> {
    let full = full(folder);
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let overlaps = |read: &&PathBuf| read.starts_with(&full) || full.starts_with(*read);
    match read.iter().find(overlaps) {
        None => Ok(()),
        Some(read) => Err(Failure::Usage(format!(
            "cannot write results to {}: this folder overlaps {}, which cmgsim reads; choose \
             another folder with {option}",
            folder.display(),
            read.display()
        ))),
    }
}

/// Returns the full path of a file or folder that may not exist yet: the canonical path of its
/// nearest existing parent, followed by the rest.
pub(super) fn full(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let found = absolute.ancestors().find_map(|above| {
        let rest = absolute.strip_prefix(above).ok()?;
        Some(fs::canonicalize(above).ok()?.join(rest))
    });
    found.unwrap_or(absolute)
}
