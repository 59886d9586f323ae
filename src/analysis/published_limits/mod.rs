//! Compares simulated values with published limits and recommendations.

use std::sync::OnceLock;

use crate::catalogue::{Catalogue, Parameter, Provenance};
use crate::results::{
    Check, ConnectionPointResult, FasterCycle, GatewayResult, InstanceResult, RunResult,
    SiteSystemResult, Verdict,
};
use crate::terms::{CheckKind, Role};

/// Minimum duration of a run whose egress is extrapolated to a month: one day.
const DAY_SECONDS: f64 = 86_400.0;

/// Published number and its source.
#[derive(Clone, Debug)]
pub struct Published {
    /// Published value.
    pub value: f64,
    /// Document and date of publication.
    pub source: String,
}

/// Published numbers that every run is compared with.
#[derive(Clone, Debug)]
pub struct PublishedLimits {
    /// Supported connections per instance, by name of the VM size.
    pub connections: Vec<(String, Published)>,
    /// Supported instances per connection point.
    pub instances_per_connection_point: Published,
    /// Dynamic TCP ports of a connection point.
    pub ports: Published,
    /// Supported clients per management point.
    pub clients_per_management_point: Published,
    /// Supported clients per primary site.
    pub clients_per_site: Published,
    /// Supported management points per primary site.
    pub management_points_per_site: Published,
    /// Recommended minimum number of instances and of connection points.
    pub recommended: Published,
    /// Supported clients per software update point that shares its server with another role.
    pub clients_per_shared_update_point: Published,
    /// Supported clients per software update point on its own server.
    pub clients_per_update_point: Published,
    /// Supported clients per distribution point.
    pub clients_per_distribution_point: Published,
    /// Supported clients of a hierarchy with a central administration site.
    pub clients_per_hierarchy: Published,
    /// Requests per second that storage serves for one file.
    pub requests_per_second_for_a_file: Published,
    /// Critical level of the outbound threshold, in per cent of the threshold.
    pub outbound_critical_percent: Published,
    /// Estimated egress of gateways per client in 30 days with aggressive settings, in megabytes.
    pub egress_per_client_megabytes: Published,
}

impl PublishedLimits {
    /// Returns the limits of the built-in catalogue.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<PublishedLimits> = OnceLock::new();
        BUILTIN.get_or_init(|| Self::of(Catalogue::builtin()))
    }

    fn of(catalogue: &Catalogue) -> Self {
        let published = |path: &str| {
            let (value, source) = catalogue.limit(path);
            Published { value, source: source.to_owned() }
        };
        let is_published = |row: &&Parameter| row.provenance == Provenance::Published;
        let sizes = catalogue.parameters().iter().filter(is_published).filter_map(|row| {
            let size = row.path.strip_prefix("size.")?.strip_suffix(".connection_limit")?;
            Some((size.to_owned(), published(&row.path)))
        });
        PublishedLimits {
            connections: sizes.collect(),
            instances_per_connection_point: published("limit.instances_per_connection_point"),
            ports: published("limit.ports"),
            clients_per_management_point: published("limit.clients_per_management_point"),
            clients_per_site: published("limit.clients_per_site"),
            management_points_per_site: published("limit.management_points_per_site"),
            recommended: published("limit.recommended"),
            clients_per_shared_update_point: published("limit.clients_per_shared_update_point"),
            clients_per_update_point: published("limit.clients_per_update_point"),
            clients_per_distribution_point: published("limit.clients_per_distribution_point"),
            clients_per_hierarchy: published("limit.clients_per_hierarchy"),
            requests_per_second_for_a_file: published("limit.requests_per_second_for_a_file"),
            outbound_critical_percent: published("limit.outbound_critical_percent"),
            egress_per_client_megabytes: published("limit.egress_per_client_megabytes"),
        }
    }

    /// Returns the published number of connections of a VM size; `None` for a custom size.
    pub fn connections_of(&self, size: &str) -> Option<&Published> {
        self.connections.iter().find(|(name, _)| name == size).map(|(_, published)| published)
    }
}

/// Computes all checks of a run from its other results.
pub(super) fn checks(result: &RunResult) -> Vec<Check> {
    checks_against(PublishedLimits::builtin(), result)
}

