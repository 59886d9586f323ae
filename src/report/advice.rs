//! What a planner can do about what a run found: sentences, the most pressing first.

use crate::report::format;
use crate::results::{Check, GatewayResult, InstanceResult, RunResult, StationResult, Verdict};

/// Above this utilisation waiting grows fast (M/M/c: the wait doubles again and again on the way
/// to one).
const BUSY: f64 = 0.8;

/// A failed share of requests worth a sentence.
const FAILED: f64 = 0.001;

/// Advice on a result; empty if all is well.
pub fn advice(result: &RunResult) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(failures(result));
    sentences.extend(outages(result));
    sentences.extend(busy_stations(result));
    sentences.extend(exceeded(result));
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
        let rank = |station: &StationResult| (station.utilisation_peak, station.queue_mean);
        let busiest = of_role.max_by(|one, other| {
            let (one, other) = (rank(one), rank(other));
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
        });
        if let Some(station) = busiest.filter(|one| one.servers.is_some())
            && station.utilisation_peak >= BUSY
        {
            sentences.push(format!(
                "{role} {} is {} busy at its peak ({} on average), and requests wait up to {} \
                 there: {remedy} would help.",
                station.name,
                format::share(station.utilisation_peak),
                format::share(station.utilisation),
                format::seconds(station.wait.max),
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
            "{}: {} has {} of {} {}; {}.",
            worst.what,
            worst.part,
            format::number(worst.simulated),
            format::number(worst.limit),
            worst.unit,
            worst.note,
        ));
    }
    let is_over = |instance: &InstanceResult| instance.over_limit_share > 0.0;
    if result.instances.iter().any(is_over) {
        sentences.push(
            "How much slower an instance becomes above its limit is not published but assumed, and \
             matters here: repeat with --set 'gateway.*.overload_exponent=1' and with 4."
                .to_owned(),
        );
    }
    let refusals: u64 = result.connection_points.iter().map(|point| point.port_refusals).sum();
    if refusals > 0 {
        sentences.push(format!(
            "Connection points refused {} requests and channels because no port was free: add a \
             connection point, or widen the dynamic port range. That a channel holds a port is \
             published; that requests need one of the same range beside it is assumed (A14).",
            format::count(refusals)
        ));
    }
    sentences
}

fn failures(result: &RunResult) -> Option<String> {
    let requests = &result.requests;
    let main = result.failures.iter().max_by_key(|failure| failure.attempts)?;
    if requests.completed == 0 && requests.issued > 0 {
        return Some(format!(
            "Not one request was answered; the most frequent cause of failed attempts: {}.",
            main.meaning
        ));
    }
    let ended = requests.completed + requests.failed;
    let share = requests.failed as f64 / (ended as f64).max(1.0);
    (share >= FAILED).then(|| {
        format!(
            "Clients gave up {} of their requests; the most frequent cause of failed attempts: {}.",
            format::share(share),
            main.meaning
        )
    })
}

/// Times in which nobody could be served.
fn outages(result: &RunResult) -> Vec<String> {
    let away = result.gateways.iter().filter(|gateway| gateway.availability < 1.0 - 1e-6);
    let sentence = |gateway: &GatewayResult| {
        let seconds = (1.0 - gateway.availability) * result.scenario.duration_seconds;
        let mut below = result
            .checks
            .iter()
            .filter(|check| check.part == gateway.name && check.verdict == Verdict::Below);
        let lacking: Vec<String> =
            below.clone().map(|check| format!("{}: {}", check.what, check.limit)).collect();
        let remedy = match below.next_back() {
            None => "more instances or connection points share the risk".to_owned(),
            Some(check) => format!("recommended are {} ({})", lacking.join(", "), check.source),
        };
        format!(
            "Gateway {} could serve nobody for {} in all: {remedy}.",
            gateway.name,
            format::seconds(seconds)
        )
    };
    away.map(sentence).collect()
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
            of_channel: 0,
        });
        assert_eq!(
            advice(&result),
            ["Clients gave up 10.0 % of their requests; the most frequent cause of failed \
              attempts: no answer within the client's time-out."]
        );
    }
}
