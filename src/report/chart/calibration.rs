//! Charts of a calibration: measured and simulated rates by hour, quantiles of fitted
//! distributions, and online clients by hour of the week.

use super::colour_scale::ColourScale;
use super::heatmap::{Cell, HeatMap, Row};
use super::theme::line_style::{REQUESTS, component};
use super::{Axis, AxisUnit, Band, Heading, Line, LineChart};
use crate::report::format;
use crate::results::ScenarioInfo;
use crate::results::calibration::{BackTest, BackTestHour, DistributionFit, PresenceHour};

/// Seconds per hour.
const HOUR: f64 = 3600.0;

/// Names of the days of the week, from hour 0.
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Returns the measured and the simulated rate by hour, and the period of the axis; `None` without
/// hours.
pub fn back_test(test: &BackTest) -> Option<(LineChart, ScenarioInfo)> {
    let start = |hour: &BackTestHour| {
        let start: Result<jiff::Timestamp, _> = hour.start.parse();
        start.ok().map(jiff::Timestamp::as_second)
    };
    let hours: Vec<(i64, &BackTestHour)> =
        test.hours.iter().filter_map(|hour| Some((start(hour)?, hour))).collect();
    let (first, last) = (hours.first()?.0, hours.last()?.0);
    let period = ScenarioInfo {
        start_unix_s: first,
        duration_s: (last - first) as f64 + HOUR,
        time_zone: "UTC".to_owned(),
        ..ScenarioInfo::default()
    };
    let rates = hours.iter().flat_map(|(_, hour)| [hour.measured_per_s, hour.simulated_per_s]);
    let largest = rates.filter(|rate| rate.is_finite()).fold(0.0, f64::max);
    let what = format!(
        "hourly means of the held-out logs and of {} replications",
        format::count(test.replications.into())
    );
    let heading = Heading::new("back-test", "Requests at the site systems", "", &what);
    let y = Axis::linear("requests per second", largest, AxisUnit::Number);
    let mut chart = LineChart::new(heading, Axis::civil(&period), y);
    let place = |at: i64| (at - first) as f64 + HOUR / 2.0;
    // The logs may not cover some hours; the lines are interrupted there.
    let mut points: Vec<(f64, Option<&BackTestHour>)> = Vec::new();
    for (at, hour) in &hours {
        if points.last().is_some_and(|(last, _)| place(*at) - last > 1.5 * HOUR) {
            points.push((place(*at) - HOUR, None));
        }
        points.push((place(*at), Some(hour)));
    }
    let line = |of: fn(&BackTestHour) -> f64| -> Vec<(f64, Option<f64>)> {
        points.iter().map(|(x, hour)| (*x, hour.map(of).filter(|rate| rate.is_finite()))).collect()
    };
    let interval = |hour: &BackTestHour| {
        let (mean, half_width) = (hour.simulated_per_s, hour.simulated_half_width_per_s);
        half_width.is_finite().then(|| ((mean - half_width).max(0.0), mean + half_width))
    };
    let band: Vec<_> = points.iter().map(|(x, hour)| (*x, hour.and_then(interval))).collect();
    if band.iter().any(|(_, interval)| interval.is_some()) {
        chart.bands.push(Band { label: String::new(), points: band, style: component(1) });
    }
    let measured = line(|hour| hour.measured_per_s);
    let simulated = line(|hour| hour.simulated_per_s);
    for (label, points, style) in
        [("measured", measured, REQUESTS), ("simulated", simulated, component(1))]
    {
        chart.lines.push(Line { label: label.to_owned(), points, style, width: 1.0 });
    }
    Some((chart, period))
}

/// Returns the Q-Q chart of a fit; `None` with fewer than two quantiles.
pub fn quantiles(fit: &DistributionFit, number: usize) -> Option<LineChart> {
    let mut points = fit.quantiles.clone();
    points.retain(|[fitted, observed]| fitted.is_finite() && observed.is_finite());
    points.sort_by(|one, other| one[0].total_cmp(&other[0]));
    points.dedup_by(|one, other| one[0] == other[0]);
    let ([first, ..], [.., last]) = (&points[..], &points[..]) else { return None };
    if first == last {
        return None;
    }
    let unit = if fit.unit == "bytes" { AxisUnit::Bytes } else { AxisUnit::Seconds };
    let largest = points.iter().flatten().copied().fold(0.0, f64::max);
    let heading = Heading::new(&format!("quantiles-{number}"), &fit.path, "", "");
    let mut chart = LineChart::new(
        heading,
        Axis::linear(&format!("quantile of the {} distribution", fit.chosen), largest, unit),
        Axis::linear("quantile of the samples", largest, unit),
    );
    let equal = points.iter().map(|point| (point[0], Some(point[0]))).collect();
    // A gap after each quantile separates the points.
    let separated = points.windows(2).flat_map(|pair| {
        let [from, to] = [pair[0], pair[1]];
        [(from[0], Some(from[1])), ((from[0] + to[0]) / 2.0, None)]
    });
    let observed = separated.chain([(last[0], Some(last[1]))]).collect();
    for (label, points, style) in
        [("equal quantiles", equal, REQUESTS), ("samples", observed, component(0))]
    {
        chart.lines.push(Line { label: label.to_owned(), points, style, width: 1.0 });
    }
    Some(chart)
}

