//! Tests of verdicts on hand-written results.

use super::*;
use crate::results::{
    Check, Column, ConfigurationValue, ConnectionPointResult, DeploymentResult, DisruptionResult,
    GatewayResult, InstanceResult, ObjectiveResult, ObjectiveStatus, RequestCounts, Unit,
    ValueProvenance, Verdict,
};
use crate::terms::{CheckKind, DeploymentPurpose, DisruptionTarget, MetricFamily};

/// Returns an uneventful run of one hour that starts at 10:00.
fn quiet() -> RunResult {
    let mut result = RunResult { is_complete: true, ..RunResult::default() };
    result.requests = RequestCounts {
        issued: 10_000,
        completed: 10_000,
        attempts: 10_000,
        ..RequestCounts::default()
    };
    result.scenario.duration_s = 3_600.0;
    result.scenario.start_unix_s = 10 * 3_600;
    result
}

fn check(kind: CheckKind, part: &str, simulated: f64, limit: f64) -> Check {
    Check {
        check: kind.label().to_owned(),
        kind,
        component: part.to_owned(),
        gateway: Some(0),
        simulated,
        limit,
        published: limit,
        unit: kind.unit().to_owned(),
        verdict: if simulated > limit { Verdict::Exceeded } else { Verdict::Within },
        published_in: String::new(),
        note: String::new(),
        scaled_by: String::new(),
    }
}

/// Returns a run in which two instances are updated one after the other. Each serves all 8,500
/// connections while the other is down.
fn walked() -> RunResult {
    let mut result = quiet();
    let peaks = [8_500_u64, 8_400];
    result.gateways = vec![GatewayResult {
        name: "main".to_owned(),
        size: "A2_v2".to_owned(),
        instances: 2,
        availability_share: 1.0,
        connections_peak: 8_500,
        ..GatewayResult::default()
    }];
    for (number, peak) in (0..).zip(peaks) {
        let kind = CheckKind::InstanceConnections;
        result.checks.push(check(kind, &format!("main/{number}"), peak as f64, 6_000.0));
        result.instances.push(InstanceResult {
            gateway: "main".to_owned(),
            number,
            connection_limit: 6_000,
            connections_peak: peak,
            time_over_limit_share: 0.25,
            ..InstanceResult::default()
        });
    }
    let disruption = |start_s: f64| DisruptionResult {
        name: "patching".to_owned(),
        target: DisruptionTarget::UpdateDomain,
        start_s,
        end_s: Some(start_s + 300.0),
        recovery_s: Some(60.0),
        ..DisruptionResult::default()
    };
    result.disruptions = vec![disruption(600.0), disruption(900.0)];
    // The bins are five minutes long; the third bin is the first above the limit.
    result.series.interval_s = 300.0;
    result.series.start_s = (0..12).map(|bin| 300.0 * f64::from(bin)).collect();
    let column = |name: &str, over: &[usize]| Column {
        name: name.to_owned(),
        values: (0..12).map(|bin| if over.contains(&bin) { 8_000.0 } else { 4_000.0 }).collect(),
    };
    result.series.instance_connections = vec![column("main/0", &[3, 4, 5]), column("main/1", &[2])];
    result
}

#[test]
fn instances_over_the_same_limit_share_a_reason_and_the_walk_determines_their_number() {
    let found = verdict(&walked());
    assert_eq!(found.answer, Answer::No);
    assert_eq!(found.requirements, Requirements::PublishedLimits);
    let reason = &found.reasons[0];
    assert_eq!(
        reason.sentence,
        "main/0 and main/1 reached 8,500 and 8,400 connections (limit 6,000), first between \
         10:10 and 10:15, after disruption patching began, for 15 min 00 s (25.0 % of the time)."
    );
    assert_eq!(found.reasons.len(), 1);
    assert_eq!(reason.components, ["main/0", "main/1"]);
    assert_eq!(reason.start_s, Some(600.0));
    assert!(!reason.is_only_during_disruption, "two bins follow the walk");
    // The last of 3 instances serves 3/4 of 8,500 connections (6,375); the last of 4 serves 5,037.
    assert_eq!(
        found.enough,
        "Use at least 4 instances: the worst instance had 8,500 of 8,500 connections while \
         others were down (limit 6,000 each)."
    );
    assert_eq!(found.certainty, "One replication; run with --replications 10 for an interval.");
}

