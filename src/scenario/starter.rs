//! Scenarios that `cmgsim init` writes: a short one with the values that a planner decides, and a
//! full one that also lists every other key of the catalogue as a comment with its default.

use crate::catalogue::{Catalogue, Parameter, Provenance};

/// Question of the scenario. It contains no number, so that it applies to changed values as well.
const QUESTION: &str =
    "Does this gateway serve our clients on a Monday with an update-domain walk?";

/// Numbers that a planner decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Number of clients.
    pub clients: u32,
    /// Share of the clients' sessions on the internet in percent, 1 to 100; all other sessions are
    /// on the intranet.
    pub internet_percent: u32,
    /// Number of VM instances of the gateway, 1 to 16.
    pub instances: u32,
    /// Number of CMG connection points.
    pub connection_points: u32,
    /// Number of management points.
    pub management_points: u32,
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            clients: 10_000,
            internet_percent: 70,
            instances: 2,
            connection_points: 2,
            management_points: 2,
        }
    }
}

impl Answers {
    fn locations(&self) -> String {
        let (internet, intranet) = (self.internet_percent, 100 - self.internet_percent);
        format!("{{ internet = \"{internet}%\", intranet = \"{intranet}%\" }}")
    }
}

/// Returns the short scenario: the values that a planner decides, each with an explanation.
pub fn short(answers: &Answers) -> String {
    let Answers { clients, instances, connection_points, management_points, .. } = answers;
    let locations = answers.locations();
    format!(
        r#"# Scenario for cmgsim: edit it, then run `cmgsim check FILE` and `cmgsim run FILE`.
# All other keys have defaults: list them with `cmgsim params` or `cmgsim init --full`.

schema = 1
question = "{QUESTION}"
start = "2026-11-23T06:00"          # Start of the measured period in local time, a Monday.
time_zone = "UTC"                   # IANA or Windows name, for example "W. Europe Standard Time".
duration = "10h"                    # Length of the measured period.

[gateway.main]
# VM instances, 1 to 16; with two or more, the gateway stays available during updates.
instances = {instances}
size = "A2_v2"                      # VM size: "A2_v2", "A4_v2", or "B2s" for a lab.

[connection_point.cp]
count = {connection_points:<28}# CMG connection points; Microsoft recommends two per site.

[management_point.mp]
count = {management_points:<28}# Management points that accept requests from the gateway.

[cohort.remote]                     # Clients with the same behaviour; add a section per group.
clients = {clients:<26}# Number of clients; some of them are off at any time.
# Share of the clients' sessions in each location: internet, intranet, vpn. The sum is 100 %.
locations = {locations}

[slo]                               # Objectives; `cmgsim run` exits with code 4 if one is not met.
latency_p95_s = "5s"                # 95 % of requests complete within this time.
failure_share = "1%"                # Largest share of requests that fail.
time_over_limit_share = "1%"        # Share of time that an instance exceeds its connection limit.

[disruption.patching]               # A disruption; list all kinds: `cmgsim params disruption`.
kind = "update-domain-walk"         # Azure updates the instances, one update domain at a time.
at = "4h"                           # Time after the start of the measured period.
"#
    )
}

/// Sections of the full scenario: the catalogue's prefix, the header, and the written keys.
fn sections(answers: &Answers) -> [(&'static str, &'static str, String); 6] {
    let Answers { clients, instances, connection_points, management_points, .. } = answers;
    let cohort = format!(
        "clients = {clients}  # Number of clients; some of them are off at any time.\n\
         # Share of the clients' sessions in each location: internet, intranet, vpn. The sum is \
         100 %.\nlocations = {}\n",
        answers.locations()
    );
    [
        ("network.", "[network]", String::new()),
        (
            "gateway.*.",
            "[gateway.main]",
            format!(
                "# VM instances, 1 to 16; with two or more, the gateway stays available during \
                 updates.\ninstances = {instances}\n"
            ),
        ),
        ("connection_point.*.", "[connection_point.cp]", format!("count = {connection_points}\n")),
        ("management_point.*.", "[management_point.mp]", format!("count = {management_points}\n")),
        ("client.", "[client]", String::new()),
        ("cohort.*.", "[cohort.remote]", cohort),
    ]
}

/// Defaults that are descriptions instead of values.
const IN_WORDS: [&str; 6] =
    ["by size", "by kind", "by sharing", "the only one", "the scenario's", ""];

/// Prefixes of keys that have no effect in this scenario: they need a software update point, or
/// another `authentication`.
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

/// Other sections, in a few lines.
const MORE: &str = "
# More sections; list the keys of a section with `cmgsim params SECTION`.
#   [site]                        version of Configuration Manager: version
#   [site.NAME]                   primary sites with their network latency to Azure: azure
#   [software_update_point.NAME]  clients scan for updates: client.update_scan, scan_retry
#   [distribution_point.NAME]     serves content on the intranet
#   [boundary_group.NAME]         assigns clients on the intranet or VPN to a gateway; cohorts refer
#                                 to it: intranet_boundary_group, vpn_boundary_group
#   [deployment.NAME]             policy, content and installation for cohorts: at, size, deadline
#   [notification.NAME]           asks online clients to start a task: at, task
#   [source.NAME]                 requests that do not come from clients: enters, kind, rate
#   [[measured]]                  values that you measured: path, low, high, samples, period, source
#   [prices]                      your prices; the example prices of the catalogue are not verified
# For other authentication methods, see `authentication`, `client.token` and `client.registration`.
";

