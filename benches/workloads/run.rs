//! A whole run without charts and files, for `whole_model` (time) and `instructions` (counts).

use cmgsim::experiment;
use cmgsim::report::table;
use cmgsim::results::{ScenarioInfo, csv, json};
use cmgsim::scenario::{LoadRequest, ScenarioOrigin, load, preset};

/// The quickstart as it is in its file.
pub fn text() -> String {
    preset::text("quickstart").expect("it is embedded").to_owned()
}

/// From the text of a scenario to its summary and the bytes of its files.
pub fn text_to_results(text: String, overrides: &[&str]) -> (String, Vec<Vec<u8>>) {
    let origin = ScenarioOrigin::Text { name: "quickstart.toml".to_owned(), text };
    let overrides = overrides.iter().map(|one| (*one).to_owned()).collect();
    let scenario = load(&LoadRequest { origin, overrides }).expect("it is valid");
    let limits = cmgsim::published_limits();
    let info = ScenarioInfo::default();
    let result = experiment::run(&scenario.config, &info, &limits, &()).expect("books balance");
    let files = [
        json::summary,
        csv::timeseries,
        csv::latency,
        csv::latency_distribution,
        csv::stations,
        csv::checks,
        csv::flows,
        csv::cost,
    ];
    let files = files.iter().map(|render| render(&result));
    let files = files.chain([scenario.resolved.to_toml().into_bytes()]).collect();
    (table::summary(&result), files)
}
