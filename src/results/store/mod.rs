//! The output folder. A new result is written next to the earlier one and replaces it when
//! complete. Files that cmgsim did not write are never changed.

mod file;
mod latest;
mod lock;
mod owned;
mod remedy;
mod staging;
mod streamed;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use file::{DOCUMENT_BYTES_MAX, WholeFile, read_if_there, write_file};
pub use latest::{LATEST, resolve};
pub use owned::{Contents, contents, is_listed, is_page};
pub use streamed::StreamedFile;

use file::write_whole;
use lock::{LOCK, Lock};
use owned::Listed;
use remedy::remedy;

/// Error when storing or reading results.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be created or written to.
    #[error(
        "cannot write to the output folder {}: {cause}; choose another folder with --out",
        path.display()
    )]
    Folder {
        /// Path of the output folder.
        path: PathBuf,
        /// Error reported by the operating system.
        cause: io::Error,
    },
    /// The folder contains a file that cmgsim did not write.
    #[error(
        "{} contains {name}, which no manifest of cmgsim lists; choose another folder with --out",
        path.display()
    )]
    Foreign {
        /// Path of the output folder.
        path: PathBuf,
        /// Name of the unknown file.
        name: String,
    },
    /// The folder contains a result file that was modified after cmgsim wrote it.
    #[error(
        "{} contains {name}, which was changed after cmgsim wrote it; choose another folder with \
         --out, or move the file", path.display()
    )]
    Changed {
        /// Path of the output folder.
        path: PathBuf,
        /// Name of the modified file.
        name: String,
    },
    /// Another run is writing to the folder.
    #[error(
        "another run of cmgsim is writing to {}; choose another folder with --out",
        path.display()
    )]
    Busy {
        /// Path of the output folder.
        path: PathBuf,
    },
    /// The folder contains an interrupted sweep, whose journal must not be lost.
    #[error(
        "{} contains an unfinished sweep; resume it with `cmgsim sweep ... --resume {}`, or choose \
         another folder with --out", path.display(), path.display()
    )]
    Unfinished {
        /// Path of the output folder.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {cause}{}", path.display(), remedy(cause))]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Error reported by the operating system.
        cause: io::Error,
    },
    /// The path is a folder, a pipe or a device.
    #[error("cannot read {}: it is not a regular file", path.display())]
    NotRegular {
        /// Path that cannot be read.
        path: PathBuf,
    },
    /// A file exceeds the size limit for files of its kind.
    #[error(
        "cannot read {}: it is larger than {max} bytes, so cmgsim did not write it",
        path.display()
    )]
    TooLarge {
        /// Path of the file.
        path: PathBuf,
        /// Size limit in bytes.
        max: u64,
    },
    /// A file of an earlier result cannot be replaced, because another program has it open or the
    /// system denies access.
    #[error(
        "cannot replace {}: {cause}{}, or choose another folder with --out",
        path.display(), remedy(cause)
    )]
    NotReplaced {
        /// Path of the file.
        path: PathBuf,
        /// Error reported by the operating system.
        cause: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {} ({bytes} bytes): {cause}{}", path.display(), remedy(cause))]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Number of bytes to write.
        bytes: usize,
        /// Error reported by the operating system.
        cause: io::Error,
    },
}

/// Output folder that is open for writing and locked against other runs until this value is
/// dropped.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    is_new: bool,
    /// Whether the folder already contains a result with a manifest.
    has_result: bool,
    lock: Option<Lock>,
}

/// File name of the HTML report.
pub const REPORT: &str = "report.html";

/// File name of the journal, which records the finished replications of a sweep. A folder with a
/// journal but no manifest contains an interrupted sweep.
pub const JOURNAL: &str = "journal";

/// File name of the manifest, which lists the inputs and outputs of a run. A folder without a
/// manifest does not contain a complete result.
pub const MANIFEST: &str = "manifest.json";

/// Size limit of a journal that is read: 100,000 replications with a few hundred metrics each.
pub const JOURNAL_BYTES_MAX: u64 = 1 << 30;

