//! Input files: expansion of files, folders and patterns.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Maximum depth of folders.
const DEPTH_MAX: u32 = 64;

/// Maximum number of files.
const FILES_MAX: usize = 100_000;

/// Endings of the names of IIS logs in folders.
const LOG_ENDINGS: &[&str] = &[".log", ".log.gz", ".zip"];

/// Endings of the names of files with counts in folders. `.lo_` is a log that Configuration Manager
/// has closed.
pub const COUNT_ENDINGS: &[&str] = &[
    ".log", ".log.gz", ".lo_", ".csv", ".csv.gz", ".tsv", ".json", ".json.gz", ".ndjson", ".xml",
    ".smx", ".zip",
];

/// An input of log rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A file: text, gzip or a zip archive.
    File(PathBuf),
    /// Standard input: text or gzip.
    StandardInput,
}

/// Error in the names of the inputs.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Nothing has this name.
    #[error("{0} does not exist; name a log file, a folder, or a pattern such as \"u_ex*.log\"")]
    Missing(String),
    /// A folder or a pattern has no log files.
    #[error(
        "{name} contains no log files; cmgsim reads files named {} from folders",
        names(endings)
    )]
    Empty {
        /// Name of the folder.
        name: String,
        /// Endings of the names of files that are read.
        endings: &'static [&'static str],
    },
    /// A pattern matches nothing.
    #[error("no file matches {0}")]
    NoMatch(String),
    /// There are too many files.
    #[error("more than 100,000 files; name a smaller folder")]
    TooMany,
    /// A folder cannot be read.
    #[error("cannot read the folder {}: {cause}", path.display())]
    Folder {
        /// Path of the folder.
        path: PathBuf,
        /// Error reported by the operating system.
        cause: io::Error,
    },
}

/// Returns the inputs that the arguments name, without duplicates. `-` is standard input. A folder
/// is searched with its subfolders for `*.log`, `*.log.gz` and `*.zip`. `*` and `?` match
/// characters of a name, in any letter case, unless a file has exactly this name.
///
/// # Errors
/// Returns an error if an argument names nothing, or a folder cannot be read.
pub fn expand(arguments: &[PathBuf]) -> Result<Vec<Input>, InputError> {
    expand_with(arguments, LOG_ENDINGS)
}

