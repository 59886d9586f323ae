//! Results of disruptions and of the reconnection storms after them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::DisruptionTarget;

/// One occurrence of a disruption, and the reconnection storm after it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DisruptionResult {
    /// Name in the scenario.
    pub name: String,
    /// Target in words: `update domain 2 of main`, `connection point cp-1`.
    pub description: String,
    /// Component that was disrupted.
    pub target: DisruptionTarget,
    /// Start, in seconds from the start of the measured period; negative in the warm-up.
    pub start_s: f64,
    /// Time at which the component was available again, in seconds from the start of the measured
    /// period; `None` if it was still disrupted at the end of the run.
    pub end_s: Option<f64>,
    /// Client connections lost at the start of the disruption.
    pub connections_lost: u64,
    /// Clients that used a gateway at the start of the disruption.
    pub gateway_clients: u64,
    /// Maximum number of connection attempts per second, over intervals of ten seconds, until
    /// recovery or the end of the run.
    pub connect_attempts_peak_per_s: f64,
    /// Maximum number of connections established per second, over intervals of ten seconds, until
    /// recovery or the end of the run.
    pub connects_peak_per_s: f64,
    /// Connections established per second in the ten minutes before the disruption, or before the
    /// first disruption of a chain.
    pub baseline_connects_per_s: f64,
    /// Recovery time in seconds: from the start of the disruption until there is no backlog for two
    /// minutes. A backlog exists while the number of clients without a notification channel, or the
    /// number of requests waiting for a retry, exceeds its level before the disruption by more than
    /// 1 % of the clients that use a gateway. Zero if no backlog develops within five minutes (of
    /// the end of a gradual disruption, otherwise of the start); `None` if the system did not
    /// recover within 24 hours or before the end of the run.
    pub recovery_s: Option<f64>,
    /// Failed attempts before recovery, both of requests and of the notification channel.
    pub failed_attempts_with_channels: u64,
}

/// Returns the index of the worst disruption: the one with the most connections lost, then the most
/// failed attempts, then the earliest.
pub fn worst_disruption(disruptions: &[DisruptionResult]) -> Option<usize> {
    let harm = |index: &usize| {
        let one = &disruptions[*index];
        (one.connections_lost, one.failed_attempts_with_channels)
    };
    (0..disruptions.len()).rev().max_by_key(harm)
}
