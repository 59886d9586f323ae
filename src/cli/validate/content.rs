//! Content, traffic, continuity, thresholds, and choices by chance.

use crate::results::{Finding, RunResult};
use crate::terms::RequestKind;

use super::suite::{Case, Trial};

/// One client a hundred times, always on the internet, default settings, for 30 days.
const TRAFFIC: &str = "schema = 1
duration = \"30d\"
warm_up = \"1d\"
[gateway.main]
[connection_point.cp]
[management_point.mp]
[software_update_point.sup]
[cohort.clients]
clients = 100
presence = \"always-on\"
";

/// What an administrator may set to know more of clients, and sooner.
const AGGRESSIVE: &[&str] = &[
    "cohort.clients.policy_poll.interval=\"15min\"",
    "cohort.clients.heartbeat.interval=\"1d\"",
    "cohort.clients.hardware_inventory.interval=\"1d\"",
    "cohort.clients.software_inventory.interval=\"1d\"",
    "cohort.clients.update_scan.interval=\"1d\"",
    "cohort.clients.message.update_scan.response=\"7.1 MB\"",
];

/// Microsoft's own test of content.
const FILE: &str = "schema = 1
duration = \"2h30min\"
warm_up = \"5min\"
interval = \"10s\"
[gateway.main]
instances = 10
[connection_point.cp]
count = 4
[management_point.mp]
count = 2
[cohort.clients]
clients = 50_000
presence = \"always-on\"
channel.enabled = false
[deployment.file]
at = \"5min\"
size = \"100 MB\"
";

/// An update-domain walk.
const WALK: &str = "schema = 1
duration = \"2h\"
warm_up = \"10min\"
[gateway.main]
[connection_point.cp]
count = 2
[management_point.mp]
[cohort.clients]
clients = 4_000
presence = \"always-on\"
[disruption.walk]
kind = \"update-domain-walk\"
at = \"30min\"
down = \"8min\"
";

/// A gateway near its threshold.
const THRESHOLD: &str = "schema = 1
duration = \"3h\"
warm_up = \"0s\"
interval = \"10s\"
[gateway.main]
outbound = { stop = true, threshold = \"100 GB\" }
[connection_point.cp]
[management_point.mp]
[cohort.clients]
clients = 1_000
presence = \"always-on\"
[deployment.application]
at = \"0s\"
size = \"500 MB\"
";

/// A gateway and a management point on the internet, which is for clients with certificates.
const TWO_SERVICES: &str = "schema = 1
duration = \"1h\"
warm_up = \"0s\"
[gateway.main]
[connection_point.cp]
[management_point.mp]
[management_point.ibcm]
serves = \"internet\"
[cohort.clients]
clients = 4_000
presence = \"always-on\"
authentication = \"certificate\"
";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = content();
    cases.extend(traffic());
    cases.extend(continuity());
    cases.extend(choices());
    cases
}

fn content() -> Vec<Case> {
    vec![
        Case {
            id: "requests-per-file",
            published: "500 requests a second for one file",
            source: "perf-scale.md, 04/08/2022",
            trial: Some(Trial {
                what: "requests for one file in the busiest ten seconds, 3,000 clients at once:",
                unit: "a second",
                scenario: FILE,
                runs: &[&[
                    "cohort.clients.clients=3000",
                    "cohort.clients.channel.enabled=true",
                    "deployment.file.notify=true",
                    "duration=\"30min\"",
                ]],
                measure: |runs| {
                    runs[0].gateways[0].file_requests_per_second_peak.unwrap_or(f64::NAN)
                },
                is_right: |mean, half| (mean - 500.0).abs() <= half + 0.5,
                finding: Finding::BuiltIn,
            }),
            remark: "",
        },
        Case {
            id: "file-to-50000-clients",
            published: "one file of 100 MB to 50,000 clients in 24 hours from one source",
            source: "perf-scale.md, 04/08/2022",
            trial: Some(Trial {
                what: "time until 99 % of 50,000 clients had it:",
                unit: "hours",
                scenario: FILE,
                runs: &[&[]],
                measure: |runs| {
                    let content = runs[0].deployments[0].content;
                    content.p99_seconds.map_or(f64::NAN, |seconds| seconds / 3600.0)
                },
                is_right: |mean, half| mean + half < 24.0,
                finding: Finding::Holds,
            }),
            remark: "clients find the policy within an hour, and 500 requests a second for parts of \
                4 MB (assumed) are 2 GB a second; with smaller parts it takes longer: 50,000 times \
                100 MB in parts of 1 MB are 2.8 hours.",
        },
    ]
}

fn egress(runs: &[RunResult]) -> f64 {
    runs[0].flows.egress_per_existing_client_30_days.map_or(f64::NAN, |bytes| bytes / 1e6)
}

fn traffic() -> Vec<Case> {
    let trial = |runs, is_right| Trial {
        what: "what leaves the gateway for one always-on client in 30 days:",
        unit: "MB",
        scenario: TRAFFIC,
        runs,
        measure: egress,
        is_right,
        finding: Finding::BuiltIn,
    };
    vec![
        Case {
            id: "traffic-default",
            published: "100 MB a client and month with default settings",
            source: "cost.md, 04/08/2022",
            trial: Some(trial(&[&[]], |mean, half| mean - half > 95.0 && mean + half < 105.0)),
            remark: "message sizes are derived from this number: docs/message-sizes.md.",
        },
        Case {
            id: "traffic-aggressive",
            published: "300 MB a client and month with aggressive settings",
            source: "cost.md, 04/08/2022",
            trial: Some(trial(&[AGGRESSIVE], |mean, half| {
                mean - half > 285.0 && mean + half < 315.0
            })),
            remark: "what is aggressive is not published: here polls every 15 minutes, daily \
                inventories and heartbeats, and daily scans with smaller answers.",
        },
    ]
}

