//! Tests the command line: subcommands, exit codes, output streams, files and errors.

use std::fs;
use std::path::Path;

use crate::common::cmgsim;
#[cfg(unix)]
use crate::common::signals::{send, start};

/// If `--set` creates a section whose name is similar to that of an existing section, a single
/// warning names both.
#[test]
fn a_mistyped_section_name_is_reported() {
    let said = |set: &str| {
        let run = cmgsim().args(["check", "quickstart", "--set", set]).assert().success();
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    let warning = said("cohort.kioks.clients=22");
    assert!(warning.contains("--set adds cohort.kioks"), "{warning}");
    assert!(warning.contains("it contains cohort.kiosks"), "{warning}");
    assert_eq!(warning.matches("--set adds").count(), 1);
    for fine in ["cohort.kiosks.clients=22", "cohort.warehouse.clients=22", "seed=7"] {
        assert!(!said(fine).contains("--set adds"), "{fine}");
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("folder is created")
}

/// Returns the standard output of a command that must succeed.
fn printed(arguments: &[&str]) -> String {
    let run = cmgsim().args(arguments).assert().success();
    String::from_utf8(run.get_output().stdout.clone()).expect("UTF-8")
}

/// Returns the standard error of a command that must fail with this exit code.
fn complaint(arguments: &[&str], code: i32) -> String {
    let run = cmgsim().args(arguments).assert().code(code);
    String::from_utf8(run.get_output().stderr.clone()).expect("UTF-8")
}

/// Options for a small number of clients, which keeps runs short.
const SMALL: [&str; 2] = ["--set", "cohort.*.clients=60"];

#[test]
fn run_without_a_file_runs_the_quickstart_and_writes_everything() {
    let here = folder();
    let run = cmgsim().current_dir(here.path()).args(["run", "--details"]).args(SMALL).assert();
    let run = run.success();
    let output = run.get_output();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "quickstart",
        "Requests and their latency",
        "Stations",
        "VM instances",
        "Connection points",
        "Management points",
        "Disruptions and reconnection storms",
        "Published limits",
        "Worst five minutes",
        "events/s",
        "assumed",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
    let latest = here.path().join("output/quickstart/latest");
    for file in [
        "summary.json",
        "time_series.csv",
        "latency.csv",
        "latency_distribution.csv",
        "stations.csv",
        "checks.csv",
        "flows.csv",
        "cost.csv",
        "reconnection_storm.csv",
        "scenario.resolved.toml",
        "manifest.json",
    ] {
        assert!(fs::metadata(latest.join(file)).expect(file).len() > 100, "{file}");
    }
    for chart in [
        "topology",
        "request-rate",
        "latency",
        "connections",
        "connections-map",
        "utilisation",
        "ports",
        "latency-distribution",
        "reconnection-storm",
        "cost",
    ] {
        let svg = fs::read_to_string(latest.join(format!("charts/{chart}.svg"))).expect(chart);
        assert!(svg.starts_with("<svg") && svg.contains("quickstart"), "{chart}");
        let png = fs::read(latest.join(format!("charts/{chart}.png"))).expect(chart);
        assert_eq!(&png[1..4], b"PNG", "{chart}");
    }
    let bytes = fs::read(latest.join("manifest.json")).expect("file is readable");
    let manifest: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(manifest["state"], "complete");
    assert_eq!(manifest["overrides"][0], "cohort.*.clients=60");
    let charts = fs::read_dir(latest.join("charts")).expect("folder is readable").count();
    assert!(charts >= 20);
    assert_eq!(manifest["files"].as_object().map(serde_json::Map::len), Some(11 + charts));
}

#[test]
fn the_resolved_scenario_gives_the_same_results() {
    let here = folder();
    let (one, two) = (here.path().join("one"), here.path().join("two"));
    cmgsim()
        .args(["run", "quickstart", "--quiet", "--seed", "7"])
        .args(SMALL)
        .arg("--out")
        .arg(&one)
        .assert()
        .success();
    let resolved = one.join("scenario.resolved.toml");
    cmgsim().arg("run").arg(&resolved).arg("--quiet").arg("--out").arg(&two).assert().success();
    let series =
        |folder: &Path| fs::read(folder.join("time_series.csv")).expect("file is readable");
    assert_eq!(series(&one), series(&two));
}

#[test]
fn quiet_prints_verdict_and_folder_and_json_only_the_document() {
    let here = folder();
    let out = here.path().join("results");
    let run =
        cmgsim().args(["run", "--quiet"]).args(SMALL).arg("--out").arg(&out).assert().success();
    let printed = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(printed.contains("Answer     Yes: "), "{printed}");
    assert_eq!(printed.lines().last(), Some(&*out.display().to_string()), "{printed}");
    let run = cmgsim()
        .args(["run", "--format", "json"])
        .args(SMALL)
        .arg("--out")
        .arg(&out)
        .assert()
        .success();
    let output = run.get_output();
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("output is one JSON document");
    assert_eq!(document["scenario"]["clients"], 180);
    assert!(document["events"].as_u64() > Some(10_000));
    assert!(output.stderr.is_empty());
    assert_eq!(fs::read(out.join("summary.json")).expect("file is readable"), output.stdout);
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    let text = "schema = 1\n[management_point.mp]\n[source.s]\nenters = \"management_points\"\n\
        rate = \"5/s\"\n";
    let run = cmgsim().args(["check", "-"]).write_stdin(text).assert().success();
    assert!(String::from_utf8_lossy(&run.get_output().stdout).contains("Valid."));
    cmgsim().args(["check", "-"]).write_stdin(&b"\xff\xfe"[..]).assert().code(3);
    cmgsim().args(["check", "-"]).write_stdin("x = ").assert().code(3);
}

#[test]
fn check_estimates_load_and_warns() {
    let text = printed(&["check", "quickstart"]);
    for expected in ["Offered load", "gateway instances main", "7.7 %", "4,256", "Valid."] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
    let run = cmgsim().args(["check", "over-the-limit"]).assert().success();
    let warnings = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(warnings.contains("9000 expected, 6000 supported"), "{warnings}");
    let slow = ["--set", "management_point.*.cpu=\"2s\""];
    let run = cmgsim().args(["check", "quickstart"]).args(slow).assert().success();
    let warnings = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(warnings.contains("management point mp-1 is overloaded"), "{warnings}");
    let document = printed(&["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(document["valid"], true);
    assert!(printed(&["check", "--resolved"]).contains("default (assumed)"));
}

#[test]
fn init_writes_a_valid_scenario_and_never_overwrites() {
    let here = folder();
    let file = here.path().join("mine.toml");
    let path = file.to_str().expect("UTF-8");
    printed(&["init", path, "--clients", "321", "--internet", "100%", "--instances", "3"]);
    let written = fs::read_to_string(&file).expect("file is written");
    assert!((20..=40).contains(&written.lines().count()), "{written}");
    assert_eq!(written.lines().find(|line| line.len() > 100), None);
    assert!(written.contains("clients = 321"), "{written}");
    let check = cmgsim().args(["check", path]).assert().success();
    assert!(String::from_utf8_lossy(&check.get_output().stdout).contains("321 clients"));
    assert!(check.get_output().stderr.is_empty(), "init must write a scenario without warnings");
    let out = here.path().join("out");
    cmgsim().args(["run", path, "-q", "--charts", "none", "--out"]).arg(&out).assert().success();
    fs::write(&file, "mine").expect("file is written");
    assert!(complaint(&["init", path], 2).contains("exists"));
    assert_eq!(fs::read_to_string(&file).expect("file is kept"), "mine");
    printed(&["init", path, "--force"]);
    assert!(complaint(&["init", "/nowhere/mine.toml"], 1).contains("/nowhere/mine.toml"));
    assert!(printed(&["init", "-"]).contains("schema = 1"));
    assert!(complaint(&["init", "-", "--force"], 2).contains("--force has no effect"));
}

/// Without a terminal, `init` does not wait for input.
#[test]
fn init_does_not_ask_without_a_terminal() {
    let here = folder();
    let mut init = cmgsim();
    init.current_dir(here.path()).arg("init").write_stdin("99\n99\n");
    let said = init.assert().success();
    assert!(said.get_output().stderr.is_empty());
    let written = fs::read_to_string(here.path().join("scenario.toml")).expect("file is written");
    assert!(written.contains("clients = 10000"), "{written}");
}

/// `init --full` names every metric that can be an objective.
#[test]
fn the_full_scenario_lists_all_objectives() {
    let text = printed(&["init", "-", "--full"]);
    let document = printed(&["params", "slo.", "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let rows = rows.as_array().expect("a list");
    assert!(rows.len() >= 17);
    let section = text.split("\n[slo]\n").nth(1).expect("a section for objectives");
    for row in rows {
        let key = row["path"].as_str().expect("a path").trim_start_matches("slo.");
        let is_listed = [format!("\n# {key} = "), format!(": {key}, "), format!(", {key}.")];
        assert!(is_listed.iter().any(|text| section.contains(text)), "{key}");
    }
}

/// Every key that `init --full` comments out is a valid key with its default.
#[test]
fn the_comments_of_the_full_scenario_are_valid_keys() {
    let text = printed(&["init", "-", "--full"]);
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_setting(rest) => rest,
            _ => line,
        })
        .collect();
    assert!(uncommented.len() > 100);
    cmgsim().args(["check", "-"]).write_stdin(uncommented.join("\n")).assert().success();
}

fn is_setting(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| {
        let is_of_key = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._".contains(letter)
        };
        key.chars().all(is_of_key)
    })
}

#[test]
fn params_shows_where_values_come_from() {
    let text = printed(&["params", "limit.ports"]);
    assert!(text.contains("16384") && text.contains("published: perf-scale.md"), "{text}");
    let all = printed(&["params"]);
    assert!(all.contains("assumed:") && all.contains("derived:"));
    assert!(complaint(&["params", "nonsense"], 2).contains("nonsense"));
    let document: serde_json::Value =
        serde_json::from_str(&printed(&["params", "probe", "--format", "json"])).expect("JSON");
    assert_eq!(document[0]["path"], "gateway.*.probe.interval");
}

#[test]
fn presets_error_codes_and_the_version_are_printed() {
    assert!(printed(&["preset", "list"]).lines().count() >= 8);
    assert!(printed(&["preset", "show", "quickstart"]).contains("schema = 1"));
    assert!(complaint(&["preset", "show", "quickstrat"], 2).contains("did you mean `quickstart`"));
    assert!(printed(&["explain", "cmg0302"]).contains("unit"));
    assert!(complaint(&["explain", "CMG9999"], 2).contains("CMG9999"));
    assert!(printed(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
    assert!(printed(&["--help"]).contains("Exit codes"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for arguments in
        [&["fly"][..], &["run", "--seed", "many"], &["run", "a", "b"], &["explain", "-x"]]
    {
        complaint(arguments, 2);
    }
    assert!(complaint(&["run", "quickstrat"], 3).contains("did you mean `quickstart`"));
}

/// An option without effect is refused, and the message names the option that it requires.
#[test]
fn options_without_effect_are_usage_errors() {
    for (arguments, names) in [
        (&["run", "--metric", "latency_mean_s"][..], "--precision"),
        (&["compare", "lab-b2s", "--max-replications", "50"], "--precision"),
        (&["sensitivity", "--trajectories", "4"], "--method morris"),
        (&["sensitivity", "--method", "morris", "--budget", "9"], "--method screening"),
        (&["run", "--charts", "none", "--font-scale", "2"], "--charts svg or png"),
        (&["warmup", "--chart-size", "900x600"], "without --chart"),
        (&["warmup", "--chart", "/nowhere/x.jpg"], "extension must be .svg or .png"),
        (&["sweep", "--vary", "seed=1,2", "--resume", "a", "--out", "b"], "--out has no effect"),
        (&["sweep", "lab-b2s", "--vary", "seed=1,2", "--resume", "/nowhere/x"], "is not a folder"),
        (&["sensitivity", "lab-b2s", "--tipping-point-steps", "3"], "without objectives"),
        (
            &["run", concat!("--meas", "ure"), "latency_mean_s"],
            "similar argument exists: '--metric'",
        ),
        (&["sweep", "--vary", "seed=1,2", "--points", "3"], "--design latin"),
        (&["regress", "lab-b2s", "--save-baseline", "x", "--tolerance", "2%"], "--save-baseline"),
    ] {
        let said = complaint(arguments, 2);
        assert!(said.contains(names), "{arguments:?}: {said}");
    }
}

#[test]
fn runs_that_are_too_large_are_refused_before_the_first_event() {
    let here = folder();
    let out = here.path().join("results");
    let run = |extra: &[&str]| {
        let run = cmgsim().args(["run", "--out"]).arg(&out).args(extra).assert().code(3);
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    assert!(run(&["--max-events", "1000"]).contains("--max-events 1000"));
    assert!(run(&["--max-memory", "1"]).contains("--max-memory"));
    assert!(
        run(&["--set", "duration=\"99000d\"", "--set", "disruption.patching.at=\"1h\""])
            .contains("events")
    );
    assert!(!out.exists());
}

#[test]
fn a_folder_that_cannot_be_written_fails_before_the_simulation() {
    let here = folder();
    let file = here.path().join("file");
    fs::write(&file, "").expect("file is written");
    let run = cmgsim().args(["run", "--out"]).arg(file.join("x")).assert().code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("--out") && message.contains("file/x"), "{message}");
    assert!(run.get_output().stdout.is_empty());
}

/// A run with an incomplete result does not succeed, even if its output is a closed pipe.
#[cfg(target_os = "linux")]
#[test]
fn a_stopped_run_has_its_own_exit_code() {
    let here = folder();
    let long = ["--set", "duration=\"90d\"", "--time-limit", "1"];
    let run = |out: &str, tail: &str, extra: &[&str]| {
        let words: Vec<String> = ["run", "quickstart", "--out", out]
            .iter()
            .chain(extra)
            .map(|word| format!("'{word}'"))
            .collect();
        let program = env!("CARGO_BIN_EXE_cmgsim");
        let shell = format!("{program} {} {tail}; exit ${{PIPESTATUS[0]}}", words.join(" "));
        let mut bash = std::process::Command::new("bash");
        bash.current_dir(here.path()).args(["-c", &shell]).output().expect("command runs")
    };
    let plain = run("one", "", &long);
    assert_eq!(plain.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&plain.stderr).contains("time limit reached"));
    assert_eq!(run("two", "| true", &long).status.code(), Some(6));
    let json = run("three", "", &[&long[..], &["--format", "json"]].concat());
    let document: serde_json::Value =
        serde_json::from_slice(&json.stdout).expect("output is one JSON document");
    assert_eq!((&document["is_complete"], json.status.code()), (&false.into(), Some(6)));
    // Nothing is measured during the warm-up, so no folder remains.
    let warm_up = [&long[..], &["--set", "warm_up=\"900d\""]].concat();
    let stopped = run("four", "", &warm_up);
    assert_eq!(stopped.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&stopped.stderr).contains("nothing was measured"));
    assert!(!here.path().join("four").exists());
    // The requests in progress need more memory than the limit allows.
    let grows = ["--set", "management_point.*.cpu=\"1h\"", "--set", "duration=\"90d\""];
    let grows = [&grows[..], &["--max-memory", "60", "--set"]].concat();
    let grows = [&grows[..], &["management_point.*.queue_limit=\"none\""]].concat();
    let stopped = run("five", "", &grows);
    let message = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert_eq!(stopped.status.code(), Some(3), "{message}");
    assert!(message.contains("management point mp"), "{message}");
}

/// An error that cannot be written to standard output is written to standard error.
#[cfg(target_os = "linux")]
#[test]
fn an_error_that_cannot_be_written_as_a_document_is_written_as_text() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("device is available");
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_cmgsim"))
        .args(["check", "nonsense", "--format", "json"])
        .stdout(full)
        .output()
        .expect("command runs");
    assert_eq!(run.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&run.stderr).contains("no embedded scenario"));
}

/// Files that a scenario reads are stored with the results and are part of its hash.
#[test]
fn recorded_arrivals_are_stored_with_the_results() {
    let here = folder();
    let text = "schema = 1\nduration = \"10min\"\n[management_point.mp]\n[source.s]\n\
        enters = \"management_points\"\ntrace = \"arrivals.csv\"\n";
    let scenario = here.path().join("replay.toml");
    fs::write(&scenario, text).expect("file is written");
    let run = |arrivals: &str, out: &str| {
        fs::write(here.path().join("arrivals.csv"), arrivals).expect("file is written");
        let out = here.path().join(out);
        cmgsim().arg("run").arg(&scenario).args(["-q", "--out"]).arg(&out).assert().success();
        let bytes = fs::read(out.join("summary.json")).expect("file is readable");
        serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON")
    };
    let (one, two) = (run("seconds\n1\n2.5\n7\n", "one"), run("1\n2.5\n8\n", "two"));
    assert_eq!(one["requests"]["completed"], 3);
    assert_ne!(one["scenario"]["hash"], two["scenario"]["hash"]);
    let again = here.path().join("again");
    let resolved = here.path().join("one/scenario.resolved.toml");
    cmgsim().arg("run").arg(&resolved).args(["-q", "--out"]).arg(&again).assert().success();
    let bytes = fs::read(again.join("summary.json")).expect("file is readable");
    let again: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    for same in ["name", "hash", "seed", "duration_s"] {
        assert_eq!(again["scenario"][same], one["scenario"][same], "{same}");
    }
    assert_eq!(again["requests"], one["requests"]);
    for wrong in ["-5\n1\n", "1,5\n", "nan\n", "12:00:01\n", ""] {
        fs::write(here.path().join("arrivals.csv"), wrong).expect("file is written");
        cmgsim().arg("check").arg(&scenario).assert().code(3);
    }
}

#[test]
fn a_folder_with_other_files_is_not_touched() {
    let here = folder();
    fs::write(here.path().join("thesis.txt"), "mine").expect("file is written");
    let run = cmgsim().args(["run", "--out"]).arg(here.path()).assert().code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("thesis.txt"), "{message}");
    assert_eq!(fs::read_dir(here.path()).expect("folder is readable").count(), 1);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_partial_results() {
    let here = folder();
    let out = here.path().join("results");
    let words = ["run", "quickstart", "--set", "duration=\"90d\"", "--set", "warm_up=\"0s\""];
    let child = start(&words, &out);
    // Wait until the run has processed some events.
    std::thread::sleep(std::time::Duration::from_millis(700));
    // Send the signal twice, as `timeout` does: the second signal counts as the same interrupt.
    send("-INT", &child);
    std::thread::sleep(std::time::Duration::from_millis(20));
    send("-INT", &child);
    let output = child.wait_with_output().expect("process has ended");
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("partial results"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("The run was stopped after"));
    let manifest = fs::read(out.join("manifest.json")).expect("file is stored");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["state"], "interrupted");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_closed_pipe_do_not_panic() {
    let full =
        || fs::OpenOptions::new().write(true).open("/dev/full").expect("device is available");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_cmgsim"))
        .args(["params"])
        .stdout(full())
        .stderr(std::process::Stdio::piped())
        .output()
        .expect("command runs");
    assert_eq!(status.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&status.stderr).contains("cannot print"));
    // The command `true` closes the pipe without reading.
    let shell = format!("{} params | true; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_cmgsim"));
    let status =
        std::process::Command::new("bash").args(["-c", &shell]).status().expect("command runs");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn text_from_scenarios_is_escaped_in_charts_and_tables() {
    let here = folder();
    let out = here.path().join("results");
    let name = "=1+1<script>alert('x')</script>&\"";
    let text = format!(
        "schema = 1\nname = '''{name}'''\nduration = \"10min\"\n[management_point.mp]\n\
         [source.s]\nenters = \"management_points\"\nrate = \"5/s\"\n"
    );
    cmgsim().args(["run", "-", "--quiet", "--out"]).arg(&out).write_stdin(text).assert().success();
    let svg = fs::read_to_string(out.join("charts/request-rate.svg")).expect("file is readable");
    assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;"));
    let table = fs::read_to_string(out.join("stations.csv")).expect("file is readable");
    assert!(table.lines().nth(1).expect("a row").starts_with("\"'=1+1"), "{table}");
}
