//! Sweeps on the command line: results are identical for any number of threads, interruptions and
//! shards, and no result of a replication is lost, damaged or assigned to another sweep.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use cmgsim::internals::study::sweep::journal::Journal;

use crate::common::cmgsim;
use crate::common::files::{FACTORS, SIMULATED, complaint, files, folder, sweep, text};

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(Some(bytes) == other.get(name), "{name} differs");
    }
    assert!(one.contains_key("manifest.json") && one.contains_key("points.csv"));
}

/// Returns the rows of a table by column name.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).expect("file is readable")).expect("JSON")
}

#[test]
fn a_grid_point_equals_a_single_run() {
    let here = folder();
    let (all, one) = (here.path().join("all"), here.path().join("one"));
    let run = sweep(&all, &["--metric", "throughput_per_s", "--metric", "latency_p95_s"]).assert();
    let printed = text(&run.success().get_output().stdout);
    assert!(
        printed.contains("throughput_per_s") && printed.contains("6 points (grid)"),
        "{printed}"
    );
    let points = rows(&all.join("points.csv"));
    let of_metric: Vec<&BTreeMap<String, String>> =
        points.iter().filter(|row| row["metric"] == "latency_p95_s").collect();
    let levels: Vec<(&str, &str, &str)> = of_metric
        .iter()
        .map(|row| (&*row["point"], &*row["gateway.lab.instances"], &*row["cohort.*.clients"]))
        .collect();
    let expected = [
        ("0", "1", "5"),
        ("1", "1", "15"),
        ("2", "2", "5"),
        ("3", "2", "15"),
        ("4", "3", "5"),
        ("5", "3", "15"),
    ];
    assert_eq!(levels, expected);
    cmgsim()
        .args(["run", "lab-b2s", "--set", "duration=\"1h\"", "--replications", "4", "--quiet"])
        .args(["--set", "gateway.lab.instances=2", "--set", "cohort.*.clients=5", "--out"])
        .arg(&one)
        .assert()
        .success();
    let alone = rows(&one.join("metrics.csv"));
    assert!(alone.len() > 20);
    for row in alone {
        let same = |other: &&BTreeMap<String, String>| {
            other["point"] == "2" && other["metric"] == row["metric"]
        };
        let found = points.iter().find(same).expect("the same metric");
        for column in ["replications", "mean", "half_width", "standard_deviation", "p50", "max"] {
            assert_eq!(found[column], row[column], "{} {column}", row["metric"]);
        }
    }
    assert_eq!(rows(&all.join("replications.csv")).len(), 24);
    let manifest = json(&all.join("manifest.json"));
    assert_eq!(manifest["state"], "complete");
    assert_eq!(manifest["files"].as_object().map(|names| names.len() + 1), Some(files(&all).len()));
}

#[test]
fn results_do_not_depend_on_threads() {
    let here = folder();
    let names = ["1", "2", "8"].map(|jobs| {
        let out = here.path().join(jobs);
        sweep(&out, &["--jobs", jobs, "--quiet"]).assert().success();
        out
    });
    assert_same(&names[0], &names[1]);
    assert_same(&names[0], &names[2]);
}

#[test]
fn a_one_at_a_time_design_begins_with_the_unchanged_scenario() {
    let here = folder();
    let out = here.path().join("out");
    let run = sweep(&out, &["--design", "one-at-a-time", "--format", "json"]).assert().success();
    let document: serde_json::Value =
        serde_json::from_slice(&run.get_output().stdout).expect("output is one JSON document");
    assert_eq!(
        run.get_output().stdout,
        fs::read(out.join("sweep.json")).expect("file is readable")
    );
    let points = document["points"].as_array().expect("points").iter();
    let levels: Vec<(&str, &str)> = points
        .map(|point| {
            let level = |path: &str| point["levels"][path].as_str().expect("a level");
            (level("gateway.lab.instances"), level("cohort.*.clients"))
        })
        .collect();
    // The scenario itself has one instance and 15 clients, so these levels add no points.
    assert_eq!(levels, [("1", "15"), ("2", "15"), ("3", "15"), ("1", "5")]);
}

