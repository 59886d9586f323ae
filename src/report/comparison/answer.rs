//! The answer of a comparison in one sentence: limits, the most important relevant differences, and
//! the cost.

use crate::report::format::{seconds, share, value};
use crate::report::summary::bill::currency;
use crate::results::comparison::{Change, Comparison, MetricComparison};
use crate::results::{Better, Unit};
use crate::terms::MetricFamily;

/// Number of differences that the sentence names, not counting limits and cost.
const SHOWN: usize = 3;

/// Returns the answer, which describes the change from A to B.
pub fn answer(comparison: &Comparison) -> String {
    let of =
        |family: MetricFamily| comparison.metrics.iter().find(|one| one.metric == family.into());
    let mut clauses: Vec<String> = limits(comparison).into_iter().collect();
    let mut reported = vec![MetricFamily::OverLimitShare, MetricFamily::PortRefusals];
    for (family, clause) in PHRASES {
        let Some(one) = of(family).filter(|one| is_relevant(one)) else { continue };
        if clauses.len() < SHOWN {
            clauses.push(clause(&side(one, one.first_mean), &side(one, one.second_mean)));
            reported.push(family);
        }
    }
    reported.push(MetricFamily::CostPerMonth);
    let others = comparison.metrics.iter().filter(|one| {
        !one.metric.is_of_component() && !reported.contains(&one.metric.family) && is_relevant(one)
    });
    clauses.extend(others_clause(others));
    let cost = of(MetricFamily::CostPerMonth).and_then(|one| cost(comparison, one));
    let subject = subject(comparison);
    let undecided = comparison
        .metrics
        .iter()
        .filter(|one| !one.metric.is_of_component() && one.change == Change::Undecided);
    let undecided = undecided.count();
    let open = match undecided {
        0 => String::new(),
        1 => " (1 metric is undecided)".to_owned(),
        some => format!(" ({some} metrics are undecided)"),
    };
    match (clauses.is_empty(), cost) {
        (true, None) => format!("{subject} makes no relevant difference{open}."),
        (true, Some(cost)) => format!("{subject} makes no relevant difference but {cost}{open}."),
        (false, None) => format!("{subject} {}{open}.", joined(&clauses)),
        (false, Some(cost)) => format!("{subject} {}; it {cost}{open}.", joined(&clauses)),
    }
}

/// Describes a difference from the values of A and B.
type Phrase = fn(&str, &str) -> String;

/// Metrics that the sentence may name, in order of importance.
const PHRASES: [(MetricFamily, Phrase); 6] = [
    (MetricFamily::FailureShare, |a, b| format!("fails {b} of the requests instead of {a}")),
    (MetricFamily::RecoveryMax, |a, b| match (a, b) {
        ("never", b) => format!("recovers in {b}, where A does not recover"),
        (a, "never") => format!("does not recover, where A recovers in {a}"),
        (a, b) => format!("recovers in {b} instead of {a}"),
    }),
    (MetricFamily::LatencyP95, |a, b| format!("has a p95 latency of {b} instead of {a}")),
    (MetricFamily::ComplianceP95, |a, b| match (a, b) {
        ("never", b) => format!("installs deployments in {b}, where A does not finish"),
        (a, "never") => format!("does not finish deployments, where A takes {a}"),
        (a, b) => format!("installs deployments in {b} instead of {a}"),
    }),
    (MetricFamily::ChannelAvailability, |a, b| {
        format!("has a channel availability of {b} instead of {a}")
    }),
    (MetricFamily::UtilisationPeak, |a, b| format!("has a peak utilisation of {b} instead of {a}")),
];

/// Returns whether a metric is better or worse by more than the smallest relevant difference.
fn is_relevant(one: &MetricComparison) -> bool {
    matches!(one.change, Change::Better | Change::Worse)
}

/// Formats the mean of one side; a metric without a mean was not reached.
fn side(one: &MetricComparison, mean: Option<f64>) -> String {
    match (one.metric.unit(), mean) {
        (_, None) => "never".to_owned(),
        // Whole seconds are easier to compare than minutes and seconds.
        (Unit::Seconds, Some(mean)) if (10.0..600.0).contains(&mean) => format!("{mean:.0} s"),
        (Unit::Seconds, Some(mean)) => seconds(mean),
        (unit, Some(mean)) => value(unit, mean),
    }
}

/// Describes whether B keeps the simulated limits.
fn limits(comparison: &Comparison) -> Option<String> {
    let mean = |family: MetricFamily| {
        let found = comparison.metrics.iter().find(|one| one.metric == family.into());
        found.map(|one| (one.first_mean.unwrap_or(0.0), one.second_mean.unwrap_or(0.0)))
    };
    let over = mean(MetricFamily::OverLimitShare)?;
    let refused = mean(MetricFamily::PortRefusals).unwrap_or((0.0, 0.0));
    let exceeds = [over.0 > 0.0 || refused.0 > 0.0, over.1 > 0.0 || refused.1 > 0.0];
    let time = |part: f64| match part {
        0.0 => "runs out of ports".to_owned(),
        part => format!("exceeds the connection limit for {} of the time", share(part)),
    };
    match exceeds {
        [_, false] => Some("stays within all limits".to_owned()),
        [false, true] => Some(format!("{}, which A does not", time(over.1))),
        [true, true] if over.1 > 0.0 && over.0 > 0.0 => {
            Some(format!("{} (A: {})", time(over.1), share(over.0)))
        }
        [true, true] => Some(time(over.1)),
    }
}

