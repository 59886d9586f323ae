//! Peaks are measured over minutes that start with the measured period. They depend on neither the
//! bins of the time series nor the length of the run.

use cmgsim::RunResult;
use cmgsim::internals::report::advice::advice;
use cmgsim::internals::report::summary;
use proptest::prelude::*;

use crate::common::quiet::{components, gateway, lasting, point, server, simulate, station};

/// Simulates a notification that makes all clients poll ten minutes after the start of the measured
/// period. Each request occupies the server's only worker for one second.
fn push(duration: &str, interval: &str) -> RunResult {
    let worker = "workers = 1\ncpu = \"1s\"";
    let servers = gateway("g", "") + &point("cp", "") + &server("mp", "");
    let servers = servers.replace("cpu = \"0s\"", worker);
    let clients = "[cohort.a]\nclients = 100\nnew_policy_share = \"0%\"\ntimeout = \"10min\"\n\
                   policy_poll.interval = \"off\"\n[notification.now]\nat = \"10min\"\n\
                   delay = \"0s\"\n";
    simulate(&lasting(duration, interval, &(servers + clients)))
}

/// Returns the beginning of each piece of advice. The rest contains means over the run, which
/// depend on its length.
fn beginnings(result: &RunResult) -> Vec<String> {
    let begins = |sentence: String| sentence.split(" (").next().unwrap_or_default().to_owned();
    advice(result).into_iter().map(begins).collect()
}

#[test]
fn peak_and_advice_of_a_notification_do_not_depend_on_the_run_length() {
    let short = push("30min", "1min");
    // The requests need 100 s of service: all of the eleventh minute and 40 s of the twelfth.
    assert_eq!(station(&short, "mp").utilisation_peak_share, 1.0);
    let asked = beginnings(&short);
    assert!(
        asked.iter().any(|one| one.contains("utilisation is 100.0 % in the busiest minute")),
        "{asked:?}"
    );
    for (duration, interval) in [("3d", "1h"), ("30min", "30min"), ("1d", "7min")] {
        let other = push(duration, interval);
        assert_eq!(station(&other, "mp").utilisation_peak_share, 1.0, "{duration}");
        assert_eq!(beginnings(&other), asked, "{duration}");
        assert_eq!(other.busiest.issued_per_s, 100.0 / 60.0, "{duration}");
        assert_eq!(other.busiest.issued_start_s, 600.0, "{duration}");
    }
    // The requests need 30 s of service, so the utilisation of the busiest minute is at most 50 %.
    let half =
        lasting("3d", "1h", &components("", "")) + "[source.s]\nenters = \"management_point.mp\"\n";
    let half = half.replace("cpu = \"0s\"", "workers = 1\ncpu = \"30s\"");
    let half = simulate(&(half + "rate = \"1/day\"\n"));
    let peak = station(&half, "mp").utilisation_peak_share;
    assert!((0.25..=0.5 + 1e-9).contains(&peak), "{peak}");
}

/// Scenario that produces all results computed by periodic sampling. It has disruptions of
/// instances, a deployment with content, an outbound threshold and a saturated station.
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

/// Returns all results of a run as text and as data, without the bins of the time series.
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

    /// The reporting interval is not part of the model, so results must not depend on it.
    #[test]
    fn results_do_not_change_with_the_interval(seconds in 1_u32..12_000) {
        let (text, data) = said(&format!("{seconds}s"));
        let (other_text, other_data) = said("5min");
        prop_assert_eq!(text, other_text);
        prop_assert_eq!(data, other_data);
    }
}
