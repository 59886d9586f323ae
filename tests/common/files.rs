//! Helpers for result folders and program output.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// Creates a temporary folder.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("folder is created")
}

/// Returns a command for the program with these arguments and the result folder `out`.
pub fn cmgsim_into(out: &Path, arguments: &[&str]) -> Command {
    let mut command = super::cmgsim();
    command.args(arguments).arg("--out").arg(out);
    command
}

/// Returns printed bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must fail with this exit code and returns its standard error.
pub fn complaint(command: &mut Command, code: i32) -> String {
    text(&command.assert().code(code).get_output().stderr)
}

/// Returns the contents of all files in a folder and its subfolders, by relative path.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(&below).expect("folder is readable") {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("path is below the folder")
                    .display()
                    .to_string();
                found.insert(name, fs::read(&path).expect("file is readable"));
            }
        }
    }
    found
}

/// Arguments of a small sweep.
pub const SIMULATED: [&str; 4] = ["sweep", "lab-b2s", "--set", "duration=\"1h\""];
/// Factors with six points: one to three instances with 5 or 15 clients.
pub const FACTORS: [&str; 4] =
    ["--vary", "gateway.lab.instances=1..3", "--vary", "cohort.*.clients=5,15"];

/// Returns a command that runs a small sweep and writes the results to a folder.
pub fn sweep(out: &Path, more: &[&str]) -> Command {
    let mut command = cmgsim_into(out, &[&SIMULATED[..], &FACTORS, more].concat());
    if !more.contains(&"--replications") {
        command.args(["--replications", "4"]);
    }
    command
}
