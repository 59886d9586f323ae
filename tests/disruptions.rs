//! Tests the exact effects of disruptions: update-domain walks, outages, slow servers and WAN
//! links, throttled storage, scaling and the outbound threshold.

use cmgsim::RunResult;

use crate::common::quiet::{
    assert_binomial, completed, components, failures, gateway, lasting, point, server, simulate,
    station, update_point,
};

/// Returns a source of one request per second. An offset of half a second ensures that no request
/// occurs on a bin boundary.
fn source(enters: &str, keys: &str) -> String {
    format!(
        "[source.{}]\nenters = \"{enters}\"\nrate = \"1/s\"\narrival_process = \"deterministic\"\n\
         first = \"500ms\"\n{keys}\n",
        enters.replace('.', "-")
    )
}

fn disruption(kind: &str, keys: &str) -> String {
    format!("[disruption.d]\nkind = \"{kind}\"\n{keys}\n")
}

fn clients(name: &str, count: u32, keys: &str) -> String {
    format!("[cohort.{name}]\nclients = {count}\n{keys}\n")
}

fn starts(result: &RunResult) -> Vec<f64> {
    result.disruptions.iter().map(|one| one.start_s).collect()
}

/// Returns the average number of running instances in each bin.
fn up(result: &RunResult) -> Vec<f64> {
    let columns = &result.series.instance_up;
    let bins = columns[0].values.len();
    (0..bins).map(|bin| columns.iter().map(|one| one.values[bin]).sum()).collect()
}

#[test]
fn a_daily_walk_repeats_at_its_time_of_day() {
    let walk = "at = \"1h\"\nevery = \"1d\"\ndown = \"10min\"\npause = \"0s\"";
    let rest = clients("c", 10, "") + &disruption("update-domain-walk", walk);
    let result = simulate(&lasting("3d", "10min", &(components("instances = 1", "") + &rest)));
    assert_eq!(starts(&result), [3_600.0, 90_000.0, 176_400.0]);
    let ends: Vec<Option<f64>> = result.disruptions.iter().map(|one| one.end_s).collect();
    assert_eq!(ends, [Some(4_200.0), Some(90_600.0), Some(177_000.0)]);
    // A repetition is skipped if the previous walk is still running. The next repetition starts at
    // its regular time.
    let long = "at = \"1h\"\nevery = \"2h\"\ndown = \"3h\"\npause = \"0s\"";
    let rest = clients("c", 10, "") + &disruption("update-domain-walk", long);
    let result = simulate(&lasting("10h", "10min", &(components("instances = 1", "") + &rest)));
    assert_eq!(starts(&result), [3_600.0, 5.0 * 3_600.0, 9.0 * 3_600.0]);
}

/// A scale set updates at most one fifth of its instances at once, all in the same update domain
/// (published: virtual-machine-scale-sets-automatic-upgrade.md, 05/19/2026). Of sixteen instances,
/// three are updated at a time, except that the fourth instance of domain 0 is updated alone. If
/// whole update domains are updated, up to four instances are down at once.
#[test]
fn a_scale_set_is_updated_in_batches_of_a_fifth() {
    let run = |rule: &str| {
        let walk = format!("at = \"1h\"\ndown = \"10min\"\npause = \"5min\"\n{rule}");
        let rest = clients("c", 3200, "") + &disruption("update-domain-walk", &walk);
        simulate(&lasting("6h", "1min", &(components("instances = 16", "count = 4") + &rest)))
    };
    let result = run("rule = \"scale-set\"");
    assert_eq!(result.disruptions.len(), 6, "batches of 3, 1, 3, 3, 3 and 3");
    let up_now = up(&result);
    assert!(up_now.iter().all(|up| *up >= 13.0 - 1e-9), "{up_now:?}");
    assert_eq!(up_now.iter().filter(|up| **up < 13.0 + 1e-9).count(), 5 * 9 + 1, "{up_now:?}");
    // After the last batch, the three instances of that batch have no connections, and the other
    // instances have all of them.
    let [skew] = &result.skews[..] else { panic!("expected one walk: {:?}", result.skews) };
    assert_eq!(Some(skew.start_s), result.disruptions[5].end_s);
    assert!(skew.ratio_at_first >= 16.0 / 13.0, "{skew:?}");
    for one in result.instances {
        assert!(
            (one.availability_share - 350.0 / 360.0).abs() < 1e-9,
            "each instance must be updated once: {}",
            one.number
        );
    }
    // The first batch has three of sixteen instances, with this share of the connections.
    assert_binomial("first", result.disruptions[0].connections_lost as f64, 3200.0, 3.0 / 16.0);
    let result = run("rule = \"update-domains\"");
    assert_eq!(result.disruptions.len(), 5);
    assert!(up(&result).iter().any(|up| (up - 12.0).abs() < 1e-9), "domain 0 has four instances");
    assert_eq!(
        run("rule = \"scale-set\"\nbatch = \"5%\"").disruptions.len(),
        16,
        "a batch must have at least one instance"
    );
}

