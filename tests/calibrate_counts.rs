//! `cmgsim calibrate counts`: outputs, errors and privacy.

use std::fs;

use serde_json::Value;

use crate::common::cmgsim;
use crate::common::files::{complaint, files, folder, text};

/// Texts that must not be in any output.
const SECRETS: [&str; 4] = ["alice", "4711", "laptopbob", "secret"];

/// Twelve hours of counts of a connection point, with names of clients wherever they may occur.
fn log() -> String {
    let mut log = String::from("alice PC-4711 <![LOG[hello LAPTOPBOB]LOG]!>\n");
    for index in 0..144 {
        let (hour, minute) = (index / 12, index % 12 * 5);
        let end = format!("{hour:02}:{:02}:59", minute + 4);
        log.push_str(&format!(
            "<![LOG[ReportTrafficData - state message to send:\n<ProxyTrafficStateDetails \
             ServerName=\"CP1.contoso.com\" StartTime=\"11/30/2026 {hour:02}:{minute:02}:00\" \
             EndTime=\"11/30/2026 {end}\"><EndPoints>\n<EndPoint Name=\"BGB\" \
             TargetHost=\"mp.contoso.com\" TotalRequests=\"100\" MaxConcurrentRequests=\"60\" \
             TotalRequestBytes=\"{}\" TotalResponseBytes=\"36000\" FailedRequests=\"0\"/>\n\
             <EndPoint Name=\"x/PC-4711\" TotalRequests=\"1\"/>\n</EndPoints>\n\
             </ProxyTrafficStateDetails>\n]LOG]!><time=\"{hour:02}:{minute:02}:00.000+0\" \
             date=\"11-30-2026\" component=\"SMS_CLOUD_PROXYCONNECTOR\" context=\"alice\">\n",
            130_000 + index
        ));
    }
    log
}

#[test]
fn no_output_contains_names_of_clients() {
    let folder = folder();
    let (log_file, table) = (folder.path().join("cp.log"), folder.path().join("a.csv"));
    fs::write(&log_file, log()).expect("file is written");
    let rows = "time,endpoint,kind,server,requests,alice\n\
        2026-11-30 10:00,/x/PC-4711,,LAPTOPBOB,5,secret\n\
        2026-11-30 10:05,LAPTOPBOB,,alice,5,\n2026-11-30 10:10,,laptopbob,,5,\nalice,secret\n\
        2026-11-30 10:15,CCM_STS,,alice,secret,4711\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(rows.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(&table, utf16).expect("file is written");
    let out = folder.path().join("out");
    let mut outputs = Vec::new();
    for arguments in [&["-v"][..], &["--format", "json"], &["--scenario", "quickstart"]] {
        let mut command = cmgsim();
        command.args(["calibrate", "counts", "--out"]).arg(&out).args(arguments);
        let done = command.arg(&log_file).arg(&table).assert().success();
        let output = done.get_output();
        outputs.extend([text(&output.stdout), text(&output.stderr)]);
        outputs.extend(files(&out).values().map(|bytes| text(bytes)));
    }
    fs::write(folder.path().join("b.csv"), "alice,4711\nsecret,1\n").expect("file is written");
    let mut command = cmgsim();
    command.args(["calibrate", "counts", "b.csv"]).current_dir(folder.path());
    let error = complaint(&mut command, 3);
    assert!(error.contains("a column of counts: 1, first in b.csv, line 2; name the"), "{error}");
    outputs.push(error);
    for output in outputs {
        let lower = output.to_lowercase();
        let found = SECRETS.iter().find(|secret| lower.contains(*secret));
        assert_eq!(found, None, "{output}");
    }
}

