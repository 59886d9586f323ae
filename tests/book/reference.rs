//! The page `docs/reference/scenario.md`, from the JSON Schema: every section, key, way to write
//! its value, default, and what it is. Defaults and bounds that a schema cannot express come from
//! the catalogue, which the schema is made from too.

use std::collections::BTreeMap;

use cmgsim::internals::catalogue::{Catalogue, Parameter};
use cmgsim::internals::scenario::schema::json_schema;
use serde_json::Value;

/// Sections in the order of the page, and what each is.
pub const SECTIONS: [(&str, &str, &str); 20] = [
    ("", "The run", "Keys at the top of the file, before the first section."),
    ("gateway", "[gateway.NAME]", "Cloud management gateways."),
    (
        "connection_point",
        "[connection_point.NAME]",
        "Connection points: servers of the site that \
      connect to a gateway and carry its requests on.",
    ),
    ("management_point", "[management_point.NAME]", "Management points."),
    (
        "software_update_point",
        "[software_update_point.NAME]",
        "Software update points. Without \
      one nobody scans for updates.",
    ),
    (
        "distribution_point",
        "[distribution_point.NAME]",
        "Distribution points: content that does \
      not come from a gateway's storage.",
    ),
    (
        "site",
        "[site.NAME]",
        "Primary sites. Without a section there is one. `site.version` is \
      of all of them: `version` under `[site]`.",
    ),
    (
        "boundary_group",
        "[boundary_group.NAME]",
        "Boundary groups that are associated with a \
      gateway: their clients use it although they are on VPN or on the intranet.",
    ),
    (
        "cohort",
        "[cohort.NAME]",
        "Groups of alike clients. A cohort may also have every key of \
      [client](#client), for its clients alone.",
    ),
    ("client", "[client]", "What all clients do, unless their cohort says otherwise."),
    ("network", "[network]", "Distances."),
    ("deployment", "[deployment.NAME]", "Deployments: policy, scan, content, installation."),
    ("notification", "[notification.NAME]", "Client notifications: online clients do a task now."),
    (
        "source",
        "[source.NAME]",
        "Requests that come from no client: synthetic load, or a \
      recorded one.",
    ),
    (
        "disruption",
        "[disruption.NAME]",
        "What goes wrong. Which keys a kind takes is said at \
      each key.",
    ),
    (
        "slo",
        "[slo]",
        "Objectives. `cmgsim run` judges them by intervals, `cmgsim size` looks for \
      what meets them.",
    ),
    (
        "prices",
        "[prices]",
        "Your prices. No document names any: the defaults are examples, and \
      every output says so.",
    ),
    ("presence", "When clients are on", "Keys of a table for `client.presence`."),
    ("down", "How long what fails is away", "Defaults of `disruption.NAME.down`, by kind."),
    ("", "", ""),
];

const HEAD: &str = "# Scenario reference

<!-- Generated from the JSON Schema by tests/book; do not edit. -->

Every section and key of a scenario file. The same is in the
[JSON Schema](../scenario.schema.json), which editors use. Where each default comes from:
[Parameters](parameters.md).

`NAME` is a name you choose: letters and digits of any script, `-` and `_`, at most 64 characters;
TOML takes letters beyond ASCII in quotes: `[cohort.\"Zürich\"]`. Names are compared character by
character, so that `é` as one character and as `e` with an accent are two names. Keys with a dot may
be written as they are (`probe.interval = \"5s\"`) or as a table (`probe = { interval = \"5s\" }`).
Unknown keys are errors. Everything can be set on the command line too:
`--set gateway.main.instances=4`, or for all gateways `--set 'gateway.*.instances=4'`.

What a scenario writes replaces what the one that it `extends` has, `--set` replaces both, and
`--vary` all three. Sections are joined: keys that are not named stay. A distribution, a presence
pattern, a profile and `locations` are one value: a table, in braces or with a header of its own,
replaces all of it, and a dotted key changes one part and leaves the others. With
`locations = { internet = \"60%\", vpn = \"40%\" }` in the file,
`--set 'cohort.x.locations={ internet=\"100%\" }'` puts all clients on the internet, and
`--set cohort.x.locations.internet=50%` leaves 40 % on VPN, and so 10 % on the intranet. `question`
and `name` are not inherited through `extends`.
";

