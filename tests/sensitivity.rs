//! Tests `cmgsim sensitivity` on a queue with a known solution.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::common;
#[cfg(unix)]
use crate::common::signals::{send, start};

/// Scenario of an M/D/1 queue with 20 requests/s and one management point. The service time is 8 ms
/// (assumed; plausible range 2 ms to 30 ms). No request fails (assumed; plausible up to 5 %).
const QUEUE: &str = r#"
schema = 1
duration = "20min"
warm_up = "2min"

[management_point.mp]
workers = 1
database = "0s"
queue_limit = "none"

[source.arrivals]
enters = "management_point.mp"
rate = "20/s"
"#;

const OBJECTIVES: &str = "\n[slo]\nlatency_mean_s = \"20ms\"\nfailure_share = \"2%\"\n";

/// Returns the mean time in an M/D/1 system in seconds, by the Pollaczek-Khinchine formula.
fn latency_mean_s(service: f64) -> f64 {
    let utilisation = 20.0 * service;
    service + utilisation * service / (2.0 * (1.0 - utilisation))
}

fn cmgsim(folder: &Path) -> Command {
    let mut command = common::cmgsim();
    command.current_dir(folder).arg("sensitivity");
    command
}

/// Creates a folder that contains the scenario.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder is created");
    fs::write(folder.path().join("queue.toml"), text).expect("file is written");
    folder
}

/// Returns the results of a study of the queue; the default method is one at a time.
fn document(text: &str, arguments: &[&str]) -> Value {
    let here = folder(text);
    let method: &[&str] =
        if arguments.contains(&"--method") { &[] } else { &["--method", "one-at-a-time"] };
    let run = cmgsim(here.path())
        .args(["queue.toml", "--format", "json", "--replications", "4"])
        .args(arguments)
        .args(method)
        .assert()
        .success();
    serde_json::from_slice(&run.get_output().stdout).expect("output is one JSON document")
}