#[test]
fn a_limit_exceeded_only_during_a_disruption_is_reported_as_such() {
    let mut result = walked();
    result.series.instance_connections[0].values = vec![4_000.0; 12];
    result.series.instance_connections[0].values[3] = 8_000.0;
    let reason = &verdict(&result).reasons[0];
    assert!(reason.is_only_during_disruption, "{reason:?}");
    assert!(reason.sentence.contains("only during disruption patching, for 15 min"), "{reason:?}");
}

#[test]
fn without_an_outage_the_number_of_instances_follows_from_total_connections() {
    let mut result = walked();
    result.disruptions.clear();
    result.instances[0].connections_peak = 4_300;
    result.instances[1].connections_peak = 4_200;
    for instance in &mut result.instances {
        instance.connection_limit = 3_000;
    }
    result.checks = vec![check(CheckKind::InstanceConnections, "main/0", 4_300.0, 3_000.0)];
    // 8,500 / 3 is 2,833; the observed imbalance is 4,300 / 4,250, which gives 2,867.
    let enough = verdict(&result).enough;
    assert!(enough.starts_with("Use at least 3 instances: the gateway had 8,500"), "{enough}");
    // No number of instances is enough for a limit of 200 connections per instance.
    result.instances[0].connection_limit = 200;
    let enough = verdict(&result).enough;
    assert!(enough.starts_with("Use VM size A4_v2 or another gateway"), "{enough}");
}

#[test]
fn an_uneventful_run_is_a_yes_with_the_closest_limit() {
    let mut result = quiet();
    let kind = CheckKind::ManagementPointClients;
    result.checks = vec![
        check(kind, "mp-1", 20_000.0, 25_000.0),
        check(CheckKind::GatewayInstances, "main", 2.0, 2.0),
    ];
    let found = verdict(&result);
    assert_eq!((found.answer, found.enough.as_str()), (Answer::Yes, ""));
    assert_eq!(
        found.reasons[0].sentence,
        "The closest published limit: mp-1 has 20,000 clients (limit 25,000); that is 80.0 % of the limit."
    );
}

#[test]
fn the_answer_is_no_if_one_request_in_a_thousand_fails() {
    let with = |failed| {
        let mut result = quiet();
        result.requests.failed = failed;
        result.requests.completed -= failed;
        verdict(&result)
    };
    assert_eq!(with(9).answer, Answer::Yes);
    assert!(with(9).statement.contains("fewer than 0.1 % of the requests failed"));
    let found = with(10);
    assert_eq!(found.answer, Answer::No);
    assert_eq!(found.reasons[0].sentence, "10 requests failed (0.10 %).");
    let command = "`cmgsim size FILE --set slo.failure_share=0.1% --set";
    assert!(found.enough.contains(command), "{}", found.enough);
}

#[test]
fn the_answer_is_no_if_a_backlog_outlasts_a_disruption_by_thirty_minutes() {
    let with = |end_s: Option<f64>| {
        let mut result = quiet();
        result.disruptions = vec![DisruptionResult {
            name: "slow".to_owned(),
            start_s: 60.0,
            end_s,
            recovery_s: None,
            ..DisruptionResult::default()
        }];
        verdict(&result)
    };
    let lasting = with(Some(1_800.0));
    assert_eq!(lasting.answer, Answer::No, "30 min are long enough");
    let expected =
        "The system did not recover from disruption slow within 30 min 00 s after its end.";
    assert_eq!(lasting.reasons[0].sentence, expected);
    let short = with(Some(3_000.0));
    assert_eq!(short.answer, Answer::NotCertain);
    assert!(short.enough.contains("`cmgsim run FILE --set duration=2h`"), "{}", short.enough);
    assert_eq!(with(None).answer, Answer::NotCertain, "it lasts to the end");
}