/// A scale set of up to five instances updates one instance at a time. A scale set of ten instances
/// updates five pairs, each within one domain (published on the same page). In automatic mode, all
/// instances can be updated at once (virtual-machine-scale-sets-upgrade-policy.md, 05/19/2026), and
/// no client is served meanwhile.
#[test]
fn an_upgrade_uses_batches_of_one_two_or_all() {
    let run = |instances: u32, rule: &str| {
        let walk = format!("at = \"1h\"\ndown = \"10min\"\npause = \"5min\"\nrule = \"{rule}\"");
        let rest = clients("c", 500, "") + &disruption("update-domain-walk", &walk);
        let gateway = format!("instances = {instances}");
        simulate(&lasting("6h", "1min", &(components(&gateway, "count = 4") + &rest)))
    };
    for (instances, batches) in [(1, 1), (4, 4), (5, 5), (6, 6), (10, 5), (11, 6)] {
        let result = run(instances, "scale-set");
        assert_eq!(result.disruptions.len(), batches, "{instances} instances");
    }
    let pairs = run(10, "scale-set");
    let first: Vec<u32> =
        (0..10).filter(|at| pairs.series.instance_up[*at as usize].values[65] == 0.0).collect();
    assert_eq!(first, [0, 5], "both are in update domain 0");
    let result = run(4, "all-at-once");
    assert_eq!(result.disruptions.len(), 1);
    assert_eq!(result.disruptions[0].connections_lost, 500);
    assert_eq!(up(&result).iter().filter(|up| **up == 0.0).count(), 10, "down for ten minutes");
    // The load balancer detects the end of the outage within one probe interval of five seconds.
    // The connection points detect it immediately.
    let outage = (1.0 - result.gateways[0].availability_share) * 6.0 * 3600.0;
    assert!((600.0..=605.0).contains(&outage), "{outage} s");
}

/// While the server certificate is expired, no new connection to the gateway succeeds. Open
/// channels remain open (assumption). Clients that come online cannot connect until the certificate
/// is replaced.
#[test]
fn an_expired_certificate_blocks_new_connections_only() {
    let out = disruption("certificate-expiry", "gateway = \"g\"\nat = \"1h\"\ndown = \"1h\"");
    let new = "registration = { registered_share = \"0%\", from = \"90min\" }";
    let all = components("", "") + &clients("old", 100, "") + &clients("new", 50, new) + &out;
    let result = simulate(&lasting("3h", "1min", &all));
    // Each client tries to register at 90 min and again after 1, 2, 4 and 8 min. These five
    // attempts fail. The next attempt, one hour later, succeeds with the new certificate.
    assert_eq!(failures(&result, "server_certificate"), 50 * 5);
    assert_eq!(completed(&result, "registration"), 50);
    assert_eq!(result.requests.failed, 50);
    let channels = &result.series.channels;
    assert!(channels[..150].iter().all(|open| *open == 100.0), "no channel may close");
    assert_eq!(channels.last(), Some(&150.0));
    assert_eq!(result.disruptions[0].connections_lost, 0);
    let unavailable = (1.0 - result.gateways[0].availability_share) * 3.0;
    assert!((unavailable - 1.0).abs() < 1e-9, "one hour without new connections: {unavailable}");
    // A second gateway has its own certificate, so clients fail over to it after five failures.
    let second = "[gateway.h]\nverify_revocation = false\n[connection_point.h]\ngateway = \"h\"\n";
    let retry = "retry = { attempts = 100, first = \"10s\", factor = 1.0, jitter = \"0%\" }";
    let late = clients("late", 100, &format!("{new}\n{retry}"));
    let all = components("", "gateway = \"g\"") + second + &late + &out;
    let result = simulate(&lasting("100min", "1min", &all));
    assert_eq!(completed(&result, "registration"), 100);
    assert_eq!(result.series.instance_connections[0].values.last(), Some(&0.0));
}

