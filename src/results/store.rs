//! The output folder. A file exists completely or not at all: it is written under a temporary
//! name, synchronised, and renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

/// An output folder that can be written to.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    is_new: bool,
}

impl Store {
    /// Makes the folder, with those above it, and tries to write into it, so that a bad path
    /// fails before the simulation. The manifest of an earlier run in it is removed.
    ///
    /// # Errors
    /// [`StoreError::Folder`] if it cannot be made or written to.
    pub fn create(folder: &Path) -> Result<Store, StoreError> {
        let error = |cause| StoreError::Folder { path: folder.to_path_buf(), cause };
        let is_new = !folder.exists();
        fs::create_dir_all(folder).map_err(error)?;
        let store = Store { folder: folder.to_path_buf(), is_new };
        let probe = tempfile::Builder::new().prefix(".cmgsim-").tempfile_in(folder);
        probe.and_then(tempfile::NamedTempFile::close).map_err(error)?;
        match fs::remove_file(folder.join("manifest.json")) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(error(cause)),
            _ => Ok(store),
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
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

/// Writes one file outside of any output folder, whole or not at all.
///
/// # Errors
/// [`StoreError::File`] if it cannot be written.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    write_whole(parent.unwrap_or(Path::new(".")), path, bytes).map_err(|cause| StoreError::File {
        path: path.to_path_buf(),
        bytes: bytes.len(),
        cause,
    })
}

fn write_whole(parent: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cmgsim-");
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
    fn a_file_is_whole_and_an_old_manifest_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b");
        let store = Store::create(&path).expect("made");
        store.write("charts/x.svg", b"one").expect("written");
        store.write("charts/x.svg", b"two").expect("written again");
        store.write("manifest.json", b"{}").expect("written");
        assert_eq!(fs::read(path.join("charts/x.svg")).expect("read"), b"two");
        assert_eq!(fs::read_dir(path.join("charts")).expect("read").count(), 1);
        let again = Store::create(&path).expect("opened");
        assert!(!path.join("manifest.json").exists());
        again.discard_if_empty();
        assert!(path.exists());
    }

    #[test]
    fn a_folder_that_is_a_file_is_an_error_with_its_path() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = Store::create(&file.path().join("out")).expect_err("not a folder");
        assert!(error.to_string().contains(&file.path().display().to_string()));
    }
}
