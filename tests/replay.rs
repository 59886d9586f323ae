//! Replay of measured arrivals: `calibrate iis --arrivals` writes a scenario whose open sources
//! send each logged request at its time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use cmgsim::RunResult;
use cmgsim::internals::scenario::ScenarioOrigin;

use crate::common::files::{complaint, files, folder, text};
use crate::common::{cmgsim, simulate};

/// Site with two management points, one of which has an unusual name, and a software update point.
/// Clocks go back during the run.
const CASE: &str = include_str!("cases/iis-log.toml");

/// A server with one worker, and a source with three recorded arrivals, two of them at the same
/// time.
const THREE: &str = "schema = 1\nduration = \"1min\"\nwarm_up = \"10s\"\n[management_point.mp]\n\
    workers = 1\ncpu = \"1s\"\ndatabase = \"0s\"\n[source.r]\nkind = \"state_message\"\n\
    enters = \"management_point.mp\"\ntrace = \"arrivals.csv\"\n";

/// Runs a command in a folder and returns what it prints.
fn run(here: &Path, arguments: &[&str]) -> String {
    let done = cmgsim().args(arguments).current_dir(here).assert().success();
    text(&done.get_output().stdout)
}

/// Returns the times of the events of a kind, in microseconds after the start of the measured
/// period.
fn times(here: &Path, overrides: &[&str], event: &str) -> Vec<f64> {
    fs::write(here.join("arrivals.csv"), "seconds\n3.5\n1.25\n1.25\n").expect("file is written");
    fs::write(here.join("three.toml"), THREE).expect("file is written");
    let words = ["run", "three.toml", "--events", "log", "--out", "out", "--charts", "none"];
    run(here, &[&words[..], overrides].concat());
    let log = fs::read_to_string(here.join("log")).expect("events");
    fs::remove_file(here.join("log")).expect("file is removed");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let found = lines.filter(|line| line["then"] == event);
    found.map(|line| line["ts"].as_f64().expect("a time")).collect()
}

/// One worker serves each request for one second, so the second request waits for one second.
#[test]
fn three_arrivals_enter_at_their_times_and_are_not_retried() {
    let here = folder();
    let at = |seconds: [f64; 3]| seconds.map(|one| one * 1e6).to_vec();
    assert_eq!(times(here.path(), &[], "issued"), at([1.25, 1.25, 3.5]));
    assert_eq!(times(here.path(), &[], "completed"), at([2.25, 3.25, 4.5]));
    // With a timeout, a request fails; without source.r.retry, it is not repeated.
    let timeout = ["--set", "source.r.timeout=1.5s"];
    assert_eq!(times(here.path(), &timeout, "attempt_begins"), at([1.25, 1.25, 3.5]));
    assert_eq!(times(here.path(), &timeout, "failed"), [2.75e6]);
    let retry =
        ["--set", "source.r.retry.attempts=2", "--set", "source.r.retry.first=10s", "--seed", "7"];
    let begins = times(here.path(), &[&timeout[..], &retry].concat(), "attempt_begins");
    assert_eq!(begins, [1.25e6, 1.25e6, 3.5e6, 12.75e6]);
}

/// Logs of a simulated site and the scenario that replays them, in `here`.
fn replayed(here: &Path, kinds: &str) -> String {
    fs::write(here.join("site.toml"), CASE).expect("file is written");
    run(here, &["run", "site.toml", "--iis-log", "log", "--out", "out", "--charts", "none"]);
    let calibrate = ["calibrate", "iis", "log", "--scenario", "site.toml", "--hold-out", "none"];
    run(here, &[&calibrate[..], &["--arrivals", kinds, "--out", "cal"]].concat())
}

/// Returns the number of issued requests by source or cohort.
fn issued(result: &RunResult) -> BTreeMap<&str, u64> {
    let groups = result.origins.iter();
    groups.map(|group| (group.name.as_str(), group.requests.issued)).collect()
}

/// In every replication, each source sends as many requests as its file has lines, and clients send
/// none of the replayed kinds. Service times differ between the replications.
#[test]
fn a_replay_sends_each_logged_request_exactly_once() {
    let here = folder();
    let printed = replayed(here.path(), "messages,policy_body,location,update_scan");
    let arrivals = files(&here.path().join("cal/arrivals"));
    let lines = |bytes: &Vec<u8>| text(bytes).lines().count() as u64 - 1;
    let recorded: BTreeMap<String, u64> = arrivals
        .iter()
        .map(|(name, bytes)| (format!("replay-{}", name.trim_end_matches(".csv")), lines(bytes)))
        .collect();
    let logged = files(&here.path().join("log"));
    let logged = logged.iter().filter(|(name, _)| name.ends_with(".log"));
    let paths = ["/ccm_system/request", ".sms_pol", ".sms_aut", "/ClientWebService/"];
    let is_replayed = |line: &&str| paths.iter().any(|path| line.contains(path));
    let rows = logged.map(|(_, bytes)| text(bytes).lines().filter(is_replayed).count() as u64);
    assert_eq!(recorded.values().sum::<u64>(), rows.sum::<u64>());
    assert_eq!(recorded.len(), 3 + 3 + 1, "{recorded:?}");
    assert!(printed.contains("replay: "), "{printed}");
    let origin = ScenarioOrigin::Path(here.path().join("cal/replay.toml"));
    let results = simulate(origin, Vec::new(), 3);
    for result in &results {
        let found = issued(result);
        for (source, count) in &recorded {
            assert_eq!(found.get(source.as_str()), Some(count), "{source}");
        }
        let clients: u64 = ["home", "office"].iter().map(|name| found[name]).sum();
        let kinds = result.kinds.iter().filter(|one| one.requests.issued > 0);
        let of_kinds: BTreeMap<&str, u64> =
            kinds.map(|one| (one.kind.name(), one.requests.issued)).collect();
        // Only token renewals and requests of the channel remain with the clients.
        assert_eq!(of_kinds.get("policy_poll"), None, "{of_kinds:?}");
        assert_eq!(of_kinds.get("token_renewal").copied().unwrap_or(0), clients, "{of_kinds:?}");
    }
    let latencies = results.iter().map(|one| one.latency.mean.to_bits());
    assert_eq!(latencies.collect::<std::collections::BTreeSet<_>>().len(), 3);
}

