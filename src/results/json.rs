//! `summary.json`: everything a run found but the time series, which is in `timeseries.csv`.

use serde::{Deserialize, Deserializer, Serialize};

use super::comparison::Comparison;
use super::{RunResult, Sizing};

/// The summary as JSON, indented, ending with a line break.
pub fn summary(result: &RunResult) -> Vec<u8> {
    to_bytes(result)
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
