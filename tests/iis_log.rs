//! IIS logs of simulated site systems: their rows and `truth.json` agree with the results of the
//! same run, and the files look like those of IIS.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cmgsim::internals::base::ids::SiteSystemId;
use cmgsim::internals::experiment::{Follow, RowSink};
use cmgsim::internals::logs::iis::Row;
use cmgsim::internals::results::store::StoreError;
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use cmgsim::internals::trace::Wanted;
use cmgsim::internals::trace::site_log::SiteTruth;
use cmgsim::{RunResult, ScenarioInfo, SiteSystemResult};

use crate::common::cmgsim;
use crate::common::files::{complaint, files, folder};
use crate::common::quiet::{gateway, lasting, point, server, update_point};

/// A small site with two management points, one of which has an unusual name, and a software update
/// point. Clocks go back during the run.
const CASE: &str = include_str!("cases/iis-log.toml");

/// Sink that stores the rows for the test.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(SiteSystemId, Row)>>>);

impl RowSink for Kept {
    fn write(&mut self, system: SiteSystemId, row: &Row) -> Result<(), StoreError> {
        self.0.lock().expect("no thread has panicked").push((system, *row));
        Ok(())
    }
}

/// A logged run in the test process.
struct Logged {
    result: RunResult,
    truth: SiteTruth,
    rows: Vec<(SiteSystemId, Row)>,
}

impl Logged {
    fn of(text: &str) -> Logged {
        let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
        let scenario = load(&LoadRequest { origin, overrides: Vec::new() });
        let scenario = scenario.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let kept = Kept::default();
        let follow = Follow::new(Wanted::default(), Box::new(std::io::sink()));
        let follow = follow.with_site_log(Box::new(kept.clone()));
        let info = ScenarioInfo { name: "test".to_owned(), ..ScenarioInfo::default() };
        let result = follow.run(&scenario.config, &info, &()).expect("the audit balances");
        let observed = follow.take().expect("the run has ended");
        let truth = observed.site_log.expect("logs were requested").expect("rows were written");
        let rows = std::mem::take(&mut *kept.0.lock().expect("no thread has panicked"));
        Logged { result, truth, rows }
    }

    fn rows_of(&self, system: usize) -> Vec<Row> {
        let is_of = |(id, _): &&(SiteSystemId, Row)| id.0 as usize == system;
        self.rows.iter().filter(is_of).map(|(_, row)| *row).collect()
    }

    fn systems(&self) -> Vec<&SiteSystemResult> {
        let result = &self.result;
        result.management_points.iter().chain(&result.software_update_points).collect()
    }
}

/// Asserts that the rows of each site system agree with the results of its stations.
fn assert_conserved(logged: &Logged) {
    for (system, (truth, own)) in logged.truth.systems.iter().zip(logged.systems()).enumerate() {
        assert_eq!(truth.name, own.name);
        let rows = logged.rows_of(system);
        assert_eq!(truth.all.rows, rows.len() as u64);
        let workers = &logged.result.stations[own.station as usize];
        let database = &logged.result.stations[own.database as usize];
        // Some kinds do not use the database.
        let completed = workers.completed + database.completed - database.arrivals;
        assert_eq!(completed, truth.all.rows, "{}", truth.name);
        assert_eq!(own.refused, truth.refused, "{}", truth.name);
        assert_eq!(
            truth.in_progress_at_start + truth.arrived,
            truth.all.rows
                + truth.refused
                + truth.dropped_from_queue
                + truth.lost_in_outage
                + truth.in_progress_at_end,
            "{}",
            truth.name
        );
        assert_eq!(truth.utilisation_mean_share, workers.utilisation_mean_share);
        let status = |status| rows.iter().filter(|row| row.status == status).count() as u64;
        assert_eq!((status(200) + status(500), status(500)), (truth.all.rows, truth.all.errors));
        for group in [&truth.kinds, &truth.requests] {
            let sum = |value: fn(&_) -> u64| group.iter().map(value).sum::<u64>();
            assert_eq!(sum(|one| one.rows), truth.all.rows);
            assert_eq!(sum(|one| one.errors), truth.all.errors);
            assert_eq!(sum(|one| one.sent_bytes), truth.all.sent_bytes);
            assert_eq!(sum(|one| one.received_bytes), truth.all.received_bytes);
        }
    }
}

