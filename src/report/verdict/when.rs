//! When a limit is exceeded, and during which disruption.

use crate::report::format::{seconds, share};
use crate::results::{Check, Column, DisruptionResult, RunResult, ScenarioInfo};
use crate::terms::CheckKind;

const DAY_SECONDS: f64 = 86_400.0;

/// Period in which a limit is exceeded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct During {
    /// Start of the first bin above the limit, in seconds after the start of the measured period.
    pub start_s: f64,
    /// First bin as text: `first between 10:05 and 10:10`.
    from: String,
    /// Share of the measured period above the limit, and the corresponding duration as text.
    pub share: Option<f64>,
    lasted: String,
    /// Last disruption that began before the start of this period.
    pub disruption: Option<String>,
    /// Whether the limit is exceeded only while disruptions with the name in `disruption` are
    /// active.
    pub is_only: bool,
}

impl During {
    /// Returns the continuation of the clause: `, first between 10:05 and 10:10, after
    /// disruption patching began, for 2 h (25.0 % of the time)`.
    pub(super) fn words(&self) -> String {
        let during = match (&self.disruption, self.is_only) {
            (None, _) => String::new(),
            (Some(name), true) => format!(", only during disruption {name}"),
            (Some(name), false) => format!(", after disruption {name} began"),
        };
        let lasted = self.share.map_or_else(String::new, |part| {
            format!(", for {} ({} of the time)", self.lasted, share(part))
        });
        format!(", {}{during}{lasted}", self.from)
    }
}

/// Formats a local time, with the date in runs of several days: `at 10:05`.
pub(super) fn at(scenario: &ScenarioInfo, then: f64) -> String {
    format!("at {}", clock(scenario, then))
}

/// Formats a local time without a preposition: `10:05`, `2026-11-24 10:05`.
pub(crate) fn clock(scenario: &ScenarioInfo, then: f64) -> String {
    let civil = scenario.civil(then);
    let minutes = civil.get(..16).unwrap_or(&civil);
    match scenario.duration_s > DAY_SECONDS {
        true => minutes.replace('T', " "),
        false => minutes.split('T').next_back().unwrap_or(minutes).to_owned(),
    }
}

/// Returns when the components of some checks exceed their limit according to the time series;
/// `None` if no time series shows it.
pub(super) fn exceeding(result: &RunResult, kind: CheckKind, checks: &[&Check]) -> Option<During> {
    let series = &result.series;
    let columns: &[Column] = match kind {
        CheckKind::InstanceConnections => &series.instance_connections,
        CheckKind::ConnectionPointPorts => &series.ports_peak,
        _ => return None,
    };
    let limit = checks.first()?.limit;
    // The number of ports in use cannot exceed the limit, so a value equal to it counts as over the
    // limit.
    let is_over = |value: f64| match kind {
        CheckKind::ConnectionPointPorts => value >= limit,
        _ => value > limit,
    };
    let is_one = |column: &&Column| checks.iter().any(|one| column.name == one.component);
    let columns: Vec<&Column> = columns.iter().filter(is_one).collect();
    if columns.is_empty() {
        return None;
    }
    let over = |bin: usize| {
        columns.iter().any(|one| one.values.get(bin).is_some_and(|value| is_over(*value)))
    };
    let mut bins: Vec<usize> = (0..series.start_s.len()).filter(|bin| over(*bin)).collect();
    if bins.is_empty() {
        // The peak is too short to raise the value of a bin above the limit. Use the bin with the
        // highest value.
        let highest = |bin: &usize| {
            let values = columns.iter().filter_map(|one| one.values.get(*bin));
            values.copied().fold(f64::NEG_INFINITY, f64::max)
        };
        // If several bins have this value, use the first one.
        let all = (0..series.start_s.len()).rev();
        bins.extend(all.max_by(|one, other| highest(one).total_cmp(&highest(other))));
    }
    let first = series.start_s[*bins.first()?];
    let whole = time_over_limit(result, kind, checks);
    let active = |start: f64| {
        let end = start + series.interval_s;
        result.disruptions.iter().find(move |one| one.start_s < end && start < end_of(one))
    };
    let start_of = |bin: &usize| series.start_s[*bin];
    let own = active(first).or_else(|| {
        let mut before = result.disruptions.iter();
        before.rfind(|one| one.start_s <= first)
    });
    let is_named = |found: Option<&DisruptionResult>| {
        found.is_some_and(|found| own.is_some_and(|own| own.name == found.name))
    };
    let is_only = own.is_some() && bins.iter().all(|bin| is_named(active(start_of(bin))));
    Some(During {
        start_s: first,
        from: bin(&result.scenario, first, series.interval_s),
        share: whole,
        lasted: seconds(whole.unwrap_or(0.0) * result.scenario.duration_s),
        disruption: own.map(|one| one.name.clone()),
        is_only,
    })
}

/// Describes a whole bin of the time series instead of a point in time, because only the mean of
/// the bin is known.
fn bin(scenario: &ScenarioInfo, start_s: f64, interval_s: f64) -> String {
    let [start, end] = [start_s, start_s + interval_s].map(|then| clock(scenario, then));
    match start == end {
        true => format!("from {start}"),
        false => format!("first between {start} and {end}"),
    }
}

/// Returns the end of a disruption.
fn end_of(disruption: &DisruptionResult) -> f64 {
    disruption.end_s.unwrap_or(f64::INFINITY)
}

/// Returns the largest share of time that any of the components exceeds its limit, if it was
/// measured exactly.
fn time_over_limit(result: &RunResult, kind: CheckKind, checks: &[&Check]) -> Option<f64> {
    if kind != CheckKind::InstanceConnections {
        return None;
    }
    let name = |gateway: &str, number| format!("{gateway}/{number}");
    let own = result.instances.iter().filter(|instance| {
        let name = name(&instance.gateway, instance.number);
        checks.iter().any(|check| check.component == name)
    });
    own.map(|one| one.time_over_limit_share).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peak that is shorter than a bin is attributed to the bin with the highest mean. If several
    /// bins have this mean, the first of these bins is used.
    #[test]
    fn a_short_peak_is_in_the_first_bin_with_the_highest_mean() {
        let kind = CheckKind::InstanceConnections;
        let check = Check {
            check: String::new(),
            kind,
            component: "main/0".to_owned(),
            gateway: None,
            simulated: 7_000.0,
            limit: 6_000.0,
            published: 6_000.0,
            unit: String::new(),
            verdict: crate::results::Verdict::Exceeded,
            published_in: String::new(),
            note: String::new(),
            scaled_by: String::new(),
        };
        let mut result = RunResult::default();
        result.series.interval_s = 300.0;
        result.series.start_s = vec![0.0, 300.0, 600.0, 900.0];
        assert!(exceeding(&result, kind, &[&check]).is_none(), "no time series of main/0");
        let values = vec![100.0, 5_000.0, 5_000.0, 200.0];
        result.series.instance_connections = vec![Column { name: "main/0".to_owned(), values }];
        let found = exceeding(&result, kind, &[&check]).expect("a time series of main/0");
        assert_eq!(found.start_s, 300.0);
    }
}
