//! Tests the sources, durations and interruptions of downloads. All times are zero unless a test
//! sets them, so the expected results can be worked out by hand.

use cmgsim::{DeploymentResult, RunResult};

use crate::common::quiet::{
    assert_binomial, completed, components, gateway, kind, lasting, point, simulate, station,
};

const MEGABYTE: u64 = 1_000_000;

/// Returns a cohort that polls once per day. A notification makes all clients start the deployment
/// after one hour.
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
        "[deployment.d]\nat = \"1h\"\nsize = \"{size}\"\ninstall = \"10min\"\n{keys}\n\
         [notification.n]\nat = \"1h\"\ndelay = \"0s\"\n"
    )
}

fn only(result: &RunResult) -> &DeploymentResult {
    &result.deployments[0]
}

fn assert_near(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= 2e-3 * expected, "{what}: {found}, expected {expected}");
}

/// One request to a gateway instance checks the token and returns the storage location. The content
/// itself does not pass through the instances (published: data-flow.md, 04/08/2022).
#[test]
fn a_download_uses_an_instance_only_for_its_location() {
    let run = |size: &str| {
        let rest = clients("c", 50, "") + &deployment(size, "");
        simulate(&lasting("3h", "5min", &(components("", "") + &rest)))
    };
    let (small, large) = (run("10 MB"), run("400 MB"));
    for result in [&small, &large] {
        for name in ["content_location", "content_authorisation", "content_download"] {
            assert_eq!(completed(result, name), 50, "{name}");
        }
    }
    let sent = |result: &RunResult| {
        let gateway = &result.gateways[0];
        (gateway.to_clients_bytes, gateway.to_site_bytes, gateway.from_clients_bytes)
    };
    assert_eq!(sent(&small), sent(&large), "the file size must not affect instances");
    assert_eq!(small.gateways[0].from_storage_bytes, 50 * 10 * MEGABYTE);
    assert_eq!(large.gateways[0].from_storage_bytes, 50 * 400 * MEGABYTE);
    // The instances process authorisation requests themselves and forward all other requests to the
    // connection point.
    let of = |role: &str| -> u64 {
        let own = small.stations.iter().filter(|one| one.role.name() == role);
        own.map(|one| one.arrivals).sum()
    };
    assert_eq!(of("gateway instance"), of("connection point") + 50);
    assert_eq!(only(&small).content.reached, 50);
}

/// Connection set-up takes three round trips of 100 ms. Then the client downloads chunks of 4, 4
/// and 2 MB at 1 MB/s, each after a round trip and 2 ms of service in a storage that serves 500
/// requests/s. The total time is 0.3 + 3 * 0.102 + 10 s.
#[test]
fn download_time_is_round_trips_plus_transfer() {
    let rest = clients("c", 1, "downlink = \"8 Mbit/s\"") + &deployment("10 MB", "");
    let text = lasting("3h", "5min", &(components("", "") + &rest));
    let text = text.replacen("client_azure = \"0s\"", "client_azure = \"100ms\"", 1).replacen(
        "setup_round_trips = 0.0",
        "setup_round_trips = 3.0",
        1,
    );
    let one = kind(&simulate(&text), "content_download").latency.mean;
    assert_near("alone", one, 10.606);
    // Five chunks instead of three need two more round trips and storage requests.
    let small = text.replacen("[client]", "[client]\ncontent.chunk = \"2 MB\"", 1);
    let small = kind(&simulate(&small), "content_download").latency.mean;
    assert!((small - one - 2.0 * 0.102).abs() < 0.02, "{small}");
}

