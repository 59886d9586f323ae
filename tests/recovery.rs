//! Recovery times match the exact times of reconnection attempts: 100 clients try to reopen their
//! channels at the same moments, 7, 21, 49 and 105 s after the failure.

use crate::common::quiet::{components, lasting, simulate};

fn recovery(disruption: &str) -> Option<f64> {
    let clients = "[cohort.c]\nclients = 100\nnew_policy_share = \"0%\"\n";
    let text = lasting("3h", "5min", &(components("", "") + clients + disruption));
    let reconnect = ("reconnect = { first = \"10s\"", "reconnect = { first = \"7s\"");
    let result = simulate(&text.replacen(reconnect.0, reconnect.1, 1));
    result.disruptions[0].recovery_s
}

/// After an outage of one minute, the fourth attempt (at 105 s) succeeds.
#[test]
fn recovery_times_are_exact() {
    let outage = |down: &str| {
        format!(
            "[disruption.d]\nkind = \"connection-point-outage\"\nat = \"3601s\"\n\
             down = \"{down}\"\n"
        )
    };
    assert_eq!(recovery(&outage("60s")), Some(105.0));
    assert_eq!(recovery(&outage("5s")), Some(7.0));
    // The eighth attempt takes place 7 + 14 + ... + 896 s after the start of the outage.
    assert_eq!(recovery(&outage("15min")), Some(7.0 * 255.0));
    assert_eq!(recovery(&outage("10d")), None);
}

/// Doubling a service time of zero has no impact.
#[test]
fn a_disruption_without_impact_recovers_in_zero_time() {
    let slow = "[disruption.d]\nkind = \"slowdown\"\nmanagement_point = \"mp\"\nfactor = 2.0\n\
        at = \"1h\"\ndown = \"20min\"\n";
    assert_eq!(recovery(slow), Some(0.0));
}
