//! States how certain a verdict is: by replications, and by the number of assumed values.

use crate::report::format::{count, number, plural, value};
use crate::results::{Answer, MetricSummary, Reason, Replicated, RunResult, ScenarioInfo};
use crate::terms::{CheckKind, MetricFamily};

use super::failures;

/// Counts the assumed and the measured values of a scenario. A run does not show which assumption
/// has the largest effect, so the sentence names the command that does.
pub(super) fn assumptions(scenario: &ScenarioInfo) -> String {
    let values = &scenario.values;
    let all = count(u64::from(values.all()));
    let (whole, partly) = (u64::from(values.measured), scenario.partly_measured());
    let measured = match (whole, partly) {
        (0, 0) => String::new(),
        (_, 0) => format!(" and {} measured", count(whole)),
        _ => format!(
            ", {} measured and {} partly measured (tables of times by request kind)",
            count(whole),
            count(partly)
        ),
    };
    match (values.all(), values.assumed) {
        // The counts of older results may be unknown.
        (0, _) => String::new(),
        (_, 0) => format!("None of the {all} values is assumed."),
        (_, assumed) => format!(
            "{} of the {all} values are assumed{measured}; `cmgsim sensitivity` finds the one to \
             measure next.",
            count(u64::from(assumed))
        ),
    }
}

/// Returns the certainty of a verdict in one or two sentences.
pub(super) fn certainty(result: &RunResult, reasons: &[Reason]) -> String {
    let is_partial = !result.is_complete;
    let replayed = replayed(result);
    let Some(replicated) = &result.replicated else {
        let text = match is_partial {
            true => "Part of one replication.",
            false => "One replication; run with --replications 10 for an interval.",
        };
        return format!("{text}{replayed}");
    };
    let replications = plural(replicated.count, "replication");
    let stopped = if is_partial { " (the run was stopped)" } else { "" };
    let confidence = number(100.0 * replicated.confidence);
    let basis = match result.objectives.len() {
        0 => interval(replicated, reasons, &confidence),
        1 => Some(format!("{confidence} % confidence")),
        _ => Some(format!("{confidence} % confidence for all objectives together")),
    };
    let basis = basis.map_or_else(String::new, |basis| format!("; {basis}"));
    let is_limit = |one: &Reason| CheckKind::from_name(&one.subject).is_some();
    let of_first = match result.objectives.is_empty() || reasons.iter().any(is_limit) {
        true => " Limits and failures are those of the first replication.",
        false => "",
    };
    let precision = replicated.precision.as_ref().filter(|one| !one.is_reached);
    let precision = precision.map_or_else(String::new, |one| {
        format!(" The precision of {} was not reached.", one.metric)
    });
    format!("{replications}{stopped}{basis}.{of_first}{precision}{replayed}")
}

/// States that arrivals are replayed and therefore equal in all replications; empty if the scenario
/// does not replay arrivals.
fn replayed(result: &RunResult) -> String {
    let is_trace =
        |path: &str| path.starts_with("source.") && path.rsplit('.').next() == Some("trace");
    let configuration = result.scenario.configuration.iter();
    match configuration.filter(|value| is_trace(&value.path)).count() {
        0 => String::new(),
        sources => format!(
            " The arrivals of {} replayed and do not vary between replications: intervals contain \
             only the variation of everything else.",
            match sources {
                1 => "one source are".to_owned(),
                several => format!("{} sources are", count(several as u64)),
            }
        ),
    }
}

/// Describes the interval of the metric that belongs to the first reason: `connections_peak is
/// 8,497 +- 25`.
fn interval(replicated: &Replicated, reasons: &[Reason], confidence: &str) -> Option<String> {
    let first = reasons.first()?;
    let family = match (CheckKind::from_name(&first.subject), first.subject.as_str()) {
        (Some(CheckKind::InstanceConnections), _) => MetricFamily::ConnectionsPeak,
        (Some(CheckKind::ConnectionPointPorts), _) => MetricFamily::PortsPeakShare,
        (_, failures::GATEWAY_UNAVAILABLE) => MetricFamily::GatewayAvailability,
        (_, failures::NOT_RECOVERED) => MetricFamily::RecoveryMax,
        (_, "deployment") => MetricFamily::ComplianceP95,
        (_, failures::FAILED_REQUESTS) => MetricFamily::FailureShare,
        _ if first.answer == Some(Answer::Yes) => MetricFamily::FailureShare,
        // The subject of an objective is its metric. Any other subject has no metric.
        (_, other) => MetricFamily::from_name(other)?,
    };
    let is_it = |one: &&MetricSummary| one.metric == family.into();
    let found = replicated.metrics.iter().find(is_it)?;
    let (mean, half) = (found.mean?, found.half_width?);
    let unit = family.unit();
    let (mean, half) = (value(unit, mean), value(unit, half));
    Some(format!("{family} is {mean} +- {half} ({confidence} % confidence)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::verdict::{lines, verdict};
    use crate::results::ValueCounts;
    use crate::results::{ConfigurationValue, ValueProvenance};

    #[test]
    fn replayed_arrivals_limit_the_meaning_of_intervals() {
        let mut result = RunResult { is_complete: true, ..RunResult::default() };
        let value = |path: &str| ConfigurationValue {
            path: path.to_owned(),
            value: "\"a.csv\"".to_owned(),
            provenance: ValueProvenance::Written,
            source: String::new(),
            measured: Vec::new(),
        };
        result.scenario.configuration = vec![value("source.trace.rate"), value("source.a.first")];
        assert!(!certainty(&result, &[]).contains("replayed"));
        result.scenario.configuration.push(value("source.a.trace"));
        let expected = "interval. The arrivals of one source are replayed and do not vary between \
                        replications: intervals contain only the variation of everything else.";
        assert!(certainty(&result, &[]).ends_with(expected));
        result.scenario.configuration.push(value("source.b.trace"));
        assert!(certainty(&result, &[]).contains("The arrivals of 2 sources are replayed"));
    }

    #[test]
    fn assumed_and_measured_values_are_counted() {
        let assumptions =
            |values| super::assumptions(&ScenarioInfo { values, ..ScenarioInfo::default() });
        let counts = ValueCounts { written: 20, published: 70, ..Default::default() };
        assert_eq!(assumptions(ValueCounts::default()), "", "the counts are unknown");
        assert_eq!(assumptions(counts), "None of the 90 values is assumed.");
        let counts = ValueCounts { assumed: 1_200, measured: 3, ..counts };
        let expected = "1,200 of the 1,293 values are assumed and 3 measured; `cmgsim sensitivity` \
                        finds the one to measure next.";
        assert_eq!(assumptions(counts), expected);
        let mut result = RunResult::default();
        result.scenario.values = counts;
        let last = lines(&verdict(&result)).pop();
        assert_eq!(last, Some(("Assumed", expected.to_owned())));
    }
}
