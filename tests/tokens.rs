//! Tests token renewal, authentication cost and registration at a gateway. All times are zero
//! unless a test sets them, so the expected results can be worked out by hand.

use cmgsim::RunResult;

use crate::common::quiet::{
    assert_binomial, completed, components, failures, gateway, lasting, point, server, simulate,
    station,
};

/// Returns a cohort with this authentication instead of the default, certificates.
fn clients(count: u32, authentication: &str, keys: &str) -> String {
    format!(
        "[cohort.c]\nclients = {count}\nauthentication = \"{authentication}\"\n\
         new_policy_share = \"0%\"\n{keys}\n"
    )
}

fn run(duration: &str, gateway: &str, rest: &str) -> RunResult {
    simulate(&lasting(duration, "5min", &(components(gateway, "") + rest)))
}

/// A token is valid for eight hours, so an always-on client renews it three times per day
/// (published: azure-ccmsetup.md, 02/16/2022). Clients on the intranet and clients with a
/// certificate need no token.
#[test]
fn entra_tokens_are_renewed_three_times_per_day() {
    let renewals = |authentication: &str, keys: &str| {
        completed(&run("10d", "", &clients(100, authentication, keys)), "token_renewal")
    };
    assert_eq!(renewals("entra", ""), 100 * 10 * 3);
    assert_eq!(renewals("entra", "locations = { intranet = \"100%\" }"), 0);
    assert_eq!(renewals("certificate", ""), 0);
}

/// A site token is renewed when the client service starts and the token is at least a month old
/// (published: deploy-clients-cmg-token.md, 12/08/2025). If the service starts every day, one third
/// of the tokens are renewed in ten days. If it starts every four weeks, the token is too young at
/// every second start, so it is renewed every eight weeks.
#[test]
fn site_tokens_are_renewed_when_the_client_service_starts() {
    let renewals = |keys: &str| {
        completed(&run("10d", "", &clients(400, "site-token", keys)), "token_renewal") as f64
    };
    let every = |restart: &str| renewals(&format!("token.service_restart = \"{restart}\""));
    assert_binomial("daily", every("1d"), 400.0, 10.0 / 30.0);
    assert_binomial("four weeks", renewals(""), 400.0, 10.0 / 56.0);
    assert_binomial("every 60 days", every("60d"), 400.0, 10.0 / 60.0);
    assert_eq!(every("never"), 0.0);
    // Clients with office hours restart every morning, so one third renew their token in ten days,
    // except for tokens that become one month old after the last morning.
    let office = "presence = { kind = \"office-hours\", weekend_share = \"100%\" }\n\
        token.service_restart = \"never\"";
    let found = renewals(office);
    assert!((found - 133.0).abs() < 45.0, "{found}");
}

/// A device that is always on and never restarts loses access when its token is 90 days old. A
/// device that restarts at least every 90 days keeps access (published on the same page). Token
/// ages are uniform over 90 days, so a share of 1 - t/90 of the tokens is valid after t days.
#[test]
fn a_device_that_never_restarts_loses_access_within_90_days() {
    let run = |restart: &str| {
        let keys = format!(
            "token.service_restart = \"{restart}\"\nchannel.enabled = false\n\
             policy_poll.interval = \"1d\"\nretry = {{ attempts = 1 }}"
        );
        run("100d", "", &clients(300, "site-token", &keys))
    };
    let result = run("never");
    let polls = completed(&result, "policy_poll") as f64;
    // Each client polls daily while its token is valid: for 45 days on average, with a standard
    // deviation of 26 days.
    assert!((polls / 300.0 - 45.0).abs() < 4.0 * 26.0 / 300.0_f64.sqrt(), "{polls}");
    let failed = failures(&result, "unauthorised");
    assert_eq!((failed, result.requests.issued), (result.requests.failed, 300 * 100));
    assert_eq!(polls as u64 + failed, 300 * 100);
    let late = result.series.completed_per_s.iter().zip(&result.series.start_s);
    let late: f64 = late.filter(|(_, start)| **start > 91.0 * 86_400.0).map(|(rate, _)| rate).sum();
    assert_eq!(late, 0.0, "no poll may succeed after 91 days");
    for restart in ["28d", "89d"] {
        let result = run(restart);
        assert_eq!(result.requests.failed_attempts, 0, "{restart}");
        assert_eq!(completed(&result, "policy_poll"), 300 * 100, "{restart}");
    }
    // If a device restarts every 120 days, its token has expired and cannot be renewed.
    let result = run("120d");
    assert_eq!(completed(&result, "token_renewal"), 0);
    assert!(result.requests.failed > 10_000);
}

