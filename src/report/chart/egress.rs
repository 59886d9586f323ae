//! What leaves each gateway and its storage.

use super::{Axis, AxisUnit, Figure, middles, timeline};
use crate::report::format;
use crate::results::{Column, RunResult};

/// Megabits a second that leave each gateway's instances and its storage; `None` without gateways.
/// Storage that never sent anything has no line.
pub(super) fn per_gateway(result: &RunResult) -> Option<Figure> {
    let series = &result.series;
    if series.gateway_egress.is_empty() {
        return None;
    }
    let megabits = |columns: &[Column], what: &str| -> Vec<(String, Vec<f64>)> {
        columns
            .iter()
            .map(|column| {
                let values = column.values.iter().map(|bits| bits / 1e6).collect();
                (format!("{}{what}", column.name), values)
            })
            .collect()
    };
    let mut storage = megabits(&series.storage_egress, ": storage to clients");
    storage.retain(|(_, values)| values.iter().any(|value| *value > 0.0));
    let gateways = megabits(&series.gateway_egress, ": instances to clients and sites");
    let mut columns = borrow(&gateways);
    columns.extend(borrow(&storage));
    let largest = Figure::largest(&columns);
    let axis = Axis::linear("Mbit/s", largest, AxisUnit::Number);
    let bin = format::tick_seconds(series.interval_s);
    let what = format!("means over {bin}; this costs, what comes in does not");
    let mut figure = timeline(result, "egress", "Data that leaves Azure", &what, axis);
    let middles = middles(result);
    if columns.len() <= super::figure::LINES_MAX {
        figure.add_columns("", &middles, &columns);
    } else {
        figure.add_band("instances of each gateway", &middles, &borrow(&gateways));
        if !storage.is_empty() {
            figure.add_band("storage of each gateway", &middles, &borrow(&storage));
        }
    }
    Some(figure)
}

fn borrow(columns: &[(String, Vec<f64>)]) -> Vec<(&str, &[f64])> {
    columns.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect()
}
