//! Tests the behaviour of gateways, clients and servers in small scenarios whose results can be
//! worked out by hand.

use cmgsim::Verdict;

use crate::common::quiet::{components, kind, lasting, simulate};

/// Gateways distribute requests among connection points round robin (published: perf-scale.md,
/// 2022).
#[test]
fn requests_rotate_among_connection_points() {
    let source = "[source.s]\nenters = \"gateway.g\"\nrate = \"1/s\"\narrival_process = \"deterministic\"\n\
        count = 1001\n";
    let text = format!("{}{source}", lasting("20min", "1min", &components("", "count = 3")));
    let result = simulate(&text);
    let mut arrivals: Vec<u64> = result
        .stations
        .iter()
        .filter(|station| station.role.name() == "connection point")
        .map(|station| station.arrivals)
        .collect();
    arrivals.sort_unstable();
    assert_eq!(arrivals, [333, 334, 334]);
}

/// Clients with the default polling interval that are online for three hours poll exactly once per
/// hour.
#[test]
fn scheduled_tasks_run_on_time_and_keep_alives_never_overlap() {
    let cohort = "[cohort.c]\nclients = 100\npolicy_poll.interval = \"60min\"\n\
        new_policy_share = \"0%\"\n";
    let result = simulate(&format!("{}{cohort}", lasting("3h", "5min", &components("", ""))));
    assert_eq!(kind(&result, "policy_poll").requests.completed, 300);
    assert_eq!(kind(&result, "keep_alive").requests.completed, 6_000);
    assert_eq!(result.requests.failed + result.requests.abandoned, 0);
}

/// Service times increase by the factor (connections / limit)^exponent: with 200 connections, a
/// limit of 100 and an exponent of 2, they are four times as long.
#[test]
fn an_instance_above_its_limit_is_slower_by_the_overload_factor() {
    let gateway = "instances = 1\nconnection_limit = 100\noverload_exponent = 2.0\n\
        demand.forward = \"10ms\"";
    let components = components(gateway, "");
    let cohort = "[cohort.c]\nclients = 200\n";
    let result = simulate(&format!("{}{cohort}", lasting("1h", "5min", &components)));
    assert_eq!(result.instances[0].connections_peak, 200);
    assert_eq!(result.instances[0].time_over_limit_share, 1.0);
    let station = &result.stations[0];
    // Each client sends slightly fewer than 20 keep-alives per hour, because each takes 40 ms.
    assert!((3_990..=4_000).contains(&station.completed), "{}", station.completed);
    assert!((station.response.mean - station.wait.mean - 0.040).abs() < 1e-12, "{station:?}");
    let expected = station.completed as f64 * 0.040 / 2.0 / 3600.0;
    assert!((station.utilisation_mean_share - expected).abs() < 1e-5);
}

/// An orderly stop resets connections, so clients reconnect after the first retry delay. After a
/// crash, clients must first detect the loss of the connection.
#[test]
fn clients_notice_a_stop_at_once_and_a_crash_later() {
    let comes_back = |disruption: &str| {
        let disruption = format!(
            "[cohort.c]\nclients = 200\n[disruption.d]\n{disruption}\nat = \"60500ms\"\n\
             down = \"30min\"\n"
        );
        let text =
            format!("{}{disruption}", lasting("5min", "1s", &components("instances = 2", "")));
        let result = simulate(&text);
        let rates = &result.series.connects_per_s;
        let busy: Vec<usize> = (0..rates.len()).filter(|bin| rates[*bin] > 0.0).collect();
        let total: f64 = rates.iter().sum();
        (busy, total, result.disruptions[0].connections_lost as f64, result)
    };
    // The load balancer detects the stop within ten seconds, so every client reaches the other
    // instance at its first attempt.
    let walk = "kind = \"update-domain-walk\"";
    let (busy, connects, lost, result) = comes_back(walk);
    assert_eq!((busy, connects), (vec![70], lost));
    assert!((60.0..140.0).contains(&lost), "about half of 200: {lost}");
    // All clients are connected again at 70.5 s.
    assert_eq!(result.disruptions[0].recovery_s, Some(10.0));
    let (busy, connects, lost, _) = comes_back("kind = \"instance-crash\"\ninstance = 0");
    assert_eq!((busy, connects), (vec![100], lost));
}

