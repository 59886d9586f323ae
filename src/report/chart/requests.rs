//! Request rate and goodput.

use super::theme::line_style::{ATTEMPTS, COMPLETED, FAILED, REQUESTS};
use super::{Axis, AxisUnit, LineChart, middles, timeline};
use crate::report::format;
use crate::results::RunResult;

/// Average number of requests per bin below which bins are merged.
const REQUESTS_PER_BIN: f64 = 30.0;
/// Minimum number of bins.
const BINS_MIN: usize = 48;

/// Returns requests, attempts, completed requests and failed attempts per second.
pub(super) fn rate(result: &RunResult) -> LineChart {
    let series = &result.series;
    // Without failures the first three lines are nearly equal, so each narrower line is drawn on a
    // wider one.
    let curves = [
        ("attempts, including retries", &series.attempts_per_s, (ATTEMPTS, 3.2)),
        ("requests", &series.issued_per_s, (REQUESTS, 1.4)),
        ("goodput: completed requests", &series.completed_per_s, (COMPLETED, 0.8)),
        ("failed attempts", &series.failed_attempts_per_s, (FAILED, 1.0)),
    ];
    let group = bins_per_point(&series.issued_per_s, series.interval_s);
    let grouped = curves.map(|(label, values, look)| (label, means(values, group), look));
    let largest = grouped.iter().flat_map(|(_, values, _)| values).copied().fold(0.0, f64::max);
    let axis = Axis::linear("per second", largest, AxisUnit::Number);
    let bin = format::tick_seconds(series.interval_s * group as f64);
    let what = format!("means over {bin}; attempts in excess of requests are retries");
    let mut chart = timeline(result, "request-rate", "Request rate and goodput", &what, axis);
    let places = means(&middles(result), group);
    for (label, values, look) in grouped {
        chart.add_line(label, look, &places, &values);
    }
    chart
}

/// Returns the number of bins to merge into one point. Rates from a few requests per bin are mostly
/// noise.
fn bins_per_point(rate: &[f64], bin_seconds: f64) -> usize {
    let mean = rate.iter().sum::<f64>() / rate.len().max(1) as f64 * bin_seconds;
    let wanted = if mean > 0.0 { (REQUESTS_PER_BIN / mean).ceil() } else { 1.0 };
    let most = (rate.len() / BINS_MIN).max(1);
    (wanted.clamp(1.0, most as f64)) as usize
}

fn means(values: &[f64], group: usize) -> Vec<f64> {
    values.chunks(group).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_requests_give_longer_bins() {
        assert_eq!(bins_per_point(&[2.0; 480], 60.0), 1);
        assert_eq!(bins_per_point(&[10.0 / 60.0; 480], 60.0), 3);
        assert_eq!(bins_per_point(&[0.001; 480], 60.0), 10, "at least 48 bins");
        assert_eq!(bins_per_point(&[0.0; 480], 60.0), 1);
        assert_eq!(means(&[1.0, 3.0, 5.0], 2), [2.0, 5.0]);
    }
}
