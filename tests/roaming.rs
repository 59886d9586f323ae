//! Tests which service clients use, depending on VPN, boundary groups, internet-based client
//! management, gateways and sites. All times are zero, so the expected results can be worked out by
//! hand.

use cmgsim::RunResult;
use cmgsim::internals::results::json;

use crate::common::quiet::{
    assert_binomial, completed, components, failures, gateway, kind, lasting, point, server,
    simulate, station,
};

/// Retry settings of one attempt every ten seconds, so that five failures take forty seconds.
const TEN_SECONDS: &str =
    "retry = { attempts = 100, first = \"10s\", factor = 1.0, jitter = \"0%\" }\n";

fn cohort(name: &str, clients: u32, keys: &str) -> String {
    format!(
        "[cohort.{name}]\nclients = {clients}\nnew_policy_share = \"0%\"\n\
         policy_poll.interval = \"60min\"\n{keys}\n"
    )
}

fn vpn(keys: &str) -> String {
    cohort("c", 100, &format!("locations = {{ vpn = \"100%\" }}\n{keys}"))
}

fn last(values: &[f64]) -> f64 {
    *values.last().expect("a bin")
}

/// Returns the arrivals at all instances of a gateway.
fn at_instances(result: &RunResult, gateway: &str) -> u64 {
    let own = format!("{gateway}/");
    let all = result.stations.iter().filter(|one| one.name.starts_with(&own));
    all.map(|one| one.arrivals).sum()
}

/// Clients on VPN count as intranet clients (published: FAQ, 03/28/2022).
#[test]
fn clients_on_vpn_use_the_intranet() {
    let text = lasting("3h", "5min", &(components("", "") + &vpn("")));
    let result = simulate(&text);
    assert_eq!(completed(&result, "policy_poll"), 300);
    assert_eq!((at_instances(&result, "g"), station(&result, "mp").arrivals), (0, 300));
    let origin = &result.origins[0];
    assert_eq!((origin.vpn_mean, origin.gateway_mean, origin.internet_mean), (100.0, 0.0, 0.0));
    assert_eq!(origin.channel_availability_share, None, "intranet clients have no channel");
    // The round-trip time includes the delay of the path over the internet.
    let far = text.replacen("client_azure = \"0s\"", "client_azure = \"80ms\"", 1);
    let polls = simulate(&far);
    assert!((kind(&polls, "policy_poll").latency.p50 - 0.080).abs() < 1e-4);
}

/// Clients are always on and poll every hour, each at its own time, so the age of their policy is
/// uniform between zero and one hour. During the outage of the only management point, every policy
/// becomes older.
#[test]
fn policy_age_is_the_time_since_the_last_completed_poll() {
    let clients = cohort("c", 10_000, "locations = { intranet = \"100%\" }");
    let text = lasting("4h", "5min", &(components("", "") + &clients));
    let result = simulate(&text);
    let (ages, minute) = (result.policy_age, 60.0);
    assert_eq!(ages.count, 40_000);
    // Each client polls at the same minute of every hour, so the mean has the standard deviation of
    // a mean of 10,000 uniform values.
    assert!((ages.mean / minute - 30.0).abs() < 4.0 * 60.0 / (12.0 * 10_000.0_f64).sqrt());
    assert!((ages.p95 / minute - 57.0).abs() < 0.6, "{}", ages.p95 / minute);
    assert!(ages.max <= 3600.0);
    let outage = "[disruption.d]\nkind = \"management-point-outage\"\nat = \"2h\"\ndown = \"2h\"\n";
    let during_outage = simulate(&(text + outage)).policy_age;
    // Every policy is one hour older in the sample after three hours, and two hours older in the
    // sample after four hours.
    let later = (during_outage.mean - ages.mean) / minute;
    assert!((later - (60.0 + 120.0) / 4.0).abs() < 0.5, "{later} min");
}