/// Describes the difference in cost.
fn cost(comparison: &Comparison, one: &MetricComparison) -> Option<String> {
    let difference = one.difference.filter(|_| is_relevant(one))?;
    let amount = currency(&comparison.second.prices, difference.abs());
    let direction = if difference > 0.0 { "more" } else { "less" };
    Some(format!("costs {amount} {direction} per month"))
}

/// Counts the further metrics that are better and worse.
fn others_clause<'a>(others: impl Iterator<Item = &'a MetricComparison>) -> Option<String> {
    let (better, worse): (Vec<_>, Vec<_>) = others
        .filter(|one| one.metric.better() != Better::Neither)
        .partition(|one| one.change == Change::Better);
    let metrics = |count: usize| if count == 1 { "metric" } else { "metrics" };
    match (better.len(), worse.len()) {
        (0, 0) => None,
        (better, 0) => Some(format!("is better in {better} more {}", metrics(better))),
        (0, worse) => Some(format!("is worse in {worse} more {}", metrics(worse))),
        (better, worse) => {
            Some(format!("is better in {better} and worse in {worse} more {}", metrics(worse)))
        }
    }
}

/// Names B by its differences from A: `B (gateway.main.instances = 5 instead of 2)`.
fn subject(comparison: &Comparison) -> String {
    let [_, changes] = &comparison.changes;
    let of_a = |path: &str| {
        let values = comparison.first.configuration.iter();
        values.filter(|one| one.path == path).map(|one| one.value.trim_matches('"')).next()
    };
    let named = |change: &String| {
        let (path, value) = change.split_once('=')?;
        let (path, value) = (path.trim(), value.trim().trim_matches('"'));
        let instead = of_a(path).map_or_else(String::new, |a| format!(" instead of {a}"));
        Some(format!("{path} = {value}{instead}"))
    };
    match &changes[..] {
        [] if comparison.first.name != comparison.second.name => {
            format!("B ({})", comparison.second.name)
        }
        [only] => named(only).map_or_else(|| "B".to_owned(), |name| format!("B ({name})")),
        [first, second] => match (named(first), named(second)) {
            (Some(first), Some(second)) => format!("B ({first}, {second})"),
            _ => "B".to_owned(),
        },
        _ => "B".to_owned(),
    }
}

/// Joins names: `a, b and c`.
fn joined(clauses: &[String]) -> String {
    match clauses {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{ConfigurationValue, Metric, ValueProvenance};

    fn compared(name: &str, change: Change, first: Option<f64>, second: f64) -> MetricComparison {
        MetricComparison {
            metric: Metric::from_name(name).expect("a metric"),
            first_mean: first,
            second_mean: Some(second),
            difference: first.map(|first| second - first),
            half_width: Some(0.0),
            half_width_alone: None,
            half_width_independent: None,
            variance_reduction: None,
            change,
        }
    }

    fn comparison(metrics_table: Vec<MetricComparison>) -> Comparison {
        let mut comparison = Comparison { metrics: metrics_table, ..Comparison::default() };
        comparison.changes = [Vec::new(), vec!["gateway.main.instances=5".to_owned()]];
        comparison.first.configuration = vec![ConfigurationValue {
            path: "gateway.main.instances".to_owned(),
            value: "2".to_owned(),
            provenance: ValueProvenance::Written,
            source: String::new(),
        }];
        comparison.second.prices.currency = "USD".to_owned();
        comparison
    }

    #[test]
    fn the_answer_names_limits_differences_and_cost() {
        let found = answer(&comparison(vec![
            compared(MetricFamily::OverLimitShare.name(), Change::Better, Some(0.3), 0.0),
            compared(MetricFamily::RecoveryMax.name(), Change::Better, Some(188.0), 62.0),
            compared(MetricFamily::LatencyP95.name(), Change::NoRelevantDifference, Some(1.0), 1.0),
            compared(MetricFamily::CostPerMonth.name(), Change::Worse, Some(215.0), 431.0),
        ]));
        assert_eq!(
            found,
            "B (gateway.main.instances = 5 instead of 2) stays within all limits and recovers in 62 s \
             instead of 188 s; it costs 216.00 USD more per month."
        );
    }

    #[test]
    fn missing_recovery_and_equal_sides_are_described() {
        let recovers = vec![compared(MetricFamily::RecoveryMax.name(), Change::Better, None, 62.0)];
        assert!(answer(&comparison(recovers)).contains("recovers in 62 s, where A does not"));
        let same = vec![compared(MetricFamily::LatencyP95.name(), Change::Same, Some(1.0), 1.0)];
        let expected = "B (gateway.main.instances = 5 instead of 2) makes no relevant difference.";
        assert_eq!(answer(&comparison(same)), expected);
    }
}
