//! Tests the bytes of each network flow against calculations by hand.

use cmgsim::RunResult;
use cmgsim::data::{Flow, FlowResult, Via};

use crate::common::quiet::{
    completed, components, gateway, lasting, point, server, simulate, update_point,
};
use crate::common::simulate_text;

const KILOBYTE: u64 = 1_000;
const MEGABYTE: u64 = 1_000_000;

fn flow(result: &RunResult, flow: Flow) -> &FlowResult {
    let found = result.network.flows.iter().find(|one| one.flow() == Some(flow));
    found.expect("results contain all flows")
}

fn bytes(result: &RunResult, of: Flow) -> u64 {
    flow(result, of).bytes
}

/// Asserts that these flows have these bytes, all other flows have none, and the totals per network
/// are sums of flows.
fn assert_flows(result: &RunResult, expected: &[(Flow, u64)]) {
    for one in Flow::ALL {
        let bytes = bytes(result, one);
        let known = expected.iter().find(|(flow, _)| *flow == one);
        assert_eq!(bytes, known.map_or(0, |(_, bytes)| *bytes), "{one:?}");
    }
    for total in &result.network.totals {
        let own =
            result.network.sum(|flow| flow.flow().and_then(Flow::total) == Some(total.total()));
        assert_eq!(total.bytes, own, "{}", total.name());
    }
    let laws = result.audit.lines.iter().filter(|line| line.law.contains(", by flow ="));
    assert_eq!(laws.filter(|line| line.holds).count(), 8, "conservation laws of flows");
}

/// Every client scans on the morning after Patch Tuesday. Scans are answered with 13.7 MB and
/// requested with 60 KB by default.
#[test]
fn scans_on_the_intranet_are_counted() {
    let text = include_str!("cases/intranet-scan-bytes.toml");
    let result = simulate_text(text, Vec::new(), 1).remove(0);
    let scans = completed(&result, "update_scan");
    assert!((24_800..25_000).contains(&scans), "{scans}");
    let responses = flow(&result, Flow::UpdatePointsToClientsIntranet);
    assert_eq!(responses.bytes, scans * 13_700 * KILOBYTE);
    assert_eq!(bytes(&result, Flow::ClientsToUpdatePointsIntranet), scans * 60 * KILOBYTE);
    // 24,667 clients are always online; the measured period is an eighth of a day.
    let each = responses.bytes as f64 / 24_667.0 * 30.0 * 8.0;
    for per_client in
        [responses.per_existing_client_30_days_bytes, responses.per_online_client_30_days_bytes]
    {
        assert!(per_client.is_some_and(|one| (one / each - 1.0).abs() < 1e-9), "{per_client:?}");
    }
    let on_intranet = |one: &FlowResult| one.via == Via::Intranet;
    assert_eq!(result.network.sum(on_intranet), result.network.sum(|_| true));
    // The busiest minute is after the deployment starts, at 08:00. The 95th percentile is lower,
    // but above the mean rate of the morning.
    let p95 = responses.p95_mbit_per_s.expect("three hours");
    let mean = responses.bytes as f64 * 8.0 / 10_800.0 / 1e6;
    assert!(mean < p95 && p95 < responses.peak_mbit_per_s, "{mean}, {p95}");
    assert!(responses.peak_start_s.is_some_and(|start| start >= 3600.0));
}