fn of_parameter<'v>(list: &'v Value, name: &str) -> &'v Value {
    let all = list.as_array().expect("a list");
    all.iter().find(|one| one["parameter"] == name).unwrap_or_else(|| panic!("no {name} in {list}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn milliseconds(value: &Value) -> f64 {
    let text = value.as_str().expect("text");
    text.strip_suffix("ms").and_then(|number| number.parse().ok()).expect("milliseconds")
}

#[test]
fn relevant_parameters_are_identified() {
    let found = document(QUEUE, &["--metric", "latency_mean_s", "--metric", "throughput_per_s"]);
    let effects = &found["effects"];
    let cpu = of_parameter(effects, "management_point.*.cpu");
    assert_eq!(effects[0], *cpu, "the largest effect must be first");
    assert_eq!((&cpu["low"], &cpu["high"]), (&"2ms".into(), &"30ms".into()));
    for (mean, service) in [("low_mean", 0.002), ("default_mean", 0.008), ("high_mean", 0.030)] {
        let (mean, expected) = (number(&cpu[mean]), latency_mean_s(service));
        // Four replications of 24,000 requests have an error of about 1 % at a utilisation of 0.6.
        assert!((mean / expected - 1.0).abs() < 0.03, "{mean} at {service}, expected {expected}");
    }
    let swing = latency_mean_s(0.030) - latency_mean_s(0.002);
    let (difference, width) = (&cpu["swing"]["difference"], &cpu["swing"]["half_width"]);
    assert_eq!(cpu["swing"]["is_detectable"], true);
    assert!((number(difference) - swing).abs() < number(width).max(0.03 * swing));
    let network = of_parameter(effects, "network.client_azure");
    assert_eq!(network["swing"]["is_detectable"], false, "no request uses the relay");
    assert_eq!(number(&network["swing"]["difference"]), 0.0);
    assert_eq!(number(&network["swing"]["half_width"]), 0.0);
    let skipped = of_parameter(&found["skipped"], "management_point.*.discipline");
    assert!(skipped["reason"].as_str().is_some_and(|reason| reason.contains("no plausible range")));
    let prices = of_parameter(&found["skipped"], "prices.egress_gb");
    assert!(prices["reason"].as_str().is_some_and(|reason| reason.contains("cost_per_month")));
    let written = found["effects"].as_array().expect("a list");
    let is_written = |one: &Value| one["parameter"] == "management_point.*.database";
    assert!(!written.iter().any(is_written), "a value set in the scenario must not be varied");
}

/// A measured service time: 8 ms, with a 95 % interval of 6 ms to 12 ms.
const MEASURED: &str = r#"
[[measured]]
path = "management_point.mp.cpu"
low = "6ms"
high = "12ms"
samples = 410000
period = "2026-11-02 to 2026-11-29"
source = "u_ex2611*.log of MP01"
"#;

/// The service time varies over its measured interval, not over the plausible range of the
/// catalogue (2 ms to 30 ms). The means at the ends follow from the Pollaczek-Khinchine formula.
#[test]
fn a_measured_value_varies_over_its_interval() {
    let text = QUEUE.replace("database", "cpu = \"8ms\"\ndatabase") + MEASURED;
    let only = ["--metric", "latency_mean_s", "--only", "cpu", "--only", "error_share"];
    let found = document(&text, &only);
    let cpu = of_parameter(&found["effects"], "management_point.*.cpu");
    assert_eq!(cpu["range"], "measured");
    assert_eq!((&cpu["low"], &cpu["high"]), (&"6ms".into(), &"12ms".into()));
    for (mean, service) in [("low_mean", 0.006), ("default_mean", 0.008), ("high_mean", 0.012)] {
        let (mean, expected) = (number(&cpu[mean]), latency_mean_s(service));
        assert!((mean / expected - 1.0).abs() < 0.02, "{mean} at {service}, expected {expected}");
    }
    let other = of_parameter(&found["effects"], "management_point.*.error_share");
    assert_eq!(other["range"], "plausible");
    let answer = found["answer"].as_str().expect("a sentence");
    assert!(answer.contains("management_point.*.cpu is already measured"), "{answer}");
    let next = &found["measure_next"];
    assert!(next.is_null() || next == "management_point.*.error_share", "{next}");
    let values = &found["scenario"]["values"];
    assert_eq!(values["measured"], 1);
    let written = document(&text.replace(MEASURED, ""), &["--only", "management_point.*.*"]);
    let effects = written["effects"].as_array().expect("a list");
    let is_cpu = |one: &Value| one["parameter"] == "management_point.*.cpu";
    assert!(!effects.iter().any(is_cpu), "a value without an interval must not be varied");
}

/// The mean latency s + 20 s^2 / (2 (1 - 20 s)) is 0.02 if 10 s^2 - 1.4 s + 0.02 = 0. The solution
/// below 50 ms is s = 16.15 ms. Without retries, the failure share equals the error share.
#[test]
fn the_tipping_point_matches_theory() {
    let exact = (1.4 - f64::sqrt(1.4 * 1.4 - 4.0 * 10.0 * 0.02)) / 20.0;
    assert!((latency_mean_s(exact) - 0.02).abs() < 1e-12);
    let text = format!("{QUEUE}{OBJECTIVES}");
    let found = document(&text, &["--only", "management_point.*.*"]);
    let tipping_points = found["tipping_points"].as_array().expect("a list");
    let crossing_of = |parameter: &str, metric: &str| {
        let tipping_point = tipping_points
            .iter()
            .find(|one| one["parameter"] == parameter && one["name"] == metric);
        let tipping_point = tipping_point.expect("each parameter and objective");
        assert_eq!(
            (&tipping_point["default_status"], &tipping_point["high_status"]),
            (&"met".into(), &"violated".into())
        );
        assert_eq!(tipping_point["turns"].as_array().map(Vec::len), Some(1));
        assert_eq!(tipping_point["turns"][0]["is_above"], true);
        tipping_point["turns"][0].clone()
    };
    let crossing = crossing_of("management_point.*.cpu", "latency_mean_s");
    let (unchanged_ms, changed_ms) =
        (milliseconds(&crossing["last_unchanged"]), milliseconds(&crossing["first_changed"]));
    // The range from 2 ms to 30 ms is divided into 64 steps of equal ratio.
    assert!(
        (changed_ms / unchanged_ms - f64::powf(15.0, 1.0 / 64.0)).abs() < 0.002,
        "{unchanged_ms} to {changed_ms}"
    );
    let exact = 1000.0 * exact;
    assert!(
        0.99 * unchanged_ms < exact && exact < 1.01 * changed_ms,
        "{unchanged_ms} to {changed_ms}, exact {exact}"
    );
    let crossing = crossing_of("management_point.*.error_share", "failure_share");
    let percent = |key: &str| -> f64 {
        let text = crossing[key].as_str().and_then(|text| text.strip_suffix('%')).expect("a share");
        text.parse().expect("a number")
    };
    // If 2 % of 96,000 requests fail, three standard errors are 0.14 percentage points.
    assert!(
        percent("last_unchanged") - 0.14 < 2.0 && 2.0 < percent("first_changed") + 0.14,
        "{crossing}"
    );
    assert!((percent("first_changed") - percent("last_unchanged") - 5.0 / 64.0).abs() < 0.002);
    let unchanged = tipping_points.iter().filter(|one| one["changes"] == false).count();
    assert_eq!(unchanged, 2, "each parameter must leave the verdict on one objective unchanged");
}

#[test]
fn the_output_begins_with_the_verdict() {
    let here = folder(&format!("{QUEUE}{OBJECTIVES}"));
    let arguments = ["queue.toml", "--replications", "2", "--only", "cpu", "--only", "relay"];
    let run = cmgsim(here.path())
        .args(arguments)
        .args(["--method", "one-at-a-time", "--out", "found"])
        .assert()
        .success();
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(text.starts_with("Answer     The verdict on an objective changes"), "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "Effects on latency_p95_s",
        "Mean with all defaults",
        "No effect: network.relay.",
        "the verdict changes if management_point.*.cpu is above",
        "plausible 2ms to 30ms",
        "Numbers and charts: found",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
    let svg = fs::read_to_string(here.path().join("found/charts/tornado-latency_p95_s.svg"));
    let svg = svg.expect("a chart");
    assert!(svg.contains("management_point.*.cpu") && !svg.contains("network.relay"));
    for name in
        ["sensitivity.csv", "sensitivity.json", "tipping_points.csv", "scenario.resolved.toml"]
    {
        assert!(here.path().join("found").join(name).exists(), "{name}");
    }
}

#[test]
fn elementary_effects_identify_the_same_parameters_as_one_at_a_time() {
    let text = QUEUE.replace("20min", "5min");
    let arguments = ["--method", "morris", "--trajectories", "4", "--metric", "latency_mean_s"];
    let found = document(&text, &arguments);
    let effects = &found["morris"];
    let cpu = of_parameter(effects, "management_point.*.cpu");
    assert_eq!(effects[0], *cpu, "the largest effect must be first");
    // Each step covers two thirds of the range from 2 ms to 30 ms on a logarithmic scale: from 2 to
    // 12.2 ms, or from 4.9 to 30 ms.
    let effect = |from: f64, to: f64| (latency_mean_s(to) - latency_mean_s(from)) / (2.0 / 3.0);
    let (minimum, maximum) = (effect(0.002, 0.012_164), effect(0.004_932, 0.030));
    let mu = number(&cpu["mu"]);
    assert!(0.97 * minimum < mu && mu < 1.03 * maximum, "{mu}: {minimum} to {maximum}");
    assert_eq!(cpu["mu"], cpu["mu_star"], "every step up must increase the latency");
    assert_eq!(cpu["count"], 4);
    let network = of_parameter(effects, "network.client_azure");
    assert_eq!((number(&network["mu_star"]), number(&network["sigma"])), (0.0, 0.0));
}

/// Screening classifies every parameter of a one-at-a-time study. It selects all parameters whose
/// statistically significant swing is clearly above the threshold, and none whose swing is clearly
/// below it.
#[test]
fn screening_agrees_with_one_at_a_time() {
    let text = format!("{}\n[slo]\nlatency_mean_s = \"20ms\"\n", QUEUE.replace("20min", "5min"));
    let arguments = ["--metric", "latency_mean_s"];
    let screened = document(&text, &[&arguments[..], &["--method", "screening"]].concat());
    let all = document(&text, &arguments);
    let screening = &screened["screening"];
    let threshold = number(&screening["metrics"][0]["threshold"]);
    let base = number(&all["effects"][0]["default_mean"]);
    assert!((threshold / base - 0.05).abs() < 0.01, "the threshold must be 5 % of the mean");
    let decided = screening["parameters"].as_array().expect("a list");
    let effects = all["effects"].as_array().expect("a list");
    assert_eq!(decided.len(), effects.len());
    for effect in effects {
        let name = effect["parameter"].as_str().expect("a name");
        let decision = of_parameter(&screening["parameters"], name)["decision"].clone();
        let swing = number(&effect["swing"]["difference"]).abs();
        if swing >= 1.2 * threshold && effect["swing"]["is_detectable"] == true {
            assert_eq!(decision, "matters", "{name}: {swing}");
        } else if swing < 0.8 * threshold {
            assert_ne!(decision, "matters", "{name}: {swing}");
        }
    }
    let cpu = of_parameter(&screened["effects"], "management_point.*.cpu");
    assert_eq!(screened["effects"][0], *cpu, "the largest effect must be first");
    let tipping_point = of_parameter(&screened["tipping_points"], "management_point.*.cpu");
    assert_eq!(tipping_point["changes"], true);
    let tipping_points = screened["tipping_points"].as_array().expect("a list");
    assert!(
        tipping_points.iter().all(|one| one["parameter"] != "network.client_azure"),
        "a screened-out parameter must not have a tipping point"
    );
}

/// The budget limits the number of replications. Parameters that are not screened within the budget
/// are reported as undecided.
#[test]
fn a_budget_leaves_parameters_undecided() {
    let text = QUEUE.replace("20min", "1min");
    let found = document(&text, &["--method", "screening", "--budget", "6"]);
    let screening = &found["screening"];
    assert_eq!(
        (&screening["is_out_of_budget"], &found["is_complete"]),
        (&true.into(), &true.into())
    );
    let decided = screening["parameters"].as_array().expect("a list");
    assert!(decided.iter().any(|one| one["decision"] == "undecided"));
    // The budget does not include the pilot study. Without clients, the pilot study simulates the
    // full scenario.
    let runs = 1 + 2 * decided.len();
    assert!(number(&screening["replications_worth"]) <= 1.2 * (6 + runs) as f64);
}

/// Returns all files of a folder, without the parts of the manifest that depend on the clock.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in [folder.to_path_buf(), folder.join("charts")] {
        let Ok(entries) = fs::read_dir(part) else { continue };
        for entry in entries {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() {
                continue;
            }
            let mut bytes = fs::read(&path).expect("file is readable");
            if path.ends_with("manifest.json") {
                let mut manifest: Value = serde_json::from_slice(&bytes).expect("JSON");
                manifest["timing"] = Value::Null;
                bytes = manifest.to_string().into_bytes();
            }
            found.insert(path.file_name().expect("a name").to_string_lossy().into_owned(), bytes);
        }
    }
    found
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let text = format!("{}{OBJECTIVES}", QUEUE.replace("20min", "2min"));
    for (method, more) in [
        ("one-at-a-time", &["--replications", "3"][..]),
        ("morris", &["--replications", "1", "--trajectories", "2"]),
        ("screening", &["--replications", "3"]),
    ] {
        let here = folder(&text);
        let run = |jobs: &str| {
            let out = here.path().join(jobs);
            cmgsim(here.path())
                .args(["queue.toml", "--quiet", "--jobs", jobs, "--method", method])
                .args(more)
                .arg("--out")
                .arg(&out)
                .assert()
                .success();
            files(&out)
        };
        let (one, two) = (run("1"), run("2"));
        assert!(one.len() >= 4, "{:?}", one.keys());
        assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
        for (name, bytes) in &one {
            assert!(two[name] == *bytes, "{method}: {name}");
        }
    }
}