/// A connection point that restarts while the certificate is expired can connect only after the
/// certificate is replaced.
#[test]
fn connection_points_cannot_reconnect_to_a_gateway_with_an_expired_certificate() {
    let expiry = disruption("certificate-expiry", "at = \"10min\"\ndown = \"1h\"");
    let restart = "[disruption.restart]\nkind = \"connection-point-outage\"\nat = \"20min\"\n\
        down = \"10min\"\n";
    let result = simulate(&lasting(
        "2h",
        "1min",
        &(components("", "") + &clients("c", 20, "") + &expiry + restart),
    ));
    let channels = &result.series.channels;
    assert_eq!((channels[19], channels[20], channels[69]), (20.0, 0.0, 0.0));
    assert_eq!(channels.last(), Some(&20.0), "all channels must be open again");
}

/// From version 2603, a management point validates Entra tokens with the identity provider
/// (whats-new-in-version-2603.md, 08/05/2026). In exchange for an Entra token, the management point
/// issues a token of its own, which is valid for eight hours. During an outage of four hours, the
/// tokens of half the clients therefore expire.
#[test]
fn entra_clients_fail_when_tokens_expire_during_an_identity_provider_outage() {
    let entra = "authentication = \"entra\"\npolicy_poll.interval = \"60min\"\n\
        new_policy_share = \"0%\"\nchannel.enabled = false\nretry = { attempts = 1 }";
    let run = |keys: &str, cut: &str, points: &str| {
        let out = disruption("identity-provider-outage", cut);
        let all = components("", "") + points + &clients("c", 400, keys) + &out;
        simulate(&lasting("24h", "1h", &all))
    };
    let cut = "at = \"8h\"\ndown = \"4h\"";
    let result = run(entra, cut, "");
    let causes = result.failures.iter().filter(|one| one.attempts > 0);
    let causes: Vec<&str> = causes.map(|one| one.cause.name()).collect();
    assert_eq!(causes, ["identity_provider"], "failures must have no other cause");
    assert_eq!(failures(&result, "identity_provider"), result.requests.failed);
    // A client polls every hour. From the expiry of its token to the end of the outage, all polls
    // fail: 400 / 8 h x (4 h)^2 / 2 = 400 polls. Clients also try every hour to renew the token.
    let polls = result.kinds.iter().find(|one| one.kind.name() == "policy_poll").expect("polls");
    let failed = polls.requests.failed as f64;
    assert!((failed - 400.0).abs() < 60.0, "{failed} polls");
    let renewals =
        result.kinds.iter().find(|one| one.kind.name() == "token_renewal").expect("renewals");
    assert!((renewals.requests.failed as f64 - 500.0).abs() < 60.0, "{:?}", renewals.requests);
    assert_eq!(
        result.series.failed_attempts_per_s[13..].iter().sum::<f64>(),
        0.0,
        "no attempt may fail after the outage"
    );
    // After the token expires, a channel fails at its next keep-alive, and the client retries at
    // least every 15 min. Recovery therefore ends within 16 min after the outage.
    let channels = run(&entra.replace("channel.enabled = false\n", ""), cut, "");
    let recovery = channels.disruptions[0].recovery_s.expect("channels recover");
    assert!((4.0 * 3600.0..4.0 * 3600.0 + 16.0 * 60.0).contains(&recovery), "{recovery} s");
    // Certificates, site tokens and clients on the intranet are unaffected.
    for other in ["certificate", "site-token"] {
        let keys = entra.replace("\"entra\"", &format!("\"{other}\""));
        assert_eq!(run(&keys, cut, "").requests.failed_attempts, 0, "{other}");
    }
    let inside = format!("{entra}\nlocations = {{ intranet = \"100%\" }}");
    assert_eq!(run(&inside, cut, "").requests.failed_attempts, 0, "intranet clients need no token");
    // Before version 2603, management points do not contact the identity provider.
    let before = run(&format!("{entra}\n[site]\nversion = \"2509\""), cut, "");
    assert_eq!((before.requests.failed_attempts, before.disruptions.len()), (0, 1));
    // If one of two management points cannot reach the identity provider, half of the clients are
    // affected.
    let one = run(
        entra,
        &format!("{cut}\nmanagement_point = \"mp\""),
        &crate::common::quiet::server("other", ""),
    );
    let polls = one.kinds.iter().find(|one| one.kind.name() == "policy_poll").expect("polls");
    assert!((polls.requests.failed as f64 - 200.0).abs() < 60.0, "{:?}", polls.requests);
}

