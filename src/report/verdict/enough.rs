//! Recommends a change that would meet the requirements: calculated from the run where possible,
//! otherwise a command that finds it.

use crate::report::format::{count, number, seconds};
use crate::results::{
    Answer, ConnectionPointResult, GatewayResult, ObjectiveStatus, Reason, RunResult,
    SiteSystemResult, Verdict,
};
use crate::terms::{CheckKind, MetricFamily};

use super::walk::{INSTANCES_MAX, Loss, instances_needed, setting};
use super::{FAILED, FILE, failures, listed};

/// Connections that an A4_v2 instance supports (includes/scale-cmg.md, 08/02/2021).
const LARGEST_LIMIT: u64 = 10_000;

/// Management points that a primary site supports (size-and-scale-numbers.md, 04/05/2021).
const SITE_MANAGEMENT_POINTS: f64 = 15.0;

/// Maximum number of replications that a recommended command requests.
const REPLICATIONS_MAX: u64 = 100;

/// Start of a sentence that proposes a search.
const SEARCH: &str = "Find the cheapest sufficient design";

/// If a decision on an objective would need at least this number of replications, the mean of the
/// metric counts as equal to the limit of the objective.
const UNDECIDABLE: f64 = 1e6;

/// Returns the recommended changes, one sentence for each problem, or `None` if nothing needs to
/// change. Exceeded limits come first, even if objectives decide the verdict.
pub(super) fn enough(result: &RunResult, reasons: &[Reason]) -> Option<String> {
    let exceeded = reasons.iter().filter(|one| one.answer.is_none() && is_exceeded(one));
    let violated = reasons.iter().filter(|one| one.answer == Some(Answer::No));
    let mut changes: Vec<String> = Vec::new();
    for change in exceeded.chain(violated).map(|one| to_be_met(result, one)) {
        // One search is enough: its objectives exclude designs that fail or exceed limits.
        let is_search = |text: &String| text.starts_with(SEARCH);
        let is_repeated = is_search(&change) && changes.iter().any(is_search);
        if !is_repeated && !changes.contains(&change) {
            changes.push(change);
        }
    }
    if !changes.is_empty() {
        return Some(changes.join(" "));
    }
    if let Some(open) = reasons.iter().find(|one| one.answer == Some(Answer::NotCertain)) {
        return Some(to_be_certain(result, open));
    }
    let failed = reasons.iter().find(|one| one.subject == failures::FAILED_REQUESTS)?;
    Some(to_be_met(result, failed))
}

/// Returns whether the reason is an exceeded limit; a recommended minimum is not a limit.
fn is_exceeded(reason: &Reason) -> bool {
    let minimums = [CheckKind::GatewayInstances, CheckKind::GatewayConnectionPoints];
    CheckKind::from_name(&reason.subject).is_some_and(|kind| !minimums.contains(&kind))
}

/// Returns whether a limit or an objective of connections per instance is the reason.
fn is_of_connections(reason: &Reason) -> bool {
    reason.subject == CheckKind::InstanceConnections.name()
        || reason.subject == MetricFamily::OverLimitShare.name()
}

/// Recommends a change for a requirement that is not met.
fn to_be_met(result: &RunResult, reason: &Reason) -> String {
    let is = |kind: CheckKind| reason.subject == kind.name();
    let size = |metric| size(result, reason, metric);
    if is_of_connections(reason) {
        return instances(result, reason).unwrap_or_else(|| size(MetricFamily::OverLimitShare));
    }
    if is(CheckKind::ConnectionPointPorts) {
        return ports(result, reason).unwrap_or_else(|| size(MetricFamily::PortsPeakShare));
    }
    if is(CheckKind::OutboundShare) {
        return "Raise the threshold (gateway.*.outbound.threshold) or serve content from other \
                sources."
            .to_owned();
    }
    if is(CheckKind::SiteManagementPoints) {
        return "Use fewer management points, or another primary site.".to_owned();
    }
    if let Some(sentence) = by_count(result, reason) {
        return sentence;
    }
    if MetricFamily::from_name(&reason.subject).is_some_and(MetricFamily::is_of_network) {
        return "More servers do not reduce these bytes. Reduce the largest flow in the table \
                \"Network flows\" (`--details`), or provide a faster line and raise the objective."
            .to_owned();
    }
    match reason.subject.as_str() {
        failures::NOT_RECOVERED => size(MetricFamily::RecoveryMax),
        "deployment" => size(MetricFamily::ComplianceP95),
        failures::GATEWAY_UNAVAILABLE => {
            minimum(result).unwrap_or_else(|| size(MetricFamily::GatewayAvailability))
        }
        _ => size(MetricFamily::FailureShare),
    }
}

