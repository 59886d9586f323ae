//! Which software update point clients keep, and when they turn to that of a gateway. Zero-time
//! scenarios whose outcomes can be worked out by hand.

use cmgsim::RunResult;

use crate::common::quiet::{
    failures, gateway, lasting, point, server, simulate, station, update_point,
};

/// 100 clients on VPN that scan once an hour. Their boundary group is associated with a gateway
/// after an hour and they learn of it within five minutes; `inside` is a software update point on
/// the intranet, `outside` one behind the gateway.
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

/// Published: clients that have a software update point keep it, unless it fails or they are
/// switched; new ones take that of the gateway (boundary-groups-software-update-points.md,
/// 04/08/2022).
#[test]
fn clients_keep_their_software_update_point_when_their_group_moves() {
    let result = run("4h", FROM, "", "");
    assert_eq!(result.series.gateway_clients.last(), Some(&100.0), "for everything else");
    assert_eq!(scans(&result), [400, 0]);
    // The same whether or not the cloud is preferred: a last known one is kept.
    assert_eq!(scans(&run("4h", &format!("{FROM}\nprefer_cloud = false"), "", "")), [400, 0]);
    // Where the association is old, all have been switched, or are new.
    assert_eq!(scans(&run("4h", "", "", "")), [0, 400]);
    // Who registers after it is new, and half an hour before it is not. Each asks for its locations
    // then.
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

/// "Switch to next software update point": they use it with their next scan.
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
    assert!(outside % 2 == 0 && (20..=100).contains(&outside), "a third: {outside}");
    // Before they know of the association there is no other one.
    let early = switch("").replace("2h", "30min");
    assert_eq!(scans(&run("4h", FROM, "", &early)), [400, 0]);
}

/// Five attempts, 29 minutes apart, and two minutes later the one of the gateway.
#[test]
fn clients_whose_update_point_fails_switch_to_the_gateways() {
    let out = "[disruption.d]\nkind = \"software-update-point-outage\"\n\
        software_update_point = \"inside\"\nat = \"2h\"\ndown = \"10d\"\n";
    let result = run("6h", FROM, "scan_retry.first = \"29min\"", out);
    assert_eq!(failures(&result, "server_down"), 5 * 100);
    // The scan due at t in the third hour fails until t + 1 h 56. Then there is one at t + 1 h 58,
    // and the regular ones at t + 2 h and t + 3 h.
    assert_eq!(scans(&result), [200, 300]);
}

/// Who scans on the internet has another one, and keeps that when it is on VPN again.
#[test]
fn clients_that_scan_on_the_internet_release_their_update_point() {
    let run = |places: &str| {
        run_at(places, "4d", FROM, "moves = \"1/h\"\nlocation.interval = \"25h\"", "")
    };
    assert_eq!(scans(&run("vpn = \"100%\"")), [9_600, 0], "none was ever on the internet");
    let [inside, outside] = scans(&run("internet = \"50%\", vpn = \"50%\""));
    // Half of the scans of the first hour, and those of clients that have not scanned on the
    // internet since: about a quarter leaves from one scan to the next.
    assert_eq!(inside + outside, 9_600);
    assert!((50..500).contains(&inside), "{inside}");
}
