//! Ensures a single writer per output folder with an exclusive lock, which the system releases when
//! the process ends.
//!
//! On Unix the folder itself is locked. Windows cannot lock a folder, so a file in the folder is
//! locked.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// Name of the file that is locked on systems that cannot lock a folder.
pub(super) const LOCK: &str = ".cmgsim-lock";

/// Exclusive lock of a folder, released when dropped.
#[derive(Debug)]
pub(super) struct Lock {
    /// Locked file or folder; `None` on a file system without locks.
    handle: Option<File>,
    folder: PathBuf,
}

impl Lock {
    /// Locks a folder for writing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process holds the lock; [`StoreError::Folder`] if the folder
    /// cannot be opened.
    pub(super) fn take(folder: &Path) -> Result<Lock, StoreError> {
        let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
        let busy = || StoreError::Busy { path: folder.to_path_buf() };
        let handle = match lockable(folder) {
            // Another process is deleting its lock file.
            Err(cause) if cfg!(windows) && super::remedy::is_in_use(&cause) => return Err(busy()),
            opened => opened.map_err(error)?,
        };
        let handle = match handle.try_lock() {
            Ok(()) => Some(handle),
            Err(fs::TryLockError::WouldBlock) => return Err(busy()),
            Err(fs::TryLockError::Error(_)) => None,
        };
        Ok(Lock { handle, folder: folder.to_path_buf() })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.handle.take());
        remove(&self.folder);
    }
}

#[cfg(unix)]
fn lockable(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

#[cfg(unix)]
fn remove(_: &Path) {}

#[cfg(not(unix))]
fn lockable(folder: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        // Share the file for reading and writing but not for deletion. No process can then delete a
        // locked file, so two processes never lock two different files of this name.
        options.share_mode(0x1 | 0x2);
    }
    options.open(folder.join(LOCK))
}

/// Removes the lock file, unless another process has opened it.
#[cfg(not(unix))]
fn remove(folder: &Path) {
    let _ = fs::remove_file(folder.join(LOCK));
}
