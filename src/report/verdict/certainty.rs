//! States how certain a verdict is.

use crate::report::format::{count, number, value};
use crate::results::{Answer, MetricSummary, Reason, Replicated, RunResult};
use crate::terms::{CheckKind, MetricFamily};

use super::failures;

/// Returns the certainty of a verdict in one or two sentences.
pub(super) fn certainty(result: &RunResult, reasons: &[Reason]) -> String {
    let is_partial = !result.is_complete;
    let Some(replicated) = &result.replicated else {
        return match is_partial {
            true => "Part of one replication.".to_owned(),
            false => "One replication; run with --replications 10 for an interval.".to_owned(),
        };
    };
    let replications = match replicated.count {
        1 => "1 replication".to_owned(),
        several => format!("{} replications", count(several)),
    };
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
    format!("{replications}{stopped}{basis}.{of_first}{precision}")
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
        // No metric measures the other reasons.
        (_, other) => MetricFamily::from_name(other)?,
    };
    let is_it = |one: &&MetricSummary| one.metric == family.into();
    let found = replicated.metrics.iter().find(is_it)?;
    let (mean, half) = (found.mean?, found.half_width?);
    let unit = family.unit();
    let (mean, half) = (value(unit, mean), value(unit, half));
    Some(format!("{family} is {mean} +- {half} ({confidence} % confidence)"))
}
