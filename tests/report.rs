//! Tests reading stored results, and the report page. The tests in `python/tests` show the page in
//! a browser.

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

/// Runs a scenario and stores its results in a folder.
fn run(folder: &Path, scenario: &str, arguments: &[&str]) {
    let mut command = cmgsim();
    command.args(["run", scenario, "--quiet", "--out"]).arg(folder).args(arguments);
    command.assert().success();
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).expect("folder is readable").flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).expect("readable"))
    };
    files.map(read).collect()
}

/// A run that is read from files has the same JSON document and tables as the original run.
#[test]
fn a_run_read_from_files_equals_the_original_run() {
    let scenarios: [(&str, &[&str]); 3] = [
        ("quickstart", &["--set", "duration=\"5h\"", "--replications", "2"]),
        ("patch-tuesday", &["--set", "cohort.*.clients=40"]),
        ("connection-point-outage", &["--set", "cohort.*.clients=200"]),
    ];
    for (scenario, arguments) in scenarios {
        let here = tempfile::tempdir().expect("folder is created");
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
        for part in question.split(" (overridden: ") {
            assert!(page.contains(part.trim_end_matches(')')), "{scenario}: {part}");
        }
    }
}

/// Names in a scenario are not interpreted as markup and cannot end the script element.
#[test]
fn names_are_escaped() {
    let text = "schema = 1\nname = \"</script><b>x\"\nquestion = \"<img src=x> & so?\"\n\
        duration = \"10min\"\n[management_point.mp]\n[source.s]\n\
        enters = \"management_point.mp\"\nrate = \"5/s\"\n";
    let here = tempfile::tempdir().expect("folder is created");
    let folder = here.path().join("r");
    let mut command = cmgsim();
    command.args(["run", "-", "--report", "--quiet", "--out"]).arg(&folder).write_stdin(text);
    command.assert().success();
    let page = fs::read_to_string(folder.join("report.html")).expect("file is readable");
    assert!(!page.contains("<b>x") && !page.contains("<img src"), "markup is not escaped");
    assert!(page.contains("&lt;img src=x&gt; &amp; so?"), "the page must show the question");
    let data = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("data")).expect("JSON");
    assert!(data["charts"].as_array().is_some_and(|charts| !charts.is_empty()));
}

/// Checks that a page loads nothing, and returns the number of its images.
fn images_of_self_contained(page: &str) -> usize {
    for reference in ["href=\"http", "@import", "url("] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("default-src 'none'"));
    let images = page.matches("src=\"").count();
    let own = page.matches("src=\"data:image&#x2f;svg+xml;").count();
    assert_eq!(images, own, "images must be part of the page");
    images
}

/// The page is one small file that loads no other files.
#[test]
fn the_page_loads_nothing() {
    let here = tempfile::tempdir().expect("folder is created");
    run(here.path(), "update-domain-walk", &["--report", "--set", "cohort.*.clients=500"]);
    let page = fs::read_to_string(here.path().join("report.html")).expect("file is readable");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    images_of_self_contained(&page);
    // The page belongs to the folder, so the next run into the folder succeeds and removes the
    // page.
    run(here.path(), "update-domain-walk", &["--set", "cohort.*.clients=500"]);
    assert!(!here.path().join("report.html").exists());
}

