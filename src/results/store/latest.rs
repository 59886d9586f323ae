//! Maintains `latest` next to results folders: a symbolic link to the newest folder or, where links
//! are not allowed (Windows without developer mode, some network drives), a file that contains the
//! name of the newest folder.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::file::{read_if_there, write_whole};

/// Name of the link or file.
pub const LATEST: &str = "latest";

/// Maximum length of the folder name in a pointer file, in bytes.
const NAME_BYTES_MAX: u64 = 4096;

/// Makes `latest` in `parent` point to the folder `name` in `parent`. Keeps any other file or
/// folder named `latest`.
pub(super) fn point(parent: &Path, name: &Path) -> io::Result<()> {
    let path = parent.join(LATEST);
    let found = fs::symlink_metadata(&path);
    if found.is_ok_and(|found| !found.is_symlink()) && target(&path).is_none() {
        return Ok(());
    }
    link(parent, name, &path).or_else(|_| write_pointer(name, &path))
}

/// Writes a pointer file that contains a folder name.
fn write_pointer(name: &Path, path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        remove_link(path)?;
    }
    write_whole(path, name.to_string_lossy().as_bytes())
}

/// Returns the path with a pointer file `latest` replaced by the folder that the file names, so
/// that `output/NAME/latest/summary.json` works on every system.
pub fn resolve(path: &Path) -> PathBuf {
    let pointer = path.ancestors().find_map(|above| Some((above, target(above)?)));
    match pointer {
        None => path.to_path_buf(),
        Some((above, folder)) => match path.strip_prefix(above) {
            Ok(rest) if rest.as_os_str().is_empty() => folder,
            Ok(rest) => folder.join(rest),
            Err(_) => path.to_path_buf(),
        },
    }
}

/// Returns the folder that a pointer file names; `None` if the path is not a pointer file.
fn target(path: &Path) -> Option<PathBuf> {
    if path.file_name()? != LATEST || !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let name = String::from_utf8(read_if_there(path, NAME_BYTES_MAX).ok()??).ok()?;
    let name = Path::new(name.trim());
    let mut parts = name.components();
    let is_name = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    let folder = path.parent()?.join(name);
    (is_name && folder.is_dir()).then_some(folder)
}

#[cfg(unix)]
fn link(parent: &Path, name: &Path, path: &Path) -> io::Result<()> {
    let temporary = parent.join(format!(".latest-{}", std::process::id()));
    std::os::unix::fs::symlink(name, &temporary)?;
    fs::rename(&temporary, path).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(unix)]
fn remove_link(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Creates a symbolic link, which requires developer mode or a privilege on Windows.
#[cfg(windows)]
fn link(parent: &Path, name: &Path, path: &Path) -> io::Result<()> {
    let temporary = parent.join(format!(".latest-{}", std::process::id()));
    std::os::windows::fs::symlink_dir(name, &temporary)?;
    // Windows cannot replace an existing link in one step.
    let removed = match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(found) if found.is_symlink() => remove_link(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        let _ = remove_link(&temporary);
    })
}

#[cfg(windows)]
fn remove_link(path: &Path) -> io::Result<()> {
    fs::remove_dir(path)
}

#[cfg(not(any(unix, windows)))]
fn link(_: &Path, _: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(any(unix, windows)))]
fn remove_link(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_points_to_the_newest_folder_as_link_and_as_file() {
        let here = tempfile::tempdir().expect("a folder");
        let parent = here.path();
        for name in ["one", "two"] {
            fs::create_dir(parent.join(name)).expect("made");
            fs::write(parent.join(name).join("x"), name).expect("written");
        }
        let read = || fs::read_to_string(resolve(&parent.join("latest/x"))).expect("readable");
        point(parent, Path::new("one")).expect("pointed");
        assert_eq!(read(), "one");
        write_pointer(Path::new("two"), &parent.join(LATEST)).expect("written");
        assert!(fs::symlink_metadata(parent.join(LATEST)).expect("there").is_file());
        assert_eq!(read(), "two");
        assert_eq!(resolve(&parent.join(LATEST)), parent.join("two"));
        write_pointer(Path::new("one"), &parent.join(LATEST)).expect("replaced");
        assert_eq!(read(), "one");
        point(parent, Path::new("two")).expect("a pointer file is replaced");
        assert_eq!(read(), "two");
    }

    #[test]
    fn files_that_are_not_pointers_are_kept_and_not_followed() {
        let here = tempfile::tempdir().expect("a folder");
        fs::create_dir(here.path().join("one")).expect("made");
        let latest = here.path().join(LATEST);
        for text in ["my notes", "../one", "/tmp", "", "one/.."] {
            fs::write(&latest, text).expect("written");
            assert_eq!(resolve(&latest), latest, "{text}");
            point(here.path(), Path::new("one")).expect("left alone");
            assert_eq!(fs::read_to_string(&latest).expect("kept"), text);
        }
        fs::remove_file(&latest).expect("removed");
        fs::create_dir(&latest).expect("made");
        point(here.path(), Path::new("one")).expect("left alone");
        assert!(fs::symlink_metadata(&latest).expect("kept").is_dir());
    }
}