/// Describes the recommended minimums that a gateway does not reach.
fn minimum(result: &RunResult) -> Option<String> {
    let below = result.checks.iter().filter(|one| one.verdict == Verdict::Below);
    let needed = below.filter_map(|one| match one.kind {
        CheckKind::GatewayInstances => Some(format!("{} instances", one.limit)),
        CheckKind::GatewayConnectionPoints => Some(format!("{} connection points", one.limit)),
        _ => None,
    });
    let needed: Vec<String> = needed.collect();
    (!needed.is_empty()).then(|| {
        format!(
            "Use at least {}: a single one causes an outage whenever it is updated.",
            listed(&needed)
        )
    })
}

/// Returns the command that finds the cheapest design. If the reason is not an objective of the
/// scenario, the command sets one.
fn size(result: &RunResult, reason: &Reason, metric: MetricFamily) -> String {
    if result.objectives.iter().any(|one| one.metric.name() == reason.subject) {
        return format!("{SEARCH}: `cmgsim size {FILE}`.");
    }
    let limit = match metric {
        MetricFamily::GatewayAvailability => "99.9%",
        MetricFamily::RecoveryMax => "30min",
        MetricFamily::ComplianceP95 => "24h",
        MetricFamily::PortsPeakShare => "99%",
        MetricFamily::OverLimitShare => "0%",
        _ => "0.1%",
    };
    // A saturated gateway can meet a single objective; the other objectives exclude such designs.
    let mut objectives = vec![(metric, limit)];
    for other in [(MetricFamily::FailureShare, "0.1%"), (MetricFamily::OverLimitShare, "0%")] {
        let has_own = result.objectives.iter().any(|one| one.metric == other.0);
        if other.0 != metric && !has_own {
            objectives.push(other);
        }
    }
    let set = objectives.iter().map(|(metric, limit)| format!(" --set slo.{metric}={limit}"));
    format!("{SEARCH}: `cmgsim size {FILE}{}`.", set.collect::<String>())
}

/// Recommends a number of instances for the gateway of the worst component.
fn instances(result: &RunResult, reason: &Reason) -> Option<String> {
    let (name, _) = reason.components.first()?.rsplit_once('/')?;
    let gateway = result.gateways.iter().find(|one| one.name == name)?;
    let own = result.instances.iter().filter(|one| one.gateway == name);
    let worst = own.max_by_key(|one| one.connections_peak)?;
    let limit = f64::from(worst.connection_limit);
    let scaled = setting(result, &format!("gateway.{name}.instances"));
    if scaled.is_some_and(|written| written != gateway.instances.to_string()) {
        // The number of instances changes during the run, so no single number can be recommended.
        return None;
    }
    let (total, limit_text) = (count(demand(result, gateway)), number_of(limit));
    let Some(needed) = instances_needed(result, name, limit) else {
        let fits = gateway.size != "A4_v2" && worst.connections_peak <= LARGEST_LIMIT;
        let larger = if fits { "VM size A4_v2 or " } else { "" };
        return Some(format!(
            "Use {larger}another gateway: the maximum of {INSTANCES_MAX} instances is not \
             enough for {total} connections (limit {limit_text} each).",
        ));
    };
    let peak = count(worst.connections_peak);
    let why = match Loss::of(result, name) {
        Loss::Empty => format!("the gateway had {total} connections"),
        Loss::One | Loss::Domains(_) | Loss::Batches(..) => {
            format!("the worst instance had {peak} of {total} connections while others were down")
        }
    };
    Some(format!("Use at least {needed} instances: {why} (limit {limit_text} each)."))
}

/// Returns the connections that a gateway has to serve. If many attempts failed, the peak number of
/// connections is too low, because it does not include failed connections. With a single gateway,
/// every client that uses the gateway then counts.
pub(super) fn demand(result: &RunResult, gateway: &GatewayResult) -> u64 {
    let requests = &result.requests;
    let ended = (requests.completed + requests.failed).max(1) as f64;
    let is_censored = requests.failed as f64 >= FAILED * ended
        || requests.failed_attempts as f64 >= 0.5 * requests.attempts.max(1) as f64;
    match &result.gateways[..] {
        [_] if is_censored => {
            gateway.connections_peak.max(result.busiest.gateway_clients.round() as u64)
        }
        _ => gateway.connections_peak,
    }
}

fn number_of(limit: f64) -> String {
    count(limit.round() as u64)
}

/// Recommends enough connection points to provide a port for every client's channel.
fn ports(result: &RunResult, reason: &Reason) -> Option<String> {
    let name = reason.components.first()?;
    let point = result.connection_points.iter().find(|one| one.name == *name)?;
    let own = |one: &&ConnectionPointResult| one.gateway == point.gateway && one.site == point.site;
    let have = result.connection_points.iter().filter(own).count() as u64;
    let clients = result.busiest.gateway_clients;
    let needed = (clients / f64::from(point.port_limit.max(1))).ceil() as u64;
    (needed > have && result.gateways.len() == 1).then(|| {
        format!(
            "Use at least {needed} connection points: {} clients need one port each, and a \
             connection point has {}.",
            count(clients.round() as u64),
            count(u64::from(point.port_limit))
        )
    })
}

