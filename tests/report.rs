//! Results that are read back, and the page that is made of them. How it looks in a browser:
//! python/tests.

mod common;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use cmgsim::report::html::{self, StoredRun};
use cmgsim::results::read::{self, Files};
use cmgsim::results::tables::run as tables;
use cmgsim::results::{RunResult, csv, json};

fn cmgsim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmgsim"));
    command.env_remove("CMGSIM_OUT").env_remove("CMGSIM_SEED").env_remove("CMGSIM_JOBS");
    command.env("NO_COLOR", "1");
    command
}

/// A run in a folder, a short one of a scenario.
fn run(folder: &Path, scenario: &str, arguments: &[&str]) {
    let mut command = cmgsim();
    command.args(["run", scenario, "--quiet", "--out"]).arg(folder).args(arguments);
    command.assert().success();
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).expect("readable"))
    };
    files.map(read).collect()
}

/// What is read back is what was written: in JSON, in the tables, in the page.
#[test]
fn a_run_is_read_back_as_it_was() {
    let scenarios: [(&str, &[&str]); 3] = [
        ("quickstart", &["--set", "duration=\"5h\"", "--replications", "2"]),
        ("patch-tuesday", &["--set", "cohort.*.clients=40"]),
        ("connection-point-outage", &["--set", "cohort.*.clients=200"]),
    ];
    for (scenario, arguments) in scenarios {
        let here = tempfile::tempdir().expect("a folder");
        run(here.path(), scenario, arguments);
        let files = files(here.path());
        let found = StoredRun::read(&files).expect("readable");
        assert_eq!(json::summary(&found.result), files["summary.json"], "{scenario}");
        for table in [tables::timeseries, tables::latency_distribution, tables::stations] {
            let table = table(&found.result);
            let (own, name) = (csv::to_bytes(&table), format!("{}.csv", table.name));
            assert_eq!(String::from_utf8_lossy(&own), String::from_utf8_lossy(&files[&name]));
        }
        let page = String::from_utf8(html::one(&found).expect("a page")).expect("UTF-8");
        assert!(page.contains(&found.result.scenario.question), "{scenario}");
    }
}

/// What a scenario calls its parts does not become markup, nor end the script that holds the data.
#[test]
fn names_are_not_markup() {
    let text = "schema = 1\nname = \"</script><b>x\"\nquestion = \"<img src=x> & so?\"\n\
        duration = \"10min\"\n[management_point.mp]\n[source.s]\n\
        enters = \"management_point.mp\"\nrate = \"5/s\"\n";
    let here = tempfile::tempdir().expect("a folder");
    let folder = here.path().join("r");
    let mut command = cmgsim();
    command.args(["run", "-", "--report", "--quiet", "--out"]).arg(&folder).write_stdin(text);
    command.assert().success();
    let page = fs::read_to_string(folder.join("report.html")).expect("a page");
    assert!(!page.contains("<b>x") && !page.contains("<img src"), "it is escaped");
    assert!(page.contains("&lt;img src=x&gt; &amp; so?"), "and there");
    let data = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("data")).expect("JSON");
    assert!(data["charts"].as_array().is_some_and(|charts| !charts.is_empty()));
}

/// A page needs nothing else, and stays small.
#[test]
fn the_page_names_no_other_place() {
    let here = tempfile::tempdir().expect("a folder");
    run(here.path(), "update-domain-walk", &["--report", "--set", "cohort.*.clients=500"]);
    let page = fs::read_to_string(here.path().join("report.html")).expect("a page");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    for reference in ["src=\"", "href=\"http", "@import", "url("] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("default-src 'none'"));
    // It belongs to the folder: the next run into it is not refused, and leaves no old page.
    run(here.path(), "update-domain-walk", &["--set", "cohort.*.clients=500"]);
    assert!(!here.path().join("report.html").exists());
}

#[test]
fn what_is_no_result_is_refused_with_a_reason() {
    let here = tempfile::tempdir().expect("a folder");
    let said = |folder: &Path, code: i32| {
        let run = cmgsim().arg("report").arg(folder).assert().code(code);
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    let said_of_nothing = said(here.path(), 3);
    assert!(said_of_nothing.contains("summary.json is missing"), "{said_of_nothing}");
    assert!(said(&here.path().join("not-there"), 1).contains("cannot read"));
    fs::write(here.path().join("summary.json"), "{\"results_version\": 1").expect("written");
    assert!(said(here.path(), 3).contains("summary.json cannot be read"));
    let old = RunResult { results_version: 1, ..RunResult::default() };
    let files = Files::from([("summary.json".to_owned(), json::summary(&old))]);
    assert!(matches!(read::run(&files), Err(read::ReadError::Version { found: 1 })));
    cmgsim().arg("report").assert().code(2);
}

/// Where time goes adds up to the mean latency, kind by kind.
#[test]
fn the_way_of_a_request_adds_up_to_its_latency() {
    let results = common::simulate_text(
        "schema = 1\nextends = \"one-instance-no-continuity\"\n",
        vec!["cohort.*.clients=2000".to_owned()],
        1,
    );
    let mut retried = 0.0;
    for kind in &results[0].kinds {
        let stays: f64 =
            kind.way.places.iter().map(|one| one.wait_seconds + one.service_seconds).sum();
        let all = stays + kind.way.retrying_seconds + kind.way.between_seconds;
        if kind.requests.completed > 100 && kind.way.between_seconds > 0.0 {
            assert!((all / kind.latency.mean - 1.0).abs() < 1e-9, "{}: {all}", kind.kind);
        }
        retried += kind.way.retrying_seconds;
    }
    assert!(retried > 0.0, "the outage makes requests wait for a retry");
    // Everything that was served at any place is in some kind's way.
    let by_kind: f64 = results[0]
        .kinds
        .iter()
        .flat_map(|kind| {
            let answered = kind.requests.completed as f64;
            kind.way.places.iter().map(move |one| one.service_seconds * answered)
        })
        .sum();
    let by_station: f64 = results[0]
        .stations
        .iter()
        .map(|one| (one.stay.mean - one.wait.mean) * one.completed as f64)
        .filter(|seconds| seconds.is_finite())
        .sum();
    assert!((by_kind / by_station - 1.0).abs() < 1e-6, "{by_kind} and {by_station}");
}