/// Returns the inputs that the arguments name, as [`expand`] does, with the files whose names have
/// one of the `endings` from folders.
///
/// # Errors
/// Returns an error if an argument names nothing, or a folder cannot be read.
pub fn expand_with(
    arguments: &[PathBuf],
    endings: &'static [&'static str],
) -> Result<Vec<Input>, InputError> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    for argument in arguments {
        let name = || argument.display().to_string();
        if argument.as_os_str() == "-" {
            if !found.contains(&Input::StandardInput) {
                found.push(Input::StandardInput);
            }
            continue;
        }
        let mut files = Vec::new();
        if argument.is_dir() {
            search(argument, endings, DEPTH_MAX, &mut files)?;
            if files.is_empty() {
                return Err(InputError::Empty { name: name(), endings });
            }
        } else if argument.symlink_metadata().is_ok() {
            files.push(argument.clone());
        } else if is_pattern(&argument.to_string_lossy()) {
            for path in matching(argument)? {
                match path.is_dir() {
                    true => search(&path, endings, DEPTH_MAX, &mut files)?,
                    false => files.push(path),
                }
            }
            if files.is_empty() {
                return Err(InputError::NoMatch(name()));
            }
        } else {
            return Err(InputError::Missing(name()));
        }
        files.sort();
        for file in files {
            let full = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if known.insert(full) {
                found.push(Input::File(file));
            }
        }
        if found.len() > FILES_MAX {
            return Err(InputError::TooMany);
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, InputError> {
    let error = |cause| InputError::Folder { path: folder.to_path_buf(), cause };
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(error)?.collect();
    entries.map_err(error)
}

/// Adds the log files in a folder and its subfolders. Links to folders are not followed.
fn search(
    folder: &Path,
    endings: &[&str],
    depth: u32,
    found: &mut Vec<PathBuf>,
) -> Result<(), InputError> {
    for entry in entries(folder)? {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth > 0 {
                search(&path, endings, depth - 1, found)?;
            }
        } else if has_ending(&entry.file_name().to_string_lossy(), endings) && path.is_file() {
            found.push(path);
            if found.len() > FILES_MAX {
                return Err(InputError::TooMany);
            }
        }
    }
    Ok(())
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Returns the patterns of file names with these endings, as a list in a sentence.
fn names(endings: &[&str]) -> String {
    let names: Vec<String> = endings.iter().map(|ending| format!("*{ending}")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Returns the paths that match a pattern.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, InputError> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let text = part.as_os_str().to_string_lossy().into_owned();
        let mut next = Vec::new();
        for base in found {
            if !is_pattern(&text) {
                next.push(base.join(part));
                continue;
            }
            let folder = if base.as_os_str().is_empty() { Path::new(".") } else { &base };
            if !folder.is_dir() {
                continue;
            }
            let names = entries(folder)?.into_iter().map(|entry| entry.file_name());
            let names = names.filter(|name| matches(&text, &name.to_string_lossy()));
            next.extend(names.map(|name| base.join(name)));
            if next.len() > FILES_MAX {
                return Err(InputError::TooMany);
            }
        }
        found = next;
    }
    found.retain(|path| path.exists());
    Ok(found)
}

/// Returns whether a name matches a pattern, in any letter case.
fn matches(pattern: &str, name: &str) -> bool {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (pattern, name) = (lower(pattern), lower(name));
    let (mut at, mut from) = (0, 0);
    // Position after the last star, and the position in the name from which it was tried.
    let mut star = None;
    while from < name.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                star = Some((at, from));
            }
            Some(letter) if *letter == '?' || *letter == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((after, tried)) => {
                    star = Some((after, tried + 1));
                    (at, from) = (after, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, name, expected) in [
            ("u_ex*.log", "u_ex261130.log", true),
            ("U_EX*.LOG", "u_ex261130.log", true),
            ("u_ex*.log", "u_ex261130.log.gz", false),
            ("*", "", true),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xaxbx", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn folders_and_patterns_name_files_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("W3SVC1/old")).expect("a folder");
        let names = ["W3SVC1/u_ex1.log", "W3SVC1/old/u_ex0.LOG.gz", "W3SVC1/notes.txt", "a.zip"];
        for name in names {
            fs::write(path(name), "").expect("a file");
        }
        let found = |arguments: &[&str]| {
            let arguments: Vec<PathBuf> = arguments.iter().map(|name| path(name)).collect();
            let found = expand(&arguments)?;
            Ok::<_, InputError>(
                found
                    .into_iter()
                    .map(|one| match one {
                        Input::File(file) => {
                            file.strip_prefix(folder.path()).expect("below").to_path_buf()
                        }
                        Input::StandardInput => PathBuf::from("-"),
                    })
                    .collect::<Vec<_>>(),
            )
        };
        let all = ["W3SVC1/old/u_ex0.LOG.gz", "W3SVC1/u_ex1.log", "a.zip"].map(PathBuf::from);
        assert_eq!(found(&[""]).expect("files"), all);
        assert_eq!(found(&["", "W3SVC1/u_ex1.log", "W*/u_*.log"]).expect("files"), all);
        assert_eq!(found(&["w*/u_ex?.log"]).expect("files"), all[1..2]);
        assert_eq!(found(&["W3SVC1/notes.txt"]).expect("files").len(), 1);
        for (wrong, part) in
            [("b*.log", "no file matches"), ("none", "does not exist"), ("none*/x", "no file")]
        {
            let error = found(&[wrong]).expect_err(wrong).to_string();
            assert!(error.contains(part), "{error}");
        }
        fs::create_dir(path("empty")).expect("a folder");
        let error = found(&["empty"]).expect_err("an empty folder").to_string();
        assert!(error.ends_with("named *.log, *.log.gz and *.zip from folders"), "{error}");
        let inputs = expand(&["-", "-"].map(PathBuf::from)).expect("standard input");
        assert_eq!(inputs, [Input::StandardInput]);
    }
}
