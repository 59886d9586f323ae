//! Tests each piece of advice with one scenario that triggers it and one that does not. The second
//! is usually the first scenario after the user has followed the advice.

use cmgsim::RunResult;
use cmgsim::internals::report::advice::advice;

use crate::common::quiet::{components, gateway, lasting, point, server, simulate};

/// Returns all advice for a scenario.
fn said(text: &str) -> String {
    advice(&simulate(text)).join("\n")
}

/// Asserts that `provoking` triggers advice that contains `expected` and that `other` does not.
fn assert_provoked(expected: &str, provoking: &str, other: &str) {
    let (found, silent) = (said(provoking), said(other));
    assert!(found.contains(expected), "missing advice: {expected}\n{found}");
    assert!(!silent.contains(expected), "unexpected advice: {expected}\n{silent}");
}

/// Returns a cohort of always-on clients that poll for policy every minute.
fn polling(clients: u32, keys: &str) -> String {
    format!(
        "[cohort.a]\nclients = {clients}\nnew_policy_share = \"0%\"\n\
         policy_poll.interval = \"1min\"\n{keys}\n"
    )
}

/// Returns a scenario of one hour with these components and the text `rest`.
fn hour(components: &str, rest: &str) -> String {
    lasting("1h", "5min", &format!("{components}{rest}"))
}

/// Notification after ten minutes that makes all clients poll for policy.
const PUSH: &str = "[notification.now]\nat = \"10min\"\ndelay = \"0s\"\n";

fn with_server(keys: &str) -> String {
    // Remove the defaults of the keys that `keys` sets, because TOML refuses duplicate keys.
    let taken = keys.lines().filter_map(|line| line.split(" = ").next());
    let mut quiet = server("mp", keys);
    for key in taken {
        quiet = quiet.replacen(&format!("{key} = \"0s\"\n"), "", 1);
        quiet = quiet.replacen(&format!("{key} = \"none\"\n"), "", 1);
    }
    gateway("g", "") + &point("cp", "") + &if keys.is_empty() { server("mp", "") } else { quiet }
}

#[test]
fn failures_trigger_advice_that_names_their_cause() {
    let once = "retry.attempts = 1\n";
    let failing = |share: &str| {
        hour(&with_server(&format!("error_share = \"{share}\"\n")), &polling(50, once))
    };
    assert_provoked("of the requests failed.", &failing("5%"), &failing("0%"));
    assert_provoked("No request was completed", &failing("100%"), &failing("5%"));
}

#[test]
fn a_disruption_at_night_triggers_advice() {
    let at = |time: &str| {
        format!(
            "schema = 1\nstart = \"2026-11-24T02:00\"\nduration = \"9h\"\nwarm_up = \"0s\"\n\
             [gateway.g]\n[connection_point.cp]\n[management_point.mp]\n\
             [cohort.office]\nclients = 300\n[disruption.walk]\nkind = \"update-domain-walk\"\n\
             at = \"2026-11-24T{time}\"\n"
        )
    };
    assert_provoked("The disruption affects few clients", &at("03:00"), &at("10:00"));
}

#[test]
fn a_threshold_that_stops_a_gateway_triggers_advice() {
    let stops = |stop: bool| {
        let outbound =
            format!("outbound = {{ stop = {stop}, threshold = \"10 MB\", before = \"8.9 MB\" }}\n");
        hour(&(gateway("g", &outbound) + &point("cp", "") + &server("mp", "")), &polling(50, ""))
    };
    assert_provoked("Gateway g stopped at", &stops(true), &stops(false));
}

#[test]
fn an_outage_of_the_only_instance_triggers_advice() {
    let walk =
        "[disruption.walk]\nkind = \"update-domain-walk\"\nat = \"20min\"\ndown = \"5min\"\n";
    let of = |instances: u32| {
        let servers = gateway("g", &format!("instances = {instances}\n"))
            + &point("cp-1", "")
            + &point("cp-2", "")
            + &server("mp", "");
        hour(&servers, &(polling(50, "") + walk))
    };
    assert_provoked("Gateway g was unavailable", &of(1), &of(2));
}

