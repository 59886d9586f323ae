//! Reasons of a scenario with objectives.

use crate::report::format::{bound, share, value};
use crate::results::{
    Answer, InstanceResult, ObjectiveResult, ObjectiveStatus, Reason, RunResult, StationResult,
    Unit,
};
use crate::terms::MetricFamily;

use super::when::clock;
use super::{QUALIFIED, failures, limits, listed};

/// Returns the reasons: deciding objectives first, then exceeded published limits.
pub(super) fn reasons(result: &RunResult) -> Vec<Reason> {
    let of = |status| result.objectives.iter().filter(move |one| one.status == status);
    let mut reasons: Vec<Reason> = Vec::new();
    let mut violated: Vec<&ObjectiveResult> = of(ObjectiveStatus::Violated).collect();
    violated.sort_by(|one, other| margin(one).total_cmp(&margin(other)));
    reasons.extend(violated.into_iter().map(|one| reason(result, one, Answer::No)));
    reasons.extend(failures::stopped(result));
    reasons
        .extend(of(ObjectiveStatus::Undecided).map(|one| reason(result, one, Answer::NotCertain)));
    let open: Vec<String> =
        of(ObjectiveStatus::NotMeasured).map(|one| one.metric.name().to_owned()).collect();
    if !open.is_empty() {
        reasons.push(Reason {
            sentence: format!(
                "{} {} no value, because no event that it measures occurred.",
                listed(&open),
                if open.len() == 1 { "has" } else { "have" }
            ),
            answer: Some(Answer::NotCertain),
            subject: open[0].clone(),
            ..Reason::default()
        });
    }
    if reasons.is_empty() {
        // An exceeded limit is more important than the margin by which an objective is met.
        reasons = qualifying(result);
        let met =
            of(ObjectiveStatus::Met).min_by(|one, other| margin(one).total_cmp(&margin(other)));
        reasons.extend(met.map(|one| tightest(result, one)));
        return reasons;
    }
    let mention = |one: Reason| Reason {
        sentence: format!("A published limit is also exceeded: {}", one.sentence),
        ..one
    };
    reasons.extend(limits::exceeded(result).into_iter().map(mention));
    reasons
}

/// Returns the findings that qualify a Yes without deciding the verdict: exceeded published limits,
/// and failed requests if no objective limits them.
fn qualifying(result: &RunResult) -> Vec<Reason> {
    let mut reasons = limits::exceeded(result);
    if result.objectives.iter().all(|one| one.metric != MetricFamily::FailureShare) {
        let failed = failures::failed_requests(result);
        reasons.extend(failed.map(|one| Reason { answer: None, ..one }));
    }
    reasons
}

fn margin(one: &ObjectiveResult) -> f64 {
    one.margin.unwrap_or(f64::NEG_INFINITY)
}

/// Formats the value of an objective with its interval: `6.20 s +- 400 ms`.
fn measured(one: &ObjectiveResult) -> String {
    match (one.mean, one.half_width) {
        (None, _) => "not reached before the end of the run".to_owned(),
        (Some(mean), Some(half)) if half > 0.0 => {
            format!("{} +- {}", distinct(one, mean), value(one.unit, half))
        }
        (Some(mean), _) => distinct(one, mean),
    }
}

/// Formats the mean of an objective's metric. A share is formatted with more digits if it would
/// otherwise look equal to the limit.
fn distinct(one: &ObjectiveResult, mean: f64) -> String {
    let rounded = value(one.unit, mean);
    if one.unit != Unit::Share || rounded != value(one.unit, one.limit) {
        return rounded;
    }
    let percent = |share: f64, digits: usize| format!("{:.digits$} %", 100.0 * share);
    let digits = (2..=5).find(|digits| percent(mean, *digits) != percent(one.limit, *digits));
    digits.map_or(rounded, |digits| percent(mean, digits))
}

fn reason(result: &RunResult, one: &ObjectiveResult, answer: Answer) -> Reason {
    let limit = bound(one.is_at_least, one.unit, one.limit);
    let (component, start) = place(result, one.metric);
    let of = component.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    let from = start.map_or_else(String::new, |start| {
        format!("; the worst five minutes begin at {}", clock(&result.scenario, start))
    });
    let open = match answer {
        Answer::NotCertain if one.half_width.is_some() => ", and the interval contains the limit",
        _ => "",
    };
    Reason {
        sentence: format!(
            "{} is {}{of}; required: {limit}{open}{from}.",
            one.metric,
            measured(one)
        ),
        answer: Some(answer),
        components: component.into_iter().collect(),
        start_s: start,
        ..data(one)
    }
}

