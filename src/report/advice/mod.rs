//! Derives advice from a run: finding, evidence and action, in order of importance. The evidence is
//! measured (latency breakdown, steps of deployments, busiest minutes). Advice never proposes
//! something that a component already has (`remedy`).

mod breakdown;
mod deployments;
mod remedy;
mod storms;

use crate::report::basis::BUSY;
use crate::report::format;
use crate::report::summary::lines;
use crate::report::verdict::{NOT_RECOVERED, ratio, verdict};
use crate::results::{
    Check, GatewayResult, InstanceResult, LineResult, RunResult, SiteSystemResult, StationResult,
    Verdict,
};
use crate::terms::{Cause, CheckKind, LineKind, Role, StationKind};

/// Minimum waiting time, in seconds, for which advice about a station is given even if the station
/// is not busy for a whole minute.
const LONG_WAIT: f64 = 10.0;

/// Minimum share of failed requests at which advice is given.
const FAILED: f64 = 0.001;

/// Returns advice that the verdict of the run does not already contain.
pub fn further(result: &RunResult) -> Vec<String> {
    let derived = || verdict(result);
    let verdict = result.verdict.clone().unwrap_or_else(derived);
    let is_given = |subject: &str| {
        !subject.is_empty() && verdict.reasons.iter().any(|one| one.subject == subject)
    };
    let all = with_subjects(result).into_iter().filter(|(subject, _)| !is_given(subject));
    all.map(|(_, sentence)| sentence).collect()
}

/// Returns advice on a result; empty if nothing needs to change.
pub fn advice(result: &RunResult) -> Vec<String> {
    with_subjects(result).into_iter().map(|(_, sentence)| sentence).collect()
}

/// Returns each piece of advice with the subject of the reason in the verdict that concerns the
/// same problem; the subject is empty if the verdict has no such reason.
fn with_subjects(result: &RunResult) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let mut add = |subject, sentences: Vec<String>| {
        all.extend(sentences.into_iter().map(|sentence| (subject, sentence)));
    };
    let list = |one: Option<String>| one.into_iter().collect::<Vec<_>>();
    add("failed_requests", list(failures(result)));
    add("", list(storms::few_clients(result)));
    add(CheckKind::OutboundShare.name(), threshold_stops(result));
    add("", outages(result));
    add("", list(storms::retry_storm(result)));
    add("", refused_clients(result));
    add("", busy_stations(result));
    add("", full_lines(result));
    add("", full_queues(result));
    for (kind, sentence) in exceeded(result) {
        add(kind.name(), vec![sentence]);
    }
    add("", list(overload(result)));
    add(CheckKind::ConnectionPointPorts.name(), list(port_refusals(result)));
    add("", list(deployments::file_limit(result)));
    add("", deployments::unfinished(result));
    add("", list(storms::skew(result)));
    add(NOT_RECOVERED, list(slow_recoveries(result)));
    all
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
                ", or spread the burst over more time (`delay` of notifications, `scan` of \
                 deployments)",
            ),
            false => continue,
        };
        sentences.push(format!(
            "The {role} {} {verdict}: its utilisation is {} in the busiest minute (mean {}), and \
             requests wait up to {}. {remedy}{or}.",
            station.name,
            format::share(station.utilisation_peak_share),
            format::share(station.utilisation_mean_share),
            format::seconds(station.wait.max),
        ));
    }
    sentences
}

/// Returns one sentence for each shared line that is full in at least one minute.
fn full_lines(result: &RunResult) -> Vec<String> {
    let full = |line: &LineResult| {
        let links = line.directions().filter(|(_, link)| link.time_full_share > 0.0);
        let (direction, link) =
            links.max_by(|one, other| one.1.time_full_share.total_cmp(&other.1.time_full_share))?;
        let remedy = match line.kind {
            LineKind::Vpn => {
                "Take content off the VPN (`split_tunnel`, `source = \"microsoft-update\"`), or \
                 limit it by day (`background`, `hours`)"
            }
            LineKind::Line => {
                "Put a distribution point behind the line, let peers share content, or limit it by \
                 day (`background`, `hours`)"
            }
            LineKind::DistributionPoint => {
                "Add a distribution point, or spread the deployment over more time"
            }
        };
        Some(format!(
            "{} ({direction}) is full for {}: up to {} transfers share {}. {remedy}.",
            lines::label(line),
            format::seconds(link.time_full_share * result.scenario.duration_s),
            format::count(link.transfers_peak),
            format::bit_rate(link.bandwidth_bit_per_s),
        ))
    };
    result.lines.iter().filter_map(full).collect()
}

