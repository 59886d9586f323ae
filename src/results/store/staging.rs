//! A result that is not complete yet stands in a folder of its own within the output folder. When
//! it is complete it takes the place of the earlier one, file by file, the manifest last: a folder
//! that is renamed cannot replace another on every system, and might be somebody's current one.
//!
//! In the folder there is at any moment an old result that is complete, or a new one that is
//! complete and only has to be put in place: [`finish_replacing`] does that after a crash.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file::{DOCUMENT_BYTES_MAX, read_if_there, synchronise_folder, write_whole};
use super::owned::{Listed, check_new, is_page, listed, listed_in};
use super::{JOURNAL, MANIFEST, REPORT, STAGING, StoreError, remedy};

/// The manifest of the result that is being replaced, within the staging folder.
const REPLACED: &str = ".cmgsim-replaced.json";

/// Where it is.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(STAGING)
}

/// Takes away what a stopped program has left there, but the journal of a sweep.
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
    // It stays if something is kept in it.
    let _ = fs::remove_dir(staging);
    Ok(())
}

/// Puts the staged result, which has a manifest, in place of the one that is there.
///
/// # Errors
/// If somebody's file is in the way: then the earlier result stands. If the system refuses: then
/// [`finish_replacing`] can go on.
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
        if let Err(in_the_way) = check_new(folder, &old.unwrap_or_default(), new.keys()) {
            fs::remove_file(staging.join(MANIFEST)).map_err(error)?;
            return Err(in_the_way);
        }
        // From here on the folder is incomplete, and what is staged is what counts.
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
        match remedy::is_in_use(&cause) {
            true => StoreError::InUse { path: current, cause },
            false => error(cause),
        }
    })
}

/// Removes the old files and moves the new ones into place; `current` is the file at work.
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
    // A folder of charts that the new result does not have.
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

/// Puts a result in place that was complete when the program was killed. Does nothing otherwise.
///
/// # Errors
/// As [`replace`].
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
