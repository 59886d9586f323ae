//! Cards of key metrics: value, confidence interval, reference value and time series.

use serde::Serialize;

use super::Tone;
use crate::report::basis::{self, Shown};
use crate::report::format;
use crate::results::{Column, ObjectiveStatus, RunResult, Unit};
use crate::terms::MetricFamily;

/// Card of a key metric.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Card {
    pub label: String,
    pub value: String,
    /// Half-width of the confidence interval; empty without replications.
    pub interval: String,
    /// Limit, objective or scope of the value.
    pub note: String,
    pub tone: Tone,
    /// Time series as polyline points in an area of 100 x 24; empty without a time series.
    pub spark: String,
}

/// Maximum number of points of a sparkline.
const SPARK_POINTS: usize = 100;

/// Metrics with cards and their labels, in order of importance.
pub(super) const METRICS: [(MetricFamily, &str); 11] = [
    (MetricFamily::FailureShare, "Failed requests"),
    (MetricFamily::LatencyP95, "Latency p95"),
    (MetricFamily::ConnectionsPeak, "Connections peak"),
    (MetricFamily::UtilisationPeak, "Utilisation peak"),
    (MetricFamily::RecoveryMax, "Recovery time"),
    (MetricFamily::ChannelAvailability, "Notification channels"),
    (MetricFamily::PortsPeakShare, "Ports in use, peak"),
    (MetricFamily::Throughput, "Throughput"),
    (MetricFamily::PolicyAgeP95, "Policy age p95"),
    (MetricFamily::ComplianceP95, "Time to install p95"),
    (MetricFamily::CostPerMonth, "Cost per month"),
];

/// Returns the cards of a run.
pub(super) fn of_run(run: &RunResult) -> Vec<Card> {
    let all = basis::all(run);
    let cards = METRICS.iter().filter_map(|(family, label)| {
        let shown = all.iter().find(|one| one.metric == (*family).into())?;
        (!shown.value.is_nan()).then(|| card(run, shown, label))
    });
    cards.collect()
}

/// Formats a metric value, with the currency if it is an amount of money.
pub(super) fn with_currency(unit: Unit, text: String, currency: &str) -> String {
    if unit == Unit::Money { format!("{text} {currency}") } else { text }
}

/// Returns a card that compares two values.
pub(super) fn of_pair(label: &str, values: [String; 2], note: String, tone: Tone) -> Card {
    let value = values.join(" → ");
    let [label, interval, spark] = [label, "", ""].map(str::to_owned);
    Card { label, value, interval, note, tone, spark }
}

/// Returns the time series of a metric; empty if it has none.
fn series(run: &RunResult, family: MetricFamily) -> Vec<f64> {
    let series = &run.series;
    let maximum = |columns: &[&Column]| -> Vec<f64> {
        let at = |bin: usize| columns.iter().filter_map(move |one| one.values.get(bin).copied());
        (0..series.start_s.len()).map(|bin| at(bin).fold(f64::NAN, f64::max)).collect()
    };
    match family {
        MetricFamily::LatencyP95 => {
            series.latency_p95_s.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
        }
        MetricFamily::ConnectionsPeak => {
            maximum(&series.instance_connections.iter().collect::<Vec<_>>())
        }
        MetricFamily::UtilisationPeak => {
            maximum(&run.limited_stations().map(|(_, column)| column).collect::<Vec<_>>())
        }
        MetricFamily::PortsPeakShare => maximum(&series.ports_peak.iter().collect::<Vec<_>>()),
        MetricFamily::ChannelAvailability => series.channels.clone(),
        MetricFamily::Throughput => series.completed_per_s.clone(),
        _ => Vec::new(),
    }
}

fn card(run: &RunResult, shown: &Shown, label: &str) -> Card {
    let text = match (shown.value.is_infinite(), shown.not_reached < shown.count) {
        (true, false) => format!("not within {}", format::seconds(run.scenario.duration_s)),
        _ => shown.text(),
    };
    Card {
        label: label.to_owned(),
        value: with_currency(shown.metric.unit(), text, &run.scenario.prices.currency),
        interval: shown.interval().unwrap_or_default(),
        note: note_of(run, shown),
        tone: tone(run, shown),
        spark: spark(&series(run, shown.metric.family)),
    }
}

/// Returns the tone of a metric: from its objective if it has one, otherwise from published limits.
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
        MetricFamily::PortsPeakShare | MetricFamily::UtilisationPeak => {
            basis::utilisation_tone(found)
        }
        MetricFamily::ComplianceP95 if found == f64::INFINITY => Tone::Warning,
        _ => Tone::Plain,
    }
}

/// Returns the objective, the limit or the scope of a metric.
fn note_of(run: &RunResult, shown: &Shown) -> String {
    let objective = run.objectives.iter().find(|one| one.metric == shown.metric.family);
    if let Some(objective) = objective {
        let bound = format::bound(objective.is_at_least, objective.unit, objective.limit);
        return format!("objective: {bound}, {}", objective.status.word());
    }
    let limit = |limit: Option<u32>| limit.map(|limit| format::count(u64::from(limit)));
    match shown.metric.family {
        MetricFamily::LatencyP95 => "first attempt to completion".to_owned(),
        MetricFamily::ConnectionsPeak => {
            let limit = limit(run.instances.iter().map(|one| one.connection_limit).min());
            limit.map_or(String::new(), |limit| format!("one instance, limit {limit}"))
        }
        MetricFamily::UtilisationPeak => basis::busiest(run).map_or(String::new(), |busiest| {
            format!("{} {}{}", busiest.role, busiest.name, basis::of_first(run))
        }),
        MetricFamily::RecoveryMax => "maximum over all disruptions".to_owned(),
        MetricFamily::ChannelAvailability => "of the time that clients want a channel".to_owned(),
        MetricFamily::PortsPeakShare => {
            let limit = limit(run.connection_points.iter().map(|one| one.port_limit).min());
            limit.map_or(String::new(), |limit| format!("of {limit}, one connection point"))
        }
        MetricFamily::Throughput => "completed requests".to_owned(),
        MetricFamily::PolicyAgeP95 => "online clients".to_owned(),
        MetricFamily::ComplianceP95 => "slowest deployment".to_owned(),
        MetricFamily::CostPerMonth if run.scenario.prices.is_example => "example prices".to_owned(),
        // A count of one replication would contradict a mean over several replications.
        MetricFamily::FailureShare if run.replicated.is_some() => {
            "of the requests that ended".to_owned()
        }
        MetricFamily::FailureShare => {
            let (failed, completed) = (run.requests.failed, run.requests.completed);
            let ended = format::count(failed + completed);
            format!("{} of {ended}", format::count(failed))
        }
        _ => String::new(),
    }
}

/// Scales values to a line of 100 x 24 from zero to the maximum. Each point of a long series is the
/// maximum of several values.
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
    fn a_sparkline_spans_the_full_width() {
        assert_eq!(spark(&[0.0, 1.0, 2.0]), "0.0,23.0 50.0,12.0 100.0,1.0");
        assert_eq!(spark(&[0.0, 0.0]), "");
        let long: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(spark(&long).split(' ').count(), 100);
    }
}
