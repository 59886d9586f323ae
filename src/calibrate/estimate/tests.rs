//! Values behind generated and simulated logs of known truth.

use super::*;
use crate::experiment::site_rows;
use crate::logs::iis::{Day, FieldSet};
use crate::logs::{LogReader, Rules, summarise};
use crate::results::ScenarioInfo;
use crate::scenario::{LoadRequest, ScenarioOrigin, load};

/// 2026-11-02T00:00Z, a Monday.
const MONDAY: i64 = 20_759 * DAY;
const DAY: i64 = 86_400;
const FIELDS: &str =
    "#Fields: date time s-ip cs-method cs-uri-stem s-port c-ip sc-status time-taken\n";

/// A site with one management point and one software update point.
const SITE: &str = r#"schema = 1
name = "site"
start = "2026-11-02T00:00"
time_zone = "UTC"
duration = "7d"
warm_up = "1d"
management_point.mp.count = 1
software_update_point.sup.count = 1
client.locations = { intranet = "100%" }
"#;

fn scenario(more: &str) -> Scenario {
    let (name, text) = ("base.toml".to_owned(), format!("{SITE}{more}"));
    let origin = ScenarioOrigin::Text { name, text };
    let loaded = load(&LoadRequest { origin, overrides: Vec::new() });
    loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn tallies(log: &str) -> Tallies {
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    assert!(reader.read("a.log", &mut log.as_bytes(), &mut |_| true));
    reader.finish()
}

fn calibrated(base: &Scenario, log: &str, utilisations: Vec<Utilisation>) -> Calibration {
    let tallies = tallies(log);
    let options = Options { utilisations, ..Options::default() };
    estimate(base, &tallies, &summarise(&tallies), &options, &()).expect("values")
}

/// Returns a measured value: the number after `mean = ` or the first one, in the unit of the text.
fn value(found: &Calibration, path: &str) -> f64 {
    let own = found.values.iter().find(|one| one.paths.iter().any(|own| own == path));
    let text = &own.unwrap_or_else(|| panic!("{path}: {:?}", found.not_measured)).value;
    let text = text.split_once("mean = ").map_or(text.as_str(), |(_, mean)| mean);
    let text = text.split_once("value = ").map_or(text, |(_, value)| value).trim_matches('"');
    let end = text.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(text.len());
    text[..end].parse().unwrap_or_else(|_| panic!("{text}"))
}

/// Returns a week of 120 scans: 60 clients scan every 84 hours. A scan has 15 requests, one after
/// the other, of 20 to 60 ms.
fn scans() -> String {
    let mut text = FIELDS.to_owned();
    let mut taken_ms = (20..=60).cycle();
    for scan in 0..120 {
        let mut at_ms = scan * 7 * DAY * 1000 / 120;
        for _ in 0..15 {
            let taken = taken_ms.next().unwrap_or(0);
            let end = jiff::Timestamp::from_second(MONDAY + (at_ms + taken) / 1000).expect("time");
            text += &format!(
                "{} 10.0.0.9 POST /ClientWebService/Client.asmx 8530 10.1.0.{} 200 {taken}\n",
                end.strftime("%Y-%m-%d %H:%M:%S"),
                scan % 60
            );
            at_ms += taken + 350;
        }
    }
    text
}

#[test]
fn the_times_of_a_scan_are_those_of_its_requests_together() {
    let base = scenario(
        "cohort.office = { clients = 60, presence = \"always-on\" }\n\
         client.update_scan.interval = \"84h\"\n",
    );
    let log = scans();
    // 15 requests with a mean of 40 ms are 600 ms, of which the scenario assumes 150 ms CPU time.
    let database = "software_update_point.sup.database";
    let found = calibrated(&base, &log, Vec::new());
    assert!((value(&found, database) / 450.0 - 1.0).abs() < 0.02, "{:?}", found.values);
    let method = |found: &Calibration| {
        let own = found.values.iter().find(|one| one.paths[0] == database);
        own.expect("a value").method.clone()
    };
    assert!(method(&found).contains("times 15.00 requests per scan"), "{}", method(&found));
    assert!(
        method(&found).contains("150.0 ms (CPU time assumed in the scenario)"),
        "{}",
        method(&found)
    );
    let reason = found.not_measured.iter().find(|one| one.path == "software_update_point.*.cpu");
    let remedy = &reason.expect("the CPU time is assumed").remedy;
    assert!(remedy.contains("--cpu-utilisation software_update_point=PERCENT"), "{remedy}");
    // 10 ms CPU time per request: utilisation = 1,800 * 10 ms / (cores * time).
    let (_, system) = base.config.of_role(Role::SoftwareUpdatePoint).next().expect("a system");
    let crate::engine::Servers::Limited(cores) = system.workers else { panic!("cores") };
    let time = tallies(&log).covered_seconds() as f64 * f64::from(cores);
    let role = Role::SoftwareUpdatePoint;
    let given = Utilisation { role, share: 1800.0 * 0.01 / time, rounding: 1e-9 };
    let found = calibrated(&base, &log, vec![given]);
    let cpu = value(&found, "software_update_point.sup.cpu");
    assert!((cpu / 150.0 - 1.0).abs() < 0.001, "{cpu}");
    assert!((value(&found, database) / 450.0 - 1.0).abs() < 0.02);
    assert!(method(&found).contains("CPU time from the processor utilisation"));
}

/// Returns the log of the simulated site systems of a scenario.
fn simulated(truth: &Scenario) -> String {
    let texts = site_rows(
        &truth.config,
        &ScenarioInfo::default(),
        1,
        || {
            let mut text = String::new();
            Day::of_number(MONDAY / DAY).write_header(FieldSet::WithBytes, MONDAY, &mut text);
            text
        },
        |text, row| row.write(FieldSet::WithBytes, &Day::of_number(row.day()), text),
        &(),
    );
    texts.expect("it runs").expect("it is not stopped").remove(0)
}

#[test]
fn a_scan_interval_far_from_the_scenario_and_retries_are_recovered() {
    let office = "cohort.office = { clients = 250, presence = { kind = \"office-hours\", \
                  start = \"08:00\", length = \"9h\" } }\n";
    let truth = scenario(&format!(
        "{office}client.update_scan.interval = \"30h\"\nmanagement_point.mp.error_share = \"30%\"\n\
         client.retry.first = \"3min\"\nclient.retry.factor = 1.5\n"
    ));
    let found = calibrated(&scenario(office), &simulated(&truth), Vec::new());
    let interval = value(&found, "client.update_scan.interval");
    assert!((interval / 30.0 - 1.0).abs() < 0.08, "{interval} h: {:?}", found.values);
    let list = |path: &str| found.values.iter().find(|one| one.paths[0] == path);
    let first = list("client.retry.first").expect("a delay");
    assert!(first.value.contains('s') && first.low.is_some(), "{first:?}");
    let seconds = value(&found, "client.retry.first");
    let seconds = if first.value.contains("min") { 60.0 * seconds } else { seconds };
    assert!((seconds / 180.0 - 1.0).abs() < 0.06, "{first:?}");
    let factor = value(&found, "client.retry.factor");
    assert!((factor / 1.5 - 1.0).abs() < 0.06, "{:?}", list("client.retry.factor"));
    assert!(found.not_measured.iter().any(|one| one.path == "client.retry.attempts"));
    // Without errors there are no retries.
    let found = calibrated(&scenario(office), &scans(), Vec::new());
    let first = found.not_measured.iter().find(|one| one.path == "client.retry.first");
    assert!(first.expect("a reason").reason.contains("fewer than 30"), "{first:?}");
}

#[test]
fn a_value_with_a_wide_interval_stays_assumed() {
    let base = scenario("cohort.office = { clients = 60, presence = \"always-on\" }\n");
    let mut values = Values::new(&base, "a.log");
    let path = "client.new_policy_share";
    let wide = values::Number { value: 0.05, low: 0.0, high: 0.2 };
    values.number(path, wide, 12, "a method".to_owned());
    assert!(values.list.is_empty(), "{:?}", values.list);
    let reason = "too few samples: the 95 % interval of 5% is 0% to 20%, so the value may be zero \
        or twice as large";
    assert_eq!((&*values.not_measured[0].path, &*values.not_measured[0].reason), (path, reason));
    let narrow = values::Number { value: 0.05, low: 0.03, high: 0.07 };
    values.number(path, narrow, 120, "a method".to_owned());
    assert_eq!((values.list.len(), values.not_measured.len()), (1, 1));
}
