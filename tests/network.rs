//! Tests shared lines and VPNs. All times are zero unless a test sets them, so the expected results
//! can be worked out by hand.

use cmgsim::{LineResult, LinkResult, RunResult};

use crate::common::quiet::{completed, components, lasting, simulate};

const MEGABYTE: u64 = 1_000_000;

/// Returns a cohort whose clients have no other work than the deployment.
fn clients(name: &str, count: u32, keys: &str) -> String {
    format!(
        "[cohort.{name}]\nclients = {count}\nnew_policy_share = \"0%\"\n\
         policy_poll.interval = \"1000d\"\n{keys}\n"
    )
}

/// Returns a deployment that starts after one hour, with a notification that reaches all clients at
/// once.
fn deployment(size: &str, keys: &str) -> String {
    format!(
        "[deployment.d]\nat = \"1h\"\nsize = \"{size}\"\n{keys}\n[notification.n]\nat = \"1h\"\n\
         delay = \"0s\"\n"
    )
}

/// Simulates a gateway, a distribution point without a limit, and `rest`.
fn run(duration: &str, rest: &str) -> RunResult {
    let point = "[distribution_point.dp]\nbandwidth = \"unlimited\"\n";
    simulate(&lasting(duration, "5min", &(components("", "") + point + rest)))
}

fn line<'a>(result: &'a RunResult, name: &str) -> &'a LineResult {
    result.lines.iter().find(|one| one.name == name).expect("a line of this name")
}

fn down<'a>(result: &'a RunResult, name: &str) -> &'a LinkResult {
    line(result, name).downlink.as_ref().expect("a limit")
}

fn up<'a>(result: &'a RunResult, name: &str) -> &'a LinkResult {
    line(result, name).uplink.as_ref().expect("a limit")
}

fn assert_near(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= 2e-3 * expected, "{what}: {found}, expected {expected}");
}

/// 1,000 clients x 270 MB x 8 bit / 50 Mbit/s = 43,200 s.
#[test]
fn a_branch_behind_50_mbit_per_second_needs_12_hours_for_270_gigabytes() {
    let branch = "[line.branch]\ndownlink = \"50 Mbit/s\"\nuplink = \"50 Mbit/s\"\n".to_owned();
    let shops = clients("shops", 1000, "locations = { intranet = \"100%\" }\nline = \"branch\"");
    let result = run("15h", &(branch + &shops + &deployment("270 MB", "")));
    let content = result.deployments[0].content;
    assert_eq!(content.reached, 1000);
    assert_near("the last client", content.p99_s.expect("a p99"), 43_200.0);
    let down = down(&result, "branch");
    // Policy and locations are less than 0.1 % of the content.
    assert_near("bytes", down.carried_bytes as f64, 270_000.0 * MEGABYTE as f64);
    assert_near("utilisation", down.utilisation_mean_share, 12.0 / 15.0);
    assert_near("busiest minute", down.peak_bit_per_s, 50e6);
    assert_near("p95", down.p95_bit_per_s.expect("hours"), 50e6);
    // A distribution point behind the same line serves them without the line.
    let local = "[distribution_point.local]\nline = \"branch\"\nbandwidth = \"unlimited\"\n";
    let lines = "[line.branch]\ndownlink = \"50 Mbit/s\"\nuplink = \"50 Mbit/s\"\n".to_owned();
    let all = components("", "") + local + &lines + &shops + &deployment("270 MB", "");
    let result = simulate(&lasting("3h", "5min", &all));
    assert_eq!(result.deployments[0].from_distribution_points_bytes, 270_000 * MEGABYTE);
    assert!(self::down(&result, "branch").carried_bytes < 300 * MEGABYTE);
}

/// Until 18:00, content has 10 % of 10 Mbit/s: in the first hour it carries 3.6 Gbit of 36 Gbit.
/// The other 32.4 Gbit take 3,240 s at 10 Mbit/s.
#[test]
fn a_line_gives_content_more_bandwidth_at_18_00() {
    let night = "[line.wan]\ndownlink = \"10 Mbit/s\"\nbackground = \"10%\"\n\
        hours = [{ from = \"18:00\", to = \"06:00\", background = \"100%\" }]\n";
    let desks = clients("desks", 100, "locations = { intranet = \"100%\" }\nline = \"wan\"");
    let text = components("", "")
        + "[distribution_point.dp]\nbandwidth = \"unlimited\"\n"
        + night
        + &desks
        + &deployment("45 MB", "");
    let text = lasting("5h", "5min", &text);
    let text = text.replacen("warm_up", "start = \"2026-11-24T16:00\"\nwarm_up", 1);
    let content = simulate(&text).deployments[0].content;
    assert_near("the last client", content.p99_s.expect("a p99"), 3600.0 + 3240.0);
}

