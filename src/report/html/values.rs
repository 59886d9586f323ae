//! The values of a scenario and where they come from.

use std::collections::{BTreeMap, BTreeSet};

use super::run::StoredRun;
use crate::report::document::{Block, Cell, Section, Table};
use crate::results::{ConfigurationValue, RunResult, ValueProvenance};

/// What the values of a run are, by where they come from. Results of older versions do not say.
pub(super) fn sections(result: &RunResult) -> Vec<Section> {
    use ValueProvenance::{Assumed, Derived, Published, Written};
    let all = &result.scenario.configuration;
    if all.is_empty() {
        let text = "These results do not say where each value comes from: an older version of cmgsim \
                    wrote them. scenario.resolved.toml beside them does.";
        return vec![Section::new("Values", vec![Block::Note(text.to_owned())])];
    }
    let assumptions = "Defaults that nobody has published. `cmgsim sensitivity` says which of them \
                       matter to this answer.";
    let kinds: [(&str, &str, &[ValueProvenance]); 3] = [
        ("Assumptions", assumptions, &[Assumed]),
        ("Written in the scenario", "", &[Written]),
        ("Published and derived values", "", &[Published, Derived]),
    ];
    let sections = kinds.into_iter().filter_map(|(title, lead, kinds)| {
        let mut table = Table::new(&["value", "is", "kind", "source or reason"], 4);
        for one in all.iter().filter(|one| kinds.contains(&one.provenance)) {
            let kind = one.provenance.name();
            table.row([&one.path, &one.value, kind, &one.source].map(Cell::text));
        }
        Some(Section::table(title, table, Vec::new())?.with_remark(lead))
    });
    sections.collect()
}

/// Rows of values that differ at most: scenarios of different systems differ in most.
const DIFFERENCES_MAX: usize = 60;

/// What runs do not have in common, one column each; `None` if that is nothing, or not known of one
/// of them.
pub(super) fn differences(names: &[String], runs: &[StoredRun]) -> Option<Section> {
    let configurations = runs.iter().map(|run| &run.result.scenario.configuration);
    let of_run = |configuration: &Vec<ConfigurationValue>| -> BTreeMap<String, String> {
        configuration.iter().map(|one| (one.path.clone(), one.value.clone())).collect()
    };
    let values: Vec<BTreeMap<String, String>> = configurations.map(of_run).collect();
    if values.iter().any(BTreeMap::is_empty) {
        return None;
    }
    let paths: BTreeSet<&String> = values.iter().flat_map(BTreeMap::keys).collect();
    let titles: Vec<&str> = ["value"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&titles, titles.len());
    for path in paths {
        let own: Vec<Option<&String>> = values.iter().map(|own| own.get(path)).collect();
        if own.iter().any(|cell| *cell != own[0]) {
            let own = own.into_iter().map(|value| Cell::of(value, Cell::text));
            table.row([Cell::text(path)].into_iter().chain(own));
        }
    }
    let more = table.rows.len().saturating_sub(DIFFERENCES_MAX);
    table.rows.truncate(DIFFERENCES_MAX);
    let notes = (more > 0).then(|| format!("({more} more)")).into_iter().collect();
    let lead = "Values that are not the same in all of them; - where there is none.";
    Some(Section::table("What differs", table, notes)?.with_remark(lead))
}