/// Prefix of the names of temporary files.
const TEMPORARY: &str = ".cmgsim-";

/// Folder inside the output folder that contains a new result until it is complete.
const STAGING: &str = ".cmgsim-unfinished";

impl Store {
    /// Creates the folder and its parents and tests whether it is writable, so that an invalid path
    /// fails before the simulation starts. The folder may contain results of an earlier run, which
    /// stay until [`Store::commit`].
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created or written to, contains a file that cmgsim
    /// did not write or an interrupted sweep, or is in use by another run.
    pub fn create(folder: &Path) -> Result<Store, StoreError> {
        let is_there = |name: &str| folder.join(name).exists();
        let is_stopped = is_there(JOURNAL) && !is_there(MANIFEST) && !is_being_replaced(folder);
        let staging = staging::path(folder);
        if is_stopped || staging.join(JOURNAL).exists() && !staging.join(MANIFEST).exists() {
            return Err(StoreError::Unfinished { path: folder.to_path_buf() });
        }
        Store::resume(folder)
    }

    /// Opens the folder like [`Store::create`], but also accepts a folder with an interrupted
    /// sweep.
    ///
    /// # Errors
    /// Same as [`Store::create`], except [`StoreError::Unfinished`].
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

    /// Creates a folder `name` in `parent`, or `name-2`, `name-3` and so on if the name is taken.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created or written to.
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
        if !folder.is_dir() {
            // Check first: opening a pipe would block until its other end is open.
            return Err(error(io::ErrorKind::NotADirectory.into()));
        }
        let lock = Lock::take(folder)?;
        let mut has_result = false;
        if !is_new {
            no_links(folder)?;
            staging::finish_replacing(folder)?;
            let listed = owned::listed(folder)?;
            has_result = listed.is_some();
            let listed = listed.unwrap_or_else(Listed::new);
            owned::check(folder, &listed)?;
            if cfg!(windows) {
                // Windows refuses to replace an open file: report it before the simulation.
                owned::check_replaceable(folder, &listed)?;
            }
        }
        let probe = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
        probe.and_then(tempfile::NamedTempFile::close).map_err(error)?;
        Ok(Store { folder: folder.to_path_buf(), is_new, has_result, lock: Some(lock) })
    }

    /// Starts a new result. Removes unfinished files of a killed run and keeps an earlier result.
    ///
    /// # Errors
    /// [`StoreError::Folder`] if unfinished files cannot be removed.
    pub fn begin(&self) -> Result<(), StoreError> {
        self.clear(false)
    }

    /// Starts a new result like [`Store::begin`], but keeps the journal of a sweep.
    ///
    /// # Errors
    /// Same as [`Store::begin`].
    pub fn begin_again(&self) -> Result<(), StoreError> {
        self.clear(true)
    }

    fn clear(&self, is_journal_kept: bool) -> Result<(), StoreError> {
        let error = |cause| StoreError::Folder { path: self.folder.clone(), cause };
        staging::clear(&self.folder, is_journal_kept).map_err(error)?;
        for entry in fs::read_dir(&self.folder).map_err(error)?.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(TEMPORARY) && name != LOCK && entry.path().is_file() {
                fs::remove_file(entry.path()).map_err(error)?;
            }
        }
        Ok(())
    }

    /// Returns whether the folder contains a result of a run that was not interrupted.
    pub fn has_complete_result(&self) -> bool {
        self.has_result && owned::is_of_complete_run(&self.folder)
    }

    /// Returns the path of the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the path of the journal: in the folder, or in the staging folder if the folder
    /// contains a complete result.
    pub fn journal(&self) -> PathBuf {
        match self.has_result {
            true => staging::path(&self.folder).join(JOURNAL),
            false => self.folder.join(JOURNAL),
        }
    }

    /// Reads the journal of an interrupted sweep or, if there is none, of a complete sweep.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`], [`StoreError::NotRegular`] or [`StoreError::TooLarge`].
    pub fn read_journal(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match read_if_there(&self.journal(), JOURNAL_BYTES_MAX)? {
            Some(bytes) => Ok(Some(bytes)),
            None => read_if_there(&self.folder.join(JOURNAL), JOURNAL_BYTES_MAX),
        }
    }

    /// Writes the journal of a sweep in progress.
    ///
    /// # Errors
    /// [`StoreError::File`] if the journal cannot be written.
    pub fn write_journal(&self, bytes: &[u8]) -> Result<(), StoreError> {
        write(&self.journal(), bytes)
    }

    /// Writes a file of the new result; `name` may include a subfolder (`charts/latency.svg`).
    ///
    /// # Errors
    /// [`StoreError::File`] if the file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        write(&staging::path(&self.folder).join(name), bytes)
    }

    /// Starts a file of the new result that is written in parts; `name` may include a subfolder.
    ///
    /// # Errors
    /// [`StoreError::File`] if the file cannot be created.
    pub fn stream(&self, name: &str) -> Result<StreamedFile, StoreError> {
        StreamedFile::create(&staging::path(&self.folder).join(name))
    }

    /// Completes the new result with its manifest, which lists all its files, and replaces the
    /// earlier result.
    ///
    /// # Errors
    /// [`StoreError::File`] if the manifest cannot be written; [`StoreError::Foreign`] if a new
    /// file would overwrite one that cmgsim did not write, in which case the earlier result stays;
    /// [`StoreError::Folder`] if the new result cannot be moved into place.
    pub fn commit(&self, manifest: &[u8]) -> Result<(), StoreError> {
        self.write(MANIFEST, manifest)?;
        staging::replace(&self.folder)
    }

    /// Points `latest` in the parent folder to this folder, as a symbolic link, or as a file with
    /// the folder name on systems without links. Does nothing if another file has that name.
    ///
    /// # Errors
    /// [`StoreError::File`] if `latest` cannot be written.
    pub fn point_latest(&self) -> Result<(), StoreError> {
        let (Some(parent), Some(name)) = (self.folder.parent(), self.folder.file_name()) else {
            return Ok(());
        };
        latest::point(parent, Path::new(name)).map_err(|cause| StoreError::File {
            path: parent.join(LATEST),
            bytes: name.len(),
            cause,
        })
    }

    /// Removes an incomplete result, and the folder if this run created it and it is empty.
    pub fn discard_if_empty(&self) {
        if !staging::path(&self.folder).join(JOURNAL).exists() && !is_being_replaced(&self.folder) {
            // Ignore errors: the next run removes what remains.
            let _ = staging::clear(&self.folder, false);
        }
        if self.is_new {
            // Ignore errors: a folder that is not empty must stay.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // If the lock is a file in the folder, release it before the folder is removed.
        drop(self.lock.take());
        self.discard_if_empty();
    }
}

/// Completes a folder in which a run was killed while it replaced an old result with a new one.
/// Ignores errors; after an error, the folder has no manifest and counts as incomplete.
pub fn complete_if_killed(folder: &Path) {
    if is_being_replaced(folder)
        && let Ok(_lock) = Lock::take(folder)
    {
        // Ignore errors: reading the folder reports what is missing.
        let _ = staging::finish_replacing(folder);
    }
}

/// Returns whether a complete new result has not yet been moved into place.
fn is_being_replaced(folder: &Path) -> bool {
    staging::path(folder).join(MANIFEST).exists()
}

/// Refuses a folder in which a subfolder for output is a symbolic link or a file.
fn no_links(folder: &Path) -> Result<(), StoreError> {
    for name in [STAGING, "charts"] {
        if fs::symlink_metadata(folder.join(name)).is_ok_and(|about| !about.is_dir()) {
            return Err(owned::foreign(folder, name));
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let error = |cause| StoreError::File { path: path.to_path_buf(), bytes: bytes.len(), cause };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(error)?;
    }
    write_whole(path, bytes).map_err(error)
}

#[cfg(test)]
mod tests;
