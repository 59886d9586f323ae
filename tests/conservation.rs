//! Checks that the results of every shipped scenario satisfy the conservation laws.

use cmgsim::internals::results::KindGroup;
use cmgsim::internals::scenario::{ScenarioOrigin, preset};
use cmgsim::{RequestCounts, RunResult};
use rayon::prelude::*;

/// Simulates a scenario with few clients, so that all scenarios together take seconds. Other tests
/// cover the effects that need all clients.
fn simulate_small(name: &str) -> RunResult {
    let origin = ScenarioOrigin::Preset(name.to_owned());
    let clients = if name == "lab-b2s" { 15 } else { 600 };
    crate::common::simulate(origin, vec![format!("cohort.*.clients={clients}")], 1).remove(0)
}

fn simulate(name: &str) -> RunResult {
    crate::common::simulate(ScenarioOrigin::Preset(name.to_owned()), Vec::new(), 1).remove(0)
}

fn assert_balanced(what: &str, counts: &RequestCounts) {
    assert_eq!(
        counts.issued + counts.in_flight_at_start,
        counts.completed + counts.failed + counts.abandoned + counts.in_flight_at_end,
        "{what}: requests"
    );
}

fn check(name: &str, result: &RunResult) {
    assert!(result.audit.holds() && !result.audit.lines.is_empty(), "{name}");
    assert!(result.requests.issued > 50, "{name} must issue requests");
    assert_balanced(name, &result.requests);
    let mut sum = RequestCounts::default();
    let (mut channel_failures, mut download_failures) = (0, 0);
    for kind in &result.kinds {
        assert_balanced(kind.kind.name(), &kind.requests);
        match kind.group {
            KindGroup::Request => {}
            KindGroup::Channel => {
                channel_failures += kind.requests.failed_attempts;
                continue;
            }
            KindGroup::Download => {
                download_failures += kind.requests.failed_attempts;
                continue;
            }
        }
        sum.issued += kind.requests.issued;
        sum.completed += kind.requests.completed;
        sum.failed_attempts += kind.requests.failed_attempts;
    }
    assert_eq!(sum.issued, result.requests.issued, "{name}: kinds");
    assert_eq!(sum.completed, result.requests.completed, "{name}: kinds");
    assert_eq!(sum.failed_attempts, result.requests.failed_attempts, "{name}: kinds");
    let of_origins: u64 = result.origins.iter().map(|origin| origin.requests.completed).sum();
    assert_eq!(of_origins, result.requests.completed, "{name}: origins");
    let of_causes: u64 = result.failures.iter().map(|failure| failure.attempts).sum();
    assert_eq!(of_causes, sum.failed_attempts, "{name}: causes");
    let of_causes: u64 = result.failures.iter().map(|failure| failure.of_channel).sum();
    assert_eq!(of_causes, channel_failures, "{name}: causes");
    let of_causes: u64 = result.failures.iter().map(|failure| failure.of_downloads).sum();
    assert_eq!(of_causes, download_failures, "{name}: causes");
    let worst = result.worst_5min.as_ref().expect("at least one request was outstanding");
    assert!(worst.outstanding_mean > 0.0 && worst.seconds <= 300.0, "{name}: {worst:?}");
    for station in &result.stations {
        let what = format!("{name}, {}", station.name);
        assert!(station.little_gap_share <= 1e-9, "{what}: Little {}", station.little_gap_share);
        assert!(station.utilisation_gap_share <= 1e-9, "{what}: {}", station.utilisation_gap_share);
        if station.completed == 0 {
            assert_eq!(station.utilisation_mean_share, 0.0, "{what}");
            continue;
        }
        // Utilisation equals throughput times mean service time divided by the number of servers,
        // except for requests that span the start or end of the measured period or are lost in a
        // crash.
        let service = station.response.mean - station.wait.mean;
        let servers = f64::from(station.servers.unwrap_or(1));
        let expected = station.throughput_per_s * service / servers;
        let difference = (station.utilisation_mean_share - expected).abs();
        assert!(difference < 0.01 * expected + 1e-4, "{what}: {expected}");
    }
    check_content(name, result);
    check_series(name, result);
}