/// Every client retries one second after each failure, the server completes 12 requests/s, and
/// requests time out after five seconds. After an outage, each response therefore arrives too late.
#[test]
fn a_retry_storm_triggers_advice_if_the_queueing_time_exceeds_the_timeout() {
    let storm = |queue: &str| {
        let keys = format!("workers = 1\ncpu = \"80ms\"\nqueue_limit = {queue}\n");
        let outage = "[disruption.out]\nkind = \"management-point-outage\"\nat = \"10min\"\n\
                      down = \"5min\"\n";
        let clients = "locations = { intranet = \"100%\" }\ntimeout = \"5s\"\n\
                       retry = { attempts = \"unlimited\", first = \"1s\", \
                       factor = 1.0, cap = \"1s\", jitter = \"0%\" }\n";
        hour(&with_server(&keys), &(polling(600, clients) + outage))
    };
    assert_provoked(
        "The system does not recover without a change",
        &storm("\"none\""),
        &storm("20"),
    );
}

#[test]
fn clients_without_a_token_trigger_advice() {
    let expired = |share: &str| {
        let keys = format!("authentication = \"site-token\"\ntoken.expired_share = \"{share}\"\n");
        hour(&components("", ""), &polling(50, &keys))
    };
    assert_provoked("had no valid token", &expired("20%"), &expired("0%"));
}

#[test]
fn a_bottleneck_of_each_role_triggers_advice() {
    let clients = polling(600, "");
    let of = |what: &str, is_slow: bool| {
        let time = |role: &str| if role == what && is_slow { "95ms" } else { "0s" };
        let one = "instances = 1\ncores = 1";
        let servers = gateway("g", &format!("{one}\ndemand.forward = \"{}\"\n", time("g")))
            + &point("cp", "cores = 1\n").replacen(
                "forward = \"0s\"",
                &format!("forward = \"{}\"", time("cp")),
                1,
            )
            + &with_server(&format!("workers = 1\ncpu = \"{}\"\n", time("mp")))
                .split("[management_point")
                .nth(1)
                .map_or_else(String::new, |rest| format!("[management_point{rest}"));
        hour(&servers, &clients)
    };
    for (what, role) in [
        ("g", "The gateway instance g/0 is a bottleneck"),
        ("cp", "The connection point cp is a bottleneck"),
        ("mp", "The management point mp is a bottleneck"),
    ] {
        assert_provoked(role, &of(what, true), &of(what, false));
    }
}

/// Returns a scenario with slow scans on a dedicated or shared server.
fn slow_scans(shared: bool, queue: u32, cpu: &str) -> String {
    format!(
        "schema = 1\nstart = \"2026-08-12T08:00\"\nduration = \"1h\"\nwarm_up = \"1min\"\n\
         [gateway.main]\n[connection_point.cp]\ncount = 2\n[management_point.mp]\n\
         [software_update_point.sup]\ncpu = \"{cpu}\"\nqueue_limit = {queue}\nshared = {shared}\n\
         [cohort.a]\nclients = 400\nlocations = {{ intranet = \"100%\" }}\n\
         presence = \"always-on\"\n\
         [deployment.cu]\nat = \"2026-08-12T08:00\"\nsize = \"0 B\"\nscan = \"0s\"\n"
    )
}

/// The content is empty, the server is dedicated and the queue has the published length. The advice
/// must therefore mention none of these as a bottleneck or remedy.
#[test]
fn slow_scans_trigger_advice_without_remedies_already_in_use() {
    let (own, shared) = (slow_scans(false, 2_000, "150s"), slow_scans(true, 20, "150s"));
    let found = said(&own);
    assert!(found.contains("The bottleneck is the scan"), "{found}");
    assert!(
        found.contains(
            "were in this step; no request was completed; the utilisation of software update"
        ),
        "{found}"
    );
    assert!(found.contains("Add cores to its server, or add another software"), "{found}");
    for wrong in ["bottleneck is the content", "a dedicated server", "2,000"] {
        assert!(!found.contains(wrong), "{wrong}: {found}");
    }
    assert_provoked("a dedicated server", &shared, &own);
    assert_provoked("of software update point sup was full", &shared, &own);
    assert_provoked(
        "Set the queue length of the WSUS pool to 2,000 (now 20)",
        &slow_scans(false, 20, "150s"),
        &shared,
    );
    let quick = slow_scans(false, 2_000, "10ms");
    assert_provoked("The software update point sup is a bottleneck", &own, &quick);
    assert_provoked("The bottleneck is the scan", &own, &quick);
}

