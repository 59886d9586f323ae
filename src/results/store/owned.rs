//! Which files of a folder cmgsim has written: those that its manifest lists, as they were written.
//! Everything else is somebody's own and is not touched.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

use super::file::{DOCUMENT_BYTES_MAX, open_regular, read_if_there};
use super::{JOURNAL, MANIFEST, REPORT, StoreError, TEMPORARY};

/// Files of a manifest by name, with their SHA-256.
pub(super) type Listed = BTreeMap<String, String>;

/// What the manifest of a folder lists; `None` without a manifest.
///
/// # Errors
/// If it cannot be read, or is not one of cmgsim's.
pub(super) fn listed(folder: &Path) -> Result<Option<Listed>, StoreError> {
    let Some(bytes) = read_if_there(&folder.join(MANIFEST), DOCUMENT_BYTES_MAX)? else {
        return Ok(None);
    };
    match listed_in(&bytes) {
        Some(files) => Ok(Some(files)),
        None => Err(foreign(folder, MANIFEST)),
    }
}

/// What a manifest lists; `None` if it is not one of cmgsim's. Names that lead out of the folder
/// are not believed.
pub(super) fn listed_in(manifest: &[u8]) -> Option<Listed> {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    manifest["cmgsim_version"].as_str()?;
    let files = manifest["files"].as_object()?.iter();
    let is_below =
        |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let files = files.filter(|(name, _)| is_below(name) && *name != MANIFEST);
    Some(files.filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned()))).collect())
}

/// Does the manifest of a folder say that nothing was interrupted?
pub(super) fn is_of_complete_run(folder: &Path) -> bool {
    let bytes = read_if_there(&folder.join(MANIFEST), DOCUMENT_BYTES_MAX).ok().flatten();
    let manifest = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    manifest.is_some_and(|manifest: serde_json::Value| manifest["state"] == "complete")
}

/// Checks that there is nothing in a folder but what cmgsim has written.
///
/// # Errors
/// What there is.
pub(super) fn check(folder: &Path, files: &Listed) -> Result<(), StoreError> {
    let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        let name = name.to_string_lossy();
        let is_listed = files.keys().any(|listed| Path::new(listed).starts_with(&*name));
        let is_known = match &*name {
            // Checked by themselves.
            MANIFEST | JOURNAL => true,
            REPORT => is_listed || is_page(&folder.join(REPORT)),
            other => is_listed || other.starts_with(TEMPORARY),
        };
        if !is_known {
            return Err(foreign(folder, &name));
        }
    }
    for (name, hash) in files {
        // A journal has checksums of its own, and `cmgsim report` writes the page anew.
        if name != JOURNAL && name != REPORT && !is_unchanged(&folder.join(name), hash)? {
            return Err(StoreError::Changed { path: folder.to_path_buf(), name: name.clone() });
        }
    }
    Ok(())
}

/// Checks that no other program has a file of an earlier result open.
///
/// # Errors
/// [`StoreError::InUse`] for the first file that cannot be opened for writing.
pub(super) fn check_not_open(folder: &Path, files: &Listed) -> Result<(), StoreError> {
    for name in files.keys() {
        let path = folder.join(name);
        match fs::File::options().write(true).open(&path) {
            Err(cause) if super::remedy::is_in_use(&cause) => {
                return Err(StoreError::InUse { path, cause });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks that no file is in the way of a new one.
///
/// # Errors
/// The first that is.
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

/// A file of a result that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Its name in the manifest.
    pub name: String,
    /// Whether it is there, and has been changed.
    pub is_there: bool,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mismatch { name, is_there } = self;
        match is_there {
            true => write!(formatter, "{name} is not as it was written (its SHA-256 differs)"),
            false => write!(formatter, "{name} is missing"),
        }
    }
}

/// What is in a folder, by its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Names of the files that are as they were written.
    pub names: Vec<String>,
    /// Those that are not. The page of `cmgsim report` may be written anew.
    pub mismatches: Vec<Mismatch>,
}

/// Compares the files of a folder with its manifest; `None` if it has none, so that its result is
/// incomplete.
///
/// # Errors
/// If a file cannot be read, or the manifest is not one of cmgsim's.
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

/// Is a file that was written still as it was, or gone?
fn is_unchanged(path: &Path, hash: &str) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Ok(about) if about.is_file() => Ok(file_digest(path)?.as_deref() == Some(hash)),
        _ => Ok(false),
    }
}

/// SHA-256 of a regular file in hexadecimal digits; `None` if there is none.
///
/// # Errors
/// If it cannot be read, or is no regular file.
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

/// Does a manifest list a file, given by its full path? A page of `cmgsim report` may be written
/// anew.
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

/// Is a file a page that `cmgsim report` has written?
pub fn is_page(path: &Path) -> bool {
    let Ok(Some(file)) = open_regular(path) else { return false };
    let mut begin = Vec::new();
    let is_read = file.take(1024).read_to_end(&mut begin).is_ok();
    let begin = String::from_utf8_lossy(&begin);
    is_read && begin.starts_with("<!doctype html>") && begin.contains("content=\"cmgsim")
}