/// After the boundary group is associated with the gateway (from version 1902), all clients request
/// their locations within five minutes and then use the gateway.
#[test]
fn clients_on_vpn_use_the_gateway_once_their_group_is_associated() {
    let group = "[boundary_group.vpn]\nfrom = \"1h\"\nlearn = \"5min\"\n";
    let clients = vpn("vpn_boundary_group = \"vpn\"");
    let result = simulate(&lasting("3h", "5min", &(components("", "") + group + &clients)));
    let users = &result.series.gateway_clients;
    let expected: Vec<f64> = (0..36).map(|bin| if bin < 13 { 0.0 } else { 100.0 }).collect();
    assert_eq!(users, &expected);
    assert_eq!(result.series.vpn_clients, vec![100.0; 36], "they are still on VPN");
    assert_eq!(completed(&result, "location"), 100);
    assert_eq!(completed(&result, "channel_open"), 100);
    assert_eq!(completed(&result, "policy_poll"), 300);
    // Starting at 65 min, each client sends a keep-alive every three minutes: 38 keep-alives until
    // 179 min.
    assert_eq!(completed(&result, "keep_alive"), 3_800);
    // If the association exists before the start, clients know it from the start.
    let always = group.replace("from = \"1h\"\nlearn = \"5min\"\n", "");
    let result = simulate(&lasting("3h", "5min", &(components("", "") + &always + &clients)));
    assert_eq!(result.origins[0].gateway_mean, 100.0);
}

/// Clients learn of an association only with their next location request; they send one every 25
/// hours.
#[test]
fn clients_learn_of_an_association_when_they_request_locations() {
    let text = |interval: &str| {
        let clients = format!(
            "[boundary_group.vpn]\nfrom = \"10h\"\n[cohort.c]\nclients = 1000\n\
             locations = {{ vpn = \"100%\" }}\nvpn_boundary_group = \"vpn\"\n\
             location.interval = \"{interval}\"\n"
        );
        simulate(&lasting("40h", "30min", &(components("", "") + &clients)))
    };
    let users = text("25h").series.gateway_clients;
    assert!(users[..20].iter().all(|users| *users == 0.0), "{users:?}");
    // The location requests are uniform over the 25 h after the association, so half of the clients
    // have learned of it at 22 h 30 min, which is the boundary between these two bins.
    let half = (users[44] + users[45]) / 2.0;
    assert_binomial("halfway", half, 1000.0, 0.5);
    assert!(users[70..].iter().all(|users| *users == 1000.0), "{users:?}");
    assert_eq!(
        text("off").origins[0].gateway_mean,
        0.0,
        "clients without location requests must not switch"
    );
}

/// A client whose gateway fails switches to the intranet only if the intranet has a management
/// point.
#[test]
fn clients_do_not_switch_to_a_service_without_management_point() {
    let outage = "[disruption.d]\nkind = \"connection-point-outage\"\nat = \"1h\"\ndown = \"1h\"\n";
    let rest = |servers: &str| {
        let client = vpn(&format!("vpn_boundary_group = \"vpn\"\n{TEN_SECONDS}"));
        let text = gateway("g", "") + &point("cp", "") + servers + "[boundary_group.vpn]\n";
        simulate(&lasting("4h", "5min", &(text + &client + outage)))
    };
    let outside = server("outside", "serves = \"gateway\"");
    let alone = rest(&outside);
    assert_eq!(alone.origins[0].gateway_mean, 100.0, "clients must wait for the gateway");
    assert_eq!(last(&alone.series.channels), 100.0);
    assert_eq!(failures(&alone, "no_server"), 0);
    let both = rest(&(outside + &server("inside", "serves = \"intranet\"")));
    assert_eq!(last(&both.series.gateway_clients), 0.0, "clients must switch to the intranet");
}

/// Without "prefer cloud based sources", clients use the gateway only after five failures
/// (published: boundary-groups-management-points.md, 02/16/2022). They use it until their next
/// location request.
#[test]
fn without_prefer_cloud_the_gateway_is_a_fallback() {
    let rest = |prefer: &str, clients: &str| {
        let servers =
            server("inside", "serves = \"intranet\"") + &server("outside", "serves = \"gateway\"");
        let out = "[disruption.d]\nkind = \"management-point-outage\"\n\
            management_point = \"inside\"\nat = \"1h\"\ndown = \"10d\"\n";
        let group = format!("[boundary_group.vpn]\n{prefer}\n");
        let client = vpn(&format!("vpn_boundary_group = \"vpn\"\n{TEN_SECONDS}{clients}"));
        let components = gateway("g", "") + &point("cp", "") + &servers + &group + &client + out;
        simulate(&lasting("4h", "5min", &components))
    };
    let result = rest("prefer_cloud = false", "");
    let users = &result.series.gateway_clients;
    assert!(users[..12].iter().all(|users| *users == 0.0), "{users:?}");
    // The first poll of each client during the outage fails immediately and again after 10, 20, 30
    // and 40 s.
    assert_eq!(failures(&result, "server_down"), 500);
    let polls = kind(&result, "policy_poll");
    assert_eq!((polls.requests.failed, polls.requests.completed), (0, 400));
    assert!((polls.latency.max - 50.0).abs() < 0.1, "{:?}", polls.latency);
    assert!(users[25..].iter().all(|users| *users == 100.0), "{users:?}");
    assert_eq!(last(&result.series.channels), 100.0, "channels must be at the gateway");
    // If the group prefers cloud sources, no client uses the intranet.
    let result = rest("prefer_cloud = true", "");
    assert_eq!(station(&result, "inside").arrivals, 0);
    assert_eq!(result.origins[0].gateway_mean, 100.0);
    // Clients request their locations every hour. They then return to the intranet, as their group
    // prefers, where their requests fail again.
    let again = rest("prefer_cloud = false", "location.interval = \"60min\"");
    assert!(failures(&again, "server_down") > 1_000, "{:?}", again.failures);
}

