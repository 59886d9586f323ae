//! Time series of means over replications, with confidence intervals as bands.

use super::theme::line_style::REQUESTS;
use super::{Axis, AxisUnit, Band, Heading, Line, LineChart, Panels, timeline};
use crate::report::format;
use crate::results::{MeanValue, Replicated, RunResult};

/// Returns completed requests, latency and utilisation of the busiest station as means over
/// replications; `None` with fewer than two replications.
pub(super) fn means(result: &RunResult) -> Option<Panels> {
    let replicated = result.replicated.as_ref()?;
    let means = replicated.mean_time_series.as_ref()?;
    let panels: [(&str, &str, &[MeanValue], AxisUnit); 3] = [
        ("completed", "requests completed per second", &means.completed_per_s, AxisUnit::Number),
        ("latency", "latency p95", &means.latency_p95_s, AxisUnit::Seconds),
        ("utilisation", "utilisation of the busiest station", &means.utilisation, AxisUnit::Share),
    ];
    let bounds = means.start_s.iter().zip(&means.end_s);
    let places: Vec<f64> = bounds.map(|(start, end)| (start + end) / 2.0).collect();
    let has_values = |spreads: &[MeanValue]| spreads.iter().any(|spread| spread.count > 0);
    let charts: Vec<LineChart> = panels
        .into_iter()
        .filter(|(_, _, spreads, _)| has_values(spreads))
        .map(|(name, what, spreads, unit)| {
            panel(result, replicated, (name, what, unit), &places, spreads)
        })
        .collect();
    let first = charts.first()?;
    let title = format!("Means over {} replications", format::count(replicated.count));
    let name = "replications".to_owned();
    let heading = Heading { name, title, ..first.heading.clone() };
    Some(Panels { heading, charts })
}

fn panel(
    result: &RunResult,
    replicated: &Replicated,
    (name, what, unit): (&str, &str, AxisUnit),
    places: &[f64],
    spreads: &[MeanValue],
) -> LineChart {
    let rows = || places.iter().zip(spreads).filter(|(_, spread)| spread.count > 0);
    let high = |spread: &MeanValue| spread.mean + spread.half_width.unwrap_or(0.0);
    let largest = rows().map(|(_, spread)| high(spread)).fold(0.0, f64::max);
    let axis = match unit {
        AxisUnit::Share => Axis::utilisation(what, largest),
        unit => Axis::linear(what, largest, unit),
    };
    let confidence = format::number(100.0 * replicated.confidence);
    let what_is_drawn =
        format!("bands: {confidence} % confidence intervals of the mean of each bin");
    let title = format!("Mean over {} replications: {what}", format::count(replicated.count));
    let mut chart = timeline(result, &format!("replications-{name}"), &title, &what_is_drawn, axis);
    let interval = |spread: &MeanValue| {
        let half = spread.half_width.filter(|_| spread.count > 0)?;
        Some(((spread.mean - half).max(0.0), spread.mean + half))
    };
    let points = places.iter().zip(spreads).map(|(x, spread)| (*x, interval(spread))).collect();
    chart.bands.push(Band { label: String::new(), points, style: REQUESTS });
    let value = |spread: &MeanValue| (spread.count > 0).then_some(spread.mean);
    let points = places.iter().zip(spreads).map(|(x, spread)| (*x, value(spread))).collect();
    let label = "mean".to_owned();
    chart.lines.push(Line { label, points, style: REQUESTS, width: 0.7 });
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, png, svg};
    use crate::results::MeanTimeSeries;

    fn run() -> RunResult {
        let spread = |mean: f64, half: f64| MeanValue {
            count: 5,
            mean,
            squares: 0.0,
            half_width: Some(half),
        };
        let nothing = MeanValue::default();
        let mut result = RunResult::default();
        result.scenario.duration_s = 180.0;
        result.replicated = Some(Replicated {
            count: 5,
            confidence: 0.95,
            mean_time_series: Some(MeanTimeSeries {
                start_s: vec![0.0, 60.0, 120.0],
                end_s: vec![60.0, 120.0, 180.0],
                completed_per_s: vec![spread(3.0, 0.5), spread(9.0, 1.0), spread(0.2, 0.4)],
                latency_p95_s: vec![spread(0.1, 0.0), nothing, spread(0.2, 0.1)],
                utilisation: vec![nothing; 3],
            }),
            ..Replicated::default()
        });
        result
    }

    #[test]
    fn bands_show_the_confidence_intervals_and_stop_at_zero() {
        let panels = means(&run()).expect("several replications");
        let [completed, latency] = &panels.charts[..] else { panic!("two panels") };
        let expected =
            [(30.0, Some((2.5, 3.5))), (90.0, Some((8.0, 10.0))), (150.0, Some((0.0, 0.2 + 0.4)))];
        assert_eq!(completed.bands[0].points, expected);
        assert_eq!(completed.lines[0].points[1], (90.0, Some(9.0)));
        assert_eq!(latency.lines[0].points[1], (90.0, None), "a missing value is a gap");
        assert_eq!(latency.bands[0].points[1], (90.0, None), "the band has the same gap");
        let drawn = svg(&panels, &Look::default());
        assert!(
            drawn.contains("Means over 5 replications")
                && drawn.contains("95 % confidence intervals")
        );
        assert!(png(&panels, &Look::default()).expect("drawn").len() > 10_000);
    }

    #[test]
    fn one_replication_has_no_bands() {
        assert!(means(&RunResult::default()).is_none());
    }
}
