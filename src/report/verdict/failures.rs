//! Failures that decide the verdict of a scenario without objectives, and questions that a run
//! cannot decide.

use crate::report::format::{count, seconds, share};
use crate::results::{
    Answer, DeploymentResult, DisruptionResult, GatewayResult, PendingStep, Reason, RunResult,
    SiteSystemResult,
};
use crate::terms::{DeploymentPurpose, MetricFamily};

use super::when::clock;
use super::{FAILED, sentence};

/// If the system has not recovered this long after the end of a disruption, the verdict becomes No.
/// If the run ends earlier, the verdict becomes Not certain.
const OBSERVED_SECONDS: f64 = 1800.0;

/// Maximum growth of the requests in flight over the run, as a share of all requests. Above this
/// share the run is too short to show the outcome of the requests.
const IN_FLIGHT: f64 = 0.01;

/// Share of target clients that must have installed a required deployment.
const INSTALLED: f64 = 0.95;

/// Subject of failed requests.
pub(super) const FAILED_REQUESTS: &str = "failed_requests";

/// Subject of a gateway that was unavailable.
pub(super) const GATEWAY_UNAVAILABLE: &str = "gateway_unavailable";

/// Subject of a disruption from which the system did not recover.
pub(crate) const NOT_RECOVERED: &str = "not_recovered";

/// Returns all failures of a run, those that affect clients most directly first.
pub(super) fn failures(result: &RunResult) -> Vec<Reason> {
    let mut reasons = Vec::new();
    reasons.extend(stopped(result));
    reasons.extend(no_requests(result));
    reasons.extend(failed_requests(result));
    reasons.extend(outages(result));
    reasons.extend(not_recovered(result));
    reasons.extend(full_queues(result));
    reasons.extend(result.deployments.iter().filter_map(|one| not_installed(result, one)));
    reasons.extend(in_flight(result));
    reasons.extend(other_replications(result));
    reasons
}

fn reason(answer: Answer, subject: &str, clause: String) -> Reason {
    Reason {
        sentence: sentence(&clause),
        answer: Some(answer),
        subject: subject.to_owned(),
        ..Reason::default()
    }
}

/// Returns the reason for a run that was stopped before its end.
pub(super) fn stopped(result: &RunResult) -> Option<Reason> {
    (!result.is_complete).then(|| {
        let clause = match &result.replicated {
            Some(all) => format!("the run was stopped after {} replications", count(all.count)),
            None => {
                let measured = seconds(result.scenario.duration_s);
                format!("the run was stopped after {measured} of the measured period")
            }
        };
        reason(Answer::NotCertain, "stopped", clause)
    })
}

fn no_requests(result: &RunResult) -> Option<Reason> {
    let requests = &result.requests;
    (requests.issued + requests.in_flight_at_start == 0).then(|| {
        let clause = "no request was sent in the measured period".to_owned();
        reason(Answer::NotCertain, "no_requests", clause)
    })
}

/// Returns a reason if no request was completed, or if the share of failed requests is at least
/// [`FAILED`].
pub(super) fn failed_requests(result: &RunResult) -> Option<Reason> {
    let requests = &result.requests;
    let cause = result.failures.iter().max_by_key(|one| one.attempts);
    let cause = cause.filter(|one| one.attempts > 0).map_or_else(String::new, |one| {
        format!("; the most frequent cause of failed attempts: {}", one.cause.label())
    });
    if requests.completed == 0 && requests.failed_attempts > 0 {
        let clause = format!("no request was completed{cause}");
        return Some(reason(Answer::No, FAILED_REQUESTS, clause));
    }
    let ended = requests.completed + requests.failed;
    let part = requests.failed as f64 / ended.max(1) as f64;
    (part >= FAILED).then(|| Reason {
        values: vec![part],
        unit: "share".to_owned(),
        ..reason(
            Answer::No,
            FAILED_REQUESTS,
            format!("{} requests failed ({}){cause}", count(requests.failed), share(part)),
        )
    })
}

/// Returns a reason for each gateway that was unavailable for a significant share of the time. The
/// answer becomes No only if this applies to all gateways: otherwise, clients may have used another
/// gateway.
fn outages(result: &RunResult) -> Vec<Reason> {
    let missing = |gateway: &GatewayResult| 1.0 - gateway.availability_share;
    let decides = result.gateways.iter().all(|one| missing(one) >= FAILED);
    let down = result.gateways.iter().filter(|one| missing(one) >= FAILED);
    let down = down.filter(|one| one.stopped_at_s.is_none());
    down.map(|one| Reason {
        answer: decides.then_some(Answer::No),
        ..outage(result, one, missing(one))
    })
    .collect()
}

/// Returns the reason for a gateway that was unavailable for a share of the time.
fn outage(result: &RunResult, gateway: &GatewayResult, part: f64) -> Reason {
    Reason {
        components: vec![gateway.name.clone()],
        values: vec![part],
        unit: "share".to_owned(),
        ..reason(
            Answer::No,
            GATEWAY_UNAVAILABLE,
            format!(
                "gateway {} was unavailable for {} ({} of the time)",
                gateway.name,
                seconds(part * result.scenario.duration_s),
                share(part)
            ),
        )
    }
}

