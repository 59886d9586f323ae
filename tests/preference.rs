//! Tests which management points clients prefer and which services they can use, depending on
//! their authentication. All times are zero, so the expected results can be worked out by hand.

use cmgsim::{RunResult, Verdict};

use crate::common::quiet::{
    assert_binomial, completed, components, lasting, point, server, simulate, station,
};

fn cohort(clients: u32, authentication: &str, keys: &str) -> String {
    format!(
        "[cohort.c]\nclients = {clients}\nauthentication = \"{authentication}\"\n\
         new_policy_share = \"0%\"\npolicy_poll.interval = \"60min\"\n{keys}\n"
    )
}

const INSIDE: &str = "locations = { intranet = \"100%\" }\n";

/// Returns the peak number of assigned clients per management point.
fn assigned(result: &RunResult) -> Vec<u64> {
    result.management_points.iter().map(|one| one.clients_assigned_peak).collect()
}

/// Scenario of 40,000 clients with certificates, four management points with enhanced HTTP and one
/// with HTTPS. All clients use the HTTPS management point, which supports 25,000 clients.
/// Published: clients prefer HTTPS-capable management points and choose at random among the rest
/// (understand-how-clients-find-site-resources-and-services.md, 04/05/2021).
const HTTPS_FIRST: &str = "schema = 1
question = \"40,000 PKI clients on the intranet, four HTTP management points and one HTTPS one?\"
start = \"2026-11-24T08:00\"
duration = \"5min\"
warm_up = \"0s\"
[gateway.main]
[connection_point.cp]
[management_point.http]
count = 4
[management_point.https]
protocol = \"https\"
[cohort.pki]
clients = 40_000
presence = \"always-on\"
authentication = \"certificate\"
locations = { intranet = \"100%\" }
";

#[test]
fn clients_with_certificates_prefer_https_management_points() {
    let result = simulate(HTTPS_FIRST);
    assert_eq!(assigned(&result), [0, 0, 0, 0, 40_000]);
    let at: Vec<u64> = ["http-1", "http-4"].map(|name| station(&result, name).arrivals).into();
    assert_eq!(at, [0, 0]);
    assert!(station(&result, "https").arrivals > 1_000);
    let check = result.checks.iter().find(|one| one.component == "https").expect("a check");
    assert_eq!((check.simulated, check.published), (40_000.0, 25_000.0));
    assert_eq!(check.verdict, Verdict::Exceeded);
    // The name `https` has no effect: without the key `protocol`, all five management points are
    // equal.
    let alike = simulate(&HTTPS_FIRST.replace("protocol = \"https\"\n", ""));
    for clients in assigned(&alike) {
        assert_binomial("each", clients as f64, 40_000.0, 0.2);
    }
    // A client without a certificate does not prefer HTTPS.
    let entra = simulate(&HTTPS_FIRST.replace("\"certificate\"", "\"entra\""));
    let found = assigned(&entra);
    assert_eq!(found[4], 0);
    assert_binomial("the first", found[0] as f64, 40_000.0, 0.25);
}

/// "Allow internet-only clients" makes the management point unavailable to intranet clients (FAQ,
/// 03/28/2022).
#[test]
fn intranet_clients_do_not_use_a_gateway_only_management_point() {
    let text = HTTPS_FIRST.replace("protocol =", "serves = \"gateway\"\nprotocol =");
    let found = assigned(&simulate(&text));
    assert_eq!((found[4], found.iter().sum::<u64>()), (0, 40_000));
}

/// Clients reach every management point behind a gateway through HTTPS, so they prefer none.
#[test]
fn clients_behind_a_gateway_do_not_prefer_https() {
    let servers = server("a", "") + &server("b", "protocol = \"https\"");
    let all = crate::common::quiet::gateway("g", "") + &point("cp", "") + &servers;
    let result = simulate(&lasting("1h", "5min", &(all + &cohort(1_000, "certificate", ""))));
    assert_binomial("b", assigned(&result)[1] as f64, 1_000.0, 0.5);
}

/// When the preferred management point is down, clients fail over after five failures within ten
/// minutes. In their next session, they prefer HTTPS again.
#[test]
fn clients_switch_when_the_preferred_management_point_fails() {
    let retry = "retry = { attempts = 100, first = \"10s\", factor = 1.0, jitter = \"0%\" }\n";
    let out = "[disruption.d]\nkind = \"management-point-outage\"\nmanagement_point = \"b\"\n\
        at = \"1h\"\ndown = \"2h\"\n";
    let servers = server("a", "") + &server("b", "protocol = \"https\"");
    let run = |presence: &str| {
        let all = crate::common::quiet::gateway("g", "") + &point("cp", "") + &servers;
        let clients = cohort(200, "certificate", &format!("{INSIDE}{retry}{presence}"));
        simulate(&lasting("6h", "5min", &(all + &clients + out)))
    };
    let result = run("");
    assert_eq!(result.requests.failed, 0);
    // The clients use `b` for one hour. Then the next poll of each client fails five times before
    // the client fails over.
    assert_eq!(result.requests.failed_attempts, 200 * 5);
    assert_eq!(station(&result, "a").arrivals, 200 * 5);
    assert_eq!(assigned(&result), [200, 200]);
    // Sessions last 30 min. In sessions that start after three hours, clients use `b` again.
    let sporadic = "presence = { kind = \"sporadic\", on = \"30min\", off = \"1min\" }\n";
    let result = run(sporadic);
    let share = station(&result, "a").arrivals as f64 / completed(&result, "policy_poll") as f64;
    assert!((0.1..0.5).contains(&share), "about a third of the polls: {share}");
}

/// Internet-based client management requires client certificates
/// (plan-internet-based-client-management.md, 03/29/2022).
#[test]
fn internet_based_client_management_serves_only_clients_with_certificates() {
    let ibcm = server("ibcm", "serves = \"internet\"");
    let run = |authentication: &str| {
        let all = components("", "") + &ibcm + &cohort(1_000, authentication, "");
        simulate(&lasting("1h", "5min", &all))
    };
    let result = run("certificate");
    assert_binomial("at random", assigned(&result)[1] as f64, 1_000.0, 0.5);
    for authentication in ["entra", "site-token"] {
        let result = run(authentication);
        assert_eq!(assigned(&result), [1_000, 0], "{authentication}");
        assert_eq!(result.origins[0].gateway_mean, 1_000.0, "{authentication}");
    }
}
