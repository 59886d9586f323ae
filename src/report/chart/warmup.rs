//! Chart of the warm-up length and the time series from which it was estimated.

use super::theme::line_style::REQUESTS;
use super::{Axis, AxisUnit, LineChart, Shade, heading_of};
use crate::results::RunResult;

/// Returns the mean series with the estimated warm-up shaded. `run` describes the scenario.
pub fn warm_up(run: &RunResult, what: &str, series: &[f64], bin: f64, warm_up: f64) -> LineChart {
    let x = Axis::civil(&run.scenario);
    let largest = series.iter().copied().fold(0.0, f64::max);
    let y = Axis::linear(what, largest, AxisUnit::Number);
    let title = "Warm-up length by MSER-5";
    let what = "means over replications that start without load";
    let mut chart = LineChart::new(heading_of(run, "warm-up", title, what), x, y);
    if warm_up > 0.0 {
        let label = "warm-up, to be discarded".to_owned();
        chart.shades.push(Shade { from: 0.0, to: warm_up, label });
    }
    let places: Vec<f64> = (0..series.len()).map(|place| (place as f64 + 0.5) * bin).collect();
    chart.add_line("mean over replications", (REQUESTS, 1.0), &places, series);
    chart
}
