//! Simulates the quickstart, for the benchmarks `whole_model` (time) and `instructions` (counts).

use cmgsim::Scenario;
use cmgsim::internals::model::{Recorder, World};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};

/// Loads the quickstart with overrides.
pub fn quickstart(overrides: &[&str]) -> Scenario {
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let overrides = overrides.iter().map(|one| (*one).to_owned()).collect();
    load(&LoadRequest { origin, overrides }).expect("a valid scenario")
}

/// Simulates a scenario to its end and returns the number of events.
pub fn finish<R: Recorder>(world: &mut World<'_, R>) -> u64 {
    while !world.run_events(1 << 16) {}
    world.events()
}
