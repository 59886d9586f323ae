//! Tests the checks with constructed results.

use super::*;
use crate::results::SiteInfo;

#[test]
fn a_value_equal_to_the_limit_does_not_exceed_it() {
    assert_eq!(verdict(4800.0, 6000.0), Verdict::Within);
    assert_eq!(verdict(4801.0, 6000.0), Verdict::Close);
    assert_eq!(verdict(6000.0, 6000.0), Verdict::Close);
    assert_eq!(verdict(6001.0, 6000.0), Verdict::Exceeded);
}

fn published(value: f64) -> Published {
    Published { value, source: "a document, 2022".to_owned() }
}

fn limits() -> PublishedLimits {
    PublishedLimits {
        connections: Vec::new(),
        instances_per_connection_point: published(4.0),
        ports: published(16_384.0),
        clients_per_management_point: published(25_000.0),
        clients_per_site: published(150_000.0),
        management_points_per_site: published(15.0),
        recommended: published(2.0),
        clients_per_shared_update_point: published(25_000.0),
        clients_per_update_point: published(150_000.0),
        clients_per_distribution_point: published(4_000.0),
        clients_per_hierarchy: published(700_000.0),
        requests_per_second_for_a_file: published(500.0),
        outbound_critical_percent: published(90.0),
        egress_per_client_megabytes: published(300.0),
    }
}

/// Finds the check with this kind and component, and returns its simulated value, limit and
/// verdict.
fn found(result: &RunResult, kind: CheckKind, part: &str) -> Option<(f64, f64, Verdict)> {
    let checks = checks_against(&limits(), result);
    let one = checks.iter().find(|one| one.kind == kind && one.component == part)?;
    Some((one.simulated, one.limit, one.verdict))
}

fn point(name: &str, gateway: &str, site: &str) -> ConnectionPointResult {
    ConnectionPointResult {
        name: name.to_owned(),
        gateway: gateway.to_owned(),
        site: site.to_owned(),
        port_limit: 16_384,
        availability_share: 1.0,
        ..ConnectionPointResult::default()
    }
}

fn gateway() -> GatewayResult {
    GatewayResult { name: "main".to_owned(), instances: 4, ..GatewayResult::default() }
}

#[test]
fn checks_a_shared_gateway_separately_for_each_site() {
    let mut result = RunResult {
        gateways: vec![gateway()],
        connection_points: vec![
            point("cp-1", "main", "north"),
            point("cp-2", "main", "north"),
            point("cp-3", "main", "south"),
        ],
        ..RunResult::default()
    };
    let minimum = CheckKind::GatewayConnectionPoints;
    let ratio = CheckKind::InstancesPerConnectionPoint;
    assert_eq!(found(&result, minimum, "main"), Some((2.0, 2.0, Verdict::Within)));
    result.scenario.clients = 720_000;
    result.scenario.sites = [("north", 170_000), ("south", 550_000)]
        .map(|(name, clients)| SiteInfo { name: name.to_owned(), clients })
        .to_vec();
    result.management_points = [("mp-1", "north"), ("mp-2", "south"), ("mp-3", "south")]
        .map(|(name, site)| SiteSystemResult {
            name: name.to_owned(),
            site: site.to_owned(),
            ..SiteSystemResult::default()
        })
        .to_vec();
    assert_eq!(found(&result, minimum, "main"), None);
    assert_eq!(found(&result, minimum, "main for north"), Some((2.0, 2.0, Verdict::Within)));
    assert_eq!(found(&result, minimum, "main for south"), Some((1.0, 2.0, Verdict::Below)));
    assert_eq!(found(&result, ratio, "main for north"), Some((2.0, 4.0, Verdict::Within)));
    assert_eq!(found(&result, ratio, "main for south"), Some((4.0, 4.0, Verdict::Close)));
    let site = CheckKind::SiteClients;
    assert_eq!(found(&result, site, "north"), Some((170_000.0, 150_000.0, Verdict::Exceeded)));
    let points = CheckKind::SiteManagementPoints;
    assert_eq!(found(&result, points, "south"), Some((2.0, 15.0, Verdict::Within)));
    let all = found(&result, CheckKind::HierarchyClients, "all sites");
    assert_eq!(all, Some((720_000.0, 700_000.0, Verdict::Exceeded)));
}

#[test]
fn a_single_site_contains_all_components_regardless_of_its_name() {
    let mut result = RunResult {
        management_points: vec![SiteSystemResult::default(); 16],
        ..RunResult::default()
    };
    result.scenario.clients = 10;
    let points = CheckKind::SiteManagementPoints;
    assert_eq!(found(&result, points, "site"), Some((16.0, 15.0, Verdict::Exceeded)));
    result.scenario.sites = vec![SiteInfo { name: "north".to_owned(), clients: 10 }];
    assert!(found(&result, points, "north").is_some());
    assert_eq!(found(&result, CheckKind::HierarchyClients, "all sites"), None);
}

