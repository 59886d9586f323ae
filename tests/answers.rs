//! Answers of comparisons and sweeps agree with objectives, limits and measurements.

use std::fs;
use std::path::Path;

use crate::common::cmgsim;
use crate::common::files::{folder, text};

/// Scenario of two hours with one gateway in a test lab.
const LAB: &str = r#"
schema = 1
start = "2026-11-24T08:00"
duration = "2h"
[gateway.lab]
[connection_point.cp]
[management_point.mp]
[cohort.test]
clients = 20
presence = "always-on"
"#;

/// Runs a subcommand in the folder and returns what it prints.
fn printed(here: &Path, scenario: &str, arguments: &[&str]) -> String {
    fs::write(here.join("lab.toml"), scenario).expect("a file");
    let mut command = cmgsim();
    command.current_dir(here).arg(arguments[0]).arg("lab.toml").args(&arguments[1..]);
    let run = command.args(["--replications", "2", "--out", "out"]).assert().success();
    let printed = text(&run.get_output().stdout);
    printed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_comparison_answers_for_the_objectives_of_each_scenario() {
    let here = folder();
    let scenario = format!("{LAB}[slo]\nlatency_p95_s = \"100s\"\n");
    let violated = ["compare", "--set-b", "slo.latency_p95_s=1ms"];
    let said = printed(here.path(), &scenario, &violated);
    assert!(
        said.contains("violates the objective latency_p95_s (A meets all objectives)"),
        "{said}"
    );
    let bytes = fs::read(here.path().join("out/comparison.json")).expect("a file");
    let found: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let status = |side: usize| &found["requirements"][side]["objectives"][0]["status"];
    assert_eq!([status(0), status(1)], ["met", "violated"]);
}

#[test]
fn every_exceeded_published_limit_counts_in_a_comparison() {
    let here = folder();
    let more = ["compare", "--set-b", "management_point.mp.count=16"];
    let said = printed(here.path(), LAB, &more);
    assert!(!said.contains("stays within the published limits"), "{said}");
    assert!(said.contains("exceeds the published limit of"), "{said}");
}

#[test]
fn half_widths_for_independent_random_numbers_use_the_confidence_of_one_metric() {
    let here = folder();
    let arguments = ["compare", "--set-b", "cohort.test.clients=21"];
    printed(here.path(), LAB, &arguments);
    let bytes = fs::read(here.path().join("out/comparison.json")).expect("a file");
    let found: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let number = |one: &serde_json::Value, key: &str| one[key].as_f64();
    let mut seen = 0;
    // Welch's t distribution has at least as many degrees of freedom as the paired one, so the
    // ratio of the half-widths is at most the ratio of the standard errors.
    for one in found["metrics"].as_array().expect("metrics") {
        let Some(reduction) = number(one, "variance_reduction") else { continue };
        let independent = number(one, "half_width_independent").expect("a number");
        let alone = number(one, "half_width_alone").expect("a number");
        assert!(independent <= alone * reduction.sqrt() * (1.0 + 1e-9), "{one}");
        seen += 1;
    }
    assert!(seen > 10, "{seen} metrics");
}

#[test]
fn quiet_prints_the_answer_and_the_folder() {
    let here = folder();
    fs::write(here.path().join("lab.toml"), LAB).expect("a file");
    let short = ["--set", "duration=\"20min\"", "--quiet", "--out", "out"];
    let few = ["--replications", "2"];
    for (name, arguments) in [
        ("compare", &["--set-b", "gateway.lab.instances=3", few[0], few[1]][..]),
        ("sweep", &["--vary", "gateway.lab.instances=1,2", few[0], few[1]]),
        ("sensitivity", &["--only", "demand.handshake", few[0], few[1]]),
        ("size", &["--find", "gateway.lab.instances=1,2", "--set", "slo.latency_p95_s=\"100s\""]),
    ] {
        let mut command = cmgsim();
        command.current_dir(here.path()).args([name, "lab.toml"]).args(arguments);
        let run = command.args(short).assert();
        let said = text(&run.get_output().stdout);
        let errors = text(&run.get_output().stderr);
        assert!(said.starts_with("Answer     ") && said.ends_with(".\nout\n"), "{said}{errors}");
        assert_eq!(said.matches("Answer").count(), 1, "{said}");
        fs::remove_dir_all(here.path().join("out")).expect("the folder exists");
    }
}

#[test]
fn a_sweep_recommends_no_point_without_measurements() {
    let here = folder();
    let scenario = LAB.replace("\"2h\"", "\"1s\"");
    let sweep = ["sweep", "--vary", "gateway.lab.instances=1..2"];
    let said = printed(here.path(), &scenario, &sweep);
    assert!(said.contains("None of 2 points is shown to stay"), "{said}");
    assert!(said.contains("at 2 points no request was measured"), "{said}");
    let scenario = format!("{scenario}[slo]\nlatency_p95_s = \"100s\"\n");
    fs::remove_dir_all(here.path().join("out")).expect("a folder");
    let said = printed(here.path(), &scenario, &sweep);
    assert!(said.contains("None of 2 points meets all objectives; 2 not measured."), "{said}");
}