/// While the only instance is updated for eight minutes, the gateway serves no client (published:
/// FAQ, 03/28/2022). All attempts that a client makes during this time to open its channel form one
/// request.
#[test]
fn all_attempts_to_open_a_channel_are_one_request() {
    let rest = "[cohort.c]\nclients = 50\n[disruption.d]\nkind = \"update-domain-walk\"\n\
        at = \"1min\"\ndown = \"8min\"\n";
    let components = components("instances = 1\nprobe = { interval = \"1s\", failures = 1 }", "");
    let result = simulate(&format!("{}{rest}", lasting("1h", "1min", &components)));
    let opened = kind(&result, "channel_open");
    assert_eq!(opened.requests.completed, 50);
    assert_eq!(opened.requests.failed, 0);
    // The delay between attempts is 10, 20, 40, ... s plus the timeout of 5 s. The attempts at 70,
    // 95, 140, 225 and 390 s fail, and the attempt at 715 s succeeds.
    assert_eq!(opened.requests.attempts, 50 * 6);
    assert!((opened.latency.p50 - 645.0).abs() < 1.0, "{}", opened.latency.p50);
    let outage = (1.0 - result.gateways[0].availability_share) * 3600.0;
    assert!((479.0..482.0).contains(&outage), "{outage} s");
    // The recovery time is from the stop at 60 s to the reconnection at 715 s.
    assert_eq!(result.disruptions[0].recovery_s, Some(655.0));
}

/// With 150 clients and 100 ports, 100 clients have a channel, and all attempts of the other 50
/// clients are refused.
#[test]
fn ports_held_by_channels_are_unavailable() {
    let cohort = "[cohort.c]\nclients = 150\n";
    let text = format!("{}{cohort}", lasting("1h", "5min", &components("", "ports = 100")));
    let result = simulate(&text);
    let point = &result.connection_points[0];
    assert_eq!((point.ports_peak, point.channels_mean), (100, 100.0));
    assert_eq!(result.failures[0].cause.name(), "no_free_port");
    assert_eq!(result.failures[0].of_channel, point.port_refusals);
    // The delays of 10, 20, ... 900 s lead to attempts at 10, 30, 70, 150, 310, 630, 1270, 2170 and
    // 3070 s.
    assert_eq!(point.port_refusals, 50 * 9);
    let shown = &result.series.ports_peak[0].values;
    assert!(shown.iter().all(|high| *high == 100.0), "{shown:?}");
    assert_eq!(result.origins[0].channel_availability_share, Some(100.0 / 150.0));
    let check = result.checks.iter().find(|check| check.unit == "ports").expect("a check");
    assert_eq!((check.published, check.simulated), (16_384.0, 100.0));
    assert_eq!(check.verdict, Verdict::Exceeded, "refusals must exceed the limit");
}

/// The service time is two seconds and the client's timeout is one second, so no response arrives
/// in time.
#[test]
fn servers_continue_to_process_requests_that_have_timed_out() {
    let source = "[source.s]\nenters = \"management_point.mp\"\nrate = \"6/min\"\ncount = 60\n\
        arrival_process = \"deterministic\"\ntimeout = \"1s\"\nretry = { attempts = 2, first = \"3s\" }\n";
    let components = components("", "").replace("cpu = \"0s\"", "cpu = \"2s\"");
    let result = simulate(&format!("{}{source}", lasting("15min", "1min", &components)));
    assert_eq!((result.requests.completed, result.requests.failed), (0, 60));
    assert_eq!((result.requests.attempts, result.requests.wasted), (120, 120));
    let station =
        result.stations.iter().find(|one| one.name == "mp").expect("station of the workers");
    assert_eq!(station.completed, 120);
    assert!((station.utilisation_mean_share * 4.0 * 900.0 - 240.0).abs() < 1e-6);
}

