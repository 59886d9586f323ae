//! Traffic of each shared line.

use super::line_chart::{ComponentSeries, LINES_MAX, largest};
use super::theme::line_style;
use super::{Axis, AxisUnit, LineChart, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Returns the megabits per second on each direction of the shared lines; `None` without limited
/// lines.
pub(super) fn per_line(result: &RunResult) -> Option<LineChart> {
    let series = &result.series;
    if series.lines.is_empty() {
        return None;
    }
    let megabits: Vec<(&str, Vec<f64>)> = series
        .lines
        .iter()
        .map(|column| (column.name.as_str(), column.values.iter().map(|bits| bits / 1e6).collect()))
        .collect();
    let all: Vec<ComponentSeries<'_>> = megabits
        .iter()
        .enumerate()
        .map(|(place, (name, values))| ComponentSeries {
            name,
            values,
            style: line_style::component(place),
        })
        .collect();
    let axis = Axis::linear("Mbit/s", largest(&all), AxisUnit::Number);
    let bin = format::tick_seconds(series.interval_s);
    let what = format!("means over {bin}; down leads to the users of the line");
    let mut chart = timeline(result, "lines", "Traffic on shared lines", &what, axis);
    let middles = middles(result);
    if all.len() <= LINES_MAX {
        chart.add_series("", &middles, &all);
    } else {
        chart.add_band("directions of the lines", &middles, &all);
    }
    Some(chart)
}
