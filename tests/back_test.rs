//! Back-test of `cmgsim calibrate iis`: held-out days, the page, and its options.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::cmgsim;
use crate::common::files::folder;

/// A small site for three whole UTC days from Monday, 2026-11-23.
const SITE: &str = "schema = 1\nextends = \"quickstart\"\nstart = \"2026-11-23T01:00\"\n\
    duration = \"3d\"\n[cohort.remote]\nclients = 100\n[cohort.office]\nclients = 80\n\
    [cohort.kiosks]\nclients = 20\n";

fn calibrate(folder: &Path, out: &str, more: &[&str]) -> Value {
    let mut command = cmgsim();
    command.current_dir(folder).args(["calibrate", "iis", "logs", "--scenario", "site.toml"]);
    command.args(["--quiet", "--out", out]).args(more).assert().success();
    let json = fs::read(folder.join(out).join("calibration.json")).expect("file is readable");
    serde_json::from_slice(&json).expect("JSON")
}

#[test]
fn the_last_whole_day_is_compared_with_the_calibrated_scenario() {
    let folder = folder();
    let here = folder.path();
    fs::write(here.join("site.toml"), SITE).expect("file is written");
    let mut command = cmgsim();
    command.current_dir(here).args(["run", "site.toml", "--seed", "7", "--quiet"]);
    command.args(["--replications", "1", "--out", "run", "--iis-log", "logs"]).assert().success();

    let found = calibrate(here, "auto", &[]);
    let test = &found["back_test"];
    assert_eq!((&test["period"], &test["replications"]), (&"2026-11-25".into(), &3.into()));
    assert_eq!(test["hours"].as_array().map(Vec::len), Some(24));
    let messages = test["kinds"].as_array().expect("kinds").iter();
    let messages = messages.clone().find(|one| one["kind"] == "messages").expect("messages");
    for (metric, limit) in [("rate_mean_per_s", 0.05), ("time_taken_mean_s", 0.1)] {
        let error = messages[metric]["error_share"].as_f64().expect("a number");
        assert!(error.abs() < limit, "{metric}: {error}");
    }
    // The held-out day is not in the summary of the rows that were used.
    assert!(found["logs"]["last"].as_str().expect("a time") < "2026-11-25T00:00:30Z");

    let page = here.join("auto/calibration.html");
    let written = fs::read_to_string(&page).expect("file is readable");
    assert!(written.contains("logs of 2026-11-25"), "the page has the back-test");
    cmgsim().current_dir(here).args(["report", "auto"]).assert().success();
    let report = fs::read_to_string(here.join("auto/report.html")).expect("file is readable");
    assert_eq!(report, written, "the page can be written again from the folder");

    assert_eq!(found["notes"], Value::Array(Vec::new()));
    let none = calibrate(here, "none", &["--hold-out", "none"]);
    assert_eq!(none["notes"], Value::Array(Vec::new()), "no back-test was requested");
    assert_eq!(none["back_test"], Value::Null);
    assert!(none["logs"]["rows"].as_u64() > found["logs"]["rows"].as_u64());
    let later = calibrate(here, "later", &["--hold-out", "2026-11-24", "--replications", "1"]);
    assert_eq!(later["back_test"]["period"], "2026-11-24 to 2026-11-25");
}

#[test]
fn a_back_test_that_is_not_possible_by_default_is_explained() {
    let folder = folder();
    let here = folder.path();
    let site = SITE.replace("\"3d\"", "\"12h\"");
    fs::write(here.join("site.toml"), site).expect("file is written");
    let mut command = cmgsim();
    command.current_dir(here).args(["run", "site.toml", "--quiet", "--iis-log", "logs"]);
    command.args(["--replications", "1", "--out", "run"]).assert().success();
    let mut command = cmgsim();
    command.current_dir(here).args(["calibrate", "iis", "logs", "--scenario", "site.toml"]);
    let done = command.assert().success();
    let printed = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "No rows were held out for a back-test: the files contain 0 of at least 3 whole \
        UTC days; read more days, or use --hold-out DATE.";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn a_wrong_date_is_refused() {
    let mut command = cmgsim();
    command.args(["calibrate", "iis", "x.log", "--scenario", "quickstart", "--hold-out", "May"]);
    let done = command.assert().code(2);
    let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(error.contains("expected a UTC date such as 2026-11-27"), "{error}");
}