/// Published: 500 requests/s for one file (perf-scale.md, 04/08/2022). A thousand clients that
/// download five chunks each need ten seconds, even if the bandwidth is unlimited.
#[test]
fn a_popular_file_is_served_at_the_maximum_request_rate_per_file() {
    let rest = |gateways: &str| {
        let rest = clients("c", 1000, "") + &deployment("20 MB", "");
        simulate(&lasting("2h", "1min", &format!("{gateways}{rest}")))
    };
    let endless = "storage.bandwidth = \"unlimited\"";
    let result = rest(&components(endless, ""));
    // The storage serves the clients round robin. The fourth round ends after 8 s; in the fifth
    // round, client n is served at 8 + n/500 s.
    let content = only(&result).content;
    let times = [content.p50_s, content.p95_s, content.p99_s];
    assert_eq!(times, [Some(9.0), Some(9.9), Some(9.98)]);
    let peak = result.gateways[0].file_requests_peak_per_s.expect("content");
    assert!((peak - 5000.0 / 60.0).abs() < 1e-6, "all in one minute: {peak}");
    let file = station(&result, "g storage d");
    assert_eq!(file.completed, 5_000);
    assert!((file.utilisation_mean_share * 7200.0 - 10.0).abs() < 1e-6);
    // Each of two gateways stores a copy of the file, and clients choose a copy at random
    // (published on the same page).
    let two = components(endless, "gateway = \"g\"")
        + &gateway("h", endless)
        + &point("other", "gateway = \"h\"");
    let result = rest(&two);
    let of_g = station(&result, "g storage d").completed as f64 / 5.0;
    assert_binomial("clients of the first gateway", of_g, 1000.0, 0.5);
    assert_eq!(result.gateways[0].from_storage_bytes, of_g as u64 * 20 * MEGABYTE);
    let busiest = of_g.max(1000.0 - of_g);
    let longest = kind(&result, "content_download").latency.max;
    assert_near("the busier gateway", longest, busiest * 5.0 / 500.0);
    // If the second gateway has no content, no client downloads from it.
    let without = two.replace(&gateway("h", endless), &gateway("h", "content = false"));
    let result = rest(&without);
    assert_eq!(result.gateways[0].from_storage_bytes, 1000 * 20 * MEGABYTE);
}

/// Ten clients download 10 MB each from a storage with 10 MB/s. The storage sends one chunk of 10
/// MB at a time, which takes one second.
#[test]
fn the_bandwidth_of_a_storage_is_shared() {
    let storage =
        "storage = { requests_per_second = 1000000, bandwidth = \"80 Mbit/s\" }".to_owned();
    let rest = clients("c", 10, "content.chunk = \"10 MB\"") + &deployment("10 MB", "");
    let result = simulate(&lasting("2h", "1min", &(components(&storage, "") + &rest)));
    let content = only(&result).content;
    assert_near("half", content.p50_s.expect("a median"), 5.0);
    assert_near("all", content.p99_s.expect("a p99"), 10.0);
    // If the client's own link (1 MB/s) is slower, it determines the duration.
    let slow = rest.replace("content.chunk", "downlink = \"8 Mbit/s\"\ncontent.chunk");
    let result = simulate(&lasting("2h", "1min", &(components(&storage, "") + &slow)));
    let each = kind(&result, "content_download").latency;
    assert_near("the first", each.p50, 10.0);
    assert_near("the last", each.max, 10.0);
}

/// Intranet clients download from a distribution point, internet clients from the gateway.
#[test]
fn each_location_has_its_content_source() {
    let dp = "[distribution_point.dp]\nbandwidth = \"80 Mbit/s\"\n\
        [distribution_point.far]\ninternet = true\n";
    let all = clients("desk", 30, "locations = { intranet = \"100%\" }\ncontent.chunk = \"10 MB\"")
        + &clients("road", 20, "")
        + dp
        + &deployment("10 MB", "");
    let result = simulate(&lasting("2h", "1min", &(components("", "") + &all)));
    let found = only(&result);
    // Clients prefer the internet-facing distribution point to cloud storage.
    let points = &result.distribution_points;
    assert_eq!((points[0].clients, points[0].sent_bytes), (30, 300 * MEGABYTE));
    assert_eq!((points[1].clients, points[1].sent_bytes), (20, 200 * MEGABYTE));
    assert_eq!((found.from_storage_bytes, found.content.reached), (0, 50));
    assert_eq!(completed(&result, "content_authorisation"), 0);
    // At 10 MB/s, a distribution point needs 30 s to send 10 MB to each of its 30 clients.
    assert_near("all", found.content.p99_s.expect("a p99"), 30.0);
    let no_far = all.replace("[distribution_point.far]\ninternet = true\n", "");
    let result = simulate(&lasting("2h", "1min", &(components("", "") + &no_far)));
    assert_eq!(only(&result).from_storage_bytes, 200 * MEGABYTE);
    assert_eq!(only(&result).from_distribution_points_bytes, 300 * MEGABYTE);
    assert_eq!(completed(&result, "content_authorisation"), 20);
    // A boundary group that prefers cloud sources directs its clients to the cloud storage.
    let group = no_far.replace(
        "[cohort.desk]",
        "[boundary_group.b]\n[cohort.desk]\nintranet_boundary_group = \"b\"",
    );
    let result = simulate(&lasting("2h", "1min", &(components("", "") + &group)));
    assert_eq!(only(&result).from_storage_bytes, 500 * MEGABYTE);
}

