//! The scenario that `cmgsim init` writes: the few values a user has to think about, and all
//! others as comments with their defaults, from the catalogue.

use crate::catalogue::{Catalogue, Parameter, Provenance};

/// Sections of the file: the catalogue's prefix, the header, and what is written in it.
const SECTIONS: [(&str, &str, &str); 6] = [
    ("network.", "[network]", ""),
    (
        "gateway.*.",
        "[gateway.main]",
        "instances = 2                # two or more go on through updates\n",
    ),
    ("connection_point.*.", "[connection_point.cp]", "count = 2\n"),
    ("management_point.*.", "[management_point.mp]", "count = 2\n"),
    ("client.", "[client]", ""),
    ("cohort.*.", "[cohort.remote]", "locations = { internet = \"70%\", intranet = \"30%\" }\n"),
];

/// Defaults that are told in words.
const IN_WORDS: [&str; 5] = ["by size", "by kind", "the only one", "the scenario's", ""];

/// Keys that are written above, so not as comments again.
const WRITTEN: [&str; 9] = [
    "schema",
    "name",
    "question",
    "start",
    "gateway.*.instances",
    "connection_point.*.count",
    "management_point.*.count",
    "client.locations.internet",
    "client.locations.intranet",
];

/// The text, for a first cohort of so many clients. It is a valid scenario.
pub fn text(clients: u32) -> String {
    let mut text = String::from(
        "# A scenario of cmgsim. Lines that begin with # and a key are defaults: take the # away to\n\
         # change one (one with a colon is decided by something else). Search for \"assumed\": your\n\
         # own measurements are better than these values.\n\
         # All keys with their sources: `cmgsim params`. For completion in an editor:\n\
         # `cmgsim schema > cmgsim.schema.json`, and as first line here:\n\
         # #:schema ./cmgsim.schema.json\n\n\
         schema = 1\n\
         question = \"Do two instances carry our clients?\"\n\
         start = \"2026-11-23T06:00\"     # a Monday\n",
    );
    let rows = || Catalogue::builtin().parameters().iter().filter(|row| row.settable);
    for row in rows().filter(|row| !row.path.contains('.')) {
        push_comment(&mut text, row, &row.path);
    }
    for (prefix, header, written) in SECTIONS {
        text.push_str(&format!("\n{header}\n{written}"));
        if prefix == "cohort.*." {
            text.push_str(&format!("clients = {clients}\n"));
        }
        for row in rows() {
            if let Some(key) = row.path.strip_prefix(prefix).filter(|key| *key != "clients") {
                push_comment(&mut text, row, key);
            }
        }
    }
    text.push_str(
        "\n# Something that goes wrong (kinds: update-domain-walk, instance-crash,\n\
         # connection-point-outage, freeze):\n\
         [disruption.patching]\nkind = \"update-domain-walk\"\nat = \"4h\"                    \
         # after the start\n",
    );
    text
}

fn push_comment(text: &mut String, row: &Parameter, key: &str) {
    let Some(value) = row.value.as_ref().filter(|_| !WRITTEN.contains(&row.path.as_str())) else {
        return;
    };
    let provenance = match row.provenance {
        Provenance::Setting => String::new(),
        other => format!(" ({other})"),
    };
    // What describes a default is no value: such a line stays a comment.
    let equals = if IN_WORDS.iter().any(|word| value.as_str() == Some(*word)) { ":" } else { " =" };
    text.push_str(&format!("# {key}{equals} {value}  # {}{provenance}\n", row.doc));
}
