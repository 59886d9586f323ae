//! Files of a new result that are too large for memory: written in parts into the staging folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::StoreError;

/// File of a new result that is written in parts.
#[derive(Debug)]
pub struct StreamedFile {
    path: PathBuf,
    written: usize,
    digest: Sha256,
    file: BufWriter<File>,
}

impl StreamedFile {
    /// Creates the file and its folder.
    pub(super) fn create(path: &Path) -> Result<StreamedFile, StoreError> {
        let error = |cause| StoreError::File { path: path.to_path_buf(), bytes: 0, cause };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(error)?;
        }
        let file = BufWriter::with_capacity(1 << 16, File::create(path).map_err(error)?);
        Ok(StreamedFile { path: path.to_path_buf(), written: 0, digest: Sha256::new(), file })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`StoreError::File`] if they cannot be written.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.written += bytes.len();
        self.digest.update(bytes);
        self.file.write_all(bytes).map_err(|cause| self.error(cause))
    }

    /// Synchronises the complete file and returns its SHA-256 in hexadecimal digits.
    ///
    /// # Errors
    /// [`StoreError::File`] if the rest cannot be written.
    pub fn finish(mut self) -> Result<String, StoreError> {
        let synchronised = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synchronised.map_err(|cause| self.error(cause))?;
        Ok(self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn error(&self, cause: io::Error) -> StoreError {
        StoreError::File { path: self.path.clone(), bytes: self.written, cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::manifest::digest;

    #[test]
    fn the_digest_covers_all_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("below").join("file");
        let mut file = StreamedFile::create(&path).expect("begun");
        for part in [&b"one"[..], &[0; 100_000], b"two"] {
            file.append(part).expect("written");
        }
        let found = file.finish().expect("written");
        let bytes = fs::read(&path).expect("read");
        assert_eq!((bytes.len(), found), (100_006, digest(&bytes)));
    }
}