#[test]
fn the_reasons_include_a_stopped_gateway_and_a_full_queue_and_refused_ports() {
    let mut result = walked();
    result.gateways[0].stopped_at_s = Some(1_800.0);
    result.connection_points = vec![ConnectionPointResult {
        name: "cp".to_owned(),
        gateway: "main".to_owned(),
        port_limit: 16_384,
        port_refusals: 70,
        ..ConnectionPointResult::default()
    }];
    result.busiest.gateway_clients = 20_000.0;
    let mut ports = check(CheckKind::ConnectionPointPorts, "cp", 16_384.0, 16_384.0);
    ports.verdict = Verdict::Exceeded;
    result.checks.push(ports);
    let found = verdict(&result);
    let subjects: Vec<&str> = found.reasons.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!(subjects, ["outbound_share", "connection_point_ports", "instance_connections"]);
    assert!(found.reasons[0].sentence.starts_with("Gateway main stopped at 10:30"));
    // Without a time series of the ports, no time is known.
    let expected = "cp refused 70 requests and channels, because all 16,384 ports were in use.";
    assert_eq!(found.reasons[1].sentence, expected);
    let mut values = vec![100.0; 12];
    values[4] = 16_384.0;
    result.series.ports_peak = vec![Column { name: "cp".to_owned(), values }];
    let expected = "cp refused 70 requests and channels, because all 16,384 ports were in use, \
                    first between 10:20 and 10:25, after disruption patching began.";
    assert_eq!(verdict(&result).reasons[1].sentence, expected);
    result.gateways[0].stopped_at_s = None;
    assert_eq!(
        verdict(&result).enough,
        "Use at least 2 connection points: 20,000 clients need one port each, and a connection \
         point has 16,384. Use at least 4 instances: the worst instance had 8,500 of 8,500 \
         connections while others were down (limit 6,000 each).",
        "each exceeded limit has its change"
    );
    result.management_points = vec![crate::results::SiteSystemResult {
        name: "mp".to_owned(),
        refused: 500,
        ..Default::default()
    }];
    result.checks.clear();
    let found = verdict(&result);
    let subjects: Vec<&str> = found.reasons.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!(
        (found.answer, &subjects[..]),
        (Answer::Yes, &["published_limits", "queue_full"][..])
    );
}

#[test]
fn the_answer_is_no_if_a_deployment_is_incomplete_after_its_deadline() {
    let with = |deadline_s| {
        let mut result = quiet();
        result.deployments = vec![DeploymentResult {
            name: "office".to_owned(),
            purpose: DeploymentPurpose::Required,
            targets: 1_000,
            deadline_s,
            installed: crate::results::Milestone { reached: 400, ..Default::default() },
            ..DeploymentResult::default()
        }];
        verdict(&result).answer
    };
    assert_eq!(with(Some(1_800.0)), Answer::No);
    assert_eq!(with(Some(7_200.0)), Answer::NotCertain);
    assert_eq!(with(None), Answer::NotCertain);
}

#[test]
fn incomplete_runs_are_not_certain_unless_a_limit_is_exceeded() {
    let stopped = RunResult { is_complete: false, ..quiet() };
    let found = verdict(&stopped);
    assert_eq!(found.answer, Answer::NotCertain);
    assert_eq!(found.certainty, "Part of one replication.");
    let stopped = RunResult { is_complete: false, ..walked() };
    assert_eq!(verdict(&stopped).answer, Answer::No);
    let empty = RunResult { requests: RequestCounts::default(), ..quiet() };
    assert_eq!(verdict(&empty).reasons[0].subject, "no_requests");
}

fn objective(limit: f64, half_width: Option<f64>, status: ObjectiveStatus) -> ObjectiveResult {
    ObjectiveResult {
        metric: MetricFamily::LatencyP95,
        unit: Unit::Seconds,
        is_at_least: false,
        limit,
        mean: Some(4.0),
        half_width,
        margin: Some((limit - 4.0) / limit),
        status,
    }
}

#[test]
fn objectives_decide_and_exceeded_limits_are_mentioned() {
    let name = MetricFamily::LatencyP95.name();
    let with = |one| verdict(&RunResult { objectives: vec![one], ..walked() });
    let met = with(objective(5.0, Some(0.1), ObjectiveStatus::Met));
    assert_eq!(met.answer, Answer::Yes);
    let expected = "Yes, but published limits are exceeded: the objective is met.";
    assert_eq!((headline(&met).as_str(), is_qualified(&met)), (expected, true));
    let limit = &met.reasons[0];
    assert!(limit.answer.is_none(), "{limit:?}");
    assert!(limit.sentence.starts_with("main/0 and main/1 reached 8,500"), "{limit:?}");
    assert!(met.enough.starts_with("Use at least 4 instances: "), "{}", met.enough);
    let expected = format!("{name} is 4.00 s +- 100 ms (required: at most 5.00 s, margin 20.0 %).");
    assert_eq!(met.reasons[1].sentence, expected);
    let within =
        RunResult { objectives: vec![objective(5.0, Some(0.1), ObjectiveStatus::Met)], ..quiet() };
    let within = verdict(&within);
    assert_eq!(
        (headline(&within).as_str(), is_qualified(&within)),
        ("Yes: the objective is met.", false)
    );
    assert_eq!(within.enough, "");
    let violated = with(objective(3.0, Some(0.1), ObjectiveStatus::Violated));
    assert_eq!(violated.answer, Answer::No);
    assert_eq!(violated.statement, "1 of 1 objective is not met.");
    let expected = format!("{name} is 4.00 s +- 100 ms; required: at most 3.00 s.");
    assert_eq!(violated.reasons[0].sentence, expected);
    let mention = &violated.reasons[1].sentence;
    assert!(mention.starts_with("A published limit is also exceeded: main/0 and main/1"));
    assert!(violated.enough.starts_with("Use at least 4 instances: "), "{}", violated.enough);
    assert!(violated.enough.contains("`cmgsim size FILE`"), "{}", violated.enough);
    let undecided = with(objective(4.1, Some(0.2), ObjectiveStatus::Undecided));
    assert!(undecided.enough.starts_with("Use at least 4 instances: "), "{}", undecided.enough);
}

