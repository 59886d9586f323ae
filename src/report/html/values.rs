//! The configuration values of runs: their sources, and the differences between runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::document::{Block, Cell, Section, Table};
use crate::results::{ConfigurationValue, RunResult, ScenarioInfo, ValueProvenance};

/// Returns sections of the configuration values of a run, grouped by source. Older results do not
/// have sources.
pub(super) fn sections(result: &RunResult) -> Vec<Section> {
    use ValueProvenance::{Assumed, Derived, Published, Written};
    let all = &result.scenario.configuration;
    if all.is_empty() {
        let text = "An older version of cmgsim wrote these results; they do not name the source of \
                    each configuration value. See scenario.resolved.toml in the same folder.";
        return vec![Section::new("Configuration values", vec![Block::Note(text.to_owned())])];
    }
    let assumptions = "Defaults without a published source. `cmgsim sensitivity` shows which of \
                       them decide the answer.";
    let of = |title: &str, lead: &str, kinds: &[ValueProvenance]| {
        let mut table = Table::new(&["parameter", "value", "kind", "source or reason"], 4);
        for one in all.iter().filter(|one| kinds.contains(&one.provenance)) {
            let kind = one.provenance.name();
            table.row([&one.path, &one.value, kind, &one.source].map(Cell::text));
        }
        Some(Section::table(title, table, Vec::new())?.with_remark(lead))
    };
    let sections = [
        of("Assumptions", assumptions, &[Assumed]),
        measured(all),
        of("Values of the scenario", "", &[Written]),
        of("Published and derived values", "", &[Published, Derived]),
    ];
    sections.into_iter().flatten().collect()
}

/// Returns the table of measured values with their intervals, sample sizes, periods and sources.
fn measured(all: &[ConfigurationValue]) -> Option<Section> {
    let titles = ["parameter", "value", "95 % interval", "period", "source", "samples"];
    let mut table = Table::new(&titles, 5);
    for one in all {
        for measured in &one.measured {
            let path = match &measured.request_kind {
                Some(kind) => format!("{}.{kind}", one.path),
                None => one.path.clone(),
            };
            let interval = match (&measured.low, &measured.high) {
                (Some(low), Some(high)) => Cell::text(format!("{low} to {high}")),
                _ => Cell::Empty,
            };
            table.row([
                Cell::text(path),
                Cell::text(&one.value),
                interval,
                Cell::text(&measured.period),
                Cell::text(&measured.source),
                Cell::Count(measured.samples),
            ]);
        }
    }
    let lead = "The interval of a distribution is that of its mean.";
    Some(Section::table("Measured values", table, Vec::new())?.with_remark(lead))
}

/// Maximum number of rows in the table of differences; scenarios of different systems differ in
/// most values.
const DIFFERENCES_MAX: usize = 60;
/// A parameter and its value in each run.
type Difference = (String, Vec<Option<String>>);

/// Returns the parameters whose values differ between runs, or `None` if the values of a run are
/// unknown.
fn differing(runs: &[&ScenarioInfo]) -> Option<Vec<Difference>> {
    let of_run = |run: &&ScenarioInfo| -> BTreeMap<String, String> {
        let all = run.configuration.iter();
        all.map(|one| (one.path.clone(), one.value.clone())).collect()
    };
    let values: Vec<BTreeMap<String, String>> = runs.iter().map(of_run).collect();
    if values.iter().any(BTreeMap::is_empty) {
        return None;
    }
    let paths: BTreeSet<&String> = values.iter().flat_map(BTreeMap::keys).collect();
    let own = |path: &&String| -> Difference {
        let own = values.iter().map(|own| own.get(*path).cloned());
        ((*path).clone(), own.collect())
    };
    let differs = |(_, own): &Difference| own.iter().any(|value| *value != own[0]);
    Some(paths.iter().map(own).filter(differs).collect())
}

/// Returns the table of parameters that differ, with one column per run; `None` if no parameter
/// differs or the values of a run are unknown.
pub(super) fn differences(names: &[String], runs: &[&ScenarioInfo]) -> Option<Section> {
    let titles: Vec<&str> =
        ["parameter"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&titles, titles.len());
    for (path, own) in differing(runs)? {
        let own = own.into_iter().map(|value| Cell::of(value, Cell::text));
        table.row([Cell::text(path)].into_iter().chain(own));
    }
    let more = table.rows.len().saturating_sub(DIFFERENCES_MAX);
    table.rows.truncate(DIFFERENCES_MAX);
    let notes = (more > 0).then(|| format!("({more} more)")).into_iter().collect();
    let lead = "Configuration values that differ between the runs (-: the run has no such value).";
    Some(Section::table("Differences of the scenarios", table, notes)?.with_remark(lead))
}
