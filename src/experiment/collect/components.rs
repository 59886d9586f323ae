//! Collects the results of each component.

use crate::base::ids::{DeploymentId, GatewayId, SiteSystemId, StationId};
use crate::base::{Id, SimTime};
use crate::model::config::{Cohort, Config, ContentSource, Purpose};
use crate::model::deployment;
use crate::model::gateway::Link;
use crate::model::minutes::Peak;
use crate::model::world::Owner;
use crate::model::{Measured, World};
use crate::results::{
    ConnectionPointResult, DeploymentResult, DistributionPointResult, FasterCycle, GatewayResult,
    InstanceResult, LineResult, Milestone, PendingStep, SiteSystemResult, StationResult,
};
use crate::terms::{DeploymentPurpose, DeploymentStep, Flow, Role, StationKind};

use super::{gap, latency, measured, measured_seconds, ratio};

pub(super) fn stations<R: Measured>(world: &World<'_, R>) -> Vec<StationResult> {
    let (now, measured) = (world.now(), measured(world));
    let mut results = Vec::new();
    for (id, owned) in world.stations().entries() {
        let station = &owned.station;
        let tally = station.tally(now);
        let per_server = f64::from(station.servers().unwrap_or(1));
        let busiest = world.minutes().mean(&world.minutes().stations[id.index()]);
        let present = station.present().integral(now) as f64;
        let busy = station.busy().integral(now) as f64;
        results.push(StationResult {
            name: world.station_name(id),
            role: role(world.config(), owned.owner),
            servers: station.servers(),
            arrivals: tally.arrivals,
            refused: tally.refused,
            abandoned: tally.left,
            lost_in_outage: tally.cleared,
            completed: tally.completed,
            delayed_share: ratio(tally.delayed as f64, (tally.arrivals - tally.refused) as f64),
            throughput_per_s: ratio(tally.completed as f64, measured.as_seconds()),
            utilisation_mean_share: station.busy().mean(now) / per_server,
            utilisation_peak_share: busiest / per_server,
            queue_length_mean: station.queue_length_mean(now),
            in_system_mean: station.present().mean(now),
            in_system_peak: station.present().peak(),
            wait: latency(&tally.waits),
            response: latency(&tally.response_times),
            little_gap_share: gap(present, tally.present_nanos as f64),
            utilisation_gap_share: gap(busy, tally.served_nanos as f64),
        });
    }
    results
}

/// Returns the role and name of a station as they appear in files.
pub(super) fn role_and_name<R: Measured>(world: &World<'_, R>, id: StationId) -> String {
    let role = role(world.config(), world.stations()[id].owner);
    format!("{} {}", role.name(), world.station_name(id))
}

fn role(config: &Config, owner: Owner) -> StationKind {
    match owner {
        Owner::Instance(_) => StationKind::GatewayInstance,
        Owner::ConnectionPoint(_) => StationKind::ConnectionPoint,
        Owner::SiteSystem(system) => config.site_systems[system].role.into(),
        Owner::Database(_) => StationKind::Database,
        Owner::File(..) => StationKind::StorageFile,
    }
}

/// Returns the index of a station in the results.
pub(super) fn station_index(id: StationId) -> u32 {
    u32::from(id.0)
}

pub(super) fn gateways<R: Measured>(world: &World<'_, R>) -> Vec<GatewayResult> {
    let all = world.config().gateways.ids();
    all.map(|id| gateway(world, id)).collect()
}

