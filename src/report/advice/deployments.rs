//! Deployments that are not finished at the end of the run, and their bottlenecks.

use super::breakdown;
use crate::report::basis::BUSY;
use crate::report::format;
use crate::results::{DeploymentResult, Milestone, PendingStep, RunResult};
use crate::terms::{CheckKind, DeploymentPurpose, DeploymentStep, RequestKind, StationKind};

/// Share of the storage limit at which the limit counts as reached; this share is below 1 because
/// peaks are means over minutes.
const AT_LIMIT: f64 = 0.95;

/// Describes storage that reached its limit of requests per second for one file.
pub(super) fn file_limit(result: &RunResult) -> Option<String> {
    let limited = files_at_limit(result);
    let first = limited.first()?;
    Some(format!(
        "The storage of {} is a bottleneck: it reached its limit of {} requests per second for one \
         file (published in {}), and downloads waited. Use peers or the storage of another \
         gateway, or spread the start of the deployment over a longer time.",
        limited.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", "),
        format::number(first.1),
        first.2,
    ))
}

/// Returns gateways whose storage is at its limit: name, limit, source.
fn files_at_limit(result: &RunResult) -> Vec<(&str, f64, &str)> {
    let checks = result.checks.iter().filter(|check| check.kind == CheckKind::FileRequests);
    let limited = checks.filter(|check| check.simulated >= AT_LIMIT * check.limit);
    limited
        .map(|check| (check.component.as_str(), check.limit, check.published_in.as_str()))
        .collect()
}

/// Describes required deployments that fewer than 95 % of their clients had installed at the end.
pub(super) fn unfinished(result: &RunResult) -> Vec<String> {
    let late = |one: &&DeploymentResult| {
        one.purpose == DeploymentPurpose::Required
            && one.targets > 0
            && one.installed.p95_s.is_none()
    };
    result.deployments.iter().filter(late).map(|one| unfinished_one(result, one)).collect()
}

fn unfinished_one(result: &RunResult, one: &DeploymentResult) -> String {
    let reached = |step: &Milestone| step.reached as f64 / one.targets as f64;
    let open: u64 = one.pending.iter().map(|pending| pending.clients).sum();
    let largest = one.pending.iter().reduce(|a, b| if b.clients > a.clients { b } else { a });
    let mut text = format!(
        "Deployment {} is not finished: {} of {} clients had installed it at the end ({} had the \
         policy, {} the content).",
        one.name,
        format::share(reached(&one.installed)),
        format::count(one.targets),
        format::share(reached(&one.policy)),
        format::share(reached(&one.content)),
    );
    let Some(largest) = largest else { return text };
    let off = match largest.off {
        0 => String::new(),
        off => format!(", {} of them off", format::count(off)),
    };
    text.push_str(&format!(
        " The bottleneck is the {}: {} of the remaining {} clients were in this step{off}; {}.",
        largest.step,
        format::count(largest.clients),
        format::count(open),
        why(result, one, largest),
    ));
    text
}

/// Explains why clients have not completed a step, and names a remedy. The evidence is the latency
/// breakdown of the requests for which they wait.
fn why(result: &RunResult, one: &DeploymentResult, at: &PendingStep) -> String {
    if 2 * at.off > at.clients {
        return "most of these clients are off. Run longer, or wake them".to_owned();
    }
    let of_kind = |kind, server| breakdown::of_kind(result, kind, server);
    match at.step {
        DeploymentStep::Policy if breakdown::is_slow(result, RequestKind::PolicyBody) => {
            of_kind(RequestKind::PolicyBody, StationKind::ManagementPoint)
        }
        DeploymentStep::Policy => {
            "clients get the policy at their next poll. A client notification reaches online \
             clients at once"
                .to_owned()
        }
        DeploymentStep::ScanDelay => format!(
            "a scan begins after a random delay, and is repeated two minutes after a failure. \
             Scans: {}. If no scan fails, shorten deployment.{}.scan",
            of_kind(RequestKind::UpdateScan, StationKind::SoftwareUpdatePoint),
            one.name
        ),
        DeploymentStep::Scan => of_kind(RequestKind::UpdateScan, StationKind::SoftwareUpdatePoint),
        DeploymentStep::ContentLocation => {
            of_kind(RequestKind::ContentLocation, StationKind::ManagementPoint)
        }
        DeploymentStep::ContentAccess => {
            of_kind(RequestKind::ContentAuthorisation, StationKind::GatewayInstance)
        }
        DeploymentStep::Download => content_wait(result),
        DeploymentStep::Installation => match one.deadline_s {
            Some(deadline) if deadline >= result.scenario.duration_s => {
                "the deadline is at the end of the run or later. Run longer".to_owned()
            }
            _ => "these clients are installing, or wait for the random delay after the deadline \
                  of a required deployment (deadline_spread). Run longer, or shorten this delay"
                .to_owned(),
        },
    }
}

