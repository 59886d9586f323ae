//! `cmgsim calibrate iis`: outputs, errors and privacy.

use std::fs;

use serde_json::Value;

use crate::common::cmgsim;
use crate::common::files::{complaint, files, folder, text};

const FIELDS: &str = "#Fields: date time s-computername cs-method cs-uri-stem cs-uri-query s-port \
    cs-username c-ip sc-status time-taken\n";

/// Texts that must not be in any output.
const SECRETS: [&str; 5] = ["alice", "pc-4711", "10.9.8.7", "contoso", "secret"];

/// Returns a log with 300 rows per hour for two hours, and three lines that cannot be read.
fn log() -> String {
    let mut log = FIELDS.to_owned();
    for number in 0..600 {
        let (hour, minute, second) = (10 + number / 300, number / 5 % 60, number % 5 * 12);
        let path = if number % 3 == 0 { "/users/alice/pc-4711" } else { "/CCM_STS" };
        log.push_str(&format!(
            "2026-11-30 {hour}:{minute:02}:{second:02} PC-4711 POST {path} secret=alice 443 \
             CONTOSO\\alice 10.9.8.7 200 {number}\n"
        ));
    }
    log + "alice 10.9.8.7 contoso\nalice\0secret\n#Fields: time alice\nalice secret\n"
}

#[test]
fn no_output_contains_names_or_addresses() {
    let folder = folder();
    let (logs, out) = (folder.path().join("u_ex261130.log"), folder.path().join("out"));
    fs::write(&logs, log()).expect("file is written");
    fs::write(folder.path().join("bad.log"), "alice 10.9.8.7\n").expect("file is written");
    let mut outputs = Vec::new();
    for arguments in [&["-v"][..], &["--format", "json"], &["--time-zone", "Asia/Tokyo"], &["-q"]] {
        let mut command = cmgsim();
        command.args(["calibrate", "iis", "--out"]).arg(&out).args(arguments).arg(&logs);
        let done = command.assert().success();
        let output = done.get_output();
        outputs.extend([text(&output.stdout), text(&output.stderr)]);
        outputs.extend(files(&out).values().map(|bytes| text(bytes)));
    }
    let mut command = cmgsim();
    command.args(["calibrate", "iis", "-v", "bad.log"]).current_dir(folder.path());
    let error = complaint(&mut command, 3);
    assert!(
        error.contains("rows before any `#Fields` line: 1, first in bad.log, line 1"),
        "{error}"
    );
    outputs.push(error);
    for output in outputs {
        let lower = output.to_lowercase();
        let found = SECRETS.iter().find(|secret| lower.contains(*secret));
        assert_eq!(found, None, "{output}");
    }
}

#[test]
fn the_json_document_has_rates_and_shares() {
    let folder = folder();
    let path = folder.path().join("a.log");
    fs::write(&path, log()).expect("file is written");
    let mut command = cmgsim();
    command.args(["calibrate", "iis", "--format", "json"]).arg(path);
    let done = command.assert().success();
    let found: Value = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    assert_eq!((&found["rows"], &found["unreadable_lines"]), (&600.into(), &3.into()));
    assert_eq!(found["classified_rows_share"], 400.0 / 600.0);
    let kind = &found["kinds"][0];
    assert_eq!((&kind["kind"], &kind["rows"]), (&"token_renewal".into(), &400.into()));
    // From 10:00:00 to 11:59:48, both included.
    assert_eq!(found["covered_s"], 7189);
    assert_eq!(kind["rate_mean_per_s"], 400.0 / 7189.0);
    assert_eq!(kind["hours"][10]["rows"], 200);
}

