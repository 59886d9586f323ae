//! The output folder. A new result is written beside the old one and takes its place when it is
//! complete; files that cmgsim has not written are never touched.

mod file;
mod latest;
mod lock;
mod owned;
mod remedy;
mod staging;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use file::{DOCUMENT_BYTES_MAX, WholeFile, read_if_there, write_file};
pub use latest::{LATEST, resolve};
pub use owned::{Contents, contents, is_listed, is_page};

use file::write_whole;
use lock::{LOCK, Lock};
use owned::Listed;
use remedy::remedy;

/// Why results cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made or written to.
    #[error(
        "cannot write into the output folder {}: {cause}; choose another folder with --out",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The folder holds something that cmgsim has not written.
    #[error(
        "{} contains {name}, which no manifest of cmgsim lists; choose another folder with --out",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        name: String,
    },
    /// The folder holds a file of cmgsim that somebody has changed.
    #[error(
        "{} contains {name}, which was changed after cmgsim wrote it; choose another folder with \
         --out, or move the file", path.display()
    )]
    Changed {
        /// The folder.
        path: PathBuf,
        /// Which file.
        name: String,
    },
    /// Another run writes into the folder.
    #[error("another run of cmgsim writes into {}; choose another folder with --out", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a sweep that was stopped: its journal is worth something.
    #[error(
        "{} contains an unfinished sweep; resume it with `cmgsim sweep ... --resume {}`, or choose \
         another folder with --out", path.display(), path.display()
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {cause}{}", path.display(), remedy(cause))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("cannot read {}: it is not a regular file", path.display())]
    NotRegular {
        /// What was to be read.
        path: PathBuf,
    },
    /// A file is larger than any of its kind.
    #[error("cannot read {}: it is larger than {max} bytes, so cmgsim has not written it", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest size.
        max: u64,
    },
    /// A file of an earlier result cannot be replaced, because another program has it open.
    #[error(
        "cannot replace {}: {cause}; close it in the other program (for example Excel) and repeat \
         the command, or choose another folder with --out", path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// What the system reports.
        cause: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {} ({bytes} bytes): {cause}{}", path.display(), remedy(cause))]
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
    /// Whether there is an earlier result in it, with a manifest.
    has_result: bool,
    lock: Option<Lock>,
}

/// The page that shows what is in the folder.
pub const REPORT: &str = "report.html";

/// Finished units of a sweep. Without a manifest beside it the sweep was stopped.
pub const JOURNAL: &str = "journal";

/// What was asked and what came out; a folder without it holds no complete result.
pub const MANIFEST: &str = "manifest.json";

/// Largest journal that is read: a hundred thousand replications of some hundred figures.
pub const JOURNAL_BYTES_MAX: u64 = 1 << 30;

/// Temporary files begin with this.
const TEMPORARY: &str = ".cmgsim-";

/// Where a new result stands until it is complete.
const STAGING: &str = ".cmgsim-unfinished";

impl Store {
    /// Makes the folder, with those above it, and tries to write into it, so that a bad path
    /// fails before the simulation. A folder with results of an earlier run is taken; they stay
    /// until [`Store::commit`].
    ///
    /// # Errors
    /// If it cannot be made or written to, holds what cmgsim has not written or a sweep that was
    /// stopped, or is being written to by another run.
    pub fn create(folder: &Path) -> Result<Store, StoreError> {
        let is_there = |name: &str| folder.join(name).exists();
        let is_stopped = is_there(JOURNAL) && !is_there(MANIFEST) && !is_being_replaced(folder);
        let staging = staging::path(folder);
        if is_stopped || staging.join(JOURNAL).exists() && !staging.join(MANIFEST).exists() {
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
        if !folder.is_dir() {
            // To open a pipe would wait for its other end.
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
                owned::check_not_open(folder, &listed)?;
            }
        }
        let probe = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
        probe.and_then(tempfile::NamedTempFile::close).map_err(error)?;
        Ok(Store { folder: folder.to_path_buf(), is_new, has_result, lock: Some(lock) })
    }

    /// Begins a new result. What a killed program has left half written goes; an earlier result
    /// stays.
    ///
    /// # Errors
    /// [`StoreError::Folder`] if it cannot be taken away.
    pub fn begin(&self) -> Result<(), StoreError> {
        self.clear(false)
    }

    /// As [`Store::begin`], but the journal of a sweep stays.
    ///
    /// # Errors
    /// As [`Store::begin`].
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

    /// Whether it holds a result that was not interrupted.
    pub fn has_complete_result(&self) -> bool {
        self.has_result && owned::is_of_complete_run(&self.folder)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a sweep keeps what is finished until all is: in the folder, or beside the result of an
    /// earlier one that is complete.
    pub fn journal(&self) -> PathBuf {
        match self.has_result {
            true => staging::path(&self.folder).join(JOURNAL),
            false => self.folder.join(JOURNAL),
        }
    }

    /// Reads what a sweep has finished: one that was stopped, else one that is complete.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] and its like.
    pub fn read_journal(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match read_if_there(&self.journal(), JOURNAL_BYTES_MAX)? {
            Some(bytes) => Ok(Some(bytes)),
            None => read_if_there(&self.folder.join(JOURNAL), JOURNAL_BYTES_MAX),
        }
    }

    /// Writes the journal of a sweep that is going on.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn write_journal(&self, bytes: &[u8]) -> Result<(), StoreError> {
        write(&self.journal(), bytes)
    }

    /// Writes a file of the new result; `name` may name a folder below (`charts/latency.svg`).
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        write(&staging::path(&self.folder).join(name), bytes)
    }

    /// Completes the new result by its manifest, which lists all its files, and puts it in the
    /// place of the earlier one.
    ///
    /// # Errors
    /// [`StoreError::File`] if the manifest cannot be written, [`StoreError::Foreign`] if
    /// somebody's file is in the way: then the earlier result stands. [`StoreError::Folder`] if it
    /// cannot be put in place.
    pub fn commit(&self, manifest: &[u8]) -> Result<(), StoreError> {
        self.write(MANIFEST, manifest)?;
        staging::replace(&self.folder)
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
        latest::point(parent, Path::new(name)).map_err(|cause| StoreError::File {
            path: parent.join(LATEST),
            bytes: name.len(),
            cause,
        })
    }

    /// Removes what is not complete, and the folder if this run made it and nothing is in it.
    pub fn discard_if_empty(&self) {
        if !staging::path(&self.folder).join(JOURNAL).exists() && !is_being_replaced(&self.folder) {
            // What cannot be removed now is removed by the next run.
            let _ = staging::clear(&self.folder, false);
        }
        if self.is_new {
            // This fails if the folder is not empty, and then the folder stays.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Where the lock is a file in the folder, it must go before the folder.
        drop(self.lock.take());
        self.discard_if_empty();
    }
}

/// Completes a folder in which a program was killed while it put a new result in the place of an
/// old one. Does nothing if that cannot be: then there is no manifest, so the folder is incomplete.
pub fn complete_if_killed(folder: &Path) {
    if is_being_replaced(folder)
        && let Ok(_lock) = Lock::take(folder)
    {
        // The reader of the folder reports what is missing.
        let _ = staging::finish_replacing(folder);
    }
}

/// Does a new result that is complete wait to be put in place?
fn is_being_replaced(folder: &Path) -> bool {
    staging::path(folder).join(MANIFEST).exists()
}

/// Names below the folder at which files are written must not lead out of it.
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
