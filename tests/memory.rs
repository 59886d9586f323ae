//! Tests the memory that recorded values need, and that a run is refused if it would exceed the
//! available memory.

use std::fs;
use std::path::Path;

use crate::common::cmgsim;

const TEXT: &str = "schema = 1\nextends = \"quickstart\"\n\
    [management_point.mp]\ncpu = { dist = \"empirical\", file = \"cpu.csv\" }\n\
    [software_update_point.sup]\ncpu = { dist = \"empirical\", file = \"cpu.csv\" }\n";

/// Writes a scenario that reads recorded service times, and returns the size of their file.
fn recorded(folder: &Path, values: usize) -> usize {
    fs::write(folder.join("scenario.toml"), TEXT).expect("file is written");
    let text: String = (0..values).map(|number| format!("0.{:03}\n", number % 90)).collect();
    fs::write(folder.join("cpu.csv"), &text).expect("file is written");
    text.len()
}

fn estimated_bytes(scenario: &str) -> u64 {
    let run = cmgsim().args(["check", scenario, "--format", "json"]).assert().success();
    let document: serde_json::Value =
        serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    document["memory_bytes"].as_u64().expect("a number")
}

/// Recorded values need eight bytes each plus the size of their file. They are counted once, even
/// though two components read the same file.
#[test]
fn recorded_values_are_counted_once() {
    let here = tempfile::tempdir().expect("folder is created");
    let path = here.path().join("scenario.toml").display().to_string();
    let [few, many] = [10_000, 30_000].map(|values| {
        let length = recorded(here.path(), values);
        (estimated_bytes(&path), length as u64)
    });
    assert_eq!(many.0 - few.0, 8 * 20_000 + many.1 - few.1);
    let refused = ["--max-memory", "1"];
    let run = cmgsim().args(["run", &path]).args(refused).assert().code(3);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(said.contains("fewer recorded values"), "{said}");
}

/// Runs the program with a limited address space.
#[cfg(target_os = "linux")]
fn limited(kilobytes: u32, words: &[&str]) -> std::process::Output {
    let shell = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
    let program = env!("CARGO_BIN_EXE_cmgsim");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &shell, program]).args(words).output().expect("command runs")
}

/// Half a million recorded values need four megabytes in total, because all request kinds share
/// them.
#[cfg(target_os = "linux")]
#[test]
fn recorded_values_take_little_memory() {
    let here = tempfile::tempdir().expect("folder is created");
    recorded(here.path(), 500_000);
    let path = here.path().join("scenario.toml").display().to_string();
    let output = limited(110_000, &["check", &path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A limit on the address space (`ulimit -v`) limits the available memory.
#[cfg(target_os = "linux")]
#[test]
fn a_run_beyond_the_address_space_is_refused() {
    let here = tempfile::tempdir().expect("folder is created");
    let out = here.path().join("out").display().to_string();
    let words = ["run", "quickstart", "--set", "cohort.*.clients=1500000", "--out", &out];
    let output = limited(600_000, &words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("but the limit is "), "{said}");
}
