//! Writes a new result to a staging folder inside the output folder and, when it is complete, moves
//! it over the earlier result file by file, the manifest last. Renaming the whole folder is not an
//! option: not every system can replace a folder, and it may be the working directory of another
//! process.
//!
//! At any moment the output folder contains a complete old result, or a complete new result that
//! only has to be moved into place, which [`finish_replacing`] does after a crash.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file::{DOCUMENT_BYTES_MAX, read_if_there, synchronise_folder, write_whole};
use super::owned::{Listed, check_new, is_page, listed, listed_in};
use super::{JOURNAL, MANIFEST, REPORT, STAGING, StoreError, remedy};

/// Name of the manifest of the replaced result, inside the staging folder.
const REPLACED: &str = ".cmgsim-replaced.json";

/// Returns the path of the staging folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(STAGING)
}

/// Removes the files of an interrupted run from the staging folder, optionally except the journal
/// of a sweep.
pub(super) fn clear(folder: &Path, is_journal_kept: bool) -> io::Result<()> {
    let staging = path(folder);
    let entries = match fs::read_dir(&staging) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if !(is_journal_kept && entry.file_name() == JOURNAL) {
            fs::remove_file(entry.path())?;
        }
    }
    // Ignore errors: the folder stays if it contains the journal.
    let _ = fs::remove_dir(staging);
    Ok(())
}

/// Replaces the existing result with the staged one, which must have a manifest.
///
/// # Errors
/// [`StoreError::Foreign`] if a file that cmgsim did not write would be overwritten; the earlier
/// result then stays. [`StoreError::Folder`] if a file operation fails; [`finish_replacing`] can
/// then continue.
pub(super) fn replace(folder: &Path) -> Result<(), StoreError> {
    let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
    let staging = path(folder);
    let staged = read_if_there(&staging.join(MANIFEST), DOCUMENT_BYTES_MAX)?;
    let Some(new) = staged.and_then(|bytes| listed_in(&bytes)) else {
        return Err(error(io::Error::other("the new result has no manifest")));
    };
    let replaced = staging.join(REPLACED);
    if !replaced.exists() {
        let old = listed(folder)?;
        let has_manifest = old.is_some();
        if let Err(obstacle) = check_new(folder, &old.unwrap_or_default(), new.keys()) {
            fs::remove_file(staging.join(MANIFEST)).map_err(error)?;
            return Err(obstacle);
        }
        // From this point, the folder is incomplete and the staged result is authoritative.
        match has_manifest {
            true => fs::rename(folder.join(MANIFEST), &replaced),
            false => write_whole(&replaced, b"{\"cmgsim_version\": \"\", \"files\": {}}"),
        }
        .and_then(|()| synchronise_folder(folder))
        .map_err(error)?;
    }
    let old = read_if_there(&replaced, DOCUMENT_BYTES_MAX)?;
    let old = old.and_then(|bytes| listed_in(&bytes)).unwrap_or_default();
    let mut current = folder.to_path_buf();
    swap(folder, &staging, (&old, &new), &mut current).map_err(|cause| {
        match remedy::is_in_use(&cause) || remedy::is_denied(&cause) {
            true => StoreError::NotReplaced { path: current, cause },
            false => error(cause),
        }
    })
}

/// Removes the old files and moves the new ones into place; `current` is set to the file being
/// processed.
fn swap(
    folder: &Path,
    staging: &Path,
    (old, new): (&Listed, &Listed),
    current: &mut PathBuf,
) -> io::Result<()> {
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        *current = folder.join(name);
        if_there(fs::remove_file(&current))?;
    }
    if !new.contains_key(REPORT) && is_page(&folder.join(REPORT)) {
        fs::remove_file(folder.join(REPORT))?;
    }
    for name in new.keys() {
        let (from, to) = (staging.join(name), folder.join(name));
        current.clone_from(&to);
        if from.exists() {
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(from, to)?;
        }
    }
    // Remove subfolders, such as the charts folder, that are now empty.
    for name in old.keys() {
        if let Some(parent) = folder.join(name).parent().filter(|parent| *parent != folder) {
            let _ = fs::remove_dir(parent);
        }
    }
    let below = new.keys().filter_map(|name| folder.join(name).parent().map(Path::to_path_buf));
    let below: BTreeSet<PathBuf> = below.collect();
    below.iter().try_for_each(|parent| synchronise_folder(parent))?;
    fs::rename(staging.join(MANIFEST), folder.join(MANIFEST))?;
    synchronise_folder(folder)?;
    fs::remove_dir_all(staging)
}

/// Finishes replacing a result if a run was killed while it replaced one. Does nothing otherwise.
///
/// # Errors
/// Same as [`replace`].
pub(super) fn finish_replacing(folder: &Path) -> Result<(), StoreError> {
    let staging = path(folder);
    if staging.join(MANIFEST).exists() { replace(folder) } else { Ok(()) }
}

fn if_there(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}