#[test]
fn rows_agree_with_the_results_of_every_site_system() {
    let logged = Logged::of(CASE);
    assert_conserved(&logged);
    let [mp, full, sup] = &logged.truth.systems[..] else { panic!("three systems") };
    for system in [mp, full, sup] {
        assert!(system.all.rows > 100, "{}: {} rows", system.name, system.all.rows);
    }
    let share = mp.all.errors as f64 / mp.all.rows as f64;
    assert!(share > 0.02 && share < 0.04, "errors have a share of {share}, expected 0.03");
    assert!(full.refused > 0 && full.all.errors == 0 && mp.refused == 0);
    // All gateway clients have the addresses of the two connection points.
    let addresses = |system: usize| -> BTreeSet<String> {
        logged.rows_of(system).iter().map(|row| row.client.to_string()).collect()
    };
    assert_eq!(sup.all.addresses, addresses(2).len() as u64);
    let points = ["10.0.0.1", "10.0.0.2"].map(str::to_owned);
    assert!(points.iter().all(|point| addresses(0).contains(point)), "{:?}", addresses(0));
    for system in 0..3 {
        let own = |row: &Row| row.client.octets()[1] != 0;
        for row in logged.rows_of(system) {
            let port = match (system, own(&row)) {
                (0, true) => 80,
                (2, true) => 8530,
                (2, false) => 8531,
                _ => 443,
            };
            assert_eq!(row.port, port, "{row:?}");
        }
    }
}

/// `time-taken` is the response time at the workers plus the time of the database. The stations
/// also count requests that are at the database at the end.
#[test]
fn times_taken_add_up_to_the_response_times_of_the_stations() {
    let logged = Logged::of(&CASE.replacen("warm_up = \"1h\"", "warm_up = \"0s\"", 1));
    for (system, own) in logged.systems().into_iter().enumerate() {
        let stations = &logged.result.stations;
        let total = |station: u32| {
            let station = &stations[station as usize];
            match station.completed {
                // A mean without observations is not a number.
                0 => 0.0,
                completed => station.response.mean * completed as f64,
            }
        };
        let rows = logged.rows_of(system);
        let taken: f64 = rows.iter().map(|row| row.time_taken_ms as f64 / 1000.0).sum();
        let expected = total(own.station) + total(own.database);
        let truth = &logged.truth.systems[system];
        let at_end = truth.in_progress_at_end as f64 * stations[own.station as usize].response.max;
        let rounding = 0.0005 * rows.len() as f64;
        assert!(rounding < 0.1 * expected, "{}: the test is too coarse", own.name);
        assert!((taken - expected).abs() <= rounding + at_end, "{}: {taken}, {expected}", own.name);
        let exact = truth.all.time_taken_mean_s * rows.len() as f64;
        assert!((taken - exact).abs() <= rounding);
        let parts = truth.all.service_mean_s + truth.all.waiting_mean_s;
        assert!((parts - truth.all.time_taken_mean_s).abs() < 1e-9);
    }
}

/// Requests from an open source with constant service times: M/D/1, whose mean waiting time is
/// rho / (2 mu (1 - rho)) (Gross et al., Fundamentals of Queueing Theory, 4th ed., 5.1).
#[test]
fn the_truth_of_a_queue_with_constant_service_is_exact() {
    let keys = "workers = 1\ncpu = \"20ms\"\ndatabase = \"5ms\"\n";
    let text = format!(
        "schema = 1\nwarm_up = \"0s\"\nduration = \"2h\"\n[management_point.mp]\n{keys}\
         queue_limit = \"none\"\n[source.s]\nenters = \"management_point.mp\"\nrate = \"25/s\"\n\
         message = {{ request = \"1 KB\", response = \"3 KB\" }}\n"
    );
    let logged = Logged::of(&text);
    assert_conserved(&logged);
    let truth = &logged.truth.systems[0].all;
    assert!((truth.service_mean_s - 0.025).abs() < 1e-12, "{}", truth.service_mean_s);
    assert!((truth.service_p95_s / 0.025 - 1.0).abs() < 1e-3, "{}", truth.service_p95_s);
    assert!((truth.cpu_mean_s - 0.02).abs() < 1e-12);
    assert_eq!((truth.received_bytes, truth.sent_bytes), (1000 * truth.rows, 3000 * truth.rows));
    assert_eq!((truth.clients, truth.addresses), (1, 1));
    let busy = truth.rate_per_s * 0.02;
    assert!((logged.truth.systems[0].utilisation_mean_share - busy).abs() < 1e-5);
    let waiting = 0.5 * 0.02 / (2.0 * 0.5);
    assert!((truth.waiting_mean_s / waiting - 1.0).abs() < 0.05, "{}", truth.waiting_mean_s);
    let fits = |row: &Row| row.time_taken_ms >= 25 && row.client.to_string() == "10.0.128.0";
    assert!(logged.rows.iter().all(|(_, row)| fits(row)));
}

