//! Tests when clients receive the policy of deployments and notifications, and when they scan,
//! install and report.

use cmgsim::{DeploymentResult, RunResult};

use crate::common::quiet::{
    assert_binomial, completed, components, failures, gateway, kind, lasting, point, server,
    simulate, station, update_point,
};

/// Returns a cohort whose clients poll for policy every hour, each at its own time.
fn clients(name: &str, count: u32, keys: &str) -> String {
    format!(
        "[cohort.{name}]\nclients = {count}\nnew_policy_share = \"0%\"\n\
         policy_poll.interval = \"60min\"\n{keys}\n"
    )
}

fn deployment(keys: &str) -> String {
    format!("[deployment.d]\nat = \"1h\"\n{keys}\n")
}

fn run(duration: &str, rest: &str) -> RunResult {
    simulate(&lasting(duration, "5min", &(components("", "") + rest)))
}

fn only(result: &RunResult) -> &DeploymentResult {
    &result.deployments[0]
}

/// Asserts that a quantile of `count` times matches the uniform distribution over one hour, within
/// four standard deviations of the order statistic.
fn assert_quantile(found: Option<f64>, share: f64, count: f64) {
    let found = found.expect("milestone is reached") / 3600.0;
    let deviation = (share * (1.0 - share) / count).sqrt();
    assert!((found - share).abs() < 4.0 * deviation, "{found}, expected {share}");
}

/// Clients find the policy at their next poll, at a time that is uniform within one hour.
#[test]
fn policy_is_found_at_the_next_poll() {
    let rest = clients("c", 2000, "") + &deployment("size = \"0 B\"\ninstall = \"0s\"");
    let result = run("3h", &rest);
    let found = only(&result);
    for milestone in [found.policy, found.content, found.installed] {
        assert_eq!(milestone.reached, 2000);
        assert_quantile(milestone.p50_s, 0.50, 2000.0);
        assert_quantile(milestone.p95_s, 0.95, 2000.0);
        assert!(milestone.p99_s.expect("milestone is reached") <= 3600.0);
    }
    // Each client requests the policy body once, and a deployment without content causes no
    // download.
    assert_eq!(completed(&result, "policy_body"), 2000);
    assert_eq!(completed(&result, "content_location"), 0);
    // Clients outside the target collection do not request the policy.
    let half = rest.replace("size", "share = \"30%\"\nsize");
    let result = run("3h", &half);
    assert_binomial("targets", only(&result).targets as f64, 2000.0, 0.3);
    assert_eq!(completed(&result, "policy_body"), only(&result).targets);
    assert_eq!(only(&result).installed.reached, only(&result).targets);
}

/// All clients start the installation at the deadline and complete it exactly ten minutes later.
#[test]
fn clients_install_at_the_deadline() {
    let keys = "size = \"0 B\"\ninstall = \"10min\"\ndeadline = \"3h\"";
    let result = run("5h", &(clients("c", 300, "") + &deployment(keys)));
    let installed = only(&result).installed;
    let after = Some(2.0 * 3600.0 + 600.0);
    assert_eq!([installed.p50_s, installed.p95_s, installed.p99_s], [after; 3]);
    assert_eq!(installed.reached, 300);
    assert!(
        only(&result).content.p99_s.expect("milestone is reached") <= 3600.0,
        "downloads must complete before the deadline"
    );
    // Each client reports twice: after the download and after the installation.
    assert_eq!(completed(&result, "status_message"), 600);
    // With a random delay of up to one hour, half of the clients install within half an hour.
    let keys = format!(
        "{keys}\ndeadline_spread = {{ dist = \"uniform\", low = \"0s\", high = \"60min\" }}"
    );
    let result = run("5h", &(clients("c", 2000, "") + &deployment(&keys)));
    let at = |seconds: Option<f64>| seconds.map(|seconds| seconds - 2.0 * 3600.0 - 600.0);
    assert_quantile(at(only(&result).installed.p50_s), 0.50, 2000.0);
    assert_quantile(at(only(&result).installed.p95_s), 0.95, 2000.0);
}

