//! Tests reachable and unreachable certificate revocation lists (CRLs). Published: a computer that
//! checks certificate revocation and cannot locate the CRL treats the certificate as revoked
//! (plan-for-certificates.md, 03/23/2023).

use cmgsim::RunResult;

use crate::common::quiet::{
    completed, failures, gateway, kind, lasting, point, server, simulate, station,
};

/// Returns a scenario without delays and with these additional gateway keys.
fn text(duration: &str, gateway_keys: &str, clients: &str) -> String {
    let gateway = gateway("g", &format!("instances = 1\n{gateway_keys}")).replacen(
        "verify_revocation = false\n",
        "",
        1,
    );
    lasting(duration, "1h", &(gateway + &point("cp", "") + &server("mp", "") + clients))
}

fn cohort(name: &str, clients: u32, keys: &str) -> String {
    format!(
        "[cohort.{name}]\nclients = {clients}\nnew_policy_share = \"0%\"\n\
         policy_poll.interval = \"60min\"\nchannel.enabled = false\n{keys}\n"
    )
}

/// If clients cannot reach the revocation list, no request reaches a server, and every attempt
/// fails with the cause `no_revocation_list`.
#[test]
fn clients_without_the_revocation_list_reach_no_server() {
    let result = simulate(include_str!("cases/unreachable-revocation-list.toml"));
    assert_eq!(result.requests.completed, 0);
    let tries = result.requests.failed_attempts;
    assert!(tries > 0);
    let cause = &result.failures[0];
    assert_eq!((cause.cause.name(), cause.attempts), ("no_revocation_list", tries));
    // Each client tries to open its channel every 135 s on average: the mean delay between attempts
    // is two minutes, and each attempt fails after 15 s.
    let channels = cause.of_channel as f64 / (2_000.0 * 7_200.0 / 135.0);
    assert!((channels - 1.0).abs() < 0.01, "{channels}");
    for station in &result.stations {
        assert_eq!(station.arrivals, 0, "{}", station.name);
    }
    assert_eq!(result.series.channels.iter().sum::<f64>(), 0.0);
    assert_eq!(result.flows.gateways_to_clients_bytes, 0);
}

/// A connection attempt fails after the set-up time plus the timeout for downloading the
/// revocation list.
#[test]
fn a_connection_fails_when_downloading_the_list_times_out() {
    let keys = "retry.attempts = 1\n\
        revocation = { check = true, reachable = false, timeout = \"20s\" }";
    let run = |timeout: &str| {
        let keys = format!("timeout = \"{timeout}\"\n{keys}");
        simulate(&text("10h", "verify_revocation = false", &cohort("c", 100, &keys)))
    };
    let result = run("60s");
    let polls = &kind(&result, "policy_poll").requests;
    assert_eq!((polls.failed, polls.completed), (1_000, 0));
    assert_eq!(failures(&result, "no_revocation_list"), 1_000);
    // If the request times out earlier, the cause of the failure is the timeout.
    assert_eq!(failures(&run("10s"), "timeout"), 1_000);
}

/// Clients also check the certificates of internet-based management points, so they cannot connect
/// without the revocation list.
#[test]
fn clients_without_the_list_reach_no_internet_based_management_point() {
    let run = |reachable: bool| {
        let keys = format!("revocation = {{ check = true, reachable = {reachable} }}");
        let server = server("mp", "serves = \"internet\"");
        simulate(&lasting("10h", "1h", &(server + &cohort("c", 100, &keys))))
    };
    let result = run(true);
    assert_eq!(completed(&result, "policy_poll"), 1_000);
    let lists = result.flows.revocation_lists_to_clients_bytes;
    assert!(lists > 0 && lists < 20 * 50_000, "lists are cached for a week: {lists}");
    let result = run(false);
    assert_eq!((completed(&result, "policy_poll"), station(&result, "mp").arrivals), (0, 0));
}

/// An instance caches the revocation list for a week, so it downloads the list twice in two weeks,
/// independent of the clients' activity.
#[test]
fn an_instance_downloads_the_list_once_per_week() {
    let gateway = "revocation = { size = \"80 KB\", request = \"400 B\", keep = \"7d\", \
        fetch = \"3s\" }\ndemand.revocation = \"0s\"";
    let result = simulate(&text("14d", gateway, &cohort("c", 50, "")));
    assert_eq!(result.flows.revocation_lists_to_gateways_bytes, 2 * 80_000);
    assert_eq!(result.flows.gateways_to_revocation_lists_bytes, 2 * 400);
    let polls = kind(&result, "policy_poll");
    assert_eq!(polls.requests.completed, 50 * 14 * 24);
    // Only a client that opens a connection during the download waits for the list.
    assert!(polls.latency.max <= 3.001 && polls.latency.p99 < 0.001, "{:?}", polls.latency);
    assert!(polls.latency.max > 2.9);
    // Tokens need no revocation list.
    let entra = text("14d", gateway, &cohort("c", 50, "authentication = \"entra\""));
    assert_eq!(simulate(&entra).flows.revocation_lists_to_gateways_bytes, 0);
}

/// A gateway that cannot reach the revocation list refuses only clients that use certificates.
#[test]
fn a_gateway_that_cannot_reach_the_list_refuses_only_clients_with_certificates() {
    let run = |reachable: bool| -> RunResult {
        let timeout = if reachable { "" } else { ", timeout = \"15s\"" };
        let gateway = format!("revocation = {{ reachable = {reachable}{timeout} }}");
        let both = cohort("pki", 100, "") + &cohort("entra", 100, "authentication = \"entra\"");
        simulate(&text("10h", &gateway, &both))
    };
    let (good, bad) = (run(true), run(false));
    assert_eq!(completed(&good, "policy_poll"), 2_000);
    let of = |result: &RunResult, name: &str| {
        let one = result.origins.iter().find(|one| one.name == name).expect("the cohort");
        (one.requests.completed, one.requests.failed)
    };
    assert_eq!(of(&bad, "pki").0, 0);
    // The counts include polls and token renewals.
    assert_eq!(of(&bad, "entra"), of(&good, "entra"));
    let refused = failures(&bad, "client_certificate");
    assert_eq!(refused, bad.requests.failed_attempts);
    // Published: an unpublished revocation list increases the traffic from clients. In this
    // scenario, each request makes five attempts.
    assert!(bad.flows.clients_to_gateways_bytes > 2 * good.flows.clients_to_gateways_bytes);
    assert_eq!(bad.flows.revocation_lists_to_gateways_bytes, 0);
}
