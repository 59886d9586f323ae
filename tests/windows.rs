//! Tests features for Windows and PowerShell, which work on every operating system: encodings,
//! `--out` instead of redirection, quoting, CSV files for Excel, and `latest` without symbolic
//! links.

use std::fs;

use crate::common::cmgsim;
use crate::common::files::{complaint, folder, sweep, text};

/// Returns the standard output of a command that must succeed.
fn printed(command: &mut assert_cmd::Command) -> String {
    text(&command.assert().success().get_output().stdout)
}

/// Encodes a text as UTF-16 with a byte order mark, as PowerShell 5.1 writes redirected output.
fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn scenarios_with_a_byte_order_mark_are_read() {
    let here = folder();
    let scenario = printed(cmgsim().args(["preset", "show", "lab-b2s"]));
    let plain = printed(cmgsim().args(["check", "-"]).write_stdin(scenario.clone()));
    let windows = scenario.replace('\n', "\r\n");
    for (name, bytes) in [
        ("utf8-bom", [b"\xef\xbb\xbf", scenario.as_bytes()].concat()),
        ("utf16-le", utf16(&windows, u16::to_le_bytes)),
        ("utf16-be", utf16(&windows, u16::to_be_bytes)),
    ] {
        assert_eq!(printed(cmgsim().args(["check", "-"]).write_stdin(bytes.clone())), plain);
        let file = here.path().join(format!("{name}.toml"));
        fs::write(&file, bytes).expect("file is written");
        assert!(printed(cmgsim().arg("check").arg(&file)).contains("Valid."), "{name}");
    }
    let odd = [&utf16(&windows, u16::to_le_bytes)[..], b"x"].concat();
    let said = complaint(cmgsim().args(["check", "-"]).write_stdin(odd), 3);
    assert!(said.contains("not valid UTF-16"), "{said}");
}

#[test]
fn documents_are_written_to_files_without_redirection() {
    let here = folder();
    for (number, words) in [
        &["schema"][..],
        &["schema", "--of", "results"],
        &["params", "probe"],
        &["params", "--metrics", "--format", "json"],
        &["preset", "show", "quickstart"],
    ]
    .into_iter()
    .enumerate()
    {
        let file = here.path().join(format!("{number}.txt"));
        let said = printed(cmgsim().args(words).arg("--out").arg(&file));
        assert!(said.contains("wrote"), "{words:?}: {said}");
        let written = fs::read_to_string(&file).expect("file is written");
        assert_eq!(written, printed(cmgsim().args(words)), "{words:?}");
    }
    let mine = here.path().join("mine.toml");
    fs::write(&mine, "mine").expect("file is written");
    let mut show = cmgsim();
    let said = complaint(show.args(["preset", "show", "quickstart", "--out"]).arg(&mine), 2);
    assert!(said.contains("exists"), "{said}");
    assert_eq!(fs::read_to_string(&mine).expect("file is kept"), "mine");
}

#[test]
fn values_need_no_quotes_and_stray_quotes_are_reported() {
    for fine in
        ["duration=2h", "duration='2h'", "duration=\"2h\"", "time_zone=W. Europe Standard Time"]
    {
        cmgsim().args(["check", "lab-b2s", "--set", fine]).assert().success();
    }
    for (text, example) in [
        ("'duration=2h'", "--set duration=2h"),
        ("\"duration=2h", "--set duration=2h"),
        ("duration='2h", "--set duration=2h"),
        ("duration=\u{201c}2h\u{201d}", "--set duration=2h"),
        ("'time_zone=W. Europe Standard Time'", "--set \"time_zone=W. Europe Standard Time\""),
    ] {
        let said = complaint(cmgsim().args(["check", "lab-b2s", "--set", text]), 3);
        let expected = "begins with a quote character that the shell did not remove";
        assert!(said.contains(expected) && said.contains(example), "{text}: {said}");
    }
}

const SHORT: [&str; 5] = ["run", "lab-b2s", "--set", "duration=10min", "--quiet"];
const EXCEL: [&str; 4] = ["--csv-separator", "semicolon", "--decimal-sign", "comma"];