#[test]
fn a_scenario_from_standard_input_is_varied() {
    let here = folder(QUEUE);
    let text = QUEUE.replace("20min", "1min");
    let arguments = ["-", "--only", "cpu", "--replications", "2", "--format", "json"];
    let run = cmgsim(here.path()).args(arguments).write_stdin(text).assert().success();
    let found: Value =
        serde_json::from_slice(&run.get_output().stdout).expect("output is one JSON document");
    assert_eq!(found["effects"].as_array().map(Vec::len), Some(1));
}

#[test]
fn invalid_studies_are_refused() {
    let here = folder(QUEUE);
    let refused = |arguments: &[&str], code: i32| {
        let run = cmgsim(here.path()).arg("queue.toml").args(arguments).assert().code(code);
        let left = fs::read_dir(here.path().join("output/queue")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "a refused study must not leave files behind");
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    assert!(refused(&["--metric", "latency_p95s"], 2).contains("did you mean `latency_p95_s`"));
    assert!(refused(&["--only", "nonsense"], 2).contains("--only"));
    assert!(refused(&["--metric", "cost_per_month"], 2).contains("has no value"));
    assert!(
        refused(&["--metric", "wait_p95_s[nobody]"], 2).contains("wait_p95_s[management point mp]")
    );
    assert!(refused(&["--max-events", "1000"], 3).contains("--max-events"));
    assert!(refused(&["--set", "management_point.*.cpu=5"], 3).contains("unit"));
}

#[cfg(unix)]
#[test]
fn an_interrupted_study_stores_complete_parameters() {
    let here = folder(&QUEUE.replace("20min", "5h"));
    let out = here.path().join("results");
    let scenario = here.path().join("queue.toml").display().to_string();
    let words = ["sensitivity", &scenario, "--replications", "2", "--jobs", "2"];
    let more = ["--method", "one-at-a-time", "--metric", "cost_per_month"];
    let child = start(&[&words[..], &more].concat(), &out);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    send("-INT", &child);
    let output = child.wait_with_output().expect("process has ended");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{message}");
    assert!(message.contains("complete parameters are saved"), "{message}");
    let bytes = fs::read(out.join("sensitivity.json")).expect("file is stored");
    let found: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(found["is_complete"], false);
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("file is stored");
    assert!(manifest.contains("\"interrupted\""));
}
