//! `cmgsim calibrate iis --scenario`: values that are recovered from simulated logs.

use std::fs;

use serde_json::Value;

use crate::common::cmgsim;
use crate::common::files::folder;

/// A site with one management point and one software update point; all clients are on the intranet.
const BASE: &str = r#"schema = 1
name = "site"
start = "2026-11-02T00:00"
time_zone = "Europe/Berlin"
duration = "7d"
warm_up = "1d"
management_point.mp.count = 1
software_update_point.sup.count = 1
client.locations = { intranet = "100%" }
cohort.office.clients = 1_200
cohort.kiosks = { clients = 300, presence = "always-on" }
"#;

/// The true values.
const TRUTH: &str = r#"schema = 1
extends = "base.toml"
client.state_message.rate = "10/day"
client.new_policy_share = "8%"
client.update_scan.interval = "4d"
client.message.policy_body.response = "55 KB"
management_point.mp.database.default = { dist = "lognormal", mean = "40ms", cv = 0.8 }
software_update_point.sup.database = { dist = "gamma", mean = "120ms", cv = 0.7 }
cohort.office.presence = { kind = "office-hours", start = "07:45", length = "9h" }
"#;

/// Returns the number of a measured value, or the mean of a distribution, without its unit.
fn number(value: &Value) -> f64 {
    let text = value.as_str().expect("text");
    let text = text.split_once("mean = ").map_or(text, |(_, mean)| mean).trim_matches('"');
    let end = text.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(text.len());
    text[..end].parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn the_values_behind_simulated_logs_are_recovered() {
    let folder = folder();
    fs::write(folder.path().join("base.toml"), BASE).expect("file is written");
    fs::write(folder.path().join("truth.toml"), TRUTH).expect("file is written");
    let run = |arguments: &[&str]| {
        let mut command = cmgsim();
        command.args(arguments).current_dir(folder.path()).assert().success();
    };
    run(&["run", "truth.toml", "--iis-log", "logs", "--out", "run", "-q"]);
    run(&["calibrate", "iis", "logs", "--scenario", "base.toml", "--out", "measured"]);
    run(&["check", "measured/measured.toml"]);
    let read = |name: &str| -> Value {
        let bytes = fs::read(folder.path().join(name)).expect("file is readable");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let (found, truth) = (read("measured/calibration.json"), read("logs/truth.json"));
    let value = |path: &str| {
        let all = found["values"].as_array().expect("a list").iter();
        let mut own = all.filter(|one| one["paths"][0] == path);
        own.next().unwrap_or_else(|| panic!("{path} is measured: {}", found["not_measured"]))
    };
    let kind = |system: usize, name: &str| {
        let kinds = truth["systems"][system]["kinds"].as_array().expect("a list").iter();
        kinds.into_iter().find(|one| one["kind"] == name).expect("a kind").clone()
    };
    let rows = |name: &str| kind(0, name)["rows"].as_f64().expect("a number");
    let close = |path: &str, true_value: f64, error: f64| {
        let one = number(&value(path)["value"]);
        assert!((one / true_value - 1.0).abs() < error, "{path}: {one}, truth {true_value}");
    };
    close("client.new_policy_share", 100.0 * rows("policy_body") / rows("policy_poll"), 0.02);
    close("client.state_message.rate", 10.0 / 24.0, 0.03);
    close("client.update_scan.interval", 96.0, 0.04);
    close("client.message.policy_body.response", 55.0, 0.005);
    // The CPU times of the base scenario, 8 and 150 ms, are true.
    let service = |system, name: &str| kind(system, name)["service_mean_s"].as_f64();
    let body = 1e3 * service(0, "policy_body").expect("a number") - 8.0;
    close("management_point.mp.database.policy_body", 40.0, 0.05);
    assert!((body / 40.0 - 1.0).abs() < 0.05);
    let scan = 1e3 * service(1, "update_scan").expect("a number") - 150.0;
    close("software_update_point.sup.database", scan, 0.03);
    // 85 % of the clients are online for 9 hours on each working day, and 10 % at the weekend.
    let hours = found["presence"].as_array().expect("a list").iter();
    let online: f64 = hours.map(|hour| hour["online_share"].as_f64().expect("a share")).sum();
    let weekly = online / (9.0 * (5.0 * 0.85 + 2.0 * 0.1));
    assert!((weekly - 1.0).abs() < 0.03, "{online} hours per week");
    let assumed = |name: &str| found[name].as_u64().expect("a number");
    assert!(assumed("assumed_after") < assumed("assumed_before"));
}

#[test]
fn a_scenario_from_standard_input_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("a.log"), "").expect("file is written");
    let mut command = cmgsim();
    command.args(["calibrate", "iis", "a.log", "--scenario", "-"]).current_dir(folder.path());
    let done = command.assert().code(2);
    let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(error.contains("save the scenario as a file"), "{error}");
}
