//! Determines which files of a folder belong to cmgsim: those that its manifest lists and that have
//! not been modified. All other files are never changed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

use super::file::{DOCUMENT_BYTES_MAX, open_regular, read_if_there};
use super::{JOURNAL, MANIFEST, REPORT, StoreError, TEMPORARY, remedy};

/// Names and SHA-256 digests of the files in a manifest.
pub(super) type Listed = BTreeMap<String, String>;

/// Returns the files that the manifest of a folder lists; `None` without a manifest.
///
/// # Errors
/// Returns an error if the manifest cannot be read or was not written by cmgsim.
pub(super) fn listed(folder: &Path) -> Result<Option<Listed>, StoreError> {
    let Some(bytes) = read_if_there(&folder.join(MANIFEST), DOCUMENT_BYTES_MAX)? else {
        return Ok(None);
    };
    match listed_in(&bytes) {
        Some(files) => Ok(Some(files)),
        None => Err(foreign(folder, MANIFEST)),
    }
}

/// Returns the files that a manifest lists; `None` if cmgsim did not write the manifest. Ignores
/// paths outside the folder.
pub(super) fn listed_in(manifest: &[u8]) -> Option<Listed> {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    manifest["cmgsim_version"].as_str()?;
    let files = manifest["files"].as_object()?.iter();
    let is_below =
        |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let files = files.filter(|(name, _)| is_below(name) && *name != MANIFEST);
    Some(files.filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned()))).collect())
}

/// Returns whether the manifest of a folder records a run that was not interrupted.
pub(super) fn is_of_complete_run(folder: &Path) -> bool {
    let bytes = read_if_there(&folder.join(MANIFEST), DOCUMENT_BYTES_MAX).ok().flatten();
    let manifest = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    manifest.is_some_and(|manifest: serde_json::Value| manifest["state"] == "complete")
}

/// Checks that a folder contains only files that cmgsim wrote.
///
/// # Errors
/// [`StoreError::Foreign`] or [`StoreError::Changed`] with the first offending file.
pub(super) fn check(folder: &Path, files: &Listed) -> Result<(), StoreError> {
    let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        let name = name.to_string_lossy();
        let is_listed = files.keys().any(|listed| Path::new(listed).starts_with(&*name));
        let is_known = match &*name {
            // The manifest and the journal are validated when they are read.
            MANIFEST | JOURNAL => true,
            REPORT => is_listed || is_page(&folder.join(REPORT)),
            other => is_listed || other.starts_with(TEMPORARY),
        };
        if !is_known {
            return Err(foreign(folder, &name));
        }
    }
    for (name, hash) in files {
        // A journal has its own checksums, and `cmgsim report` may rewrite the report page.
        if name != JOURNAL && name != REPORT && !is_unchanged(&folder.join(name), hash)? {
            return Err(StoreError::Changed { path: folder.to_path_buf(), name: name.clone() });
        }
    }
    Ok(())
}

/// Checks that no other program has a file of an earlier result open and, on Windows, that no file
/// is read-only. Other systems replace read-only files.
///
/// # Errors
/// [`StoreError::NotReplaced`] with the first file that cannot be opened for writing.
pub(super) fn check_replaceable(folder: &Path, files: &Listed) -> Result<(), StoreError> {
    for name in files.keys() {
        let path = folder.join(name);
        match fs::File::options().write(true).open(&path) {
            Err(cause)
                if remedy::is_in_use(&cause) || cfg!(windows) && remedy::is_denied(&cause) =>
            {
                return Err(StoreError::NotReplaced { path, cause });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks that no new file would overwrite a file that cmgsim did not write.
///
/// # Errors
/// [`StoreError::Foreign`] with the first such file.
pub(super) fn check_new<'a>(
    folder: &Path,
    files: &Listed,
    new: impl Iterator<Item = &'a String>,
) -> Result<(), StoreError> {
    for name in new.filter(|name| !files.contains_key(*name) && *name != JOURNAL) {
        let path = folder.join(name);
        let is_own = name == REPORT && is_page(&path);
        if fs::symlink_metadata(&path).is_ok() && !is_own {
            return Err(foreign(folder, name));
        }
    }
    Ok(())
}

pub(super) fn foreign(folder: &Path, name: &str) -> StoreError {
    StoreError::Foreign { path: folder.to_path_buf(), name: name.to_owned() }
}

/// Result file that is missing or was modified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Name in the manifest.
    pub name: String,
    /// Whether the file exists but was modified; otherwise it is missing.
    pub is_there: bool,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mismatch { name, is_there } = self;
        match is_there {
            true => {
                write!(formatter, "{name} was modified after it was written (its SHA-256 differs)")
            }
            false => write!(formatter, "{name} is missing"),
        }
    }
}

/// Files of a folder, compared with its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Names of the files that are unmodified.
    pub names: Vec<String>,
    /// Files that are missing or were modified, except the HTML report, which `cmgsim report` may
    /// rewrite.
    pub mismatches: Vec<Mismatch>,
}

/// Compares the files of a folder with its manifest; returns `None` if the folder has no manifest,
/// which means that its result is incomplete.
///
/// # Errors
/// Returns an error if a file cannot be read or the manifest was not written by cmgsim.
pub fn contents(folder: &Path) -> Result<Option<Contents>, StoreError> {
    let Some(listed) = listed(folder)? else { return Ok(None) };
    let mut contents = Contents::default();
    for (name, hash) in listed.into_iter().filter(|(name, _)| name != REPORT) {
        match file_digest(&folder.join(&name))? {
            Some(found) if found == hash => contents.names.push(name),
            found => contents.mismatches.push(Mismatch { name, is_there: found.is_some() }),
        }
    }
    Ok(Some(contents))
}

/// Returns whether a result file is unmodified or no longer exists.
fn is_unchanged(path: &Path, hash: &str) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Ok(about) if about.is_file() => Ok(file_digest(path)?.as_deref() == Some(hash)),
        _ => Ok(false),
    }
}

/// Returns the SHA-256 of a regular file in hexadecimal digits; `None` if it does not exist.
///
/// # Errors
/// Returns an error if the file cannot be read or is not a regular file.
fn file_digest(path: &Path) -> Result<Option<String>, StoreError> {
    let Some(mut file) = open_regular(path)? else { return Ok(None) };
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer);
        let cause = |cause| StoreError::Unreadable { path: path.to_path_buf(), cause };
        match read.map_err(cause)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(Some(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Returns whether a manifest lists the file at this full path. Returns `false` for the HTML
/// report, which `cmgsim report` may rewrite.
pub fn is_listed(path: &Path) -> bool {
    path.ancestors().skip(1).take(2).any(|folder| {
        let Ok(name) = path.strip_prefix(folder) else { return false };
        let is_named = |listed: Listed| {
            name != Path::new(REPORT)
                && (name == Path::new(MANIFEST)
                    || listed.keys().any(|listed| Path::new(listed) == name))
        };
        listed(folder).ok().flatten().is_some_and(is_named)
    })
}

/// Returns whether `cmgsim report` wrote this file.
pub fn is_page(path: &Path) -> bool {
    let Ok(Some(file)) = open_regular(path) else { return false };
    let mut begin = Vec::new();
    let is_read = file.take(1024).read_to_end(&mut begin).is_ok();
    let begin = String::from_utf8_lossy(&begin);
    is_read && begin.starts_with("<!doctype html>") && begin.contains("content=\"cmgsim")
}
