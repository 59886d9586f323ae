//! Generates `docs/reference/scenario.md` from the JSON Schema. The page lists every section and
//! key with notation, default and description. The catalogue, from which the schema is also
//! generated, provides defaults and bounds that a schema cannot express.

use std::collections::BTreeMap;

use cmgsim::internals::catalogue::{Catalogue, Parameter};
use cmgsim::internals::scenario::schema::json_schema;
use serde_json::Value;

/// Sections in the order of the page, each with its title and description.
pub const SECTIONS: [(&str, &str, &str); 25] = [
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
      one, clients do not scan for updates.",
    ),
    (
        "distribution_point",
        "[distribution_point.NAME]",
        "Distribution points: sources of content \
      besides the storage of a gateway.",
    ),
    (
        "site",
        "[site.NAME]",
        "Primary sites. Without this section, there is one site. `version` \
      under `[site]` is the version of all sites.",
    ),
    (
        "line",
        "[line.NAME]",
        "WAN and internet lines that several components share. `client.line`, \
      `distribution_point.NAME.line`, `network.internet_line`, `site.NAME.internet_line` and \
      `vpn.NAME.line` name the line that they use.",
    ),
    ("vpn", "[vpn.NAME]", "VPNs to the intranet: bandwidth, sessions, split tunnels."),
    ("window", "Weekly windows", "Keys of each window in `hours`."),
    (
        "boundary_group",
        "[boundary_group.NAME]",
        "Boundary groups that are associated with a \
      gateway: their clients use it even on VPN or on the intranet.",
    ),
    (
        "cohort",
        "[cohort.NAME]",
        "Groups of identical clients. A cohort may also set every key of \
      [client](#client) for its own clients.",
    ),
    ("client", "[client]", "Defaults for all clients, which a cohort may override."),
    ("network", "[network]", "Network delays and connection times."),
    ("deployment", "[deployment.NAME]", "Deployments: policy, scan, content, installation."),
    (
        "notification",
        "[notification.NAME]",
        "Client notifications: online clients run a task immediately.",
    ),
    (
        "source",
        "[source.NAME]",
        "Requests that no simulated client sends: synthetic or \
      recorded load.",
    ),
    (
        "disruption",
        "[disruption.NAME]",
        "Failures, updates and changes of capacity. The description \
      of each key names the kinds that accept it.",
    ),
    (
        "measured",
        "[[measured]]",
        "Values that you measured, one section per value. An entry changes no result. Reports show \
      its interval and source, and `cmgsim sensitivity` varies the value within the interval. \
      [Assumptions](../assumptions.md#replacing-an-assumption-by-a-measurement) has an example.",
    ),
    (
        "slo",
        "[slo]",
        "Service level objectives. `cmgsim run` checks them with confidence intervals, \
      `cmgsim size` searches for designs that meet them.",
    ),
    (
        "prices",
        "[prices]",
        "Prices. The defaults are examples, as the output states: set your own \
      prices.",
    ),
    (
        "bill",
        "[bill]",
        "Quantities of the bill that the simulation does not determine, and the normal month of an \
      event: [Using the prices of your region](../how-to/prices.md).",
    ),
    ("presence", "When clients are on", "Keys of the table form of `client.presence`."),
    ("down", "Duration of disruptions", "Default of `disruption.NAME.down` for each kind."),
    ("", "", ""),
];

const HEAD: &str = "# Scenario reference

<!-- Generated from the JSON Schema by tests/book; do not edit. -->

This page lists every section and key of a scenario file. Editors use the same information from
the [JSON Schema](../scenario.schema.json). [Parameters](parameters.md) lists the source of each
default.

`NAME` is a name of your choice: letters and digits of any script, `-` and `_`, at most 64
characters. TOML requires quotes around non-ASCII letters: `[cohort.\"Zürich\"]`. Names are compared
by code point: a precomposed `é` differs from an `e` with a combining accent. Write keys with a dot
as they are (`probe.interval = \"5s\"`) or as a table (`probe = { interval = \"5s\" }`). Unknown
keys are errors. The command line can set every key: `--set gateway.main.instances=4`, or for all
gateways `--set 'gateway.*.instances=4'`.

A scenario overrides the scenario that it `extends`, `--set` overrides both, and `--vary` overrides
all of them. Sections are merged: keys that the overriding layer does not set keep their values. A
distribution, a presence pattern, a profile and `locations` are single values: a table, in braces or
with its own header, replaces the whole value, and a dotted key changes one entry. For example, with
`locations = { internet = \"60%\", vpn = \"40%\" }` in the file,
`--set 'cohort.x.locations={ internet=\"100%\" }'` moves all clients to the internet, and
`--set cohort.x.locations.internet=50%` keeps 40 % on VPN and leaves 10 % on the intranet. `extends`
does not inherit `question` and `name`.
";