fn checks_against(limits: &PublishedLimits, result: &RunResult) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.extend(result.instances.iter().filter_map(|one| connections(limits, result, one)));
    for (index, gateway) in (0..).zip(&result.gateways) {
        let of_gateway = redundancy(limits, result, gateway);
        let of_gateway = of_gateway.into_iter().chain(content_and_egress(limits, gateway));
        checks.extend(of_gateway.map(|one| Check { gateway: Some(index), ..one }));
    }
    checks.extend(result.connection_points.iter().map(|point| ports(limits, point)));
    checks.extend(site_systems(limits, result));
    checks.extend(sites(limits, result));
    checks.extend(egress_per_client(limits, result));
    checks
}

fn connections(
    limits: &PublishedLimits,
    result: &RunResult,
    instance: &InstanceResult,
) -> Option<Check> {
    let published = limits.connections_of(&result.gateway_of(instance)?.size)?;
    Some(check(
        CheckKind::InstanceConnections,
        format!("{}/{}", instance.gateway, instance.number),
        instance.connections_peak as f64,
        published,
        "above the limit, requests are still served, but more slowly",
    ))
}

/// Checks the number of instances of a gateway, the number of its connection points in each site,
/// and the number of instances per connection point.
fn redundancy(limits: &PublishedLimits, result: &RunResult, gateway: &GatewayResult) -> Vec<Check> {
    let points: Vec<&ConnectionPointResult> =
        result.connection_points.iter().filter(|point| point.gateway == gateway.name).collect();
    if points.is_empty() {
        return Vec::new();
    }
    let at_least_two = |kind: CheckKind, part: String, count: usize| {
        let note = "with only one, its failure stops the service";
        let mut minimum = check(kind, part, count as f64, &limits.recommended, note);
        minimum.verdict = at_least(minimum.simulated, minimum.limit);
        minimum
    };
    let instances = gateway.instances;
    let (own, count) = (gateway.name.clone(), instances as usize);
    let mut checks = vec![at_least_two(CheckKind::GatewayInstances, own, count)];
    let mut sites: Vec<&str> = Vec::new();
    for point in &points {
        if !sites.contains(&point.site.as_str()) {
            sites.push(&point.site);
        }
    }
    for site in sites {
        let count = points.iter().filter(|point| point.site == site).count();
        let part = match result.scenario.sites.len() {
            0 | 1 => gateway.name.clone(),
            _ => format!("{} for {site}", gateway.name),
        };
        checks.push(at_least_two(CheckKind::GatewayConnectionPoints, part.clone(), count));
        checks.push(check(
            CheckKind::InstancesPerConnectionPoint,
            part,
            f64::from(instances) / count as f64,
            &limits.instances_per_connection_point,
            "a published rule; the connection point may run out of ports first",
        ));
    }
    checks
}

/// Checks the request rate of the busiest file and the egress of 14 days.
fn content_and_egress(limits: &PublishedLimits, gateway: &GatewayResult) -> Vec<Check> {
    let file = gateway.file_requests_peak_per_s.map(|rate| {
        let mut one = check(
            CheckKind::FileRequests,
            gateway.name.clone(),
            rate,
            &limits.requests_per_second_for_a_file,
            "mean of the busiest minute; the storage serves no more requests than the limit, so \
             downloads wait; the storage of additional gateways shares the load",
        );
        if let Some(own) = gateway.file_requests_limit_per_s.filter(|own| *own != one.limit) {
            (one.limit, one.verdict) = (own, verdict(rate, own));
            one.scaled_by =
                "the scenario sets the rate that the storage of a gateway serves".to_owned();
        }
        one
    });
    let outbound = (gateway.outbound_share > 0.0).then(|| {
        let note = "the higher of the maximum in the run and the projection to 14 days; above the \
            limit, the site raises an alert and, if so configured, stops the gateway";
        let percent = 100.0 * gateway.outbound_share.max(gateway.outbound_projected_share);
        let published = &limits.outbound_critical_percent;
        let mut one =
            check(CheckKind::OutboundShare, gateway.name.clone(), percent, published, note);
        if gateway.critical_at_s.is_some() {
            // The egress may have decreased after it passed the critical level.
            one.verdict = Verdict::Exceeded;
        }
        one
    });
    file.into_iter().chain(outbound).collect()
}