/// Only clients whose users want an available deployment install it, at the time the user chooses.
#[test]
fn only_willing_users_install_available_deployments() {
    let keys = "purpose = \"available\"\nuptake = \"30%\"\nrequest_delay = \"2h\"\n\
        size = \"0 B\"\ninstall = \"10min\"";
    let result = run("6h", &(clients("c", 2000, "") + &deployment(keys)));
    let found = only(&result);
    assert_eq!((found.policy.reached, found.deadline_s), (2000, None));
    assert_binomial("wanted", found.installed.reached as f64, 2000.0, 0.3);
    assert_eq!(found.installed.reached + found.declined, 2000);
    assert_eq!(completed(&result, "status_message"), 2 * found.installed.reached);
    // The deployment is available from 1 h. Users start the installation at least two hours after
    // the client has received the policy, and the installation takes ten minutes, so no client
    // completes before 3 h 10 min.
    let curve = &result.series.compliance[0].installed;
    assert!(curve[..38].iter().all(|share| *share == 0.0) && curve[50] > 0.0, "{curve:?}");
    assert_eq!(curve[50], *curve.last().expect("a bin"), "all complete by 4 h 10 min");
}

/// A notification reaches only clients that are online, and reaches them at once.
#[test]
fn a_notification_reaches_online_clients_at_once() {
    let office = "presence = { kind = \"office-hours\", start = \"02:00\", start_sd = \"0s\", \
        length = \"8h\", length_sd = \"0s\", absent_share = \"0%\", weekend_share = \"100%\" }";
    let all = clients("on", 300, "")
        + &clients("desk", 200, "locations = { intranet = \"100%\" }")
        + &clients("off", 100, office)
        + &clients("deaf", 400, "channel.enabled = false");
    let of = |cohort: &str| {
        format!(
            "[deployment.{cohort}]\nat = \"1h\"\ncohorts = [\"{cohort}\"]\nsize = \"0 B\"\n\
             install = \"0s\"\nnotify = true\n"
        )
    };
    // Clients without a channel cannot receive notifications.
    let deaf = of("deaf").replace("notify = true\n", "");
    let wave = "[notification.wave]\nat = \"1h\"\ndelay = \"0s\"\n";
    let rest = all + &of("on") + &of("desk") + &of("off") + &deaf + wave;
    let result = run("4h", &rest);
    let [on, desk, off, deaf] = ["on", "desk", "off", "deaf"].map(|name| {
        let found = result.deployments.iter().find(|one| one.name == name);
        found.expect("a deployment").policy
    });
    assert_eq!((on.reached, on.p99_s), (300, Some(0.0)));
    assert_eq!((desk.reached, desk.p99_s), (200, Some(0.0)));
    // Clients of the cohort `off` come online and poll at 02:00, one hour after the notification.
    assert_eq!((off.p50_s, off.p99_s), (Some(3600.0), Some(3600.0)));
    assert_quantile(deaf.p50_s, 0.5, 400.0);
    // Without the separate notification, the deployments' own notifications arrive at times that
    // are uniform over one minute.
    let own = rest.replace(wave, "");
    let result = run("4h", &own);
    let policy = result.deployments[0].policy;
    let half = policy.p50_s.expect("milestone is reached");
    assert!((half - 30.0).abs() < 4.0 * 60.0 * 0.5 / 300.0_f64.sqrt(), "{half}");
    assert!(policy.p99_s.expect("milestone is reached") <= 60.0);
}

/// Compliance curves never fall, and they match the counts and times of the summary.
#[test]
fn compliance_curves_match_the_counts() {
    let keys = "size = \"50 MB\"\ninstall = { dist = \"exponential\", mean = \"20min\" }";
    let all = clients("c", 500, "downlink = \"2 Mbit/s\"")
        + &clients("o", 300, "presence = { kind = \"sporadic\", on = \"1h\", off = \"2h\" }");
    let result = run("5h", &(all + &deployment(keys)));
    let (found, curve) = (only(&result), &result.series.compliance[0]);
    let all = [
        (&curve.policy, found.policy),
        (&curve.content, found.content),
        (&curve.installed, found.installed),
    ];
    for (shares, milestone) in all {
        assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]), "{shares:?}");
        let last = shares.last().expect("a bin") * 800.0;
        assert!((last - milestone.reached as f64).abs() < 1e-9);
        let bin = ((3600.0 + milestone.p50_s.expect("a median")) / 300.0) as usize;
        assert!(shares[bin] >= 0.5 && shares[bin - 1] < 0.5, "{bin}: {shares:?}");
    }
    let ahead = |first: &[f64], then: &[f64]| first.iter().zip(then).all(|(one, two)| one >= two);
    assert!(ahead(&curve.policy, &curve.content) && ahead(&curve.content, &curve.installed));
}

