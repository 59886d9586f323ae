//! The output folder. A file exists completely or not at all: it is written under a temporary
//! name, synchronised, and renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::tables;

/// Why results cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made or written to.
    #[error("cannot write into the output folder {}: {cause}; choose another with --out", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The folder holds something that cmgsim has not written.
    #[error("{} holds {name}, which cmgsim has not written: choose another folder with --out", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        name: String,
    },
    /// Another run writes into the folder.
    #[error("another run of cmgsim writes into {}: choose another folder with --out", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a sweep that was stopped: its journal is worth something.
    #[error(
        "{} holds an unfinished sweep: go on with it by `cmgsim sweep ... --resume {}`, or choose \
         another folder with --out", path.display(), path.display()
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {} ({bytes} bytes): {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: usize,
        /// What the system said.
        cause: io::Error,
    },
}

/// An output folder that can be written to, by nobody else as long as this lives.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    is_new: bool,
    /// Files of an earlier run in the folder.
    old_files: Vec<PathBuf>,
    _lock: Option<File>,
}

/// What a run writes directly into its folder, besides tables and temporary files.
const OURS: [&str; 11] = [
    REPORT,
    "manifest.json",
    JOURNAL,
    "sweep.json",
    "summary.json",
    "comparison.json",
    "size.json",
    "sensitivity.json",
    "scenario.resolved.toml",
    "trace.json",
    "charts",
];

/// The page that shows what is in the folder.
pub const REPORT: &str = "report.html";

/// Endings of tables.
const TABLES: [&str; 2] = ["csv", "parquet"];

/// Finished units of a sweep. Without a manifest beside it the sweep was stopped.
pub const JOURNAL: &str = "journal";

/// Temporary files begin with this.
const TEMPORARY: &str = ".cmgsim-";

impl Store {
    /// Makes the folder, with those above it, and tries to write into it, so that a bad path
    /// fails before the simulation. A folder with results of an earlier run is taken; they are
    /// only touched by [`Store::begin`].
    ///
    /// # Errors
    /// If it cannot be made or written to, holds what cmgsim has not written or a sweep that was
    /// stopped, or is being written to by another run.
    pub fn create(folder: &Path) -> Result<Store, StoreError> {
        let is_there = |name: &str| folder.join(name).exists();
        if is_there(JOURNAL) && !is_there("manifest.json") {
            return Err(StoreError::Unfinished { path: folder.to_path_buf() });
        }
        Store::resume(folder)
    }

