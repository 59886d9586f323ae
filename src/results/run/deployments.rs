//! What became of a deployment: the compliance curve in numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{DeploymentPurpose, DeploymentStep};

/// One deployment.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentResult {
    /// Name in the scenario.
    pub name: String,
    /// Whether clients must install it, or their users may.
    pub purpose: DeploymentPurpose,
    /// Clients it is for.
    pub targets: u64,
    /// Of an available one: clients whose users did not want it.
    pub declined: u64,
    /// Bytes each client needs.
    pub size_bytes: u64,
    /// Whether its content lies in the storage of every gateway that has one, whether anybody
    /// fetched it or not; not that of Microsoft Update.
    pub is_in_storage: bool,
    /// When its policy was there, seconds after the start of the measured period.
    pub start_s: f64,
    /// When it had to be installed, the same way; `None` of an available one.
    pub deadline_s: Option<f64>,
    /// Clients that got its policy.
    pub policy: Milestone,
    /// Clients that got its content.
    pub content: Milestone,
    /// Clients that installed it.
    pub installed: Milestone,
    /// What the clients that had not installed it were at when the run ended, in the order of its
    /// steps, without those at which nobody was.
    pub pending: Vec<PendingStep>,
    /// Bytes by where they came from.
    pub from_storage_bytes: u64,
    /// From distribution points.
    pub from_distribution_points_bytes: u64,
    /// From Microsoft Update.
    pub from_microsoft_update_bytes: u64,
    /// From peers.
    pub from_peers_bytes: u64,
}

/// Clients that were at some step of a deployment when the run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingStep {
    /// What they were at.
    pub step: DeploymentStep,
    /// How many.
    pub clients: u64,
    /// How many of them were off.
    pub off: u64,
}

/// A step of a deployment that clients reach one after the other.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Milestone {
    /// Clients that reached it.
    pub reached: u64,
    /// Seconds after the deployment's start until half of the targets had; `None`: not before the
    /// end.
    pub p50_s: Option<f64>,
    /// The same for 95 %.
    pub p95_s: Option<f64>,
    /// The same for 99 %.
    pub p99_s: Option<f64>,
}
