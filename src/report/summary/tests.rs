//! Tests of summary sections on hand-written results.

use super::TableGroup;
use crate::results::bill::{BilledRun, bill};
use crate::results::cost::cost_of;
use crate::results::{
    BillLine, ConfigurationValue, DeploymentResult, DistributionPointResult, FlowResult,
    GatewayResult, InstanceResult, Latency, Milestone, OriginResult, RequestCounts, RunResult,
    SiteSystemResult, SkewResult, ValueProvenance,
};
use crate::terms::{Place, Via, VmHour};

/// Computes the bill of a run of one day.
fn bill_of_a_day(result: &mut RunResult) {
    result.scenario.duration_s = 86_400.0;
    let run = BilledRun::of(result);
    (result.cost, result.bill) = (cost_of(&run), bill(&run));
}

fn summary(result: &RunResult) -> String {
    super::details(result, "FILE")
}

/// Returns whether a line contains these words in this order, regardless of the column widths.
fn has(text: &str, words: &[&str]) -> bool {
    let is_it = |line: &str| {
        let mut rest = line;
        words.iter().all(|word| match rest.find(word) {
            Some(at) => {
                rest = &rest[at + word.len()..];
                true
            }
            None => false,
        })
    };
    text.lines().any(is_it)
}

fn origin(vpn_mean: f64, gateway_mean: f64) -> OriginResult {
    OriginResult {
        name: "remote".to_owned(),
        clients: 100,
        internet_mean: 40.0,
        internet_peak: 60,
        vpn_mean,
        intranet_mean: 10.0,
        gateway_mean,
        channel_availability_share: Some(1.0),
        requests: RequestCounts::default(),
        latency: Latency::NONE,
    }
}

fn gateway() -> GatewayResult {
    GatewayResult {
        name: "main".to_owned(),
        instances: 2,
        configured_instances: 2,
        to_clients_bytes: 4_000_000_000,
        to_site_bytes: 1_000_000_000,
        instance_hours: 48.0,
        outbound_share: 0.93,
        critical_at_s: Some(3600.0),
        ..GatewayResult::default()
    }
}

#[test]
fn connections_without_a_published_limit_are_marked() {
    let instance = InstanceResult {
        gateway: "main".to_owned(),
        connection_limit: 6_000,
        connections_peak: 10_600,
        ..InstanceResult::default()
    };
    let mut result = RunResult { instances: vec![instance], ..RunResult::default() };
    let brief = |result: &RunResult| super::brief(result, "FILE");
    let row = ["main/0", "connections, limit assumed", "EXCEEDED", "10,600", "6,000"];
    assert!(has(&brief(&result), &row), "{}", brief(&result));
    result.instances[0].connections_peak = 4_800;
    assert!(!brief(&result).contains("limit assumed"), "{}", brief(&result));
    result.instances[0].connections_peak = 4_801;
    result.scenario.configuration = vec![ConfigurationValue {
        path: "gateway.main.connection_limit".to_owned(),
        value: "6000".to_owned(),
        provenance: ValueProvenance::Written,
        source: String::new(),
        measured: Vec::new(),
    }];
    assert!(has(&brief(&result), &["main/0", "connections, own limit", "4,801", "6,000"]));
}

#[test]
fn empty_tables_are_not_printed() {
    let text = summary(&RunResult::default());
    for absent in [
        "Software update points",
        "Distribution",
        "Deployments",
        "Content",
        "Egress",
        "Cost",
        "VPN",
    ] {
        assert!(!text.contains(absent), "{absent} in\n{text}");
    }
}

#[test]
fn vpn_and_gateway_columns_appear_only_if_they_differ() {
    let with = |vpn, gateway| {
        summary(&RunResult { origins: vec![origin(vpn, gateway)], ..RunResult::default() })
    };
    let plain = with(0.0, 40.0);
    assert!(!plain.contains("VPN mean") && !plain.contains("gateway mean"), "{plain}");
    let both = with(30.0, 70.0);
    let header =
        ["clients", "internet mean", "internet peak", "VPN mean", "intranet mean", "gateway mean"];
    assert!(has(&both, &header), "{both}");
    assert!(has(&both, &["remote", "100", "40", "60", "30", "10", "70", "100.0 %"]), "{both}");
}

