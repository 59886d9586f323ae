//! Tests results folders: `report` reports files that differ from the manifest, and no command
//! changes files of the user.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::common::cmgsim;
use crate::common::files::{complaint, files, folder};

/// Returns a command for a short run.
fn run(out: &Path, more: &[&str]) -> assert_cmd::Command {
    let mut command = cmgsim();
    command.args(["run", "quickstart", "--quiet", "--charts", "svg", "--set"]);
    command.args(["cohort.*.clients=60", "--out"]).arg(out).args(more);
    command
}

/// Returns a command that writes a report of a folder next to the folder.
fn report(folder: &Path) -> assert_cmd::Command {
    let mut command = cmgsim();
    command.arg("report").arg(folder).arg("--out").arg(folder.with_extension("html"));
    command
}

#[test]
fn a_report_names_files_that_differ_from_the_manifest() {
    let here = folder();
    let out = here.path().join("out");
    run(&out, &[]).assert().success();
    report(&out).assert().success();
    let whole = fs::read(out.join("time_series.csv")).expect("file is readable");
    // Change one byte of a table that the report uses.
    let mut changed = whole.clone();
    let place = changed.len() / 2;
    changed[place] = if changed[place] == b'1' { b'2' } else { b'1' };
    fs::write(out.join("time_series.csv"), &changed).expect("file is written");
    fs::remove_file(out.join("summary.json")).expect("file is removed");
    let said = complaint(&mut report(&out), 3);
    assert!(said.contains("summary.json is missing"), "{said}");
    assert!(said.contains("time_series.csv was modified after it was written"), "{said}");
    run(&here.path().join("two"), &[]).assert().success();
    // If the report does not use a changed file, it only writes a warning.
    let two = here.path().join("two");
    fs::write(two.join("latency.csv"), "opened in a spreadsheet").expect("file is written");
    let said = report(&two).assert().success().get_output().stderr.clone();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("latency.csv was modified after it was written"), "{said}");
    // A file that the manifest does not list is ignored.
    fs::write(two.join("time_series_ci.csv"), "time_s,until_s\n0,1e300\n")
        .expect("file is written");
    report(&two).assert().success();
}

#[test]
fn a_folder_without_a_manifest_is_incomplete() {
    let here = folder();
    let study = here.path().join("study");
    let words =
        ["sweep", "lab-b2s", "--set", "duration=\"10min\"", "--vary", "seed=1,2", "--quiet"];
    let mut sweep = cmgsim();
    sweep.args(words).args(["--replications", "2", "--out"]).arg(&study).assert().success();
    let out = here.path().join("out");
    run(&out, &[]).assert().success();
    for folder in [&out, &study] {
        report(folder).assert().success();
        fs::remove_file(folder.join("manifest.json")).expect("file is removed");
        let said = complaint(&mut report(folder), 3);
        assert!(said.contains("its result is incomplete"), "{said}");
    }
    // Without a manifest, the origin of the files is unknown, so they are not replaced.
    let before = files(&out);
    let said = complaint(&mut run(&out, &[]), 1);
    assert!(said.contains("which no manifest of cmgsim lists"), "{said}");
    assert_eq!(files(&out), before);
}

#[test]
fn files_of_the_user_are_never_replaced() {
    let here = folder();
    for (name, text) in [
        ("thesis.txt", "mine"),
        ("latency.csv", "a user file with a name that a run uses"),
        ("summary.json", "{}"),
        ("manifest.json", "{\"name\": \"another program's\"}"),
        ("report.html", "<!doctype html><title>mine</title>"),
        ("charts", "not a folder"),
    ] {
        let out = here.path().join(format!("with-{name}"));
        fs::create_dir(&out).expect("made");
        fs::write(out.join(name), text).expect("file is written");
        let said = complaint(&mut run(&out, &["--report"]), 1);
        assert!(said.contains(name) && said.contains("--out"), "{said}");
        let expected = BTreeMap::from([(name.to_owned(), text.as_bytes().to_vec())]);
        assert_eq!(files(&out), expected);
    }
}

