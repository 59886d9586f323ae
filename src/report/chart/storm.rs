//! The storm after the disruption that cost the most connections, seen closely.

use super::{Axis, AxisUnit, Figure, Line, Panels, Shade, subtitle};
use crate::report::format;
use crate::results::{DisruptionResult, RunResult, worst_disruption};

/// Connections and clients from shortly before the worst disruption to recovery; `None` without
/// disruptions.
pub(super) fn close_up(result: &RunResult) -> Option<Panels> {
    let storm = result.storm.as_ref()?;
    let worst = &result.disruptions[worst_disruption(&result.disruptions)?];
    let (from, to) = (*storm.start_seconds.first()?, *storm.end_seconds.last()?);
    let bounds = || storm.start_seconds.iter().zip(&storm.end_seconds);
    let row = bounds().map(|(start, end)| end - start).fold(0.0, f64::max);
    let panel = |name: &str, title: &str, unit: &str, lines: &[(&str, &[f64], usize)]| {
        let largest = lines.iter().flat_map(|(_, values, _)| values.iter().copied());
        let x = Axis::civil_between(&result.scenario, (from, to));
        let y = Axis::linear(unit, largest.fold(0.0, f64::max), AxisUnit::Number);
        let told = subtitle(result, &about(worst));
        let mut figure = Figure::new(name, title, &told, x, y);
        figure.shades = shades(result, (from, to));
        for (label, values, style) in lines {
            let middles = bounds().map(|(start, end)| (start + end) / 2.0);
            let points = middles.zip(values.iter().map(|value| Some(*value))).collect();
            let (label, width) = ((*label).to_owned(), 1.0);
            figure.lines.push(Line { label, points, style: *style, width });
        }
        figure
    };
    let connections = panel(
        "storm-connections",
        &format!("The storm after {}: connections", worst.name),
        "per second",
        &[
            ("connections tried", &storm.connect_attempts_per_second, 1),
            ("connections made", &storm.connects_per_second, 0),
            ("attempts of requests that failed", &storm.failed_attempts_per_second, 3),
        ],
    );
    let clients = panel(
        "storm-clients",
        &format!("The storm after {}: clients", worst.name),
        "clients, requests",
        &[
            ("clients without their notification channel", &storm.without_channel, 5),
            ("requests waiting for a retry", &storm.retrying, 2),
        ],
    );
    let what = format!("{}; the most within each {}", about(worst), format::tick_seconds(row));
    Some(Panels {
        name: "storm".to_owned(),
        title: format!("The storm after {}: {}", worst.name, worst.what),
        subtitle: subtitle(result, &what),
        figures: vec![connections, clients],
    })
}

/// What the disruption did, in a few words.
fn about(worst: &DisruptionResult) -> String {
    let lost = format!("{} connections lost", format::count(worst.connections_lost));
    match worst.recovery_seconds {
        Some(0.0) => format!("{lost}, no backlog"),
        Some(seconds) => format!("{lost}, recovery after {}", format::seconds(seconds)),
        None => format!("{lost}, no recovery before the end"),
    }
}

/// What was away within the window.
fn shades(result: &RunResult, (from, to): (f64, f64)) -> Vec<Shade> {
    let end = |one: &DisruptionResult| one.end_seconds.unwrap_or(to).min(to);
    let within = result.disruptions.iter().filter(|one| one.start_seconds < to && end(one) > from);
    within
        .map(|one| Shade {
            from: one.start_seconds.max(from),
            to: end(one),
            label: format!("away: {}", one.what),
        })
        .collect()
}