/// If a token expires while the client is on the intranet, the client renews it when it connects to
/// a gateway.
#[test]
fn clients_that_connect_to_a_gateway_renew_an_expired_token() {
    let keys = "locations = { vpn = \"100%\" }\nvpn_boundary_group = \"b\"\n\
        token.entra_lifetime = \"60min\"";
    let group = "[boundary_group.b]\nfrom = \"10h\"\nlearn = \"0s\"\n";
    let result = run("689min", "", &(clients(100, "entra", keys) + group));
    // All clients renew their token after ten hours and again one hour later, and send a keep-alive
    // every three minutes.
    assert_eq!(completed(&result, "token_renewal"), 200);
    assert_eq!(
        station(&result, "cp").arrivals,
        200 + 100 + 29 * 100,
        "renewals, channels and keep-alives"
    );
}

/// Clients that fall back to a gateway because the intranet has failed also renew an expired token.
#[test]
fn clients_that_fall_back_to_a_gateway_renew_the_token() {
    let keys = "locations = { vpn = \"100%\" }\nvpn_boundary_group = \"b\"\n\
        token.entra_lifetime = \"60min\"\npolicy_poll.interval = \"10min\"\n\
        retry = { attempts = 100, first = \"10s\", factor = 1.0, jitter = \"0%\" }";
    let rest = "[boundary_group.b]\nprefer_cloud = false\n[disruption.d]\n\
        kind = \"management-point-outage\"\nmanagement_point = \"inside\"\nat = \"2h\"\n\
        down = \"10d\"\n";
    let servers =
        server("inside", "serves = \"intranet\"") + &server("outside", "serves = \"gateway\"");
    let clients = clients(100, "entra", keys) + rest;
    let all = gateway("g", "") + &point("cp", "") + &servers + &clients;
    let result = simulate(&lasting("150min", "5min", &all));
    // Each client falls back within 10 min 40 s after the failure at two hours, and its new token
    // is valid until the end.
    assert_eq!(completed(&result, "token_renewal"), 100);
    assert_eq!(result.series.gateway_clients.last(), Some(&100.0));
}

/// A gateway validates a certificate once per connection and a token with each request.
#[test]
fn authentication_costs_the_configured_time_at_the_gateway() {
    let run = |authentication: &str, gateway: &str| {
        let keys = "policy_poll.interval = \"10min\"\nchannel.enabled = false";
        let gateway = format!("instances = 1\ncores = \"unlimited\"\n{gateway}");
        let result = run("175min", &gateway, &clients(100, authentication, keys));
        let busy = station(&result, "g/0").utilisation_mean_share * 175.0 * 60.0;
        (busy, result.requests.completed as f64, completed(&result, "policy_poll"))
    };
    // The connection closes between two polls, so each poll costs 100 ms for a new connection.
    let (busy, requests, polls) = run("certificate", "demand.certificate = \"100ms\"");
    assert_eq!(requests, polls as f64);
    assert!((1_700..=1_800).contains(&polls), "{polls}");
    assert!((busy - 0.1 * requests).abs() < 0.3, "{busy} s for {requests} requests");
    let kept = "demand.certificate = \"100ms\"\nidle_timeout = \"20min\"";
    let (busy, ..) = run("certificate", kept);
    assert!((busy - 0.1 * 100.0).abs() < 1e-6, "one connection per client: {busy}");
    let token = "demand.token = \"100ms\"\nidle_timeout = \"20min\"";
    let (busy, requests, polls) = run("entra", token);
    assert!(requests > polls as f64, "the requests must include renewals");
    assert!(
        (busy - 0.1 * requests).abs() < 0.3,
        "with each request: {busy} s for {requests} requests"
    );
    let (busy, ..) = run("certificate", token);
    assert_eq!(busy, 0.0, "a certificate must not cost token validation");
    let (busy, ..) = run("entra", "demand.certificate = \"100ms\"");
    assert_eq!(busy, 0.0, "a token must not cost certificate validation");
}