fn gateway<R: Measured>(world: &World<'_, R>, id: GatewayId) -> GatewayResult {
    let now = world.now();
    let (config, gateway) = (&world.config().gateways[id], &world.gateways()[id]);
    let own = world.instances().iter().filter(|instance| instance.gateway == id);
    let hour_nanos = 3600e9;
    let provisioned: u128 = own.clone().map(|one| one.provisioned.integral(now)).sum();
    let threshold = config.outbound.limit.count() as f64;
    let outbound = gateway.outbound.in_window(now, &config.outbound).max(gateway.outbound.highest);
    let seconds = |at: SimTime| measured_seconds(world, at);
    // Extrapolate the outgoing bytes of the instances to 14 days, but count content only once.
    let steady = gateway.flows.measured_from_gateways() as f64;
    let days = measured(world).as_seconds() / 86_400.0;
    let stored = gateway.storage.as_ref().map_or(0, |storage| storage.link.sent.count());
    let projected = steady * ratio(14.0, days) + stored as f64;
    GatewayResult {
        name: config.name.clone(),
        size: config.size.clone(),
        instances: own.filter(|one| one.provisioned.peak() > 0).count() as u32,
        configured_instances: config.instances,
        availability_share: gateway.available.mean(now),
        connections_peak: gateway.connections.peak(),
        from_clients_bytes: gateway.flows.measured(Flow::ClientsToGateways),
        to_clients_bytes: gateway.flows.measured(Flow::GatewaysToClients),
        to_site_bytes: gateway.flows.measured(Flow::GatewaysToConnectionPoints),
        to_revocation_lists_bytes: gateway.flows.measured(Flow::GatewaysToRevocationLists),
        from_revocation_lists_bytes: gateway.flows.measured(Flow::RevocationListsToGateways),
        from_storage_bytes: stored,
        clients_mean: gateway.clients.mean(now),
        instance_hours: provisioned as f64 / hour_nanos,
        outbound_share: outbound / threshold,
        outbound_projected_share: projected / threshold,
        stopped_at_s: gateway.outbound.stopped_at.map(seconds),
        critical_at_s: gateway.outbound.critical_at.map(seconds),
        has_storage: gateway.storage.is_some(),
        file_requests_peak_per_s: file_requests_peak(world, id),
        file_requests_limit_per_s: config.storage.map(|one| one.requests_per_second),
    }
}

/// Returns the requests per second to a gateway's storage for its busiest file, in the busiest
/// minute. Each request occupies the station for 1 / `requests_per_second`, so a fully busy station
/// serves exactly `requests_per_second`.
fn file_requests_peak<R: Measured>(world: &World<'_, R>, id: GatewayId) -> Option<f64> {
    let rate = world.config().gateways[id].storage?.requests_per_second;
    let files = world
        .stations()
        .entries()
        .filter(|(_, owned)| matches!(owned.owner, Owner::File(gateway, _) if gateway == id));
    let minutes = world.minutes();
    let busiest = |station: StationId| minutes.mean(&minutes.stations[station.index()]);
    files.map(|(station, _)| rate * busiest(station)).reduce(f64::max)
}

pub(super) fn instances<R: Measured>(world: &World<'_, R>) -> Vec<InstanceResult> {
    let (now, measured) = (world.now(), measured(world));
    let peaks = &world.minutes().instance_links;
    let result = |(instance, peak): (&crate::model::gateway::Instance, &Peak)| InstanceResult {
        gateway: world.config().gateways[instance.gateway].name.clone(),
        number: instance.number,
        update_domain: instance.update_domain,
        connection_limit: instance.limit as u32,
        connections_mean: instance.connections.mean(now),
        connections_peak: instance.connections.peak(),
        tcp_connections_peak: instance.tcp_connections.peak(),
        time_over_limit_share: instance.over_limit.mean(now),
        availability_share: instance.up.mean(now),
        bandwidth_utilisation_mean_share: instance.link.utilisation(measured),
        bandwidth_utilisation_peak_share: link_peak(world, &instance.link, peak),
        station: station_index(instance.station),
    };
    world.instances().iter().zip(peaks).map(result).collect()
}

/// Returns the share of a link's busiest minute in which the link was sending; `None` if the link
/// is unlimited.
fn link_peak<R: Measured>(world: &World<'_, R>, link: &Link, peak: &Peak) -> Option<f64> {
    link.is_limited().then(|| world.minutes().mean(peak))
}

pub(super) fn connection_points<R: Measured>(world: &World<'_, R>) -> Vec<ConnectionPointResult> {
    let now = world.now();
    world
        .config()
        .connection_points
        .iter()
        .zip(world.connection_points().iter())
        .map(|(config, point)| ConnectionPointResult {
            name: config.name.clone(),
            gateway: world.config().gateways[config.gateway].name.clone(),
            site: world.config().sites[config.site].name.clone(),
            port_limit: config.ports,
            ports_mean: point.ports.taken().mean(now),
            ports_peak: point.ports.taken().peak(),
            port_refusals: point.ports.refusals,
            channels_mean: point.channels.mean(now),
            availability_share: point.up.mean(now),
            station: station_index(point.station),
        })
        .collect()
}