/// A client scans once per week, at a random time within two hours after the due time (published:
/// about-client-settings.md, 12/08/2025).
#[test]
fn clients_scan_weekly_within_two_hours_of_the_due_time() {
    let text = |spread: &str| {
        let rest = format!(
            "{}[cohort.c]\nclients = 1\nchannel.enabled = false\n{spread}",
            update_point("sup", "")
        );
        lasting("15d", "1min", &(components("", "") + &rest))
    };
    let minutes = |spread: &str| -> Vec<Vec<f64>> {
        let found = crate::common::simulate_text(&text(spread), Vec::new(), 30);
        let of_run = |result: &RunResult| -> Vec<f64> {
            let rates = result.series.issued_per_s.iter().enumerate();
            rates.filter(|(_, rate)| **rate > 0.0).map(|(minute, _)| minute as f64).collect()
        };
        found.iter().map(of_run).collect()
    };
    let (due, done) = (minutes("update_scan.spread = \"0s\"\n"), minutes(""));
    let mut delays = Vec::new();
    for (due, done) in due.iter().zip(&done) {
        assert!((2..=3).contains(&due.len()), "due times in fifteen days: {due:?}");
        assert!(due.windows(2).all(|pair| pair[1] - pair[0] == 7.0 * 1440.0), "{due:?}");
        for due in due.iter().filter(|due| **due < 14.0 * 1440.0) {
            let delay = done.iter().map(|done| done - due).find(|delay| *delay >= 0.0);
            delays.push(delay.expect("a scan after the due time"));
        }
    }
    assert_eq!(delays.len(), 60);
    assert!(delays.iter().all(|delay| *delay <= 120.0), "{delays:?}");
    let mean = delays.iter().sum::<f64>() / 60.0;
    let deviation = 120.0 / 12.0_f64.sqrt() / 60.0_f64.sqrt();
    assert!((mean - 60.0).abs() < 4.0 * deviation, "{mean}");
}

/// The WSUS queue holds 2,000 scans on a dedicated server and 1,000 on a shared server (published:
/// size-and-scale-numbers.md, 04/05/2021). WSUS refuses further scans with status 503.
#[test]
fn a_software_update_point_refuses_scans_beyond_its_queue() {
    for (keys, capacity) in [("shared = true", 1_000 + 4), ("", 2_000 + 8)] {
        let sup = format!("[software_update_point.sup]\n{keys}\ndatabase = \"0s\"\n");
        let storm = "[source.storm]\nkind = \"update_scan\"\nenters = \"software_update_point.sup\"\n\
            rate = \"1/d\"\nfirst = \"1min\"\ncount = 1\nbatch = 2500\n";
        let result = run("1h", &format!("{sup}{storm}"));
        assert_eq!(failures(&result, "queue_full"), 2_500 - capacity, "{keys}");
        assert_eq!(result.software_update_points[0].refused, 2_500 - capacity, "{keys}");
        assert_eq!(station(&result, "sup").completed, capacity, "{keys}");
    }
}