#[test]
fn folders_without_results_are_refused_with_a_reason() {
    let here = tempfile::tempdir().expect("folder is created");
    let message = |folder: &Path, code: i32| {
        let run = cmgsim().arg("report").arg(folder).assert().code(code);
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    let incomplete = message(here.path(), 3);
    assert!(incomplete.contains("incomplete"), "{incomplete}");
    assert!(message(&here.path().join("not-there"), 1).contains("cannot read"));
    let old = RunResult { results_version: 1, ..RunResult::default() };
    let files = Files::from([("summary.json".to_owned(), json::summary(&old))]);
    assert!(matches!(read::run(&files), Err(read::ReadError::Version { found: 1 })));
    cmgsim().arg("report").assert().code(2);
}

/// Older results do not contain the sources of values, and the page mentions this.
#[test]
fn the_page_mentions_missing_sources_of_values() {
    let here = tempfile::tempdir().expect("folder is created");
    run(here.path(), "lab-b2s", &["--set", "duration=\"10min\""]);
    let mut found = StoredRun::read(&files(here.path())).expect("readable");
    let page = |found: &StoredRun| String::from_utf8(html::one(found).expect("a page"));
    let lead = "Defaults without a published source.";
    assert!(page(&found).expect("UTF-8").contains(lead));
    found.result.scenario.configuration.clear();
    let page = page(&found).expect("UTF-8");
    assert!(
        page.contains("do not name the source of each configuration value") && !page.contains(lead)
    );
}

/// Hand calculation: a request takes 40 ms for the round trip and 50 ms of service, without
/// waiting.
#[test]
fn the_latency_breakdown_of_an_idle_system_matches_hand_calculation() {
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

/// The components of the latency breakdown add up to the mean latency of completed requests. Work
/// for failed requests is excluded. After an outage, requests spend time in back-off.
#[test]
fn the_parts_of_the_latency_breakdown_add_up_to_the_latency() {
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
    assert!(breakdowns.2 > 0.0, "some completed requests must have been in back-off");
}

/// Hand calculation: three simultaneous requests at one worker wait for 0, 50 and 100 ms. Attempts
/// during an outage fail, and a back-off of ten seconds follows each failure.
#[test]
fn waiting_times_and_back_off_match_hand_calculation() {
    let retry = "retry = { attempts = 1000, first = \"10s\", factor = 1.0, jitter = \"0%\" }\n";
    let text = |rest: &str| {
        let server = components("", "").replace("cpu = \"0s\"", "cpu = \"50ms\"\nworkers = 1");
        lasting("2h", "5min", &(server + rest))
    };
    let source = "[source.s]\nenters = \"management_point.mp\"\nrate = \"1/min\"\nbatch = 3\ncount = 90\n\
        arrival_process = \"deterministic\"\n";
    let result = simulate(&text(&format!("{source}{retry}")));
    let breakdown = |result: &RunResult| result.kinds[0].latency_breakdown.clone();
    let station = breakdown(&result).stations[0].clone();
    assert!((station.wait_s - 0.050).abs() < 1e-9, "{station:?}");
    assert!((station.service_s - 0.050).abs() < 1e-9, "{station:?}");
    let outage =
        "[disruption.d]\nkind = \"management-point-outage\"\nat = \"30min\"\ndown = \"10min\"\n";
    let result = simulate(&text(&format!("{source}{retry}{outage}")));
    let counts = &result.kinds[0].requests;
    assert_eq!((counts.failed, counts.in_flight_at_end), (0, 0));
    let retries = (counts.attempts - counts.completed) as f64;
    assert!(retries > 100.0, "{retries} attempts failed");
    let retried = breakdown(&result).back_off_s * counts.completed as f64;
    assert!((retried - 10.0 * retries).abs() < 1e-6, "{retried} s of {retries}");
    let served = breakdown(&result).stations[0].service_s;
    assert!((served - 0.050).abs() < 1e-9, "one service per attempt: {served}");
}

/// In a report of a run and a study, the study is a section before the tables of the run.
#[test]
fn a_report_of_a_run_and_a_study_has_a_section_for_the_study() {
    let here = tempfile::tempdir().expect("folder is created");
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
    let page = fs::read_to_string(page).expect("file is readable");
    let station = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    let (section, tables) =
        (station(">Sensitivity of lab-b2s</h2>"), station(">Result tables</h2>"));
    assert!(section < tables);
    assert!(
        page[section..tables].contains("class=\"cmgsim-chart\""),
        "the section lacks the chart"
    );
    // If the same study is specified twice, the page has two sections, each with a link.
    assert!(page.contains("href=\"#sensitivity-of-lab-b2s-2\""));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A chart file in a manipulated folder cannot run scripts in the page.
#[test]
fn chart_files_are_shown_as_images() {
    let here = tempfile::tempdir().expect("folder is created");
    let folder = here.path().join("c");
    let mut command = cmgsim();
    command.args(["compare", "lab-b2s", "--set", "duration=\"10min\""]);
    command.args(["--set-b", "gateway.lab.instances=2", "--replications", "2", "--quiet", "--out"]);
    command.arg(&folder).assert().success();
    let bad = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script># \"</svg>";
    let chart = folder.join("charts/comparison-distribution.svg");
    let whole = fs::read(&chart).expect("file is readable");
    fs::write(&chart, bad).expect("file is written");
    // Update the hash in the manifest so that the changed file is accepted.
    let manifest = fs::read_to_string(folder.join("manifest.json")).expect("file is readable");
    let [old, new] = [&whole[..], bad.as_bytes()].map(sha256);
    assert!(manifest.contains(&old));
    fs::write(folder.join("manifest.json"), manifest.replace(&old, &new)).expect("file is written");
    cmgsim().arg("report").arg(&folder).assert().success();
    let page = fs::read_to_string(folder.join("report.html")).expect("file is readable");
    assert!(!page.contains("<script>alert"), "the script is an element of the page");
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;%23 &quot;"),
        "the chart is not an image"
    );
    assert!(images_of_self_contained(&page) > 0, "the page has no images");
}

/// Truncated or modified files are refused or shown as far as possible, without a panic.
#[test]
fn damaged_folders_do_not_panic() {
    let here = tempfile::tempdir().expect("folder is created");
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
            // Both an error and a page are acceptable.
            if let Ok(found) = StoredRun::read(&damaged) {
                assert!(html::one(&found).is_ok(), "{name} of {lines} lines");
            }
        }
    }
    // These times are outside the supported range of dates.
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
    // A column that names an unknown component is accepted.
    let text = String::from_utf8_lossy(&whole["time_series.csv"]).replace("connections main", "x");
    let mut damaged = whole.clone();
    damaged.insert("time_series.csv".to_owned(), text.into_bytes());
    let found = StoredRun::read(&damaged).expect("a missing column is not an error");
    assert!(html::one(&found).is_ok());
}