fn site_systems(limits: &PublishedLimits, result: &RunResult) -> Vec<Check> {
    let of_point = |kind, point: &SiteSystemResult, published: &Published, note: &str| {
        let clients = point.clients_assigned_peak as f64;
        let note = format!("{PRESUMED}{note}");
        let one = check(kind, point.name.clone(), clients, published, &note);
        let cycles: Vec<&FasterCycle> = result
            .faster_cycles
            .iter()
            .filter(|cycle| cycle.role == point.role && cycle.site == point.site)
            .collect();
        scaled(one, point.clients_weighted_peak, &cycles)
    };
    let mut checks = Vec::new();
    for point in &result.management_points {
        let published = &limits.clients_per_management_point;
        checks.push(of_point(CheckKind::ManagementPointClients, point, published, ""));
    }
    for point in &result.software_update_points {
        let (published, note) = if point.is_shared {
            (
                &limits.clients_per_shared_update_point,
                "; the software update point shares its server with another role; a dedicated \
                 server supports more",
            )
        } else {
            (
                &limits.clients_per_update_point,
                "; it also assumes a dedicated server with a WSUS pool queue of 2,000 and four \
                 times the default private memory limit",
            )
        };
        checks.push(of_point(CheckKind::SoftwareUpdatePointClients, point, published, note));
    }
    for point in &result.distribution_points {
        checks.push(check(
            CheckKind::DistributionPointClients,
            point.name.clone(),
            point.clients as f64,
            &limits.clients_per_distribution_point,
            "number of clients that downloaded content; disks and network determine the limit",
        ));
    }
    checks
}

/// Note on published numbers of clients.
const PRESUMED: &str =
    "slower client cycles do not raise the limit; the published number assumes default settings";

/// Document that defines the rule for faster cycles, with its date.
const PROPORTION: &str = "site-size-performance-guidelines.md, 04/23/2019";

/// Scales a check of the number of clients. The published number assumes default settings, so a
/// client with faster cycles counts as several clients: the number is the largest ratio of the
/// default interval to the actual interval of any of its cycles. The limit is divided by the mean
/// number over all clients.
fn scaled(check: Check, weighted: f64, cycles: &[&FasterCycle]) -> Check {
    let factor = weighted / check.simulated.max(1.0);
    if factor <= 1.0 || cycles.is_empty() {
        return check;
    }
    let limit = check.published / factor;
    let described = cycles.iter().map(|cycle| {
        format!(
            "{} of {} is {} instead of {}: each client counts as {}",
            cycle.setting,
            cycle.cohort,
            duration(cycle.seconds),
            duration(cycle.default_s),
            rounded(cycle.times()),
        )
    });
    let scaled_by = format!(
        "the published number assumes default client settings and is divided by {} ({}; direct \
         proportion according to {PROPORTION})",
        rounded(factor),
        described.collect::<Vec<_>>().join("; "),
    );
    Check { limit, verdict: verdict(check.simulated, limit), scaled_by, ..check }
}

/// Formats a duration as scenarios write it.
fn duration(seconds: f64) -> String {
    match seconds {
        days if days >= 86_400.0 && days % 86_400.0 == 0.0 => format!("{} d", days / 86_400.0),
        hours if hours >= 7200.0 && hours % 3600.0 == 0.0 => format!("{} h", hours / 3600.0),
        minutes if minutes >= 60.0 => format!("{} min", rounded(minutes / 60.0)),
        seconds => format!("{} s", rounded(seconds)),
    }
}

fn rounded(value: f64) -> f64 {
    (100.0 * value).round() / 100.0
}

/// Checks the clients and management points of each primary site, and the clients of a hierarchy.
fn sites(limits: &PublishedLimits, result: &RunResult) -> Vec<Check> {
    let scenario = &result.scenario;
    let points_of = |name: &str| {
        result.management_points.iter().filter(|point| point.site == name).count() as u64
    };
    let sites: Vec<(String, u64, u64)> = match &scenario.sites[..] {
        [] | [_] => {
            let name = scenario.sites.first().map_or("site", |site| &site.name);
            let points = result.management_points.len() as u64;
            vec![(name.to_owned(), scenario.clients, points)]
        }
        several => several
            .iter()
            .map(|site| (site.name.clone(), site.clients, points_of(&site.name)))
            .collect(),
    };
    let is_one = sites.len() == 1;
    let note = if is_one {
        "all components of the scenario belong to one primary site"
    } else {
        "above the limit, add another primary site"
    };
    let mut checks = Vec::new();
    for (name, clients, points) in sites {
        let of_site = |kind: CheckKind, count: u64, published: &Published| {
            check(kind, name.clone(), count as f64, published, note)
        };
        let published = &limits.clients_per_site;
        let one = of_site(CheckKind::SiteClients, clients, published);
        let own = |cycle: &FasterCycle| is_one || cycle.site == name;
        checks.push(scaled_clients(one, result, own));
        checks.push(of_site(
            CheckKind::SiteManagementPoints,
            points,
            &limits.management_points_per_site,
        ));
    }
    if !is_one {
        let one = check(
            CheckKind::HierarchyClients,
            "all sites".to_owned(),
            scenario.clients as f64,
            &limits.clients_per_hierarchy,
            "with SQL Server Enterprise edition at the central administration site; 50,000 with \
             Standard edition",
        );
        checks.push(scaled_clients(one, result, |_| true));
    }
    checks
}