/// Returns the results of all site systems with the given role.
pub(super) fn site_systems<R: Measured>(world: &World<'_, R>, role: Role) -> Vec<SiteSystemResult> {
    let (config, now) = (world.config(), world.now());
    let result = |(id, system): (SiteSystemId, &crate::model::config::SiteSystem)| {
        let own = &world.site_systems()[id];
        SiteSystemResult {
            name: system.name.clone(),
            role,
            site: config.sites[system.site].name.clone(),
            is_shared: system.is_shared,
            queue_limit: system.queue_limit,
            availability_share: own.up.mean(now),
            clients_on_mean: own.clients_on.mean(now),
            clients_assigned_peak: own.assigned.peak(),
            clients_weighted_peak: own.assigned_weighted.peak() as f64 / 1000.0,
            refused: own.refused,
            station: station_index(own.workers),
            database: station_index(own.database),
        }
    };
    config.of_role(role).map(result).collect()
}

/// Returns, for each cohort and role, the client cycle that is shortened most relative to its
/// default; omits cohorts and roles without a shortened cycle.
pub(super) fn faster_cycles(config: &Config) -> Vec<FasterCycle> {
    let of = |cohort: &Cohort, role: Role| {
        let cycle = cohort.fastest_cycle(role)?;
        Some(FasterCycle {
            cohort: cohort.name.clone(),
            site: config.sites[cohort.site].name.clone(),
            clients: u64::from(cohort.clients),
            setting: format!("{}.interval", cycle.kind.name()),
            role,
            seconds: cycle.interval.as_seconds(),
            default_s: cycle.default.as_seconds(),
        })
    };
    config
        .cohorts
        .iter()
        .flat_map(|cohort| Role::ALL.map(|role| of(cohort, role)))
        .flatten()
        .collect()
}

/// Returns the results of distribution points; `lines` are all shared lines.
pub(super) fn distribution_points<R: Measured>(
    world: &World<'_, R>,
    lines: &[LineResult],
) -> Vec<DistributionPointResult> {
    let config = world.config();
    let all = config.distribution_points.iter().zip(world.distribution_points().iter());
    all.map(|(config_of, point)| {
        let connection = config_of.connection.and_then(|id| lines[id.index()].downlink.as_ref());
        DistributionPointResult {
            name: config_of.name.clone(),
            site: config.sites[config_of.site].name.clone(),
            clients: point.downloads,
            sent_bytes: point.sent.count(),
            bandwidth_utilisation_mean_share: connection.map(|one| one.utilisation_mean_share),
            bandwidth_utilisation_peak_share: connection.map(|one| one.utilisation_peak_share),
        }
    })
    .collect()
}

pub(super) fn deployments<R: Measured>(world: &World<'_, R>) -> Vec<DeploymentResult> {
    let all = world.config().deployments.entries().zip(world.deployments().iter());
    all.map(|((id, config), state)| {
        let milestone = |which: deployment::Milestone| {
            let reached = &state.reached[which as usize];
            let after = |at: SimTime| at.since(config.start).as_seconds();
            let [p50, p95, p99] = reached.times.map(|at| at.map(after));
            Milestone { reached: reached.count, p50_s: p50, p95_s: p95, p99_s: p99 }
        };
        let (purpose, deadline) = match config.purpose {
            Purpose::Required => (DeploymentPurpose::Required, Some(config.deadline)),
            Purpose::Available(_) => (DeploymentPurpose::Available, None),
        };
        let [storage, points, microsoft, peers] = state.bytes;
        DeploymentResult {
            name: config.name.clone(),
            purpose,
            targets: state.targets,
            declined: state.declined,
            size_bytes: config.size.count(),
            start_s: measured_seconds(world, config.start),
            deadline_s: deadline.map(|at| measured_seconds(world, at)),
            policy: milestone(deployment::Milestone::Policy),
            content: milestone(deployment::Milestone::Content),
            installed: milestone(deployment::Milestone::Installed),
            is_in_storage: config.source == ContentSource::Site,
            pending: pending(world, id),
            from_storage_bytes: storage,
            from_distribution_points_bytes: points,
            from_microsoft_update_bytes: microsoft,
            from_peers_bytes: peers,
        }
    })
    .collect()
}

fn pending<R: Measured>(world: &World<'_, R>, id: DeploymentId) -> Vec<PendingStep> {
    let counts = DeploymentStep::ALL.into_iter().zip(world.pending(id));
    let some = counts.filter(|(_, (clients, _))| *clients > 0);
    some.map(|(step, (clients, off))| PendingStep { step, clients, off }).collect()
}
