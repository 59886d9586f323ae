//! Laws that hold in every run, for every shipped scenario, as results show them.

mod common;

use cmgsim::results::{RequestCounts, RunResult};
use cmgsim::scenario::{ScenarioOrigin, preset};
use rayon::prelude::*;

fn simulate(name: &str) -> RunResult {
    common::simulate(ScenarioOrigin::Preset(name.to_owned()), Vec::new(), 1).remove(0)
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
    assert!(result.requests.issued > 10_000, "{name} does something");
    assert_balanced(name, &result.requests);
    let mut sum = RequestCounts::default();
    let mut channel_failures = 0;
    for kind in &result.kinds {
        assert_balanced(&kind.kind, &kind.requests);
        if kind.of_channel {
            channel_failures += kind.requests.failed_attempts;
            continue;
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
    let worst = result.worst_five_minutes.as_ref().expect("some request was unanswered");
    assert!(worst.unanswered_mean > 0.0 && worst.seconds <= 300.0, "{name}: {worst:?}");
    for station in &result.stations {
        let what = format!("{name}, {}", station.name);
        assert!(station.little_gap <= 1e-9, "{what}: Little {}", station.little_gap);
        assert!(station.utilisation_gap <= 1e-9, "{what}: {}", station.utilisation_gap);
        if station.completed == 0 {
            assert_eq!(station.utilisation, 0.0, "{what}");
            continue;
        }
        // A second way: throughput times mean service time, which differs by the jobs that are
        // cut by the ends of the measured period or lost in a crash.
        let service = station.stay.mean - station.wait.mean;
        let servers = f64::from(station.servers.unwrap_or(1));
        let expected = station.throughput_per_second * service / servers;
        let difference = (station.utilisation - expected).abs();
        assert!(difference < 0.01 * expected + 1e-4, "{what}: {expected}");
    }
    check_series(name, result);
}

/// The bins of the time series add up to the totals.
fn check_series(name: &str, result: &RunResult) {
    let series = &result.series;
    let ends = series.start_seconds.iter().skip(1).copied();
    let ends = ends.chain(std::iter::once(result.scenario.duration_seconds));
    let lengths: Vec<f64> =
        series.start_seconds.iter().zip(ends).map(|(start, end)| end - start).collect();
    let total = |rates: &[f64]| -> f64 {
        rates.iter().zip(&lengths).map(|(rate, length)| rate * length).sum()
    };
    let completed = total(&series.completed_per_second);
    assert!((completed - result.requests.completed as f64).abs() < 0.5, "{name}: {completed}");
    let issued = total(&series.issued_per_second);
    assert!((issued - result.requests.issued as f64).abs() < 0.5, "{name}: {issued}");
    for (column, station) in series.utilisation.iter().zip(&result.stations) {
        let mean = total(&column.values) / result.scenario.duration_seconds;
        assert!((mean - station.utilisation).abs() < 1e-9, "{name}, {}: {mean}", station.name);
    }
    for (column, instance) in series.instance_connections.iter().zip(&result.instances) {
        let mean = total(&column.values) / result.scenario.duration_seconds;
        assert!((mean - instance.connections_mean).abs() < 1e-6, "{name}: {mean}");
    }
}

#[test]
fn every_shipped_scenario_keeps_the_laws() {
    preset::ALL.par_iter().for_each(|(name, _)| check(name, &simulate(name)));
}

/// What the scenarios are there to show.
#[test]
fn shipped_scenarios_show_what_they_promise() {
    let results: Vec<RunResult> =
        ["one-instance-no-continuity", "update-domain-walk", "port-exhaustion", "over-the-limit"]
            .into_par_iter()
            .map(simulate)
            .collect();
    let [alone, walk, ports, over] = results.as_slice() else { panic!("four results") };
    assert!(alone.gateways[0].availability < 0.95, "one instance: an outage");
    assert!(walk.gateways[0].availability > 0.999, "four instances: none");
    assert_eq!(walk.disruptions.len(), 4, "four update domains have instances");
    assert_eq!(ports.connection_points[0].ports_peak, 16_384);
    assert!(ports.connection_points[0].port_refusals > 0);
    let instance = &over.instances[0];
    assert_eq!((instance.connections_mean, instance.over_limit_share), (9_000.0, 1.0));
    assert!(instance.tcp_connections_peak > 9_100, "with those for requests");
}

/// The README's example: three instances are what the published number alone says, and not enough.
#[test]
fn an_update_domain_walk_needs_more_than_one_spare_instance() {
    let peak = |instances: u32| {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec![format!("gateway.main.instances={instances}")];
        let result = common::simulate(origin, overrides, 1).remove(0);
        result.instances.iter().map(|one| one.connections_peak).max().expect("instances")
    };
    let (three, four) = (peak(3), peak(4));
    assert!(three > 6_000 && four <= 6_000, "{three}, {four}");
}