/// The page.
pub fn page() -> String {
    let schema = json_schema();
    let mut leaves = BTreeMap::new();
    collect(&schema, "", &mut leaves);
    let mut page = HEAD.to_owned();
    page.push_str(&notations(&schema));
    for (prefix, title, what) in SECTIONS.iter().filter(|(_, title, _)| !title.is_empty()) {
        let rows: Vec<(&Parameter, &Value)> = Catalogue::builtin()
            .parameters()
            .iter()
            .filter(|row| section(&row.path) == *prefix)
            .filter_map(|row| Some((row, leaves.remove(&row.path)?)))
            .collect();
        if !rows.is_empty() {
            page.push_str(&heading(title, what));
            page.push_str(&tables(prefix, &rows));
        }
    }
    leaves.retain(|path, _| !path.starts_with("cohort.*."));
    assert!(leaves.is_empty(), "no section of the page is for {:?}", leaves.keys());
    page
}

pub fn heading(title: &str, what: &str) -> String {
    let title = if title.starts_with('[') { format!("`{title}`") } else { title.to_owned() };
    format!("\n## {title}\n\n{what}\n")
}

/// The section of a path: its first part, if it has more than one.
pub fn section(path: &str) -> &str {
    path.split_once('.').map_or("", |(first, _)| first)
}

/// All keys of the schema with the schema of their values, by path.
fn collect<'a>(node: &'a Value, path: &str, found: &mut BTreeMap<String, &'a Value>) {
    let is_table = node["type"] == "object";
    if !is_table {
        found.insert(path.to_owned(), node);
        return;
    }
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    for (key, child) in node["properties"].as_object().into_iter().flatten() {
        collect(child, &join(key), found);
    }
    for (_, child) in node["patternProperties"].as_object().into_iter().flatten() {
        collect(child, &join("*"), found);
    }
}

/// A table of a section's keys, and one for each group of four and more below it.
fn tables(prefix: &str, rows: &[(&Parameter, &Value)]) -> String {
    let mut groups: Vec<(String, Vec<String>)> = vec![(String::new(), Vec::new())];
    for (row, value) in rows {
        let key = short(prefix, &row.path);
        let group = key.split_once('.').map_or("", |(group, _)| group);
        let size = rows
            .iter()
            .filter(|(other, _)| short(prefix, &other.path).starts_with(&format!("{group}.")))
            .count();
        let group = if size >= 4 { group } else { "" };
        let line = line(&key, row, value);
        match groups.iter_mut().find(|(name, _)| name == group) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((group.to_owned(), vec![line])),
        }
    }
    let mut text = String::new();
    for (group, lines) in groups.iter().filter(|(_, lines)| !lines.is_empty()) {
        if !group.is_empty() {
            let is_named =
                rows.iter().any(|(row, _)| row.path.starts_with(&format!("{prefix}.*.")));
            let name = if is_named { ".NAME" } else { "" };
            let place = format!("{prefix}{name}");
            text.push_str(&format!("\n### `{place}.{group}`\n"));
        }
        text.push_str("\n| key | value | default | what it is |\n|---|---|---|---|\n");
        text.push_str(&lines.concat());
    }
    text
}

/// A path within its section: what comes after the name.
fn short(prefix: &str, path: &str) -> String {
    let rest = path.strip_prefix(prefix).unwrap_or(path);
    rest.trim_start_matches(".*").trim_start_matches('.').replace('*', "NAME")
}

fn line(key: &str, row: &Parameter, value: &Value) -> String {
    let bounds = match (&row.min, &row.max) {
        (Some(min), Some(max)) => format!(", {} to {}", bare(min), bare(max)),
        (Some(min), None) => format!(", at least {}", bare(min)),
        (None, Some(max)) => format!(", at most {}", bare(max)),
        (None, None) => String::new(),
    };
    let kind = kind(value);
    let (kind, or) = kind.split_once(" or ").map_or((kind.as_str(), ""), |(kind, or)| (kind, or));
    let or = if or.is_empty() { String::new() } else { format!(", or {or}") };
    format!("| `{key}` | {kind}{bounds}{or} | {} | {} |\n", default(row), cell(&row.doc))
}

/// A value without its quotes.
pub fn bare(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn default(row: &Parameter) -> String {
    match &row.value {
        Some(value) => format!("`{value}`"),
        None if row.optional => "none".to_owned(),
        None => "*must be written*".to_owned(),
    }
}

/// Text that stays within a cell of a table.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('*', "\\*").replace('_', "\\_")
}

