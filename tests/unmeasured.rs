//! Quantities without data are reported as not measured instead of zero: objectives without
//! requests and costs without prices.

use std::fs;

use crate::common::cmgsim;

/// Scenario of an office at night, when all clients are offline.
const NOBODY: &str = "schema = 1
start = \"2026-11-24T02:00\"
duration = \"1h\"
warm_up = \"10min\"
[gateway.main]
size = \"B2s\"
[connection_point.cp]
[management_point.mp]
[cohort.office]
clients = 5
[slo]
failure_share = \"1%\"
latency_p95_s = \"1s\"
";

/// Runs a scenario and returns exit code, standard output, standard error and summary.
fn run(text: &str, arguments: &[&str]) -> (i32, String, String, serde_json::Value) {
    let folder = tempfile::tempdir().expect("folder is created");
    let file = folder.path().join("scenario.toml");
    fs::write(&file, text).expect("file is written");
    let out = folder.path().join("out");
    let done = cmgsim()
        .args(["run", "--details"])
        .arg(&file)
        .args(arguments)
        .arg("--out")
        .arg(&out)
        .output();
    let done = done.expect("cmgsim runs");
    let summary = fs::read(out.join("summary.json")).expect("file is readable");
    (
        done.status.code().expect("an exit code"),
        String::from_utf8_lossy(&done.stdout).into_owned(),
        String::from_utf8_lossy(&done.stderr).into_owned(),
        serde_json::from_slice(&summary).expect("JSON"),
    )
}

fn statuses(summary: &serde_json::Value) -> Vec<&str> {
    let objectives = summary["objectives"].as_array().expect("objectives");
    objectives.iter().map(|one| one["status"].as_str().expect("a word")).collect()
}

#[test]
fn an_objective_without_requests_is_not_measured() {
    let (code, printed, complained, summary) = run(NOBODY, &["--replications", "2"]);
    assert_eq!(summary["requests"]["issued"], 0, "no client may be online");
    assert_eq!(code, 6, "{complained}");
    assert_eq!(statuses(&summary), ["not-measured"; 2]);
    assert!(printed.contains("not measured"), "{printed}");
    let reason = "not measured: latency_p95_s, failure_share";
    let other = "not measured: failure_share, latency_p95_s";
    assert!(complained.contains(reason) || complained.contains(other), "{complained}");
    for text in [&printed, &complained] {
        assert!(!text.contains("would tell") && !text.contains("would decide"), "{text}");
    }
}

#[test]
fn the_same_objectives_are_evaluated_if_there_are_requests() {
    let day = NOBODY
        .replace("T02:00", "T10:00")
        .replace("clients = 5", "clients = 40")
        .replace("\"1s\"", "\"5s\"");
    let (code, printed, complained, summary) = run(&day, &["--replications", "4"]);
    assert_eq!(code, 0, "{printed}{complained}");
    assert_eq!(statuses(&summary), ["met"; 2]);
}

#[test]
fn a_vm_without_price_has_no_total_cost() {
    let day = NOBODY.replace("T02:00", "T10:00").replace("failure_share = \"1%\"\n", "");
    let day = day.replace("latency_p95_s = \"1s\"", "cost_per_month = 200.0");
    let (code, printed, complained, summary) = run(&day, &["--replications", "2"]);
    assert_eq!((code, statuses(&summary)), (6, vec!["not-measured"]), "{complained}");
    assert!(printed.contains("no total: set prices.vm_hour.B2s"), "{printed}");
    assert!(summary["cost"]["total_per_month"].is_null());
    // At 0.05 per hour, two B2s instances cost 72 for 720 hours. The outgoing traffic is free.
    let price = ["--replications", "2", "--set", "prices.vm_hour.B2s=0.05"];
    let (code, printed, complained, summary) = run(&day, &price);
    assert_eq!((code, statuses(&summary)), (0, vec!["met"]), "{complained}");
    assert_eq!(summary["cost"]["total_per_month"], 72.0, "{printed}");
    assert!(
        printed.contains("the total excludes items without a price: set prices.public_ip_hour")
    );
    // An explicit price of zero counts as a price.
    let free = ["--replications", "2", "--set", "prices.vm_hour.B2s=0"];
    assert_eq!(run(&day, &free).3["cost"]["total_per_month"], 0.0);
}
