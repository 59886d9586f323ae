//! Cards of key metrics: a value, its interval, what it is compared with, its time series.

use serde::Serialize;

use super::Tone;
use crate::report::basis::{self, Shown};
use crate::report::format;
use crate::results::{Column, Judgement, RunResult, Unit};
use crate::terms::MetricFamily;

/// A card of a key metric.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Card {
    pub label: String,
    pub value: String,
    /// Half-width of its interval; empty without replications.
    pub interval: String,
    /// The limit or the objective, or what the value is of.
    pub note: String,
    pub tone: Tone,
    /// Its time series as points of a line, 100 wide and 24 high; empty without a time series.
    pub spark: String,
}

/// Most points of a sparkline.
const SPARK_POINTS: usize = 100;

/// The cards of a run, in the order of importance.
pub(super) fn of_run(run: &RunResult) -> Vec<Card> {
    let all = basis::all(run);
    let series = &run.series;
    let latency: Vec<f64> =
        series.latency_p95.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let highest = |columns: &[&Column]| -> Vec<f64> {
        let bins = series.start_seconds.len();
        let at = |bin: usize| columns.iter().filter_map(move |one| one.values.get(bin).copied());
        (0..bins).map(|bin| at(bin).fold(f64::NAN, f64::max)).collect()
    };
    let utilisation: Vec<&Column> = run.limited_stations().map(|(_, column)| column).collect();
    let connections: Vec<&Column> = series.instance_connections.iter().collect();
    let ports: Vec<&Column> = series.ports_high.iter().collect();
    let channels = series.channels.clone();
    let throughput = series.completed_per_second.clone();
    let prices = if run.scenario.prices.is_example { "example prices" } else { "" };
    let wanted: [(MetricFamily, &str, &str, Vec<f64>); 11] = [
        (MetricFamily::FailureShare, "Failed requests", "", Vec::new()),
        (MetricFamily::LatencyP95, "Latency p95", "from first attempt to completion", latency),
        (MetricFamily::ConnectionsPeak, "Connections peak", "", highest(&connections)),
        (MetricFamily::UtilisationPeak, "Utilisation peak", "", highest(&utilisation)),
        (MetricFamily::RecoveryLongest, "Recovery time", "longest of all disruptions", Vec::new()),
        (
            MetricFamily::ChannelAvailability,
            "Notification channels",
            "available, share of wanted time",
            channels,
        ),
        (MetricFamily::PortsPeakShare, "Ports in use, peak", "", highest(&ports)),
        (MetricFamily::Throughput, "Throughput", "completed requests", throughput),
        (MetricFamily::PolicyAgeP95, "Policy age p95", "of clients that are on", Vec::new()),
        (MetricFamily::ComplianceP95, "Time to install p95", "slowest deployment", Vec::new()),
        (MetricFamily::CostPerMonth, "Cost of 30 days", prices, Vec::new()),
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
    let text = match (shown.value.is_infinite(), shown.unreached < shown.count) {
        (true, false) => format!("not within {}", format::seconds(run.scenario.duration_seconds)),
        _ => shown.text(),
    };
    Card {
        label: label.to_owned(),
        value: match shown.metric.unit() {
            Unit::Money => format!("{text} {}", run.scenario.prices.currency),
            _ => text,
        },
        interval: shown.interval().unwrap_or_default(),
        note,
        tone: tone(run, shown),
        spark: spark(values),
    }
}

/// The tone of a metric: by its objective if it has one, otherwise by published limits.
fn tone(run: &RunResult, shown: &Shown) -> Tone {
    let found = shown.value;
    let objective = run.objectives.iter().find(|one| one.metric == shown.metric.family);
    if let Some(objective) = objective {
        return match objective.judgement {
            Judgement::Met => Tone::Good,
            Judgement::Undecided | Judgement::NotMeasured => Tone::Warning,
            Judgement::Violated => Tone::Bad,
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
        return Some(format!("objective: {bound}, {}", objective.judgement.word()));
    }
    match shown.metric.family {
        MetricFamily::ConnectionsPeak => {
            let limit = run.instances.iter().map(|one| one.connection_limit).min()?;
            Some(format!("of one instance, limit {}", format::count(u64::from(limit))))
        }
        MetricFamily::PortsPeakShare => {
            let limit = run.connection_points.iter().map(|one| one.port_limit).min()?;
            Some(format!("of {}, worst connection point", format::count(u64::from(limit))))
        }
        MetricFamily::UtilisationPeak => {
            let busiest = basis::busiest(run)?;
            Some(format!("{} {}{}", busiest.role, busiest.name, basis::of_first(run)))
        }
        // Counts of one replication would contradict a mean over several.
        MetricFamily::FailureShare if run.replicated.is_some() => {
            Some("of the requests that ended".to_owned())
        }
        MetricFamily::FailureShare => {
            let (failed, completed) = (run.requests.failed, run.requests.completed);
            let ended = format::count(failed + completed);
            Some(format!("{} of {ended}", format::count(failed)))
        }
        _ => None,
    }
}

/// A line of 100 by 24 from zero to the maximum. Of many values each point is the maximum of a few.
fn spark(values: &[f64]) -> String {
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
