//! Events that change the system during a run: disruptions, scaling, stopped gateways, boundary
//! groups, deployments.

use super::{Event, Shade};
use crate::results::{DisruptionResult, RunResult, worst_disruption};
use crate::terms::DisruptionTarget;

/// Label of shaded periods.
const DISRUPTION: &str = "disruption";
/// Start and end of the path of the value that associates a boundary group with a gateway during a
/// run.
const ASSOCIATED_FROM: (&str, &str) = ("boundary_group.", ".from");

/// Returns the events within the measured period in order of time.
pub(super) fn of_run(result: &RunResult) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut add = |at: f64, label: String| events.push(Event { at, label });
    for one in &result.disruptions {
        let name = disruption_label(result, one);
        // Scaling has two events: the request and its completion.
        let is_scaling = one.target == DisruptionTarget::InstanceCount;
        if let Some(end) = one.end_s.filter(|_| is_scaling) {
            add(end, format!("{name}: done"));
        }
        add(one.start_s, name);
    }
    for gateway in &result.gateways {
        if let Some(at) = gateway.stopped_at_s {
            add(at, format!("gateway {} stopped", gateway.name));
        }
    }
    for (group, at) in associations(result) {
        add(at, format!("boundary group {group} associated"));
    }
    for deployment in &result.deployments {
        add(deployment.start_s, format!("deployment {}", deployment.name));
        if let Some(at) = deployment.deadline_s {
            add(at, format!("deadline of {}", deployment.name));
        }
    }
    events.retain(|event| event.at > 0.0 && event.at < result.scenario.duration_s);
    events.sort_by(|one, other| one.at.total_cmp(&other.at));
    events
}

/// Returns the periods of disruptions.
pub(super) fn shades(result: &RunResult) -> Vec<Shade> {
    let end = result.scenario.duration_s;
    let shade = |one: &DisruptionResult| Shade {
        from: one.start_s,
        to: one.end_s.unwrap_or(end),
        label: DISRUPTION.to_owned(),
    };
    result.disruptions.iter().map(shade).collect()
}

/// Returns the period from shortly before the worst disruption until shortly after recovery.
pub(super) fn focus(result: &RunResult) -> Option<(f64, f64)> {
    let worst = &result.disruptions[worst_disruption(&result.disruptions)?];
    let end = result.scenario.duration_s;
    let lasted = worst.end_s.unwrap_or(end) - worst.start_s;
    let recovered = worst.recovery_s.unwrap_or(0.0);
    let length = lasted.max(recovered).max(300.0);
    let range = (worst.start_s - 0.25 * length, worst.start_s + 1.25 * length);
    Some((range.0.max(0.0), range.1.min(end)))
}

/// Returns the name of a disruption, or its description if the name is empty or not unique.
fn disruption_label(result: &RunResult, one: &DisruptionResult) -> String {
    let namesakes = result.disruptions.iter().filter(|other| other.name == one.name);
    if namesakes.count() < 2 && !one.name.is_empty() {
        return one.name.clone();
    }
    let what = one.description.replace("update domain ", "UD ");
    match &result.gateways[..] {
        [only] => what.trim_end_matches(&format!(" of {}", only.name)).to_owned(),
        _ => what,
    }
}

/// Returns the boundary groups that are associated with a gateway during the run, each with the
/// time of this change.
fn associations(result: &RunResult) -> impl Iterator<Item = (&str, f64)> {
    result.scenario.configuration.iter().filter_map(|one| {
        let group = one.path.strip_prefix(ASSOCIATED_FROM.0)?.strip_suffix(ASSOCIATED_FROM.1)?;
        let civil = one.value.trim_matches('"');
        let civil: jiff::civil::DateTime = civil.parse().ok()?;
        let civil = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?.as_second();
        let scenario = &result.scenario;
        let seconds = |offset: i32| (civil - i64::from(offset) - scenario.start_unix_s) as f64;
        // Look up the UTC offset at that time. The offset at the start of the measured period is
        // accurate enough for the look-up.
        let about = seconds(scenario.utc_offset_s);
        Some((group, seconds(scenario.utc_offset_at(about))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{ConfigurationValue, DeploymentResult, GatewayResult, ValueProvenance};

    fn disruption(name: &str, what: &str, target: DisruptionTarget, at: f64) -> DisruptionResult {
        DisruptionResult {
            name: name.to_owned(),
            description: what.to_owned(),
            target,
            start_s: at,
            end_s: Some(at + 500.0),
            ..DisruptionResult::default()
        }
    }

    fn run() -> RunResult {
        let mut result = RunResult::default();
        result.scenario.duration_s = 14_400.0;
        result.scenario.start_unix_s = 1_763_971_200;
        result.scenario.utc_offset_s = 3600;
        result.gateways.push(GatewayResult {
            name: "main".to_owned(),
            stopped_at_s: Some(9_000.0),
            ..GatewayResult::default()
        });
        result
    }

    fn labels(result: &RunResult) -> Vec<(f64, String)> {
        of_run(result).into_iter().map(|event| (event.at, event.label)).collect()
    }

    #[test]
    fn all_events_that_change_the_system_are_marked() {
        let mut result = run();
        let scale = DisruptionTarget::InstanceCount;
        result.disruptions = vec![
            disruption("crash", "instance main/0", DisruptionTarget::Instance, 3_600.0),
            disruption("more", "main goes to 4 instances", scale, 4_000.0),
        ];
        // 09:00 in Berlin is 08:00 UTC, when the run begins.
        result.scenario.configuration.push(ConfigurationValue {
            path: "boundary_group.vpn.from".to_owned(),
            value: "\"2025-11-24T11:00\"".to_owned(),
            provenance: ValueProvenance::Written,
            source: String::new(),
            measured: Vec::new(),
        });
        result.deployments.push(DeploymentResult {
            name: "office".to_owned(),
            start_s: 600.0,
            deadline_s: Some(99_999.0),
            ..DeploymentResult::default()
        });
        let expected = [
            (600.0, "deployment office"),
            (3_600.0, "crash"),
            (4_000.0, "more"),
            (4_500.0, "more: done"),
            (7_200.0, "boundary group vpn associated"),
            (9_000.0, "gateway main stopped"),
        ];
        let expected = expected.map(|(at, label)| (at, label.to_owned()));
        assert_eq!(labels(&result), expected);
        assert_eq!(focus(&result), Some((3_475.0, 4_225.0)));
    }

    #[test]
    fn occurrences_of_one_disruption_have_distinct_labels() {
        let mut result = run();
        result.gateways[0].stopped_at_s = None;
        let domain = |number: u32| {
            let what = format!("update domain {number} of main");
            disruption("walk", &what, DisruptionTarget::UpdateDomain, 600.0 * f64::from(number + 1))
        };
        result.disruptions = vec![domain(0), domain(1)];
        assert_eq!(labels(&result), [(600.0, "UD 0".to_owned()), (1_200.0, "UD 1".to_owned())]);
    }
}