    /// As [`Store::create`], but takes a folder with a sweep that was stopped.
    ///
    /// # Errors
    /// As [`Store::create`], but for that.
    pub fn resume(folder: &Path) -> Result<Store, StoreError> {
        let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(error)?;
        }
        match fs::create_dir(folder) {
            Ok(()) => Store::open(folder, true),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                Store::open(folder, false)
            }
            Err(cause) => Err(error(cause)),
        }
    }

    /// Makes a folder `name` in `parent`, or `name-2` and so on if there is one already.
    ///
    /// # Errors
    /// If none can be made or written to.
    pub fn create_numbered(parent: &Path, name: &str) -> Result<Store, StoreError> {
        let error = |cause| StoreError::Folder { path: parent.to_path_buf(), cause };
        fs::create_dir_all(parent).map_err(error)?;
        for number in 1..=u32::MAX {
            let folder = match number {
                1 => parent.join(name),
                _ => parent.join(format!("{name}-{number}")),
            };
            match fs::create_dir(&folder) {
                Ok(()) => return Store::open(&folder, true),
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(error(cause)),
            }
        }
        Err(error(io::ErrorKind::AlreadyExists.into()))
    }

    fn open(folder: &Path, is_new: bool) -> Result<Store, StoreError> {
        let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
        let lock = lock(folder)?;
        let old_files = if is_new { Vec::new() } else { files_of_earlier_run(folder)? };
        let probe = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
        probe.and_then(tempfile::NamedTempFile::close).map_err(error)?;
        Ok(Store { folder: folder.to_path_buf(), is_new, old_files, _lock: lock })
    }

    /// Takes away what an earlier run has left in the folder, its manifest first: from now on the
    /// folder is incomplete.
    ///
    /// # Errors
    /// [`StoreError::Folder`] if it cannot be taken away.
    pub fn begin(&self) -> Result<(), StoreError> {
        self.begin_but(&[])
    }

    /// As [`Store::begin`], but files of some names stay. What a killed program has left half
    /// written goes too.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub fn begin_but(&self, kept: &[&str]) -> Result<(), StoreError> {
        let manifest = [self.folder.join("manifest.json")];
        let half_written =
            temporary_files(&self.folder).chain(temporary_files(&self.folder.join("charts")));
        let is_kept = |path: &&PathBuf| kept.iter().any(|name| **path == self.folder.join(name));
        let half_written: Vec<PathBuf> = half_written.collect();
        let old = self.old_files.iter().filter(|path| !is_kept(path)).chain(&half_written);
        for path in manifest.iter().chain(old) {
            match fs::remove_file(path) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::Folder { path: path.clone(), cause });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads a file; `None` if there is none of that name.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] if it cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read_if_there(&self.folder.join(name))
    }

    /// Writes a file; `name` may name a folder below (`charts/latency.svg`).
    ///
    /// # Errors
    /// [`StoreError::File`]; then there is no file of that name, or the old one.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        let error = |cause| StoreError::File { path: path.clone(), bytes: bytes.len(), cause };
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(error)?;
        write_whole(parent, &path, bytes).map_err(error)
    }

    /// Lets `latest` beside the folder point to it: a symbolic link where there are such, else a
    /// file with its name. Does nothing if something else has that name.
    ///
    /// # Errors
    /// [`StoreError::File`] if it cannot be written.
    pub fn point_latest(&self) -> Result<(), StoreError> {
        let (Some(parent), Some(name)) = (self.folder.parent(), self.folder.file_name()) else {
            return Ok(());
        };
        let path = parent.join("latest");
        link(parent, Path::new(name), &path).map_err(|cause| StoreError::File {
            path,
            bytes: name.len(),
            cause,
        })
    }

    /// Removes the folder again if this run made it and nothing was written into it.
    pub fn discard_if_empty(&self) {
        if self.is_new {
            // It fails if there is something in it, and then it should stay.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// Reads a file; `None` if there is none.
///
/// # Errors
/// [`StoreError::Unreadable`] if it cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StoreError::Unreadable { path: path.to_path_buf(), cause }),
    }
}

/// Temporary files directly in a folder; those are nobody's while the folder is locked.
fn temporary_files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    files_in(folder).filter(|path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(TEMPORARY)
    })
}

/// Files directly in a folder; none if there is no such folder.
fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file())
}

/// Nobody else may write into the folder meanwhile. The lock goes with the process.
#[cfg(unix)]
fn lock(folder: &Path) -> Result<Option<File>, StoreError> {
    let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
    let handle = File::open(folder).map_err(error)?;
    match handle.try_lock() {
        Ok(()) => Ok(Some(handle)),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Busy { path: folder.to_path_buf() }),
        // A file system that knows no locks.
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

/// Folders cannot be locked here.
#[cfg(not(unix))]
fn lock(_: &Path) -> Result<Option<File>, StoreError> {
    Ok(None)
}

/// What an earlier run has written, by its manifest.
fn files_of_earlier_run(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
    let foreign =
        |name: &str| StoreError::Foreign { path: folder.to_path_buf(), name: name.to_owned() };
    let manifest = match fs::read(folder.join("manifest.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => serde_json::Value::Null,
        Err(cause) => return Err(error(cause)),
    };
    let is_ours = manifest["cmgsim_version"].is_string();
    let names = manifest["files"].as_object().into_iter().flat_map(|files| files.keys());
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        let name = name.to_string_lossy();
        let is_listed = names.clone().any(|listed| Path::new(listed).starts_with(&*name));
        let is_known = OURS.contains(&&*name) || is_table(&name) || name.starts_with(TEMPORARY);
        if !(is_known || is_ours && is_listed) || name == "manifest.json" && !is_ours {
            return Err(foreign(&name));
        }
    }
    // Names that lead out of the folder are not ours.
    let is_below = |name: &&String| {
        Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)))
    };
    let listed = names.filter(is_below).map(|name| folder.join(name));
    // A sweep that was stopped while it wrote has files and no manifest that lists them: charts,
    // and tables in formats that may not be asked for again.
    let is_stopped = manifest.is_null() && folder.join(JOURNAL).exists();
    let charts = is_stopped.then(|| files_in(&folder.join("charts"))).into_iter().flatten();
    let is_picture =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "svg" || ending == "png");
    let tables = is_stopped
        .then(|| files_in(folder))
        .into_iter()
        .flatten()
        .filter(|path| path.file_name().is_some_and(|name| is_table(&name.to_string_lossy())));
    Ok(listed.chain(charts.filter(is_picture)).chain(tables).collect())
}