/// 100 clients of a VPN of 80 Mbit/s download 30 MB each: 300 s. Without a split tunnel, content of
/// Microsoft Update enters the site on the internet line and leaves it on the same line.
#[test]
fn a_split_tunnel_takes_microsoft_update_off_the_vpn_and_the_internet_line() {
    let network = |split: bool| {
        format!(
            "[line.internet]\ndownlink = \"1 Gbit/s\"\nuplink = \"1 Gbit/s\"\n[vpn.head]\n\
             downlink = \"80 Mbit/s\"\nuplink = \"80 Mbit/s\"\nline = \"internet\"\n\
             split_tunnel.microsoft_update = {split}\n"
        )
    };
    let home = clients("home", 100, "locations = { vpn = \"100%\" }");
    let update = deployment("30 MB", "source = \"microsoft-update\"");
    let result = run("3h", &(network(false) + &home + &update));
    let expected = 3_000.0 * MEGABYTE as f64;
    assert_near("VPN", down(&result, "head").carried_bytes as f64, expected);
    assert_near("internet, in", down(&result, "internet").carried_bytes as f64, expected);
    assert_near("internet, out", up(&result, "internet").carried_bytes as f64, expected);
    // With policy and locations, the VPN carries about 62 KB more per client.
    let content = result.deployments[0].content;
    let busy = down(&result, "head").carried_bytes as f64 / 10e6;
    assert_near("the last client", content.p99_s.expect("a p99"), busy);
    let result = run("3h", &(network(true) + &home + &update));
    assert_eq!(result.deployments[0].from_microsoft_update_bytes, 3_000 * MEGABYTE);
    for (name, link) in [("head", down(&result, "head")), ("internet", up(&result, "internet"))] {
        assert!(link.carried_bytes < 10 * MEGABYTE, "{name}: {}", link.carried_bytes);
    }
    // A distribution point at the site is on the VPN in both cases.
    let result = run("3h", &(network(true) + &home + &deployment("30 MB", "")));
    assert_near("VPN", down(&result, "head").carried_bytes as f64, expected);
    assert_near("internet, out", up(&result, "internet").carried_bytes as f64, expected);
    assert!(down(&result, "internet").carried_bytes < 10 * MEGABYTE);
}

/// Of 100 clients, 60 get a session. The others are on the internet and use the gateway.
#[test]
fn a_vpn_refuses_sessions_above_its_limit() {
    let network = "[vpn.head]\nsessions = 60\ndownlink = \"1 Gbit/s\"\n";
    let home = clients("home", 100, "locations = { vpn = \"100%\" }");
    let result = run("2h", &(network.to_owned() + &home + &deployment("1 MB", "")));
    let sessions = line(&result, "head").sessions.as_ref().expect("a VPN");
    assert_eq!((sessions.peak, sessions.mean, sessions.limit), (60, 60.0, Some(60)));
    let found = &result.deployments[0];
    assert_eq!(found.content.reached, 100);
    assert_eq!(found.from_distribution_points_bytes, 60 * MEGABYTE);
    assert_eq!(found.from_storage_bytes, 40 * MEGABYTE);
    assert_eq!(result.gateways[0].clients_mean, 40.0);
}

/// BITS holds the clients at 32 KB/s until 17:00 (their local time): 50 MB take 1,562.5 s. From
/// 17:00 on, their own link of 8 Mbit/s is the limit: 50 s.
#[test]
fn bits_holds_clients_to_a_limit_by_day() {
    let shops = clients(
        "shops",
        20,
        "locations = { intranet = \"100%\" }\ndownlink = \"8 Mbit/s\"\n\
         content = { hours = [{ from = \"08:00\", to = \"17:00\", limit = \"256 kbit/s\" }] }",
    );
    let at = |start: &str| {
        let text = components("", "")
            + "[distribution_point.dp]\nbandwidth = \"unlimited\"\n"
            + &shops
            + &deployment("50 MB", "");
        let text = lasting("3h", "5min", &text);
        simulate(&text.replacen("warm_up", &format!("start = \"{start}\"\nwarm_up"), 1))
    };
    let content = at("2026-11-24T09:00").deployments[0].content;
    assert_near("by day", content.p99_s.expect("a p99"), 1562.5);
    let content = at("2026-11-24T18:00").deployments[0].content;
    assert_near("in the evening", content.p99_s.expect("a p99"), 50.0);
}

/// A distribution point has 80 Mbit/s, but 10 % of them by day. In the last half hour of the
/// window, 8 Mbit/s carry 1.8 GB of 3 GB; the rest takes 120 s.
#[test]
fn a_change_of_a_distribution_point_applies_to_downloads_in_progress() {
    let point = "[distribution_point.dp]\nbandwidth = \"80 Mbit/s\"\n\
        hours = [{ days = \"mon-fri\", from = \"08:00\", to = \"18:00\", share = \"10%\" }]\n";
    let desks = clients("desks", 100, "locations = { intranet = \"100%\" }");
    let text = components("", "") + point + &desks + &deployment("30 MB", "");
    let text = lasting("3h", "5min", &text);
    let text = text.replacen("warm_up", "start = \"2026-11-24T16:30\"\nwarm_up", 1);
    let result = simulate(&text);
    let content = result.deployments[0].content;
    assert_near("the last client", content.p99_s.expect("a p99"), 1800.0 + 120.0);
    assert_eq!(result.distribution_points[0].sent_bytes, 3_000 * MEGABYTE);
}

/// Requests through a gateway cross the internet line of the site: 100 responses of 1 MB at 8
/// Mbit/s need 100 s.
#[test]
fn responses_through_a_gateway_share_the_internet_line_of_the_site() {
    let network = "[line.internet]\nuplink = \"8 Mbit/s\"\n";
    let road = clients(
        "road",
        100,
        "timeout = \"10min\"\nlocation.interval = \"off\"\n\
         message.policy_poll = { request = \"0 B\", response = \"1 MB\" }\nchannel.enabled = true",
    );
    let text = components("", "") + network + &road;
    let text = lasting("2h", "5min", &text).replacen(
        "relay = ",
        "internet_line = \"internet\"\nrelay = ",
        1,
    ) + "[notification.n]\nat = \"1h\"\ndelay = \"0s\"\n";
    let result = simulate(&text);
    assert_eq!(completed(&result, "policy_poll"), 100);
    let latency = result.kinds.iter().find(|one| one.kind.name() == "policy_poll");
    assert_near("the last response", latency.expect("polls").latency.max, 100.0);
}