/// Scales a check of the number of clients of one or more sites. Considers only the cycles that use
/// management points, because their requests reach the site database.
fn scaled_clients(one: Check, result: &RunResult, is_own: impl Fn(&FasterCycle) -> bool) -> Check {
    let of_points = |cycle: &FasterCycle| cycle.role == Role::ManagementPoint && is_own(cycle);
    let cycles = result.faster_cycles.iter().filter(|cycle| of_points(cycle));
    let cycles: Vec<&FasterCycle> = cycles.collect();
    let more: f64 = cycles.iter().map(|one| one.clients as f64 * (one.times() - 1.0)).sum();
    let weighted = one.simulated + more;
    scaled(one, weighted, &cycles)
}

/// Checks monthly egress per client, only for runs that the published estimate covers: without
/// deployments, and at least one day long so that they include a daily cycle.
fn egress_per_client(limits: &PublishedLimits, result: &RunResult) -> Option<Check> {
    let bytes = result.flows.egress_per_existing_client_30_days_bytes?;
    let is_comparable = result.deployments.is_empty() && result.scenario.duration_s >= DAY_SECONDS;
    is_comparable.then(|| {
        let mut one = check(
            CheckKind::ClientEgress,
            "all gateways".to_owned(),
            bytes / 1e6,
            &limits.egress_per_client_megabytes,
            "per existing client (online or offline) in cohorts that use a gateway, excluding \
             deployments; Microsoft publishes an estimate, not a maximum: about 100 MB with \
             default settings and up to 300 MB with aggressive settings",
        );
        // The published number is the upper end of an estimated range, not a limit.
        one.verdict =
            if one.simulated <= one.limit { Verdict::Within } else { Verdict::AboveEstimate };
        one
    })
}

/// Checks the ports of a connection point. The published number is a Windows default that
/// administrators can change, so the limit is the value of the scenario.
fn ports(limits: &PublishedLimits, point: &ConnectionPointResult) -> Check {
    let mut check = check(
        CheckKind::ConnectionPointPorts,
        point.name.clone(),
        point.ports_peak as f64,
        &limits.ports,
        "without a free port, channels and requests are refused",
    );
    check.limit = f64::from(point.port_limit);
    check.verdict = match point.port_refusals {
        0 => verdict(check.simulated, check.limit),
        // The demand exceeded the number of ports by an unknown amount.
        _ => Verdict::Exceeded,
    };
    check
}

fn check(
    kind: CheckKind,
    part: String,
    simulated: f64,
    published: &Published,
    note: &str,
) -> Check {
    Check {
        check: kind.label().to_owned(),
        kind,
        component: part,
        gateway: None,
        simulated,
        limit: published.value,
        published: published.value,
        unit: kind.unit().to_owned(),
        verdict: verdict(simulated, published.value),
        published_in: published.source.clone(),
        note: note.to_owned(),
        scaled_by: String::new(),
    }
}

/// Returns the verdict for a recommended minimum.
pub fn at_least(value: f64, minimum: f64) -> Verdict {
    if value < minimum { Verdict::Below } else { Verdict::Within }
}

/// Returns the verdict for a limit. A value above 80 % of the limit is close; a value equal to the
/// limit does not exceed it.
pub fn verdict(value: f64, limit: f64) -> Verdict {
    match value {
        over if over > limit => Verdict::Exceeded,
        near if near > 0.8 * limit => Verdict::Close,
        _ => Verdict::Within,
    }
}

#[cfg(test)]
mod tests;
