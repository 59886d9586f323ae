//! Where a warm-up ends, over the series it was found in.

use super::{Axis, AxisUnit, Figure, Line, Shade, subtitle};
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
    let points =
        series.iter().zip(0..).map(|(value, place)| ((f64::from(place) + 0.5) * bin, Some(*value)));
    let label = "mean over replications".to_owned();
    figure.lines.push(Line { label, points: points.collect(), style: 0, width: 1.0 });
    figure
}