/// Returns one sentence for each kind of published limit that is exceeded.
fn exceeded(result: &RunResult) -> Vec<(CheckKind, String)> {
    let mut sentences: Vec<(CheckKind, String)> = Vec::new();
    let mut seen: Vec<CheckKind> = Vec::new();
    for check in result.checks.iter().filter(|check| check.verdict == Verdict::Exceeded) {
        if seen.contains(&check.kind) {
            continue;
        }
        seen.push(check.kind);
        let same = |other: &&Check| other.kind == check.kind && other.verdict == check.verdict;
        let worst = result.checks.iter().filter(same);
        let Some(worst) = worst.max_by(|one, other| ratio(one).total_cmp(&ratio(other))) else {
            continue;
        };
        let scaled = match worst.scaled_by.is_empty() {
            true => String::new(),
            false => format!(" About this limit: {}.", worst.scaled_by),
        };
        let sentence = format!(
            "{} exceeds a published limit ({}): {} {}, limit {}; {}.{scaled}",
            worst.component,
            worst.kind,
            format::number(worst.simulated),
            worst.unit,
            format::number(worst.limit),
            worst.note,
        );
        sentences.push((check.kind, sentence));
    }
    sentences
}

/// Describes the assumption about instances that exceed their connection limit.
fn overload(result: &RunResult) -> Option<String> {
    let is_over = |instance: &InstanceResult| instance.time_over_limit_share > 0.0;
    result.instances.iter().any(is_over).then(|| {
        "The slowdown of an instance above its limit is an assumption that matters here. Repeat \
         the run with --set gateway.*.overload_exponent=1 and with the value 4."
            .to_owned()
    })
}

/// Describes requests and channels that found no free port.
fn port_refusals(result: &RunResult) -> Option<String> {
    let refusals: u64 = result.connection_points.iter().map(|point| point.port_refusals).sum();
    (refusals > 0).then(|| {
        format!(
            "Connection points have too few ports: they refused {} requests and channels. Add a \
             connection point or widen the dynamic port range. According to Microsoft, each \
             channel uses a port. The model assumes that requests use the same port range \
             (assumption A14).",
            format::count(refusals)
        )
    })
}

fn failures(result: &RunResult) -> Option<String> {
    let requests = &result.requests;
    let main = result.failures.iter().max_by_key(|failure| failure.attempts)?;
    if requests.completed == 0 && requests.issued > 0 {
        return Some(format!(
            "No request was completed. The most frequent cause of failed attempts: {}.",
            main.cause.label()
        ));
    }
    let ended = requests.completed + requests.failed;
    let share = requests.failed as f64 / (ended as f64).max(1.0);
    (share >= FAILED).then(|| {
        format!(
            "{} of the requests failed. The most frequent cause of failed attempts: {}.",
            format::share(share),
            main.cause.label()
        )
    })
}

/// Describes gateways that were stopped by their outbound threshold.
fn threshold_stops(result: &RunResult) -> Vec<String> {
    let at = |seconds: f64| result.scenario.civil(seconds).replace('T', " ");
    let stopped = result.gateways.iter().filter_map(|one| Some((one, one.stopped_at_s?)));
    let sentence = |(gateway, then): (&GatewayResult, f64)| {
        format!(
            "Gateway {} stopped at {}: its outbound data in 14 days passed the critical level of \
             its threshold. No client on the internet could reach it from then on. A stopped \
             gateway still incurs costs. Raise the threshold, set it to warn only, or serve \
             content from other sources.",
            gateway.name,
            at(then)
        )
    };
    stopped.map(sentence).collect()
}

