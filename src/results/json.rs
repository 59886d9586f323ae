//! Writes results as JSON: `summary.json` contains everything except the time series, which is in
//! `time_series.csv`.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::comparison::Comparison;
use super::{RunResult, Sizing};

/// Renders the summary as indented JSON with a final line break.
pub fn summary(result: &RunResult) -> Vec<u8> {
    to_bytes(result)
}

/// Returns the JSON Schema (draft 7) of the summary, generated from the types. It allows additional
/// keys, because new versions add keys.
pub fn summary_schema() -> Schema {
    let settings = SchemaSettings::draft07().for_serialize();
    let settings = settings.with_transform(RecursiveTransform(allow_null_for_numbers));
    let mut schema = settings.into_generator().into_root_schema_for::<RunResult>();
    schema.insert("title".to_owned(), json!("summary.json of cmgsim run"));
    schema
}

/// Allows `null` for every number, because JSON has no NaN or infinity: a mean without observations
/// is `null`.
fn allow_null_for_numbers(schema: &mut Schema) {
    if schema.get("type") == Some(&json!("number")) {
        schema.insert("type".to_owned(), json!(["number", "null"]));
    }
}

/// Renders a comparison as indented JSON.
pub fn comparison(comparison: &Comparison) -> Vec<u8> {
    to_bytes(comparison)
}

/// Renders a sizing result as indented JSON.
pub fn sizing(sizing: &Sizing) -> Vec<u8> {
    to_bytes(sizing)
}

/// Renders any plain data as indented JSON. NaN and infinity become `null`.
pub(crate) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .expect("plain structs serialise, because all map keys are text");
    bytes.push(b'\n');
    bytes
}

/// Reads a number and returns NaN for `null`.
pub(super) fn number_or_null<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(source).map(|found| found.unwrap_or(f64::NAN))
}
