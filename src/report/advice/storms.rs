//! Effects that outlast their cause: retries that overload a station, and uneven connections after
//! a disruption.

use crate::report::format;
use crate::results::{RunResult, SkewResult};
use crate::terms::{Cause, DisruptionTarget};

/// Start of the last tenth of the run, as a share of the run. Failures in this tenth indicate a
/// retry storm only if all disruptions have ended before it.
const TAIL: f64 = 0.9;

/// Share of failed attempts above which the load is mostly retries.
const STORM: f64 = 0.5;

/// Imbalance below which no advice is given; connections count as uneven above 1.2.
const SKEW_MIN: f64 = 1.5;

/// Describes failures that continue after all disruptions have ended.
pub(super) fn retry_storm(result: &RunResult) -> Option<String> {
    let duration = result.scenario.duration_s;
    let tail_from = TAIL * duration;
    let is_over = |end: Option<f64>| end.is_some_and(|end| end <= tail_from);
    let disruptions = &result.disruptions;
    if disruptions.is_empty() || !disruptions.iter().all(|one| is_over(one.end_s)) {
        return None;
    }
    let tail = result.last_tenth.as_ref()?;
    let (failed, attempts) = (tail.failed_attempts as f64, tail.attempts as f64);
    if attempts <= 0.0 || failed <= STORM * attempts || !is_from_waiting(result) {
        return None;
    }
    let down = match tail.station.and_then(|place| result.station(place)) {
        Some(station) => format!(
            "The {} {} (utilisation {}) is overloaded by",
            station.role,
            station.name,
            format::share(tail.utilisation_mean_share)
        ),
        None => "The system is overloaded by".to_owned(),
    };
    Some(format!(
        "A retry storm outlasts the disruption: {} of all attempts fail in the last tenth of the \
         run, although all disruptions have ended. {down} retries of requests whose clients no \
         longer wait. The system does not recover without a change. Use a longer back-off, a \
         queue so short that requests complete before clients time out, or more servers.",
        format::share(failed / attempts),
    ))
}

/// Returns whether attempts fail because they wait too long or find a full queue. Attempts refused
/// because no port or server was available cause no work.
fn is_from_waiting(result: &RunResult) -> bool {
    let waiting = [Cause::Timeout, Cause::QueueFull, Cause::QueueTimeout];
    let main = result.failures.iter().max_by_key(|failure| failure.attempts);
    main.is_some_and(|failure| waiting.contains(&failure.cause))
}

/// Maximum number of clients that use a gateway when a disruption begins, as a share of their
/// number at the busiest time, for which the disruption counts as affecting few clients.
const FEW: f64 = 0.2;

/// Minimum number of clients that use a gateway at the busiest time for this advice to be given. In
/// smaller systems, few clients use a gateway at any time.
const CLIENTS: f64 = 100.0;

/// Returns whether only clients connected to the gateway notice the disruption.
const fn is_of_connections(target: DisruptionTarget) -> bool {
    match target {
        DisruptionTarget::UpdateDomain
        | DisruptionTarget::InstanceBatch
        | DisruptionTarget::AllInstances
        | DisruptionTarget::Instance
        | DisruptionTarget::ConnectionPoint => true,
        DisruptionTarget::InstanceCount
        | DisruptionTarget::GatewayStorage
        | DisruptionTarget::ServerCertificate
        | DisruptionTarget::SiteSystem
        | DisruptionTarget::SiteLine
        | DisruptionTarget::IdentityProvider
        | DisruptionTarget::Station => false,
    }
}

/// Returns advice if all disruptions begin while few clients use a gateway.
pub(super) fn few_clients(result: &RunResult) -> Option<String> {
    let met = result.disruptions.iter().filter(|one| one.start_s >= 0.0);
    if !met.clone().all(|one| is_of_connections(one.target)) {
        return None;
    }
    let worst = met.rev().max_by_key(|one| one.gateway_clients)?;
    let (there, busiest) = (worst.gateway_clients, &result.busiest);
    let maximum = busiest.gateway_clients;
    if maximum < CLIENTS || there as f64 > FEW * maximum {
        return None;
    }
    let civil = |seconds: f64| result.scenario.civil(seconds).replace('T', " ");
    Some(format!(
        "The disruption affects few clients: {} fails at {}, while {} clients use a gateway; at \
         the busiest time ({}), {} clients do. Move disruption.{}.at to the busiest time.",
        worst.description,
        civil(worst.start_s),
        format::count(there),
        civil(busiest.gateway_clients_start_s),
        format::count(maximum.round() as u64),
        worst.name,
    ))
}