/// Requests of a failed system, and requests that it loses, have no rows. Responses that lose their
/// connection point have the Windows error 64.
#[test]
fn outages_are_counted_without_rows() {
    let down = "[disruption.mp]\nkind = \"management-point-outage\"\nmanagement_point = \"con\"\n\
        at = \"2026-10-24T20:00\"\ndown = \"4h\"\n[disruption.cp]\n\
        kind = \"connection-point-outage\"\nconnection_point = \"cp-1\"\n\
        at = \"2026-10-25T09:00\"\ndown = \"1h\"\n";
    // With service times of several seconds, the outage of the connection point loses responses.
    let slow = CASE.replacen("error_share = \"3%\"", "database = \"40s\"", 1);
    let logged = Logged::of(&format!("{slow}{down}"));
    let [mp, failed, _] = &logged.truth.systems[..] else { panic!("three systems") };
    assert!(failed.lost_in_outage > 10, "{}", failed.lost_in_outage);
    assert!(mp.all.lost > 0 && mp.lost_in_outage == 0, "{mp:?}");
    let lost = logged.rows_of(0).iter().filter(|row| row.win32_status == 64).count();
    assert_eq!(lost as u64, mp.all.lost);
    assert_conserved(&logged);
}

#[test]
fn a_log_without_requests_is_empty() {
    let parts = [gateway("g", ""), point("cp", ""), server("mp", ""), update_point("sup", "")];
    let clients = "[cohort.c]\nclients = 3\nlocations = { intranet = \"100%\" }\n\
        update_scan.interval = \"off\"\n";
    let text = lasting("1h", "1min", &(parts.concat() + clients));
    let logged = Logged::of(&text);
    assert!(logged.rows.is_empty(), "{:?}", logged.rows);
    assert_eq!(logged.truth.systems.len(), 2);
    assert!(logged.truth.systems.iter().all(|system| system.all.rows == 0));
    let here = folder();
    fs::write(here.path().join("quiet.toml"), text).expect("file is written");
    let log = here.path().join("log");
    run(here.path(), &["run", "quiet.toml", "--iis-log", "log"]).assert().success();
    let names: Vec<String> = files(&log).into_keys().collect();
    assert_eq!(names, ["manifest.json", "truth.json"]);
}

fn run(here: &Path, words: &[&str]) -> assert_cmd::Command {
    let mut command = cmgsim();
    command.current_dir(here).args(words).args(["--quiet", "--charts", "none"]);
    command
}

/// Writes the case to a folder and logs it.
fn log_case(here: &Path, name: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    fs::write(here.join("case.toml"), CASE).expect("file is written");
    let words = ["run", "case.toml", "--iis-log", name, "--out", "results"];
    run(here, &[&words[..], more].concat()).assert().success();
    files(&here.join(name))
}

fn truth_in(files: &BTreeMap<String, Vec<u8>>) -> SiteTruth {
    serde_json::from_slice(&files["truth.json"]).expect("true values")
}