#[test]
fn wrong_inputs_are_refused_with_a_remedy() {
    let folder = folder();
    let run = |arguments: &[&str], code| {
        let mut command = cmgsim();
        command.args(["calibrate", "iis"]).args(arguments).current_dir(folder.path());
        complaint(&mut command, code)
    };
    assert!(run(&["none.log"], 2).contains("none.log does not exist; name a log file"));
    assert!(run(&["u_ex*.log"], 2).contains("no file matches u_ex*.log"));
    fs::write(folder.path().join("a.log"), log()).expect("file is written");
    fs::write(folder.path().join("r.toml"), "\n[[rule]]\nknd = 1\n").expect("file is written");
    let error = run(&["a.log", "--rules", "r.toml"], 3);
    assert!(error.contains("r.toml:3: unknown field `knd`"), "{error}");
    let with = |more: &[&str]| run(&[&["a.log", "--scenario", "quickstart"], more].concat(), 2);
    let error = with(&["--cohort", "ofice"]);
    let expected =
        "quickstart has no cohort with this name; its cohorts are remote, office, kiosks";
    assert!(error.contains(expected), "{error}");
    let error = with(&["--cohort", "office", "--cohort", "office"]);
    assert!(error.contains("--cohort office is given twice"), "{error}");
    let [mp, sup] = ["management_point=10", "software_update_point=5"];
    let error = with(&["--cpu-utilisation", mp, "--cpu-utilisation", "management_point=20"]);
    assert!(error.contains("--cpu-utilisation is given twice for management_point"), "{error}");
    let error = with(&["--cpu-utilisation", sup]);
    assert!(error.contains("given for software_update_point, but the scenario"), "{error}");
    let error = with(&["--hold-out", "2026-11-30"]);
    let expected = "--hold-out holds out all 600 requests of the logs, which begin at \
        2026-11-30T10:00:00Z";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn years_and_numbers_that_no_server_logs_are_not_readable() {
    let folder = folder();
    let row = |date: &str, taken: &str| {
        format!("{date} 10:00:00 MP1 POST /CCM_STS - 443 - 10.1.0.1 200 {taken}\n")
    };
    let rows = [
        row("2026-11-30", "20"),
        row("0001-01-01", "20"),
        row("9999-12-31", "20"),
        row("2026-11-30", "604800000"),
        row("2026-11-30", "604800001"),
        row("2026-11-30", "9223372036854775808"),
        row("2026-11-30", "123456789012345678901234567890"),
    ];
    fs::write(folder.path().join("a.log"), format!("{FIELDS}{}", rows.concat())).expect("a file");
    let mut command = cmgsim();
    command.args(["calibrate", "iis", "a.log", "--format", "json"]).current_dir(folder.path());
    let done = command.assert().success();
    let found: Value = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    let reasons = found["unreadable"].as_array().expect("a list").iter();
    let reasons: Vec<_> = reasons.map(|one| (&one["reason"], &one["count"])).collect();
    assert_eq!(reasons, [(&"year".into(), &2.into()), (&"too_large".into(), &3.into())]);
    assert_eq!((&found["rows"], &found["unreadable_lines"]), (&5.into(), &2.into()));
    let kind = &found["kinds"][0];
    // 20 ms and exactly seven days.
    assert_eq!(kind["time_taken"]["count"], 2);
    assert_eq!(found["first"], "2026-11-30T10:00:00Z");
}

#[test]
fn the_same_log_as_text_and_compressed_is_reported() {
    use std::io::Write;
    let folder = folder();
    fs::write(folder.path().join("u_ex1.log"), log()).expect("a file");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // The copy has other line breaks and a row less.
    let copy = log().replacen("2026-11-30 10:00:00", "#2026-11-30", 1).replace('\n', "\r\n");
    packed.write_all(copy.as_bytes()).expect("memory");
    fs::write(folder.path().join("u_ex1.log.gz"), packed.finish().expect("memory")).expect("file");
    let mut command = cmgsim();
    command.args(["calibrate", "iis", "."]).current_dir(folder.path());
    let done = command.assert().success();
    let output = done.get_output();
    for printed in [text(&output.stdout), text(&output.stderr)] {
        let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = "have the same rows (100.0 % of the smaller file), which count twice";
        assert!(printed.contains(expected), "{printed}");
    }
}
