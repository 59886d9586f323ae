//! Reads single files up to a size limit, and writes files atomically: to a temporary file that is
//! synchronised and then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{StoreError, TEMPORARY};

/// Size limit of a document or table that cmgsim reads back.
pub const DOCUMENT_BYTES_MAX: u64 = 256 << 20;

/// Reads a regular file of at most `max` bytes; returns `None` if the file does not exist.
///
/// # Errors
/// [`StoreError::NotRegular`] for a folder, a pipe or a device, which is not opened;
/// [`StoreError::TooLarge`]; [`StoreError::Unreadable`] if the file cannot be read.
pub fn read_if_there(path: &Path, max: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let unreadable = |cause| StoreError::Unreadable { path: path.to_path_buf(), cause };
    let file = match open_regular(path)? {
        Some(file) => file,
        None => return Ok(None),
    };
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max {
        return Err(StoreError::TooLarge { path: path.to_path_buf(), max });
    }
    Ok(Some(bytes))
}

/// Opens a regular file; returns `None` if it does not exist. The check comes first because opening
/// a pipe would block until its other end is open.
pub(super) fn open_regular(path: &Path) -> Result<Option<File>, StoreError> {
    let unreadable = |cause| StoreError::Unreadable { path: path.to_path_buf(), cause };
    match fs::metadata(path) {
        Ok(about) if about.is_file() => File::open(path).map(Some).map_err(unreadable),
        Ok(_) => Err(StoreError::NotRegular { path: path.to_path_buf() }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unreadable(cause)),
    }
}

/// Writes one file outside any output folder atomically. Follows a symbolic link and keeps the
/// permissions of an existing file.
///
/// # Errors
/// [`StoreError::File`] if the file cannot be written, or exists and is not a regular file.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = WholeFile::create(path)?;
    let written = file.write_all(bytes);
    written.map_err(|cause| file.error(cause))?;
    file.finish()
}

/// File outside any output folder that is written in parts and replaces its target only when
/// complete.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    old: Option<fs::Permissions>,
    written: usize,
    file: BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// Starts a file. Follows a symbolic link and keeps the permissions of an existing file.
    ///
    /// # Errors
    /// [`StoreError::File`] if the file cannot be written, or exists and is not a regular file.
    pub fn create(path: &Path) -> Result<WholeFile, StoreError> {
        let error = |cause| StoreError::File { path: path.to_path_buf(), bytes: 0, cause };
        let target = match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => fs::canonicalize(path).map_err(error)?,
            _ => path.to_path_buf(),
        };
        let old = fs::metadata(&target).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return Err(error(io::Error::other("it is not a regular file")));
        }
        let file = temporary(folder_of(&target)).map_err(error)?;
        let old = old.map(|old| old.permissions());
        Ok(WholeFile { path: target, old, written: 0, file: BufWriter::new(file) })
    }

    /// Moves the complete file to its target path.
    ///
    /// # Errors
    /// [`StoreError::File`]; the existing file is then unchanged.
    pub fn finish(self) -> Result<(), StoreError> {
        let WholeFile { path, old, written, file } = self;
        let error = |cause| StoreError::File { path: path.clone(), bytes: written, cause };
        let file = file.into_inner().map_err(|failed| error(failed.into_error()))?;
        persist(file, &path).map_err(error)?;
        match old {
            Some(old) => fs::set_permissions(&path, old).map_err(error),
            None => Ok(()),
        }
    }

    /// Returns an error about writing this file.
    pub fn error(&self, cause: io::Error) -> StoreError {
        StoreError::File { path: self.path.clone(), bytes: self.written, cause }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn folder_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Writes a file inside a folder atomically.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(folder_of(path))?;
    file.write_all(bytes)?;
    persist(file, path)
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(folder)
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    synchronise_folder(folder_of(path))
}

/// Synchronises a folder, so that renames inside it survive a power failure.
#[cfg(unix)]
pub(super) fn synchronise_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Does nothing: only Unix can synchronise folders.
#[cfg(not(unix))]
pub(super) fn synchronise_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn follows_symbolic_links_and_keeps_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        write_file(&link, b"new").expect("written");
        assert!(fs::symlink_metadata(&link).expect("exists").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"new");
        let mode = fs::metadata(&file).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(write_file(folder.path(), b"x").is_err());
    }

    #[test]
    fn an_error_names_an_existing_file_as_typed() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "old").expect("written");
        let path = folder.path().join(".").join("file");
        let file = WholeFile::create(&path).expect("begun");
        assert_eq!(file.path.as_os_str(), path.as_os_str());
    }

    #[test]
    fn an_unfinished_write_keeps_the_old_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "old").expect("written");
        let mut file = WholeFile::create(&path).expect("begun");
        file.write_all(&[0; 100_000]).expect("written");
        drop(file);
        assert_eq!(fs::read(&path).expect("read"), b"old");
        assert_eq!(
            fs::read_dir(folder.path()).expect("read").count(),
            1,
            "no temporary file remains"
        );
    }

    #[test]
    fn reads_only_regular_files_within_the_size_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "12345").expect("written");
        assert_eq!(read_if_there(&path, 5).expect("read"), Some(b"12345".to_vec()));
        let error = read_if_there(&path, 4).expect_err("too long");
        assert!(error.to_string().contains("larger than 4 bytes"), "{error}");
        assert_eq!(read_if_there(&folder.path().join("none"), 5).expect("read"), None);
        let error = read_if_there(folder.path(), 5).expect_err("a folder");
        assert!(error.to_string().contains("not a regular file"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn does_not_open_pipes_or_devices() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        std::process::Command::new("mkfifo").arg(&pipe).status().expect("made");
        for path in [&pipe, Path::new("/dev/zero")] {
            let error = read_if_there(path, 5).expect_err("no file");
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
    }
}
