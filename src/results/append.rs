//! Append-only file: appended bytes survive a later crash of the program. The caller defines the
//! content.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::store::StoreError;

/// File that is open for appending.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    file: File,
    is_synchronised: bool,
    has_failed: bool,
}

impl AppendFile {
    /// Opens an existing file.
    ///
    /// # Errors
    /// [`StoreError::File`] if the file cannot be opened.
    pub fn open(path: &Path) -> Result<AppendFile, StoreError> {
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|cause| StoreError::File { path: path.to_path_buf(), bytes: 0, cause })?;
        let path = path.to_path_buf();
        Ok(AppendFile { path, file, is_synchronised: true, has_failed: false })
    }

    /// Appends bytes with a single write. If the program is killed, the file contains all of them
    /// or none; after a power failure, it contains at least the bytes that were synchronised. After
    /// a failed write, nothing more is written, so that only the last record can be incomplete.
    ///
    /// # Errors
    /// [`StoreError::File`] if the bytes cannot be written.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.has_failed {
            let cause = io::Error::other("an earlier write failed");
            return Err(self.error(bytes.len(), cause));
        }
        self.is_synchronised = false;
        self.file.write_all(bytes).map_err(|cause| {
            self.has_failed = true;
            self.error(bytes.len(), cause)
        })
    }

    /// Waits until all appended bytes are on disk.
    ///
    /// # Errors
    /// [`StoreError::File`] if the operating system reports a failure.
    pub fn synchronise(&mut self) -> Result<(), StoreError> {
        if !self.is_synchronised {
            self.file.sync_data().map_err(|cause| self.error(0, cause))?;
            self.is_synchronised = true;
        }
        Ok(())
    }

    fn error(&self, bytes: usize, cause: io::Error) -> StoreError {
        StoreError::File { path: self.path.clone(), bytes, cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appended_data_follows_existing_data() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        assert!(AppendFile::open(&path).is_err(), "`open` does not create a file");
        std::fs::write(&path, "one\n").expect("written");
        let mut file = AppendFile::open(&path).expect("exists");
        file.append(b"two\n").and_then(|()| file.synchronise()).expect("appended");
        assert_eq!(std::fs::read(&path).expect("exists"), b"one\ntwo\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_is_written_after_a_failure() {
        let mut file = AppendFile::open(Path::new("/dev/full")).expect("a device");
        let error = file.append(b"one").expect_err("a full device");
        assert!(error.to_string().contains("/dev/full"), "{error}");
        let error = file.append(b"two").expect_err("closed");
        assert!(error.to_string().contains("earlier"), "{error}");
    }
}