#[test]
fn a_deployment_shows_its_steps_and_content() {
    let step = |reached, p95_s| Milestone { reached, p95_s, ..Milestone::default() };
    let deployment = DeploymentResult {
        name: "office".to_owned(),
        targets: 1_000,
        size_bytes: 500_000_000,
        deadline_s: Some(7200.0),
        policy: step(1_000, Some(3_000.0)),
        content: step(900, None),
        installed: step(500, None),
        from_storage_bytes: 400_000_000_000,
        from_peers_bytes: 50_000_000_000,
        ..DeploymentResult::default()
    };
    let text = summary(&RunResult { deployments: vec![deployment], ..RunResult::default() });
    assert!(has(&text, &["office", "policy", "1,000", "1,000", "100.0 %", "-", "50 min 00 s"]));
    assert!(has(&text, &["installed", "500", "1,000", "50.0 %", "-", "-", "-"]), "{text}");
    let about = "office: required, 500 MB per client, from 1970-01-01 00:00:00, deadline";
    assert!(text.contains(about), "{text}");
    assert!(has(&text, &["office", "400 GB", "-", "-", "50.0 GB", "450 GB"]), "{text}");
}

fn flow(bytes: u64) -> FlowResult {
    FlowResult {
        from: Place::Gateways,
        to: Place::Clients,
        via: Via::Internet,
        bytes,
        existing_clients: 4_000,
        online_clients_mean: 1_000.0,
        per_existing_client_30_days_bytes: Some(30e6),
        per_online_client_30_days_bytes: Some(120e6),
        peak_mbit_per_s: 800.0,
        peak_start_s: Some(60.0),
        p95_mbit_per_s: None,
    }
}

#[test]
fn a_gateway_shows_flows_costs_and_threshold() {
    let mut result = RunResult { gateways: vec![gateway()], ..RunResult::default() };
    result.scenario.duration_s = 86_400.0;
    result.flows.gateways_to_clients_bytes = 4_000_000_000;
    result.flows.gateways_to_sites_bytes = 1_000_000_000;
    result.flows.gateway_clients_mean = 1_000.0;
    result.flows.gateway_clients_existing = 4_000;
    result.flows.egress_per_existing_client_30_days_bytes = Some(37.5e6);
    result.flows.egress_per_online_client_30_days_bytes = Some(150e6);
    let prices = &mut result.scenario.prices;
    prices.currency = "USD".to_owned();
    prices.date = "2026-11".to_owned();
    prices.is_example = true;
    let key = "prices.vm_hour.A2_v2".to_owned();
    prices.vm_hour = vec![VmHour { key, price: Some(0.1) }];
    prices.egress_gb = 0.1;
    prices.egress_free_gb = 50.0;
    bill_of_a_day(&mut result);
    result.network.flows = [4_000_000_000, 0].map(flow).into();
    let text = summary(&result);
    let row = ["gateways to clients via internet", "4.00 GB", "30.0 MB", "120 MB", "800", "-"];
    assert!(has(&text, &row), "{text}");
    assert_eq!(text.matches("via internet").count(), 1, "flows without bytes are omitted: {text}");
    let egress = "(egress without content: 37.5 MB per client in 30 days, for 4,000 existing";
    assert!(text.contains(egress), "{text}");
    assert!(text.contains("Cost of 30 days (example prices, not verified)"), "{text}");
    let vm = ["VM instances of main", "1,440", "h", "0.1", "144.00 USD", "assumed"];
    assert!(has(&text, &vm), "{text}");
    assert!(has(&text, &["egress", "first 50 GB", "50", "GB", "0", "0.00 USD"]), "{text}");
    assert!(has(&text, &["egress", "above 50 GB", "100", "GB", "0.1", "10.00 USD"]), "{text}");
    assert!(has(&text, &["load balancers", "720", "h", "-", "not priced", "-"]), "{text}");
    assert!(has(&text, &["total", "154.00 USD"]), "{text}");
    let remark = "(example prices of 2026-11, not verified: set [prices] to your own)";
    assert!(text.contains(remark), "{text}");
    // The day itself: 5 GB at the price above the free amount, and no additional instances.
    assert!(text.contains("Cost of the simulated period (example prices"), "{text}");
    assert!(has(&text, &["egress", "above 50 GB", "5", "GB", "0.1", "0.50 USD"]), "{text}");
    assert!(!text.contains("does not represent a month"), "a day without events: {text}");
    let missing = "(the total excludes items without a price: set prices.public_ip_hour, \
                   prices.load_balancer_hour, prices.load_balancer_gb)";
    assert!(text.contains(missing), "{text}");
    result.scenario.prices.is_example = false;
    assert!(!summary(&result).contains("not verified"));
    let prices = &mut result.scenario.prices;
    prices.vm_hour[0] = VmHour { key: "prices.vm_hour.B2s".to_owned(), price: None };
    bill_of_a_day(&mut result);
    let text = summary(&result);
    assert!(has(&text, &["total", "not priced"]), "{text}");
    let missing = "(no total: set prices.vm_hour.B2s, \
                   prices.public_ip_hour, prices.load_balancer_hour, prices.load_balancer_gb)";
    assert!(text.contains(missing), "{text}");
}

