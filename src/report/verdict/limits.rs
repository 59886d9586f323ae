//! Published limits that a run exceeds; equal limits share one reason.

use crate::report::format::{count, number, share};
use crate::results::{Answer, Check, GatewayResult, Reason, RunResult, Verdict};
use crate::terms::CheckKind;

use super::listed;
use super::when::{During, at, exceeding};

/// Maximum number of components that a sentence names.
const NAMED: usize = 3;

/// Returns reasons for exceeded published limits, the most exceeded first. The caller determines
/// whether they decide the verdict.
pub(super) fn exceeded(result: &RunResult) -> Vec<Reason> {
    let mut reasons: Vec<(f64, Reason)> = Vec::new();
    reasons.extend(result.gateways.iter().filter_map(|one| stopped(result, one)));
    for kind in CheckKind::ALL {
        let mut of_kind: Vec<&Check> = result
            .checks
            .iter()
            .filter(|one| one.kind == kind && one.verdict == Verdict::Exceeded)
            .filter(|one| !is_stopped(result, one))
            .collect();
        of_kind.sort_by(|one, other| ratio(other).total_cmp(&ratio(one)));
        while let Some(worst) = of_kind.first() {
            let limit = worst.limit;
            let (equal, other): (Vec<&Check>, Vec<&Check>) =
                of_kind.into_iter().partition(|one| one.limit == limit);
            reasons.push(group(result, &equal));
            of_kind = other;
        }
    }
    reasons.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    reasons.into_iter().map(|(_, reason)| reason).collect()
}

/// Returns recommended minimums that gateways do not reach. The verdict mentions them but does not
/// depend on them.
pub(super) fn below(result: &RunResult) -> impl Iterator<Item = Reason> {
    let below = result.checks.iter().filter(|one| one.verdict == Verdict::Below);
    below.map(|one| {
        let what = match one.kind {
            CheckKind::GatewayConnectionPoints => "connection points",
            _ => "VM instances",
        };
        let (value, limit) = (written(one.simulated), written(one.limit));
        let unit = if value == "1" { what.trim_end_matches('s') } else { what };
        Reason {
            sentence: format!(
                "Gateway {} has {value} {unit}; at least {limit} are recommended.",
                one.component
            ),
            answer: None,
            subject: one.kind.name().to_owned(),
            components: vec![one.component.clone()],
            values: vec![one.simulated],
            limit: Some(one.limit),
            unit: one.unit.clone(),
            ..Reason::default()
        }
    })
}

/// Returns the ratio of value and limit: 1 at the limit.
pub(crate) fn ratio(check: &Check) -> f64 {
    check.simulated / check.limit.max(f64::MIN_POSITIVE)
}

/// Returns whether a check concerns a gateway that stopped because of its outbound threshold, which
/// is a separate reason.
fn is_stopped(result: &RunResult, check: &Check) -> bool {
    let gateway = check.gateway.and_then(|place| result.gateways.get(place as usize));
    check.kind == CheckKind::OutboundShare && gateway.is_some_and(|one| one.stopped_at_s.is_some())
}

/// Returns the reason for a gateway that stopped because it exceeded its outbound threshold. This
/// is the most serious reason.
fn stopped(result: &RunResult, gateway: &GatewayResult) -> Option<(f64, Reason)> {
    let then = gateway.stopped_at_s?;
    let lasted = (result.scenario.duration_s - then) / result.scenario.duration_s;
    let sentence = format!(
        "Gateway {} stopped {}, because its outbound data in 14 days passed the critical level \
         of its threshold: clients could not reach it for {} of the time.",
        gateway.name,
        at(&result.scenario, then),
        share(lasted),
    );
    let reason = Reason {
        sentence,
        subject: CheckKind::OutboundShare.name().to_owned(),
        components: vec![gateway.name.clone()],
        values: vec![100.0 * gateway.outbound_share],
        limit: result
            .checks
            .iter()
            .find(|one| one.kind == CheckKind::OutboundShare && one.component == gateway.name)
            .map(|one| one.limit),
        unit: CheckKind::OutboundShare.unit().to_owned(),
        start_s: Some(then),
        time_over_limit_share: Some(lasted),
        ..Reason::default()
    };
    Some((f64::INFINITY, reason))
}

/// Returns one reason for checks of one kind with the same limit, the worst component first.
fn group(result: &RunResult, checks: &[&Check]) -> (f64, Reason) {
    let worst = checks[0];
    let during = exceeding(result, worst.kind, checks);
    let refused = refused(result, checks);
    let clause = match refused {
        0 => clause(result, checks),
        _ => format!(
            "{} refused {} requests and channels, because all {} ports were in use",
            components(checks),
            count(refused),
            count(worst.limit.round() as u64),
        ),
    };
    let reason = Reason {
        sentence: format!("{clause}{}.", during.as_ref().map_or(String::new(), During::words)),
        answer: None,
        subject: worst.kind.name().to_owned(),
        components: checks.iter().map(|one| one.component.clone()).collect(),
        values: checks.iter().map(|one| one.simulated).collect(),
        limit: Some(worst.limit),
        unit: worst.unit.clone(),
        start_s: during.as_ref().map(|one| one.start_s),
        time_over_limit_share: during.as_ref().and_then(|one| one.share),
        disruption: during.as_ref().and_then(|one| one.disruption.clone()),
        is_only_during_disruption: during.as_ref().is_some_and(|one| one.is_only),
    };
    // Ports in use cannot exceed the number of ports; refusals show that more were needed.
    let weight = if refused > 0 { f64::MAX } else { ratio(worst) };
    (weight, reason)
}

