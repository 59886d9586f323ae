//! The JSON Schema that editors use, against what the loader takes.

use std::fs;
use std::path::Path;

use cmgsim::scenario::{LoadRequest, ScenarioOrigin, load, preset, schema, starter};

fn validator() -> jsonschema::Validator {
    jsonschema::draft7::new(&schema::json_schema()).expect("a valid schema")
}

/// TOML as JSON: what an editor's schema server sees.
fn as_json(text: &str) -> serde_json::Value {
    let table: toml::Table = toml::from_str(text).expect("TOML");
    serde_json::to_value(table).expect("JSON")
}

fn assert_valid(validator: &jsonschema::Validator, what: &str, text: &str) {
    let instance = as_json(text);
    let errors: Vec<String> = validator
        .iter_errors(&instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_shipped_scenario_is_valid_and_embedded() {
    let validator = validator();
    let mut count = 0;
    for entry in fs::read_dir(root().join("scenarios")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a file");
        assert_valid(&validator, &path.display().to_string(), &text);
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert_eq!(preset::text(&name), Some(text.as_str()), "{name} is embedded");
        count += 1;
    }
    assert_eq!(count, preset::ALL.len());
}

#[test]
fn resolved_and_starter_scenarios_are_valid() {
    let validator = validator();
    assert_valid(&validator, "init", &starter::text(5));
    for (name, _) in preset::ALL {
        let origin = ScenarioOrigin::Preset((*name).to_owned());
        let scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("it loads");
        assert_valid(&validator, name, &scenario.resolved.to_toml());
    }
}

#[test]
fn what_the_loader_refuses_by_form_the_schema_refuses_too() {
    let validator = validator();
    for name in [
        "no-schema",
        "newer-schema",
        "unknown-top-key",
        "unknown-section",
        "unknown-key-in-part",
        "unknown-nested-key",
        "section-is-a-value",
        "seventeen-instances",
        "zero-workers",
        "negative-clients",
        "fractional-clients",
        "clients-as-text",
        "unknown-size",
        "duration-without-unit",
        "share-without-percent",
        "bandwidth-in-wrong-unit",
        "rate-in-wrong-unit",
        "boolean-as-text",
        "unknown-law",
        "law-without-dist",
        "law-with-wrong-parameter",
        "unknown-presence",
        "presence-with-wrong-parameter",
    ] {
        let path = root().join(format!("tests/bad_scenarios/{name}.toml"));
        let text = fs::read_to_string(path).expect("a file");
        assert!(!validator.is_valid(&as_json(&text)), "{name} passes the schema");
    }
}

#[test]
fn the_schema_for_editors_is_the_one_in_the_repository() {
    let path = root().join("docs/scenario.schema.json");
    let now = format!("{:#}\n", schema::json_schema());
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == now,
        "docs/scenario.schema.json is out of date: cargo run -- schema > docs/scenario.schema.json"
    );
}
