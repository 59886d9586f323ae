//! The answer of a comparison in one sentence: limits, the most important relevant differences, and
//! the cost.

use crate::report::format::{joined, seconds, share, value};
use crate::report::summary::bill::currency;
use crate::results::comparison::{Change, Comparison, MetricComparison};
use crate::results::{Better, ObjectiveResult, ObjectiveStatus, Unit};
use crate::terms::{CheckKind, MetricFamily};

/// Number of differences that the sentence names, not counting limits and cost.
const SHOWN: usize = 3;

/// Metric of failed requests.
const FAILURES: MetricFamily = MetricFamily::FailureShare;

/// Minimum share of failed requests at which a scenario counts as having failures.
const FAILED: f64 = 0.001;

/// Returns the answer, which describes the change from A to B.
pub fn answer(comparison: &Comparison) -> String {
    let of =
        |family: MetricFamily| comparison.metrics.iter().find(|one| one.metric == family.into());
    let mut clauses = requirements(comparison);
    let mut reported = vec![MetricFamily::OverLimitShare, MetricFamily::PortRefusals];
    let relevant = PHRASES.iter().filter_map(|(family, clause)| {
        of(*family).filter(|one| is_relevant(one)).map(|one| (*family, clause, one))
    });
    for (family, clause, one) in relevant.take(SHOWN) {
        clauses.push(clause(&side(one, one.first_mean), &side(one, one.second_mean)));
        reported.push(family);
    }
    reported.push(MetricFamily::CostPerMonth);
    let others = comparison.metrics.iter().filter(|one| {
        !one.metric.is_of_component() && !reported.contains(&one.metric.family) && is_relevant(one)
    });
    clauses.extend(others_clause(others));
    let cost = of(MetricFamily::CostPerMonth).and_then(|one| cost(comparison, one));
    let subject = subject(comparison);
    let undecided = super::shown(comparison).filter(|one| one.change == Change::Undecided).count();
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

/// Function that describes a difference, given the values of A and B as text.
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

/// Formats the mean of one side; `never` without a mean, because the event of the metric did not
/// occur.
fn side(one: &MetricComparison, mean: Option<f64>) -> String {
    match (one.metric.unit(), mean) {
        (_, None) => "never".to_owned(),
        // Whole seconds are easier to compare than minutes and seconds.
        (Unit::Seconds, Some(mean)) if (10.0..600.0).contains(&mean) => format!("{mean:.0} s"),
        (Unit::Seconds, Some(mean)) => seconds(mean),
        (unit, Some(mean)) => value(unit, mean),
    }
}

/// Describes whether B meets its objectives, or stays within published limits if it has no
/// objectives.
fn requirements(comparison: &Comparison) -> Vec<String> {
    let [first, second] = &comparison.requirements;
    if second.objectives.is_empty() {
        return limits(comparison).into_iter().chain(failures(comparison)).collect();
    }
    let own = objectives(&second.objectives);
    let other = match &first.objectives[..] {
        [] => None,
        first => Some(objectives(first)),
    };
    let mut clauses = vec![match other {
        None => own,
        Some(other) if other == own => format!("{own} (so does A)"),
        Some(other) => format!("{own} (A {other})"),
    }];
    // Limits and failures qualify objectives that are met, as they do in the verdict of a run.
    clauses.extend(exceeded(comparison));
    if !second.objectives.iter().any(|one| one.metric == FAILURES) {
        clauses.extend(failures(comparison));
    }
    clauses
}

/// Describes whether a scenario meets its objectives.
fn objectives(all: &[ObjectiveResult]) -> String {
    let status = ObjectiveStatus::of_all(all);
    let of_status = all.iter().filter(|one| one.status == status);
    let names: Vec<String> = of_status.map(|one| one.metric.name().to_owned()).collect();
    let noun = if names.len() == 1 { "objective" } else { "objectives" };
    match status {
        ObjectiveStatus::Met => "meets all objectives".to_owned(),
        ObjectiveStatus::Violated => format!("violates the {noun} {}", joined(&names)),
        ObjectiveStatus::Undecided => format!("has the undecided {noun} {}", joined(&names)),
        ObjectiveStatus::NotMeasured => {
            format!("has no measurement for the {noun} {}", joined(&names))
        }
    }
}

/// Describes whether B stays within published limits.
fn limits(comparison: &Comparison) -> Option<String> {
    // Without a measured time over the limit, nothing is known about limits.
    comparison.metrics.iter().find(|one| one.metric == MetricFamily::OverLimitShare.into())?;
    exceeded(comparison).or_else(|| Some("stays within the published limits".to_owned()))
}

/// Describes the published limits that B exceeds. The limits of connections and ports are evaluated
/// over all replications, the other limits only in the first replication.
fn exceeded(comparison: &Comparison) -> Option<String> {
    let mean = |family: MetricFamily| {
        let found = comparison.metrics.iter().find(|one| one.metric == family.into());
        found.map(|one| (one.first_mean.unwrap_or(0.0), one.second_mean.unwrap_or(0.0)))
    };
    let over = mean(MetricFamily::OverLimitShare)?;
    let refused = mean(MetricFamily::PortRefusals).unwrap_or((0.0, 0.0));
    let [first, second] = comparison.requirements.each_ref().map(|one| &one.exceeded_limits);
    let described = |over: f64, refused: f64, names: &[String]| {
        let mut parts = Vec::new();
        if over > 0.0 {
            parts.push(format!("exceeds the connection limit for {} of the time", share(over)));
        }
        if refused > 0.0 {
            parts.push("runs out of ports".to_owned());
        }
        let is_described = |name: &str| {
            (over > 0.0 && name == CheckKind::InstanceConnections.label())
                || (refused > 0.0 && name == CheckKind::ConnectionPointPorts.label())
        };
        let others: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| !is_described(name)).collect();
        match others[..] {
            [] => {}
            [only] => parts.push(format!("exceeds the published limit of {only}")),
            _ => parts.push(format!("exceeds the published limits of {}", others.join("; "))),
        }
        (!parts.is_empty()).then(|| joined(&parts))
    };
    let own = described(over.1, refused.1, second)?;
    Some(match described(over.0, refused.0, first) {
        None => format!("{own} (A does not)"),
        Some(other) if other == own => format!("{own} (so does A)"),
        Some(other) => format!("{own} (A {other})"),
    })
}

