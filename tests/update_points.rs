//! Tests which software update point clients keep, and when they switch to one behind a gateway.
//! All times are zero, so the expected results can be worked out by hand.

use cmgsim::RunResult;

use crate::common::quiet::{
    failures, gateway, lasting, point, server, simulate, station, update_point,
};

/// Simulates 100 VPN clients that scan once per hour. After one hour, their boundary group is
/// associated with a gateway, and the clients learn of the association within five minutes. The
/// software update point `inside` is on the intranet; `outside` is behind the gateway.
fn run(duration: &str, group: &str, keys: &str, rest: &str) -> RunResult {
    run_at("vpn = \"100%\"", duration, group, keys, rest)
}

fn run_at(places: &str, duration: &str, group: &str, keys: &str, rest: &str) -> RunResult {
    let text = gateway("g", "")
        + &point("cp", "")
        + &server("mp", "")
        + &update_point("inside", "serves = \"intranet\"")
        + &update_point("outside", "serves = \"gateway\"")
        + &format!(
            "[boundary_group.vpn]\n{group}\n[cohort.c]\nclients = 100\n\
             locations = {{ {places} }}\nvpn_boundary_group = \"vpn\"\n\
             update_scan = {{ interval = \"60min\", spread = \"0s\" }}\n{keys}\n{rest}\n"
        );
    simulate(&lasting(duration, "5min", &text))
}

const FROM: &str = "from = \"1h\"\nlearn = \"5min\"";

fn scans(result: &RunResult) -> [u64; 2] {
    ["inside", "outside"].map(|name| station(result, name).completed)
}

/// Published: a client keeps its software update point unless that point fails or an administrator
/// switches the client; new clients use the software update point behind the gateway
/// (boundary-groups-software-update-points.md, 04/08/2022).
#[test]
fn clients_keep_their_software_update_point_when_their_group_is_associated_with_a_gateway() {
    let result = run("4h", FROM, "", "");
    assert_eq!(
        result.series.gateway_clients.last(),
        Some(&100.0),
        "all other requests must use the gateway"
    );
    assert_eq!(scans(&result), [400, 0]);
    // A client keeps its software update point whether or not its group prefers cloud sources.
    assert_eq!(scans(&run("4h", &format!("{FROM}\nprefer_cloud = false"), "", "")), [400, 0]);
    // If the association exists from the start, all clients use the point behind the gateway.
    assert_eq!(scans(&run("4h", "", "", "")), [0, 400]);
    // A client that registers after the association is new; a client that registers half an hour
    // earlier is not. Each client requests its locations when it registers.
    let from = |minutes: u32| {
        format!(
            "location.interval = \"25h\"\n\
             registration = {{ registered_share = \"0%\", from = \"{minutes}min\" }}"
        )
    };
    let [inside, outside] = scans(&run("4h", FROM, &from(90), ""));
    assert_eq!((inside, outside > 200), (0, true));
    let [inside, outside] = scans(&run("4h", FROM, &from(30), ""));
    assert_eq!((inside > 300, outside), (true, 0));
}

/// After the action "Switch to next software update point", clients use the next point for their
/// next scan.
#[test]
fn switched_clients_scan_through_the_gateway_afterwards() {
    let switch = |keys: &str| {
        format!(
            "[notification.switch]\nat = \"2h\"\ntask = \"switch_update_point\"\n\
             delay = \"0s\"\n{keys}"
        )
    };
    assert_eq!(scans(&run("4h", FROM, "", &switch(""))), [200, 200]);
    let [inside, outside] = scans(&run("4h", FROM, "", &switch("share = \"30%\"")));
    assert_eq!(inside + outside, 400);
    assert!(outside % 2 == 0 && (20..=100).contains(&outside), "about a third: {outside}");
    // Before the clients learn of the association, they know no other software update point.
    let early = switch("").replace("2h", "30min");
    assert_eq!(scans(&run("4h", FROM, "", &early)), [400, 0]);
}

/// Clients make five attempts at intervals of 29 minutes. Two minutes after the last attempt, they
/// switch to the software update point behind the gateway.
#[test]
fn clients_switch_to_the_gateways_update_point_after_a_failure() {
    let out = "[disruption.d]\nkind = \"software-update-point-outage\"\n\
        software_update_point = \"inside\"\nat = \"2h\"\ndown = \"10d\"\n";
    let result = run("6h", FROM, "scan_retry.first = \"29min\"", out);
    assert_eq!(failures(&result, "server_down"), 5 * 100);
    // The attempts of a scan due at time t in the third hour fail until t + 1 h 56 min. Scans at
    // t + 1 h 58 min, t + 2 h and t + 3 h succeed.
    assert_eq!(scans(&result), [200, 300]);
}

/// A client that scans on the internet switches to the point behind the gateway, and keeps that
/// point when it returns to the VPN.
#[test]
fn clients_that_scan_on_the_internet_change_their_update_point() {
    let run = |places: &str| {
        run_at(places, "4d", FROM, "moves = \"1/h\"\nlocation.interval = \"25h\"", "")
    };
    assert_eq!(scans(&run("vpn = \"100%\"")), [9_600, 0], "no client is on the internet");
    let [inside, outside] = scans(&run("internet = \"50%\", vpn = \"50%\""));
    // `inside` serves half of the scans in the first hour. Later it serves only clients that have
    // never scanned on the internet. Their number falls from scan to scan, because clients move to
    // the internet at random times.
    assert_eq!(inside + outside, 9_600);
    assert!((50..500).contains(&inside), "{inside}");
}