/// Returns the last disruption of the measured period if no recovery from it was observed.
pub(super) fn last_unrecovered(result: &RunResult) -> Option<&DisruptionResult> {
    let last = result.disruptions.iter().rfind(|one| one.start_s >= 0.0)?;
    last.recovery_s.is_none().then_some(last)
}

fn not_recovered(result: &RunResult) -> Option<Reason> {
    let last = last_unrecovered(result)?;
    let observed = last.end_s.map(|end| result.scenario.duration_s - end);
    let (answer, clause) = match observed {
        Some(observed) if observed >= OBSERVED_SECONDS => (
            Answer::No,
            format!(
                "the system did not recover from disruption {} within {} after its end",
                last.name,
                seconds(observed)
            ),
        ),
        Some(observed) => (
            Answer::NotCertain,
            format!(
                "the run ends {} after disruption {}, before recovery",
                seconds(observed),
                last.name
            ),
        ),
        None => (
            Answer::NotCertain,
            format!(
                "disruption {} ({}) lasts from {} to the end of the run",
                last.name,
                last.description,
                clock(&result.scenario, last.start_s)
            ),
        ),
    };
    Some(Reason {
        start_s: Some(last.start_s),
        disruption: Some(last.name.clone()),
        ..reason(answer, NOT_RECOVERED, clause)
    })
}

/// Returns site systems that refused requests because their queue was full. The verdict mentions
/// them but does not depend on them: clients retry, and requests that finally fail are counted
/// separately.
fn full_queues(result: &RunResult) -> Option<Reason> {
    let all = result.management_points.iter().chain(&result.software_update_points);
    let mut full: Vec<&SiteSystemResult> = all.filter(|one| one.refused > 0).collect();
    full.sort_by_key(|one| std::cmp::Reverse(one.refused));
    let refused: u64 = full.iter().map(|one| one.refused).sum();
    let first = full.first()?;
    (refused as f64 >= FAILED * result.requests.attempts as f64).then(|| Reason {
        components: full.iter().map(|one| one.name.clone()).collect(),
        values: full.iter().map(|one| one.refused as f64).collect(),
        unit: "requests".to_owned(),
        answer: None,
        ..reason(
            Answer::No,
            "queue_full",
            format!(
                "{} {} refused {} requests with 503, because its queue was full",
                first.role,
                first.name,
                count(first.refused)
            ),
        )
    })
}

/// Returns the reason for a required deployment that too few clients had installed at the end.
fn not_installed(result: &RunResult, one: &DeploymentResult) -> Option<Reason> {
    let is_late = one.purpose == DeploymentPurpose::Required
        && one.targets > 0
        && one.installed.p95_s.is_none();
    let part = one.installed.reached as f64 / one.targets.max(1) as f64;
    let is_due = one.deadline_s.is_some_and(|due| due < result.scenario.duration_s);
    let sum = |of: fn(&PendingStep) -> u64| one.pending.iter().map(of).sum::<u64>();
    let (pending, off) = (sum(|one| one.clients), sum(|one| one.off));
    // Offline clients cannot install anything, so they do not count against the design.
    let is_off = 2 * off > pending;
    let others = match is_off {
        true => format!("; {} of the other {} were off", count(off), count(pending)),
        false => String::new(),
    };
    is_late.then(|| Reason {
        components: vec![one.name.clone()],
        values: vec![part],
        unit: "share".to_owned(),
        ..reason(
            if is_due && !is_off { Answer::No } else { Answer::NotCertain },
            "deployment",
            format!(
                "{} of the clients had installed deployment {} at the end of the run ({} needed){others}",
                share(part),
                one.name,
                share(INSTALLED)
            ),
        )
    })
}

fn in_flight(result: &RunResult) -> Option<Reason> {
    let requests = &result.requests;
    let more = requests.in_flight_at_end.saturating_sub(requests.in_flight_at_start);
    (more > 0 && more as f64 >= IN_FLIGHT * requests.issued as f64).then(|| {
        let clause = format!(
            "{} of {} requests were in flight at the end of the run",
            count(requests.in_flight_at_end),
            count(requests.issued + requests.in_flight_at_start)
        );
        reason(Answer::NotCertain, "in_flight_at_end", clause)
    })
}

/// Returns limits that are exceeded in only some of the replications and therefore by chance.
fn other_replications(result: &RunResult) -> Option<Reason> {
    let replicated = result.replicated.as_ref()?;
    let maximum = |family: MetricFamily| {
        let found = replicated.metrics.iter().find(|one| one.metric == family.into());
        found.and_then(|one| one.max).unwrap_or(0.0)
    };
    let first_exceeds = result.instances.iter().any(|one| one.time_over_limit_share > 0.0)
        || result.connection_points.iter().any(|one| one.port_refusals > 0);
    let exceeds = [
        (MetricFamily::OverLimitShare, "an instance exceeded the connection limit"),
        (MetricFamily::PortRefusals, "a connection point had no free port"),
    ];
    let (family, what) = exceeds.into_iter().find(|(family, _)| maximum(*family) > 0.0)?;
    (!first_exceeds).then(|| {
        let clause = format!("{what} in at least one of {} replications", count(replicated.count));
        reason(Answer::NotCertain, family.name(), clause)
    })
}