/// A management point serves only the clients it is configured for (published: "allow
/// internet-only clients"; FAQ, 03/28/2022).
#[test]
fn management_points_serve_only_the_clients_they_are_configured_for() {
    let servers = server("inside", "serves = \"intranet\"")
        + &server("outside", "serves = \"gateway\"")
        + &server("both", "");
    let clients = cohort("desk", 400, "locations = { intranet = \"100%\" }")
        + &cohort("road", 300, "channel.enabled = false");
    let components = gateway("g", "") + &point("cp", "") + &servers + &clients;
    let result = simulate(&lasting("1h", "5min", &components));
    let [inside, outside, both] =
        ["inside", "outside", "both"].map(|name| station(&result, name).arrivals as f64);
    assert_binomial("inside", inside, 400.0, 0.5);
    assert_binomial("outside", outside, 300.0, 0.5);
    // Of 700 polls, 400 use the intranet and 300 the gateway.
    assert_eq!(at_instances(&result, "g"), 300);
    assert_eq!(inside + outside + both, 700.0);
    let of_gateway = result.origins[1].requests.completed as f64;
    assert_eq!(of_gateway, 300.0);
    assert!(outside + both >= of_gateway && inside + both >= 400.0);
    // If the intranet and the gateway each have only one management point, the counts are exact.
    let components = components.replace(&server("both", ""), "");
    let result = simulate(&lasting("1h", "5min", &components));
    assert_eq!(station(&result, "inside").arrivals, 400);
    assert_eq!(station(&result, "outside").arrivals, 300);
}

/// Clients choose at random between the gateway and the internet-facing management point
/// (published: FAQ, 03/28/2022). After five failures, they switch to the other service and keep it.
#[test]
fn clients_of_a_failed_internet_management_point_switch_to_the_gateway() {
    let outage = "[disruption.d]\nkind = \"management-point-outage\"\n\
        management_point = \"ibcm\"\nat = \"61min\"\ndown = \"30min\"\n";
    let text = |presence: &str| {
        let clients =
            cohort("c", 2000, &format!("{presence}{TEN_SECONDS}")).replace("60min", "10min");
        let ibcm = server("ibcm", "serves = \"internet\"");
        lasting("6h", "1min", &(components("", "") + &ibcm + &clients + outage))
    };
    let result = simulate(&text(""));
    let users = &result.series.gateway_clients;
    assert_binomial("at the gateway", users[0], 2000.0, 0.5);
    assert!(users[..61].iter().all(|now| *now == users[0]), "clients must keep their choice");
    let of_ibcm = 2000.0 - users[0];
    // Ten minutes and forty seconds after the start of the outage, each client has failed five
    // times.
    assert_eq!(failures(&result, "server_down") as f64, 5.0 * of_ibcm);
    assert!(users[72..].iter().all(|users| *users == 2000.0), "no client may switch back");
    assert_eq!(last(&result.series.channels), 2000.0, "channels must be at the gateway");
    assert_eq!(result.requests.failed, 0);
    // Before the outage, all clients that did not use the gateway polled the internet-facing
    // management point directly, six times per hour.
    let polls = station(&result, "ibcm").completed as f64;
    assert_binomial("a seventh poll in the last minute", polls - 6.0 * of_ibcm, of_ibcm, 0.1);
    // Clients choose again in each new session, so at the end, half of the online clients use the
    // gateway.
    let presence = "presence = { kind = \"sporadic\", on = \"50min\", off = \"10min\" }\n";
    let result = simulate(&text(presence));
    let (users, online) = (&result.series.gateway_clients, &result.series.internet_clients);
    assert_binomial("half of the online clients", last(users), last(online), 0.5);
    assert!(users[75] > 0.9 * online[75], "{} of {}", users[75], online[75]);
}

