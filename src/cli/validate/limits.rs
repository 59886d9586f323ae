//! Published limits: connections, ports, connection points, management points, update points.

use crate::results::{Finding, RunResult};
use crate::terms::{Cause, StationKind};

use super::suite::{Case, Trial, busiest, failed_for};

/// One gateway with always-on clients on the internet.
const GATEWAY: &str = "schema = 1
duration = \"1h\"
warm_up = \"30min\"
[gateway.main]
instances = 1
[connection_point.cp]
[management_point.mp]
[cohort.clients]
clients = 6_000
presence = \"always-on\"
";

/// Clients on the intranet, all of which scan within two hours.
const SCANS: &str = "schema = 1
duration = \"3h\"
warm_up = \"0s\"
[management_point.mp]
count = 6
[software_update_point.sup]
[cohort.clients]
clients = 150_000
presence = \"always-on\"
locations = { intranet = \"100%\" }
policy_poll.interval = \"off\"
state_message.interval = \"off\"
[notification.scan]
task = \"update_scan\"
at = \"0s\"
delay = { dist = \"uniform\", low = \"0s\", high = \"2h\" }
";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = connections();
    cases.extend(ports());
    cases.extend(turns());
    cases.extend(servers());
    cases
}

/// By how much the 95 % latency of the second run is above that of the first, per cent.
fn slower(runs: &[RunResult]) -> f64 {
    100.0 * (runs[1].latency.p95 / runs[0].latency.p95 - 1.0)
}

/// Connections an instance supports, by size, and what happens beyond.
fn connections() -> Vec<Case> {
    const WITHIN: &str = "95 % latency at that number, above that at a tenth of it:";
    const BEYOND: &str = "95 % latency at one and a half times that number, above that at it:";
    const SOURCE: &str = "includes/scale-cmg.md, 08/02/2021";
    const HOLDS: &str = "the cores have time to spare at the published number: what limits it is \
        not in the model, which takes it as the point from which service slows down.";
    const SLOWER: &str = "nobody is refused, and everybody waits longer. How much longer hangs on \
        the assumed exponent (gateway.*.overload_exponent, 1 to 4).";
    let within = |runs| Trial {
        what: WITHIN,
        unit: "%",
        scenario: GATEWAY,
        runs,
        measure: slower,
        is_right: |mean, half| mean + half < 25.0,
        finding: Finding::Holds,
    };
    let beyond = |runs| Trial {
        what: BEYOND,
        unit: "%",
        scenario: GATEWAY,
        runs,
        // A single request that is not answered makes this no number.
        measure: |runs| {
            let failed = runs[1].requests.failed + runs[1].requests.failed_attempts;
            if failed == 0 { slower(runs) } else { f64::NAN }
        },
        is_right: |mean, half| mean - half > 0.0,
        finding: Finding::BuiltIn,
    };
    let case = |id, published, trial, remark| Case {
        id,
        published,
        source: SOURCE,
        trial: Some(trial),
        remark,
    };
    vec![
        case(
            "connections-A2_v2",
            "6,000 simultaneous connections on an A2_v2 instance",
            within(&[&["cohort.clients.clients=600"], &["cohort.clients.clients=6000"]]),
            HOLDS,
        ),
        case(
            "connections-A4_v2",
            "10,000 on an A4_v2",
            within(&[
                &["gateway.main.size=\"A4_v2\"", "cohort.clients.clients=1000"],
                &["gateway.main.size=\"A4_v2\"", "cohort.clients.clients=10000"],
            ]),
            HOLDS,
        ),
        case(
            "connections-B2s",
            "10 on a B2s, the size for labs",
            within(&[
                &["gateway.main.size=\"B2s\"", "cohort.clients.clients=1", "duration=\"30d\""],
                &["gateway.main.size=\"B2s\"", "cohort.clients.clients=10", "duration=\"5d\""],
            ]),
            HOLDS,
        ),
        case(
            "beyond-the-connections",
            "above the number requests are still served, with possible delay",
            beyond(&[&["cohort.clients.clients=6000"], &["cohort.clients.clients=9000"]]),
            SLOWER,
        ),
    ]
}

/// Four full instances on one connection point.
const FOUR: &[&str] = &["gateway.main.instances=4", "cohort.clients.clients=24000"];

/// Rising numbers of clients on one connection point.
const RISING: &[&[&str]] = &[
    &["gateway.main.instances=3", "cohort.clients.clients=15000"],
    &["gateway.main.instances=3", "cohort.clients.clients=15250"],
    &["gateway.main.instances=3", "cohort.clients.clients=15500"],
    &["gateway.main.instances=3", "cohort.clients.clients=15750"],
    &["gateway.main.instances=3", "cohort.clients.clients=16000"],
    &["gateway.main.instances=3", "cohort.clients.clients=16384"],
];

/// Three connection points in turn, and requests on the dot.
const ROUND: &str = "schema = 1
duration = \"1h\"
warm_up = \"0s\"
[gateway.main]
[connection_point.cp]
count = 3
[management_point.mp]
[source.requests]
enters = \"gateway.main\"
rate = \"5/s\"
";

fn ports() -> Vec<Case> {
    let trial = |what, unit, runs, measure, is_right, finding| Trial {
        what,
        unit,
        scenario: GATEWAY,
        runs,
        measure,
        is_right,
        finding,
    };
    vec![
        Case {
            id: "instances-per-connection-point",
            published: "one connection point for up to four instances",
            source: "includes/scale-cmgcp.md, 08/02/2021",
            trial: Some(trial(
                "channels and requests refused for want of a port, four full A2_v2 on one \
                 connection point, in an hour:",
                "",
                &[FOUR],
                |runs| failed_for(&runs[0], Cause::NoPort),
                |mean, half| mean - half > 0.0,
                Finding::Breaks,
            )),
            remark: "four times 6,000 clients need 24,000 ports and there are 16,384 (two published \
                numbers that contradict one another); the connection point's cores have time to \
                spare. Widen the port range, or take one connection point for two instances.",
        },
        Case {
            id: "ports-16384",
            published: "16,384 dynamic ports, one held by each client's channel",
            source: "perf-scale.md, 04/08/2022",
            trial: Some(trial(
                "most ports of one connection point in use, 24,000 clients:",
                "ports",
                &[FOUR],
                |runs| runs[0].connection_points[0].ports_peak as f64,
                |mean, half| mean == 16_384.0 && half == 0.0,
                Finding::BuiltIn,
            )),
            remark: "",
        },
    ]
}

/// When ports run out, and who gets the next request.
fn turns() -> Vec<Case> {
    vec![
        Case {
            id: "ports-run-out",
            published: "more than 16,384 clients need another connection point, or more ports",
            source: "perf-scale.md, 04/08/2022",
            trial: Some(Trial {
                what: "fewest of 15,000 to 16,384 always-on clients with which a port was wanting \
                    within an hour:",
                unit: "clients",
                scenario: GATEWAY,
                runs: RISING,
                measure: |runs| {
                    let first = runs.iter().find(|run| failed_for(run, Cause::NoPort) > 0.0);
                    first.map_or(f64::NAN, |run| run.scenario.clients as f64)
                },
                is_right: |mean, half| mean + half < 16_384.0,
                finding: Finding::Breaks,
            }),
            remark: "requests need ports too, and a port rests for two minutes after use, so that it \
                runs out with fewer clients. That requests and channels share the range is assumed \
                (A14).",
        },
        Case {
            id: "round-robin",
            published: "a gateway takes its connection points in turn",
            source: "perf-scale.md, 04/08/2022",
            trial: Some(Trial {
                what: "most minus fewest requests of three connection points, of 18,000 in all:",
                unit: "requests",
                scenario: ROUND,
                runs: &[&[]],
                measure: |runs| {
                    let own = runs[0]
                        .stations
                        .iter()
                        .filter(|one| one.role == StationKind::ConnectionPoint);
                    let arrivals: Vec<u64> = own.map(|one| one.arrivals).collect();
                    let (most, fewest) = (arrivals.iter().max(), arrivals.iter().min());
                    most.zip(fewest).map_or(f64::NAN, |(most, fewest)| (most - fewest) as f64)
                },
                is_right: |mean, half| mean + half < 10.0,
                finding: Finding::BuiltIn,
            }),
            remark: "not exactly equal, because requests overtake one another on the way.",
        },
    ]
}

fn servers() -> Vec<Case> {
    vec![
        Case {
            id: "clients-per-management-point",
            published: "25,000 clients a management point",
            source: "size-and-scale-numbers.md, 04/05/2021",
            trial: Some(Trial {
                what: "busiest minute of its four cores with 25,000 clients on a Monday morning:",
                unit: "%",
                scenario: "schema = 1
start = \"2026-11-23T06:00\"
duration = \"5h\"
interval = \"1min\"
[management_point.mp]
[cohort.clients]
clients = 25_000
locations = { intranet = \"100%\" }
",
                runs: &[&[]],
                measure: |runs| busiest(&runs[0], "mp"),
                is_right: |mean, half| mean + half < 80.0,
                finding: Finding::Holds,
            }),
            remark: "CPU and database time of a request are assumed (A21): the number holds with \
                room for faster cycles; what limits it in reality is behind the management point.",
        },
        Case {
            id: "update-point-shared",
            published: "25,000 clients a software update point that shares its server",
            source: "size-and-scale-numbers.md, 04/05/2021",
            trial: Some(Trial {
                what: "busiest minute of its cores while 25,000 clients scan within two hours:",
                unit: "%",
                scenario: SCANS,
                runs: &[&["cohort.clients.clients=25000", "software_update_point.sup.shared=true"]],
                measure: |runs| busiest(&runs[0], "sup"),
                is_right: |mean, half| mean + half < 80.0,
                finding: Finding::Holds,
            }),
            remark: "what a scan costs is assumed.",
        },
        Case {
            id: "update-point-dedicated",
            published: "150,000 clients a software update point of its own, with a longer queue",
            source: "size-and-scale-numbers.md, 04/05/2021",
            trial: Some(Trial {
                what: "busiest minute of its cores while 150,000 clients scan within two hours:",
                unit: "%",
                scenario: SCANS,
                runs: &[&[]],
                measure: |runs| busiest(&runs[0], "sup"),
                is_right: |mean, half| mean + half < 80.0,
                finding: Finding::Holds,
            }),
            remark: "the cost of a scan was chosen so that the published number can be carried; that \
                it can on eight cores is no proof.",
        },
    ]
}
