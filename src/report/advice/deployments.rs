//! Deployments that were not done by the end, and what held them up.

use crate::report::format;
use crate::results::{DeploymentResult, Milestone, RunResult};

/// The check of the busiest file, as `experiment` calls it.
const FILE_CHECK: &str = "requests a second for one file, peak";

/// From this share of the published rate on the storage has reached it: rates are means over bins.
const AT_LIMIT: f64 = 0.95;

/// Storage that could not answer more requests for one file.
pub(super) fn file_limit(result: &RunResult) -> Option<String> {
    let limited = files_at_limit(result);
    let first = limited.first()?;
    Some(format!(
        "The storage of {} reached what it answers for one file, {} requests a second ({}): \
         downloads waited for it. Storage of another gateway, peers, or a start that is spread \
         over more time would help.",
        limited.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", "),
        format::number(first.1),
        first.2,
    ))
}

/// Gateways whose storage is at its limit: name, limit, source.
fn files_at_limit(result: &RunResult) -> Vec<(&str, f64, &str)> {
    let checks = result.checks.iter().filter(|check| check.what == FILE_CHECK);
    let limited = checks.filter(|check| check.simulated >= AT_LIMIT * check.limit);
    limited.map(|check| (check.part.as_str(), check.limit, check.source.as_str())).collect()
}

/// Required deployments that fewer than 95 % of their clients had installed at the end.
pub(super) fn unfinished(result: &RunResult) -> Vec<String> {
    let late = |one: &&DeploymentResult| {
        one.purpose == "required" && one.targets > 0 && one.installed.p95_seconds.is_none()
    };
    result.deployments.iter().filter(late).map(|one| unfinished_one(result, one)).collect()
}

fn unfinished_one(result: &RunResult, one: &DeploymentResult) -> String {
    let reached = |step: &Milestone| step.reached as f64 / one.targets as f64;
    let shares = format!(
        "Deployment {}: {} of {} clients had installed it at the end ({} had its policy, {} its \
         content)",
        one.name,
        format::share(reached(&one.installed)),
        format::count(one.targets),
        format::share(reached(&one.policy)),
        format::share(reached(&one.content)),
    );
    let why = match (one.policy.p95_seconds, one.content.p95_seconds) {
        (None, _) => "what holds it up is the policy: clients were off, or did not reach a \
             management point. They ask for it at their next poll; a notification asks those that \
             are online at once"
            .to_owned(),
        (_, None) => format!("what holds it up is the content: {}", content_wait(result)),
        _ => match one.deadline_seconds {
            Some(deadline) if deadline >= result.scenario.duration_seconds => {
                "the content is there; its deadline is after the end of the run".to_owned()
            }
            _ => "the content is there; what holds it up is the installation: its random delay \
                 after the deadline, how long it takes, and clients that were off"
                .to_owned(),
        },
    };
    format!("{shares}; {why}.")
}

/// What clients wait for when they fetch content.
fn content_wait(result: &RunResult) -> String {
    if !files_at_limit(result).is_empty() {
        return "the storage answers no more requests for one file".to_owned();
    }
    let full = result
        .distribution_points
        .iter()
        .find(|point| point.bandwidth_utilisation.is_some_and(|share| share >= 0.8));
    match full {
        Some(point) => format!(
            "distribution point {} used {} of its bandwidth",
            point.name,
            format::share(point.bandwidth_utilisation.unwrap_or(1.0))
        ),
        None => "clients were off before they had all of it, their links are slow for it, or they \
             could not ask where it is"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Check, Verdict};

    fn milestone(reached: u64, p95_seconds: Option<f64>) -> Milestone {
        Milestone { reached, p95_seconds, ..Milestone::default() }
    }

    fn deployment() -> DeploymentResult {
        DeploymentResult {
            name: "office".to_owned(),
            purpose: "required".to_owned(),
            targets: 1000,
            deadline_seconds: Some(50.0),
            policy: milestone(990, Some(10.0)),
            content: milestone(980, Some(20.0)),
            installed: milestone(400, None),
            ..DeploymentResult::default()
        }
    }

    fn said(one: DeploymentResult) -> Vec<String> {
        let mut result = RunResult { deployments: vec![one], ..RunResult::default() };
        result.scenario.duration_seconds = 100.0;
        unfinished(&result)
    }

    #[test]
    fn the_step_that_holds_a_deployment_up_is_named() {
        let start = "Deployment office: 40.0 % of 1,000 clients had installed it at the end (99.00 \
             % had its policy, 98.0 % its content); ";
        let cases = [
            (deployment(), "the content is there; what holds it up is the installation"),
            (
                DeploymentResult { deadline_seconds: Some(200.0), ..deployment() },
                "the content is there; its deadline is after the end",
            ),
        ];
        for (one, expected) in cases {
            let sentence = &said(one)[0];
            assert!(sentence.starts_with(start), "{sentence}");
            assert!(sentence.contains(expected), "{sentence}");
        }
        let content = DeploymentResult { content: milestone(700, None), ..deployment() };
        assert!(said(content)[0].contains("what holds it up is the content: clients were off"));
        let policy = DeploymentResult { policy: milestone(700, None), ..deployment() };
        assert!(said(policy)[0].contains("what holds it up is the policy"));
    }

    #[test]
    fn what_is_done_or_voluntary_is_not_told() {
        let done = DeploymentResult { installed: milestone(960, Some(90.0)), ..deployment() };
        let voluntary = DeploymentResult { purpose: "available".to_owned(), ..deployment() };
        assert!(said(done).is_empty() && said(voluntary).is_empty());
    }

    #[test]
    fn a_storage_at_its_limit_is_told_though_it_cannot_exceed_it() {
        let check = |simulated: f64| Check {
            what: FILE_CHECK.to_owned(),
            part: "main".to_owned(),
            simulated,
            limit: 500.0,
            published: 500.0,
            unit: "requests/s".to_owned(),
            verdict: Verdict::Close,
            source: "perf-scale.md, 04/08/2022".to_owned(),
            note: String::new(),
        };
        let with = |simulated| RunResult { checks: vec![check(simulated)], ..RunResult::default() };
        assert_eq!(file_limit(&with(450.0)), None);
        let sentence = file_limit(&with(499.0)).expect("at its limit");
        assert!(sentence.starts_with("The storage of main reached what it answers"), "{sentence}");
    }
}