/// Each client chooses one of two gateways at random and fails over to the other gateway after five
/// failures.
#[test]
fn clients_choose_among_gateways_at_random() {
    let second = gateway("h", "") + &point("other", "gateway = \"h\"");
    let clients = cohort("c", 2000, TEN_SECONDS);
    let out = "[disruption.d]\nkind = \"connection-point-outage\"\nconnection_point = \"other\"\n\
        at = \"90min\"\ndown = \"10d\"\n";
    let text = components("", "gateway = \"g\"") + &second + &clients + out;
    let result = simulate(&lasting("4h", "5min", &text));
    let shares =
        [0, 1, 2, 3].map(|instance| result.series.instance_connections[instance].values[0]);
    for share in shares {
        assert_binomial("of four instances", share, 2000.0, 0.25);
    }
    assert_eq!(result.disruptions[0].connections_lost as f64, shares[2] + shares[3]);
    // A client tries to reopen its channel after 10, 20, 40, 80 and 160 s. After five failures, it
    // fails over.
    let opened = kind(&result, "channel_open");
    assert_eq!(opened.requests.completed as f64, shares[2] + shares[3]);
    assert_eq!(last(&result.series.channels), 2000.0);
    let ends: Vec<f64> =
        result.series.instance_connections.iter().map(|one| last(&one.values)).collect();
    assert_eq!((ends[0] + ends[1], ends[2] + ends[3]), (2000.0, 0.0));
}

/// Numbered gateways and connection points behave like components that are defined individually.
#[test]
fn numbered_gateways_behave_like_individually_defined_gateways() {
    let out = "[disruption.d]\nkind = \"connection-point-outage\"\nconnection_point = \"cp-3\"\n\
        at = \"30min\"\ndown = \"20min\"\n";
    let rest = server("mp", "") + &cohort("c", 500, TEN_SECONDS) + out;
    let summary = |components: &str| {
        let result = simulate(&lasting("2h", "5min", &(components.to_owned() + &rest)));
        (json::summary(&result), result.stations.len())
    };
    let short = summary(&(gateway("g", "count = 2") + &point("cp", "count = 2")));
    let mut long = gateway("g-1", "") + &gateway("g-2", "");
    for (number, of) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
        long += &point(&format!("cp-{number}"), &format!("gateway = \"g-{of}\""));
    }
    let long = summary(&long);
    assert_eq!(short.1, 4 + 4 + 2, "instances, connection points, management point, database");
    assert!(short == long, "the summaries differ");
}

/// Each client chooses one of the equal gateways of its boundary group at random and keeps it.
#[test]
fn a_boundary_group_may_have_several_equal_gateways() {
    // Hourly location requests return the same gateways, so clients do not switch.
    let keys = "locations = { vpn = \"100%\" }\nvpn_boundary_group = \"vpn\"\n\
        location.interval = \"60min\"";
    let components = gateway("g", "count = 2") + &point("cp", "") + &server("mp", "");
    let rest = |group: &str| {
        let group = format!("[boundary_group.vpn]\ngateway = \"{group}\"\n");
        simulate(&lasting("3h", "5min", &(components.clone() + &group + &cohort("c", 2000, keys))))
    };
    let all = rest("g");
    assert_eq!(all.origins[0].gateway_mean, 2000.0);
    let connections = &all.series.instance_connections;
    assert!(connections.iter().all(|one| one.values.iter().all(|now| *now == one.values[0])));
    assert_binomial(
        "connections to the first gateway",
        connections[0].values[0] + connections[1].values[0],
        2000.0,
        0.5,
    );
    let second = rest("g-2");
    assert_eq!((at_instances(&second, "g-1"), second.origins[0].gateway_mean), (0, 2000.0));
}

