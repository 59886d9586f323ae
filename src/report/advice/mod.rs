//! What a planner can do about what a run found: verdict, evidence, action; the most pressing
//! first. Advice follows from what was measured (latency breakdown, steps of deployments, busiest
//! minutes), and never names as a remedy what a part has already (`remedy`).

mod breakdown;
mod deployments;
mod remedy;
mod storms;

use crate::report::format;
use crate::results::{
    Check, GatewayResult, InstanceResult, RunResult, SiteSystemResult, StationResult, Verdict,
};
use crate::terms::{Cause, CheckKind, Role, StationKind};

/// Above this utilisation waiting grows fast (M/M/c: the wait doubles again and again on the way
/// to one).
const BUSY: f64 = 0.8;

/// A wait at a station that is worth a sentence though it is not busy for a whole minute: more than
/// most people look at a window that does not move.
const LONG_WAIT: f64 = 10.0;

/// A failed share of requests worth a sentence.
const FAILED: f64 = 0.001;

/// Advice on a result; empty if all is well.
pub fn advice(result: &RunResult) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(failures(result));
    sentences.extend(storms::few_clients_were_connected(result));
    sentences.extend(threshold_stops(result));
    sentences.extend(outages(result));
    sentences.extend(storms::retry_storm(result));
    sentences.extend(turned_away(result));
    sentences.extend(busy_stations(result));
    sentences.extend(full_queues(result));
    sentences.extend(exceeded(result));
    sentences.extend(deployments::file_limit(result));
    sentences.extend(deployments::unfinished(result));
    sentences.extend(storms::skew(result));
    sentences.extend(slow_recoveries(result));
    sentences
}

fn busy_stations(result: &RunResult) -> Vec<String> {
    let mut sentences = Vec::new();
    for role in StationKind::ALL {
        let of_role = (0..).zip(&result.stations).filter(|(_, station)| station.role == role);
        let rank =
            |station: &StationResult| (station.utilisation_peak_share, station.queue_length_mean);
        let busiest = of_role.max_by(|(_, one), (_, other)| {
            let (one, other) = (rank(one), rank(other));
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
        });
        let busiest = busiest.filter(|(_, station)| station.servers.is_some());
        let Some((place, station)) = busiest else { continue };
        let Some(remedy) = remedy::remedy(result, place) else { continue };
        let is_burst = station.wait.max >= LONG_WAIT;
        let (verdict, or) = match station.utilisation_peak_share >= BUSY {
            true => ("is a bottleneck", ""),
            false if is_burst => (
                "is a bottleneck in bursts",
                ", or spread what comes at once over more time (`delay` of notifications, `scan` \
                 of deployments)",
            ),
            false => continue,
        };
        sentences.push(format!(
            "The {role} {} {verdict}: {} busy in its busiest minute ({} on average), and requests \
             wait up to {} there. {remedy}{or}.",
            station.name,
            format::share(station.utilisation_peak_share),
            format::share(station.utilisation_mean_share),
            format::seconds(station.wait.max),
        ));
    }
    sentences
}

fn exceeded(result: &RunResult) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut reported: Vec<CheckKind> = Vec::new();
    for check in result.checks.iter().filter(|check| check.verdict == Verdict::Exceeded) {
        if reported.contains(&check.kind) {
            continue;
        }
        reported.push(check.kind);
        let same = |other: &&Check| other.kind == check.kind && other.verdict == check.verdict;
        let worst = result.checks.iter().filter(same);
        let Some(worst) = worst.max_by(|one, other| one.simulated.total_cmp(&other.simulated))
        else {
            continue;
        };
        let scaled = match worst.scaled_by.is_empty() {
            true => String::new(),
            false => format!(" Its limit: {}.", worst.scaled_by),
        };
        sentences.push(format!(
            "{}: {} has {} of {} {}; {}.{scaled}",
            worst.kind,
            worst.component,
            format::number(worst.simulated),
            format::number(worst.limit),
            worst.unit,
            worst.note,
        ));
    }
    let is_over = |instance: &InstanceResult| instance.time_over_limit_share > 0.0;
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
            main.cause.label()
        ));
    }
    let ended = requests.completed + requests.failed;
    let share = requests.failed as f64 / (ended as f64).max(1.0);
    (share >= FAILED).then(|| {
        format!(
            "Clients gave up {} of their requests; the most frequent cause of failed attempts: {}.",
            format::share(share),
            main.cause.label()
        )
    })
}

/// Gateways that their threshold of outgoing data stopped.
fn threshold_stops(result: &RunResult) -> Vec<String> {
    let at = |seconds: f64| result.scenario.civil(seconds).replace('T', " ");
    let stopped = result.gateways.iter().filter_map(|one| Some((one, one.stopped_at_s?)));
    let sentence = |(gateway, then): (&GatewayResult, f64)| {
        format!(
            "Nobody on the internet could reach gateway {} from {}: what it sent in 14 days passed \
             the critical level of its threshold, and it was stopped. A stopped gateway still \
             costs. Raise the threshold, let it only warn, or take content off the gateway.",
            gateway.name,
            at(then)
        )
    };
    stopped.map(sentence).collect()
}

/// Clients that no server would have.
fn turned_away(result: &RunResult) -> Vec<String> {
    let remedies = [
        (
            Cause::Unauthorised,
            "were turned away because the client could not prove who it is: its token had expired \
             or it never had one. Such clients need the intranet once, or a bulk registration \
             token; a token of the site is valid for 90 days",
        ),
        (
            Cause::NoServer,
            "found no server of the role they needed: no management point or software update point \
             serves clients where these are. Enable one for the gateway, or add one to their site",
        ),
    ];
    let mut sentences = Vec::new();
    for (cause, what) in remedies {
        let attempts = result.failures.iter().filter(|failure| failure.cause == cause);
        let attempts: u64 = attempts.map(|failure| failure.attempts + failure.of_channel).sum();
        if attempts > 0 {
            sentences.push(format!("{} attempts {what}.", format::count(attempts)));
        }
    }
    sentences
}