#[test]
fn threshold_and_imbalance_are_notes_of_their_tables() {
    let mut result = RunResult { gateways: vec![gateway()], ..RunResult::default() };
    result.gateways[0].stopped_at_s = Some(3960.0);
    let one = SkewResult {
        gateway: "main".to_owned(),
        instance: 1,
        after: "patching".to_owned(),
        ratio_at_first: 3.2,
        ratio_at_end: 3.1,
        ..SkewResult::default()
    };
    result.skews = vec![one.clone(), SkewResult { uneven_s: Some(0.0), ..one }];
    let threshold = super::components::threshold(&result.scenario, &result.gateways[0]);
    assert_eq!(
        threshold.as_deref(),
        Some(
            "main: 93.0 % of the 14-day outbound data threshold, 0 % if this rate continues; \
         critical at 1970-01-01 01:00:00; stopped at 1970-01-01 01:06:00"
        )
    );
    let skews = super::events::skews(&result);
    let expected =
        "main/1 had 3.20 times the mean connections of all instances; still 3.10 times at the end";
    assert!(skews.len() == 1 && skews[0].contains(expected), "{skews:?}");
}

#[test]
fn update_points_and_distribution_points_have_tables() {
    let point = |name: &str, site: &str| SiteSystemResult {
        name: name.to_owned(),
        site: site.to_owned(),
        clients_assigned_peak: 12_000,
        refused: 3,
        ..SiteSystemResult::default()
    };
    let mut result = RunResult {
        software_update_points: vec![point("sup-1", "north"), point("sup-2", "south")],
        distribution_points: vec![DistributionPointResult {
            name: "dp-1".to_owned(),
            site: "north".to_owned(),
            clients: 5,
            sent_bytes: 1_000,
            bandwidth_utilisation_mean_share: None,
            bandwidth_utilisation_peak_share: None,
        }],
        ..RunResult::default()
    };
    let text = summary(&result);
    assert!(has(&text, &["sup-2", "south", "12,000", "0", "3"]), "{text}");
    assert!(has(&text, &["dp-1", "5", "1.00 KB", "-"]), "{text}");
    result.software_update_points.pop();
    assert!(!summary(&result).contains("north"), "a single site needs no site column");
    result.bill.month.push(BillLine::default());
    assert!(summary(&result).contains("Cost of 30 days"));
    let groups = super::tables(&result).into_iter().map(|(group, table)| (group, table.title));
    let (points, cost) = (TableGroup::More, TableGroup::Cost);
    let expected = [
        (TableGroup::Main, "Requests and their latency".to_owned()),
        (points, "Software update points".to_owned()),
        (points, "Distribution points".to_owned()),
        (cost, super::bill::title(&result)),
    ];
    assert_eq!(groups.collect::<Vec<_>>(), expected);
}
