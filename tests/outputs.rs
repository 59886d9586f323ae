//! Tests options that name outputs, results of other versions, and suggested commands.

use std::fs;

use crate::common::cmgsim;
use crate::common::files::{complaint, folder, text};

const LAB: &str = r#"
schema = 1
start = "2026-11-24T08:00"
duration = "10min"
[gateway.lab]
[connection_point.cp]
[management_point.mp]
[cohort.test]
clients = 20
presence = "always-on"
"#;

#[test]
fn a_dash_means_standard_output_and_generated_documents_are_overwritten() {
    let here = folder();
    for arguments in [&["schema"][..], &["preset", "show", "quickstart"], &["params", "probe"]] {
        let run = |out: &[&str]| {
            let mut command = cmgsim();
            command.current_dir(here.path()).args(arguments).args(out);
            text(&command.assert().success().get_output().stdout)
        };
        let printed = run(&[]);
        assert_eq!(run(&["--out", "-"]), printed, "{arguments:?}");
        assert!(!here.path().join("-").exists(), "{arguments:?}");
        // `preset show` does not overwrite a file, because the user may have edited the scenario.
        let times = if arguments[0] == "preset" { 1 } else { 2 };
        let _ = fs::remove_file(here.path().join("file"));
        for _ in 0..times {
            assert_eq!(run(&["--out", "file"]), "wrote file\n", "{arguments:?}");
            let written = fs::read_to_string(here.path().join("file")).expect("a file");
            assert_eq!(written, printed, "{arguments:?}");
        }
    }
}

#[test]
fn a_wildcard_adds_no_section() {
    let here = folder();
    fs::write(here.path().join("lab.toml"), LAB).expect("a file");
    for (set, is_warned) in
        [("connection_point.*.count=3", false), ("connection_point.c.count=3", true)]
    {
        let mut command = cmgsim();
        command.current_dir(here.path()).args(["check", "lab.toml", "--set", set]);
        let output = command.output().expect("it runs");
        assert_eq!(text(&output.stderr).contains("--set adds"), is_warned, "{set}");
    }
}

#[test]
fn results_of_another_version_are_refused() {
    let here = folder();
    fs::write(here.path().join("lab.toml"), LAB).expect("a file");
    for (verb, more) in [
        ("sweep", &["--vary", "gateway.lab.instances=1..2"][..]),
        ("compare", &["--set-b", "gateway.lab.instances=3"]),
    ] {
        let mut command = cmgsim();
        command.current_dir(here.path()).args([verb, "lab.toml", "--replications", "2"]);
        command.args(["--charts", "none", "--out", verb]).args(more).assert().success();
        let manifest = here.path().join(verb).join("manifest.json");
        let written = fs::read_to_string(&manifest).expect("a manifest");
        let old = written.replace("\"results_version\": 5", "\"results_version\": 3");
        assert_ne!(old, written, "{verb}");
        fs::write(&manifest, old).expect("a manifest");
        let mut report = cmgsim();
        let errors = complaint(report.current_dir(here.path()).args(["report", verb]), 3);
        assert!(errors.contains("these results have version 3"), "{errors}");
    }
}

#[test]
fn proposed_commands_can_be_copied() {
    let here = folder();
    let mut init = cmgsim();
    let run = init.current_dir(here.path()).args(["init", "sp ace.toml"]).assert().success();
    let printed = text(&run.get_output().stdout);
    assert!(printed.contains("`cmgsim check 'sp ace.toml'`"), "{printed}");
    let mut run = cmgsim();
    run.current_dir(here.path())
        .args(["run", "-", "--charts", "none"])
        .write_stdin(LAB.replace("clients = 20", "clients = 20000"));
    let printed = text(&run.args(["--set", "duration=1min"]).output().expect("it runs").stdout);
    assert!(!printed.contains("run - "), "{printed}");
}
