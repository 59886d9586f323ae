//! Shared test helpers that simulate a scenario in the test process or run the program.

pub mod files;
pub mod quiet;
#[cfg(unix)]
pub mod signals;

use assert_cmd::Command;
use cmgsim::internals::experiment::run_replications;
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use cmgsim::{RunResult, ScenarioInfo};

/// Loads a scenario and simulates `count` replications.
pub fn simulate(origin: ScenarioOrigin, overrides: Vec<String>, count: u32) -> Vec<RunResult> {
    let scenario = load(&LoadRequest { origin: origin.clone(), overrides })
        .unwrap_or_else(|problems| panic!("{origin:?}: {}", problems.render(false)));
    run_replications(&scenario.config, &ScenarioInfo::default(), count, &())
        .unwrap_or_else(|error| panic!("{origin:?}: {error}"))
}

/// Simulates `count` replications of a scenario given as text.
pub fn simulate_text(text: &str, overrides: Vec<String>, count: u32) -> Vec<RunResult> {
    let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
    simulate(origin, overrides, count)
}

/// Returns a command for the program without environment variables that change its output.
pub fn cmgsim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmgsim"));
    let own = ["CMGSIM_OUT", "CMGSIM_SEED", "CMGSIM_JOBS"];
    for name in own.iter().chain(&["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"]) {
        command.env_remove(name);
    }
    command
}