#[test]
fn a_latin_hypercube_depends_on_the_seed() {
    let here = folder();
    let drawn = |name: &str, seed: &str| {
        let out = here.path().join(name);
        cmgsim()
            .args(SIMULATED)
            .args(["--vary", "cohort.*.clients=11..18", "--vary", "gateway.lab.instances=1..16"])
            .args(["--design", "latin", "--points", "8", "--replications", "1", "--quiet"])
            .args(["--seed", seed, "--out"])
            .arg(&out)
            .assert()
            .success();
        let rows = rows(&out.join("points.csv"));
        let rows = rows.into_iter().filter(|row| row["metric"] == "latency_p95_s");
        let level = |row: &BTreeMap<String, String>, path: &str| -> u32 {
            row[path].parse().expect("a number")
        };
        rows.map(|row| (level(&row, "cohort.*.clients"), level(&row, "gateway.lab.instances")))
            .collect::<Vec<_>>()
    };
    let (first, again, other) = (drawn("a", "1"), drawn("b", "1"), drawn("c", "2"));
    assert_eq!(first, again);
    assert_ne!(first, other);
    let mut clients: Vec<u32> = first.iter().map(|(clients, _)| *clients).collect();
    let mut pairs: Vec<u32> = first.iter().map(|(_, instances)| (instances - 1) / 2).collect();
    clients.sort();
    pairs.sort();
    assert_eq!(clients, (11..=18).collect::<Vec<_>>());
    assert_eq!(pairs, (0..8).collect::<Vec<_>>());
}

#[test]
fn merged_shards_equal_one_run() {
    let here = folder();
    let path = |name: &str| here.path().join(name);
    sweep(&path("whole"), &["--quiet"]).assert().success();
    for shard in ["1/3", "2/3", "3/3"] {
        let out = path(&shard[..1]);
        let run = sweep(&out, &["--shard", shard]).assert().success();
        assert!(text(&run.get_output().stdout).contains("8 of 24 replications"));
        assert_eq!(files(&out).len(), 2, "the folder must have a journal and a manifest");
        assert_eq!(json(&out.join("manifest.json"))["state"], "shard");
    }
    let merge = |shards: &[&str]| {
        let mut command = cmgsim();
        command.args(["merge", "--out"]).arg(path("merged"));
        command.args(shards.iter().map(|name| path(name)));
        command
    };
    let said = complaint(&mut merge(&["1", "3"]), 3);
    for expected in ["8 of 24 replications", "point 0 replication 1,", "point 5 replication 2"] {
        assert!(said.contains(expected), "no `{expected}` in {said}");
    }
    assert!(!path("merged").exists());
    let other = ["--shard", "2/3", "--seed", "9", "--quiet"];
    sweep(&path("other"), &other).assert().success();
    let said = complaint(&mut merge(&["1", "other", "3"]), 3);
    assert!(said.contains("other: point 0"), "{said}");
    let said = complaint(&mut merge(&["1", "none"]), 3);
    assert!(said.contains("no journal"), "{said}");
    merge(&["3", "1", "2", "1"]).assert().success();
    assert_same(&path("whole"), &path("merged"));
}

#[test]
fn a_shard_begins_resumes_and_repeats_with_the_same_command() {
    let here = folder();
    let out = here.path().join("shard");
    let attempt = || {
        let run = sweep(&out, &["--shard", "2/3", "--resume"]).assert().success();
        (text(&run.get_output().stderr), files(&out))
    };
    let (said, first) = attempt();
    assert!(said.contains("starts from the beginning"), "{said}");
    let (said, repeated) = attempt();
    assert!(said.contains("resumed: 8 of 24 replications are complete"), "{said}");
    assert!(repeated == first, "a complete shard keeps its bytes");
    // A killed attempt leaves a part of the journal and no manifest.
    let journal = fs::read(out.join("journal")).expect("file is readable");
    fs::write(out.join("journal"), &journal[..journal.len() / 2]).expect("file is written");
    fs::remove_file(out.join("manifest.json")).expect("the file existed");
    let (said, resumed) = attempt();
    assert!(said.contains("resumed: 3 of 24") || said.contains("resumed: 4 of 24"), "{said}");
    assert!(resumed == first, "a resumed shard has the same bytes");
    // A folder of an earlier sweep is not mixed with this one.
    let said = complaint(&mut sweep(&out, &["--shard", "2/3", "--resume", "--seed", "9"]), 3);
    assert!(said.contains("a file that the scenario reads has changed"), "{said}");
    let missing = here.path().join("missing");
    let mut resume = cmgsim();
    resume.args(SIMULATED).args(FACTORS).arg("--resume").arg(missing);
    assert!(complaint(&mut resume, 2).contains("cannot resume"));
}