/// After five failures in a row, a client fails over to another gateway (published: five failed
/// attempts; understand-how-clients-find-site-resources-and-services.md, 04/05/2021).
#[test]
fn clients_switch_gateway_after_five_failures() {
    let second = "[gateway.dead]\ninstances = 1\n[connection_point.other]\ngateway = \"dead\"\n\
        [cohort.c]\nclients = 100\n[disruption.d]\nkind = \"instance-crash\"\ngateway = \"dead\"\n\
        at = \"1min\"\ndown = \"10d\"\n";
    let components = components("", "gateway = \"g\"");
    let text = format!("{}{second}", lasting("1h", "1min", &components));
    let result = simulate(&text);
    let open = result.series.channels.last().copied();
    assert_eq!(open, Some(100.0));
    assert_eq!(
        result.series.instance_connections[2].values.last(),
        Some(&0.0),
        "the failed instance must have no connections"
    );
    let users = result.disruptions[0].connections_lost;
    // Each client makes five attempts at the failed gateway within ten minutes.
    let opened = kind(&result, "channel_open");
    assert_eq!(opened.requests.failed_attempts, 5 * users);
    // Clients do not fail over if five failures take longer than the window.
    let slow = text.replace("first = \"10s\"", "first = \"4min\"");
    let result = simulate(&slow);
    assert_eq!(result.series.channels.last().copied(), Some(100.0 - users as f64));
}

/// Tasks that become due during the weekend run on Monday morning, even if the simulation starts on
/// Monday. Their share is the offline time divided by one week.
#[test]
fn weekend_tasks_run_on_monday() {
    let cohort = "[cohort.c]\nclients = 4000\nheartbeat.interval = \"7d\"\n\
        presence = { kind = \"office-hours\", start = \"08:30\", start_sd = \"1min\", \
        length = \"8h\", length_sd = \"0s\", absent_share = \"0%\", weekend_share = \"0%\" }\n";
    let monday = "start = \"2026-11-23T06:00\"\nwarm_up = \"0s\"";
    let text = format!("{}{cohort}", lasting("6h", "5min", &components("", "")));
    let result = simulate(&text.replacen("warm_up = \"0s\"", monday, 1));
    // This period includes all tasks that become due from Friday 16:30 to Monday 12:00, which is
    // 67.5 of 168 hours.
    let share = 67.5 / 168.0;
    let expected = 4000.0 * share;
    let deviation = f64::sqrt(4000.0 * share * (1.0 - share));
    let done = kind(&result, "heartbeat").requests.completed as f64;
    assert!((done - expected).abs() < 4.0 * deviation, "{done}, expected {expected}");
    // On Tuesday, only the tasks that become due that day run.
    let text = format!("{}{cohort}", lasting("18h", "5min", &components("", "")));
    let tuesday = monday.replace("23T06", "24T06");
    let result = simulate(&text.replacen("warm_up = \"0s\"", &tuesday, 1));
    let share = 1.0 / 7.0;
    let deviation = f64::sqrt(4000.0 * share * (1.0 - share));
    let done = kind(&result, "heartbeat").requests.completed as f64;
    assert!((done - 4000.0 * share).abs() < 4.0 * deviation, "{done}");
}