#[test]
fn refused_ports_and_failed_requests_qualify_a_yes() {
    let mut result = quiet();
    result.objectives = vec![objective(5.0, Some(0.1), ObjectiveStatus::Met)];
    result.requests.failed = 10;
    result.requests.completed -= 10;
    let found = verdict(&result);
    assert_eq!(headline(&found), "Yes, but requests failed: the objective is met.");
    assert!(found.enough.contains("size FILE --set slo.failure_share=0.1%"), "{}", found.enough);
    let name = "cp".to_owned();
    result.connection_points =
        vec![ConnectionPointResult { name, port_refusals: 70, ..ConnectionPointResult::default() }];
    let mut ports = check(CheckKind::ConnectionPointPorts, "cp", 16_384.0, 16_384.0);
    ports.verdict = Verdict::Exceeded;
    result.checks = vec![ports];
    let expected =
        "Yes, but published limits are exceeded, and requests failed: the objective is met.";
    let found = verdict(&result);
    assert_eq!(headline(&found), expected);
    assert!(found.reasons[0].sentence.starts_with("cp refused 70 requests"), "{found:?}");
    // Failed requests do not qualify the answer if an objective on failures is met.
    result.checks.clear();
    result.objectives[0].metric = MetricFamily::FailureShare;
    assert!(!is_qualified(&verdict(&result)));
}

#[test]
fn a_mean_close_to_its_limit_is_shown_with_more_digits_and_no_command_is_recommended() {
    let mut result = quiet();
    let close = ObjectiveResult {
        metric: MetricFamily::OverLimitShare,
        unit: Unit::Share,
        mean: Some(0.0102),
        ..objective(0.01, Some(0.0062), ObjectiveStatus::Undecided)
    };
    result.objectives = vec![close];
    result.replicated =
        Some(crate::results::Replicated { count: 10, confidence: 0.95, ..Default::default() });
    let found = verdict(&result);
    let sentence = &found.reasons[0].sentence;
    assert!(sentence.contains("is 1.02 % +- 0.62 %; required: at most 1.0 %"), "{sentence}");
    // (0.0062 / 0.0002)^2 times as many replications: 9,610.
    let expected = "The mean of time_over_limit_share is too close to the limit to decide with \
                    fewer than 9,610 replications.";
    assert_eq!(found.enough, expected);
    result.objectives[0].mean = Some(0.01);
    let expected = "The mean of time_over_limit_share is too close to the limit to decide.";
    assert_eq!(verdict(&result).enough, expected);
}

#[test]
fn an_undecided_objective_needs_a_stated_number_of_replications() {
    let mut result = quiet();
    result.objectives = vec![objective(4.1, Some(0.2), ObjectiveStatus::Undecided)];
    result.replicated =
        Some(crate::results::Replicated { count: 10, confidence: 0.95, ..Default::default() });
    let found = verdict(&result);
    assert_eq!(found.answer, Answer::NotCertain);
    // (0.2 / 0.1)^2 times as many replications.
    assert!(found.enough.contains("`cmgsim run FILE --replications 40`"), "{}", found.enough);
    assert_eq!(found.certainty, "10 replications; 95 % confidence.");
    result.objectives[0].status = ObjectiveStatus::NotMeasured;
    let found = verdict(&result);
    assert!(found.enough.starts_with("More replications do not help"), "{}", found.enough);
}

