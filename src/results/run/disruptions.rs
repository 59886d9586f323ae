//! Disruptions, and the reconnection storms after them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::DisruptionTarget;

/// One occurrence of a disruption, and the reconnection storm after it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DisruptionResult {
    /// Name in the scenario.
    pub name: String,
    /// What happened, in words: `update domain 2 of main`, `connection point cp-1`.
    pub description: String,
    /// What it hit.
    pub target: DisruptionTarget,
    /// Seconds after the start of the measured period; negative in the warm-up.
    pub start_s: f64,
    /// When the part came back; `None` if not before the end.
    pub end_s: Option<f64>,
    /// Client connections lost at its start.
    pub connections_lost: u64,
    /// Clients that used a gateway when it began.
    pub gateway_clients: u64,
    /// Most connections tried a second, in steps of ten seconds, until recovery or the end: what
    /// comes in between takes part in it.
    pub connect_attempts_peak_per_s: f64,
    /// Most connections made a second, the same way.
    pub connects_peak_per_s: f64,
    /// Connections made a second in the ten minutes before it, or before the first of a chain.
    pub baseline_connects_per_s: f64,
    /// Seconds from its start until the backlog is gone for two minutes: no more clients without
    /// their notification channel, and no more requests waiting for a retry, than before and 1 %
    /// of the clients that use a gateway. Zero if there was no backlog within five minutes, `None`
    /// if it was not gone before the end or the next disruption.
    pub recovery_s: Option<f64>,
    /// Attempts that failed until recovery.
    pub failed_attempts: u64,
}

/// Which disruption is looked at: that with the most connections lost, of equal ones that with the
/// most failed attempts, then the first.
pub fn worst_disruption(disruptions: &[DisruptionResult]) -> Option<usize> {
    let harm = |place: &usize| {
        let one = &disruptions[*place];
        (one.connections_lost, one.failed_attempts)
    };
    (0..disruptions.len()).rev().max_by_key(harm)
}
