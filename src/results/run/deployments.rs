//! Results of a deployment: its compliance curve in numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{DeploymentPurpose, DeploymentStep};

/// Results of one deployment.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentResult {
    /// Name of the deployment in the scenario.
    pub name: String,
    /// Whether the deployment is required or available.
    pub purpose: DeploymentPurpose,
    /// Number of targeted clients.
    pub targets: u64,
    /// Number of clients whose users declined an available deployment.
    pub declined: u64,
    /// Content size per client, in bytes.
    pub size_bytes: u64,
    /// Whether the content is distributed to the storage of the gateways; false for content from
    /// Microsoft Update.
    pub is_in_storage: bool,
    /// Start of the deployment, in seconds from the start of the measured period.
    pub start_s: f64,
    /// Deadline, in seconds from the start of the measured period; `None` for an available
    /// deployment.
    pub deadline_s: Option<f64>,
    /// Milestone at which a client has received the policy.
    pub policy: Milestone,
    /// Milestone at which a client has received the content.
    pub content: Milestone,
    /// Milestone at which a client has installed the deployment.
    pub installed: Milestone,
    /// Clients that had not installed the deployment when the run ended, by step; steps without
    /// clients are omitted.
    pub pending: Vec<PendingStep>,
    /// Bytes of content from the storage of gateways.
    pub from_storage_bytes: u64,
    /// Bytes of content from distribution points.
    pub from_distribution_points_bytes: u64,
    /// Bytes of content from Microsoft Update.
    pub from_microsoft_update_bytes: u64,
    /// Bytes of content from peers.
    pub from_peers_bytes: u64,
}

/// Clients that were at one step of a deployment when the run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingStep {
    /// Step of the deployment.
    pub step: DeploymentStep,
    /// Number of clients at the step.
    pub clients: u64,
    /// Number of these clients that were off.
    pub off: u64,
}

/// A milestone of a deployment: policy received, content received, or installed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Milestone {
    /// Number of clients that reached the milestone.
    pub reached: u64,
    /// Time from the start of the deployment until 50 % of the targets reached the milestone, in
    /// seconds; `None` if fewer targets reached it before the end of the run.
    pub p50_s: Option<f64>,
    /// Time until 95 % of the targets reached the milestone, in seconds.
    pub p95_s: Option<f64>,
    /// Time until 99 % of the targets reached the milestone, in seconds.
    pub p99_s: Option<f64>,
}