/// A client uses the connection points and management points of its own site (published:
/// plan-hierarchy-design.md, 03/11/2022), which receive its requests round robin.
#[test]
fn requests_are_sent_to_the_clients_own_site() {
    let points =
        point("a", "site = \"north\"\ncount = 2") + &point("b", "site = \"south\"\ncount = 3");
    let servers = server("ma", "site = \"north\"") + &server("mb", "site = \"south\"");
    let clients = cohort("n", 100, "site = \"north\"\nchannel.enabled = false")
        + &cohort("s", 150, "site = \"south\"\nchannel.enabled = false")
        + &cohort("desk", 40, "site = \"south\"\nlocations = { intranet = \"100%\" }");
    let sites = "[site.north]\nazure = \"100ms\"\n[site.south]\nazure = \"20ms\"\n";
    let text = gateway("g", "") + &points + &servers + &clients + sites;
    let text = lasting("3h", "5min", &text).replacen("azure_site = \"0s\"\n", "", 1);
    let result = simulate(&text);
    let arrivals = |name: &str| station(&result, name).arrivals;
    assert_eq!((arrivals("ma"), arrivals("mb")), (300, 450 + 120));
    assert_eq!((arrivals("a-1"), arrivals("a-2")), (150, 150));
    assert_eq!((arrivals("b-1"), arrivals("b-2"), arrivals("b-3")), (150, 150, 150));
    // Each request uses the WAN link of its own site in both directions.
    assert!((result.origins[0].latency.p50 - 0.100).abs() < 1e-4);
    assert!((result.origins[1].latency.p50 - 0.020).abs() < 1e-4);
    assert_eq!(result.origins[2].latency.max, 0.0);
}

/// Clients use only gateways with a connection point of their own site.
#[test]
fn a_gateway_serves_the_sites_of_its_connection_points() {
    let points = point("a", "site = \"north\"\ngateway = \"g\"")
        + &point("b", "site = \"south\"\ngateway = \"g\"")
        + &point("c", "site = \"south\"\ngateway = \"h\"");
    let servers = server("ma", "site = \"north\"") + &server("mb", "site = \"south\"");
    let clients = cohort("n", 500, "site = \"north\"\nchannel.enabled = false")
        + &cohort("s", 1000, "site = \"south\"\nchannel.enabled = false");
    let sites = "[site.north]\nazure = \"0s\"\n[site.south]\nazure = \"0s\"\n";
    let gateways = gateway("g", "") + &gateway("h", "");
    let text = lasting("1h", "5min", &(gateways + &points + &servers + &clients + sites));
    let result = simulate(&text.replacen("azure_site = \"0s\"\n", "", 1));
    assert_eq!(result.requests.completed, 1_500);
    let other = at_instances(&result, "h") as f64;
    assert_binomial("half of the southern clients", other, 1000.0, 0.5);
    assert_eq!(station(&result, "a").arrivals, 500);
    assert_eq!(station(&result, "c").arrivals as f64, other);
}

/// A client that leaves a gateway while its channel is being opened, and returns before the retry,
/// counts only once as a client that wants a channel. The availability is therefore at most 100 %.
#[test]
fn a_client_that_switches_back_in_time_keeps_its_channel() {
    let servers = server("outside", "serves = \"gateway\"\nerror_share = \"30%\"")
        + &server("ibcm", "serves = \"internet\"\nerror_share = \"30%\"");
    let clients = cohort("c", 100, "failures_to_switch = 1\ntimeout = \"20s\"");
    let crash = "[disruption.d]\nkind = \"instance-crash\"\nat = \"1h\"\ndown = \"5min\"\n";
    let text = gateway("g", "") + &point("cp", "") + &servers + &clients + crash;
    let result = simulate(&lasting("6h", "5min", &text));
    let share = result.origins[0].channel_availability_share.expect("clients want channels");
    assert!(share <= 1.0, "{share}");
}

/// Each of three equal servers has a third of the clients, and each of two equal servers has half
/// of them. Other servers have no effect.
#[test]
fn clients_choose_servers_with_equal_probability() {
    let servers = server("inside", "serves = \"intranet\"\ncount = 3")
        + &server("outside", "serves = \"gateway\"\ncount = 2");
    let clients = cohort("c", 3000, "locations = { internet = \"50%\", intranet = \"50%\" }");
    let text = gateway("g", "") + &point("cp", "") + &servers + &clients;
    let result = simulate(&lasting("2h", "5min", &text));
    let on = |name: &str| {
        let found = result.management_points.iter().find(|one| one.name == name);
        found.expect("the server").clients_on_mean
    };
    let outside = on("outside-1") + on("outside-2");
    assert_binomial("outside", on("outside-1"), outside, 0.5);
    let inside = on("inside-1") + on("inside-2") + on("inside-3");
    assert_binomial("inside", on("inside-1"), inside, 1.0 / 3.0);
}
