//! A response in flight still arrives if it has already passed the component that fails. Network
//! delays of many seconds make the effect visible.

use cmgsim::RunResult;

use crate::common::quiet::{
    NO_TIME, assert_binomial, components, failures, kind, lasting, simulate,
};

/// Source of one request per second through gateway `g`, starting at 0.5 s, without retries.
const SOURCE: &str = "[source.s]\nkind = \"policy_poll\"\nenters = \"gateway.g\"\nrate = \"1/s\"\n\
    arrival_process = \"deterministic\"\nfirst = \"500ms\"\nretry.attempts = 1\n";

/// Simulates the source for ten minutes with a failure at 100 s. `distance` is the key of the
/// network path that has a round-trip time of 20 s.
fn run(distance: &str, disruption: &str) -> RunResult {
    let disruption = format!("[disruption.d]\nat = \"100s\"\ndown = \"10d\"\n{disruption}\n");
    let text = lasting("10min", "1min", &(components("instances = 1", "") + SOURCE + &disruption));
    let near = format!("{distance} = \"0s\"");
    assert!(NO_TIME.contains(&near));
    simulate(&text.replacen(&near, &format!("{distance} = \"20s\""), 1))
}

/// Requests of the first 90 s have reached the connection point when it fails at 100 s; ten of
/// their responses are on the way to the client.
#[test]
fn responses_past_the_connection_point_arrive() {
    let result = run("client_azure", "kind = \"connection-point-outage\"");
    assert_eq!((result.requests.completed, failures(&result, "reset")), (90, 0));
    // Later requests fail, because no connection point is available. Requests of the last 20 s are
    // still in flight at the end.
    assert_eq!(failures(&result, "no_connection_point"), 600 - 90 - 20);
}

/// With a long delay between Azure and the site, ten requests are on the way to the site and ten
/// responses are on the way back. The cut is at the site's end of the link.
#[test]
fn responses_past_a_wan_cut_arrive() {
    for disruption in ["kind = \"connection-point-outage\"", "kind = \"wan-cut\""] {
        let result = run("azure_site", disruption);
        assert_eq!((result.requests.completed, failures(&result, "reset")), (90, 10));
    }
}

/// An instance that crashes loses the requests and responses that have not yet passed it.
#[test]
fn responses_past_the_instance_arrive() {
    let crash = "kind = \"instance-crash\"\ngateway = \"g\"\ninstance = 0";
    let result = run("client_azure", crash);
    assert_eq!(result.requests.completed, 90);
    // With a long delay to the site, the responses in flight have not yet passed the instance.
    assert_eq!(run("azure_site", crash).requests.completed, 80);
}

/// A keep-alive takes 10 s to reach the connection point and 10 s to return, and each client sends
/// one every 200 s on average. At any time, 5 % of the clients therefore have a keep-alive in
/// flight in each direction. When the connection point fails, those on the way back complete.
#[test]
fn keep_alives_past_the_connection_point_are_completed() {
    let clients = "[cohort.c]\nclients = 2000\nnew_policy_share = \"0%\"\n\
        [disruption.d]\nkind = \"connection-point-outage\"\nat = \"60min\"\ndown = \"10d\"\n";
    let text = lasting("70min", "5min", &(components("", "") + clients));
    let text = text.replacen("client_azure = \"0s\"", "client_azure = \"20s\"", 1).replacen(
        "keep_alive = \"3min\"",
        "keep_alive = { dist = \"uniform\", low = \"2min\", high = \"4min\" }",
        1,
    );
    let result = simulate(&text);
    let failed = kind(&result, "keep_alive").requests.failed;
    assert_binomial("on the way to the connection point", failed as f64, 2_000.0, 0.05);
}