/// Returns the share of online clients by hour of the week; `None` without a covered hour.
pub fn presence(hours: &[PresenceHour]) -> Option<HeatMap> {
    let share = |hour: usize| {
        let hour = u32::try_from(hour).ok()?;
        hours.iter().find(|one| one.hour == hour)?.online_share.filter(|share| share.is_finite())
    };
    let shares: Vec<Option<f64>> = (0..DAYS.len() * 24).map(share).collect();
    let largest = shares.iter().copied().flatten().reduce(f64::max)?;
    let cell = |value: &Option<f64>| Cell {
        value: *value,
        label: value.map_or_else(String::new, |share| format!("{:.0}", 100.0 * share)),
        ..Cell::default()
    };
    let rows = DAYS.iter().zip(shares.chunks(24)).map(|(day, shares)| Row {
        name: (*day).to_owned(),
        cells: shares.iter().map(cell).collect(),
    });
    let names: Vec<String> = (0..24).map(|hour| format!("{hour:02}:00")).collect();
    let per_cent = |share: f64| format!("{} %", format::tick(100.0 * share));
    let title = "online clients in per cent of all clients".to_owned();
    let steps = [0.1, 0.2, 0.5, 1.0];
    let end = steps.into_iter().find(|end| largest <= *end).unwrap_or(1.0);
    let what = "means over all weeks of the logs; hours without logs are empty";
    Some(HeatMap {
        heading: Heading::new("presence", "Online clients by hour of the week", "", what),
        x: Axis::levels("hour of the day, civil time of the scenario", &names),
        rows_label: String::new(),
        columns: (0..24).map(|hour| (f64::from(hour) - 0.5, f64::from(hour) + 0.5)).collect(),
        rows: rows.collect(),
        scale: ColourScale::linear(title, (0.0, end), per_cent),
        events: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(start: &str, measured_per_s: f64) -> BackTestHour {
        let (simulated_per_s, simulated_half_width_per_s) = (2.0, 0.5);
        let start = start.to_owned();
        BackTestHour { start, measured_per_s, simulated_per_s, simulated_half_width_per_s }
    }

    #[test]
    fn lines_are_interrupted_where_hours_are_missing() {
        let hours = vec![
            hour("2026-11-27T00:00:00Z", 1.0),
            hour("2026-11-27T01:00:00Z", 2.0),
            hour("2026-11-27T05:00:00Z", 3.0),
        ];
        let test = BackTest { hours, ..BackTest::default() };
        let (chart, period) = back_test(&test).expect("a chart");
        assert_eq!(period.duration_s, 6.0 * HOUR);
        let measured = &chart.lines[0].points;
        let expected = [(0.5, Some(1.0)), (1.5, Some(2.0)), (4.5, None), (5.5, Some(3.0))];
        assert_eq!(measured[..], expected.map(|(x, y)| (x * HOUR, y)));
        assert_eq!(chart.bands[0].points[0].1, Some((1.5, 2.5)));
        assert!(back_test(&BackTest::default()).is_none());
    }

    #[test]
    fn quantiles_are_separate_points_beside_the_line_of_equality() {
        let quantiles = vec![[2.0, 3.0], [1.0, 1.5], [1.0, 1.5], [f64::NAN, 1.0]];
        let fit = DistributionFit { quantiles, ..DistributionFit::default() };
        let chart = super::quantiles(&fit, 0).expect("a chart");
        assert_eq!(chart.lines[0].points, [(1.0, Some(1.0)), (2.0, Some(2.0))]);
        assert_eq!(chart.lines[1].points, [(1.0, Some(1.5)), (1.5, None), (2.0, Some(3.0))]);
        let single = DistributionFit { quantiles: vec![[1.0, 1.0]], ..fit };
        assert!(super::quantiles(&single, 0).is_none());
    }

    #[test]
    fn hours_without_logs_are_empty() {
        let one = |hour, online_share| PresenceHour { hour, online_share, covered_s: 0 };
        let map = presence(&[one(25, Some(0.4)), one(26, None)]).expect("a map");
        assert_eq!((map.rows.len(), map.rows[1].cells.len()), (7, 24));
        assert_eq!(map.rows[1].cells[1].label, "40");
        assert_eq!(map.rows[1].cells[2].value, None);
        assert_eq!(map.scale.bounds.last().map(|(bound, _)| *bound), Some(0.5));
        assert!(presence(&[]).is_none());
    }
}