/// Describes the worst lasting imbalance of connections.
pub(super) fn skew(result: &RunResult) -> Option<String> {
    let skewed = result.skews.iter().filter(|skew| skew.ratio_at_first >= SKEW_MIN);
    let worst = skewed.max_by(|one, other| one.ratio_at_first.total_cmp(&other.ratio_at_first))?;
    Some(format!(
        "Connections were uneven after disruption {}: instance {}/{} had {} times the mean \
         connections of all instances, and {}. Nothing rebalances them. Size the instances for \
         this imbalance, or schedule updates when few clients are connected.",
        worst.after,
        worst.gateway,
        worst.instance,
        format::number(worst.ratio_at_first),
        lasted(worst),
    ))
}

fn lasted(skew: &SkewResult) -> String {
    match skew.uneven_s {
        Some(passed) => format!("they were nearly even {} later", format::seconds(passed)),
        None => format!(
            "{} later, it still had {} times the mean",
            format::seconds(skew.end_s - skew.start_s),
            format::number(skew.ratio_at_end)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{DisruptionResult, FailureCount, LastTenth, StationResult};
    use crate::terms::StationKind;

    fn disruption(end_s: Option<f64>) -> DisruptionResult {
        DisruptionResult {
            name: "slow".to_owned(),
            target: DisruptionTarget::SiteSystem,
            start_s: 10.0,
            end_s,
            gateway_clients: 100,
            ..DisruptionResult::default()
        }
    }

    #[test]
    fn a_disruption_that_affects_few_clients_triggers_advice() {
        let of_gateway =
            DisruptionResult { target: DisruptionTarget::UpdateDomain, ..disruption(None) };
        let mut result = RunResult { disruptions: vec![of_gateway], ..Default::default() };
        result.busiest.gateway_clients = 900.0;
        let said = few_clients(&result).expect("advice");
        assert!(said.contains("100 clients") && said.contains("900 clients do"), "{said}");
        let server = RunResult { disruptions: vec![disruption(None)], ..result.clone() };
        assert_eq!(few_clients(&server), None, "a management point affects all clients");
        result.disruptions[0].gateway_clients = 200;
        assert_eq!(few_clients(&result), None, "more than a fifth of the clients");
        result.disruptions[0].gateway_clients = 1;
        result.busiest.gateway_clients = 90.0;
        assert_eq!(few_clients(&result), None, "the system always has few clients");
    }

    /// Returns a run in whose last tenth `failed_at_end` of ten attempts fail.
    fn result(failed_at_end: u64, end_s: Option<f64>) -> RunResult {
        let mut result = RunResult { disruptions: vec![disruption(end_s)], ..RunResult::default() };
        result.scenario.duration_s = 100.0;
        let (role, name) = (StationKind::ManagementPoint, "mp".to_owned());
        result.stations = vec![StationResult { role, name, ..StationResult::default() }];
        result.last_tenth = Some(LastTenth {
            start_s: 90.0,
            attempts: 10,
            failed_attempts: failed_at_end,
            busiest_station: None,
            station: Some(0),
            utilisation_mean_share: 1.0,
        });
        let (attempts, requests, of_channel, of_downloads) = (90, 0, 0, 0);
        let (cause, meaning) = (Cause::Timeout, String::new());
        let count = FailureCount { cause, meaning, attempts, requests, of_channel, of_downloads };
        result.failures.push(count);
        result
    }

    #[test]
    fn failures_after_their_cause_ended_are_a_retry_storm() {
        let sentence = retry_storm(&result(8, Some(60.0))).expect("a storm");
        assert!(sentence.contains("80.0 % of all attempts fail"), "{sentence}");
        assert!(sentence.contains("management point mp (utilisation 100.0 %)"), "{sentence}");
        assert_eq!(retry_storm(&result(5, Some(60.0))), None, "50 % is not a storm");
        assert_eq!(retry_storm(&result(8, Some(95.0))), None, "the disruption has just ended");
        assert_eq!(retry_storm(&result(8, None)), None, "the disruption has not ended");
        let mut ports = result(8, Some(60.0));
        ports.failures[0].cause = Cause::NoPort;
        assert_eq!(retry_storm(&ports), None, "refusals cause no work");
        let calm = RunResult { disruptions: Vec::new(), ..result(8, None) };
        assert_eq!(retry_storm(&calm), None, "overload without a disruption");
    }

    #[test]
    fn the_worst_imbalance_triggers_advice() {
        let one = |ratio_at_first, uneven_s| SkewResult {
            gateway: "main".to_owned(),
            instance: 1,
            after: "patching".to_owned(),
            start_s: 100.0,
            ratio_at_first,
            ratio_at_end: 1.9,
            uneven_s,
            end_s: 700.0,
            is_cut_short: false,
        };
        let with = |skews| skew(&RunResult { skews, ..RunResult::default() });
        assert_eq!(with(vec![one(1.4, None)]), None);
        let sentence = with(vec![one(1.6, Some(60.0)), one(2.0, None)]).expect("an imbalance");
        let expected = "Connections were uneven after disruption patching: instance main/1 had 2 \
             times the mean connections of all instances, and 10 min 00 s later, it still had 1.90 \
             times the mean.";
        assert!(sentence.starts_with(expected), "{sentence}");
    }
}