/// A server that is down for five minutes refuses 300 requests and loses the requests in service.
#[test]
fn servers_that_are_down_refuse_requests_and_lose_work() {
    let systems = [
        ("management-point-outage", "management_point.mp", "mp", "policy_poll"),
        ("software-update-point-outage", "software_update_point.sup", "sup", "update_scan"),
    ];
    for (what, enters, name, task) in systems {
        let source = source(enters, &format!("kind = \"{task}\""));
        let out = disruption(what, "at = \"10min\"\ndown = \"5min\"");
        let all = components("", "") + &update_point("sup", "") + &source + &out;
        let result = simulate(&lasting("30min", "1min", &all));
        assert_eq!(failures(&result, "server_down"), 300, "{what}");
        assert_eq!(result.requests.completed, 1_500, "{what}");
        let systems = result.management_points.iter().chain(&result.software_update_points);
        for system in systems {
            let expected = if system.name == name { 25.0 / 30.0 } else { 1.0 };
            assert!(
                (system.availability_share - expected).abs() < 1e-12,
                "{what}: {}",
                system.name
            );
        }
        // With a service time of ten seconds, ten requests are in service and are also lost.
        let slow = all.replace("cpu = \"0s\"", "workers = \"unlimited\"\ncpu = \"10s\"");
        let result = simulate(&lasting("30min", "1min", &slow));
        assert_eq!(failures(&result, "server_down"), 310, "{what}");
        assert_eq!(station(&result, name).lost_in_outage, 10, "{what}");
    }
}

/// For ten minutes, service times are five times as long: the CPU time is 50 ms for 600 requests
/// and 10 ms for the other 1,200 requests.
#[test]
fn slow_servers_multiply_service_times_by_the_factor() {
    let work = [("management_point", "mp"), ("software_update_point", "sup")];
    for (role, name) in work {
        let task = if name == "mp" { "policy_poll" } else { "update_scan" };
        let source = source(&format!("{role}.{name}"), &format!("kind = \"{task}\""));
        let keys = format!("{role} = \"{name}\"\nfactor = 5\nat = \"10min\"\ndown = \"10min\"");
        let all = components("", "") + &update_point("sup", "") + &source;
        let all =
            all.replace("cpu = \"0s\"\ndatabase = \"0s\"", "cpu = \"10ms\"\ndatabase = \"20ms\"");
        let result = simulate(&lasting("30min", "1min", &(all + &disruption("slowdown", &keys))));
        let own = station(&result, name);
        let busy = own.utilisation_mean_share
            * 1800.0
            * f64::from(own.servers.expect("number of servers is limited"));
        assert!((busy - (600.0 * 0.050 + 1200.0 * 0.010)).abs() < 1e-6, "{name}: {busy}");
        let mean = (600.0 * 0.150 + 1200.0 * 0.030) / 1800.0;
        assert!((result.latency.mean - mean).abs() < 1e-3 * mean, "{name}: {:?}", result.latency);
    }
    let source = source("connection_point.cp", "");
    let keys = "connection_point = \"cp\"\nfactor = 3\nat = \"10min\"\ndown = \"10min\"";
    let all =
        components("", "").replace("forward = \"0s\"\ntime_wait", "forward = \"10ms\"\ntime_wait");
    let result =
        simulate(&lasting("30min", "1min", &(all + &source + &disruption("slowdown", keys))));
    let busy = station(&result, "cp").utilisation_mean_share * 4.0 * 1800.0;
    assert!((busy - (600.0 * 0.030 + 1200.0 * 0.010)).abs() < 1e-6, "{busy}");
}