/// A gateway checks revocation once per connection, in addition to validating the certificate.
#[test]
fn revocation_checks_add_cost_at_the_gateway() {
    let busy = |verify: bool| {
        let gateway = "instances = 1\ncores = \"unlimited\"\ndemand.certificate = \"100ms\"\n\
            demand.revocation = \"50ms\"\nidle_timeout = \"20min\"\nverify_revocation = true";
        let keys = "policy_poll.interval = \"10min\"\nchannel.enabled = false";
        let text = components(gateway, "").replacen("verify_revocation = false\n", "", 1)
            + &clients(100, "certificate", keys);
        let text = match verify {
            true => text,
            false => text
                .replace("verify_revocation = true", "verify_revocation = false")
                .replace("demand.revocation = \"50ms\"\n", ""),
        };
        let result = simulate(&lasting("1h", "5min", &text));
        station(&result, "g/0").utilisation_mean_share * 3600.0
    };
    assert!((busy(true) - 15.0).abs() < 1e-6, "{}", busy(true));
    assert!((busy(false) - 10.0).abs() < 1e-6, "{}", busy(false));
}

/// Clients download the certificate revocation list once per week.
#[test]
fn clients_download_the_revocation_list_once_per_week() {
    let keys = "policy_poll.interval = \"60min\"\nchannel.enabled = false";
    let text = lasting("14d", "1h", &(components("", "") + &clients(50, "certificate", keys)));
    let result = simulate(&text.replacen("revocation.check = false\n", "", 1));
    let lists = result.flows.revocation_lists_to_clients_bytes as f64 / 50_000.0;
    assert!((95.0..=100.0).contains(&lists), "two lists per client in two weeks: {lists}");
}

/// A gateway forwards no request with an expired token (published: azure-ccmsetup.md, 03/26/2019)
/// until the client has been on the intranet (deploy-clients-cmg-token.md, 12/08/2025).
#[test]
fn an_expired_site_token_is_refused_by_a_gateway() {
    let keys = |share: &str, more: &str| {
        format!("token.expired_share = \"{share}\"\npolicy_poll.interval = \"60min\"\n{more}")
    };
    let run = |duration: &str, keys: &str| run(duration, "", &clients(400, "site-token", keys));
    let result = run("3h", &keys("100%", ""));
    assert_eq!((result.requests.completed, station(&result, "cp").arrivals), (0, 0));
    let tried = result.requests.failed_attempts;
    assert!(tried >= 1_200 && failures(&result, "unauthorised") == tried, "{tried}");
    assert_eq!(result.series.channels.iter().sum::<f64>(), 0.0);
    let result = run("3h", &keys("40%", "channel.enabled = false\ntoken.site_renewal = \"80d\""));
    let polls = completed(&result, "policy_poll");
    assert_eq!(polls % 3, 0);
    assert_binomial("clients with a valid token", polls as f64 / 3.0, 400.0, 0.6);
    // On the intranet, each client renews its token the next time the client service starts.
    let inside = "locations = { intranet = \"100%\" }\ntoken.service_restart = \"2h\"";
    let result = run("3h", &keys("100%", inside));
    assert_eq!((completed(&result, "token_renewal"), result.requests.failed_attempts), (400, 0));
    // A client that moves between internet and intranet is refused only until the first restart of
    // its client service on the intranet.
    let moving = "locations = { internet = \"50%\", intranet = \"50%\" }\nmoves = \"1/h\"\n\
        token.service_restart = \"2h\"";
    let result = run("4d", &keys("100%", moving));
    assert_eq!(completed(&result, "token_renewal"), 400);
    let failed = &result.series.failed_attempts_per_s;
    assert!(failed[..12].iter().sum::<f64>() > 0.0, "attempts must fail in the first hour");
    assert!(
        failed[72 * 12..].iter().all(|rate| *rate == 0.0),
        "no attempt may fail on the fourth day"
    );
}

