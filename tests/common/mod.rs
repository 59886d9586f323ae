//! Runs scenarios in the test's own process.

pub mod quiet;

use cmgsim::experiment::run_replications;
use cmgsim::results::{RunResult, ScenarioInfo};
use cmgsim::scenario::{LoadRequest, ScenarioOrigin, load};

/// Loads a scenario and simulates `count` replications of it.
#[allow(dead_code, reason = "not every test needs both")]
pub fn simulate(origin: ScenarioOrigin, overrides: Vec<String>, count: u32) -> Vec<RunResult> {
    let scenario = load(&LoadRequest { origin: origin.clone(), overrides })
        .unwrap_or_else(|problems| panic!("{origin:?}: {}", problems.render(false)));
    run_replications(
        &scenario.config,
        &ScenarioInfo::default(),
        &cmgsim::published_limits(),
        count,
        &(),
    )
    .unwrap_or_else(|error| panic!("{origin:?}: {error}"))
}

/// The same from a text.
#[allow(dead_code, reason = "not every test needs both")]
pub fn simulate_text(text: &str, overrides: Vec<String>, count: u32) -> Vec<RunResult> {
    let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
    simulate(origin, overrides, count)
}