/// Working hours from 09:00 to 17:00 in Berlin are 08:00 to 16:00 UTC in winter.
#[test]
fn presence_follows_the_cohorts_own_clock() {
    let cohort = |zone: &str| {
        format!(
            "[cohort.c]\nclients = 500\ntime_zone = \"{zone}\"\npresence = {{ kind = \
             \"office-hours\", start = \"09:00\", start_sd = \"0s\", length = \"8h\", \
             length_sd = \"0s\", absent_share = \"0%\", weekend_share = \"20%\" }}\n"
        )
    };
    let on_at = |zone: &str, start: &str| {
        let text = format!("{}{}", lasting("24h", "1h", &components("", "")), cohort(zone));
        let start = format!("start = \"{start}\"\nwarm_up = \"0s\"");
        simulate(&text.replacen("warm_up = \"0s\"", &start, 1)).series.internet_clients
    };
    let hours =
        |clients: &[f64]| -> Vec<usize> { (0..24).filter(|hour| clients[*hour] > 0.0).collect() };
    let tuesday = on_at("Europe/Berlin", "2026-11-24T00:00");
    assert_eq!(hours(&tuesday), (8..16).collect::<Vec<_>>());
    assert!((8..16).all(|hour| tuesday[hour] == 500.0));
    assert_eq!(hours(&on_at("-05:00", "2026-11-24T00:00")), (14..22).collect::<Vec<_>>());
    let saturday = on_at("Europe/Berlin", "2026-11-28T00:00")[12];
    let deviation = f64::sqrt(500.0 * 0.2 * 0.8);
    assert!((saturday - 100.0).abs() < 4.0 * deviation, "{saturday}");
}

/// Servers continue to process an attempt after the instance has crashed. If the connection point
/// with the attempt's port then also fails, the port must be closed only once.
#[test]
fn a_port_is_closed_once_in_any_order_of_failures() {
    let rest = "[cohort.c]\nclients = 200\npolicy_poll.interval = \"60s\"\ntimeout = \"5min\"\n\
        new_policy_share = \"0%\"\n\
        [disruption.crash]\nkind = \"instance-crash\"\ninstance = 0\nat = \"100s\"\ndown = \"10s\"\n\
        [disruption.outage]\nkind = \"connection-point-outage\"\nat = \"110s\"\ndown = \"20s\"\n";
    let components =
        components("instances = 2", "").replace("database = \"0s\"", "database = \"40s\"");
    let result = simulate(&format!("{}{rest}", lasting("10min", "1min", &components)));
    assert!(result.audit.holds());
    assert!(kind(&result, "policy_poll").requests.failed_attempts > 10);
}

/// At log-on, several requests start at once. They share one connection and wait until it is open.
#[test]
fn requests_wait_for_the_connection_they_share() {
    let network = "client_azure = \"100ms\"\nsetup_round_trips = 3.0\n";
    let rest = "[cohort.c]\nclients = 50\nlocation.interval = \"25h\"\n\
        policy_poll.interval = \"10h\"\nnew_policy_share = \"0%\"\nchannel.enabled = false\n\
        presence = { kind = \"office-hours\", start = \"01:00\", start_sd = \"10min\", \
        length = \"8h\", length_sd = \"0s\", absent_share = \"0%\" }\n";
    let text = format!("{}{rest}", lasting("6h", "1h", &components("", "")));
    let text = text.replacen("client_azure = \"0s\"\n", network, 1).replacen(
        "setup_round_trips = 0.0\n",
        "",
        1,
    );
    let result = simulate(&text);
    for name in ["location", "policy_poll"] {
        let latency = &kind(&result, name).latency;
        assert_eq!(latency.count, 50, "{name}");
        assert!((latency.p50 - 0.4).abs() < 1e-3, "{name}: {latency:?}");
    }
}