fn faster(setting: &str, role: Role, minutes: f64, default: f64) -> FasterCycle {
    FasterCycle {
        cohort: "office".to_owned(),
        site: "site".to_owned(),
        clients: 25_000,
        setting: setting.to_owned(),
        role,
        seconds: 60.0 * minutes,
        default_s: 60.0 * default,
    }
}

/// Polling for policy every 30 instead of 60 minutes halves the supported number of clients.
#[test]
fn a_faster_cycle_lowers_the_client_limit_in_proportion() {
    let role = Role::ManagementPoint;
    let point = |weighted: f64| SiteSystemResult {
        name: "mp".to_owned(),
        role,
        site: "site".to_owned(),
        clients_assigned_peak: 25_000,
        clients_weighted_peak: weighted,
        ..SiteSystemResult::default()
    };
    let mut result = RunResult { management_points: vec![point(25_000.0)], ..RunResult::default() };
    result.scenario.clients = 25_000;
    let (what, site) = (CheckKind::ManagementPointClients, CheckKind::SiteClients);
    let close = Some((25_000.0, 25_000.0, Verdict::Close));
    assert_eq!(found(&result, what, "mp"), close);
    result.management_points = vec![point(50_000.0)];
    result.faster_cycles = vec![faster("policy_poll.interval", role, 30.0, 60.0)];
    let half = Some((25_000.0, 12_500.0, Verdict::Exceeded));
    assert_eq!(found(&result, what, "mp"), half);
    assert_eq!(found(&result, site, "site"), Some((25_000.0, 75_000.0, Verdict::Within)));
    let said = &checks_against(&limits(), &result)[0].scaled_by;
    assert!(said.contains("divided by 2 (policy_poll.interval of office is 30 min"), "{said}");
    assert!(said.contains("instead of 60 min: each client counts as 2; direct"), "{said}");
    // Half of the clients poll 12 times as often: 12,500 + 12 x 12,500 = 162,500, a factor of 6.5.
    result.management_points = vec![point(162_500.0)];
    result.faster_cycles =
        vec![FasterCycle { clients: 12_500, ..faster("policy_poll.interval", role, 5.0, 60.0) }];
    let mixed = found(&result, what, "mp").expect("a check");
    assert!((mixed.1 - 25_000.0 / 6.5).abs() < 1e-9 && mixed.2 == Verdict::Exceeded);
    // Update scans do not load management points.
    let scans = vec![faster("update_scan.interval", Role::SoftwareUpdatePoint, 60.0, 10_080.0)];
    result.management_points = vec![point(25_000.0)];
    result.faster_cycles = scans;
    assert_eq!(found(&result, what, "mp"), close);
}

#[test]
fn a_shared_update_point_supports_fewer_clients_than_a_dedicated_one() {
    let point = |is_shared| SiteSystemResult {
        clients_assigned_peak: 30_000,
        is_shared,
        ..SiteSystemResult::default()
    };
    let what = CheckKind::SoftwareUpdatePointClients;
    for (is_shared, limit, verdict) in
        [(true, 25_000.0, Verdict::Exceeded), (false, 150_000.0, Verdict::Within)]
    {
        let result =
            RunResult { software_update_points: vec![point(is_shared)], ..RunResult::default() };
        assert_eq!(found(&result, what, ""), Some((30_000.0, limit, verdict)));
    }
}

#[test]
fn checks_content_requests_and_the_egress_threshold() {
    let mut one = gateway();
    one.outbound_share = 0.5;
    let mut result = RunResult { gateways: vec![one], ..RunResult::default() };
    let (file, outbound) = (CheckKind::FileRequests, CheckKind::OutboundShare);
    assert_eq!(found(&result, file, "main"), None);
    assert_eq!(found(&result, outbound, "main"), Some((50.0, 90.0, Verdict::Within)));
    result.gateways[0].critical_at_s = Some(3.0);
    result.gateways[0].file_requests_peak_per_s = Some(501.0);
    assert_eq!(found(&result, file, "main"), Some((501.0, 500.0, Verdict::Exceeded)));
    assert_eq!(found(&result, outbound, "main"), Some((50.0, 90.0, Verdict::Exceeded)));
}

#[test]
fn compares_monthly_egress_only_for_a_day_or_more_without_deployments() {
    let mut result = RunResult::default();
    result.flows.egress_per_existing_client_30_days_bytes = Some(299e6);
    let what = CheckKind::ClientEgress;
    assert_eq!(found(&result, what, "all gateways"), None, "run shorter than a day");
    result.scenario.duration_s = DAY_SECONDS;
    let within = Some((299.0, 300.0, Verdict::Within));
    assert_eq!(found(&result, what, "all gateways"), within);
    result.flows.egress_per_existing_client_30_days_bytes = Some(301e6);
    let beyond = Some((301.0, 300.0, Verdict::AboveEstimate));
    assert_eq!(found(&result, what, "all gateways"), beyond);
    result.deployments.push(Default::default());
    assert_eq!(
        found(&result, what, "all gateways"),
        None,
        "the published estimate excludes deployments"
    );
}
