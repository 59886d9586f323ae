//! Results that are read back, and the page that is made of them. How it looks in a browser:
//! python/tests.

use std::fs;
use std::path::Path;

use cmgsim::RunResult;
use cmgsim::internals::report::html;
use cmgsim::internals::report::html::StoredRun;
use cmgsim::internals::results::read;
use cmgsim::internals::results::read::Files;
use cmgsim::internals::results::tables::run as tables;
use cmgsim::internals::results::{csv, json};

use crate::common::cmgsim;
use crate::common::quiet::{components, kind, lasting, simulate};

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
fn a_run_is_read_back_unchanged() {
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
        for table in [tables::time_series, tables::latency_distribution, tables::stations] {
            let table = table(&found.result);
            let (own, name) = (csv::to_bytes(&table), format!("{}.csv", table.name));
            assert_eq!(String::from_utf8_lossy(&own), String::from_utf8_lossy(&files[&name]));
        }
        let page = String::from_utf8(html::one(&found).expect("a page")).expect("UTF-8");
        let question = found.result.scenario.question.replace('"', "&quot;");
        assert!(page.contains(&question), "{scenario}");
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
fn the_page_loads_nothing_external() {
    let here = tempfile::tempdir().expect("a folder");
    run(here.path(), "update-domain-walk", &["--report", "--set", "cohort.*.clients=500"]);
    let page = fs::read_to_string(here.path().join("report.html")).expect("a page");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    for reference in ["href=\"http", "@import", "url("] {
        assert!(!page.contains(reference), "{reference}");
    }
    let count = |text: &str| page.matches(text).count();
    assert_eq!(
        count("src=\""),
        count("src=\"data:image&#x2f;svg+xml;"),
        "pictures are in the page"
    );
    assert!(page.contains("default-src 'none'"));
    // It belongs to the folder: the next run into it is not refused, and leaves no old page.
    run(here.path(), "update-domain-walk", &["--set", "cohort.*.clients=500"]);
    assert!(!here.path().join("report.html").exists());
}

#[test]
fn an_invalid_result_is_refused_with_a_reason() {
    let here = tempfile::tempdir().expect("a folder");
    let said = |folder: &Path, code: i32| {
        let run = cmgsim().arg("report").arg(folder).assert().code(code);
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    let said_of_nothing = said(here.path(), 3);
    assert!(said_of_nothing.contains("incomplete"), "{said_of_nothing}");
    assert!(said(&here.path().join("not-there"), 1).contains("cannot read"));
    let old = RunResult { results_version: 1, ..RunResult::default() };
    let files = Files::from([("summary.json".to_owned(), json::summary(&old))]);
    assert!(matches!(read::run(&files), Err(read::ReadError::Version { found: 1 })));
    cmgsim().arg("report").assert().code(2);
}

/// Older results do not say where values come from: the page says that instead.
#[test]
fn results_without_provenance_say_so_on_the_page() {
    let here = tempfile::tempdir().expect("a folder");
    run(here.path(), "lab-b2s", &["--set", "duration=\"10min\""]);
    let mut found = StoredRun::read(&files(here.path())).expect("readable");
    let page = |found: &StoredRun| String::from_utf8(html::one(found).expect("a page"));
    let lead = "Defaults that nobody has published.";
    assert!(page(&found).expect("UTF-8").contains(lead));
    found.result.scenario.configuration.clear();
    let page = page(&found).expect("UTF-8");
    assert!(page.contains("do not say where each value comes from") && !page.contains(lead));
}

/// By hand: 40 ms there and back, 50 ms of work, nobody in the way.
#[test]
fn the_latency_breakdown_matches_the_scenario() {
    let clients = "[cohort.c]\nclients = 100\nnew_policy_share = \"0%\"\n\
        locations = { intranet = \"100%\" }\npolicy_poll.interval = \"60min\"\n";
    let text = lasting("3h", "5min", &(components("", "") + clients))
        .replace("client_site = \"0s\"", "client_site = \"40ms\"")
        .replace("cpu = \"0s\"", "cpu = \"50ms\"\nworkers = 1000");
    let result = simulate(&text);
    let breakdown = &kind(&result, "policy_poll").latency_breakdown;
    assert_eq!(breakdown.stations.len(), 1);
    let station = &breakdown.stations[0];
    assert_eq!((station.station.name(), station.wait_s), ("site system", 0.0));
    assert!((station.service_s - 0.050).abs() < 1e-9, "{breakdown:?}");
    assert!((breakdown.network_s - 0.040).abs() < 1e-9, "{breakdown:?}");
    assert_eq!(breakdown.back_off_s, 0.0);
}

/// The parts of the way of answered requests add up to their mean latency, and what was done for
/// others is not among them; after an outage requests wait to be tried again.
#[test]
fn the_latency_breakdown_adds_up_to_the_latency() {
    let scenario = "schema = 1\nextends = \"one-instance-no-continuity\"\n";
    let overrides = vec!["cohort.*.clients=2000".to_owned()];
    let result = crate::common::simulate_text(scenario, overrides, 1).remove(0);
    let mut breakdowns = (0.0, 0.0, 0.0);
    for kind in &result.kinds {
        let answered = kind.requests.completed as f64;
        let components =
            kind.latency_breakdown.stations.iter().map(|one| one.wait_s + one.service_s);
        let components: f64 = components.sum::<f64>()
            + kind.latency_breakdown.back_off_s
            + kind.latency_breakdown.network_s;
        if answered > 0.0 {
            assert!(
                (components / kind.latency.mean - 1.0).abs() < 1e-9,
                "{}: {components}",
                kind.kind.name()
            );
        }
        for station in &kind.latency_breakdown.stations {
            breakdowns.0 += station.service_s * answered;
            breakdowns.1 += station.wait_s * answered;
        }
        breakdowns.2 += kind.latency_breakdown.back_off_s * answered;
    }
    let mut stations = (0.0, 0.0);
    for one in result.stations.iter().filter(|one| one.completed > 0) {
        stations.0 += (one.response.mean - one.wait.mean) * one.completed as f64;
        stations.1 += one.wait.mean * one.completed as f64;
    }
    assert!(
        breakdowns.0 <= stations.0 && breakdowns.1 <= stations.1,
        "{breakdowns:?} and {stations:?}"
    );
    assert!(breakdowns.2 > 0.0, "somebody waited for a retry and was answered");
}

/// By hand: three at a time at one worker wait 0, 50 and 100 ms. Refused while the server is away
/// and tried again ten seconds later, they wait ten seconds for each attempt but the last.
#[test]
fn waits_and_retries_match_a_hand_calculation() {
    let retry = "retry = { attempts = 1000, first = \"10s\", factor = 1.0, jitter = \"0%\" }\n";
    let text = |rest: &str| {
        let server = components("", "").replace("cpu = \"0s\"", "cpu = \"50ms\"\nworkers = 1");
        lasting("2h", "5min", &(server + rest))
    };
    let source = "[source.s]\nenters = \"management_point.mp\"\nrate = \"1/min\"\nbatch = 3\ncount = 90\n\
        law = \"deterministic\"\n";
    let result = simulate(&text(&format!("{source}{retry}")));
    let breakdown = |result: &RunResult| result.kinds[0].latency_breakdown.clone();
    let station = breakdown(&result).stations[0].clone();
    assert!((station.wait_s - 0.050).abs() < 1e-9, "{station:?}");
    assert!((station.service_s - 0.050).abs() < 1e-9, "{station:?}");
    let downtime =
        "[disruption.d]\nkind = \"management-point-outage\"\nat = \"30min\"\ndown = \"10min\"\n";
    let result = simulate(&text(&format!("{source}{retry}{downtime}")));
    let counts = &result.kinds[0].requests;
    assert_eq!((counts.failed, counts.in_flight_at_end), (0, 0));
    let again = (counts.attempts - counts.completed) as f64;
    assert!(again > 100.0, "{again} attempts were refused");
    let retried = breakdown(&result).back_off_s * counts.completed as f64;
    assert!((retried - 10.0 * again).abs() < 1e-6, "{retried} s of {again}");
    let served = breakdown(&result).stations[0].service_s;
    assert!((served - 0.050).abs() < 1e-9, "one service each: {served}");
}

/// Studies beside a run are sections of its page, before its numbers.
#[test]
fn a_sensitivity_study_beside_a_run_is_a_section_of_its_page() {
    let here = tempfile::tempdir().expect("a folder");
    let [of_run, of_study] = ["r", "s"].map(|name| here.path().join(name));
    let few = ["--set", "duration=\"10min\"", "--set", "cohort.*.clients=50"];
    run(&of_run, "lab-b2s", &few);
    let mut command = cmgsim();
    command.args(["sensitivity", "lab-b2s", "--replications", "2", "--quiet"]).args(few);
    command.args(["--only", "demand.forward", "--out"]).arg(&of_study).assert().success();
    let page = here.path().join("page.html");
    let mut command = cmgsim();
    command.arg("report").args([&of_run, &of_study, &of_study]).arg("--out").arg(&page);
    command.assert().success();
    let page = fs::read_to_string(page).expect("a page");
    let station = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    let (section, numbers) = (station(">Assumptions of lab-b2s</h2>"), station(">In numbers</h2>"));
    assert!(section < numbers);
    assert!(page[section..numbers].contains("alt=\"tornado"), "its chart is there");
    // Twice the same are two sections, each with a link of its own.
    assert!(page.contains("href=\"#assumptions-of-lab-b2s-2\""));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A picture of somebody else's folder cannot run anything in the page.
#[test]
fn charts_are_images() {
    let here = tempfile::tempdir().expect("a folder");
    let folder = here.path().join("s");
    let mut command = cmgsim();
    command.args(["sweep", "lab-b2s", "--set", "duration=\"10min\"", "--vary", "seed=1,2"]);
    command.args(["--vary", "gateway.lab.instances=1,2"]);
    command.args(["--replications", "2", "--quiet", "--out"]).arg(&folder).assert().success();
    let bad = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script># \"</svg>";
    // The page draws charts of lines itself and shows maps as pictures.
    let chart = folder.join("charts/latency_p95_s-map.svg");
    let whole = fs::read(&chart).expect("a file");
    fs::write(&chart, bad).expect("written");
    // A manifest that fits: somebody has made the folder by hand.
    let manifest = fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    let [old, new] = [&whole[..], bad.as_bytes()].map(sha256);
    assert!(manifest.contains(&old));
    fs::write(folder.join("manifest.json"), manifest.replace(&old, &new)).expect("forged");
    cmgsim().arg("report").arg(&folder).assert().success();
    let page = fs::read_to_string(folder.join("report.html")).expect("a page");
    assert!(!page.contains("<script>alert"), "it stands in the page");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;%23 &quot;"), "as an image");
}

/// Files that were cut or changed are refused or shown as far as they go; nothing panics.
#[test]
fn damaged_folders_do_not_panic() {
    let here = tempfile::tempdir().expect("a folder");
    run(here.path(), "update-domain-walk", &["--set", "cohort.*.clients=300"]);
    let whole = files(here.path());
    for name in read::FILES.iter().filter(|name| whole.contains_key(**name)) {
        let bytes = &whole[*name];
        let lines = bytes.split(|byte| *byte == b'\n').count();
        let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(&[]).to_vec();
        let cut = [&bytes[..bytes.len() / 2], &bytes[..bytes.len() / 3], &first_line, &[]];
        for part in cut {
            let mut damaged = whole.clone();
            damaged.insert((*name).to_owned(), part.to_vec());
            // An error or a page: both are right.
            if let Ok(found) = StoredRun::read(&damaged) {
                assert!(html::one(&found).is_ok(), "{name} of {lines} lines");
            }
        }
    }
    // Times without a date.
    let times: [(&str, serde_json::Value); 2] =
        [("duration_s", 1e300.into()), ("start_unix_s", i64::MAX.into())];
    for (key, value) in times {
        let mut summary: serde_json::Value =
            serde_json::from_slice(&whole["summary.json"]).expect("JSON");
        summary["scenario"][key] = value;
        let mut damaged = whole.clone();
        damaged.insert("summary.json".to_owned(), summary.to_string().into_bytes());
        assert!(StoredRun::read(&damaged).is_err(), "{key}");
    }
    // Parts that the tables know nothing of.
    let text = String::from_utf8_lossy(&whole["time_series.csv"]).replace("connections main", "x");
    let mut damaged = whole.clone();
    damaged.insert("time_series.csv".to_owned(), text.into_bytes());
    let found = StoredRun::read(&damaged).expect("a column less is no damage");
    assert!(html::one(&found).is_ok());
}

/// A mean over replications stands beside its interval, and never beside a count of the first
/// replication; what is of the first says so.
#[test]
fn shown_values_cover_all_replications_or_name_one() {
    let here = tempfile::tempdir().expect("a folder");
    let folder = here.path().join("r");
    // Half of the answers take longer than clients wait: some requests fail.
    let short = [
        "--set",
        "duration=\"1h\"",
        "--set",
        "client.timeout=\"700ms\"",
        "--set",
        "client.retry.attempts=1",
    ];
    let mut command = cmgsim();
    command.args(["run", "lab-b2s", "--replications", "4", "--out"]).arg(&folder).args(short);
    let done = command.assert().success();
    let printed = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    let found = StoredRun::read(&files(&folder)).expect("readable");
    let page = String::from_utf8(html::one(&found).expect("a page")).expect("UTF-8");
    let replicated = found.result.replicated.as_ref().expect("four replications");
    let mean = |name: &str| {
        let one =
            replicated.metrics.iter().find(|one| one.metric.name() == name).expect("a metric");
        (one.mean.expect("a mean"), one.half_width.expect("an interval"))
    };
    let (p95, half) = mean("latency_p95_s");
    assert!(p95 != found.result.latency.p95, "the first differs from the mean");
    let written = [p95, half].map(cmgsim::internals::report::format::seconds);
    let expected = format!("95 % within {} ± {}", written[0], written[1]);
    assert!(page.contains(&expected), "no `{expected}`");
    assert!(page.contains("given up (means of 4 replications)"));
    let (failed, _) = mean("failure_share");
    assert!(failed > 0.0, "some requests failed");
    let of_first = format!("{} of", found.result.requests.failed);
    assert!(!page.contains(&format!(">{of_first}")), "a count of the first beside the mean");
    for text in [&page, &printed] {
        assert!(text.contains("of the first replication"), "what is of the first says so");
    }
}

/// The page of a sweep begins with a verdict, and has readable numbers with their intervals.
#[test]
fn the_page_of_a_sweep_starts_with_the_answer() {
    let here = tempfile::tempdir().expect("a folder");
    let folder = here.path().join("s");
    let mut command = cmgsim();
    command.args(["sweep", "lab-b2s", "--set", "duration=\"30min\"", "--replications", "3"]);
    command.args(["--set", "slo.latency_p95_s=\"5s\"", "--vary", "gateway.lab.instances=1..3"]);
    command.args(["--vary", "cohort.*.clients=10,20", "--quiet", "--out"]).arg(&folder);
    command.assert().success();
    cmgsim().arg("report").arg(&folder).assert().success();
    let page = fs::read_to_string(folder.join("report.html")).expect("a page");
    let station = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(station("6 of 6 points meet all objectives") < station(">Points</h2>"));
    assert!(station("latency_p95_s is lowest, ") < station(">Points</h2>"));
    assert!(station(">Points</h2>") < station(">Charts</h2>"));
    let table = &page[station(">Points</h2>")..station(">Charts</h2>")];
    let cells: Vec<&str> = table.split("<td").skip(1).collect();
    let longest = |cell: &&str| {
        let text = cell.split('>').nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("");
        text.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or(0)
    };
    assert!(cells.iter().map(longest).all(|digits| digits <= 4), "{table}");
    assert!(table.contains(" ms ± ") && table.contains(">met<"), "{table}");
    // One interactive chart of lines, and the map as a picture.
    assert!(
        page.contains("id=\"chart-latency_p95_s\"") && page.contains("alt=\"latency_p95_s map\"")
    );
    assert!(!page.contains("alt=\"latency_p95_s\""), "it is not shown twice");
}
