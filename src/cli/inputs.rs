//! What the program reads is never written over: neither the files of a scenario nor folders of
//! results.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::results::store::{REPORT, is_listed, is_page};

use super::failure::Failure;

/// Files and folders that were read.
static READ: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Notes files and folders that are read.
pub(super) fn note<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) {
    let found = paths.into_iter().filter_map(|path| fs::canonicalize(path).ok());
    READ.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
}

/// Refuses to write a file over something that was read, or over a file of a stored result. To be
/// known before anything is simulated.
pub(super) fn refuse_file(option: &str, path: &Path) -> Result<(), Failure> {
    let Ok(full) = fs::canonicalize(path) else { return Ok(()) };
    let refused = |why: &str| {
        let path = path.display();
        Err(Failure::Usage(format!("cannot write {option} {path}: {why}; name another file")))
    };
    let is_read = |read: &PathBuf| *read == full;
    if READ.lock().unwrap_or_else(PoisonError::into_inner).iter().any(is_read) {
        return refused("the scenario is read from it");
    }
    if is_listed(&full) {
        return refused("it belongs to a stored result");
    }
    Ok(())
}

/// Refuses to write the page of a report over something else than a page, or into a folder that is
/// reported under another name than its page has.
pub(super) fn refuse_page(path: &Path) -> Result<(), Failure> {
    refuse_file("--out", path)?;
    let refused = |why: &str| {
        let path = path.display();
        Err(Failure::Usage(format!("cannot write --out {path}: {why}; name another file")))
    };
    if fs::metadata(path).is_ok_and(|about| about.is_file()) && !is_page(path) {
        return refused("there is a file that is not a page of cmgsim");
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
    let is_in =
        |read: &PathBuf| folder.starts_with(read) && path.file_name() != Some(REPORT.as_ref());
    if READ.lock().unwrap_or_else(PoisonError::into_inner).iter().any(is_in) {
        return refused("in a folder of results only report.html has a place");
    }
    Ok(())
}

/// Refuses a folder for results in which there is something that was read, or that is in such a
/// folder.
pub(super) fn refuse_folder(folder: &Path) -> Result<(), Failure> {
    let full = full(folder);
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let is_in_the_way = |read: &&PathBuf| read.starts_with(&full) || full.starts_with(*read);
    match read.iter().find(is_in_the_way) {
        None => Ok(()),
        Some(read) => Err(Failure::Usage(format!(
            "cannot write results into {}: {} is read from there; choose another folder with --out",
            folder.display(),
            read.display()
        ))),
    }
}

/// The full path of a folder that need not be there yet: that of the nearest one above it that is,
/// and the rest.
fn full(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let found = absolute.ancestors().find_map(|above| {
        let rest = absolute.strip_prefix(above).ok()?;
        Some(fs::canonicalize(above).ok()?.join(rest))
    });
    found.unwrap_or(absolute)
}
