//! Checks that result tables and summaries have the documented format.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cmgsim::internals::report::results_reference;
use cmgsim::internals::results::{json, tables};

use crate::common::files::{cmgsim_into, folder};

fn assert_up_to_date(name: &str, of: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let stored = fs::read_to_string(path).unwrap_or_default();
    assert!(stored == now, "{name} is out of date; run cargo run -- schema --of {of} > {name}");
}

#[test]
fn documented_results_match_the_code() {
    assert_up_to_date("docs/results.md", "results", &results_reference::page(&tables::all()));
    let schema = format!("{:#}\n", json::summary_schema().to_value());
    assert_up_to_date("docs/summary.schema.json", "summary", &schema);
}

/// Columns may only be added. Renaming or removing a column, or changing its unit, requires a
/// higher `RESULTS_VERSION` and an entry in CHANGELOG.md.
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

/// Arguments of short runs that together produce every part of a summary.
const RUNS: [&[&str]; 4] = [
    &["quickstart", "--set", "duration=\"5h\""],
    &["patch-tuesday"],
    &["update-domain-walk"],
    &["connection-point-outage", "--replications", "3", "--set", "slo.latency_p95_s=\"60s\""],
];

#[test]
fn summaries_match_their_schema() {
    let schema = json::summary_schema().to_value();
    let validator = jsonschema::draft7::new(&schema).expect("a valid schema");
    let here = folder();
    let mut seen = BTreeMap::new();
    for (number, arguments) in RUNS.iter().enumerate() {
        let out = here.path().join(number.to_string());
        let few = ["--set", "cohort.*.clients=100"];
        // The exit code is ignored, because a run that misses an objective still writes a summary.
        let _ = cmgsim_into(&out, &[&["run", "--quiet"], *arguments, &few].concat()).assert();
        let bytes = fs::read(out.join("summary.json")).expect("file is readable");
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
        assert_eq!(seen.get(key), Some(&true), "no run writes {key}");
    }
}

/// The Parquet writer is an optional feature, because it accounts for a fifth of the build time.
#[test]
#[cfg(not(feature = "parquet"))]
fn a_build_without_parquet_names_the_missing_feature() {
    let here = folder();
    let out = here.path().join("out");
    let error = cmgsim_into(&out, &["run", "lab-b2s", "--tables", "csv,parquet"]).assert().code(2);
    let said = String::from_utf8_lossy(&error.get_output().stderr).into_owned();
    assert!(said.contains("--features parquet"), "{said}");
    assert!(!out.exists());
}

#[test]
fn unknown_table_formats_are_refused() {
    let here = folder();
    let mut error = cmgsim_into(&here.path().join("out"), &["run", "lab-b2s", "--tables", "xlsx"]);
    let error = error.assert().code(2);
    let said = String::from_utf8_lossy(&error.get_output().stderr).into_owned();
    assert!(said.contains("expected csv, parquet, or both"), "{said}");
}
