//! Helpers that start the program and send signals to it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Starts the program and waits until its result folder exists. From that moment, the program
/// handles signals.
pub fn start(words: &[&str], out: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cmgsim"))
        .args(words)
        .arg("--out")
        .arg(out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("process has started");
    while !out.exists() && child.try_wait().expect("process status").is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Sends a signal to the process. `signal` is an option of `kill`, for example `-INT`.
pub fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args([signal, &id]).status().expect("signal is sent");
    assert!(status.success());
}
