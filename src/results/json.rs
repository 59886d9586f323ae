//! `summary.json`: everything a run found but the time series, which is in `time_series.csv`.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::comparison::Comparison;
use super::{RunResult, Sizing};

/// The summary as JSON, indented, ending with a line break.
pub fn summary(result: &RunResult) -> Vec<u8> {
    to_bytes(result)
}

/// The JSON Schema (draft 7) of the summary, from the types themselves. It allows more keys than
/// there are: they are added from version to version.
pub fn summary_schema() -> Schema {
    let settings = SchemaSettings::draft07().for_serialize();
    let settings = settings.with_transform(RecursiveTransform(allow_null_for_numbers));
    let mut schema = settings.into_generator().into_root_schema_for::<RunResult>();
    schema.insert("title".to_owned(), json!("summary.json of cmgsim run"));
    schema
}

/// Numbers that JSON cannot hold are `null`: the latency of nothing has no mean.
fn allow_null_for_numbers(schema: &mut Schema) {
    if schema.get("type") == Some(&json!("number")) {
        schema.insert("type".to_owned(), json!(["number", "null"]));
    }
}

/// A comparison as JSON, the same way.
pub fn comparison(comparison: &Comparison) -> Vec<u8> {
    to_bytes(comparison)
}

/// A sizing as JSON, the same way.
pub fn sizing(sizing: &Sizing) -> Vec<u8> {
    to_bytes(sizing)
}

/// Any plain data as indented JSON. Numbers that JSON cannot hold become `null`.
pub(super) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .expect("plain structs with text keys serialise because no map has other keys");
    bytes.push(b'\n');
    bytes
}

/// Reads a number where `null` stands for what JSON cannot hold: not a number.
pub(super) fn number_or_null<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(source).map(|found| found.unwrap_or(f64::NAN))
}