/// A client retries a failed scan four times at intervals of 30 minutes. Two minutes later, it
/// fails over to the next software update point (published: plan-for-software-updates.md,
/// 04/08/2022).
#[test]
fn clients_switch_software_update_point_after_five_failures() {
    let rest = update_point("sup", "count = 2")
        + "[cohort.c]\nclients = 200\nlocations = { intranet = \"100%\" }\n\
           update_scan.interval = \"1000d\"\nupdate_scan.spread = \"0s\"\n\
           [notification.n]\nat = \"1h\"\ntask = \"update_scan\"\ndelay = \"0s\"\n\
           [disruption.d]\nkind = \"software-update-point-outage\"\n\
           software_update_point = \"sup-1\"\nat = \"30min\"\ndown = \"10d\"\n";
    let result = simulate(&lasting("5h", "1min", &(components("", "") + &rest)));
    let completed: Vec<f64> =
        result.series.completed_per_s.iter().map(|rate| (rate * 60.0).round()).collect();
    let at_once = completed[60];
    assert_binomial("scans at the second point", at_once, 200.0, 0.5);
    // The attempts after 60, 90, 120, 150 and 180 min fail. The failover follows at 182 min.
    assert_eq!(completed[182], 200.0 - at_once);
    let scans = &kind(&result, "update_scan").requests;
    assert_eq!((scans.failed as f64, scans.completed), (200.0 - at_once, 200));
    assert_eq!(scans.failed_attempts as f64, 5.0 * (200.0 - at_once));
    assert_eq!(failures(&result, "server_down"), scans.failed_attempts);
    assert_eq!(station(&result, "sup-2").completed, 200);
}

/// From version 2006, the clients of a boundary group can scan through the gateway while they poll
/// on the intranet (published: boundary-groups-software-update-points.md, 04/08/2022).
#[test]
fn intranet_clients_scan_through_the_gateway_of_their_group() {
    let run = |scans: bool| {
        let rest = format!(
            "{}[boundary_group.b]\nprefer_cloud = false\nscan_through_gateway = {scans}\n{}\
             intranet_boundary_group = \"b\"\n\
             [notification.n]\nat = \"1h\"\ntask = \"update_scan\"\ndelay = \"0s\"\n",
            update_point("sup", ""),
            clients("c", 100, "locations = { intranet = \"100%\" }")
        );
        let all = gateway("g", "") + &point("cp", "") + &server("mp", "") + &rest;
        let all = all.replace("[cohort.c]", "[cohort.c]\nupdate_scan.interval = \"1000d\"");
        simulate(&lasting("3h", "5min", &all))
    };
    let result = run(true);
    assert_eq!((station(&result, "cp").arrivals, station(&result, "mp").arrivals), (100, 300));
    assert_eq!(station(&result, "sup").completed, 100);
    assert_eq!(result.origins[0].gateway_mean, 0.0, "no other request may use the gateway");
    let result = run(false);
    assert_eq!((station(&result, "cp").arrivals, station(&result, "sup").completed), (0, 100));
}

/// Each client scans once for a deployment of updates: after the configured delay and before the
/// download.
#[test]
fn a_deployment_of_updates_scans_first() {
    let rest = update_point("sup", "")
        + &clients("c", 200, "update_scan.interval = \"1000d\"")
        + &deployment(
            "scan = \"30min\"\nsize = \"10 MB\"\ninstall = \"10min\"\nsource = \"microsoft-update\"",
        );
    let result = run("4h", &rest);
    assert_eq!(station(&result, "sup").completed, 200);
    let (policy, content) = (only(&result).policy, only(&result).content);
    let after = content.p50_s.zip(policy.p50_s).map(|(two, one)| two - one);
    assert!((after.expect("both milestones") - 1800.0).abs() < 1e-6, "{after:?}");
    assert_eq!(only(&result).installed.reached, 200);
}

/// A notification triggers one extra poll per client and does not change the polling schedule.
#[test]
fn a_notification_does_not_change_the_schedule() {
    let notification = "[notification.now]\nat = \"90min\"\ndelay = \"0s\"\n";
    let quiet = run("6h", &clients("c", 200, ""));
    let asked = run("6h", &(clients("c", 200, "") + notification));
    let polls = |result: &RunResult| completed(result, "policy_poll");
    assert_eq!(polls(&asked), polls(&quiet) + 200);
    let after = |result: &RunResult| result.series.issued_per_s[24..].to_vec();
    assert_eq!(after(&asked), after(&quiet), "polls after two hours must be unaffected");
}

/// Each deployment causes two status messages per client, even if both are due at once.
#[test]
fn status_messages_are_sequential() {
    let two = "[deployment.one]\nat = \"1h\"\nsize = \"0 B\"\ninstall = \"0s\"\n\
        [deployment.two]\nat = \"1h\"\nsize = \"0 B\"\ninstall = \"0s\"\n";
    let result = run("4h", &(clients("c", 50, "") + two));
    assert_eq!(completed(&result, "status_message"), 50 * 2 * 2);
}