/// A frozen machine does not respond to probes, so the load balancer sends clients to it only for a
/// few seconds.
#[test]
fn probes_detect_a_frozen_machine() {
    let rest = |gateway: &str| {
        let components = components(gateway, "");
        let source = "[source.s]\nenters = \"gateway.g\"\nrate = \"10/s\"\ntimeout = \"1s\"\n\
            [disruption.d]\nkind = \"freeze\"\ngateway = \"g\"\ninstance = 0\nat = \"10min\"\n\
            down = \"20min\"\n";
        simulate(&format!("{}{source}", lasting("1h", "1min", &components)))
    };
    let two = rest("instances = 2");
    // Probes run every five seconds, so the frozen machine receives half of ten requests/s for at
    // most five seconds.
    let failed = two.requests.failed_attempts;
    assert!((1..50).contains(&failed), "{failed}");
    assert_eq!(two.gateways[0].availability_share, 1.0);
    let one = rest("instances = 1");
    let downtime = (1.0 - one.gateways[0].availability_share) * 3600.0;
    assert!((1200.0..=1206.0).contains(&downtime), "{downtime} s");
    // A crash during the freeze restarts the machine.
    let crash = "[disruption.c]\nkind = \"instance-crash\"\ninstance = 0\nat = \"11min\"\n\
        down = \"1min\"\n";
    let components = components("instances = 1", "");
    let freeze = "[disruption.d]\nkind = \"freeze\"\ngateway = \"g\"\ninstance = 0\n\
        at = \"10min\"\ndown = \"20min\"\n[cohort.c]\nclients = 10\n";
    let result = simulate(&format!("{}{freeze}{crash}", lasting("1h", "1min", &components)));
    let downtime = (1.0 - result.gateways[0].availability_share) * 3600.0;
    assert!((120.0..=126.0).contains(&downtime), "{downtime} s");
}

/// Without failures, a client lacks a channel only while it opens one. This time does not count as
/// unavailability.
#[test]
fn the_time_to_open_a_channel_does_not_count_as_unavailability() {
    let cohort = "[cohort.c]\nclients = 200\nstart_delay = \"5min\"\npresence = { kind = \
        \"sporadic\", on = \"20min\", off = \"20min\" }\n";
    let result = simulate(&format!("{}{cohort}", lasting("6h", "1h", &components("", ""))));
    assert_eq!(result.origins[0].channel_availability_share, Some(1.0));
    assert!(kind(&result, "channel_open").requests.completed > 1_000);
}

/// If a client goes offline before a task succeeds, the task runs again in the client's next
/// session.
#[test]
fn an_abandoned_task_runs_in_the_next_session() {
    let rest = "[cohort.c]\nclients = 500\nheartbeat.interval = \"7d\"\n\
        retry.attempts = \"unlimited\"\npresence = { kind = \"office-hours\", start = \"08:00\", start_sd = \"0s\", \
        length = \"8h\", length_sd = \"0s\", absent_share = \"0%\", weekend_share = \"100%\" }\n\
        [disruption.d]\nkind = \"connection-point-outage\"\nat = \"9h\"\ndown = \"12h\"\n";
    let result = simulate(&format!("{}{rest}", lasting("7d", "1h", &components("", ""))));
    let heartbeat = &kind(&result, "heartbeat").requests;
    assert!(heartbeat.abandoned > 5, "{heartbeat:?}");
    // Each client completes one heartbeat in seven days, even if some attempts fail.
    let done = heartbeat.completed + heartbeat.in_flight_at_end;
    assert!((499..=501).contains(&done), "{heartbeat:?}");
}

/// The polling timer starts with the agent, so polls peak one hour after log-ons peak.
#[test]
fn logging_on_leads_to_hourly_polls() {
    let cohort = "[cohort.c]\nclients = 500\npolicy_poll.interval = \"60min\"\n\
        new_policy_share = \"0%\"\npresence = { kind = \"office-hours\", start = \"01:00\", \
        start_sd = \"2min\", length = \"8h\", length_sd = \"0s\", absent_share = \"0%\" }\n";
    let result = simulate(&format!("{}{cohort}", lasting("5h", "10min", &components("", ""))));
    let polls: Vec<f64> =
        result.series.issued_per_s.iter().map(|rate| (rate * 600.0).round()).collect();
    for hour in 1..5 {
        let around: f64 = polls[6 * hour - 1..=6 * hour].iter().sum();
        assert_eq!(around, 500.0, "hour {hour}: {polls:?}");
    }
}

