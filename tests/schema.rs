//! Checks that the JSON Schema for editors accepts valid scenarios and refuses malformed ones.

use std::fs;
use std::path::{Path, PathBuf};

use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load, preset, schema, starter};
use cmgsim::internals::study::validation;

fn validator() -> jsonschema::Validator {
    jsonschema::draft7::new(&schema::json_schema()).expect("a valid schema")
}

/// Converts TOML to JSON, as an editor's language server does.
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

/// Validates the scenario files of a folder and returns their names and texts.
fn shipped(folder: &str) -> Vec<(String, String)> {
    let validator = validator();
    let paths = fs::read_dir(root().join(folder)).expect("folder is readable");
    let paths = paths.map(|entry| entry.expect("entry is readable").path());
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("file is readable");
        assert_valid(&validator, &path.display().to_string(), &text);
        (path.file_stem().expect("a name").to_string_lossy().into_owned(), text)
    };
    paths.filter(is_scenario).map(read).collect()
}

#[test]
fn every_shipped_scenario_is_valid_and_embedded() {
    for (folder, embedded) in
        [("scenarios", preset::ALL), ("scenarios/validation", &validation::SCENARIOS[..])]
    {
        let shipped = shipped(folder);
        for (name, text) in &shipped {
            let own = embedded.iter().find(|(own, _)| own == name);
            assert_eq!(
                own.map(|(_, text)| *text),
                Some(text.as_str()),
                "the embedded copy of {name} differs"
            );
        }
        assert_eq!(shipped.len(), embedded.len(), "{folder}");
    }
}

#[test]
fn resolved_and_starter_scenarios_are_valid() {
    let validator = validator();
    let answers = starter::Answers::default();
    assert_valid(&validator, "init", &starter::short(&answers));
    assert_valid(&validator, "init --full", &starter::full(&answers));
    for (name, _) in preset::ALL {
        let origin = ScenarioOrigin::Preset((*name).to_owned());
        let scenario =
            load(&LoadRequest { origin, overrides: Vec::new() }).expect("scenario loads");
        assert_valid(&validator, name, &scenario.resolved.to_toml());
    }
}

#[test]
fn the_schema_refuses_malformed_scenarios() {
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
        "unknown-distribution",
        "distribution-without-dist",
        "distribution-with-wrong-parameter",
        "unknown-presence",
        "presence-with-wrong-parameter",
    ] {
        let path = root().join(format!("tests/bad_scenarios/{name}.toml"));
        let text = fs::read_to_string(path).expect("file is readable");
        assert!(!validator.is_valid(&as_json(&text)), "the schema accepts {name}");
    }
}

#[test]
fn the_editor_schema_is_up_to_date() {
    let path = root().join("docs/scenario.schema.json");
    let now = format!("{:#}\n", schema::json_schema());
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == now,
        "docs/scenario.schema.json is out of date; run cargo run -- schema > docs/scenario.schema.json"
    );
}