/// Starts a command that resumes the sweep in the folder.
fn start(out: &Path) -> Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_cmgsim"))
        .args(SIMULATED)
        .args(FACTORS)
        .args(["--replications", "4", "--resume", "--out"])
        .arg(out)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("process has started")
}

fn journal_length(out: &Path) -> u64 {
    fs::metadata(out.join("journal")).map_or(0, |file| file.len())
}

/// Kills a process without giving it the chance to clean up, and returns its standard error.
fn kill(mut child: Child) -> String {
    child.kill().expect("process is killed or has ended");
    text(&child.wait_with_output().expect("process has ended").stderr)
}

#[test]
fn a_killed_sweep_resumes_to_the_same_bytes() {
    let here = folder();
    let (whole, out) = (here.path().join("whole"), here.path().join("killed"));
    sweep(&whole, &["--quiet"]).assert().success();
    let full = journal_length(&whole);
    let mut said = String::new();
    for share in [0.0, 0.01, 0.3, 0.5, 0.8] {
        let mut child = start(&out);
        let wanted = (full as f64 * share) as u64;
        while journal_length(&out) < wanted && child.try_wait().expect("process status").is_none() {
            std::thread::sleep(Duration::from_micros(300));
        }
        said.push_str(&kill(child));
    }
    // Kill the process while it writes the results.
    let child = start(&out);
    while !out.join("points.csv").exists() {
        std::thread::sleep(Duration::from_micros(100));
    }
    said.push_str(&kill(child));
    let run = start(&out).wait_with_output().expect("process has ended");
    assert!(run.status.success(), "{}", text(&run.stderr));
    said.push_str(&text(&run.stderr));
    let finished = |line: &str| -> Option<u32> {
        line.strip_prefix("resumed: ")?.split(' ').next()?.parse().ok()
    };
    let parts: Vec<u32> = said.lines().filter_map(finished).collect();
    assert!(parts.windows(2).all(|pair| pair[0] <= pair[1]), "no unit may be lost: {parts:?}");
    assert!(
        parts.iter().any(|part| (1..24).contains(part)),
        "at least one kill must happen half-way: {parts:?}"
    );
    assert!(!said.contains("damaged"), "{said}");
    assert_same(&whole, &out);
}