/// Describes failures of B, unless a phrase about a difference already mentions them.
fn failures(comparison: &Comparison) -> Option<String> {
    let found = comparison.metrics.iter().find(|one| one.metric == FAILURES.into())?;
    let is_named = is_relevant(found);
    let not_recovered = comparison.requirements[1].not_recovered;
    let recovers_differently = comparison
        .metrics
        .iter()
        .any(|one| one.metric == MetricFamily::RecoveryMax.into() && is_relevant(one));
    match found.second_mean {
        None => Some("has no measured request".to_owned()),
        Some(mean) if mean >= FAILED && !is_named => {
            Some(format!("fails {} of the requests", share(mean)))
        }
        Some(_) if not_recovered > 0 && !recovers_differently => Some(format!(
            "does not recover in {not_recovered} of {} replications",
            comparison.replications
        )),
        Some(_) => None,
    }
}

/// Describes the difference in cost.
fn cost(comparison: &Comparison, one: &MetricComparison) -> Option<String> {
    let difference = one.difference.filter(|_| is_relevant(one))?;
    let amount = currency(&comparison.second.prices, difference.abs());
    let direction = if difference > 0.0 { "more" } else { "less" };
    Some(format!("costs {amount} {direction} per month"))
}

/// Counts the metrics that are better or worse but are not named in the sentence.
fn others_clause<'a>(others: impl Iterator<Item = &'a MetricComparison>) -> Option<String> {
    let (better, worse): (Vec<_>, Vec<_>) = others
        .filter(|one| one.metric.better() != Better::Neither)
        .partition(|one| one.change == Change::Better);
    let metrics = |count: usize| if count == 1 { "metric" } else { "metrics" };
    match (better.len(), worse.len()) {
        (0, 0) => None,
        (better, 0) => Some(format!("is better in {better} other {}", metrics(better))),
        (0, worse) => Some(format!("is worse in {worse} other {}", metrics(worse))),
        (better, worse) => {
            Some(format!("is better in {better} other {} and worse in {worse}", metrics(better)))
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
            measured: Vec::new(),
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
            "B (gateway.main.instances = 5 instead of 2) stays within the published limits and \
             recovers in 62 s instead of 188 s; it costs 216.00 USD more per month."
        );
    }

    #[test]
    fn objectives_take_precedence_over_published_limits() {
        let objective = |status| ObjectiveResult {
            metric: MetricFamily::LatencyP95,
            unit: Unit::Seconds,
            is_at_least: false,
            limit: 1.0,
            mean: None,
            half_width: None,
            margin: None,
            status,
        };
        let over = compared(MetricFamily::OverLimitShare.name(), Change::Same, Some(0.0), 0.0);
        let mut found = comparison(vec![over]);
        found.changes[1].clear();
        found.requirements[1].objectives = vec![objective(ObjectiveStatus::Violated)];
        assert_eq!(answer(&found), "B violates the objective latency_p95_s.");
        found.requirements[0].objectives = vec![objective(ObjectiveStatus::Met)];
        let expected = "B violates the objective latency_p95_s (A meets all objectives).";
        assert_eq!(answer(&found), expected);
        found.requirements[1].objectives = vec![objective(ObjectiveStatus::NotMeasured)];
        let said = answer(&found);
        assert!(said.starts_with("B has no measurement for the objective latency_p95"), "{said}");
    }

    #[test]
    fn all_exceeded_limits_and_failures_count() {
        let over = compared(MetricFamily::OverLimitShare.name(), Change::Same, Some(0.0), 0.0);
        let failed = compared(MetricFamily::FailureShare.name(), Change::Same, Some(0.2), 0.2);
        let mut found = comparison(vec![over, failed]);
        found.changes[1].clear();
        let expected = "B stays within the published limits and fails 20.0 % of the requests.";
        assert_eq!(answer(&found), expected);
        found.requirements[1].exceeded_limits = vec!["clients per management point".to_owned()];
        let said = answer(&found);
        let expected = "B exceeds the published limit of clients per management point (A does \
                        not) and fails";
        assert!(said.starts_with(expected), "{said}");
        found.metrics[1].second_mean = None;
        assert!(answer(&found).ends_with("has no measured request."), "{}", answer(&found));
    }

    #[test]
    fn every_limit_counts_once_and_three_differences_are_named() {
        let mut found = comparison(vec![
            compared(MetricFamily::OverLimitShare.name(), Change::Worse, Some(0.0), 0.3),
            compared(MetricFamily::FailureShare.name(), Change::Worse, Some(0.0), 0.01),
            compared(MetricFamily::RecoveryMax.name(), Change::Worse, Some(20.0), 30.0),
            compared(MetricFamily::LatencyP95.name(), Change::Worse, Some(1.0), 2.0),
        ]);
        found.changes[1].clear();
        found.requirements[1].exceeded_limits = vec![
            CheckKind::InstanceConnections.label().to_owned(),
            "management points of the primary site".to_owned(),
        ];
        let limits = "exceeds the connection limit for 30.0 % of the time and exceeds the \
                      published limit of management points of the primary site (A does not)";
        let differences = "fails 1.0 % of the requests instead of 0 %, recovers in 30 s instead of \
                           20 s and has a p95 latency of 2.00 s instead of 1.00 s";
        assert_eq!(answer(&found), format!("B {limits}, {differences}."));
        // Objectives that are met do not hide an exceeded limit.
        found.requirements[1].objectives = vec![ObjectiveResult {
            metric: MetricFamily::LatencyP95,
            unit: Unit::Seconds,
            is_at_least: false,
            limit: 5.0,
            mean: Some(2.0),
            half_width: None,
            margin: None,
            status: ObjectiveStatus::Met,
        }];
        let said = answer(&found);
        assert!(said.starts_with(&format!("B meets all objectives, {limits}")), "{said}");
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