/// Returns two sites behind one gateway, each with its own clients.
fn two_sites() -> String {
    let sites = "[site.north]\nazure = \"0s\"\n[site.south]\nazure = \"0s\"\n";
    let points = point("a", "site = \"north\"\ncount = 2") + &point("b", "site = \"south\"");
    let servers = server("ma", "site = \"north\"") + &server("mb", "site = \"south\"");
    let poll = "new_policy_share = \"0%\"\npolicy_poll.interval = \"1min\"\nretry.attempts = 1";
    let clients = clients("n", 200, &format!("site = \"north\"\n{poll}"))
        + &clients("s", 300, &format!("site = \"south\"\n{poll}"));
    gateway("g", "") + sites + &points + &servers + &clients
}

fn across_sites(disruption: &str) -> RunResult {
    let text = lasting("1h", "1min", &(two_sites() + disruption));
    simulate(&text.replacen("azure_site = \"0s\"\n", "", 1))
}

/// A WAN cut affects all clients of its own site and no other clients.
#[test]
fn a_wan_cut_affects_only_its_own_site() {
    let cut = "site = \"north\"\nat = \"1230s\"\ndown = \"20min\"";
    let result = across_sites(&disruption("wan-cut", cut));
    assert_eq!(result.disruptions[0].connections_lost, 200);
    let [north, south] = [&result.origins[0], &result.origins[1]];
    assert_eq!(south.channel_availability_share, Some(1.0));
    assert_eq!((south.requests.failed_attempts, south.requests.completed), (0, 300 * 60));
    // Each client polls once per minute, so twenty polls of each client occur during the cut.
    assert_eq!((north.requests.failed, north.requests.completed), (200 * 20, 200 * 40));
    assert_eq!(failures(&result, "no_connection_point"), 200 * 20);
    assert_eq!(result.series.channels[30], 300.0, "channels must remain open");
    assert_eq!(
        *result.series.channels.last().expect("a bin"),
        500.0,
        "all channels must be open again"
    );
    assert!(result.connection_points[0].availability_share < 0.7);
    assert_eq!(result.connection_points[2].availability_share, 1.0);
}

/// A slow WAN link adds its delay only to the round trips of its own site.
#[test]
fn a_slow_wan_link_adds_its_exact_delay() {
    let slow = "site = \"north\"\ndelay = \"200ms\"\nat = \"0s\"\ndown = \"10d\"";
    let result = across_sites(&disruption("wan-latency", slow));
    let [north, south] = [&result.origins[0].latency, &result.origins[1].latency];
    assert!((north.mean - 0.200).abs() < 2e-4 && (north.max - 0.200).abs() < 2e-4, "{north:?}");
    assert_eq!(south.max, 0.0);
    // A disruption that lasts only half of the run delays only half of the polls.
    let half = slow.replace("10d", "30min");
    let result = across_sites(&disruption("wan-latency", &half));
    assert!((result.origins[0].latency.mean - 0.100).abs() < 2e-4);
}

/// Throttling to half the request rate or half the bandwidth doubles the download time.
#[test]
fn a_throttled_storage_takes_twice_as_long() {
    let run = |storage: &str, clients: u32, size: &str, from: &str| {
        let rest = format!(
            "[cohort.c]\nclients = {clients}\nnew_policy_share = \"0%\"\n\
             policy_poll.interval = \"1000d\"\n[deployment.d]\nat = \"1h\"\nsize = \"{size}\"\n\
             [notification.n]\nat = \"1h\"\ndelay = \"0s\"\n"
        );
        let keys = format!("share = \"50%\"\nat = \"{from}\"\ndown = \"10d\"");
        let rest = rest + &disruption("storage-throttling", &keys);
        let result = simulate(&lasting("3h", "1min", &(components(storage, "") + &rest)));
        let content = result.deployments[0].content;
        [content.p50_s, content.p99_s].map(|time| time.expect("milestone is reached"))
    };
    let endless = "storage.bandwidth = \"unlimited\"";
    assert_eq!(run(endless, 1000, "20 MB", "2h"), [9.0, 9.98]);
    assert_eq!(run(endless, 1000, "20 MB", "30min"), [18.0, 19.96]);
    // After 4 s, 2,000 of 5,000 requests are complete; the other 3,000 take twice as long.
    assert_eq!(run(endless, 1000, "20 MB", "3604s"), [14.0, 15.96]);
    let slow = "storage = { requests_per_second = 1000000, bandwidth = \"32 Mbit/s\" }";
    let [half, all] = run(slow, 10, "4 MB", "30min");
    assert!((half - 10.0).abs() < 1e-3 && (all - 20.0).abs() < 1e-3, "{half}, {all}");
}

