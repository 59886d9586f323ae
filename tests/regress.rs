//! Tests `cmgsim regress` with identical, changed and incomparable results.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::common;

const QUEUE: &str = r#"
schema = 1
duration = "4min"

[management_point.mp]
workers = 1
cpu = { dist = "exponential", mean = "30ms" }
database = "0s"

[source.arrivals]
enters = "management_point.mp"
rate = "20/s"
"#;

fn cmgsim(folder: &Path) -> Command {
    let mut command = common::cmgsim();
    command.current_dir(folder).arg("regress");
    command
}

/// Creates a folder with two scenarios and a baseline for both.
fn folder() -> tempfile::TempDir {
    let here = tempfile::tempdir().expect("folder is created");
    fs::write(here.path().join("queue.toml"), QUEUE).expect("file is written");
    fs::write(here.path().join("other.toml"), QUEUE.replace("20/s", "10/s"))
        .expect("file is written");
    save(here.path(), "baseline.toml", &[]);
    here
}

fn save(here: &Path, file: &str, arguments: &[&str]) {
    cmgsim(here)
        .args(["queue.toml", "other.toml", "--save-baseline", file, "--replications", "5"])
        .args(["--speed-tolerance", "off"])
        .args(arguments)
        .assert()
        .success();
}

/// Compares with the baseline and returns standard output and standard error.
fn compared(here: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let run = cmgsim(here)
        .args(["--baseline", "baseline.toml", "--speed-tolerance", "off"])
        .args(arguments)
        .assert()
        .code(code);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&run.get_output().stdout), text(&run.get_output().stderr))
}

/// Changes the mean of a metric in the baseline.
fn corrupt_baseline(here: &Path, scenario: &str, metric: &str, change: impl Fn(f64) -> f64) {
    let path = here.join("baseline.toml");
    let mut baseline: toml::Table =
        fs::read_to_string(&path).expect("baseline is saved").parse().expect("TOML");
    let metric = &mut baseline["scenario"][scenario]["metrics"][metric];
    let mean = metric["mean"].as_float().expect("a mean");
    metric["mean"] = change(mean).into();
    fs::write(path, baseline.to_string()).expect("file is written");
}

#[test]
fn a_repeated_run_is_identical() {
    let here = folder();
    let (text, errors) = compared(here.path(), &[], 0);
    assert!(errors.is_empty(), "{errors}");
    for expected in ["queue: 5 replications, seed 1", "other: 5", "Nothing relevant has changed"] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("latency_p95_s"))
        .expect("line of the metric");
    assert!(line.ends_with("identical"), "{line}");
    let (json, _) = compared(here.path(), &["--format", "json"], 0);
    let found: Value = serde_json::from_str(&json).expect("output is one JSON document");
    let all = found["scenarios"].as_array().expect("a list").iter();
    let metrics: Vec<&Value> =
        all.flat_map(|one| one["metrics"].as_array().expect("a list")).collect();
    assert!(metrics.len() > 20);
    for metric in metrics {
        assert_eq!(
            (&metric["finding"], metric["difference"].as_f64()),
            (&"identical".into(), Some(0.0))
        );
    }
}

#[test]
fn a_corrupted_baseline_is_detected() {
    let here = folder();
    corrupt_baseline(here.path(), "queue", "latency_p95_s", |mean| 1.5 * mean);
    corrupt_baseline(here.path(), "other", "throughput_per_s", |mean| 1.5 * mean);
    let (text, errors) = compared(here.path(), &[], 5);
    assert!(errors.contains("other throughput_per_s, queue latency_p95_s"), "{errors}");
    assert!(text.contains("CHANGED, better") && text.contains("CHANGED, worse"), "{text}");
    assert!(text.starts_with("Answer     CHANGED: 2 of "), "the answer must come first:\n{text}");
    let answer = text.split("\n\n").next().expect("a paragraph").replace("\n           ", " ");
    for part in ["other throughput_per_s worse by 33.3 %", "queue latency_p95_s better by 33.3 %"] {
        assert!(answer.contains(part), "{answer}");
    }
    let (text, errors) = compared(here.path(), &["--quiet", "queue.toml"], 5);
    assert!(text.is_empty() && errors.contains("queue latency_p95_s"), "{errors}");
    assert!(
        !errors.contains("throughput_per_s"),
        "only the requested metric may be compared: {errors}"
    );
}

#[test]
fn irrelevant_or_random_differences_are_not_regressions() {
    let here = folder();
    // With a standard deviation of zero, every difference is statistically significant.
    corrupt_baseline(here.path(), "queue", "throughput_per_s", |mean| mean * 1.000_001);
    let (text, _) = compared(here.path(), &["--tolerance", "100%"], 0);
    assert!(!text.contains("CHANGED"), "{text}");
    let (text, errors) = compared(here.path(), &["--seed", "2"], 0);
    assert!(text.contains("seed 2, baseline seed 1") && text.contains("same"), "{text}{errors}");
    let (text, _) = compared(here.path(), &["--replications", "8"], 0);
    assert!(text.contains("8 replications"), "{text}");
}