#[test]
fn files_look_like_those_of_iis() {
    let here = folder();
    let found = log_case(here.path(), "log", &[]);
    let truth = truth_in(&found);
    assert!(truth.is_complete && truth.start_unix_s == 1_792_836_000, "2026-10-24T10:00 UTC");
    for system in &truth.systems {
        // Run from 10:00 UTC to 10:00 UTC two days later.
        let expected = ["u_ex261024.log", "u_ex261025.log", "u_ex261026.log"];
        let start = format!("{}/", system.folder);
        let own =
            found.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(&start)?, bytes)));
        let own: Vec<(&str, &Vec<u8>)> = own.collect();
        let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected, "{}", system.name);
        let (mut rows, mut sent, mut received, mut stamps) = (0, 0, 0, Vec::new());
        for (name, bytes) in own {
            let text = std::str::from_utf8(bytes).expect("UTF-8");
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
            let (header, body): (Vec<&str>, Vec<&str>) =
                text.lines().partition(|line| line.starts_with('#'));
            let first: Vec<&str> = body[0].split(' ').collect();
            let date = format!("#Date: {} {}", first[0], first[1]);
            let fields = format!("#Fields: {}", truth.fields.join(" "));
            let software = "#Software: Microsoft Internet Information Services 10.0";
            assert_eq!(header, [software, "#Version: 1.0", &date, &fields]);
            for line in body {
                let values: Vec<&str> = line.split(' ').collect();
                assert_eq!(values.len(), truth.fields.len(), "{line}");
                let value = |field: &str| {
                    values[truth.fields.iter().position(|own| own == field).expect("a field")]
                };
                let day = value("date").replace('-', "");
                assert_eq!(*name, format!("u_ex{}.log", &day[2..]), "{line}");
                assert_eq!((value("s-ip"), value("cs-username")), (&*system.address, "-"));
                stamps.push(format!("{} {}", value("date"), value("time")));
                rows += 1;
                sent += value("sc-bytes").parse::<u64>().expect("a number");
                received += value("cs-bytes").parse::<u64>().expect("a number");
            }
        }
        let all = &system.all;
        assert_eq!((rows, sent, received), (all.rows, all.sent_bytes, all.received_bytes));
        assert!(stamps.is_sorted(), "{}", system.name);
        assert!(
            *stamps[0] >= *"2026-10-24 10:00:00"
                && stamps[stamps.len() - 1].as_str() < "2026-10-26 11"
        );
    }
    assert_eq!(found.len(), 2 + 3 * 3);
}

/// Clocks in Berlin go back at 01:00 UTC on 25 October. In UTC no hour is repeated or missing, and
/// always-on clients send about the same number of requests in every hour.
#[test]
fn hours_are_in_utc_across_a_clock_change() {
    let steady =
        CASE.replace("cpu = { dist = \"exponential\", mean = \"1s\" }\nqueue_limit = 1", "");
    assert_ne!(steady, CASE);
    let logged = Logged::of(&steady);
    let is_poll = |row: &&Row| row.request.stem == "/ccm_system/request";
    let mut hours: BTreeMap<i64, u64> = BTreeMap::new();
    for row in logged.rows.iter().map(|(_, row)| row).filter(is_poll) {
        *hours.entry((row.unix_s - logged.truth.start_unix_s).div_euclid(3600)).or_default() += 1;
    }
    let numbers: Vec<i64> = hours.keys().copied().collect();
    assert_eq!(numbers, (0..48).collect::<Vec<i64>>());
    let mean = hours.values().sum::<u64>() as f64 / 48.0;
    for (hour, count) in hours {
        // 80 clients poll six times per hour; state messages and errors vary.
        let relative = count as f64 / mean - 1.0;
        assert!(relative.abs() < 0.25, "hour {hour}: {count}, mean {mean}");
    }
}

#[test]
fn logs_do_not_depend_on_threads_and_do_not_change_results() {
    let here = folder();
    let more = ["--replications", "2", "--jobs"];
    let one = log_case(here.path(), "one", &[&more[..], &["1"]].concat());
    let results = files(&here.path().join("results"));
    let two = log_case(here.path(), "two", &[&more[..], &["2"]].concat());
    assert!(one == two, "the logs differ");
    let words = ["run", "case.toml", "--out", "plain", "--replications", "2"];
    run(here.path(), &words).assert().success();
    let plain = files(&here.path().join("plain"));
    for (name, bytes) in results.iter().filter(|(name, _)| *name != "manifest.json") {
        assert!(plain.get(name) == Some(bytes), "{name} differs");
    }
}

