//! The storm after the disruption that cost the most connections, seen closely.

use super::{Axis, AxisUnit, Figure, Heading, Panels, Shade, subtitle};
use crate::report::format;
use crate::results::{DisruptionResult, RunResult, worst_disruption};

/// A line: label, values, style and width.
type Curve<'a> = (&'a str, &'a [f64], usize, f64);

/// Connections and clients from shortly before the worst disruption to recovery; `None` without
/// disruptions.
pub(super) fn close_up(result: &RunResult) -> Option<Panels> {
    let storm = result.storm.as_ref()?;
    let place = worst_disruption(&result.disruptions)?;
    let worst = &result.disruptions[place];
    let (from, to) = (*storm.start_s.first()?, *storm.end_s.last()?);
    let bounds = || storm.start_s.iter().zip(&storm.end_s);
    let row = bounds().map(|(start, end)| end - start).fold(0.0, f64::max);
    let middles: Vec<f64> = bounds().map(|(start, end)| (start + end) / 2.0).collect();
    let panel = |name: &str, title: &str, unit: &str, places: &[f64], lines: &[Curve<'_>]| {
        let largest = lines.iter().flat_map(|(_, values, ..)| values.iter().copied());
        let x = Axis::civil_between(&result.scenario, (from, to));
        let y = Axis::linear(unit, largest.fold(0.0, f64::max), AxisUnit::Number);
        let told = subtitle(result, &about(worst));
        let mut figure = Figure::new(name, title, &told, x, y);
        figure.shades = shades(result, place, (from, to));
        for (label, values, style, width) in lines {
            figure.add_line(label, (*style, *width), places, values);
        }
        figure
    };
    let connections = panel(
        "storm-connections",
        &format!("The storm after {}: connections", worst.name),
        "per second",
        &middles,
        // Those made lie on those tried while all goes well.
        &[
            ("connections tried", &storm.connect_attempts_per_s, 4, 2.6),
            ("connections made", &storm.connects_per_s, 0, 1.2),
            ("attempts of requests that failed", &storm.failed_attempts_per_s, 3, 1.0),
        ],
    );
    let clients = panel(
        "storm-clients",
        &format!("The storm after {}: clients", worst.name),
        "clients, requests",
        &storm.end_s,
        &[
            ("clients without their notification channel", &storm.without_channel, 0, 1.0),
            ("requests waiting for a retry", &storm.retrying, 1, 1.0),
        ],
    );
    let what = format!("{}; the most in each {}", about(worst), format::tick_seconds(row));
    let title = format!("The storm after {}: {}", worst.name, worst.description);
    let heading = Heading::new("reconnection-storm", &title, &subtitle(result, &what));
    Some(Panels { heading, figures: vec![connections, clients] })
}

/// What the disruption did, in a few words.
fn about(worst: &DisruptionResult) -> String {
    let lost = format!("{} connections lost", format::count(worst.connections_lost));
    match worst.recovery_s {
        Some(0.0) => format!("{lost}, no backlog"),
        Some(seconds) => format!("{lost}, recovery after {}", format::seconds(seconds)),
        None => format!("{lost}, no recovery before the end"),
    }
}

/// When the worst one lasted within the window, and around it the others.
fn shades(result: &RunResult, worst: usize, (from, to): (f64, f64)) -> Vec<Shade> {
    let lasts = |one: &DisruptionResult| (one.start_s.max(from), one.end_s.unwrap_or(to).min(to));
    let (start, end) = lasts(&result.disruptions[worst]);
    let label = format!("disruption: {}", result.disruptions[worst].description);
    let mut shades = vec![Shade { from: start, to: end, label }];
    let others = result.disruptions.iter().enumerate().filter(|(place, _)| *place != worst);
    for (first, last) in others.map(|(_, one)| lasts(one)) {
        let pieces = [(first, last.min(start)), (first.max(end), last)];
        for (from, to) in pieces.into_iter().filter(|(from, to)| from < to) {
            shades.push(Shade { from, to, label: "other disruptions".to_owned() });
        }
    }
    shades
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
    fn the_worst_disruption_is_shown_with_all_its_steps() {
        let result = run();
        let storm = close_up(&result).expect("a storm");
        assert!(storm.heading.title.contains("update domain 7 of main"), "{}", storm.heading.title);
        let [connections, clients] = &storm.figures[..] else { panic!("two figures") };
        assert_eq!(connections.lines[1].points[31], (3_015.0, Some(300.0)));
        // Levels are those at the end of a step.
        assert_eq!(clients.lines[0].points[30], (3_010.0, Some(900.0)));
        assert_eq!(connections.shades.len(), 1, "of what happened within the window");
        let drawn = svg(&storm, &Look::default());
        assert_eq!(drawn.matches("disruption: update domain 7").count(), 1, "said once");
        assert!(png(&storm, &Look::default()).expect("drawn").len() > 10_000);
    }

    #[test]
    fn without_disruptions_there_is_no_storm() {
        assert!(close_up(&RunResult::default()).is_none());
        assert!(close_up(&RunResult { disruptions: Vec::new(), ..run() }).is_none());
    }
}
