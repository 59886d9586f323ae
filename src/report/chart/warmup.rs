//! Where a warm-up ends, over the series it was found in.

use super::{Axis, AxisUnit, Figure, Shade, subtitle};
use crate::results::RunResult;

/// The mean series, with what is to be left out shaded. `run` names the scenario.
pub fn warm_up(run: &RunResult, what: &str, series: &[f64], bin: f64, left_out: f64) -> Figure {
    let x = Axis::civil(&run.scenario);
    let largest = series.iter().copied().fold(0.0, f64::max);
    let y = Axis::linear(what, largest, AxisUnit::Number);
    let title = "Where the warm-up ends, by MSER-5";
    let what = "mean over replications that start empty; shaded: to be left out";
    let mut figure = Figure::new("warm-up", title, &subtitle(run, what), x, y);
    if left_out > 0.0 {
        let label = "warm-up".to_owned();
        figure.shades.push(Shade { from: 0.0, to: left_out, label });
    }
    let places: Vec<f64> = (0..series.len()).map(|place| (place as f64 + 0.5) * bin).collect();
    figure.add_line("mean over replications", (0, 1.0), &places, series);
    figure
}
