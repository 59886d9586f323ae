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
const IN_WORDS: [&str; 6] =
    ["by size", "by kind", "by sharing", "the only one", "the scenario's", ""];

/// Keys that have no meaning in this scenario, with what comes after them: they go with a software
/// update point, or with another `authentication`.
const ELSEWHERE: [&str; 9] = [
    "client.update_scan.",
    "client.scan_retry.",
    "client.message.update_scan.",
    "client.registration.token_validity",
    "client.token.site_",
    "client.token.service_restart",
    "client.token.expired_share",
    "client.revocation.timeout",
    "gateway.*.revocation.timeout",
];

/// What else there is, in a few lines.
const MORE: &str = "
# More sections; all keys of one: `cmgsim params SECTION`.
#   [site]                        version of Configuration Manager: version
#   [site.NAME]                   primary sites, each with its distance to Azure; parts say `site`
#   [software_update_point.NAME]  then clients scan for updates: client.update_scan, scan_retry
#   [distribution_point.NAME]     content on the intranet
#   [boundary_group.NAME]         sends clients on the intranet or VPN to a gateway; cohorts say
#                                 intranet_boundary_group, vpn_boundary_group
#   [deployment.NAME]             policy, content and installation for cohorts: at, size, deadline
#   [notification.NAME]           asks online clients to do a task now: at, task
#   [source.NAME]                 requests that come from no client: enters, kind, rate
#   [prices]                      your prices; those of the catalogue are not verified
# Clients that prove who they are otherwise: authentication, with keys of client.token and
# client.registration.
";

/// Keys that are written above, so not as comments again.
const WRITTEN: [&str; 10] = [
    "schema",
    "name",
    "question",
    "start",
    "gateway.*.instances",
    "connection_point.*.count",
    "management_point.*.count",
    "client.locations.internet",
    "client.locations.intranet",
    "client.locations.vpn",
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
            let is_elsewhere = ELSEWHERE.iter().any(|start| row.path.starts_with(start));
            let key = row.path.strip_prefix(prefix).filter(|key| *key != "clients");
            if let Some(key) = key.filter(|_| !is_elsewhere) {
                push_comment(&mut text, row, key);
            }
        }
    }
    text.push_str(MORE);
    text.push_str(
        "\n# Something that goes wrong (all kinds: `cmgsim params disruption`):\n\
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