/// How a value is written, in words.
fn kind(value: &Value) -> String {
    if let Some(reference) = value["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let title = NOTATIONS.iter().find(|(own, _, _)| *own == name).expect("it is described").1;
        return format!("[{}](#{})", title.to_lowercase(), title.to_lowercase().replace(' ', "-"));
    }
    let choices = value["allOf"].as_array().or(value["anyOf"].as_array());
    if let Some(choices) = choices {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = value["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    if !value["const"].is_null() {
        return format!("`{}`", value["const"]);
    }
    match value["type"].as_str() {
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("boolean") => "`true` or `false`",
        Some("array") => "list of names",
        _ => "text",
    }
    .to_owned()
}

/// Definitions of the schema: title, and what to know.
const NOTATIONS: [(&str, &str, &str); 11] = [
    ("duration", "Duration", "Units: `ns`, `us`, `ms`, `s`, `min`, `h`, `d`."),
    ("bytes", "Bytes", "`KB`, `MB`, `GB` are powers of 1,000; `KiB`, `MiB`, `GiB` of 1,024."),
    ("bandwidth", "Bandwidth", ""),
    ("rate", "Rate", "Occurrences in a time."),
    ("share", "Share", "With its percent sign."),
    ("civil", "Civil time", "In the scenario's time zone."),
    ("time_of_day", "Time of day", ""),
    (
        "law",
        "Law",
        "How long something takes when it varies: a duration if it does not, or a \
      table with `dist` and the keys of one line. `mean`, `sd` and `cv` are those of what is \
      drawn: a normal distribution is cut at zero so that it has them, which it can while `sd` \
      is at most 0.75 times `mean`.",
    ),
    (
        "law_by_kind",
        "Law by kind",
        "One law for all kinds of requests, or a table with a law a \
      kind and `default` for the others. Kinds:",
    ),
    (
        "presence",
        "Presence",
        "When clients are on: one of these words, or a table with `kind` and \
      keys of the pattern, whose defaults are in [Parameters](parameters.md#when-clients-are-on).",
    ),
    (
        "profile",
        "Profile",
        "A rate that changes: `{ period = \"1d\", points = [[\"0h\", \"0/s\"], \
      [\"12h\", \"5/s\"]] }`. Between points it changes evenly; after the period it begins anew.",
    ),
];

fn notations(schema: &Value) -> String {
    let mut text = "\n## How values are written\n\nNumbers with a unit are text. Numbers without \
         one are counts or factors.\n"
        .to_owned();
    let definitions = schema["definitions"].as_object().expect("definitions");
    for name in definitions.keys() {
        assert!(NOTATIONS.iter().any(|(own, _, _)| own == name), "{name} is not described");
    }
    for (name, title, what) in NOTATIONS {
        let of = &definitions[name];
        text.push_str(&format!("\n### {title}\n\n"));
        let example = of["examples"][0].as_str();
        let example = example.map(|example| format!("For example `\"{example}\"`."));
        let what = (!what.is_empty()).then(|| what.to_owned());
        let sentences: Vec<String> = [example, what].into_iter().flatten().collect();
        text.push_str(&format!("{}\n", sentences.join(" ")));
        match name {
            "law" => text.push_str(&laws(of, "dist")),
            "presence" => text.push_str(&laws(of, "kind")),
            "law_by_kind" => {
                let kinds = of["anyOf"][1]["properties"].as_object().expect("kinds");
                let kinds: Vec<String> = kinds.keys().map(|kind| format!("`{kind}`")).collect();
                text.push_str(&format!("{}.\n", kinds.join(", ")));
            }
            _ => {}
        }
    }
    text
}

/// The tables that may stand for a law or a presence, a line each.
fn laws(definition: &Value, word: &str) -> String {
    let mut text = format!("\n| `{word}` | keys |\n|---|---|\n");
    for choice in definition["anyOf"].as_array().expect("choices") {
        let Some(properties) = choice["properties"].as_object() else { continue };
        let name = properties[word]["const"].as_str().expect("a name");
        let keys = properties.keys().filter(|key| *key != word).map(|key| format!("`{key}`"));
        let keys: Vec<String> = keys.collect();
        let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
        text.push_str(&format!("| `{name}` | {keys} |\n"));
    }
    text
}
