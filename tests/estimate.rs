//! Compares the estimate that is made before a run with the simulated results.

use cmgsim::Scenario;
use cmgsim::internals::experiment::estimate::{EVENTS_ERROR, Estimate, estimate};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load, preset};
use rayon::prelude::*;

use crate::common::simulate;

fn loaded(origin: ScenarioOrigin, overrides: &[String]) -> Scenario {
    load(&LoadRequest { origin, overrides: overrides.to_vec() }).expect("scenario loads")
}

fn estimated(scenario: &Scenario) -> Estimate {
    estimate(&scenario.config)
}

/// Returns overrides that shorten an embedded scenario. They preserve the server load where the
/// result depends on it.
fn shorter(name: &str) -> Vec<String> {
    let texts: &[&str] = match name {
        "lab-b2s" => &[],
        // Use one fiftieth of the clients and of the management point's capacity.
        "management-point-slow-database" | "management-point-back-off" => &[
            "cohort.*.clients=500",
            "management_point.mp.workers=1",
            "management_point.mp.cpu={ default = \"100ms\", hardware_inventory = \"300ms\", \
             keep_alive = \"6ms\", software_inventory = \"300ms\" }",
            "management_point.mp.queue_limit=600",
        ],
        // Use one tenth of the clients and of the threshold.
        "egress-threshold-stop" => &[
            "cohort.*.clients=500",
            "gateway.main.outbound.threshold=\"1000 GB\"",
            "gateway.main.outbound.before=\"850 GB\"",
        ],
        _ => &["cohort.*.clients=400"],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn estimated_events_are_close_to_the_simulated_ones() {
    let ratios: Vec<(&str, f64)> = preset::ALL
        .par_iter()
        .map(|(name, _)| {
            let origin = ScenarioOrigin::Preset((*name).to_owned());
            let overrides = shorter(name);
            let expected = estimated(&loaded(origin.clone(), &overrides)).events;
            let simulated = simulate(origin, overrides, 1)[0].events;
            (*name, expected / simulated as f64)
        })
        .collect();
    let far: Vec<_> =
        ratios.iter().filter(|(_, ratio)| (ratio - 1.0).abs() > EVENTS_ERROR).collect();
    assert!(far.is_empty(), "ratio of estimated to simulated events: {far:?} of {ratios:?}");
}

/// Most clients in Berlin are offline when those in Los Angeles come online, so the estimated load
/// is close to that of one cohort instead of the sum of both.
#[test]
fn loads_of_cohorts_online_at_different_hours_are_not_added() {
    let text = include_str!("cases/two-time-zones.toml");
    let origin = || ScenarioOrigin::Text { name: "two-time-zones.toml".into(), text: text.into() };
    // Simulate the whole day, because it contains the busiest hours of both cohorts.
    let day = ["duration=\"24h\"".to_owned()];
    let without = |cohort: &str| {
        let nobody = format!("cohort.{cohort}.clients=1");
        estimated(&loaded(origin(), &[day[0].clone(), nobody]))
    };
    let busiest = |estimate: &Estimate| {
        let all = estimate.stations.iter().filter_map(|one| one.utilisation);
        all.fold(0.0, f64::max)
    };
    let connections = |estimate: &Estimate| {
        let what = "connections on an instance";
        estimate.levels.iter().find(|one| one.what == what).expect("a level").expected
    };
    let both = estimated(&loaded(origin(), &day));
    let each = [without("la"), without("berlin")];
    // The working hours overlap slightly. At 18:50 in Berlin (09:50 in Los Angeles), of the clients
    // that work that day, a share of 1 - Phi((18:50 - 17:00) / 75 min) = 0.071 is online in Berlin
    // and a share of Phi((09:50 - 08:30) / 45 min) = 0.962 in Los Angeles.
    for of in [busiest, connections] {
        let larger = of(&each[0]).max(of(&each[1]));
        assert!((of(&both) / larger - 1.033).abs() < 0.005, "{} and {larger}", of(&both));
    }
    // On a weekday, 85 % of 9,000 clients work. When all of them are online, each of the two
    // instances has 3,825 connections.
    assert!((connections(&each[0]) / 3825.0 - 1.0).abs() < 0.01, "{}", connections(&each[0]));
    // Without overrides, the estimate matches the simulation.
    let short = estimated(&loaded(origin(), &[]));
    let run = &simulate(origin(), Vec::new(), 1)[0];
    let mean: f64 = run.instances.iter().map(|one| one.connections_mean).sum::<f64>() / 2.0;
    assert!((connections(&short) / mean - 1.0).abs() < 0.03, "{mean} simulated");
    let limited = run.stations.iter().filter(|one| one.servers.is_some());
    let simulated = limited.map(|one| one.utilisation_mean_share).fold(0.0, f64::max);
    assert!((busiest(&short) / simulated - 1.0).abs() < 0.1, "{simulated} simulated");
    assert!((short.events / run.events as f64 - 1.0).abs() < EVENTS_ERROR);
    let warnings = short.warnings();
    assert!(
        warnings
            .iter()
            .all(|line| !line.contains("utilisation") && !line.contains("is overloaded"))
    );
}