#[test]
fn a_full_queue_of_a_management_point_triggers_advice() {
    let of = |limit: &str| {
        let keys = format!("workers = 1\ncpu = \"100ms\"\nqueue_limit = {limit}\n");
        hour(&with_server(&keys), &(polling(100, "policy_poll.spread = \"0s\"\n") + PUSH))
    };
    assert_provoked("of management point mp was full", &of("5"), &of("\"none\""));
}

#[test]
fn exceeded_limits_trigger_advice() {
    let of = |limit: u32| {
        let servers = gateway("g", &format!("connection_limit = {limit}\n"));
        hour(&(servers + &point("cp", "") + &server("mp", "")), &polling(50, ""))
    };
    assert_provoked("The slowdown of an instance above its limit", &of(5), &of(100));
    let ports = |ports: u32| {
        let point = point("cp", &format!("ports = {ports}\n"));
        hour(&(gateway("g", "") + &point + &server("mp", "")), &polling(300, ""))
    };
    assert_provoked("Connection points have too few ports", &ports(255), &ports(1_000));
    // By the published rule, polling twice as often halves the supported number of clients.
    let asking = |interval: &str| {
        let clients = "clients = 13000\nnew_policy_share = \"0%\"\n\
                       locations = { intranet = \"100%\" }\n";
        let rest = format!("[cohort.a]\n{clients}policy_poll.interval = \"{interval}\"\n");
        lasting("5min", "5min", &(components("", "") + &rest))
    };
    assert_provoked("13,000 clients, limit 12,500", &asking("30min"), &asking("60min"));
}

#[test]
fn storage_at_its_limit_triggers_advice() {
    let of = |rate: f64| {
        let storage =
            format!("storage.requests_per_second = {rate:?}\nstorage.bandwidth = \"unlimited\"\n");
        let servers = gateway("g", &storage) + &point("cp", "") + &server("mp", "");
        let app = "[deployment.app]\nat = \"5min\"\nsize = \"40 MB\"\n";
        hour(&servers, &(polling(100, "content.chunk = \"100 KB\"\n") + app + PUSH))
    };
    assert_provoked("The storage of g is a bottleneck", &of(100.0), &of(5_000.0));
}

/// Returns a scenario of one hour with a deployment that starts after ten minutes.
fn deployed(clients: &str, keys: &str) -> String {
    let app = format!("[deployment.app]\nat = \"10min\"\n{keys}\n");
    hour(&components("", ""), &(polling(100, clients) + &app))
}

#[test]
fn the_bottleneck_step_of_a_deployment_triggers_advice() {
    let nothing = "size = \"0 B\"\ninstall = \"0s\"\n";
    let quick = deployed("", nothing);
    let done = |result: &RunResult| result.deployments[0].installed.p95_s.is_some();
    assert!(done(&simulate(&quick)));
    let up = |step: &str| format!("The bottleneck is the {step}");
    let late = deployed("policy_poll.interval = \"5h\"\n", nothing).replacen(
        "policy_poll.interval = \"1min\"\n",
        "",
        1,
    );
    assert_provoked(&up("policy"), &late, &quick);
    let slow_link = "size = \"1 GB\"\ninstall = \"0s\"\n";
    let slow = deployed("downlink = \"1 Mbit/s\"\n", slow_link);
    assert_provoked(&up("download"), &slow, &quick);
    assert!(said(&slow).contains("the clients' network links"), "{}", said(&slow));
    let installing = nothing.replace("install = \"0s\"", "install = \"30min\"");
    let late = |deadline: &str| deployed("", &format!("{installing}deadline = \"{deadline}\"\n"));
    for (deadline, why) in
        [("1h", "the deadline is at the end of the run"), ("50min", "these clients are installing")]
    {
        assert_provoked(&up("installation"), &late(deadline), &quick);
        assert!(said(&late(deadline)).contains(why), "{}", said(&late(deadline)));
    }
}

#[test]
fn imbalanced_instances_and_a_disruption_near_the_end_trigger_advice() {
    let walk = |at: &str| {
        let servers = gateway("g", "instances = 2\n") + &point("cp", "") + &server("mp", "");
        let walk = format!(
            "[disruption.walk]\nkind = \"update-domain-walk\"\nat = \"{at}\"\ndown = \"2min\"\n"
        );
        hour(&servers, &(polling(100, "") + &walk))
    };
    let no_walk = hour(&components("", ""), &polling(100, ""));
    assert_provoked("Nothing rebalances them", &walk("20min"), &no_walk);
    assert_provoked("The run does not show recovery", &walk("59min55s"), &walk("20min"));
}