/// Seconds in which a new connection would have been served by nobody.
fn away(runs: &[RunResult]) -> f64 {
    (1.0 - runs[0].gateways[0].availability) * runs[0].scenario.duration_seconds
}

fn continuity() -> Vec<Case> {
    let trial = |runs, is_right| Trial {
        what: "time in which nobody was served during a walk with 8 minutes a domain:",
        unit: "s",
        scenario: WALK,
        runs,
        measure: away,
        is_right,
        finding: Finding::Reproduced,
    };
    vec![
        Case {
            id: "continuity-two-instances",
            published: "two or more instances give continuity while update domains are updated",
            source: "cloud-management-gateway-faq.yml, 12/04/2024",
            trial: Some(trial(&[&[]], |mean, half| mean + half < 60.0)),
            remark: "connections are lost with each domain all the same, and come back unevenly.",
        },
        Case {
            id: "continuity-one-instance",
            published: "one instance gives none",
            source: "cloud-management-gateway-faq.yml, 12/04/2024",
            trial: Some(trial(&[&["gateway.main.instances=1"]], |mean, half| {
                mean + half > 480.0 && mean - half < 560.0
            })),
            remark: "the eight minutes of the domain, and until probes and connection points have \
                found the instance again.",
        },
        Case {
            id: "capacity-with-one-domain-down",
            published: "five A2_v2 keep 24,000 connections within 6,000 each with one domain down \
                (arithmetic on published numbers)",
            source: "includes/scale-cmg.md, 08/02/2021; cloud-services-update-azure-service.md, \
                04/19/2017",
            trial: Some(Trial {
                what: "most connections on an instance during a walk:",
                unit: "connections",
                scenario: WALK,
                runs: &[&[
                    "gateway.main.instances=5",
                    "cohort.clients.clients=24000",
                    "connection_point.cp.ports=64511",
                ]],
                measure: |runs| {
                    let all = runs[0].instances.iter().map(|one| one.connections_peak);
                    all.max().unwrap_or(0) as f64
                },
                is_right: |mean, half| mean - half > 6_000.0,
                finding: Finding::Breaks,
            }),
            remark: "nothing rebalances long-lived connections: those that lost theirs first crowd \
                the instances that go last.",
        },
        Case {
            id: "threshold-stop",
            published: "the threshold is checked every six minutes, and stops the gateway at 90 %",
            source: "monitor-clients-cloud-management-gateway.md, 04/08/2022",
            trial: Some(Trial {
                what: "from the moment that 90 % had left to the stop:",
                unit: "s",
                scenario: THRESHOLD,
                runs: &[&[]],
                measure: late,
                is_right: |mean, _| mean.is_finite(),
                finding: Finding::BuiltIn,
            }),
            remark: "to ten seconds. Usage data come hourly in reality, so that it may be later.",
        },
    ]
}

/// How long after its critical level was passed a gateway was stopped, by the bins of ten seconds;
/// no number if that is not within six minutes.
fn late(runs: &[RunResult]) -> f64 {
    const CRITICAL: f64 = 90e9;
    let series = &runs[0].series;
    let (Some(gateway), Some(storage)) =
        (series.gateway_egress.first(), series.storage_egress.first())
    else {
        return f64::NAN;
    };
    let mut sent = 0.0;
    let bits = gateway.values.iter().zip(&storage.values).map(|(one, other)| one + other);
    let passed = bits.zip(&series.start_seconds).find(|(bits, _)| {
        sent += bits / 8.0 * series.interval_seconds;
        sent >= CRITICAL
    });
    let stopped = runs[0].gateways[0].stopped_at_seconds;
    match (passed, stopped) {
        (Some((_, start)), Some(stopped)) if (-10.0..=370.0).contains(&(stopped - start)) => {
            stopped - start
        }
        _ => f64::NAN,
    }
}

fn choices() -> Vec<Case> {
    vec![
        Case {
            id: "random-service",
            published: "with several internet-facing services each client chooses one at random",
            source: "cloud-management-gateway-faq.yml, 12/04/2024",
            trial: Some(Trial {
                what: "share of 4,000 clients on the gateway, beside one IBCM management point:",
                unit: "%",
                scenario: TWO_SERVICES,
                runs: &[&[]],
                measure: |runs| runs[0].flows.gateway_clients_mean / 40.0,
                is_right: |mean, half| (mean - 50.0).abs() < 2.0 * half + 0.1,
                finding: Finding::BuiltIn,
            }),
            remark: "",
        },
        Case {
            id: "tokens-a-day",
            published: "a token lives for eight hours: three renewals a day for each client",
            source: "azure-ccmsetup.md, 02/16/2022",
            trial: Some(Trial {
                what: "renewals of a client that is always on, a day:",
                unit: "",
                scenario: TRAFFIC,
                runs: &[&["duration=\"10d\""]],
                measure: |runs| {
                    let found =
                        runs[0].kinds.iter().find(|one| one.kind == RequestKind::TokenRenewal);
                    found.map_or(f64::NAN, |one| one.requests.completed as f64 / 1000.0)
                },
                is_right: |mean, half| (mean - 3.0).abs() <= half + 0.01,
                finding: Finding::BuiltIn,
            }),
            remark: "",
        },
    ]
}