/// A client is idle until it is registered. Then all of its tasks start.
#[test]
fn clients_are_idle_before_registration() {
    let keys = |share: &str| {
        format!(
            "policy_poll.interval = \"60min\"\n\
             registration = {{ registered_share = \"{share}\", from = \"61min\" }}"
        )
    };
    let result = run("150min", "", &clients(100, "certificate", &keys("0%")));
    let early = &result.series.issued_per_s[..12];
    assert!(early.iter().all(|rate| *rate == 0.0), "{early:?}");
    assert!(result.series.channels[..12].iter().all(|open| *open == 0.0));
    assert_eq!(completed(&result, "registration"), 100);
    // Each client polls at 61 and 121 minutes and opens one channel.
    assert_eq!(completed(&result, "policy_poll"), 200);
    assert_eq!(completed(&result, "channel_open"), 100);
    let result = run("150min", "", &clients(1000, "certificate", &keys("70%")));
    assert_binomial("unregistered clients", completed(&result, "registration") as f64, 1000.0, 0.3);
}

/// A bulk registration token is valid for three days by default and seven days at most (published:
/// deploy-clients-cmg-token.md, 12/08/2025). Clients that use it later are refused permanently.
#[test]
fn a_bulk_registration_token_expires() {
    let run = |keys: &str| {
        let keys = format!(
            "registration = {{ registered_share = \"0%\", \
             spread = {{ dist = \"uniform\", low = \"0s\", high = \"6d\" }} }}\n{keys}"
        );
        run("8d", "", &clients(1000, "site-token", &keys))
    };
    let result = run("channel.enabled = false");
    let registered = completed(&result, "registration") as f64;
    assert_binomial("within three days", registered, 1000.0, 0.5);
    assert_eq!(result.requests.failed_attempts, failures(&result, "unauthorised"));
    assert!(failures(&result, "unauthorised") as f64 >= 1000.0 - registered);
    assert_eq!(
        station(&result, "cp").arrivals as f64,
        registered,
        "no other client may reach the site"
    );
    // Intranet clients do not need the token.
    let result = run("locations = { intranet = \"100%\" }");
    assert_eq!(completed(&result, "registration"), 1000);
}

/// A site token that cannot be renewed expires, even during a run. Here, every renewal takes longer
/// than the client's timeout, so all requests are refused after the two days of validity.
#[test]
fn a_site_token_expires_when_it_cannot_be_renewed() {
    let keys = "policy_poll.interval = \"60min\"\nchannel.enabled = false\nuplink = \"1 Mbit/s\"\n\
        token = { site_renewal = \"1d\", site_validity = \"2d\", service_restart = \"1d\" }\n\
        message.token_renewal.request = \"200 MB\"\n";
    let polls = |authentication: &str, keys: &str| {
        completed(&run("10d", "", &clients(20, authentication, keys)), "policy_poll")
    };
    // Renewals are due within the first day, so tokens expire during the second day, on average
    // halfway through it.
    let found = polls("site-token", keys) as f64 / 20.0;
    assert!((24.0..=48.0).contains(&found), "{found} polls per client, of 240");
    let keys = keys.lines().filter(|line| !line.starts_with("token")).collect::<Vec<_>>();
    assert_eq!(
        polls("entra", &keys.join("\n")),
        20 * 240,
        "failed renewals must not make Entra tokens expire"
    );
}
