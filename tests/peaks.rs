//! Peaks are those of minutes from the start of the measured period: neither the bins of the time
//! series nor the length of the run changes them.

use cmgsim::RunResult;
use cmgsim::internals::report::advice::advice;
use cmgsim::internals::report::summary;
use proptest::prelude::*;

use crate::common::quiet::{components, gateway, lasting, point, server, simulate, station};

/// Ten minutes after the start of the measured period all clients are asked at once for policy,
/// and each request takes the server's only worker a second.
fn push(duration: &str, interval: &str) -> RunResult {
    let worker = "workers = 1\ncpu = \"1s\"";
    let servers = gateway("g", "") + &point("cp", "") + &server("mp", "");
    let servers = servers.replace("cpu = \"0s\"", worker);
    let clients = "[cohort.a]\nclients = 100\nnew_policy_share = \"0%\"\ntimeout = \"10min\"\n\
                   policy_poll.interval = \"off\"\n[notification.now]\nat = \"10min\"\n\
                   delay = \"0s\"\n";
    simulate(&lasting(duration, interval, &(servers + clients)))
}

/// What a sentence says before numbers that are means over the run.
fn beginnings(result: &RunResult) -> Vec<String> {
    let begins = |sentence: String| sentence.split(" (").next().unwrap_or_default().to_owned();
    advice(result).into_iter().map(begins).collect()
}

#[test]
fn peak_and_advice_of_a_push_do_not_depend_on_the_run_length() {
    let short = push("30min", "1min");
    // The 100 s of work fill the eleventh minute, and then 40 s of the twelfth.
    assert_eq!(station(&short, "mp").utilisation_peak_share, 1.0);
    let asked = beginnings(&short);
    assert!(
        asked.iter().any(|one| one.contains("bottleneck: 100.0 % busy in its busiest minute")),
        "{asked:?}"
    );
    for (duration, interval) in [("3d", "1h"), ("30min", "30min"), ("1d", "7min")] {
        let other = push(duration, interval);
        assert_eq!(station(&other, "mp").utilisation_peak_share, 1.0, "{duration}");
        assert_eq!(beginnings(&other), asked, "{duration}");
        assert_eq!(other.busiest.issued_per_s, 100.0 / 60.0, "{duration}");
        assert_eq!(other.busiest.issued_start_s, 600.0, "{duration}");
    }
    // What is less than a minute of work is no full minute: 30 s are half of one.
    let half =
        lasting("3d", "1h", &components("", "")) + "[source.s]\nenters = \"management_point.mp\"\n";
    let half = half.replace("cpu = \"0s\"", "workers = 1\ncpu = \"30s\"");
    let half = simulate(&(half + "rate = \"1/day\"\n"));
    let peak = station(&half, "mp").utilisation_peak_share;
    assert!((0.25..=0.5 + 1e-9).contains(&peak), "{peak}");
}

/// A company with everything whose results come from looking at it again and again: disruptions of
/// instances, a deployment with content, an outgoing threshold, a station that is full.
const COMPANY: &str = "schema = 1
start = \"2026-11-24T08:00\"
duration = \"3h\"
warm_up = \"30min\"
[gateway.main]
instances = 3
content = true
[connection_point.cp]
count = 2
[management_point.mp]
cpu = \"500ms\"
[software_update_point.sup]
queue_limit = 3
cpu = \"3s\"
[cohort.office]
clients = 150
[deployment.app]
at = \"2026-11-24T08:30\"
deadline = \"2026-11-24T09:30\"
size = \"20 MB\"
scan = \"0s\"
[disruption.walk]
kind = \"update-domain-walk\"
at = \"2026-11-24T09:00\"
down = \"3min\"
[disruption.crash]
kind = \"instance-crash\"
at = \"2026-11-24T10:30\"
down = \"5min\"
";

/// Everything a run says, on paper and as data, without the bins themselves.
fn said(interval: &str) -> (String, serde_json::Value) {
    let text = COMPANY.replacen("warm_up", &format!("interval = \"{interval}\"\nwarm_up"), 1);
    let result = simulate(&text);
    let data = serde_json::to_value(&result).expect("JSON");
    (summary::details(&result, "FILE"), data)
}

#[test]
fn the_stress_scenario_shows_every_effect() {
    let result = simulate(COMPANY);
    assert!(!result.skews.is_empty() && result.disruptions.len() == 4, "{:?}", result.disruptions);
    assert!(result.policy_age.count > 0 && result.requests.failed_attempts > 0);
    assert!(result.gateways[0].file_requests_peak_per_s.is_some_and(|rate| rate > 0.0));
    assert!(result.last_tenth.is_some_and(|tenth| tenth.attempts > 0));
    assert!(result.instances.iter().all(|one| one.bandwidth_utilisation_peak_share.is_some()));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// The reporting interval is no part of the world (conventions of simulators: results that
    /// shift with it are wrong).
    #[test]
    fn results_do_not_change_with_the_interval(seconds in 1_u32..12_000) {
        let (text, data) = said(&format!("{seconds}s"));
        let (other_text, other_data) = said("5min");
        prop_assert_eq!(text, other_text);
        prop_assert_eq!(data, other_data);
    }
}