/// A mean over replications is shown with its interval and never beside a count of the first
/// replication. Values of the first replication are labelled.
#[test]
fn values_are_means_or_marked_as_first_replication() {
    let here = tempfile::tempdir().expect("folder is created");
    let folder = here.path().join("r");
    // Half of the responses take longer than the client's timeout, so some requests fail.
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
    assert!(p95 != found.result.latency.p95, "the first replication must differ from the mean");
    let written = [p95, half].map(cmgsim::internals::report::format::seconds);
    let expected = format!("{} <small>± {}</small>", written[0], written[1]);
    assert!(page.contains(&expected), "no `{expected}`");
    assert!(page.contains("means of 4 replications with 95 % confidence intervals"));
    let (failed, _) = mean("failure_share");
    assert!(failed > 0.0, "some requests must fail");
    let of_first = format!("{} of", found.result.requests.failed);
    assert!(!page.contains(&format!(">{of_first}")), "the mean is beside a count");
    for text in [&page, &printed] {
        assert!(text.contains("of the first replication"), "values must be labelled");
    }
}

/// The page of a sweep begins with the verdict and shows rounded numbers with their intervals.
#[test]
fn the_page_of_a_sweep_begins_with_the_verdict() {
    let here = tempfile::tempdir().expect("folder is created");
    let folder = here.path().join("s");
    let mut command = cmgsim();
    command.args(["sweep", "lab-b2s", "--set", "duration=\"30min\"", "--replications", "3"]);
    command.args(["--set", "slo.latency_p95_s=\"5s\"", "--vary", "gateway.lab.instances=1..3"]);
    command.args(["--vary", "cohort.*.clients=10,20", "--quiet", "--out"]).arg(&folder);
    command.assert().success();
    cmgsim().arg("report").arg(&folder).assert().success();
    let page = fs::read_to_string(folder.join("report.html")).expect("file is readable");
    let station = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(station("class=\"answer\"") < station("6 of 6 points meet all objectives"));
    assert!(station("6 of 6 points meet all objectives") < station(">Charts</h2>"));
    assert!(station("latency_p95_s is lowest, ") < station(">Charts</h2>"));
    assert!(station(">Charts</h2>") < station(">Points</h2>"));
    let table = &page[station(">Points</h2>")..station("<footer")];
    let cells: Vec<&str> = table.split("<td").skip(1).collect();
    let longest = |cell: &&str| {
        let text = cell.split('>').nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("");
        text.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or(0)
    };
    assert!(cells.iter().map(longest).all(|digits| digits <= 4), "{table}");
    assert!(table.contains(" ms ± ") && table.contains(">met<"), "{table}");
    // The page draws the line chart and the map from data, so it does not embed the chart files.
    assert!(page.contains("id=\"chart-latency_p95_s\"") && page.contains("class=\"cmgsim-chart\""));
    assert!(!page.contains("<img"), "a chart is shown twice");
}