/// Objectives with example values in TOML. No objective has a default.
const OBJECTIVES: [(&str, &str); 29] = [
    ("latency_mean_s", "\"1s\""),
    ("latency_p50_s", "\"1s\""),
    ("latency_p95_s", "\"5s\""),
    ("latency_p99_s", "\"10s\""),
    ("failure_share", "\"1%\""),
    ("failed_attempt_share", "\"1%\""),
    ("channel_availability_share", "\"99%\""),
    ("gateway_availability_share", "\"99.9%\""),
    ("recovery_max_s", "\"30min\""),
    ("time_over_limit_share", "\"1%\""),
    ("ports_peak_share", "\"80%\""),
    ("utilisation_mean_share", "\"60%\""),
    ("utilisation_peak_share", "\"80%\""),
    ("policy_age_p95_s", "\"2h\""),
    ("vpn_bytes", "\"1 TB\""),
    ("vpn_down_peak_mbit_per_s", "800"),
    ("vpn_down_p95_mbit_per_s", "500"),
    ("vpn_up_peak_mbit_per_s", "200"),
    ("vpn_up_p95_mbit_per_s", "100"),
    ("intranet_bytes", "\"10 TB\""),
    ("intranet_down_peak_mbit_per_s", "5000"),
    ("intranet_down_p95_mbit_per_s", "2000"),
    ("internet_bytes", "\"10 TB\""),
    ("internet_down_peak_mbit_per_s", "5000"),
    ("internet_down_p95_mbit_per_s", "2000"),
    ("azure_to_site_bytes", "\"1 TB\""),
    ("azure_to_site_up_peak_mbit_per_s", "800"),
    ("azure_to_site_up_p95_mbit_per_s", "500"),
    ("cost_per_month", "1000"),
];

/// Keys that the file sets and therefore does not repeat as comments.
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

/// Returns the full scenario, with every other key of the catalogue as a comment.
pub fn full(answers: &Answers) -> String {
    let mut text = format!(
        "# Scenario for cmgsim. Lines that start with # and a key show defaults: remove the # to\n\
         # change one. A colon instead of = means that the default depends on another key.\n\
         # Replace values marked \"assumed\" with your own measurements.\n\
         # List all keys with their sources: `cmgsim params`. For completion in an editor, run\n\
         # `cmgsim schema --out cmgsim.schema.json` and make this the first line of the file:\n\
         # #:schema ./cmgsim.schema.json\n\n\
         schema = 1\n\
         question = \"{QUESTION}\"\n\
         start = \"2026-11-23T06:00\"     # a Monday\n",
    );
    let rows = || Catalogue::builtin().parameters().iter().filter(|row| row.settable);
    for row in rows().filter(|row| !row.path.contains('.')) {
        push_comment(&mut text, row, &row.path);
    }
    for (prefix, header, written) in sections(answers) {
        text.push_str(&format!("\n{header}\n{written}"));
        for row in rows() {
            let is_elsewhere = ELSEWHERE.iter().any(|start| row.path.starts_with(start));
            let key = row.path.strip_prefix(prefix).filter(|key| *key != "clients");
            if let Some(key) = key.filter(|_| !is_elsewhere) {
                push_comment(&mut text, row, key);
            }
        }
    }
    text.push_str(&objectives());
    text.push_str(MORE);
    text.push_str(
        "\n# A disruption (list all kinds: `cmgsim params disruption`).\n\
         [disruption.patching]\nkind = \"update-domain-walk\"\nat = \"4h\"                    \
         # Time after the start of the measured period.\n",
    );
    text
}

/// Returns the section of objectives, with all metrics that can be objectives as comments.
fn objectives() -> String {
    let mut text = String::from(
        "\n[slo]\n# Objectives. The values are examples, not defaults; remove the # to set one. If \
         an objective is\n# not met, `run` exits with code 4. `size` needs at least one objective.\n",
    );
    for (key, example) in OBJECTIVES {
        let row = Catalogue::builtin().settable(&["slo", key]);
        let doc = row.map_or("", |row| row.doc.as_str());
        text.push_str(&format!("# {key} = {example}  # {doc}\n"));
    }
    text + "# Only for scenarios with a [deployment.NAME]: policy_p95_s, compliance_p95_s.\n"
}

fn push_comment(text: &mut String, row: &Parameter, key: &str) {
    let Some(value) = row.value.as_ref().filter(|_| !WRITTEN.contains(&row.path.as_str())) else {
        return;
    };
    let provenance = match row.provenance {
        Provenance::Setting => String::new(),
        other => format!(" ({other})"),
    };
    // A default in words is not a TOML value, so the comment is not written as an assignment.
    let equals = if IN_WORDS.iter().any(|word| value.as_str() == Some(*word)) { ":" } else { " =" };
    text.push_str(&format!("# {key}{equals} {value}  # {}{provenance}\n", row.doc));
}