/// The walk continues with the next update domain only after probes have found the previous update
/// domain healthy.
#[test]
fn a_walk_without_pause_keeps_one_instance_running() {
    let rest = "[source.s]\nenters = \"gateway.g\"\nrate = \"10/s\"\n[disruption.d]\n\
        kind = \"update-domain-walk\"\nat = \"1min\"\ndown = \"2min\"\npause = \"0s\"\n";
    let result = simulate(&format!("{}{rest}", lasting("10min", "1min", &components("", ""))));
    assert_eq!(result.disruptions.len(), 2);
    assert_eq!(result.gateways[0].availability_share, 1.0);
}

/// A crashed instance sends nothing to the client. The client detects the loss after 30 s, not
/// after its timeout of one hour.
#[test]
fn requests_lost_in_a_crash_fail_after_the_loss_detection() {
    let rest = "[cohort.c]\nclients = 300\npolicy_poll.interval = \"10min\"\ntimeout = \"60min\"\n\
        new_policy_share = \"0%\"\nretry = { first = \"10s\", jitter = \"0%\" }\n\
        [disruption.d]\nkind = \"instance-crash\"\ninstance = 0\nat = \"5min\"\ndown = \"30min\"\n";
    let components =
        components("instances = 2", "").replace("database = \"0s\"", "database = \"20s\"");
    let result = simulate(&format!("{}{rest}", lasting("20min", "1min", &components)));
    let polls = kind(&result, "policy_poll");
    let lost =
        &result.failures.iter().find(|one| one.cause.name() == "reset").expect("lost attempts");
    assert!(lost.attempts > 0);
    // The longest possible latency is 105 s: 20 s before the crash, 30 s for detection, 10 s retry
    // delay, 5 s at a failed instance, 20 s retry delay and 20 s for the successful attempt.
    assert!(polls.latency.max < 106.0, "{:?}", polls.latency);
}

/// A client requests the policy body only after a poll that finds new policy.
#[test]
fn clients_request_new_policy_after_a_share_of_the_polls() {
    let cohort = "[cohort.c]\nclients = 2000\nlocations = { internet = \"100%\" }\n\
        policy_poll.interval = \"1h\"\nnew_policy_share = \"3%\"\n";
    let result = simulate(&format!("{}{cohort}", lasting("24h", "1h", &components("", ""))));
    let polls = kind(&result, "policy_poll").requests.completed as f64;
    let bodies = kind(&result, "policy_body").requests.completed as f64;
    assert!((48_000.0..50_001.0).contains(&polls), "{polls}");
    let deviation = (polls * 0.03 * 0.97).sqrt();
    assert!((bodies - 0.03 * polls).abs() < 4.0 * deviation, "{bodies} bodies, {polls} polls");
}

/// With a probe interval of five seconds, the third probe fails ten to fifteen seconds after the
/// crash. Until the third failure, the failed instance receives half of 1,000 connections/s.
#[test]
fn an_instance_is_removed_after_the_allowed_number_of_failed_probes() {
    let gateway = "instances = 2\nprobe = { interval = \"5s\", failures = 3 }";
    let source = "[source.s]\nenters = \"gateway.g\"\nrate = \"1000/s\"\n\
        arrival_process = \"deterministic\"\ntimeout = \"1s\"\n[disruption.d]\nkind = \"instance-crash\"\n\
        gateway = \"g\"\ninstance = 0\nat = \"1min\"\ndown = \"5min\"\n";
    let result =
        simulate(&format!("{}{source}", lasting("3min", "1min", &components(gateway, ""))));
    let lost = result.requests.failed_attempts as f64;
    let deviation = (15_000.0_f64 * 0.25).sqrt();
    let [minimum, maximum] = [5_000.0 - 4.0 * deviation, 7_500.0 + 4.0 * deviation];
    assert!((minimum..maximum).contains(&lost), "{lost}");
}