#[test]
fn tables_for_european_excel_are_written_and_read_and_their_format_is_recorded() {
    let here = folder();
    let out = |name: &str| here.path().join(name);
    cmgsim().args(SHORT).arg("--out").arg(out("plain")).assert().success();
    cmgsim().args(SHORT).args(EXCEL).arg("--out").arg(out("excel")).assert().success();
    let read = |name: &str, file: &str| fs::read_to_string(out(name).join(file)).expect(file);
    let table = read("excel", "stations.csv");
    assert!(table.starts_with("scenario;seed;"), "{table}");
    let numbers = table.lines().nth(1).expect("a row");
    assert!(numbers.contains("0,") && !numbers.contains("0."), "{numbers}");
    let manifest: serde_json::Value =
        serde_json::from_str(&read("excel", "manifest.json")).expect("JSON");
    assert_eq!(manifest["csv"], serde_json::json!({ "separator": ";", "decimal_sign": "," }));
    assert!(!read("plain", "manifest.json").contains("\"csv\""), "the default is recorded");
    assert_eq!(read("plain", "summary.json"), read("excel", "summary.json"));
    // Both report pages are the same except for the time of the run, so both formats are read
    // correctly.
    let page = |name: &str| {
        cmgsim().arg("report").arg(out(name)).assert().success();
        let manifest: serde_json::Value =
            serde_json::from_str(&read(name, "manifest.json")).expect("JSON");
        let started = manifest["timing"]["started"].as_str().expect("a time");
        read(name, "report.html").replace(started, "")
    };
    assert!(page("plain") == page("excel"), "the report pages differ");
    complaint(cmgsim().args(SHORT).args(["--csv-separator", "x"]), 2);
}

#[test]
fn equal_separator_and_decimal_sign_are_refused_before_the_simulation() {
    for words in [
        &["run", "nowhere.toml"][..],
        &["compare", "nowhere.toml", "nowhere.toml"],
        &["size", "nowhere.toml"],
        &["sensitivity", "nowhere.toml"],
        &["sweep", "nowhere.toml", "--vary", "seed=1,2"],
        &["merge", "nowhere", "--out", "new"],
    ] {
        let said = complaint(cmgsim().args(words).args(["--decimal-sign", "comma"]), 2);
        assert!(said.contains("must differ") && said.contains(&EXCEL.join(" ")), "{said}");
    }
}

#[test]
fn shards_are_merged_into_tables_for_excel() {
    let here = folder();
    let shard = here.path().join("shard");
    sweep(&shard, &["--shard", "1/1", "--quiet"]).assert().success();
    let out = here.path().join("whole");
    let mut merge = cmgsim();
    merge.arg("merge").arg(&shard).args(["--charts", "none", "--quiet"]).args(EXCEL);
    merge.arg("--out").arg(&out).assert().success();
    assert!(fs::read_to_string(out.join("points.csv")).expect("file is written").contains(';'));
    assert!(
        fs::read_to_string(out.join("manifest.json")).expect("file is written").contains("\"csv\"")
    );
    cmgsim().arg("report").arg(&out).assert().success();
}

#[test]
fn a_file_named_latest_that_contains_a_folder_name_is_followed() {
    let here = folder();
    let run = || {
        let mut run = cmgsim();
        run.current_dir(here.path()).args(SHORT).args(["--charts", "none"]);
        printed(&mut run).lines().last().expect("a folder").trim().to_owned()
    };
    let (first, latest) = (run(), here.path().join("output/lab-b2s/latest"));
    let page = |folder: &str| here.path().join(folder).join("report.html");
    let report = |asked: &str| {
        cmgsim().current_dir(here.path()).args(["report", asked]).assert().success();
    };
    // `latest` is a link to a folder where the system allows links, otherwise a file.
    fs::remove_file(&latest).or_else(|_| fs::remove_dir(&latest)).expect("latest is removed");
    let name = first.rsplit(['/', '\\']).next().expect("a name");
    fs::write(&latest, format!("{name}\r\n")).expect("file is written");
    for asked in ["output/lab-b2s", "output/lab-b2s/latest"] {
        report(asked);
        fs::remove_file(page(&first)).expect("the first folder has a report");
    }
    let resolved = "output/lab-b2s/latest/scenario.resolved.toml";
    cmgsim().current_dir(here.path()).args(["check", resolved]).assert().success();
    // The next run makes `latest` point to its own folder.
    let second = run();
    assert_ne!(first, second);
    report("output/lab-b2s");
    assert!(page(&second).is_file(), "the second folder has no report");
    assert!(!page(&first).exists(), "the first folder has a report");
}
