//! Names of compared runs, from the configuration values in which they differ.

use std::collections::BTreeSet;

use crate::results::{ConfigurationValue, RunResult, ScenarioInfo};

/// Maximum number of differing values in a name; with more differences, runs have the names of
/// their scenarios.
const DIFFERENCES_MAX: usize = 2;

/// Returns a name for each run: the values in which it differs from the other runs (`2 instances`,
/// `5 instances`), or otherwise the name of its scenario. Equal names are numbered.
pub fn run_names(runs: &[&RunResult]) -> Vec<String> {
    names(&runs.iter().map(|run| &run.scenario).collect::<Vec<_>>())
}

/// Returns a name for each scenario.
pub(super) fn names(runs: &[&ScenarioInfo]) -> Vec<String> {
    let by_difference = differing_paths(runs).filter(|paths| paths.len() <= DIFFERENCES_MAX);
    let named = by_difference.map(|paths| {
        let name = |run: &&ScenarioInfo| {
            let values = paths.iter().map(|path| phrase(path, value_of(run, path)));
            values.collect::<Vec<_>>().join(", ")
        };
        runs.iter().map(name).collect::<Vec<_>>()
    });
    let scenarios: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
    match named {
        Some(names) if is_distinct(&names) => names,
        _ if is_distinct(&scenarios) => scenarios,
        _ => (1..).zip(scenarios).map(|(number, name)| format!("{name} ({number})")).collect(),
    }
}

fn is_distinct(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

/// Returns the paths of differing values that at least one scenario sets; `None` if no value
/// differs.
fn differing_paths<'r>(runs: &[&'r ScenarioInfo]) -> Option<Vec<&'r str>> {
    let mut paths: Vec<&str> = Vec::new();
    let all = runs.iter().flat_map(|run| &run.configuration);
    for one in all.filter(|one| one.provenance.is_set()) {
        let path = one.path.as_str();
        let values: BTreeSet<_> = runs.iter().map(|run| value_of(run, path)).collect();
        if values.len() > 1 && !paths.contains(&path) {
            paths.push(path);
        }
    }
    (!paths.is_empty()).then_some(paths)
}

fn value_of<'r>(run: &'r ScenarioInfo, path: &str) -> Option<&'r str> {
    let is_it = |one: &&ConfigurationValue| one.path == path;
    run.configuration.iter().find(is_it).map(|one| one.value.as_str())
}

/// Returns a phrase such as `2 instances` for a count, or `queue limit 500ms` for another value.
fn phrase(path: &str, value: Option<&str>) -> String {
    let key = path.rsplit('.').next().unwrap_or(path).replace('_', " ");
    let Some(value) = value.map(|value| value.trim_matches('"')) else {
        return format!("no {key}");
    };
    let is_plural = key.ends_with('s');
    match value.replace('_', "").parse::<u64>() {
        Ok(1) if is_plural => format!("1 {}", key.trim_end_matches('s')),
        Ok(_) if is_plural => format!("{value} {key}"),
        _ => format!("{key} {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::ValueProvenance;

    fn run(name: &str, values: &[(&str, &str)]) -> RunResult {
        let mut result = RunResult::default();
        result.scenario.name = name.to_owned();
        let value = |(path, value): &(&str, &str)| ConfigurationValue {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            provenance: ValueProvenance::Written,
            source: String::new(),
            measured: Vec::new(),
        };
        result.scenario.configuration = values.iter().map(value).collect();
        result
    }

    #[test]
    fn runs_are_named_by_their_differences() {
        let instances = "gateway.main.instances";
        let [two, five] = ["2", "5"].map(|count| run("quickstart", &[(instances, count)]));
        assert_eq!(run_names(&[&two, &five]), ["2 instances", "5 instances"]);
        let [small, large] = ["A2_v2", "D4_v3"].map(|size| {
            let quoted = format!("\"{size}\"");
            run("quickstart", &[(instances, "2"), ("gateway.main.size", &quoted)])
        });
        assert_eq!(run_names(&[&small, &large]), ["size A2_v2", "size D4_v3"]);
    }

    #[test]
    fn runs_with_many_or_no_differences_have_scenario_names() {
        let values = |value: &'static str| [("a.b", value), ("c.d", value), ("e.f", value)];
        let [one, other] = [run("one", &values("1")), run("other", &values("2"))];
        assert_eq!(run_names(&[&one, &other]), ["one", "other"]);
        let same = run("one", &values("1"));
        assert_eq!(run_names(&[&one, &same]), ["one (1)", "one (2)"]);
    }
}
