//! Tests that invalid scenarios cause an error message and exit code 3, and that no files are
//! written. A snapshot contains the message for each file in `tests/bad_scenarios/`.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load, preset};

use crate::common::cmgsim;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_scenarios")
}

#[test]
fn every_invalid_scenario_is_refused_with_its_message() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("folder is readable")
        .map(|entry| entry.expect("entry is readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 125, "only {} bad scenarios", names.len());
    let out = tempfile::tempdir().expect("folder is created");
    for name in names {
        let run = cmgsim()
            .current_dir(folder())
            .args(["run", &name, "--out"])
            .arg(out.path().join("results"))
            .assert()
            .code(3);
        let output = run.get_output();
        assert!(output.stdout.is_empty(), "{name} writes to standard output");
        assert_eq!(
            fs::read_dir(out.path()).expect("folder is readable").count(),
            0,
            "{name} wrote"
        );
        let message = String::from_utf8_lossy(&output.stderr);
        insta::assert_snapshot!(name.trim_end_matches(".toml"), message);
    }
}

#[test]
fn a_file_of_two_gigabytes_is_refused_at_once() {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("file is created");
    file.as_file().set_len(2 << 30).expect("a sparse file");
    let run = cmgsim().arg("check").arg(file.path()).assert().code(3);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("CMG0102") && message.contains("1 MiB"), "{message}");
}

#[test]
fn a_path_that_is_not_a_file_is_refused() {
    let folder = tempfile::tempdir().expect("folder is created");
    let missing = folder.path().join("missing.toml");
    for path in [missing.as_path(), folder.path(), Path::new("/dev/zero")] {
        if !cfg!(unix) && path.starts_with("/dev") {
            continue;
        }
        let run = cmgsim().arg("check").arg(path).assert().code(3);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
}

#[test]
fn errors_are_one_json_document() {
    let run = cmgsim()
        .current_dir(folder())
        .args(["check", "many-problems-at-once.toml", "--format", "json"])
        .assert()
        .code(3);
    let output = run.get_output();
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("output is one JSON document");
    let error = &document["error"];
    assert_eq!(error["code"], "CMG0201");
    assert_eq!(error["span"]["line"], 2);
    assert_eq!(error["problems"].as_array().map(Vec::len), Some(8));
    assert!(output.stderr.is_empty());
}

#[test]
fn an_invalid_override_is_shown_with_its_position() {
    for (text, expected) in [
        ("cohort.remote.clients=many", "many"),
        ("cohort.remote.clients", "path=value"),
        ("gateway.main.instances=17", "1 to 16"),
        ("gatway.main.instances=2", "did you mean `gateway`"),
        ("=", "--set"),
        ("a..b=1", "empty segment"),
        ("cohort.remote=5", "cohort.remote"),
        ("schema=99", "before overrides apply"),
        ("extends=nonexistent.toml", "before overrides apply"),
        (&format!("cohort.c{}=1", ".a".repeat(50_000)), "more than 16 segments"),
    ] {
        let run = cmgsim().args(["check", "quickstart", "--set", text]).assert().code(3);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

/// Loads a text as a scenario. The text may be refused with a message, but must not cause a panic.
fn survives(text: &str, overrides: Vec<String>) {
    let origin = ScenarioOrigin::Text { name: "fuzz.toml".to_owned(), text: text.to_owned() };
    if let Err(problems) = load(&LoadRequest { origin, overrides }) {
        assert!(problems.has_errors());
        assert!(!problems.render(false).is_empty());
        assert!(problems.to_json().is_array());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_loaded_or_refused_without_a_panic(text in "\\PC{0,300}") {
        survives(&text, vec![]);
        survives(&format!("schema = 1\n{text}"), vec![text.clone()]);
    }

    /// Embedded scenarios in which some text is replaced cause no panic.
    #[test]
    fn a_damaged_scenario_causes_no_panic(
        which in 0..preset::ALL.len(),
        at in 0.0..1.0_f64,
        length in 0..40_usize,
        piece in prop_oneof![
            Just("1e308".to_owned()), Just("-1".to_owned()), Just("\"\"".to_owned()),
            Just("nan".to_owned()), Just("[[[[".to_owned()), Just("{".to_owned()),
            Just("\"99999999999999999d\"".to_owned()), Just("\n[cohort.x]\n".to_owned()),
            Just("= \"0s\"\n".to_owned()), Just("ä\u{0}".to_owned()), "\\PC{0,12}",
        ],
    ) {
        let (_, text) = preset::ALL[which];
        let mut start = (at * text.len() as f64) as usize;
        while !text.is_char_boundary(start) { start -= 1; }
        let mut end = (start + length).min(text.len());
        while !text.is_char_boundary(end) { end -= 1; }
        let damaged = format!("{}{piece}{}", &text[..start], &text[end.max(start)..]);
        survives(&damaged, vec![]);
    }
}