/// After a run is killed at any time, the folder contains either the old or the new result.
#[test]
fn a_killed_run_leaves_a_complete_result() {
    let here = folder();
    let out = here.path().join("out");
    run(&out, &[]).assert().success();
    let seed = |folder: &Path| {
        let manifest = fs::read(folder.join("manifest.json")).expect("file is readable");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        manifest["seed"].as_u64().expect("a seed")
    };
    let first = seed(&out);
    let began = std::time::Instant::now();
    run(&out, &["--seed", "7"]).assert().success();
    let length = began.elapsed();
    assert_eq!(seed(&out), 7);
    run(&out, &[]).assert().success();
    for twentieth in [4, 10, 13, 15, 16, 17, 18, 19, 20] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_cmgsim"));
        child.args(["run", "quickstart", "--quiet", "--charts", "svg", "--seed", "7", "--set"]);
        child.args(["cohort.*.clients=60", "--out"]).arg(&out);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        std::thread::sleep(length.mul_f64(f64::from(twentieth) / 20.0));
        child.kill().expect("process is killed or has ended");
        child.wait().expect("process has ended");
        report(&out).assert().success();
        assert!(
            [first, 7].contains(&seed(&out)),
            "the folder has neither the old nor the new result"
        );
    }
    // The next run removes the temporary files of a killed run.
    run(&out, &[]).assert().success();
    assert_eq!(seed(&out), first);
    let is_left = |name: &String| name.starts_with(".cmgsim-");
    assert!(!files(&out).keys().any(is_left) && !out.join(".cmgsim-unfinished").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_and_devices_in_place_of_files_do_not_block_the_program() {
    let here = folder();
    let out = here.path().join("out");
    run(&out, &[]).assert().success();
    let replace = |name: &str, with: &dyn Fn(&Path)| {
        let path = out.join(name);
        let whole = fs::read(&path).expect("file is readable");
        fs::remove_file(&path).expect("file is removed");
        with(&path);
        let said = complaint(report(&out).timeout(Duration::from_secs(20)), 1);
        assert!(said.contains("not a regular file"), "{name}: {said}");
        fs::remove_file(&path).expect("file is removed");
        fs::write(&path, whole).expect("file is written");
    };
    let pipe = |path: &Path| {
        assert!(
            std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .expect("command runs")
                .success()
        );
    };
    let zeros =
        |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).expect("link is created");
    for name in ["summary.json", "time_series.csv", "manifest.json"] {
        replace(name, &pipe);
        replace(name, &zeros);
    }
    let place = here.path().join("pipe");
    pipe(&place);
    let said = complaint(run(&place, &[]).timeout(Duration::from_secs(20)), 1);
    assert!(said.contains("cannot write to") && said.contains("not a directory"), "{said}");
    let journal = here.path().join("shard");
    fs::create_dir(&journal).expect("made");
    pipe(&journal.join("journal"));
    let mut merge = cmgsim();
    merge.args(["merge", "--out"]).arg(here.path().join("merged")).arg(&journal);
    let said = complaint(merge.timeout(Duration::from_secs(20)), 1);
    assert!(said.contains("not a regular file"), "{said}");
}

