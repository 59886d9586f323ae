//! The storm after a disruption, in steps of seconds: bins of the time series are too coarse.

use super::schema::DisruptionResult;

/// A close look from shortly before the disruption that cost the most connections to recovery.
///
/// Rates are over each step, levels at its end. Where the storm lasts longer than an hour or so, a
/// row stands for several steps, with the highest of each.
#[derive(Clone, Debug, Default)]
pub struct StormCloseUp {
    /// Where each row begins, seconds after the start of the measured period.
    pub start_seconds: Vec<f64>,
    /// Where each row ends.
    pub end_seconds: Vec<f64>,
    /// Client connections tried a second.
    pub connect_attempts_per_second: Vec<f64>,
    /// Client connections made a second.
    pub connects_per_second: Vec<f64>,
    /// Attempts of requests that failed a second.
    pub failed_attempts_per_second: Vec<f64>,
    /// Clients that use a gateway.
    pub gateway_clients: Vec<f64>,
    /// Those of them that want a notification channel, but it is not open.
    pub without_channel: Vec<f64>,
    /// Requests waiting to be tried again.
    pub retrying: Vec<f64>,
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