/// Site systems whose queue was full.
fn full_queues(result: &RunResult) -> Vec<String> {
    let all = result.management_points.iter().chain(&result.software_update_points);
    let refusing = all.filter(|point| point.refused > 0);
    let sentence = |point: &SiteSystemResult| {
        let is_update_point = point.role == Role::SoftwareUpdatePoint;
        let limit = point.queue_limit.unwrap_or(u32::MAX);
        let can_grow = is_update_point && !point.is_shared && limit < remedy::WSUS_QUEUE;
        let longer = match can_grow {
            true => format!(
                "Set the queue of the WSUS pool to {} (now {})",
                format::count(u64::from(remedy::WSUS_QUEUE)),
                format::count(u64::from(limit))
            ),
            false => remedy::of_site_system(point),
        };
        let what = match point.role {
            Role::SoftwareUpdatePoint => "scans",
            Role::ManagementPoint => "notifications and starts of clients",
        };
        format!(
            "The queue of {} {} was full: it answered {} requests with 503, as {} waited already. \
             {longer}, or spread {what} over more time.",
            point.role,
            point.name,
            format::count(point.refused),
            format::count(u64::from(limit)),
        )
    };
    refusing.map(sentence).collect()
}

/// Times in which nobody could be served.
fn outages(result: &RunResult) -> Vec<String> {
    let is_down =
        |one: &GatewayResult| one.availability_share < 1.0 - 1e-6 && one.stopped_at_s.is_none();
    let down = (0_u32..).zip(&result.gateways).filter(|(_, one)| is_down(one));
    let sentence = |(place, gateway): (u32, &GatewayResult)| {
        let seconds = (1.0 - gateway.availability_share) * result.scenario.duration_s;
        let of_gateway = result.checks.iter().filter(|check| check.gateway == Some(place));
        let mut below = of_gateway.filter(|check| check.verdict == Verdict::Below);
        let lacking: Vec<String> =
            below.clone().map(|check| format!("{}: {}", check.kind, check.limit)).collect();
        let remedy = match below.next_back() {
            None => "more instances or connection points share the risk, but for a site's cut line"
                .to_owned(),
            Some(check) => {
                format!("recommended are {} ({})", lacking.join(", "), check.published_in)
            }
        };
        format!(
            "Gateway {} could serve nobody for {} in all: {remedy}.",
            gateway.name,
            format::seconds(seconds)
        )
    };
    down.map(sentence).collect()
}

fn slow_recoveries(result: &RunResult) -> Option<String> {
    let unfinished = result.disruptions.iter().filter(|one| one.recovery_s.is_none()).count();
    (unfinished > 0).then(|| {
        format!(
            "Recovery is not seen: after {unfinished} of {} disruptions the backlog was not gone \
             before the next one, or before the end. Let the run last longer, or put the \
             disruptions further apart.",
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
            cause: Cause::Timeout,
            meaning: String::new(),
            attempts: 100,
            requests: 100,
            of_channel: 0,
            of_downloads: 0,
        });
        assert_eq!(
            advice(&result),
            ["Clients gave up 10.0 % of their requests; the most frequent cause of failed \
              attempts: no response within the client's time-out."]
        );
    }

    #[test]
    fn a_gateway_stop_by_threshold_is_reported_instead_of_an_outage() {
        let gateway = GatewayResult {
            name: "main".to_owned(),
            availability_share: 0.5,
            stopped_at_s: Some(3600.0),
            ..GatewayResult::default()
        };
        let result = RunResult { gateways: vec![gateway], ..RunResult::default() };
        let said = advice(&result);
        assert_eq!(said.len(), 1, "{said:?}");
        let start = "Nobody on the internet could reach gateway main from 1970-01-01 01:00:00";
        assert!(said[0].starts_with(start), "{}", said[0]);
    }

    #[test]
    fn clients_without_authentication_or_server_are_reported() {
        let failure = |cause| FailureCount {
            cause,
            meaning: String::new(),
            attempts: 7,
            requests: 0,
            of_channel: 1_000,
            of_downloads: 0,
        };
        let causes = [Cause::Unauthorised, Cause::NoServer, Cause::Timeout];
        let failures = causes.map(failure).to_vec();
        let said = turned_away(&RunResult { failures, ..RunResult::default() });
        assert!(said[0].starts_with("1,007 attempts were turned away"), "{said:?}");
        assert!(said[1].contains("found no server") && said.len() == 2, "{said:?}");
    }

    #[test]
    fn a_longer_queue_is_advised_only_below_the_published_length() {
        let said = |is_shared, queue_limit: u32| {
            let point = SiteSystemResult {
                name: "sup".to_owned(),
                role: Role::SoftwareUpdatePoint,
                refused: 9,
                is_shared,
                queue_limit: Some(queue_limit),
                ..SiteSystemResult::default()
            };
            let quiet = SiteSystemResult::default();
            let software_update_points = vec![quiet, point];
            let said = advice(&RunResult { software_update_points, ..RunResult::default() });
            assert!(said.len() == 1 && said[0].contains("sup was full: it answered 9 requests"));
            said[0].clone()
        };
        assert!(said(false, 1_000).contains("Set the queue of the WSUS pool to 2,000 (now 1,000)"));
        assert!(!said(false, 2_000).contains("WSUS pool"));
        assert!(said(true, 1_000).contains("a server of its own"));
    }
}