/// Checks that the bytes sent by content sources equal the bytes received for deployments, and that
/// no milestone is reached by more clients than the previous one.
fn check_content(name: &str, result: &RunResult) {
    let line = result.audit.lines.iter().find(|line| line.law.starts_with("content sent"));
    let sent = line.expect("the conservation law of content").left;
    let deployments = &result.deployments;
    let got = deployments.iter().map(|one| {
        one.from_storage_bytes
            + one.from_distribution_points_bytes
            + one.from_microsoft_update_bytes
    });
    assert_eq!(got.sum::<u64>() as f64, sent, "{name}: by deployment");
    let of_storage: u64 = result.gateways.iter().map(|one| one.from_storage_bytes).sum();
    let from_storage: u64 = deployments.iter().map(|one| one.from_storage_bytes).sum();
    assert_eq!(of_storage, from_storage, "{name}: from storage");
    for one in deployments {
        let steps = [one.targets, one.policy.reached, one.content.reached, one.installed.reached];
        assert!(steps.windows(2).all(|pair| pair[0] >= pair[1]), "{name}, {}: {steps:?}", one.name);
        assert!(one.policy.reached > 0, "{name}, {}", one.name);
    }
}

/// Checks that the bins of the time series add up to the totals.
fn check_series(name: &str, result: &RunResult) {
    let series = &result.series;
    let ends = series.start_s.iter().skip(1).copied();
    let ends = ends.chain(std::iter::once(result.scenario.duration_s));
    let lengths: Vec<f64> =
        series.start_s.iter().zip(ends).map(|(start, end)| end - start).collect();
    let total = |rates: &[f64]| -> f64 {
        rates.iter().zip(&lengths).map(|(rate, length)| rate * length).sum()
    };
    let completed = total(&series.completed_per_s);
    assert!((completed - result.requests.completed as f64).abs() < 0.5, "{name}: {completed}");
    let issued = total(&series.issued_per_s);
    assert!((issued - result.requests.issued as f64).abs() < 0.5, "{name}: {issued}");
    for (column, station) in series.utilisation.iter().zip(&result.stations) {
        let mean = total(&column.values) / result.scenario.duration_s;
        assert!(
            (mean - station.utilisation_mean_share).abs() < 1e-9,
            "{name}, {}: {mean}",
            station.name
        );
    }
    for (column, instance) in series.instance_connections.iter().zip(&result.instances) {
        let mean = total(&column.values) / result.scenario.duration_s;
        assert!((mean - instance.connections_mean).abs() < 1e-6, "{name}: {mean}");
    }
}

#[test]
fn every_shipped_scenario_satisfies_the_conservation_laws() {
    preset::ALL.par_iter().for_each(|(name, _)| check(name, &simulate_small(name)));
}

/// Each scenario shows the effect that it is meant to demonstrate.
#[test]
fn shipped_scenarios_show_their_effects() {
    let results: Vec<RunResult> =
        ["one-instance-no-continuity", "update-domain-walk", "port-exhaustion", "over-the-limit"]
            .into_par_iter()
            .map(simulate)
            .collect();
    let [alone, walk, ports, over] = results.as_slice() else { panic!("expected four results") };
    assert!(alone.gateways[0].availability_share < 0.95, "one instance must have an outage");
    assert!(walk.gateways[0].availability_share > 0.999, "four instances must have no outage");
    assert_eq!(walk.disruptions.len(), 4, "four update domains must be updated");
    assert_eq!(ports.connection_points[0].ports_peak, 16_384);
    assert!(ports.connection_points[0].port_refusals > 0);
    let instance = &over.instances[0];
    assert_eq!((instance.connections_mean, instance.time_over_limit_share), (9_000.0, 1.0));
    assert!(instance.tcp_connections_peak > 9_100, "requests must use more connections");
}

/// In the README's example, the published limit alone suggests three instances, which are not
/// enough.
#[test]
fn an_update_domain_walk_needs_more_than_one_spare_instance() {
    let peak = |instances: u32| {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec![format!("gateway.main.instances={instances}")];
        let result = crate::common::simulate(origin, overrides, 1).remove(0);
        result.instances.iter().map(|one| one.connections_peak).max().expect("instances")
    };
    let (three, four) = (peak(3), peak(4));
    assert!(three > 6_000 && four <= 6_000, "{three}, {four}");
}
