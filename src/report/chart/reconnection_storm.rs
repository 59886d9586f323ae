//! The reconnection storm after the disruption with the most lost connections, at a fine time
//! resolution.

use super::theme::line_style::{ATTEMPTS, COMPLETED, FAILED, REQUESTS};
use super::{Axis, AxisUnit, LineChart, Panels, events, heading_of};
use crate::report::format;
use crate::results::{DisruptionResult, RunResult, worst_disruption};

/// A line: label, values, style and width.
type Curve<'a> = (&'a str, &'a [f64], usize, f64);

/// Returns connections and waiting clients from shortly before the worst disruption until recovery;
/// `None` without disruptions.
pub(super) fn close_up(result: &RunResult) -> Option<Panels> {
    let storm = result.storm.as_ref()?;
    let worst = &result.disruptions[worst_disruption(&result.disruptions)?];
    let (from, to) = (*storm.start_s.first()?, *storm.end_s.last()?);
    let bounds = || storm.start_s.iter().zip(&storm.end_s);
    let row = bounds().map(|(start, end)| end - start).fold(0.0, f64::max);
    let middles: Vec<f64> = bounds().map(|(start, end)| (start + end) / 2.0).collect();
    let panel = |name: &str, title: &str, unit: &str, places: &[f64], lines: &[Curve<'_>]| {
        let largest = lines.iter().flat_map(|(_, values, ..)| values.iter().copied());
        let x = Axis::civil_between(&result.scenario, (from, to));
        let y = Axis::linear(unit, largest.fold(0.0, f64::max), AxisUnit::Number);
        let mut chart = LineChart::new(heading_of(result, name, title, &about(worst)), x, y);
        chart.shades = events::shades(result);
        chart.shades.retain(|shade| shade.from < to && shade.to > from);
        for shade in &mut chart.shades {
            (shade.from, shade.to) = (shade.from.max(from), shade.to.min(to));
        }
        chart.events = events::of_run(result);
        chart.events.retain(|event| chart.x.contains(event.at));
        for (label, values, style, width) in lines {
            chart.add_line(label, (*style, *width), places, values);
        }
        chart
    };
    let failed = &storm.failed_attempts_with_channels_per_s;
    let connections = panel(
        "reconnection-storm-connections",
        &format!("Reconnection storm after {}: connections", worst.name),
        "per second",
        &middles,
        // Without failures the first two lines are equal: the narrow line is drawn on the wide one.
        &[
            ("connection attempts", &storm.connect_attempts_per_s, ATTEMPTS, 3.2),
            ("connections established", &storm.connects_per_s, COMPLETED, 1.2),
            ("failed attempts, with channels", failed, FAILED, 1.0),
        ],
    );
    let clients = panel(
        "reconnection-storm-clients",
        &format!("Reconnection storm after {}: clients", worst.name),
        "count",
        &storm.end_s,
        &[
            ("clients without notification channel", &storm.without_channel, REQUESTS, 1.0),
            ("requests in back-off", &storm.retrying, ATTEMPTS, 1.2),
        ],
    );
    let what = format!("{}; maximum of each {}", about(worst), format::tick_seconds(row));
    let title = format!("Reconnection storm after {}: {}", worst.name, worst.description);
    let heading = heading_of(result, "reconnection-storm", &title, &what);
    Some(Panels { heading, charts: vec![connections, clients] })
}

/// Describes the effect of the disruption in a few words.
fn about(worst: &DisruptionResult) -> String {
    let lost = format!("{} connections lost", format::count(worst.connections_lost));
    match worst.recovery_s {
        Some(0.0) => format!("{lost}, no impact"),
        Some(seconds) => format!("{lost}, recovery time {}", format::seconds(seconds)),
        None => format!("{lost}, not recovered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, png, svg};
    use crate::results::ReconnectionStorm;

    fn disruption(start_s: f64, connections_lost: u64) -> DisruptionResult {
        DisruptionResult {
            name: "walk".to_owned(),
            description: format!("update domain {connections_lost} of main"),
            start_s,
            end_s: Some(start_s + 400.0),
            connections_lost,
            recovery_s: Some(60.0),
            ..DisruptionResult::default()
        }
    }

    fn run() -> RunResult {
        let rows = |of: fn(f64) -> f64| (0..90).map(|row| of(f64::from(row))).collect();
        let mut result = RunResult::default();
        result.scenario.duration_s = 7_200.0;
        result.disruptions = vec![disruption(300.0, 1), disruption(3_000.0, 7), disruption(9e3, 3)];
        result.storm = Some(ReconnectionStorm {
            start_s: rows(|row| 2_700.0 + 10.0 * row),
            end_s: rows(|row| 2_710.0 + 10.0 * row),
            connects_per_s: rows(|row| if row == 31.0 { 300.0 } else { 5.0 }),
            without_channel: rows(|row| if row == 30.0 { 900.0 } else { 0.0 }),
            ..ReconnectionStorm::default()
        });
        result
    }

    #[test]
    fn the_worst_disruption_is_shown_in_detail() {
        let result = run();
        let storm = close_up(&result).expect("a storm");
        assert!(storm.heading.title.contains("update domain 7 of main"), "{}", storm.heading.title);
        let [connections, clients] = &storm.charts[..] else { panic!("two panels") };
        assert_eq!(connections.lines[1].points[31], (3_015.0, Some(300.0)));
        // The number of clients without a channel is drawn at the end of each step.
        assert_eq!(clients.lines[0].points[30], (3_010.0, Some(900.0)));
        assert_eq!(connections.shades.len(), 1, "the disruption within the window");
        let drawn = svg(&storm, &Look::default());
        assert_eq!(drawn.matches(">UD 7 of main").count(), 1, "labelled only in the first panel");
        assert!(png(&storm, &Look::default()).expect("drawn").len() > 10_000);
    }

    #[test]
    fn no_chart_is_drawn_without_disruptions() {
        assert!(close_up(&RunResult::default()).is_none());
        assert!(close_up(&RunResult { disruptions: Vec::new(), ..run() }).is_none());
    }
}