const SIZES: &str = "[client.message]
handshake = { request = \"2 KB\", response = \"5 KB\" }
keep_alive = { request = \"1 KB\", response = \"300 B\" }
policy_poll = { request = \"4 KB\", response = \"7 KB\" }
content_download = { request = \"1 KB\", response = \"100 B\" }
";

/// Ten clients send a keep-alive every three minutes of an hour on their notification channels, the
/// first one at its start. After half an hour, a notification makes each of them poll for policy on
/// a new connection.
#[test]
fn requests_through_a_gateway_are_counted_on_each_hop() {
    let rest = SIZES.to_owned()
        + &components("", "")
        + "[cohort.c]\nclients = 10\nnew_policy_share = \"0%\"\n\
           [notification.n]\nat = \"30min\"\ndelay = \"0s\"\n";
    let result = simulate(&lasting("1h", "5min", &rest));
    assert_eq!((completed(&result, "keep_alive"), completed(&result, "policy_poll")), (210, 10));
    let requests = 210 * KILOBYTE + 10 * 4 * KILOBYTE;
    let responses = 210 * 300 + 10 * 7 * KILOBYTE;
    assert_flows(
        &result,
        &[
            (Flow::ClientsToGateways, requests + 10 * 2 * KILOBYTE),
            (Flow::GatewaysToConnectionPoints, requests),
            (Flow::ConnectionPointsToManagementPoints, requests),
            (Flow::ManagementPointsToConnectionPoints, responses),
            (Flow::ConnectionPointsToGateways, responses),
            (Flow::GatewaysToClients, responses + 10 * 5 * KILOBYTE),
        ],
    );
    let up = flow(&result, Flow::ClientsToGateways);
    assert_eq!(up.peak_start_s, Some(1800.0));
    assert_eq!((up.existing_clients, up.online_clients_mean), (10, 10.0));
}

/// Simulates a request of 3 KB per second for ten minutes, with responses of 9 KB.
fn with_source(enters: &str, server_keys: &str) -> RunResult {
    let rest = gateway("g", "")
        + &point("cp", "")
        + &server("mp", server_keys)
        + &format!(
            "[source.s]\nenters = \"{enters}\"\nkind = \"state_message\"\nrate = \"1/s\"\n\
             arrival_process = \"deterministic\"\nretry = {{ attempts = 1 }}\n\
             message = {{ request = \"3 KB\", response = \"9 KB\" }}\n"
        );
    simulate(&lasting("10min", "1min", &rest))
}

/// Requests that end with an error count when they are sent; errors have no bytes.
#[test]
fn refused_requests_are_counted_without_a_response() {
    let result = with_source("gateway.g", "error_share = \"100%\"");
    let sent = result.requests.attempts * 3 * KILOBYTE;
    assert_eq!((result.requests.failed, result.requests.attempts), (600, 600));
    assert_flows(
        &result,
        &[
            (Flow::ClientsToGateways, sent),
            (Flow::GatewaysToConnectionPoints, sent),
            (Flow::ConnectionPointsToManagementPoints, sent),
        ],
    );
}

/// An open source in front of a component sends what clients or gateways would send there.
#[test]
fn requests_of_open_sources_are_counted_where_they_enter() {
    let (requests, responses) = (600 * 3 * KILOBYTE, 600 * 9 * KILOBYTE);
    assert_flows(
        &with_source("connection_point.cp", ""),
        &[
            (Flow::GatewaysToConnectionPoints, requests),
            (Flow::ConnectionPointsToManagementPoints, requests),
            (Flow::ManagementPointsToConnectionPoints, responses),
            (Flow::ConnectionPointsToGateways, responses),
        ],
    );
    assert_flows(
        &with_source("management_points", ""),
        &[
            (Flow::ClientsToManagementPointsIntranet, requests),
            (Flow::ManagementPointsToClientsIntranet, responses),
        ],
    );
}

/// Five clients at home, four in the office and three on VPN download 10 MB in chunks of 4 MB, of
/// which peers have a fifth. An hour later, all of them download 10 MB from Microsoft Update.
#[test]
fn content_is_counted_by_source_and_network() {
    let cohort = |name: &str, count: u32, location: &str| {
        format!(
            "[cohort.{name}]\nclients = {count}\nnew_policy_share = \"0%\"\n\
             locations = {{ {location} = \"100%\" }}\n"
        )
    };
    let deployment = |name: &str, at: &str, keys: &str| {
        format!(
            "[deployment.{name}]\nat = \"{at}\"\nsize = \"10 MB\"\ninstall = \"0s\"\n{keys}\n\
             [notification.{name}]\nat = \"{at}\"\ndelay = \"0s\"\n"
        )
    };
    let rest = SIZES.to_owned()
        + &components("", "")
        + &update_point("sup", "")
        + "[distribution_point.dp]\nbandwidth = \"unlimited\"\n"
        + &cohort("home", 5, "internet")
        + &cohort("office", 4, "intranet")
        + &cohort("vpn", 3, "vpn")
        + &deployment("app", "1h", "peers = \"20%\"\nscan = \"off\"")
        + &deployment("update", "2h", "source = \"microsoft-update\"\nscan = \"off\"");
    let result = simulate(&lasting("3h", "5min", &rest));
    // Two chunks, of 4 and 4 MB, come from the source; 2 MB come from peers.
    let (source, peers) = (8 * MEGABYTE + 2 * 100, 2 * MEGABYTE);
    let requests = 2 * KILOBYTE;
    let expected = [
        (Flow::GatewayStorageToClients, 5 * source),
        (Flow::ClientsToGatewayStorage, 5 * requests),
        (Flow::DistributionPointsToClientsIntranet, 4 * source),
        (Flow::ClientsToDistributionPointsIntranet, 4 * requests),
        (Flow::DistributionPointsToClientsVpn, 3 * source),
        (Flow::ClientsToDistributionPointsVpn, 3 * requests),
        (Flow::PeersToClientsInternet, 5 * peers),
        (Flow::PeersToClientsIntranet, 4 * peers),
        (Flow::PeersToClientsVpn, 3 * peers),
        // Three chunks, of 4, 4 and 2 MB.
        (Flow::MicrosoftUpdateToClients, 12 * (10 * MEGABYTE + 3 * 100)),
        (Flow::ClientsToMicrosoftUpdate, 12 * 3 * KILOBYTE),
    ];
    for (of, expected) in expected {
        assert_eq!(bytes(&result, of), expected, "{of:?}");
    }
    let from_deployments: u64 = result
        .deployments
        .iter()
        .map(|one| {
            one.from_storage_bytes
                + one.from_distribution_points_bytes
                + one.from_microsoft_update_bytes
                + one.from_peers_bytes
        })
        .sum();
    assert_eq!(from_deployments, 12 * 20 * MEGABYTE);
    // All downloads of a deployment are in one minute, and thus in one of 36 windows. Of the 36,
    // one is discarded.
    let vpn = flow(&result, Flow::DistributionPointsToClientsVpn);
    let rate = 3.0 * source as f64 * 8.0 / 60.0 / 1e6;
    assert!((vpn.peak_mbit_per_s - rate).abs() < 1e-9, "{}", vpn.peak_mbit_per_s);
    assert_eq!((vpn.peak_start_s, vpn.p95_mbit_per_s), (Some(3600.0), Some(0.0)));
    assert_eq!((vpn.existing_clients, vpn.online_clients_mean), (3, 3.0));
    let update = flow(&result, Flow::MicrosoftUpdateToClients);
    assert_eq!((update.existing_clients, update.online_clients_mean), (12, 12.0));
}