/// Clients download Microsoft updates from Microsoft Update, not through the gateway (published:
/// plan-for-software-updates.md, 04/08/2022). Peers provide the configured share of the bytes.
#[test]
fn clients_download_updates_from_microsoft_and_peers() {
    let run = |keys: &str| {
        let rest = clients("c", 40, "") + &deployment("100 MB", keys);
        simulate(&lasting("2h", "1min", &(components("", "") + &rest)))
    };
    let result = run("source = \"microsoft-update\"");
    let found = only(&result);
    assert_eq!(found.from_microsoft_update_bytes, 4_000 * MEGABYTE);
    assert_eq!((found.from_storage_bytes, result.gateways[0].from_storage_bytes), (0, 0));
    assert_eq!(completed(&result, "content_authorisation"), 0);
    assert!(!found.is_in_storage);
    let result = run("peers = \"30%\"");
    let found = only(&result);
    assert_eq!(found.from_storage_bytes, 2_800 * MEGABYTE);
    assert_eq!(found.from_peers_bytes, 1_200 * MEGABYTE);
    assert_eq!(found.content.reached, 40);
}

/// The download takes twenty minutes and sessions last ten minutes. Clients keep completed chunks
/// and download only the interrupted chunk again.
#[test]
fn interrupted_downloads_resume() {
    let check = |what: &str, keys: &str| {
        let keys = format!("downlink = \"8 Mbit/s\"\n{keys}");
        let rest = clients("c", 60, &keys) + &deployment("1200 MB", "");
        let result = simulate(&lasting("8h", "5min", &(components("", "") + &rest)));
        let found = only(&result);
        assert_eq!(found.content.reached, 60, "{what}: all downloads must complete");
        let times = completed(&result, "content_authorisation") - 60;
        assert!(times >= 60, "{what}: every download was interrupted: {times}");
        let twice = found.from_storage_bytes - 60 * 1200 * MEGABYTE;
        assert!(
            twice > 0 && twice <= times * 4 * MEGABYTE,
            "{what}: {twice} bytes after {times} interruptions"
        );
        let line = result.audit.lines.iter().find(|one| one.law.starts_with("content sent"));
        assert_eq!(
            line.expect("a conservation law").left as u64,
            found.from_storage_bytes,
            "{what}"
        );
    };
    // Clients poll for policy as soon as they come online.
    check("off", "presence = { kind = \"sporadic\", on = \"10min\", off = \"5min\" }");
    check("moves", "moves = \"12/h\"");
}

/// Access to content is valid for one day (published: data-flow.md, 04/08/2022). A download of
/// thirty hours renews it at the first chunk after that time and transfers no byte twice.
#[test]
fn access_to_content_is_renewed_after_a_day() {
    let run = |keys: &str, size: &str| {
        let keys = format!("downlink = \"8 Mbit/s\"\n{keys}");
        let rest = clients("c", 5, &keys) + &deployment(size, "");
        let result = simulate(&lasting("40h", "1h", &(components("", "") + &rest)));
        assert_eq!(result.audit.lines.iter().filter(|one| !one.holds).count(), 0);
        let times = completed(&result, "content_authorisation");
        assert_eq!(completed(&result, "content_location"), times);
        (times, only(&result).from_storage_bytes / MEGABYTE)
    };
    let chunk = "content.chunk = \"1 GB\"";
    // 108 chunks at 1,000 s each take thirty hours; 80 chunks take less than a day.
    assert_eq!(run(chunk, "108 GB"), (10, 5 * 108_000));
    assert_eq!(run(chunk, "80 GB"), (5, 5 * 80_000));
    // With access for one hour, a download of 90 chunks at 100 s each renews the access after 36
    // and 72 chunks.
    let hour = "content.chunk = \"100 MB\"\ncontent.token_validity = \"1h\"";
    assert_eq!(run(hour, "9 GB"), (15, 5 * 9_000));
}