fn tightest(result: &RunResult, one: &ObjectiveResult) -> Reason {
    let all = match result.objectives.len() {
        1 => String::new(),
        _ => "the tightest objective: ".to_owned(),
    };
    let margin = one.margin.map_or_else(String::new, |one| format!(", margin {}", share(one)));
    let limit = bound(one.is_at_least, one.unit, one.limit);
    let clause = format!("{all}{} is {} (required: {limit}{margin})", one.metric, measured(one));
    let sentence = match all.is_empty() {
        true => format!("{clause}."),
        false => super::sentence(&clause),
    };
    Reason { sentence, answer: Some(Answer::Yes), ..data(one) }
}

fn data(one: &ObjectiveResult) -> Reason {
    Reason {
        subject: one.metric.name().to_owned(),
        values: one.mean.into_iter().collect(),
        limit: Some(one.limit),
        unit: one.unit.symbol().to_owned(),
        ..Reason::default()
    }
}

/// Returns the component or disruption with the worst value of a metric in the first replication.
/// For latency metrics, returns the start of the five minutes with the most outstanding requests
/// instead.
fn place(result: &RunResult, metric: MetricFamily) -> (Option<String>, Option<f64>) {
    let instance = |rank: fn(&InstanceResult) -> f64| {
        let worst = result.instances.iter().max_by(|a, b| rank(a).total_cmp(&rank(b)));
        worst.map(|one| format!("{}/{}", one.gateway, one.number))
    };
    let station = |rank: fn(&StationResult) -> f64| {
        let limited = result.stations.iter().filter(|one| one.servers.is_some());
        let worst = limited.max_by(|one, other| rank(one).total_cmp(&rank(other)));
        worst.map(|one| format!("{} {}", one.role, one.name))
    };
    let worst_start = result.worst_5min.as_ref().map(|one| one.start_s);
    match metric {
        MetricFamily::ConnectionsPeak => (instance(|one| one.connections_peak as f64), None),
        MetricFamily::OverLimitShare => (instance(|one| one.time_over_limit_share), None),
        MetricFamily::UtilisationHighest => (station(|one| one.utilisation_mean_share), None),
        MetricFamily::UtilisationPeak => (station(|one| one.utilisation_peak_share), None),
        MetricFamily::PortsPeakShare => {
            let points = result.connection_points.iter();
            let used = |points: u64, limit: u32| points as f64 / f64::from(limit.max(1));
            let fullest = points.max_by(|one, other| {
                used(one.ports_peak, one.port_limit)
                    .total_cmp(&used(other.ports_peak, other.port_limit))
            });
            (fullest.map(|one| one.name.clone()), None)
        }
        MetricFamily::RecoveryMax => {
            let time = |passed: Option<f64>| passed.unwrap_or(f64::INFINITY);
            let longest = result
                .disruptions
                .iter()
                .max_by(|one, other| time(one.recovery_s).total_cmp(&time(other.recovery_s)));
            (longest.map(|one| format!("disruption {}", one.name)), None)
        }
        MetricFamily::LatencyMean
        | MetricFamily::LatencyP50
        | MetricFamily::LatencyP95
        | MetricFamily::LatencyP99
        | MetricFamily::LatencyP999 => (None, worst_start),
        _ => (None, None),
    }
}

/// States what the answer means. A Yes with qualifying reasons starts with them.
pub(super) fn statement(result: &RunResult, reasons: &[Reason], answer: Answer) -> String {
    let all_met = met_or_not(result, answer);
    let mut findings = reasons.iter().filter(|one| one.answer.is_none());
    let (has_limit, has_failure) =
        (findings.clone().any(|one| one.limit.is_some()), findings.any(|one| one.limit.is_none()));
    match (answer, has_limit, has_failure) {
        (Answer::Yes, true, true) => {
            format!("{QUALIFIED}published limits are exceeded, and requests failed: {all_met}")
        }
        (Answer::Yes, true, false) => {
            format!("{QUALIFIED}published limits are exceeded: {all_met}")
        }
        (Answer::Yes, false, true) => format!("{QUALIFIED}requests failed: {all_met}"),
        _ => all_met,
    }
}

/// Counts the objectives that are met, not met or not decided.
fn met_or_not(result: &RunResult, answer: Answer) -> String {
    let all = result.objectives.len();
    let of = |status| result.objectives.iter().filter(|one| one.status == status).count();
    let (violated, met) = (of(ObjectiveStatus::Violated), of(ObjectiveStatus::Met));
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    let objectives = if all == 1 { "objective" } else { "objectives" };
    match answer {
        Answer::Yes if all == 1 => "the objective is met.".to_owned(),
        Answer::Yes if all == 2 => "both objectives are met.".to_owned(),
        Answer::Yes => format!("all {all} objectives are met."),
        Answer::No => format!("{violated} of {all} {objectives} {} not met.", are(violated)),
        Answer::NotCertain if met == all => "the run is incomplete.".to_owned(),
        Answer::NotCertain => {
            let open = all - met;
            format!("{open} of {all} {objectives} {} not decided.", are(open))
        }
    }
}
