//! Generates `docs/reference/parameters.md`, which lists the source of every default, from the
//! catalogue.

use cmgsim::internals::catalogue::{Catalogue, Parameter, Provenance};

use super::reference::{SECTIONS, bare, cell, heading, section};

const HEAD: &str = "# Parameters

<!-- Generated from the catalogue by tests/book; do not edit. -->

This page lists every number of the model with its default, its plausible range and its source.
`cmgsim params` prints the same list, and `cmgsim params probe` prints the parameters whose path
contains \"probe\". Numbers without a unit are counts or factors.

* **Published**: Microsoft has published the number. The entry names the document and its date.
* **Derived**: the number follows from published numbers. The entry shows the formula.
* **Assumed**: no number is published. The entry gives the reason and a range for a
  [sensitivity study](../how-to/sensitivity.md). [Assumptions](../assumptions.md) explains A1 to
  A25.
* **Setting**: you choose the value. This page lists a setting only if a published fact is relevant
  to it; the [scenario reference](scenario.md) lists them all.
";

/// Sections that appear only on this page.
const FACTS: [(&str, &str, &str); 3] = [
    ("size", "VM sizes", "Properties of each value of `gateway.NAME.size`."),
    (
        "sharing",
        "Software update points by server",
        "Properties of each value of \
      `software_update_point.NAME.shared`.",
    ),
    (
        "limit",
        "Published limits",
        "Limits with which each run is compared. They do not limit \
      anything in the model.",
    ),
];

/// Returns the page as Markdown.
pub fn page() -> String {
    let rows = Catalogue::builtin().parameters();
    let of = |provenance| rows.iter().filter(|row| row.provenance == provenance).count();
    let mut page = HEAD.to_owned();
    page.push_str(&format!(
        "\nOf {} parameters, {} are published, {} derived, {} assumed, and {} are settings.\n",
        rows.len(),
        of(Provenance::Published),
        of(Provenance::Derived),
        of(Provenance::Assumed),
        of(Provenance::Setting)
    ));
    let mut listed = 0;
    for (prefix, title, what) in SECTIONS.iter().chain(&FACTS) {
        let rows: Vec<&Parameter> =
            rows.iter().filter(|row| !title.is_empty() && section(&row.path) == *prefix).collect();
        listed += rows.len();
        let facts: Vec<String> = rows.into_iter().filter_map(entry).collect();
        if !facts.is_empty() {
            page.push_str(&heading(title, what.split(". A cohort").next().unwrap_or(what)));
            page.push('\n');
            page.push_str(&facts.concat());
        }
    }
    assert_eq!(listed, rows.len(), "a section of the catalogue is not on the page");
    page
}

/// Returns the list item of a parameter: name, value, provenance and reason.
fn entry(row: &Parameter) -> Option<String> {
    let provenance = match row.provenance {
        Provenance::Published => "Published",
        Provenance::Derived => "Derived",
        Provenance::Assumed => "Assumed",
        Provenance::Setting if row.source.is_empty() => return None,
        Provenance::Setting => "Setting",
    };
    let value = row.value.as_ref().map_or_else(|| "no default".to_owned(), |it| format!("`{it}`"));
    let range = match (&row.low, &row.high) {
        (Some(low), Some(high)) => format!(", plausible {} to {}", bare(low), bare(high)),
        _ => String::new(),
    };
    let (path, doc, source) = (row.path.replace('*', "NAME"), cell(&row.doc), cell(&row.source));
    let mark = if source.ends_with(['.', '?', '!']) { "" } else { "." };
    Some(format!("* **`{path}`** = {value}{range}. {doc}\n  *{provenance}*: {source}{mark}\n"))
}
