//! Outbound data of each gateway and its storage.

use super::components::ComponentStyles;
use super::line_chart::{ComponentSeries, LINES_MAX, largest};
use super::style::Dash;
use super::theme::line_style;
use super::{Axis, AxisUnit, LineChart, middles, timeline};
use crate::report::format;
use crate::results::{Column, RunResult};

/// Series of a line: label, values and number of the line style.
type Named = (String, Vec<f64>, usize);

/// Returns the megabits per second sent by the instances of each gateway and by its storage; `None`
/// without gateways. Storage without traffic has no line.
pub(super) fn per_gateway(result: &RunResult) -> Option<LineChart> {
    let series = &result.series;
    if series.gateway_egress.is_empty() {
        return None;
    }
    let styles = ComponentStyles::of(result);
    let megabits = |columns: &[Column], what: &str, dash: Dash| -> Vec<Named> {
        let one = |(place, column): (usize, &Column)| {
            let values = column.values.iter().map(|bits| bits / 1e6).collect();
            let style = line_style::dashed(styles.gateway(place), dash);
            (format!("{}{what}", column.name), values, style)
        };
        columns.iter().enumerate().map(one).collect()
    };
    let mut storage = megabits(&series.storage_egress, ": storage to clients", Dash::Short);
    storage.retain(|(_, values, _)| values.iter().any(|value| *value > 0.0));
    let instances = ": instances to clients and sites";
    let gateways = megabits(&series.gateway_egress, instances, Dash::Solid);
    let mut all = borrowed(&gateways);
    all.extend(borrowed(&storage));
    let axis = Axis::linear("Mbit/s", largest(&all), AxisUnit::Number);
    let bin = format::tick_seconds(series.interval_s);
    let what = format!("means over {bin}; Azure charges for outbound data only");
    let mut chart = timeline(result, "egress", "Outbound data from Azure", &what, axis);
    let middles = middles(result);
    if all.len() <= LINES_MAX {
        chart.add_series("", &middles, &all);
    } else {
        chart.add_band("instances of each gateway", &middles, &borrowed(&gateways));
        if !storage.is_empty() {
            chart.add_band("storage of each gateway", &middles, &borrowed(&storage));
        }
    }
    Some(chart)
}

fn borrowed(all: &[Named]) -> Vec<ComponentSeries<'_>> {
    all.iter()
        .map(|(name, values, style)| ComponentSeries { name, values, style: *style })
        .collect()
}
