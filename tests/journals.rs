//! Tests sweep journals that are mixed or manipulated, or that belong to an interrupted sweep in a
//! folder with an earlier result.

use std::fs;

use cmgsim::internals::study::sweep::journal::Journal;

use crate::common::cmgsim;
use crate::common::files::{complaint, files, folder, sweep, text};

/// Each line of a mixed journal is valid, but the lines belong to different sweeps.
#[test]
fn lines_of_another_sweep_and_impossible_plans_are_refused() {
    let here = folder();
    let [one, two] = ["one", "two"].map(|name| here.path().join(name));
    sweep(&one, &["--quiet"]).assert().success();
    sweep(&two, &["--quiet", "--seed", "5"]).assert().success();
    let [mine, theirs] =
        [&one, &two].map(|out| fs::read(out.join("journal")).expect("file is readable"));
    let lines = |bytes: &[u8], from: usize, count: usize| {
        let all = bytes.split_inclusive(|byte| *byte == b'\n');
        all.skip(from).take(count).collect::<Vec<_>>().concat()
    };
    let mixed = [lines(&mine, 0, 12), lines(&theirs, 12, 99)].concat();
    let mut plan = Journal::read(&mine).expect("a journal").plan;
    plan.replications = 4_000_000_000;
    let endless = cmgsim::internals::study::sweep::journal::header(&plan);
    plan.factors.clear();
    let bare = cmgsim::internals::study::sweep::journal::header(&plan);
    for (journal, expected) in [
        (mixed, "line 13 belongs to another sweep"),
        (endless, "6 points with 4000000000 replications each"),
        (bare, "its plan is invalid"),
    ] {
        fs::write(one.join("journal"), &journal).expect("file is written");
        let said = complaint(sweep(&one, &[]).arg("--resume"), 3);
        assert!(said.contains(expected), "{said}");
        let said = complaint(cmgsim().args(["merge", "--out", "x"]).arg(&one), 3);
        assert!(said.contains(expected), "{said}");
        assert_eq!(
            fs::read(one.join("journal")).expect("file is readable"),
            journal,
            "the journal must be unchanged"
        );
    }
}

/// If a sweep is interrupted while it replaces an earlier result, that result remains complete
/// until the new sweep has been resumed and completed.
#[test]
fn an_earlier_result_is_kept_until_the_next_is_complete() {
    let here = folder();
    let (whole, out) = (here.path().join("whole"), here.path().join("out"));
    sweep(&out, &["--quiet"]).assert().success();
    let before = files(&out);
    sweep(&whole, &["--quiet", "--seed", "5"]).assert().success();
    let journal = fs::read(whole.join("journal")).expect("file is readable");
    let lines: Vec<&[u8]> = journal.split_inclusive(|byte| *byte == b'\n').take(9).collect();
    // Create the files that a killed process leaves behind.
    fs::create_dir(out.join(".cmgsim-unfinished")).expect("folder is created");
    fs::write(out.join(".cmgsim-unfinished/journal"), lines.concat()).expect("file is written");
    fs::write(out.join(".cmgsim-unfinished/points.csv"), "half written").expect("file is written");
    cmgsim()
        .arg("report")
        .arg(&out)
        .arg("--out")
        .arg(here.path().join("a.html"))
        .assert()
        .success();
    let said = complaint(&mut sweep(&out, &["--seed", "5"]), 1);
    assert!(said.contains("unfinished sweep"), "{said}");
    for (name, bytes) in &before {
        assert!(fs::read(out.join(name)).is_ok_and(|now| now == *bytes), "{name}");
    }
    let run = sweep(&out, &["--seed", "5", "--resume"]).assert().success();
    let said = text(&run.get_output().stderr);
    assert!(said.contains("resumed: 7 of 24 replications"), "{said}");
    assert_eq!(files(&whole), files(&out));
}