/// The order is verdict, key metrics, system diagram, charts, tables. Sections that a planner
/// seldom needs are collapsed.
#[test]
fn the_page_of_a_run_begins_with_the_verdict() {
    let here = tempfile::tempdir().expect("folder is created");
    run(here.path(), "update-domain-walk", &["--set", "cohort.*.clients=500"]);
    let found = StoredRun::read(&files(here.path())).expect("readable");
    let page = String::from_utf8(html::one(&found).expect("a page")).expect("UTF-8");
    let station = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    let statement = found.result.verdict.as_ref().expect("a verdict").statement.as_str();
    let order = [
        statement,
        "<ul class=\"cards\"",
        ">System</h2>",
        ">Charts</h2>",
        ">Published limits</h2>",
        ">Result tables</h2>",
        ">Assumptions</h2>",
    ];
    let stations: Vec<usize> = order.iter().map(|text| station(text)).collect();
    assert!(stations.is_sorted(), "{order:?}: {stations:?}");
    let open = ["System", "Charts", "Published limits", "Result tables"];
    let collapsed = ["More charts", "More tables", "Assumptions", "Reproduction"];
    let is_collapsed = |title: &str| {
        let heading = station(&format!(">{title}</h2>"));
        page[..heading].rfind("<summary>") > page[..heading].rfind("</summary>")
    };
    assert!(!open.iter().any(|title| is_collapsed(title)));
    assert!(collapsed.iter().all(|title| is_collapsed(title)));
    // The charts mark each of the four disruptions as an event. Their focus is the time around the
    // worst disruption.
    let data = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("data")).expect("JSON");
    assert_eq!(data["charts"][0]["events"].as_array().map(Vec::len), Some(4));
    assert!(data["charts"][0]["focus"][0].as_f64() < data["charts"][0]["focus"][1].as_f64());
    // The header of printed pages escapes hyphens.
    assert!(page.contains("@top-left { content: \"update\\2d domain\\2d walk\"; }"));
}

/// Runs that are shown side by side are named by their differences. Each metric shows the size and
/// direction of its difference.
#[test]
fn runs_side_by_side_are_named_by_their_differences() {
    let here = tempfile::tempdir().expect("folder is created");
    let folders = ["1", "2"].map(|count| (here.path().join(count), count));
    for (folder, count) in &folders {
        let instances = format!("gateway.lab.instances={count}");
        run(folder, "lab-b2s", &["--set", "duration=\"30min\"", "--set", &instances]);
    }
    let page = here.path().join("page.html");
    let mut command = cmgsim();
    command.arg("report").args(folders.iter().map(|(folder, _)| folder)).arg("--out").arg(&page);
    command.assert().success();
    let page = fs::read_to_string(page).expect("file is readable");
    assert!(page.contains("<h1>lab-b2s: 1 instance and 2 instances</h1>"));
    let table = page.split(">Metrics</h2>").nth(1).and_then(|rest| rest.split("</table>").next());
    let table = table.expect("a table of metrics");
    for title in ["1 instance", "2 instances", "difference"] {
        assert!(table.contains(&format!(">{title}</th>")), "{title}");
    }
    let row = |metric: &str| {
        let row = table.split("<tr>").find(|row| row.contains(&format!(">{metric}</th>")));
        row.unwrap_or_else(|| panic!("no {metric} in {table}"))
    };
    // Two instances share the connections, so the peak per instance is lower.
    let peak = row("connections_peak");
    assert!(peak.contains(", lower<") && peak.contains(">-"), "{peak}");
}
