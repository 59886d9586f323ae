//! `manifest.json`: what was asked, of which program, and what came out. Written last: a folder
//! without it holds an incomplete result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::csv::Dialect;
use super::json::to_bytes;

/// The manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of cmgsim.
    pub cmgsim_version: String,
    /// Commit it was built from; `unknown` outside a repository.
    pub commit: String,
    /// Target it was built for.
    pub target: String,
    /// Version of results: the same scenario and seed give the same bytes while it is the same.
    pub results_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Hash of its resolved values.
    pub scenario_hash: String,
    /// The scenario as it was asked for: a file, an embedded one's name, or `-`.
    pub asked: String,
    /// Seed.
    pub seed: u64,
    /// Values laid over the scenario from the command line.
    pub overrides: Vec<String>,
    /// `complete`, or `interrupted`.
    pub state: String,
    /// Separator and decimal sign of the CSV files, if they are not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<Dialect>,
    /// Events processed.
    pub events: u64,
    /// SHA-256 of every other file, by name.
    pub files: BTreeMap<String, String>,
    /// The only values that differ between two runs of the same.
    pub timing: Timing,
}

/// When, how long and how fast.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timing {
    /// UTC start of the run.
    pub started: String,
    /// Seconds the simulation took.
    pub wall_s: f64,
    /// Events a second.
    pub events_per_second: f64,
}

impl Manifest {
    /// As a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Notes a file.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) {
        self.files.insert(name.to_owned(), digest(bytes));
    }
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