/// Returns the page as Markdown.
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
    assert!(leaves.is_empty(), "the page has no section for {:?}", leaves.keys());
    page
}

pub fn heading(title: &str, what: &str) -> String {
    let title = if title.starts_with('[') { format!("`{title}`") } else { title.to_owned() };
    format!("\n## {title}\n\n{what}\n")
}

/// Returns the section of a path, which is its first component if the path has more than one.
pub fn section(path: &str) -> &str {
    path.split_once('.').map_or("", |(first, _)| first)
}

/// Collects all keys of the schema by path, each with the schema of its value.
fn collect<'a>(node: &'a Value, path: &str, found: &mut BTreeMap<String, &'a Value>) {
    // The tables of a list of sections, `[[measured]]`, have the path of the list. Other lists are
    // values.
    let node = if path == "measured" { &node["items"] } else { node };
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

/// Returns a table of a section's keys, followed by a table for each group of at least four keys.
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

/// Returns a path relative to its section, without the section's name.
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

/// Returns a value without quotes.
pub fn bare(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn default(row: &Parameter) -> String {
    match &row.value {
        Some(value) => format!("`{value}`"),
        None if row.optional => "none".to_owned(),
        None => "*required*".to_owned(),
    }
}

/// Escapes text for a table cell.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('*', "\\*").replace('_', "\\_")
}

/// Describes the notation of a value.
fn kind(value: &Value) -> String {
    if let Some(reference) = value["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let title =
            NOTATIONS.iter().find(|(own, _, _)| *own == name).expect("notation is described").1;
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

/// Definitions of the schema, each with its title and description.
const NOTATIONS: [(&str, &str, &str); 12] = [
    ("duration", "Duration", "Units: `ns`, `us`, `ms`, `s`, `min`, `h`, `d`."),
    ("bytes", "Bytes", "`KB`, `MB`, `GB` are powers of 1,000; `KiB`, `MiB`, `GiB` of 1,024."),
    ("bandwidth", "Bandwidth", ""),
    ("rate", "Rate", "Number of occurrences per unit of time."),
    ("share", "Share", "Write the percent sign."),
    ("civil", "Civil time", "In the scenario's time zone."),
    ("time_of_day", "Time of day", ""),
    (
        "distribution",
        "Distribution",
        "The distribution of a duration: a constant duration, or a \
      table with `dist` and the keys of one row below. `mean`, `sd` and `cv` describe the drawn \
      values: a normal distribution is truncated at zero and still has the specified mean and \
      deviation, which requires an `sd` of at most 0.75 times the `mean`.",
    ),
    (
        "distribution_by_kind",
        "Distribution by kind",
        "One distribution for all kinds of requests, or a table with \
      one distribution per kind and `default` for the others. The kinds are",
    ),
    (
        "presence",
        "Presence",
        "When clients are online: one of these words, or a table with `kind` and \
      keys of the pattern. [Parameters](parameters.md#when-clients-are-on) lists the defaults.",
    ),
    (
        "profile",
        "Profile",
        "A rate that changes over time: `{ period = \"1d\", points = [[\"0h\", \"0/s\"], \
      [\"12h\", \"5/s\"]] }`. The rate is interpolated linearly between points and repeats after the period.",
    ),
    (
        "tiers",
        "Tiers",
        "Prices by tier: `[{ above_gb = 0, price = 0 }, { above_gb = 100, price = 0.08 }]`. The \
      limits increase, and the first is 0. A price applies to the gigabytes of a month above its \
      limit, up to the next limit.",
    ),
];

fn notations(schema: &Value) -> String {
    let mut text =
        "\n## How values are written\n\nWrite numbers with a unit as text. Numbers without \
         a unit are counts or factors.\n"
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
            "distribution" => text.push_str(&distributions(of, "dist")),
            "presence" => text.push_str(&distributions(of, "kind")),
            "distribution_by_kind" => {
                let kinds = of["anyOf"][1]["properties"].as_object().expect("kinds");
                let kinds: Vec<String> = kinds.keys().map(|kind| format!("`{kind}`")).collect();
                text.push_str(&format!("{}.\n", kinds.join(", ")));
            }
            _ => {}
        }
    }
    text
}

/// Returns a table with the keys of each distribution or presence pattern.
fn distributions(definition: &Value, word: &str) -> String {
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