#[test]
fn the_measured_scenario_passes_the_check() {
    let folder = folder();
    let (log_file, out) = (folder.path().join("cp.log"), folder.path().join("out"));
    fs::write(&log_file, log()).expect("file is written");
    let base = folder.path().join("site.toml");
    fs::write(&base, "schema = 1\nextends = \"quickstart\"\n").expect("file is written");
    let mut command = cmgsim();
    command.args(["calibrate", "counts", "--format", "json", "--scenario"]).arg(&base);
    let done = command.arg("--out").arg(&out).arg(&log_file).assert().success();
    let found: Value = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    let kind = &found["counts"]["kinds"][0];
    assert_eq!((&kind["kind"], &kind["requests"]), (&"keep_alive".into(), &14_400.0.into()));
    assert_eq!(kind["concurrent_max"], 60.0);
    assert_eq!(found["counts"]["unclassified"][0]["endpoint"], "/x/*");
    let values = found["values"].as_array().expect("values");
    let paths: Vec<&str> = values.iter().filter_map(|one| one["paths"][0].as_str()).collect();
    assert_eq!(
        paths,
        [
            "client.message.keep_alive.request",
            "client.message.keep_alive.response",
            "client.channel.keep_alive"
        ]
    );
    let mut command = cmgsim();
    command.arg("check").arg(out.join("measured.toml")).assert().success();
}

#[test]
fn wrong_options_are_refused_with_a_remedy() {
    let folder = folder();
    fs::write(folder.path().join("a.csv"), "t,n\n2026-11-30 10:00,5\n").expect("file is written");
    for (arguments, code, part) in [
        (&["a.csv"][..], 3, "--column time=Date --column requests=Hits"),
        (&["a.csv", "--column", "hits=n"], 2, "`hits` is not a field; the fields are time"),
        (&["a.csv", "--column", "time"], 2, "write FIELD=COLUMN"),
        (&["a.csv", "--interval", "0s"], 2, "from 1 s to 31 days"),
        (&["none.csv"], 2, "does not exist"),
        (&["a.csv", "--scenario", "-"], 2, "save the scenario as a file"),
    ] {
        let mut command = cmgsim();
        command.args(["calibrate", "counts"]).args(arguments).current_dir(folder.path());
        let error = complaint(&mut command, code);
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
    let mut command = cmgsim();
    command.args(["calibrate", "counts", "a.csv", "--column", "time=T", "--column", "requests=N"]);
    command.args(["-q"]).current_dir(folder.path()).assert().success();
}

#[test]
fn a_column_that_no_file_has_is_refused_with_the_columns_found() {
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect(name);
    write("a.csv", "Date,Endpoint,Hits\n2026-11-30 10:00,CCM_STS,5\n");
    write("b.json", "[{\"time\": \"2026-11-30T10:00:00Z\", \"requests\": 5}]");
    write("cp.log", &log());
    let run = |files: &[&str], code| {
        let mut command = cmgsim();
        command.args(["calibrate", "counts", "--column", "requests=Hitz"]).args(files);
        complaint(command.current_dir(folder.path()), code)
    };
    let error = run(&["a.csv", "b.json"], 2);
    let expected = "no file has the column `Hitz`; the columns found are Date, Endpoint, Hits, \
        time, requests";
    assert!(error.contains(expected), "{error}");
    let error = run(&["cp.log"], 2);
    assert!(error.contains("no table and no JSON object with a known column"), "{error}");
}

#[test]
fn the_same_table_twice_is_reported() {
    let folder = folder();
    let rows: String =
        (0..20).map(|row| format!("2026-11-30 10:{row:02},CCM_STS,{}\n", 5 + row)).collect();
    let text = format!("Date,Endpoint,Requests\n{rows}");
    for name in ["a.csv", "b.csv"] {
        fs::write(folder.path().join(name), &text).expect(name);
    }
    let mut command = cmgsim();
    command.args(["calibrate", "counts", "a.csv", "b.csv"]).current_dir(folder.path());
    let done = command.assert().success();
    let expected = "a.csv and b.csv have the same rows (100.0 % of the smaller file)";
    let output = done.get_output();
    assert!(text_of(&output.stderr).contains(expected), "{}", text_of(&output.stderr));
    assert!(text_of(&output.stdout).contains(expected), "{}", text_of(&output.stdout));
}

/// Returns printed text with single spaces instead of line breaks.
fn text_of(bytes: &[u8]) -> String {
    text(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}
