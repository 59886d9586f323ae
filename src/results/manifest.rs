//! `manifest.json` records the inputs of a run, the program version and the output files. It is
//! written last: a folder without a manifest contains an incomplete result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::csv::Dialect;
use super::json::to_bytes;

/// Content of `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of cmgsim.
    pub cmgsim_version: String,
    /// Commit that cmgsim was built from; `unknown` outside a repository.
    pub commit: String,
    /// Target that cmgsim was built for.
    pub target: String,
    /// Results version. Versions of cmgsim with the same results version write the same bytes for
    /// the same scenario and seed.
    pub results_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Hash of the resolved scenario.
    pub scenario_hash: String,
    /// Scenario as the user specified it: a file, the name of an embedded scenario, or `-`.
    pub asked: String,
    /// Seed of the scenario.
    pub seed: u64,
    /// Overrides from the command line.
    pub overrides: Vec<String>,
    /// State of the run: `complete` or `interrupted`.
    pub state: String,
    /// Separator and decimal sign of the CSV files, if they are not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<Dialect>,
    /// Number of events processed.
    pub events: u64,
    /// SHA-256 of every other file, by name.
    pub files: BTreeMap<String, String>,
    /// Time and speed of the run: the only values that differ between two identical runs.
    pub timing: Timing,
}

/// Start, duration and speed of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Start of the run in UTC.
    pub started: String,
    /// Wall-clock time of the simulation in seconds.
    pub wall_s: f64,
    /// Events per second of wall-clock time.
    pub events_per_second: f64,
}

impl Manifest {
    /// Renders the manifest as a JSON file.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Adds the digest of a file.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) {
        self.add_digest(name, digest(bytes));
    }

    /// Adds the digest of a file that was written in parts.
    pub fn add_digest(&mut self, name: &str, digest: String) {
        self.files.insert(name.to_owned(), digest);
    }
}

/// Returns the SHA-256 in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