/// New instances start when they are provisioned, and serve only connections opened after that.
#[test]
fn scaling_out_does_not_help_connected_clients() {
    let late = "presence = { kind = \"office-hours\", start = \"02:00\", start_sd = \"0s\", \
        length = \"20h\", length_sd = \"0s\", absent_share = \"0%\", weekend_share = \"100%\" }";
    let rest = clients("early", 1000, "")
        + &clients("late", 2000, late)
        + &disruption("scale", "to = 4\nat = \"1h\"\ndown = \"10min\"");
    let result = simulate(&lasting("4h", "1min", &(components("instances = 2", "") + &rest)));
    let connections = |instance: usize, minute: usize| {
        result.series.instance_connections[instance].values[minute]
    };
    let first = connections(0, 0);
    assert_eq!(connections(0, 119), first, "connected clients must not move");
    assert_eq!((connections(2, 119), connections(3, 119)), (0.0, 0.0));
    for instance in [2, 3] {
        let up = &result.series.instance_up[instance].values;
        assert!(up[..70].iter().all(|up| *up == 0.0) && up[70..].iter().all(|up| *up == 1.0));
        assert_binomial("on new instances", connections(instance, 239), 2000.0, 0.25);
    }
    assert_binomial("on old instances", connections(0, 239) - first, 2000.0, 0.25);
    // Two instances run for four hours. Two more instances are billed for three hours, from the
    // time when scaling starts.
    assert!((result.gateways[0].instance_hours - (2.0 * 4.0 + 2.0 * 3.0)).abs() < 1e-9);
    assert_eq!(result.disruptions[0].connections_lost, 0);
}

/// Removed instances reset their own connections and no others.
#[test]
fn scaling_in_resets_connections_of_removed_instances() {
    let rest = clients("c", 2000, "") + &disruption("scale", "to = 2\nat = \"1h\"");
    let result = simulate(&lasting("2h", "1min", &(components("instances = 4", "") + &rest)));
    let at = |minute: usize| -> Vec<f64> {
        result.series.instance_connections.iter().map(|one| one.values[minute]).collect()
    };
    let (before, after) = (at(59), at(119));
    let lost = before[2] + before[3];
    assert_eq!(result.disruptions[0].connections_lost as f64, lost);
    assert_binomial("half", lost, 2000.0, 0.5);
    assert_eq!(after[0] + after[1], 2000.0);
    assert_eq!((after[2], after[3]), (0.0, 0.0));
    assert_binomial("reconnected clients", after[0] - before[0], lost, 0.5);
    assert_eq!(
        completed(&result, "channel_open") as f64,
        lost,
        "only clients of removed instances may reconnect"
    );
    assert!((result.gateways[0].instance_hours - (4.0 + 2.0)).abs() < 1e-9);
}