/// Longer version of the previous test; run it with `cargo nextest run --run-ignored only`.
#[test]
#[ignore = "takes some minutes"]
fn a_sweep_survives_two_hundred_kills() {
    let here = folder();
    let whole = here.path().join("whole");
    sweep(&whole, &["--quiet"]).assert().success();
    let mut state = 1_u64;
    for round in 0..200 {
        let out = here.path().join(format!("killed-{}", round / 10));
        let child = start(&out);
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((state >> 33) % 250_000));
        let said = kill(child);
        assert!(!said.contains("damaged") && !said.contains("error"), "{said}");
        if round % 10 == 9 {
            assert!(start(&out).wait_with_output().expect("process has ended").status.success());
            assert_same(&whole, &out);
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_journal_and_names_the_resume_command() {
    let here = folder();
    let (whole, out) = (here.path().join("whole"), here.path().join("it's out"));
    let more = ["--set", "duration=\"8h\"", "--replications", "12", "--jobs", "1"];
    let long = |out: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cmgsim"));
        command.args(["sweep", "lab-b2s"]).args(FACTORS).args(more).arg("--out").arg(out);
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        command
    };
    let mut child = long(&out).spawn().expect("process has started");
    while journal_length(&out) < 10_000 && child.try_wait().expect("process status").is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().expect("signal is sent");
    let output = child.wait_with_output().expect("process has ended");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted: ") && said.contains("are complete, "), "{said}");
    assert!(!out.join("manifest.json").exists());
    let again = complaint(cmgsim().args(["run", "lab-b2s", "--out"]).arg(&out), 1);
    assert!(again.contains("unfinished sweep"), "{again}");
    let command = said.lines().last().expect("a line").trim();
    let command = command.replacen("cmgsim", env!("CARGO_BIN_EXE_cmgsim"), 1);
    let run =
        std::process::Command::new("sh").args(["-c", &command]).output().expect("command runs");
    assert!(run.status.success(), "{command}: {}", text(&run.stderr));
    assert!(long(&whole).status().expect("command runs").success());
    assert_same(&whole, &out);
}

#[test]
fn damaged_results_in_a_journal_are_reported_and_simulated_again() {
    let here = folder();
    let (whole, out) = (here.path().join("whole"), here.path().join("out"));
    for path in [&whole, &out] {
        sweep(path, &["--quiet"]).assert().success();
    }
    let journal = fs::read(out.join("journal")).expect("file is readable");
    let only_journal = |bytes: &[u8]| {
        fs::remove_dir_all(&out).expect("the folder existed");
        fs::create_dir(&out).expect("folder is created");
        fs::write(out.join("journal"), bytes).expect("file is written");
    };
    let resume_with = |bytes: &[u8]| {
        fs::write(out.join("journal"), bytes).expect("file is written");
        fs::write(out.join(".cmgsim-stale"), "half written").expect("file is written");
        let run = sweep(&out, &["--resume"]).assert().success();
        assert_same(&whole, &out);
        text(&run.get_output().stderr)
    };
    let mut damaged = journal.clone();
    let last_line = journal[..journal.len() - 1].iter().rposition(|byte| *byte == b'\n');
    let middle = last_line.expect("lines") - 40;
    damaged[middle] ^= 1;
    let said = resume_with(&damaged);
    assert!(said.contains("journal: 1 (line ") && said.contains("23 of 24 replications"), "{said}");
    only_journal(b"");
    let said = resume_with(&journal[..journal.len() - 7]);
    assert!(said.contains("23 of 24 replications") && !said.contains("damaged"), "{said}");
    only_journal(&journal[7..]);
    let said = complaint(&mut sweep(&out, &["--resume"]), 3);
    assert!(said.contains("first line is damaged"), "{said}");
    assert_eq!(fs::read(out.join("journal")).expect("journal is kept"), journal[7..]);
}

#[test]
fn a_resumed_sweep_adds_replications_and_refuses_a_lower_number() {
    let here = folder();
    let (whole, out) = (here.path().join("whole"), here.path().join("out"));
    let six = ["--replications", "6", "--confidence", "90%"];
    sweep(&whole, &six).assert().success();
    sweep(&out, &["--quiet"]).assert().success();
    let more = [&six[..], &["--resume"]].concat();
    let run = sweep(&out, &more).assert().success();
    assert!(text(&run.get_output().stderr).contains("24 of 36 replications"));
    assert_same(&whole, &out);
    let said = complaint(&mut sweep(&out, &["--resume"]), 3);
    assert!(said.contains("replications per point differ (6 and 4)"), "{said}");
    assert_same(&whole, &out);
}

#[test]
fn results_of_another_sweep_are_refused() {
    let here = folder();
    let out = here.path().join("out");
    sweep(&out, &["--quiet"]).assert().success();
    let before = files(&out);
    for (more, expected) in [
        (&["--set", "cohort.*.presence=\"office-hours\""][..], "point 0 (1, 5) differs"),
        (&["--seed", "5"], "that the scenario reads has changed"),
        (&["--vary", "seed=1,2"], "; grid over"),
        (&["--design", "one-at-a-time"], "one-at-a-time over"),
    ] {
        let said = complaint(sweep(&out, more).arg("--resume"), 3);
        assert!(said.contains(expected) && said.contains("--out"), "{said}");
        assert_eq!(files(&out), before, "no file may change");
    }
    let bytes = fs::read(out.join("journal")).expect("file is readable");
    let mut journal = Journal::read(&bytes).expect("a journal");
    journal.plan.results_version += 1;
    fs::write(out.join("journal"), Journal::to_bytes(&journal.plan, &journal.units))
        .expect("journal is written");
    let said = complaint(sweep(&out, &[]).arg("--resume"), 3);
    assert!(said.contains("results version"), "{said}");
    let said = complaint(cmgsim().args(["merge", "--out", "x"]).arg(&out), 3);
    assert!(said.contains("results version"), "{said}");
}

#[test]
fn invalid_sweeps_are_refused_before_the_first_event() {
    let here = folder();
    let out = here.path().join("out");
    let vary = |text: &str, more: &[&str], code: i32| {
        let mut command = cmgsim();
        command.args(SIMULATED).args(["--vary", text]).args(more).arg("--out").arg(&out);
        let said = complaint(&mut command, code);
        assert!(!out.exists(), "{said}");
        said
    };
    let said = vary("gateway.lab.instances=15..18", &[], 3);
    assert!(said.contains("2 of 4 points") && said.contains("from 1 to 16"), "{said}");
    let said = vary("gateway.lab.instance=1,2", &[], 3);
    assert!(said.contains("did you mean"), "{said}");
    let said = vary("cohort.*.clients=1..20000", &[], 3);
    assert!(said.contains("20000 points") && said.contains("10000"), "{said}");
    let said = vary("cohort.*.clients=10..12", &["--max-events", "100"], 3);
    assert!(said.contains("--max-events"), "{said}");
    for (text, more, expected) in [
        ("cohort.*.clients", &[][..], "expected PATH=VALUES"),
        ("cohort.*.clients=9..2", &[], "FIRST is above LAST"),
        ("cohort.*.clients=1,1", &[], "twice"),
        ("cohort.*.clients=0.5..1.5", &[], "--design latin"),
        ("cohort.*.clients=1..5", &["--design", "latin"], "needs --points"),
        ("cohort.*.clients=1..5", &["--points", "5"], "only for --design latin"),
        ("cohort.*.clients=1..5", &["--metric", "latency_p59"], "did you mean"),
        ("cohort.*.clients=1..5", &["--shard", "3/2"], "I from 1 to N"),
        ("cohort.*.clients=1..5", &["--vary", "cohort.*.clients=9"], "specified twice"),
        (
            "cohort.*.clients=1..5",
            &["--metric", "throughput_per_s", "--metric", "throughput_per_s"],
            "twice",
        ),
        ("cohort.*.clients=1..5", &["--resume", "/nowhere/x"], "--out has no effect"),
    ] {
        let said = vary(text, more, 2);
        assert!(said.contains(expected), "no `{expected}` in {said}");
    }
}

#[test]
fn charts_show_the_factors() {
    let here = folder();
    let charts = |name: &str, more: &[&str]| {
        let out = here.path().join(name);
        let quick = ["--quiet", "--replications", "2"];
        sweep(&out, &[&quick[..], more].concat()).assert().success();
        let all = files(&out).into_iter();
        let svg = all.filter(|(name, _)| name.ends_with(".svg"));
        svg.map(|(name, bytes)| (name, text(&bytes))).collect::<Vec<_>>()
    };
    let grid = charts("grid", &["--metric", "latency_mean_s"]);
    let names: Vec<&str> = grid.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["charts/latency_mean_s-map.svg", "charts/latency_mean_s.svg"]);
    let (map, lines) = (&grid[0].1, &grid[1].1);
    // The chart has one line and one band per number of clients. The map has one cell per point and
    // a scale.
    assert!(lines.contains("cohort.*.clients = 5") && lines.contains("bands: 95 % confidence"));
    assert_eq!(lines.matches("<polygon").count(), 2);
    assert!(map.matches(" ms</text>").count() > 6 + 2, "{map}");
    let alone = charts("alone", &["--design", "one-at-a-time"]);
    assert!(alone[0].0.contains("latency_p95_s-1-gateway-lab-instances") && alone.len() == 2);
    assert!(alone[0].1.contains("unchanged scenario"));
    assert_eq!(charts("latin", &["--design", "latin", "--points", "3"]).len(), 2);
}

#[test]
fn a_folder_that_cannot_be_written_fails_before_the_simulation() {
    let here = folder();
    let file = here.path().join("file");
    fs::write(&file, "mine").expect("file is written");
    let said = complaint(&mut sweep(&file.join("out"), &[]), 1);
    assert!(said.contains("cannot write to") && said.contains("--out"), "{said}");
    let said = complaint(&mut sweep(here.path(), &[]), 1);
    assert!(said.contains("contains file"), "{said}");
    let locked = here.path().join("locked");
    fs::create_dir(&locked).expect("folder is created");
    let mut permissions = fs::metadata(&locked).expect("folder exists").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).expect("permissions are set");
    // Skip the check for the superuser, who can write to any folder.
    if fs::write(locked.join("probe"), "x").is_err() {
        let said = complaint(&mut sweep(&locked, &[]), 1);
        assert!(said.contains("cannot write to"), "{said}");
    }
}
