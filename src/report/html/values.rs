//! The configuration values of runs: where they come from, and in which of them runs differ.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::document::{Block, Cell, Section, Table};
use crate::results::{ConfigurationValue, RunResult, ScenarioInfo, ValueProvenance};

/// The configuration values of a run by their source. Results of older versions do not have them.
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
    let kinds: [(&str, &str, &[ValueProvenance]); 3] = [
        ("Assumptions", assumptions, &[Assumed]),
        ("Values of the scenario", "", &[Written]),
        ("Published and derived values", "", &[Published, Derived]),
    ];
    let sections = kinds.into_iter().filter_map(|(title, lead, kinds)| {
        let mut table = Table::new(&["parameter", "value", "kind", "source or reason"], 4);
        for one in all.iter().filter(|one| kinds.contains(&one.provenance)) {
            let kind = one.provenance.name();
            table.row([&one.path, &one.value, kind, &one.source].map(Cell::text));
        }
        Some(Section::table(title, table, Vec::new())?.with_remark(lead))
    });
    sections.collect()
}

/// Most rows of the table of differences: scenarios of different systems differ in most values.
const DIFFERENCES_MAX: usize = 60;
/// Most values that the name of a run holds.
const NAME_VALUES_MAX: usize = 3;
/// Values that do not describe a system.
const NOT_IN_NAMES: [&str; 2] = ["name", "question"];

/// A parameter and its value in each run.
type Difference = (String, Vec<Option<String>>);

/// The parameters that do not have the same value in all runs, as far as `is_compared` selects
/// values; `None` if the values of a run are unknown.
fn differing(
    runs: &[&ScenarioInfo],
    is_compared: fn(&ConfigurationValue) -> bool,
) -> Option<Vec<Difference>> {
    let of_run = |run: &&ScenarioInfo| -> BTreeMap<String, String> {
        let all = run.configuration.iter();
        all.map(|one| (one.path.clone(), one.value.clone())).collect()
    };
    let values: Vec<BTreeMap<String, String>> = runs.iter().map(of_run).collect();
    if values.iter().any(BTreeMap::is_empty) {
        return None;
    }
    let all = runs.iter().flat_map(|run| &run.configuration);
    let paths: BTreeSet<&String> =
        all.filter(|one| is_compared(one)).map(|one| &one.path).collect();
    let own = |path: &&String| -> Difference {
        let own = values.iter().map(|own| own.get(*path).cloned());
        ((*path).clone(), own.collect())
    };
    let differs = |(_, own): &Difference| own.iter().any(|value| *value != own[0]);
    Some(paths.iter().map(own).filter(differs).collect())
}

/// The table of the parameters in which runs differ, one column a run; `None` if there are none, or
/// if the values of a run are unknown.
pub(super) fn differences(names: &[String], runs: &[&ScenarioInfo]) -> Option<Section> {
    let titles: Vec<&str> =
        ["parameter"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&titles, titles.len());
    for (path, own) in differing(runs, |_| true)? {
        let own = own.into_iter().map(|value| Cell::of(value, Cell::text));
        table.row([Cell::text(path)].into_iter().chain(own));
    }
    let more = table.rows.len().saturating_sub(DIFFERENCES_MAX);
    table.rows.truncate(DIFFERENCES_MAX);
    let notes = (more > 0).then(|| format!("({more} more)")).into_iter().collect();
    let lead = "Configuration values that differ between the runs; - if a run does not have one.";
    Some(Section::table("Differences of the scenarios", table, notes)?.with_remark(lead))
}

/// Names of runs by what differs: `2 instances` and `5 instances`. Runs that differ in nothing or
/// in many values have the names of their scenarios. Equal names get numbers.
pub(super) fn names_of_runs(runs: &[&ScenarioInfo]) -> Vec<String> {
    let is_written = |one: &ConfigurationValue| one.provenance == ValueProvenance::Written;
    let mut differing = differing(runs, is_written).unwrap_or_default();
    differing.retain(|(path, _)| !NOT_IN_NAMES.contains(&path.as_str()));
    let names: Vec<String> = match differing.len() {
        1..=NAME_VALUES_MAX => (0..runs.len()).map(|run| name(&differing, run)).collect(),
        _ => runs.iter().map(|run| run.name.clone()).collect(),
    };
    let numbered =
        |(place, name): (usize, &String)| match names.iter().filter(|other| *other == name).count()
        {
            1 => name.clone(),
            _ => format!("{name} ({})", place + 1),
        };
    names.iter().enumerate().map(numbered).collect()
}

fn name(differing: &[Difference], run: usize) -> String {
    let key = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let label = |(path, own): &Difference| {
        let is_unique = differing.iter().filter(|(other, _)| key(other) == key(path)).count() == 1;
        let label = label(path, own[run].as_deref());
        let owner = path.split('.').nth(1).unwrap_or_default();
        if is_unique { label } else { format!("{owner}: {label}") }
    };
    differing.iter().map(label).collect::<Vec<_>>().join(", ")
}

/// A value in words: `5 instances`, `2 connection points`, `vm size D2_v2`.
fn label(path: &str, value: Option<&str>) -> String {
    let mut parts: Vec<&str> = path.split('.').collect();
    let words = |part: &str| part.replace('_', " ");
    let is_count = parts.last() == Some(&"count") && parts.len() > 1;
    let key = match is_count {
        true => words(parts[0]) + "s",
        false => words(parts.pop().unwrap_or_default()),
    };
    let Some(value) = value.map(|value| value.trim_matches('"')) else {
        return format!("no {key}");
    };
    match (value.parse::<f64>(), key.strip_suffix('s')) {
        (Ok(1.0), Some(singular)) => format!("1 {singular}"),
        (Ok(_), Some(_)) => format!("{value} {key}"),
        _ => format!("{key} {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(values: &[(&str, &str)]) -> ScenarioInfo {
        let value = |(path, value): &(&str, &str)| ConfigurationValue {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            provenance: ValueProvenance::Written,
            source: String::new(),
        };
        let configuration = values.iter().map(value).collect();
        ScenarioInfo { name: "walk".to_owned(), configuration, ..ScenarioInfo::default() }
    }

    #[test]
    fn runs_are_named_by_what_differs() {
        let names =
            |one: &[(&str, &str)], other: &[(&str, &str)]| names_of_runs(&[&run(one), &run(other)]);
        let instances = "gateway.main.instances";
        let of = |count: &'static str| [(instances, count), ("seed", "1")];
        assert_eq!(names(&of("1"), &of("5")), ["1 instance", "5 instances"]);
        let of = |count: &'static str| [(instances, "2"), ("connection_point.cp.count", count)];
        assert_eq!(names(&of("1"), &of("2")), ["1 connection point", "2 connection points"]);
        let of = |size: &'static str| [("gateway.main.vm_size", size)];
        assert_eq!(names(&of("\"A2_v2\""), &of("\"D2_v2\"")), ["vm size A2_v2", "vm size D2_v2"]);
        let of = |count: &'static str| [(instances, count), ("gateway.east.instances", count)];
        let expected =
            ["east: 2 instances, main: 2 instances", "east: 3 instances, main: 3 instances"];
        assert_eq!(names(&of("2"), &of("3")), expected);
        assert_eq!(names(&of("2"), &of("2")), ["walk (1)", "walk (2)"]);
    }
}
