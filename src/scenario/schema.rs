//! JSON Schema of scenario files, generated from the catalogue, for completion, hover texts and
//! early errors in editors. It uses draft-07, the newest version that TOML and YAML language
//! servers document.
//!
//! The schema accepts more than the loader: it cannot check references between components or sums
//! of shares.

use crate::terms::RequestKind;
use serde_json::{Map, Value, json};

use crate::catalogue::{Catalogue, Kind, Parameter};

use super::compile::PATTERNS;
use super::distribution::DISTRIBUTIONS;
use super::windows::KEYS;

/// Pattern of valid component names.
const NAME: &str = r"^[\p{L}\p{M}\p{N}\p{Pc}-]{1,64}$";

/// Pattern of a number without its unit.
const NUMBER: &str = r"[0-9][0-9_]*(\.[0-9]+)?";

/// Returns the JSON Schema.
pub fn json_schema() -> Value {
    let mut root = object();
    let rows = Catalogue::builtin().parameters().iter().filter(|row| row.settable);
    for row in rows {
        let path: Vec<&str> = row.path.split('.').collect();
        insert(&mut root, &path, row);
        // A cohort may override every key of [client].
        if let ["client", rest @ ..] = path.as_slice() {
            insert(&mut root, &[&["cohort", "*"], rest].concat(), row);
        }
    }
    root["properties"]["measured"] = list_of(&root["properties"]["measured"]);
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!("cmgsim scenario");
    root["required"] = json!(["schema"]);
    root["definitions"] = definitions();
    root
}

fn object() -> Value {
    json!({ "type": "object", "additionalProperties": false })
}

/// Returns the schema of a list of tables, `[[NAME]]`. The keys without a default are required.
fn list_of(table: &Value) -> Value {
    let is_required = |key: &&String| {
        let rows = Catalogue::builtin().settable(&["measured", key.as_str()]);
        rows.is_some_and(|row| !row.optional)
    };
    let keys = table["properties"].as_object().into_iter().flat_map(Map::keys);
    let required: Vec<&String> = keys.filter(is_required).collect();
    let mut table = table.clone();
    table["required"] = json!(required);
    json!({ "type": "array", "items": table })
}

/// Inserts a parameter at its path and creates the objects that contain it.
fn insert(node: &mut Value, path: &[&str], row: &Parameter) {
    let [first, rest @ ..] = path else { return };
    let (table, key) = match *first {
        "*" => ("patternProperties", name_pattern(node)),
        key => ("properties", key.to_owned()),
    };
    if rest.is_empty() {
        node[table][key] = value(row);
        return;
    }
    let child = &mut node[table][key];
    if child.is_null() {
        *child = object();
    }
    insert(child, rest, row);
}

/// Returns the pattern of component names, which excludes the keys that apply to all components of
/// the section.
fn name_pattern(section: &Value) -> String {
    let common = section["properties"].as_object().into_iter().flatten();
    let common: Vec<&str> = common.map(|(key, _)| key.as_str()).collect();
    match common.is_empty() {
        true => NAME.to_owned(),
        false => NAME.replacen('^', &format!("^(?!({})$)", common.join("|")), 1),
    }
}

fn value(row: &Parameter) -> Value {
    let mut schema = of_kind(row);
    if let Some(word) = &row.or {
        schema = json!({ "anyOf": [schema, { "const": word }] });
    }
    let mut text = row.doc.clone();
    if let Some(default) = &row.value {
        text.push_str(&format!(" Default: {default} ({}).", row.provenance));
    }
    if !row.source.is_empty() {
        text.push_str(&format!(" {}", row.source));
    }
    // Draft-07 ignores all keys next to `$ref`, so wrap references in `allOf`.
    if schema.get("$ref").is_some() {
        schema = json!({ "allOf": [schema] });
    }
    schema["description"] = json!(text);
    schema
}

fn of_kind(row: &Parameter) -> Value {
    let defined = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    match row.kind {
        Kind::Count | Kind::Number => {
            let is_count = row.kind == Kind::Count;
            let mut schema = json!({ "type": if is_count { "integer" } else { "number" } });
            for (name, bound) in [("minimum", &row.min), ("maximum", &row.max)] {
                if let Some(bound) = bound.as_ref().and_then(json_number) {
                    schema[name] = bound;
                }
            }
            schema
        }
        Kind::References => {
            json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
        }
        Kind::Text | Kind::Reference => json!({ "type": "string" }),
        Kind::Choice => json!({ "enum": row.choices }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Amount => json!({ "anyOf": [{ "type": "string" }, { "type": "number" }] }),
        Kind::Paths => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ]}),
        Kind::Duration => defined("duration"),
        Kind::Distribution => defined("distribution"),
        Kind::DistributionByKind => defined("distribution_by_kind"),
        Kind::Bytes => defined("bytes"),
        Kind::Bandwidth => defined("bandwidth"),
        Kind::Rate => defined("rate"),
        Kind::Share => defined("share"),
        Kind::Civil => defined("civil"),
        Kind::Zone => json!({ "type": "string", "minLength": 1 }),
        Kind::TimeOfDay => defined("time_of_day"),
        Kind::When => json!({ "anyOf": [defined("civil"), defined("duration")] }),
        Kind::Presence => defined("presence"),
        Kind::Profile => defined("profile"),
        Kind::Windows => windows(row),
        Kind::Tiers => defined("tiers"),
        Kind::Entry => json!({
            "type": "string",
            "pattern": "^(management_points|(gateway|connection_point|management_point|software_update_point)\\..+)$"
        }),
    }
}

