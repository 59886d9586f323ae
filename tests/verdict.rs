//! Tests the verdict that `run` prints.

use crate::common::cmgsim;

/// Options for a small number of clients, which keeps runs short.
const SMALL: [&str; 2] = ["--set", "cohort.*.clients=30"];

/// Returns the standard output of `run`.
fn printed(here: &std::path::Path, arguments: &[&str]) -> String {
    let run = cmgsim().current_dir(here).arg("run").args(arguments).output().expect("cmgsim runs");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(matches!(run.status.code(), Some(0 | 4 | 6)), "{arguments:?}: {errors}");
    String::from_utf8(run.stdout).expect("UTF-8")
}

/// Returns the lines of the verdict that begin with `Yes`, `No` or `Not certain`.
fn answers(text: &str) -> Vec<&str> {
    let is_answer = |line: &&str| {
        let rest = line.strip_prefix("Answer     ");
        rest.is_some_and(|rest| {
            ["Yes: ", "No: ", "Not certain: "].iter().any(|word| rest.starts_with(word))
        })
    };
    text.lines().filter(is_answer).collect()
}

#[test]
fn every_embedded_scenario_has_a_verdict_on_one_screen() {
    let here = tempfile::tempdir().expect("folder is created");
    let list = cmgsim().args(["preset", "list", "--format", "json"]).output().expect("cmgsim runs");
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let names: Vec<&str> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect();
    assert!(names.len() > 20, "{names:?}");
    std::thread::scope(|scope| {
        for half in names.chunks(names.len() / 2 + 1) {
            let folder = here.path();
            scope.spawn(move || {
                for name in half {
                    let text = printed(folder, &[&[*name, "--out", name][..], &SMALL].concat());
                    assert_eq!(answers(&text).len(), 1, "{name}:\n{text}");
                    assert!(text.lines().count() <= 40, "{name}:\n{text}");
                    let longest = text.lines().map(|line| line.chars().count()).max();
                    assert!(longest <= Some(80), "{name}:\n{text}");
                }
            });
        }
    });
}

#[test]
fn quiet_prints_only_the_verdict_and_the_folder() {
    let here = tempfile::tempdir().expect("folder is created");
    let text = printed(here.path(), &[&["-q", "--out", "r"][..], &SMALL].concat());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.last(), Some(&"r"), "{text}");
    assert!(lines[0].starts_with("Question   ") && answers(&text).len() == 1, "{text}");
    assert!(lines.len() <= 14, "{text}");
}

#[test]
fn details_start_with_the_verdict_and_contain_all_tables() {
    let here = tempfile::tempdir().expect("folder is created");
    let text = printed(here.path(), &[&["--details", "--out", "r"][..], &SMALL].concat());
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in\n{text}"));
    let order =
        ["Answer ", "Published limits", "Requests and", "Disruptions", "Clients", "Cost of"];
    assert!(order.map(place).is_sorted(), "{text}");
    // The last line repeats the answer for readers who see only the end.
    let repeated = text
        .lines()
        .rev()
        .take(5)
        .any(|line| line.starts_with("Yes: ") || line.starts_with("No: "));
    assert!(repeated, "{text}");
}

#[test]
fn json_has_the_verdict_before_the_results() {
    let here = tempfile::tempdir().expect("folder is created");
    let text = printed(here.path(), &[&["--format", "json", "--out", "r"][..], &SMALL].concat());
    let place = |key: &str| text.find(&format!("\n  \"{key}\"")).expect("the key");
    assert!(["results_version", "scenario", "verdict", "is_complete"].map(place).is_sorted());
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let verdict = &json["verdict"];
    assert_eq!(verdict["answer"], "yes", "{verdict}");
    assert_eq!(verdict["requirements"], "published-limits");
    assert!(verdict["question"].as_str().expect("text").starts_with("Can two VM instances"));
    assert!(!verdict["reasons"].as_array().expect("a list").is_empty());
    let stored =
        std::fs::read_to_string(here.path().join("r/summary.json")).expect("file is stored");
    assert_eq!(stored, text);
}

#[test]
fn objectives_decide_the_verdict() {
    let here = tempfile::tempdir().expect("folder is created");
    let with = |limit: &str| {
        let set = format!("slo.latency_p95_s={limit}");
        let one = ["--set", &set, "--replications", "3", "--out", "r"];
        printed(here.path(), &[&one[..], &SMALL].concat())
    };
    let met = with("\"60s\"");
    assert!(met.contains("Answer     Yes: the objective is met."), "{met}");
    let violated = with("\"1ms\"");
    assert!(violated.contains("Answer     No: 1 of 1 objective is not met."), "{violated}");
    assert!(violated.contains("cmgsim size quickstart --set "), "{violated}");
}
