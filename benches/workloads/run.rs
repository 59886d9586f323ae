//! Performs a complete run without drawing charts or writing files, for the benchmarks
//! `whole_model` (time) and `instructions` (counts).

use cmgsim::ScenarioInfo;
use cmgsim::internals::experiment;
use cmgsim::internals::report::summary;
use cmgsim::internals::results::tables::run;
use cmgsim::internals::results::{csv, json};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load, preset};

/// Returns the text of the quickstart scenario.
pub fn text() -> String {
    preset::text("quickstart").expect("an embedded scenario").to_owned()
}

/// Simulates a scenario text and returns its summary and the bytes of its files.
pub fn text_to_results(text: String, overrides: &[&str]) -> (String, Vec<Vec<u8>>) {
    let origin = ScenarioOrigin::Text { name: "quickstart.toml".to_owned(), text };
    let overrides = overrides.iter().map(|one| (*one).to_owned()).collect();
    let scenario = load(&LoadRequest { origin, overrides }).expect("a valid scenario");
    let info = ScenarioInfo::default();
    let result = experiment::run(&scenario.config, &info, &()).expect("the audit passes");
    let tables = [
        run::time_series,
        run::latency,
        run::latency_distribution,
        run::stations,
        run::checks,
        run::flows,
        run::cost,
    ];
    let tables = tables.iter().map(|table| csv::to_bytes(&table(&result)));
    let others = [json::summary(&result), scenario.resolved.to_toml().into_bytes()];
    let files = others.into_iter().chain(tables).collect();
    (summary::details(&result, "FILE"), files)
}
