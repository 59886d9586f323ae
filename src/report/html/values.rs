//! The values of a scenario and where they come from, from `scenario.resolved.toml`.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_is_read_from_the_comments() {
        let text = "# head\nschema = 1\nname = \"a\"  # x.toml:3\n\n[gateway.main]\n\
                    cores = 2  # default (published): av2-series.md, 02/03/2020\n\
                    content = true  # default (setting)\n";
        let found = all(text);
        let row = |place: usize| {
            let one = &found[place];
            [&one.path, &one.value, &one.kind, &one.source].map(String::as_str)
        };
        assert_eq!(found.len(), 3);
        assert_eq!(row(0), ["name", "\"a\"", "written", "x.toml:3"]);
        assert_eq!(row(1), ["gateway.main.cores", "2", "published", "av2-series.md, 02/03/2020"]);
        assert_eq!(row(2), ["gateway.main.content", "true", "setting", ""]);
    }
}