/// Describes clients that no server accepts.
fn refused_clients(result: &RunResult) -> Vec<String> {
    let remedies = [
        (
            Cause::Unauthorised,
            "were refused, because the client had no valid token. Such clients need one \
             connection to the intranet or a bulk registration token; a site token is valid for \
             90 days",
        ),
        (
            Cause::NoServer,
            "found no server: no management point or software update point serves the clients at \
             their location. Enable such a server for the gateway, or add one to the site of the \
             clients",
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

/// Describes site systems whose queue was full.
fn full_queues(result: &RunResult) -> Vec<String> {
    let all = result.management_points.iter().chain(&result.software_update_points);
    let refusing = all.filter(|point| point.refused > 0);
    let sentence = |point: &SiteSystemResult| {
        let is_update_point = point.role == Role::SoftwareUpdatePoint;
        let limit = point.queue_limit.unwrap_or(u32::MAX);
        let can_grow = is_update_point && !point.is_shared && limit < remedy::WSUS_QUEUE;
        let longer = match can_grow {
            true => format!(
                "Set the queue length of the WSUS pool to {} (now {})",
                format::count(u64::from(remedy::WSUS_QUEUE)),
                format::count(u64::from(limit))
            ),
            false => remedy::of_site_system(point),
        };
        let what = match point.role {
            Role::SoftwareUpdatePoint => "scans",
            Role::ManagementPoint => "notifications and client starts",
        };
        format!(
            "The queue of {} {} was full: it refused {} requests with 503 (queue limit {}). \
             {longer}, or spread {what} over more time.",
            point.role,
            point.name,
            format::count(point.refused),
            format::count(u64::from(limit)),
        )
    };
    refusing.map(sentence).collect()
}

/// Describes outages of gateways.
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
            None => "More instances or connection points reduce the risk, except if the \
                 line to the site fails"
                .to_owned(),
            Some(check) => format!("Recommended: {} ({})", lacking.join(", "), check.published_in),
        };
        format!(
            "Gateway {} was unavailable for {} in total. {remedy}.",
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
            "The run does not show recovery from {unfinished} of {} disruptions: a backlog \
             remained when the next disruption began or the run ended. Run longer, or schedule \
             the disruptions further apart.",
            result.disruptions.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{FailureCount, RequestCounts};

    #[test]
    fn an_uneventful_run_needs_no_advice_and_failures_name_their_cause() {
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
            ["10.0 % of the requests failed. The most frequent cause of failed attempts: \
                 no response within the client's timeout."]
        );
    }

    #[test]
    fn a_gateway_stopped_by_its_threshold_is_not_an_outage() {
        let gateway = GatewayResult {
            name: "main".to_owned(),
            availability_share: 0.5,
            stopped_at_s: Some(3600.0),
            ..GatewayResult::default()
        };
        let result = RunResult { gateways: vec![gateway], ..RunResult::default() };
        let said = advice(&result);
        assert_eq!(said.len(), 1, "{said:?}");
        let start = "Gateway main stopped at 1970-01-01 01:00:00";
        assert!(said[0].starts_with(start), "{}", said[0]);
    }

    #[test]
    fn clients_without_a_token_or_a_server_trigger_advice() {
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
        let said = refused_clients(&RunResult { failures, ..RunResult::default() });
        assert!(said[0].starts_with("1,007 attempts were refused"), "{said:?}");
        assert!(said[1].contains("found no server") && said.len() == 2, "{said:?}");
    }

    #[test]
    fn advice_lengthens_a_queue_only_up_to_the_published_length() {
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
            assert!(said.len() == 1 && said[0].contains("sup was full: it refused 9 requests"));
            said[0].clone()
        };
        assert!(
            said(false, 1_000)
                .contains("Set the queue length of the WSUS pool to 2,000 (now 1,000)")
        );
        assert!(!said(false, 2_000).contains("WSUS pool"));
        assert!(said(true, 1_000).contains("a dedicated server"));
    }
}