fn json_number(bound: &toml::Value) -> Option<Value> {
    match bound {
        toml::Value::Integer(integer) => Some(json!(integer)),
        toml::Value::Float(float) => Some(json!(float)),
        _ => None,
    }
}

fn definitions() -> Value {
    let text = |pattern: String, example: &str| json!({ "type": "string", "pattern": pattern, "examples": [example] });
    let mut definitions = json!({
        "duration": text(format!(r"^\s*({NUMBER}\s*[a-zµ]+\s*)+$"), "1h30min"),
        "bytes": text(format!(r"^\s*{NUMBER}\s*[A-Za-z]+\s*$"), "2 MB"),
        "bandwidth": text(format!(r"^\s*{NUMBER}\s*[kMG]?(bit/s|bps)\s*$"), "500 Mbit/s"),
        "rate": text(format!(r"^\s*{NUMBER}\s*/\s*[a-z]+\s*$"), "30/min"),
        "share": text(format!(r"^\s*{NUMBER}\s*%\s*$"), "80%"),
        "civil": text(r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?\s*$".to_owned(), "2026-11-23T08:00"),
        "time_of_day": text(r"^\s*\d{1,2}:\d{2}(:\d{2})?\s*$".to_owned(), "08:30"),
        "profile": {
            "type": "object",
            "additionalProperties": false,
            "required": ["period", "points"],
            "properties": {
                "period": { "$ref": "#/definitions/duration" },
                "points": { "type": "array", "items": {
                    "type": "array",
                    "items": [
                        { "$ref": "#/definitions/duration" },
                        { "$ref": "#/definitions/rate" },
                    ],
                    "minItems": 2,
                    "maxItems": 2,
                }},
            },
        },
    });
    definitions["tiers"] = json!({ "type": "array", "minItems": 1, "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["above_gb", "price"],
        "properties": {
            "above_gb": { "type": "number", "minimum": 0 },
            "price": { "type": "number", "minimum": 0 },
        },
    }});
    definitions["distribution"] = distribution();
    definitions["distribution_by_kind"] = distribution_by_kind();
    definitions["presence"] = presence();
    definitions
}

/// Returns the schema of a list of weekly windows.
fn windows(row: &Parameter) -> Value {
    let keys = KEYS.into_iter().chain(row.choices.iter().map(String::as_str));
    let catalogue = Catalogue::builtin();
    let property = |key: &str| {
        let row = catalogue.exactly(&format!("window.{key}"));
        (key.to_owned(), row.map_or_else(object, value))
    };
    let properties: Map<String, Value> = keys.map(property).collect();
    json!({ "type": "array", "items": {
        "type": "object", "additionalProperties": false,
        "required": ["from", "to"], "properties": properties,
    }})
}

/// Returns the schema of a distribution: a duration, or a table with `dist` and its parameters.
fn distribution() -> Value {
    let duration = || json!({ "$ref": "#/definitions/duration" });
    let parameter = |name: &str| match name {
        "cv" | "shape" => json!({ "type": "number" }),
        "values" => json!({ "type": "array", "items": duration(), "minItems": 1 }),
        "quantiles" => json!({ "type": "array", "items": {
            "type": "array", "items": [{ "type": "number" }, duration()],
            "minItems": 2, "maxItems": 2,
        }}),
        "file" => json!({ "type": "string" }),
        _ => duration(),
    };
    let mut choices = vec![duration()];
    for (dist, sets) in DISTRIBUTIONS {
        for set in sets {
            let mut properties = Map::new();
            properties.insert("dist".to_owned(), json!({ "const": dist }));
            properties.extend(set.iter().map(|name| ((*name).to_owned(), parameter(name))));
            let required: Vec<&str> = std::iter::once("dist").chain(set.iter().copied()).collect();
            choices.push(json!({
                "type": "object", "additionalProperties": false,
                "required": required, "properties": properties,
            }));
        }
    }
    json!({ "anyOf": choices })
}

/// Returns the schema of a distribution for all kinds of requests, or a table of distributions.
fn distribution_by_kind() -> Value {
    let distribution = json!({ "$ref": "#/definitions/distribution" });
    let names = RequestKind::ALL.iter().map(|kind| kind.name()).chain(["default"]);
    let properties: Map<String, Value> =
        names.map(|name| (name.to_owned(), distribution.clone())).collect();
    json!({ "anyOf": [distribution, {
        "type": "object", "additionalProperties": false, "properties": properties,
    }]})
}

/// Returns the schema of a presence pattern: its name, or a table with `kind` and its parameters.
fn presence() -> Value {
    let names: Vec<&str> = PATTERNS.iter().map(|(name, _)| *name).collect();
    let mut choices = vec![json!({ "enum": names })];
    for (kind, parameters) in PATTERNS {
        let mut properties = Map::new();
        properties.insert("kind".to_owned(), json!({ "const": kind }));
        for name in parameters {
            let row = Catalogue::builtin().exactly(&format!("presence.{name}"));
            let hours = || json!({ "type": "array", "items": { "$ref": "#/definitions/share" } });
            properties.insert((*name).to_owned(), row.map_or_else(hours, value));
        }
        choices.push(json!({
            "type": "object", "additionalProperties": false,
            "required": ["kind"], "properties": properties,
        }));
    }
    json!({ "anyOf": choices })
}