#[test]
fn the_default_fields_omit_bytes() {
    let here = folder();
    let found = log_case(here.path(), "log", &["--iis-log-fields", "default"]);
    let truth = truth_in(&found);
    assert_eq!(truth.fields.len(), 15);
    let log = found.iter().find(|(name, _)| name.ends_with(".log")).expect("a log").1;
    let text = String::from_utf8_lossy(log).into_owned();
    assert!(
        !text.contains("bytes")
            && text.lines().all(|line| line.starts_with('#') || line.split(' ').count() == 15)
    );
    let here = here.path();
    for (words, part) in [
        (&["run", "--iis-log-fields", "default"][..], "--iis-log"),
        (&["run", "--iis-log", "out/log", "--out", "out"], "outside the results folder"),
        (&["run", "--iis-log", ".", "--out", "out"], "outside the results folder"),
    ] {
        let said = complaint(&mut run(here, words), 2);
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn names_become_folders_that_every_system_accepts() {
    let here = folder();
    let truth = truth_in(&log_case(here.path(), "log", &[]));
    let names: Vec<&str> = truth.systems.iter().map(|system| system.folder.as_str()).collect();
    assert!(names[0].starts_with("MP-\u{e4}-") && names[1].starts_with("con-"), "{names:?}");
    assert_eq!(names[2], "sup");
    assert!(here.path().join("log").join(names[0]).is_dir());
}

#[test]
fn an_earlier_log_is_replaced_and_other_files_stay() {
    let here = folder();
    let log = here.path().join("log");
    log_case(here.path(), "log", &[]);
    let shorter = log_case(here.path(), "log", &["--set", "duration=\"1h\""]);
    assert_eq!(shorter.len(), 2 + 3, "the files of the later days are removed");
    fs::write(log.join("mine.txt"), "mine").expect("file is written");
    let before = files(&log);
    let said = complaint(&mut run(here.path(), &["run", "case.toml", "--iis-log", "log"]), 1);
    assert!(said.contains("mine.txt") && said.contains("--iis-log"), "{said}");
    assert!(!said.contains("--out"), "{said}");
    assert_eq!(files(&log), before);
}

/// A file size limit of ten kilobytes causes the same errors as a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_leaves_no_partial_log() {
    let here = folder();
    fs::write(here.path().join("case.toml"), CASE).expect("file is written");
    let mut shell = assert_cmd::Command::new("sh");
    shell.current_dir(here.path());
    shell.args(["-c", "trap '' XFSZ; ulimit -f 500; exec \"$0\" \"$@\""]);
    shell.args([env!("CARGO_BIN_EXE_cmgsim"), "run", "case.toml", "--quiet", "--charts", "none"]);
    shell.args(["--set", "cohort.*.policy_poll.interval=\"1min\"", "--iis-log", "log"]);
    let said = complaint(&mut shell, 1);
    assert!(said.contains("cannot write") && said.contains("u_ex2610"), "{said}");
    assert!(!here.path().join("log").exists(), "no partial log may remain");
}

/// An interrupted run keeps the rows up to the interrupt.
#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_its_log() {
    use crate::common::signals::{send, start};
    let here = folder();
    let (case, log) = (here.path().join("case.toml"), here.path().join("log"));
    fs::write(&case, CASE).expect("file is written");
    let paths = [&case, &log].map(|path| path.display().to_string());
    let words = ["run", &paths[0], "--iis-log", &paths[1], "--charts", "none"];
    let long = ["--set", "duration=\"3000d\"", "--set", "interval=\"1d\""];
    let out = here.path().join("out");
    let mut child = start(&[&words[..], &long].concat(), &out);
    // The unfinished log has rows of the measured period.
    let begun = log.join(".cmgsim-unfinished").join("sup").join("u_ex261026.log");
    while !begun.exists() && child.try_wait().expect("process status").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    send("-INT", &child);
    let output = child.wait_with_output().expect("process has ended");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    let found = files(&log);
    let truth = truth_in(&found);
    assert!(!truth.is_complete && truth.duration_s < 3000.0 * 86_400.0);
    for system in &truth.systems {
        let start = format!("{}/", system.folder);
        let own = found.iter().filter(|(name, _)| name.starts_with(&start));
        let lines = own.flat_map(|(_, bytes)| bytes.split(|byte| *byte == b'\n'));
        let rows = lines.filter(|line| !line.is_empty() && line[0] != b'#').count();
        assert_eq!(rows as u64, system.all.rows, "{}", system.name);
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&found["manifest.json"]).expect("a manifest");
    assert_eq!(manifest["state"], "interrupted");
}