/// Is this the name of a table's file?
fn is_table(name: &str) -> bool {
    let is_of_one = |stem: &str| tables::all().iter().any(|table| table.name == stem);
    name.rsplit_once('.').is_some_and(|(stem, ending)| TABLES.contains(&ending) && is_of_one(stem))
}

/// Writes one file outside of any output folder, whole or not at all. A link is followed; the
/// permissions of a file that is replaced stay.
///
/// # Errors
/// [`StoreError::File`] if it cannot be written, or is there and no regular file.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let error = |cause| StoreError::File { path: path.to_path_buf(), bytes: bytes.len(), cause };
    let is_there = fs::symlink_metadata(path).is_ok();
    let path = if is_there { fs::canonicalize(path).map_err(error)? } else { path.to_path_buf() };
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return Err(error(io::Error::other("it is no regular file")));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    write_whole(parent.unwrap_or(Path::new(".")), &path, bytes).map_err(error)?;
    match old {
        Some(old) => fs::set_permissions(&path, old.permissions()).map_err(error),
        None => Ok(()),
    }
}

fn write_whole(parent: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.tempfile_in(parent)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    synchronise_folder(parent)
}

#[cfg(unix)]
fn synchronise_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn synchronise_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(parent: &Path, target: &Path, path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_symlink()) {
        return Ok(());
    }
    let temporary = parent.join(format!(".latest-{}", std::process::id()));
    std::os::unix::fs::symlink(target, &temporary)?;
    fs::rename(&temporary, path).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(not(unix))]
fn link(parent: &Path, target: &Path, path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    write_whole(parent, path, target.to_string_lossy().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_and_an_earlier_run_is_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b");
        let store = Store::create(&path).expect("made");
        store.write("charts/x.svg", b"one").expect("written");
        store.write("charts/x.svg", b"two").expect("written again");
        let manifest = br#"{"cmgsim_version": "1", "files": {"charts/x.svg": "", "../z": ""}}"#;
        store.write("manifest.json", manifest).expect("written");
        assert_eq!(fs::read(path.join("charts/x.svg")).expect("read"), b"two");
        assert_eq!(fs::read_dir(path.join("charts")).expect("read").count(), 1);
        drop(store);
        let again = Store::create(&path).expect("opened");
        assert!(path.join("manifest.json").exists(), "nothing is touched yet");
        again.begin().expect("taken away");
        assert!(!path.join("manifest.json").exists() && !path.join("charts/x.svg").exists());
        again.discard_if_empty();
        assert!(path.exists());
    }

    #[test]
    fn what_is_not_ours_is_not_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("notes.txt", "mine"), ("manifest.json", "{\"name\": \"app\"}")] {
            let path = folder.path().join(format!("with-{name}"));
            fs::create_dir(&path).expect("made");
            fs::write(path.join(name), text).expect("written");
            let error = Store::create(&path).expect_err("somebody else's");
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(fs::read_to_string(path.join(name)).expect("kept"), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn two_runs_do_not_write_into_one_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results");
        let first = Store::create(&path).expect("made");
        let error = Store::create(&path).expect_err("busy");
        assert!(matches!(error, StoreError::Busy { .. }), "{error}");
        drop(first);
        Store::create(&path).expect("free again");
        let numbered = |name: &str| {
            let store = Store::create_numbered(folder.path(), name).expect("made");
            store.folder().to_path_buf()
        };
        assert_eq!(numbered("run"), folder.path().join("run"));
        assert_eq!(numbered("run"), folder.path().join("run-2"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        write_file(&link, b"new").expect("written");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"new");
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(write_file(folder.path(), b"x").is_err());
    }

    #[test]
    fn a_folder_that_is_a_file_is_an_error_with_its_path() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = Store::create(&file.path().join("out")).expect_err("not a folder");
        assert!(error.to_string().contains(&file.path().display().to_string()));
    }
}
