//! Recovery times to the event: a hundred clients open their channels again after 7, 21, 49 and
//! 105 s, all at once.

use crate::common::quiet::{components, lasting, simulate};

fn recovery(disruption: &str) -> Option<f64> {
    let clients = "[cohort.c]\nclients = 100\nnew_policy_share = \"0%\"\n";
    let text = lasting("3h", "5min", &(components("", "") + clients + disruption));
    let reconnect = ("reconnect = { first = \"10s\"", "reconnect = { first = \"7s\"");
    let result = simulate(&text.replacen(reconnect.0, reconnect.1, 1));
    result.disruptions[0].recovery_s
}

/// Down for a minute, the connection point is found by the fourth try after 105 s.
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
    // The eighth try is 7 + 14 + ... + 896 s after the start.
    assert_eq!(recovery(&outage("15min")), Some(7.0 * 255.0));
    assert_eq!(recovery(&outage("10d")), None);
}

/// A server that becomes twice as slow as nothing is not noticed.
#[test]
fn a_disruption_without_impact_recovers_in_zero_time() {
    let slow = "[disruption.d]\nkind = \"slowdown\"\nmanagement_point = \"mp\"\nfactor = 2.0\n\
        at = \"1h\"\ndown = \"20min\"\n";
    assert_eq!(recovery(slow), Some(0.0));
}
