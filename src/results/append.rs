//! A file that only grows: what was appended stays, whatever happens to the program later. What is
//! in it is somebody else's business.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::store::StoreError;

/// A file that is open for appending.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    file: File,
    is_synchronised: bool,
    has_failed: bool,
}

impl AppendFile {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// [`StoreError::File`] if it cannot be opened.
    pub fn open(path: &Path) -> Result<AppendFile, StoreError> {
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|cause| StoreError::File { path: path.to_path_buf(), bytes: 0, cause })?;
        let path = path.to_path_buf();
        Ok(AppendFile { path, file, is_synchronised: true, has_failed: false })
    }

    /// Appends bytes with one write: a program that is killed leaves all of them or none, a machine
    /// that loses power those that were synchronised. After a failure nothing more is written, so
    /// that what is half written stays the end of the file.
    ///
    /// # Errors
    /// [`StoreError::File`] if they cannot be written.
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

    /// Waits until what was appended is on the disk.
    ///
    /// # Errors
    /// [`StoreError::File`] if the system says that it is not.
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
        assert!(AppendFile::open(&path).is_err(), "it does not make a file");
        std::fs::write(&path, "one\n").expect("written");
        let mut file = AppendFile::open(&path).expect("there");
        file.append(b"two\n").and_then(|()| file.synchronise()).expect("appended");
        assert_eq!(std::fs::read(&path).expect("there"), b"one\ntwo\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_is_written_after_a_failure() {
        let mut file = AppendFile::open(Path::new("/dev/full")).expect("a device");
        let error = file.append(b"one").expect_err("it is full");
        assert!(error.to_string().contains("/dev/full"), "{error}");
        let error = file.append(b"two").expect_err("still");
        assert!(error.to_string().contains("earlier"), "{error}");
    }
}
