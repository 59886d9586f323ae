//! Compares the speed of the gateway model, including all statistics, with the bare loops of the
//! M/M/16 queue.

use cmgsim::Scenario;
use cmgsim::internals::model::{Statistics, World};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};

use crate::bare;
use crate::stopwatch::Stopwatch;
use crate::workload::{Simulated, Workload};

const ROUNDS: usize = 5;

/// Overrides for 700,000 clients (140,000 in each of five cohorts) and one hour of a weekday
/// morning, including the warm-up.
const MANY: [&str; 4] = [
    "cohort.*.clients=140000",
    "start=\"2026-11-24T09:00\"",
    "warm_up=\"10min\"",
    "duration=\"50min\"",
];

fn scenario(preset: &str, overrides: &[&str]) -> Scenario {
    let origin = ScenarioOrigin::Preset(preset.to_owned());
    let overrides = overrides.iter().map(|one| (*one).to_owned()).collect();
    load(&LoadRequest { origin, overrides }).expect("a valid scenario")
}

fn run(scenario: &Scenario) -> Simulated {
    let config = &scenario.config;
    let origins = config.cohorts.len() + config.sources.len();
    let stopwatch = Stopwatch::start();
    let mut world = World::new(config, 0, Statistics::new(origins));
    while !world.run_events(1 << 16) {}
    Simulated { events: world.events(), time: stopwatch.elapsed(), check: 0.0 }
}

/// Runs all variants in every round and prints the medians of the rounds.
pub fn compare() {
    let (quickstart, many) = (scenario("quickstart", &[]), scenario("cas-shared-cmg", &MANY));
    let runs: [(&str, &dyn Fn() -> Simulated); 4] = [
        ("bare M/M/16", &|| bare::simulate(Workload::Mm16)),
        ("bare M/M/16, array", &|| bare::simulate_in_array(Workload::Mm16)),
        ("quickstart", &|| run(&quickstart)),
        ("700,000 clients", &|| run(&many)),
    ];
    let mut rates = [[0.0; ROUNDS]; 4];
    for round in 0..ROUNDS {
        for ((_, run), rates) in runs.iter().zip(&mut rates) {
            let simulated = run();
            rates[round] = simulated.events as f64 / simulated.time.cpu_seconds / 1e6;
        }
    }
    let medians = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    });
    println!("Median of {ROUNDS} rounds, including set-up.\n");
    println!("| | million events per CPU second | relative to bare loop | relative to array |");
    println!("|---|---:|---:|---:|");
    for ((name, _), rate) in runs.iter().zip(medians) {
        let [of_bare, of_array] = [rate / medians[0], rate / medians[1]];
        println!("| {name} | {rate:.2} | {of_bare:.2} | {of_array:.2} |");
    }
}
