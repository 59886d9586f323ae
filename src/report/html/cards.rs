//! Key figures: a number, how sure it is, what it means, and how it went over time.

use serde::Serialize;

use super::Tone;
use crate::report::basis::{self, Shown};
use crate::report::format;
use crate::results::{Column, ObjectiveStatus, RunResult, Unit};
use crate::terms::MetricFamily;

/// A key figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Card {
    pub label: String,
    pub value: String,
    /// Half-width of its interval; nothing of a single run.
    pub interval: String,
    /// What it is to be compared with.
    pub note: String,
    pub tone: Tone,
    /// How it went: points of a line, 100 wide and 24 high; nothing if that is not known.
    pub spark: String,
}

/// Points of a sparkline at most.
const SPARK_POINTS: usize = 100;

/// The key figures of a run.
pub(super) fn of_run(run: &RunResult) -> Vec<Card> {
    let all = basis::all(run);
    let series = &run.series;
    let latency: Vec<f64> =
        series.latency_p95_s.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let highest = |columns: &[&Column]| -> Vec<f64> {
        let bins = series.start_s.len();
        let at = |bin: usize| columns.iter().filter_map(move |one| one.values.get(bin).copied());
        (0..bins).map(|bin| at(bin).fold(f64::NAN, f64::max)).collect()
    };
    let utilisation: Vec<&Column> = run.limited_stations().map(|(_, column)| column).collect();
    let connections: Vec<&Column> = series.instance_connections.iter().collect();
    let ports: Vec<&Column> = series.ports_peak.iter().collect();
    let channels = series.channels.clone();
    let prices = if run.scenario.prices.is_example { "example prices" } else { "" };
    let wanted: [(MetricFamily, &str, &str, Vec<f64>); 10] = [
        (MetricFamily::LatencyP95, "95 % of requests within", "as clients see it", latency),
        (MetricFamily::Throughput, "Requests answered", "", series.completed_per_s.clone()),
        (MetricFamily::FailureShare, "Requests given up", "", Vec::new()),
        (
            MetricFamily::ChannelAvailability,
            "Notification channels",
            "of the time wanted",
            channels,
        ),
        (MetricFamily::ConnectionsPeak, "Most connections, one VM", "", highest(&connections)),
        (MetricFamily::UtilisationPeak, "Busiest station at its peak", "", highest(&utilisation)),
        (MetricFamily::PortsPeakShare, "Ports of the fullest CP", "", highest(&ports)),
        (
            MetricFamily::PolicyAgeP95,
            "Policy is at most so old",
            "for 95 % of clients on",
            Vec::new(),
        ),
        (
            MetricFamily::ComplianceP95,
            "95 % have installed after",
            "the slowest deployment",
            Vec::new(),
        ),
        (MetricFamily::CostPerMonth, "Cost of 30 days like this", prices, Vec::new()),
    ];
    let cards = wanted.into_iter().filter_map(|(family, label, note, values)| {
        let shown = all.iter().find(|one| one.metric == family.into())?;
        if shown.value.is_nan() {
            return None;
        }
        let note = note_of(run, shown).unwrap_or_else(|| note.to_owned());
        Some(card(run, shown, label, note, &values))
    });
    cards.collect()
}

fn card(run: &RunResult, shown: &Shown, label: &str, note: String, values: &[f64]) -> Card {
    let told = match (shown.value.is_infinite(), shown.not_reached < shown.count) {
        (true, false) => format!("not within {}", format::seconds(run.scenario.duration_s)),
        _ => shown.text(),
    };
    Card {
        label: label.to_owned(),
        value: match shown.metric.unit() {
            Unit::Money => format!("{told} {}", run.scenario.prices.currency),
            _ => told,
        },
        interval: shown.interval().unwrap_or_default(),
        note,
        tone: tone(run, shown),
        spark: spark(values),
    }
}

/// How serious a figure is: by its objective if it has one, else by what is published.
fn tone(run: &RunResult, shown: &Shown) -> Tone {
    let found = shown.value;
    let objective = run.objectives.iter().find(|one| one.metric == shown.metric.family);
    if let Some(objective) = objective {
        return match objective.status {
            ObjectiveStatus::Met => Tone::Good,
            ObjectiveStatus::Undecided | ObjectiveStatus::NotMeasured => Tone::Warning,
            ObjectiveStatus::Violated => Tone::Bad,
        };
    }
    let is_over =
        || basis::of(run, MetricFamily::OverLimitShare).is_some_and(|one| one.value > 0.0);
    match shown.metric.family {
        MetricFamily::ConnectionsPeak if is_over() => Tone::Bad,
        MetricFamily::FailureShare if found > 0.001 => Tone::Bad,
        MetricFamily::PortsPeakShare | MetricFamily::UtilisationPeak if found >= 1.0 - 1e-9 => {
            Tone::Bad
        }
        MetricFamily::PortsPeakShare | MetricFamily::UtilisationPeak if found >= 0.8 => {
            Tone::Warning
        }
        MetricFamily::ComplianceP95 if found == f64::INFINITY => Tone::Warning,
        _ => Tone::Plain,
    }
}

fn note_of(run: &RunResult, shown: &Shown) -> Option<String> {
    let objective = run.objectives.iter().find(|one| one.metric == shown.metric.family);
    if let Some(objective) = objective {
        let bound = format::bound(objective.is_at_least, objective.unit, objective.limit);
        return Some(format!("objective: {bound}, {}", objective.status.word()));
    }
    match shown.metric.family {
        MetricFamily::ConnectionsPeak => {
            let limit = run.instances.iter().map(|one| one.connection_limit).min()?;
            Some(format!("{} supported", format::count(u64::from(limit))))
        }
        MetricFamily::PortsPeakShare => {
            let limit = run.connection_points.iter().map(|one| one.port_limit).min()?;
            Some(format!("of {}", format::count(u64::from(limit))))
        }
        MetricFamily::UtilisationPeak => {
            let busiest = basis::busiest(run)?;
            Some(format!("{} {}{}", busiest.role, busiest.name, basis::of_first(run)))
        }
        // Counts are of one replication; beside a mean over several they would contradict it.
        MetricFamily::FailureShare if run.replicated.is_some() => {
            Some("of those that ended".to_owned())
        }
        MetricFamily::FailureShare => {
            let (failed, completed) = (run.requests.failed, run.requests.completed);
            let ended = format::count(failed + completed);
            Some(format!("{} of {ended} that ended", format::count(failed)))
        }
        _ => None,
    }
}

/// A line of 100 by 24 from zero to the highest value; highest of several where there are many.
pub(super) fn spark(values: &[f64]) -> String {
    let every = values.len().div_ceil(SPARK_POINTS).max(1);
    let groups = values.chunks(every).map(|group| group.iter().copied().fold(f64::NAN, f64::max));
    let points: Vec<f64> = groups.collect();
    let top = points.iter().copied().fold(0.0, f64::max);
    if points.len() < 2 || top <= 0.0 {
        return String::new();
    }
    let step = 100.0 / (points.len() - 1) as f64;
    let place = |(index, value): (usize, &f64)| {
        format!("{:.1},{:.1}", index as f64 * step, 23.0 - 22.0 * value / top)
    };
    let seen = points.iter().enumerate().filter(|(_, value)| value.is_finite());
    seen.map(place).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_reaches_from_edge_to_edge() {
        assert_eq!(spark(&[0.0, 1.0, 2.0]), "0.0,23.0 50.0,12.0 100.0,1.0");
        assert_eq!(spark(&[0.0, 0.0]), "");
        let long: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(spark(&long).split(' ').count(), 100);
    }
}