#[test]
fn reasons_are_shortened_and_commands_repeat_the_arguments() {
    let mut result = walked();
    result.scenario.question = "Can two instances serve the load?".to_owned();
    result.scenario.configuration.push(ConfigurationValue {
        path: "duration".to_owned(),
        value: "\"1h\"".to_owned(),
        provenance: ValueProvenance::Written,
        source: String::new(),
        measured: Vec::new(),
    });
    result.requests.failed = 500;
    result.gateways[0].availability_share = 0.5;
    result.checks = vec![];
    let found = verdict(&result);
    assert_eq!(lines(&found).len(), 6, "{:?}", lines(&found));
    let section = section(&found, "'my file.toml' --set a.b=1");
    let Block::Paragraph(text) = &section.blocks[0] else { panic!("{section:?}") };
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains("cmgsim size 'my file.toml' --set a.b=1 --set slo."), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn the_answer_is_no_only_if_every_gateway_has_an_outage() {
    let mut result = quiet();
    let gateway = |name: &str, availability_share: f64| GatewayResult {
        name: name.to_owned(),
        availability_share,
        ..GatewayResult::default()
    };
    result.gateways = vec![gateway("a", 0.98), gateway("b", 0.99)];
    let found = verdict(&result);
    assert_eq!(found.answer, Answer::No);
    let sentences: Vec<&str> = found.reasons.iter().map(|one| &*one.sentence).collect();
    assert_eq!(
        sentences,
        [
            "Gateway a was unavailable for 72.0 s (2.0 % of the time).",
            "Gateway b was unavailable for 36.0 s (1.0 % of the time)."
        ]
    );
    result.gateways[1].availability_share = 1.0;
    let found = verdict(&result);
    assert_eq!(found.answer, Answer::Yes, "clients may use gateway b");
    assert!(found.statement.contains("although a gateway was unavailable"), "{}", found.statement);
    assert!(found.reasons.iter().any(|one| one.sentence.starts_with("Gateway a was")));
}

#[test]
fn a_yes_mentions_failed_attempts_and_too_few_instances() {
    let mut result = quiet();
    result.requests.attempts = 20_000;
    result.requests.failed_attempts = 10_000;
    let mut below = check(CheckKind::GatewayInstances, "main", 1.0, 2.0);
    below.verdict = Verdict::Below;
    result.checks = vec![below];
    let found = verdict(&result);
    assert_eq!(found.answer, Answer::Yes);
    assert!(found.statement.contains("50.0 % of the attempts failed and were retried"));
    let last = found.reasons.last().map(|one| &*one.sentence);
    assert_eq!(last, Some("Gateway main has 1 VM instance; at least 2 are recommended."));
    assert_eq!(found.enough, "", "a Yes needs no change");
}

/// If requests failed, the peak number of connections is too low, so the recommended number of
/// instances is calculated from the number of clients.
#[test]
fn if_many_requests_fail_the_number_of_instances_follows_from_the_number_of_clients() {
    let mut result = walked();
    result.requests.failed = 5_000;
    result.busiest.gateway_clients = 20_000.0;
    // With five update domains, the busiest of 9 instances serves 30.4 % of 20,000 clients (6,072),
    // the busiest of 10 serves 24.4 % (4,883).
    let enough = verdict(&result).enough;
    assert!(enough.starts_with("Use at least 10 instances"), "{enough}");
}

#[test]
fn a_proposed_search_rules_out_saturated_designs() {
    let mut result = quiet();
    result.checks = vec![check(CheckKind::ConnectionPointPorts, "cp", 17_000.0, 16_384.0)];
    assert_eq!(
        verdict(&result).enough,
        "Find the cheapest sufficient design: `cmgsim size FILE --set slo.ports_peak_share=99% \
         --set slo.failure_share=0.1% --set slo.time_over_limit_share=0%`."
    );
}

#[test]
fn a_run_stopped_between_replications_is_not_conclusive() {
    let mut result = quiet();
    result.is_complete = false;
    result.replicated =
        Some(crate::results::Replicated { count: 2, ..crate::results::Replicated::default() });
    let found = verdict(&result);
    assert_eq!(found.answer, Answer::NotCertain);
    assert_eq!(found.reasons[0].sentence, "The run was stopped after 2 replications.");
}

#[test]
fn the_scenario_name_replaces_the_word_file_only_in_commands() {
    let mut result = walked();
    result.scenario.question = "Is FILE kept?".to_owned();
    let section = section(&verdict(&result), "mine.toml");
    let document = crate::report::document::Document { sections: vec![section] };
    let printed = crate::report::text::render(&document);
    assert!(printed.contains("Is FILE kept?"), "{printed}");
}