/// Scenario files and stored results are never overwritten.
#[test]
fn inputs_are_never_overwritten() {
    let here = folder();
    let at = |name: &str| here.path().join(name);
    fs::write(at("arrivals.csv"), "1\n2\n").expect("file is written");
    let base = include_str!("../scenarios/lab-b2s.toml");
    fs::write(at("base.toml"), base).expect("file is written");
    let scenario = "schema = 1\nextends = \"base.toml\"\nduration = \"10min\"\n[source.s]\n\
        enters = \"management_points\"\ntrace = \"arrivals.csv\"\n";
    fs::write(at("mine.toml"), scenario).expect("file is written");
    run(&at("results"), &["--report"]).assert().success();
    let command = |words: &[&str]| {
        let mut command = cmgsim();
        command.current_dir(here.path()).args(words);
        command
    };
    let before = files(here.path());
    let results = files(&at("results"));
    for name in ["mine.toml", "base.toml", "arrivals.csv", "./base.toml"] {
        for (words, option) in [
            (&["run", "mine.toml", "--quiet", "--out", "new", "--events", name][..], "--events"),
            (&["warmup", "mine.toml", "--chart", name], "--chart"),
            (&["regress", "mine.toml", "--save-baseline", name], "--save-baseline"),
        ] {
            let said = complaint(&mut command(words), 2);
            assert!(said.contains(option) && said.contains("is read from this file"), "{said}");
        }
    }
    for name in ["results/latency.csv", "results/manifest.json"] {
        let words = ["run", "mine.toml", "--quiet", "--out", "new", "--events", name];
        let said = complaint(&mut command(&words), 2);
        assert!(said.contains("belongs to a stored result"), "{said}");
        for words in [&["report", "results", "--out", name][..], &["init", name, "--force"]] {
            let said = complaint(&mut command(words), 2);
            assert!(said.contains("belongs to a stored result"), "{said}");
        }
    }
    for (words, expected) in [
        (&["report", "results", "--out", "mine.toml"][..], "is not a cmgsim report"),
        (&["report", "results", "--out", "results/x.html"], "is report.html"),
        (&["run", "results/scenario.resolved.toml", "--out", "results"], "overlaps"),
        (&["run", "mine.toml", "--out", "."], "overlaps"),
        (
            &["run", "mine.toml", "--out", "new", "--events", "new/log"],
            "outside the results folder",
        ),
    ] {
        let said = complaint(&mut command(words), 2);
        assert!(said.contains(expected), "{said}");
    }
    #[cfg(unix)]
    for (link, events) in [("folder", "folder/log"), ("file", "file")] {
        let target = if link == "folder" { at("results") } else { at("results/summary.json") };
        std::os::unix::fs::symlink(target, at(link)).expect("link is created");
        let words = ["run", "mine.toml", "--quiet", "--out", "results", "--events", events];
        let said = complaint(&mut command(&words), 2);
        assert!(said.contains("outside the results folder"), "{said}");
        fs::remove_file(at(link)).expect("link is removed");
    }
    assert_eq!((files(here.path()), files(&at("results"))), (before, results));
    let shard =
        ["sweep", "lab-b2s", "--set", "duration=\"10min\"", "--vary", "seed=1,2", "--quiet"];
    let shard = [&shard[..], &["--replications", "2", "--shard", "1/1", "--out", "shard"]].concat();
    command(&shard).assert().success();
    for out in ["shard", "shard/merged"] {
        let said = complaint(&mut command(&["merge", "shard", "--out", out]), 2);
        assert!(said.contains("overlaps"), "{said}");
    }
}

/// A file size limit of ten kilobytes causes the same errors as a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_earlier_result() {
    let here = folder();
    let out = here.path().join("out");
    run(&out, &[]).assert().success();
    let before = files(&out);
    let full = |out: &Path, more: &[&str]| {
        let mut shell = assert_cmd::Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\""]);
        shell.args([env!("CARGO_BIN_EXE_cmgsim"), "run", "quickstart", "--quiet", "--charts"]);
        shell.args(["none", "--set", "cohort.*.clients=60", "--out"]).arg(out).args(more);
        complaint(&mut shell, 1)
    };
    let said = full(&out, &["--seed", "7"]);
    assert!(said.contains("summary.json") && said.contains("cannot write"), "{said}");
    assert_eq!(files(&out), before);
    assert!(!out.join(".cmgsim-unfinished").exists(), "no temporary files may remain");
    let new = here.path().join("new");
    full(&new, &[]);
    assert!(!new.exists(), "the empty folder must be removed");
}