/// Published: the threshold is 10,000 GB in 14 days, is critical at 90 % and is checked every six
/// minutes (monitor-clients-cloud-management-gateway.md, 04/08/2022). At 1 MB/s, the traffic
/// exceeds 90 % of 1 GB after fifteen minutes; the next check is at eighteen minutes.
#[test]
fn the_outbound_threshold_stops_the_gateway_at_the_next_check() {
    let run = |outbound: &str| {
        let keys = "message = { request = \"0 B\", response = \"1 MB\" }";
        let gateway = format!("instances = 2\noutbound = {{ {outbound} }}");
        let all = components(&gateway, "") + &source("gateway.g", keys);
        simulate(&lasting("1h", "1min", &all))
    };
    let result = run("threshold = \"1 GB\", stop = true");
    let stopped = &result.gateways[0];
    assert_eq!(stopped.stopped_at_s, Some(1_080.0));
    assert_eq!(stopped.critical_at_s, Some(1_080.0));
    assert_eq!(stopped.to_clients_bytes, 1_080_000_000);
    assert_eq!(result.requests.completed, 1_080, "no request may complete after the stop");
    assert_eq!(result.requests.completed + result.requests.failed, 3_600 - 5);
    assert!((stopped.availability_share - 1_080.0 / 3_600.0).abs() < 1e-9);
    let result = run("threshold = \"1 GB\"");
    let going_on = &result.gateways[0];
    assert_eq!((going_on.stopped_at_s, going_on.critical_at_s), (None, Some(1_080.0)));
    assert_eq!((result.requests.completed, going_on.availability_share), (3_600, 1.0));
    // Traffic before the start counts and leaves the window at a constant rate: 2.7 GB in six
    // minutes.
    let stopped_at = |before: &str| {
        let outbound = format!("before = \"{before}\", stop = true");
        run(&outbound).gateways[0].stopped_at_s
    };
    assert_eq!((stopped_at("9010 GB"), stopped_at("9001 GB")), (Some(360.0), None));
}

/// Before version 2603, the outgoing traffic of scale sets was not measured, so the threshold had
/// no effect (KB 37426535, 04/27/2026). The traffic of the classic cloud service was measured.
#[test]
fn the_outbound_threshold_has_no_effect_if_traffic_is_not_measured() {
    let run = |size: &str, version: &str| {
        let keys = "message = { request = \"0 B\", response = \"1 MB\" }";
        let gateway = format!(
            "instances = 2\nsize = \"{size}\"\noutbound = {{ threshold = \"1 GB\", stop = true }}"
        );
        let site = format!("[site]\nversion = \"{version}\"\n");
        let all = components(&gateway, "") + &source("gateway.g", keys) + &site;
        let result = simulate(&lasting("1h", "1min", &all));
        (result.gateways[0].stopped_at_s, result.gateways[0].critical_at_s)
    };
    let never = (None, None);
    for version in ["2403", "2409", "2503", "2509"] {
        assert_eq!(run("A2_v2", version), never, "{version}");
    }
    assert_eq!(run("A2_v2", "2603"), (Some(1_080.0), Some(1_080.0)));
    assert_eq!(run("classic", "2509"), (Some(1_080.0), Some(1_080.0)));
}

/// 1,000 clients poll a server that serves 20 requests/s. During a slowdown of one hour, all
/// clients time out and retry every 40 s, which is 25 requests/s. After the slowdown, the queue is
/// so long that every response is late, unless clients back off.
#[test]
fn retries_keep_a_management_point_overloaded_unless_clients_back_off() {
    let run = |retry: &str| {
        let rest = format!(
            "[cohort.c]\nclients = 1000\nlocations = {{ intranet = \"100%\" }}\n\
             new_policy_share = \"0%\"\npolicy_poll.interval = \"60min\"\ntimeout = \"30s\"\n\
             retry = {{ attempts = \"unlimited\", first = \"10s\", {retry} }}\n\
             [management_point.mp]\nqueue_limit = 12000\ncpu = \"200ms\"\ndatabase = \"0s\"\n\
             [disruption.d]\nkind = \"slowdown\"\nmanagement_point = \"mp\"\nfactor = 100\n\
             at = \"1h\"\ndown = \"1h\"\n"
        );
        let result = simulate(&lasting("5h", "5min", &rest));
        let rates = result.series.completed_per_s;
        [0, 3, 4].map(|hour| rates[12 * hour..12 * (hour + 1)].iter().sum::<f64>() * 300.0)
    };
    // The server completes 1,000 polls per hour before the slowdown, but almost none one and two
    // hours after it.
    let storm = run("factor = 1.0, cap = \"10s\"");
    assert!((storm[0] - 1000.0).abs() < 2.0, "{storm:?}");
    assert!(storm[1] < 20.0 && storm[2] < 20.0, "{storm:?}");
    let saved = run("factor = 2.0, cap = \"60min\"");
    assert!((saved[2] - 1000.0).abs() < 100.0, "{saved:?}");
}
