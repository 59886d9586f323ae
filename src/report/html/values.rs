//! The values of a scenario and where they come from, from `scenario.resolved.toml`.

use std::collections::{BTreeMap, BTreeSet};

use super::run::StoredRun;
use super::table::HtmlTable;

/// A value with its provenance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub path: String,
    pub value: String,
    /// `published`, `derived`, `assumed`, `setting`, or `written`.
    pub kind: String,
    pub source: String,
}

/// All values of a resolved scenario, in its order.
pub(super) fn all(resolved: &str) -> Vec<Value> {
    let mut section = String::new();
    let mut values = Vec::new();
    for line in resolved.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
            continue;
        }
        let Some((text, comment)) = line.split_once("  # ") else { continue };
        let Some((key, value)) = text.split_once(" = ") else { continue };
        let (kind, source) = match comment.strip_prefix("default (") {
            None => ("written", comment),
            Some(rest) => {
                let (kind, source) = rest.split_once(')').unwrap_or((rest, ""));
                (kind, source.trim_start_matches(": "))
            }
        };
        values.push(Value {
            path: format!("{section}{key}"),
            value: value.to_owned(),
            kind: kind.to_owned(),
            source: source.to_owned(),
        });
    }
    values
}

/// A table of the values of some kinds.
pub(super) fn table(values: &[Value], kinds: &[&str]) -> HtmlTable {
    let rows = values.iter().filter(|one| kinds.contains(&one.kind.as_str()));
    let row = |one: &Value| {
        vec![one.path.clone(), one.value.clone(), one.kind.clone(), one.source.clone()]
    };
    HtmlTable::of("", &["value", "is", "kind", "source or reason"], rows.map(row).collect())
}

/// Rows of values that differ at most: scenarios of different systems differ in most.
const DIFFERENCES_MAX: usize = 60;

/// What runs do not have in common, one column each.
pub(super) fn differences(names: &[String], runs: &[StoredRun]) -> HtmlTable {
    let of_run = |run: &StoredRun| -> BTreeMap<String, String> {
        all(&run.resolved).into_iter().map(|one| (one.path, one.value)).collect()
    };
    let values: Vec<BTreeMap<String, String>> = runs.iter().map(of_run).collect();
    let paths: BTreeSet<&String> = values.iter().flat_map(BTreeMap::keys).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for path in paths {
        let cells: Vec<Option<&String>> = values.iter().map(|own| own.get(path)).collect();
        if cells.iter().any(|cell| *cell != cells[0]) {
            let cell = |cell: &Option<&String>| cell.map_or("-".to_owned(), Clone::clone);
            rows.push([path.clone()].into_iter().chain(cells.iter().map(cell)).collect());
        }
    }
    let more = rows.len().saturating_sub(DIFFERENCES_MAX);
    rows.truncate(DIFFERENCES_MAX);
    let header: Vec<&str> = ["value"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = HtmlTable::of("", &header, rows);
    if more > 0 {
        table.notes.push(format!("({more} more)"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_is_read_from_the_comments() {
        let text = "# head\nschema = 1\nname = \"a\"  # x.toml:3\n\n[gateway.main]\n\
                    cores = 2  # default (published): av2-series.md, 07/29/2024\n\
                    content = true  # default (setting)\n";
        let found = all(text);
        let row = |place: usize| {
            let one = &found[place];
            [&one.path, &one.value, &one.kind, &one.source].map(String::as_str)
        };
        assert_eq!(found.len(), 3);
        assert_eq!(row(0), ["name", "\"a\"", "written", "x.toml:3"]);
        assert_eq!(row(1), ["gateway.main.cores", "2", "published", "av2-series.md, 07/29/2024"]);
        assert_eq!(row(2), ["gateway.main.content", "true", "setting", ""]);
    }
}
