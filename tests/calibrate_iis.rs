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
}
