//! Runs scenarios in the test's own process.

use cmgsim::experiment::checks::{Published, PublishedLimits};
use cmgsim::experiment::run_replications;
use cmgsim::results::{RunResult, ScenarioInfo};
use cmgsim::scenario::{LoadRequest, ScenarioOrigin, load};

/// Published numbers that do not matter here.
fn limits() -> PublishedLimits {
    let published = || Published { figure: 1.0, source: String::new() };
    PublishedLimits {
        connections: published(),
        instances_per_connection_point: published(),
        ports: published(),
        clients_per_management_point: published(),
    }
}

/// Loads a scenario and simulates `count` replications of it.
#[allow(dead_code, reason = "not every test needs both")]
pub fn simulate(origin: ScenarioOrigin, overrides: Vec<String>, count: u32) -> Vec<RunResult> {
    let scenario = load(&LoadRequest { origin: origin.clone(), overrides })
        .unwrap_or_else(|problems| panic!("{origin:?}: {}", problems.render(false)));
    run_replications(&scenario.config, &ScenarioInfo::default(), &limits(), count, &())
        .unwrap_or_else(|error| panic!("{origin:?}: {error}"))
}

/// The same from a text.
#[allow(dead_code, reason = "not every test needs both")]
pub fn simulate_text(text: &str, overrides: Vec<String>, count: u32) -> Vec<RunResult> {
    let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
    simulate(origin, overrides, count)
}