/// Explains why downloads wait.
fn content_wait(result: &RunResult) -> String {
    if !files_at_limit(result).is_empty() {
        return "the storage is at its limit of requests per second for one file. Use the storage \
                of another gateway, or peers"
            .to_owned();
    }
    let full = result
        .distribution_points
        .iter()
        .find(|point| point.bandwidth_utilisation_peak_share.is_some_and(|share| share >= BUSY));
    match full {
        Some(point) => format!(
            "distribution point {} used {} of its bandwidth in the busiest minute. Add a \
             distribution point, or use peers",
            point.name,
            format::share(point.bandwidth_utilisation_peak_share.unwrap_or(1.0))
        ),
        None => "no source is at its limit: the clients' network links limit the downloads, or \
                 downloads were interrupted. Start earlier, or use peers"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Check, Verdict};

    fn milestone(reached: u64, p95_s: Option<f64>) -> Milestone {
        Milestone { reached, p95_s, ..Milestone::default() }
    }

    fn deployment() -> DeploymentResult {
        DeploymentResult {
            name: "office".to_owned(),
            targets: 1000,
            deadline_s: Some(50.0),
            policy: milestone(990, Some(10.0)),
            content: milestone(980, Some(20.0)),
            installed: milestone(400, None),
            ..DeploymentResult::default()
        }
    }

    fn said(one: DeploymentResult) -> Vec<String> {
        let mut result = RunResult { deployments: vec![one], ..RunResult::default() };
        result.scenario.duration_s = 100.0;
        unfinished(&result)
    }

    fn pending(step: DeploymentStep, clients: u64, off: u64) -> PendingStep {
        PendingStep { step, clients, off }
    }

    #[test]
    fn the_step_with_the_most_clients_is_the_bottleneck() {
        let at = |pending: Vec<PendingStep>| said(DeploymentResult { pending, ..deployment() });
        let start = "Deployment office is not finished: 40.0 % of 1,000 clients had installed it \
             at the end (99.00 % had the policy, 98.0 % the content). The bottleneck is the ";
        let cases = [
            (
                pending(DeploymentStep::Installation, 580, 0),
                "installation: 580 of the remaining 600 clients were in this step",
            ),
            (pending(DeploymentStep::Download, 580, 0), "no source is at its limit"),
            (
                pending(DeploymentStep::Scan, 580, 0),
                "scan: 580 of the remaining 600 clients were in this step; no request was sent",
            ),
            (
                pending(DeploymentStep::Policy, 580, 300),
                ", 300 of them off; most of these clients are off.",
            ),
        ];
        for (step, expected) in cases {
            let sentence = &at(vec![pending(DeploymentStep::ContentLocation, 20, 0), step])[0];
            assert!(sentence.starts_with(start) && sentence.contains(expected), "{sentence}");
        }
        let late = DeploymentResult {
            deadline_s: Some(200.0),
            pending: vec![pending(DeploymentStep::Installation, 600, 0)],
            ..deployment()
        };
        assert!(said(late)[0].contains("the deadline is at the end of the run"));
    }

    #[test]
    fn finished_and_available_deployments_need_no_advice() {
        let done = DeploymentResult { installed: milestone(960, Some(90.0)), ..deployment() };
        let voluntary = DeploymentResult { purpose: DeploymentPurpose::Available, ..deployment() };
        assert!(said(done).is_empty() && said(voluntary).is_empty());
    }

    #[test]
    fn storage_at_its_limit_triggers_advice() {
        let check = |simulated: f64| Check {
            check: String::new(),
            kind: CheckKind::FileRequests,
            component: "main".to_owned(),
            gateway: Some(0),
            simulated,
            limit: 500.0,
            published: 500.0,
            unit: "requests/s".to_owned(),
            verdict: Verdict::Close,
            published_in: "perf-scale.md, 04/08/2022".to_owned(),
            note: String::new(),
            scaled_by: String::new(),
        };
        let with = |simulated| RunResult { checks: vec![check(simulated)], ..RunResult::default() };
        assert_eq!(file_limit(&with(450.0)), None);
        let sentence = file_limit(&with(499.0)).expect("at its limit");
        assert!(
            sentence.starts_with("The storage of main is a bottleneck: it reached its limit"),
            "{sentence}"
        );
    }
}