#[test]
fn unknown_scenarios_and_invalid_baselines_are_refused() {
    let here = folder();
    let (_, errors) = compared(here.path(), &["--set", "management_point.*.workers=2"], 3);
    assert!(errors.contains("`other`") && errors.contains("`queue`"), "{errors}");
    fs::write(here.path().join("queue.toml"), QUEUE.replace("30ms", "31ms"))
        .expect("file is written");
    let (text, errors) = compared(here.path(), &[], 3);
    assert!(text.is_empty() && errors.contains("`queue`"), "{errors}");
    assert!(!errors.contains("`other`"), "the unchanged scenario must not be named: {errors}");
    let (_, errors) = compared(here.path(), &["lab-b2s"], 3);
    assert!(errors.contains("the scenario `lab-b2s`; it contains other, queue"), "{errors}");
    for broken in ["", "format = 1\n", "format = 3\n", &"[".repeat(60_000)] {
        fs::write(here.path().join("baseline.toml"), broken).expect("file is written");
        let (_, errors) = compared(here.path(), &[], 3);
        assert!(errors.contains("baseline.toml"), "{errors}");
    }
    fs::remove_file(here.path().join("baseline.toml")).expect("baseline is removed");
    compared(here.path(), &[], 3);
    cmgsim(here.path()).arg("queue.toml").assert().code(2);
    cmgsim(here.path()).args(["--save-baseline", "x"]).assert().code(2);
    cmgsim(here.path()).args(["-", "--save-baseline", "x"]).assert().code(2);
    assert!(!here.path().join("x").exists());
}

#[test]
fn a_baseline_does_not_depend_on_threads_and_is_readable() {
    let here = folder();
    save(here.path(), "one.toml", &["--jobs", "1"]);
    save(here.path(), "two.toml", &["--jobs", "2"]);
    let read = |name: &str| fs::read_to_string(here.path().join(name)).expect("baseline is saved");
    assert_eq!(read("one.toml"), read("two.toml"));
    let text = read("one.toml");
    assert!(text.find("[scenario.other]") < text.find("[scenario.queue]"), "sorted");
    assert!(text.lines().all(|line| line.len() < 100), "{text}");
    assert!(
        text.lines().any(|line| line.starts_with("latency_p95_s = {") && line.ends_with("# s"))
    );
    assert!(!text.contains("speed ="), "the speed was not requested");
}

#[test]
fn only_named_metrics_are_saved() {
    let here = folder();
    let part = "station_utilisation_mean_share[management point mp]";
    save(here.path(), "baseline.toml", &["--metric", part, "--metric", "latency_mean_s"]);
    let text = fs::read_to_string(here.path().join("baseline.toml")).expect("baseline is saved");
    assert!(text.contains(&format!("\"{part}\" = ")) && !text.contains("latency_p95_s"), "{text}");
    let (text, _) = compared(here.path(), &[], 0);
    assert!(text.contains(part), "{text}");
}

#[test]
fn speed_is_a_ratio_and_a_lower_speed_is_a_regression() {
    let here = folder();
    let speed = |arguments: &[&str], code: i32| {
        let run = cmgsim(here.path()).arg("queue.toml").args(arguments).assert().code(code);
        let output = run.get_output();
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned())
    };
    speed(&["--save-baseline", "fast.toml", "--replications", "2"], 0);
    let text = fs::read_to_string(here.path().join("fast.toml")).expect("baseline is saved");
    let line = text.lines().find(|line| line.starts_with("speed = ")).expect("speed is measured");
    let ratio: f64 = line.trim_start_matches("speed = ").parse().expect("a number");
    assert!(0.01 < ratio && ratio < 100.0, "{line}");
    fs::write(here.path().join("fast.toml"), text.replace(line, "speed = 5000.0"))
        .expect("file is written");
    let [text, errors] = speed(&["--baseline", "fast.toml"], 5);
    assert!(errors.contains("queue speed"), "{errors}");
    let expected = "Answer     CHANGED: speed: 1 of 1 scenarios is slower (queue).";
    assert!(text.starts_with(expected), "the speed must not count as a metric:\n{text}");
    speed(&["--baseline", "fast.toml", "--speed-tolerance", "off"], 0);
}

/// Checks that the results match the baseline used by `.ci/run`, and that a change is detected.
#[test]
fn the_repository_baseline_holds_and_detects_changes() {
    let here = tempfile::tempdir().expect("folder is created");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/baseline.toml");
    fs::copy(own, here.path().join("baseline.toml")).expect("baseline is copied");
    let (text, _) = compared(here.path(), &[], 0);
    assert!(text.contains("Nothing relevant has changed: "), "{text}");
    corrupt_baseline(here.path(), "patch-tuesday", "latency_p99_s", |mean| 1.2 * mean);
    let (_, errors) = compared(here.path(), &["patch-tuesday"], 5);
    assert!(
        errors.contains("changed against the baseline: patch-tuesday latency_p99_s"),
        "{errors}"
    );
}
