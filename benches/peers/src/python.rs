//! Creates a Python environment with the pinned packages once, and runs scripts in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workload::{Engine, Workload};

/// Returns the folder of the scripts and the pinned requirements.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// Path of the Python interpreter in the environment.
pub struct Python(PathBuf);

impl Python {
    /// Creates the environment in `target` unless it already exists with the same requirements.
    pub fn prepare(target: &Path) -> Result<Self, String> {
        let requirements = sources().join("requirements.txt");
        let pinned = fs::read(&requirements)
            .map_err(|error| format!("{}: {error}", requirements.display()))?;
        let environment = target.join("peers-python");
        let python = Python(environment.join("bin").join("python"));
        // Write this file last: an environment without it is incomplete.
        let installed = environment.join("installed.txt");
        if fs::read(&installed).is_ok_and(|installed| installed == pinned) {
            return Ok(python);
        }
        eprintln!("creating the Python environment {} …", environment.display());
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        succeed(Command::new(&python.0).args(install).arg(&requirements))?;
        fs::write(&installed, pinned)
            .map_err(|error| format!("{}: {error}", installed.display()))?;
        Ok(python)
    }

    pub fn command(&self, engine: Engine, workload: Workload) -> Command {
        let mut command = Command::new(&self.0);
        command.arg(sources().join(format!("{}_peer.py", engine.name())));
        command.args([workload.name(), &workload.size_in_python().to_string()]);
        command
    }
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let hint = "(--no-python skips the Python engines)";
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status} {hint}")),
        Err(error) => Err(format!("{command:?}: {error} {hint}")),
    }
}
