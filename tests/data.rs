//! The promised form of results: what documents say of tables and summaries is what is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cmgsim::internals::report::results_reference;
use cmgsim::internals::results::{json, tables};

use crate::common::files::{cmgsim_into, folder};

fn assert_up_to_date(name: &str, of: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let stored = fs::read_to_string(path).unwrap_or_default();
    assert!(stored == now, "{name} is out of date: cargo run -- schema --of {of} > {name}");
}

#[test]
fn documents_say_what_is_written() {
    assert_up_to_date("docs/results.md", "results", &results_reference::page(&tables::all()));
    let schema = format!("{:#}\n", json::summary_schema().to_value());
    assert_up_to_date("docs/summary.schema.json", "summary", &schema);
}

/// Columns are only added: if one is renamed, goes away or changes its unit, `RESULTS_VERSION` has
/// to be raised and CHANGELOG.md has to say so.
#[test]
fn tables_and_columns_match_the_documentation() {
    let mut text = String::new();
    for table in tables::all() {
        text.push_str(&format!("{} of {}\n", table.name, table.verbs));
        for one in &table.descriptions {
            let unit = if one.unit.is_empty() { "-" } else { one.unit };
            text.push_str(&format!("  {} · {} · {unit}\n", one.name, one.kind.word()));
        }
    }
    insta::assert_snapshot!(text);
}

/// Short runs with everything that a summary can have.
const RUNS: [&[&str]; 4] = [
    &["quickstart", "--set", "duration=\"5h\""],
    &["patch-tuesday"],
    &["update-domain-walk"],
    &["connection-point-outage", "--replications", "3", "--set", "slo.latency_p95_s=\"60s\""],
];

#[test]
fn summaries_are_as_their_schema_says() {
    let schema = json::summary_schema().to_value();
    let validator = jsonschema::draft7::new(&schema).expect("a valid schema");
    let here = folder();
    let mut seen = BTreeMap::new();
    for (number, arguments) in RUNS.iter().enumerate() {
        let out = here.path().join(number.to_string());
        let few = ["--set", "cohort.*.clients=100"];
        // An objective may be missed: there is a summary all the same.
        let _ = cmgsim_into(&out, &[&["run", "--quiet"], *arguments, &few].concat()).assert();
        let bytes = fs::read(out.join("summary.json")).expect("a summary");
        let summary: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let errors = validator.iter_errors(&summary);
        let errors: Vec<String> =
            errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
        for (key, value) in summary.as_object().expect("an object") {
            let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.is_null();
            *seen.entry(key.clone()).or_insert(false) |= !is_empty;
        }
        let mut broken = summary;
        broken["requests"]["issued"] = "many".into();
        assert!(!validator.is_valid(&broken));
    }
    for key in ["deployments", "disruptions", "replicated", "objectives", "worst_5min"] {
        assert_eq!(seen.get(key), Some(&true), "no run has {key}");
    }
}

/// What writes Parquet takes a fifth of the build, so it is a feature of it.
#[test]
#[cfg(not(feature = "parquet"))]
fn a_build_without_parquet_says_how_to_get_it() {
    let here = folder();
    let out = here.path().join("out");
    let error = cmgsim_into(&out, &["run", "lab-b2s", "--tables", "csv,parquet"]).assert().code(2);
    let said = String::from_utf8_lossy(&error.get_output().stderr).into_owned();
    assert!(said.contains("--features parquet"), "{said}");
    assert!(!out.exists());
}

#[test]
fn other_formats_of_tables_are_refused() {
    let here = folder();
    let mut error = cmgsim_into(&here.path().join("out"), &["run", "lab-b2s", "--tables", "xlsx"]);
    let error = error.assert().code(2);
    let said = String::from_utf8_lossy(&error.get_output().stderr).into_owned();
    assert!(said.contains("expected csv, parquet, or both"), "{said}");
}
