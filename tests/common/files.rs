//! Folders of results, and what the program says of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// A folder of its own for a test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The program with these arguments, into a folder.
pub fn cmgsim_into(out: &Path, arguments: &[&str]) -> Command {
    let mut command = super::cmgsim();
    command.args(arguments).arg("--out").arg(out);
    command
}

/// What was printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command that fails with a code says.
pub fn complaint(command: &mut Command, code: i32) -> String {
    text(&command.assert().code(code).get_output().stderr)
}

/// All files below a folder, by their path in it.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(&below).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// What a small sweep simulates.
pub const SIMULATED: [&str; 4] = ["sweep", "lab-b2s", "--set", "duration=\"1h\""];
/// Six points: one to three instances, five or fifteen clients.
pub const FACTORS: [&str; 4] =
    ["--vary", "gateway.lab.instances=1..3", "--vary", "cohort.*.clients=5,15"];

/// A small sweep into a folder, with more arguments.
pub fn sweep(out: &Path, more: &[&str]) -> Command {
    let mut command = cmgsim_into(out, &[&SIMULATED[..], &FACTORS, more].concat());
    if !more.contains(&"--replications") {
        command.args(["--replications", "4"]);
    }
    command
}