#[test]
fn a_replay_writes_the_same_bytes_for_any_number_of_threads() {
    let here = folder();
    replayed(here.path(), "messages,policy_body");
    let first = files(&here.path().join("cal"));
    let bytes = |threads: &str| {
        let out = here.path().join(threads);
        let mut command = cmgsim();
        command.args([
            "run",
            "cal/replay.toml",
            "--replications",
            "3",
            "--charts",
            "none",
            "--out",
        ]);
        command.arg(&out).current_dir(here.path()).env("RAYON_NUM_THREADS", threads);
        command.assert().success();
        let mut found = files(&out);
        found.remove("manifest.json").expect("a manifest");
        let summary = text(&found["summary.json"]);
        assert!(summary.contains("do not vary between replications"), "{summary}");
        found
    };
    assert_eq!(bytes("1"), bytes("3"));
    // The same logs give the same files.
    replayed(here.path(), "messages,policy_body");
    let second = files(&here.path().join("cal"));
    for (name, bytes) in first.iter().filter(|(name, _)| *name != "manifest.json") {
        assert_eq!(bytes, &second[name], "{name}");
    }
}

#[test]
fn a_replay_that_is_not_possible_is_refused_with_a_remedy() {
    let here = folder();
    let row = "2026-11-30 10:00:00 POST /ClientWebService/Client.asmx 8530 200 40\n";
    let log =
        format!("#Fields: date time cs-method cs-uri-stem s-port sc-status time-taken\n{row}");
    fs::write(here.path().join("a.log"), log).expect("file is written");
    let base = "schema = 1\nextends = \"quickstart\"\ncohort.remote.clients = 5\n\
                cohort.office.clients = 5\ncohort.kiosks.clients = 5\n";
    fs::write(here.path().join("base.toml"), base).expect("file is written");
    let refused = |arguments: &[&str], code| {
        let mut command = cmgsim();
        command.args(["calibrate", "iis", "a.log", "--scenario", "base.toml", "--arrivals"]);
        command.args(arguments);
        complaint(command.current_dir(here.path()), code)
    };
    let said = refused(&["token_renewal", "--out", "x"], 2);
    assert!(said.contains("arrivals of `token_renewal` cannot be replayed; choose from"), "{said}");
    assert!(refused(&["messages"], 2).contains("--out"));
    let said = refused(&["messages", "--out", "x"], 3);
    assert!(said.contains("the logs contain no requests of kind messages"), "{said}");
    let said = refused(&["update_scan", "--out", "x"], 3);
    assert!(said.contains("add the section [software_update_point.NAME]"), "{said}");
    assert!(!here.path().join("x/replay.toml").exists());
}

/// The base has a disruption on another date, and an outage 10 seconds after the start.
#[test]
fn events_outside_the_period_of_the_logs_are_left_out() {
    let here = folder();
    let row = "2026-11-30 10:00:00 POST /ClientWebService/Client.asmx 8530 200 40\n";
    let log =
        format!("#Fields: date time cs-method cs-uri-stem s-port sc-status time-taken\n{row}");
    fs::write(here.path().join("a.log"), log).expect("file is written");
    let base = "schema = 1\nextends = \"quickstart\"\ncohort.remote.clients = 5\n\
                cohort.office.clients = 5\ncohort.kiosks.clients = 5\n\
                [software_update_point.sup]\n[disruption.crash]\nkind = \"instance-crash\"\n\
                gateway = \"main\"\nat = \"10s\"\ndown = \"5s\"\n";
    fs::write(here.path().join("base.toml"), base).expect("file is written");
    let calibrate = ["calibrate", "iis", "a.log", "--scenario", "base.toml", "--out", "x"];
    let printed = run(here.path(), &[&calibrate[..], &["--arrivals", "update_scan"]].concat());
    let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(printed.contains("period of the logs: disruption.patching."), "{printed}");
    let read = |name: &str| fs::read_to_string(here.path().join("x").join(name)).expect(name);
    let text = read("replay.toml");
    assert!(text.contains("start = \"2026-11-30T11:00\"\nduration = \"1min\""), "{text}");
    assert!(text.contains("extends = \"replay-base.toml\"\nname = \"base-replay\""), "{text}");
    let comment = text.lines().filter_map(|line| line.strip_prefix('#')).collect::<String>();
    let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(comment.contains("not in the period of the logs: disruption.patching."), "{comment}");
    let base = read("replay-base.toml");
    assert!(base.contains("[disruption.crash]") && !base.contains("patching"), "{base}");
    run(here.path(), &["check", "x/replay.toml"]);
    // The measured scenario keeps the period and the events of its base.
    run(here.path(), &["check", "x/measured.toml"]);
    assert!(!read("measured.toml").contains("replay-base"));
}
