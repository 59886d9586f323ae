//! What a planner can do about what a run found: sentences, the most pressing first.

use crate::report::format;
use crate::results::{Check, RunResult, Verdict};

/// Above this utilisation waiting grows fast (M/M/c: the wait doubles again and again on the way
/// to one).
const BUSY: f64 = 0.8;

/// A failed share of requests worth a sentence.
const FAILED: f64 = 0.001;

/// Advice on a result; empty if all is well.
pub fn advice(result: &RunResult) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(busy_stations(result));
    sentences.extend(exceeded(result));
    sentences.extend(failures(result));
    sentences.extend(slow_recoveries(result));
    sentences
}

fn busy_stations(result: &RunResult) -> Vec<String> {
    let mut sentences = Vec::new();
    for (role, remedy) in [
        ("gateway instance", "more instances or a larger size"),
        ("connection point", "another connection point, or more cores"),
        ("management point", "another management point, or more cores"),
    ] {
        let of_role = result.stations.iter().filter(|station| station.role == role);
        let busiest =
            of_role.max_by(|one, other| one.utilisation_peak.total_cmp(&other.utilisation_peak));
        if let Some(station) = busiest.filter(|one| one.servers.is_some())
            && station.utilisation_peak >= BUSY
        {
            sentences.push(format!(
                "{role} {} is {} busy at its peak ({} on average), and requests wait {} there \
                     (p95): {remedy} would help.",
                station.name,
                format::share(station.utilisation_peak),
                format::share(station.utilisation),
                format::seconds(station.wait.p95),
            ));
        }
    }
    sentences
}

fn exceeded(result: &RunResult) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for check in result.checks.iter().filter(|check| check.verdict == Verdict::Exceeded) {
        if told.contains(&check.what.as_str()) {
            continue;
        }
        told.push(&check.what);
        let same = |other: &&Check| other.what == check.what && other.verdict == check.verdict;
        let worst = result.checks.iter().filter(same);
        let Some(worst) = worst.max_by(|one, other| one.simulated.total_cmp(&other.simulated))
        else {
            continue;
        };
        sentences.push(format!(
            "{}: {} has {} of the published {} {}; {}.",
            worst.what,
            worst.part,
            format::number(worst.simulated),
            format::number(worst.published),
            worst.unit,
            worst.note,
        ));
    }
    let refusals: u64 = result.connection_points.iter().map(|point| point.port_refusals).sum();
    if refusals > 0 {
        sentences.push(format!(
            "Connection points refused {} requests and channels because no port was free: add a \
             connection point, or widen the dynamic port range.",
            format::count(refusals)
        ));
    }
    sentences
}

fn failures(result: &RunResult) -> Option<String> {
    let requests = &result.requests;
    let ended = requests.completed + requests.failed;
    let share = requests.failed as f64 / (ended as f64).max(1.0);
    let main = result.failures.first().filter(|failure| failure.attempts > 0)?;
    (share >= FAILED).then(|| {
        format!(
            "Clients gave up {} of their requests; the most frequent cause of failed attempts: {}.",
            format::share(share),
            main.meaning
        )
    })
}

fn slow_recoveries(result: &RunResult) -> Option<String> {
    let unfinished = result.disruptions.iter().filter(|one| one.recovery_seconds.is_none()).count();
    (unfinished > 0).then(|| {
        format!(
            "After {unfinished} of {} disruptions the clients' connections were not back before \
             the next one, or before the end.",
            result.disruptions.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{FailureCount, RequestCounts};

    #[test]
    fn a_quiet_run_needs_no_advice_and_failures_name_their_cause() {
        let mut result = RunResult::default();
        assert!(advice(&result).is_empty());
        result.requests = RequestCounts { completed: 900, failed: 100, ..Default::default() };
        result.failures.push(FailureCount {
            cause: "timeout".into(),
            meaning: "no answer within the client's time-out".into(),
            attempts: 100,
            requests: 100,
        });
        assert_eq!(
            advice(&result),
            ["Clients gave up 10.0 % of their requests; the most frequent cause of failed \
              attempts: no answer within the client's time-out."]
        );
    }
}