/// Recommends the number of components that published client limits require.
fn by_count(result: &RunResult, reason: &Reason) -> Option<String> {
    let limit = reason.limit.filter(|limit| *limit >= 1.0)?;
    let all = |points: &[SiteSystemResult]| -> f64 {
        let site = |name: &str| points.iter().find(|one| one.name == name).map(|one| &one.site);
        let own = reason.components.first().and_then(|name| site(name));
        let same = points.iter().filter(|one| own == Some(&one.site));
        same.map(|one| one.clients_assigned_peak as f64).sum()
    };
    let (what, total, unit) = match CheckKind::from_name(&reason.subject)? {
        CheckKind::ManagementPointClients => {
            ("management points", all(&result.management_points), "clients")
        }
        CheckKind::SoftwareUpdatePointClients => {
            ("software update points", all(&result.software_update_points), "clients")
        }
        CheckKind::SiteClients => ("primary sites", reason.values.iter().sum(), "clients"),
        CheckKind::InstancesPerConnectionPoint => {
            let gateway = reason.components.first()?.split(" for ").next()?;
            let gateway = result.gateways.iter().find(|one| one.name == gateway)?;
            ("connection points", f64::from(gateway.instances), "instances")
        }
        _ => return None,
    };
    let needed = (total / limit).ceil();
    if what == "management points" && needed > SITE_MANAGEMENT_POINTS {
        return Some(format!(
            "Use several primary sites: {} clients need {} management points, and a primary site \
             supports {SITE_MANAGEMENT_POINTS}.",
            count(total.round() as u64),
            number(needed)
        ));
    }
    let each = match what {
        "connection points" if result.scenario.sites.len() > 1 => " per site",
        _ => "",
    };
    Some(format!(
        "Use at least {} {what}{each}: {} {unit}, and {} supports {}.",
        number(needed),
        count(total.round() as u64),
        what.strip_suffix('s').map_or("one".to_owned(), |one| format!("one {one}")),
        count(limit.round() as u64)
    ))
}

/// Recommends how to decide a requirement that is undecided.
fn to_be_certain(result: &RunResult, reason: &Reason) -> String {
    let longer = || {
        let now = setting(result, "duration")
            .map_or_else(|| seconds(result.scenario.duration_s), str::to_owned);
        let hours = (2.0 * result.scenario.duration_s / 3600.0).ceil();
        format!("Run longer (now {now}): `cmgsim run {FILE} --set duration={hours}h`.")
    };
    match reason.subject.as_str() {
        "stopped" => format!("Run it to the end: `cmgsim run {FILE}`."),
        "no_requests" => "Check start, duration and cohorts: `cmgsim check FILE`.".to_owned(),
        failures::NOT_RECOVERED | "deployment" | "in_flight_at_end" => longer(),
        _ => match replications(result) {
            Some((_, count)) if count <= REPLICATIONS_MAX => {
                format!("Run more replications: `cmgsim run {FILE} --replications {count}`.")
            }
            Some((metric, u64::MAX)) => {
                format!("The mean of {metric} is too close to the limit to decide.")
            }
            Some((metric, needed)) => format!(
                "The mean of {metric} is too close to the limit to decide with fewer than {} \
                 replications.",
                count(needed)
            ),
            None if result.objectives.is_empty() => {
                format!(
                    "{SEARCH}: `cmgsim size {FILE} --set slo.{}=0%`.",
                    MetricFamily::OverLimitShare
                )
            }
            None => "More replications do not help, because the objective's metric was not \
                     measured: change the scenario or the objective."
                .to_owned(),
        },
    }
}

/// Returns the number of replications at which the widest undecided interval no longer contains the
/// limit: the half-width shrinks with the square root of that number. `u64::MAX` if no practical
/// number is enough; `None` if no objective is undecided.
fn replications(result: &RunResult) -> Option<(MetricFamily, u64)> {
    let undecided = result.objectives.iter().filter(|one| one.status == ObjectiveStatus::Undecided);
    let now = result.replicated.as_ref().map_or(1, |one| one.count);
    let needed = undecided.map(|one| match (one.mean, one.half_width) {
        (Some(mean), Some(half)) => {
            let distance = (mean - one.limit).abs().max(f64::MIN_POSITIVE);
            (one.metric, now as f64 * (half / distance).powi(2))
        }
        _ => (one.metric, 10.0),
    });
    // Round up to a multiple of ten that is larger than the current number of replications.
    let tens = |needed: f64| 10 * ((needed / 10.0 - 1e-6).ceil() as u64).max(now / 10 + 1);
    let (metric, most) = needed.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some((metric, if most < UNDECIDABLE { tens(most) } else { u64::MAX }))
}