/// Returns the number of attempts that found no free port at the connection points of a group of
/// checks; 0 for checks of another kind.
fn refused(result: &RunResult, checks: &[&Check]) -> u64 {
    if checks[0].kind != CheckKind::ConnectionPointPorts {
        return 0;
    }
    let is_one = |name: &str| checks.iter().any(|one| one.component == name);
    let points = result.connection_points.iter().filter(|one| is_one(&one.name));
    points.map(|one| one.port_refusals).sum()
}

/// Lists the names of the first few components.
fn components(checks: &[&Check]) -> String {
    if checks.len() <= NAMED {
        return listed(&checks.iter().map(|one| one.component.clone()).collect::<Vec<_>>());
    }
    let named = checks.iter().take(NAMED - 1).map(|one| one.component.clone());
    let more = checks.len() + 1 - NAMED;
    listed(&named.chain([format!("{} more", count(more as u64))]).collect::<Vec<_>>())
}

/// Describes components, values and limit: `main/0 and main/1 reached 8,508 and 8,432 connections
/// (limit 6,000)`.
fn clause(result: &RunResult, checks: &[&Check]) -> String {
    let worst = checks[0];
    let shown: Vec<String> = checks.iter().map(|one| written(one.simulated)).collect();
    let values = match shown.len() {
        few if few <= NAMED => listed(&shown),
        _ => format!("up to {}", shown[0]),
    };
    let (components, limit) = (components(checks), written(worst.limit));
    let verb = if checks.len() == 1 { "has" } else { "have" };
    match worst.kind {
        CheckKind::InstanceConnections => {
            format!("{components} reached {values} connections (limit {limit})")
        }
        CheckKind::ConnectionPointPorts => {
            format!("{components} used {values} ports (limit {limit})")
        }
        CheckKind::FileRequests => format!(
            "the storage of {components} served {values} requests/s for one file (limit {limit})"
        ),
        CheckKind::OutboundShare if is_projected(result, worst) => format!(
            "{components} would send {values} % of its 14-day outbound data threshold at this \
             rate (critical level {limit} %)"
        ),
        CheckKind::OutboundShare => format!(
            "{components} sent {values} % of its 14-day outbound data threshold (critical level \
             {limit} %)"
        ),
        CheckKind::InstancesPerConnectionPoint => {
            let unit = if values == "1" { "instance" } else { "instances" };
            format!("{components} {verb} {values} {unit} per connection point (limit {limit})")
        }
        CheckKind::SiteManagementPoints => {
            format!("primary site {components} {verb} {values} management points (limit {limit})")
        }
        CheckKind::SiteClients => {
            format!("primary site {components} {verb} {values} clients (limit {limit})")
        }
        CheckKind::ManagementPointClients
        | CheckKind::SoftwareUpdatePointClients
        | CheckKind::DistributionPointClients
        | CheckKind::HierarchyClients
        | CheckKind::GatewayInstances
        | CheckKind::GatewayConnectionPoints
        | CheckKind::ClientEgress => {
            let unit = if worst.unit.is_empty() { "" } else { " " };
            format!("{components} {verb} {values}{unit}{} (limit {limit})", worst.unit)
        }
    }
}

/// Returns whether the outbound threshold is exceeded only in a projection of the run to 14 days.
fn is_projected(result: &RunResult, check: &Check) -> bool {
    let gateway = check.gateway.and_then(|place| result.gateways.get(place as usize));
    gateway.is_some_and(|one| {
        one.critical_at_s.is_none() && one.outbound_projected_share > one.outbound_share
    })
}

/// Formats a value, without decimals if it is whole or at least 100.
fn written(value: f64) -> String {
    if value >= 100.0 { count(value.round() as u64) } else { number(value) }
}

/// Returns the reason for a Yes: the limit that is closest.
pub(super) fn closest(result: &RunResult) -> Reason {
    let is_maximum = |one: &&Check| {
        !matches!(
            one.kind,
            CheckKind::GatewayInstances
                | CheckKind::GatewayConnectionPoints
                | CheckKind::ClientEgress
        )
    };
    let checks = result.checks.iter().filter(is_maximum);
    let Some(check) = checks.max_by(|one, other| ratio(one).total_cmp(&ratio(other))) else {
        return Reason {
            sentence: "No published limit applies to this scenario, and fewer than 0.1 % of the \
                       requests failed."
                .to_owned(),
            answer: Some(Answer::Yes),
            subject: "published_limits".to_owned(),
            ..Reason::default()
        };
    };
    Reason {
        sentence: format!(
            "The closest published limit: {}; that is {} of the limit.",
            clause(result, &[check]),
            share(ratio(check))
        ),
        answer: Some(Answer::Yes),
        subject: check.kind.name().to_owned(),
        components: vec![check.component.clone()],
        values: vec![check.simulated],
        limit: Some(check.limit),
        unit: check.unit.clone(),
        ..Reason::default()
    }
}
