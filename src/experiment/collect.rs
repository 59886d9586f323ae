//! From a world that has run to its results.

use crate::base::{Id, SimDuration, SimTime};
use crate::engine::LatencyHistogram;
use crate::model::recorder::{CauseCounts, Counts, Group};
use crate::model::world::{Level, Owner};
use crate::model::{Cause, RequestKind, Statistics, World};
use crate::results::{
    Audit, AuditLine, Column, ConnectionPointResult, DisruptionResult, FailureCount, GatewayResult,
    InstanceResult, KindResult, Latency, ManagementPointResult, OriginResult, RESULTS_VERSION,
    RequestCounts, RunResult, ScenarioInfo, StationResult, TimeSeries, WorstWindow,
};

use super::checks::{Parts, PublishedLimits, checks};
use super::storms::storms;

type Ran<'c> = World<'c, Statistics>;

/// Points of the latency distribution that are kept.
const DISTRIBUTION_POINTS: usize = 400;

/// Everything a run found.
pub(super) fn collect(
    world: &Ran<'_>,
    scenario: &ScenarioInfo,
    limits: &PublishedLimits,
) -> RunResult {
    let recorder = &world.recorder;
    let measured = measured(world);
    let gateways = gateways(world);
    let instances = instances(world);
    let connection_points = connection_points(world);
    let management_points = management_points(world);
    let checks = checks(
        limits,
        &Parts {
            gateways: &gateways,
            instances: &instances,
            connection_points: &connection_points,
            management_points: &management_points,
            clients: world.config().clients(),
        },
    );
    let stations = stations(world);
    RunResult {
        results_version: RESULTS_VERSION,
        scenario: ScenarioInfo {
            duration_seconds: measured.as_seconds(),
            clients: world.config().clients(),
            ..scenario.clone()
        },
        is_complete: true,
        events: world.events(),
        requests: counts(&recorder.total(), measured),
        retrying_mean: world.retrying().mean(world.now()),
        kinds: kinds(recorder, measured),
        origins: origins(world, measured),
        latency: latency(&recorder.latency),
        latency_distribution: recorder.latency.distribution(DISTRIBUTION_POINTS),
        failures: failures(recorder),
        warnings: warnings(world, &stations),
        stations,
        gateways,
        instances,
        connection_points,
        management_points,
        worst_five_minutes: worst(world),
        disruptions: disruptions(world),
        checks,
        series: series(world),
        audit: audit(world),
    }
}

fn measured(world: &Ran<'_>) -> SimDuration {
    world.now().since(world.config().measured_from())
}

fn counts(counts: &Counts, measured: SimDuration) -> RequestCounts {
    RequestCounts {
        issued: counts.issued,
        in_flight_at_start: counts.in_flight_at_start,
        completed: counts.completed,
        failed: counts.failed,
        abandoned: counts.abandoned,
        in_flight_at_end: counts.in_flight(),
        attempts: counts.attempts,
        failed_attempts: counts.failed_attempts,
        wasted: counts.wasted,
        throughput_per_second: ratio(counts.completed as f64, measured.as_seconds()),
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn latency(histogram: &LatencyHistogram) -> Latency {
    if histogram.count() == 0 {
        return Latency::NONE;
    }
    Latency {
        count: histogram.count(),
        mean: histogram.mean(),
        standard_deviation: histogram.standard_deviation(),
        p50: histogram.quantile(0.5),
        p90: histogram.quantile(0.9),
        p95: histogram.quantile(0.95),
        p99: histogram.quantile(0.99),
        p999: histogram.quantile(0.999),
        max: histogram.max().as_seconds(),
    }
}

fn has_happened(group: &Group) -> bool {
    group.counts.issued + group.counts.in_flight_at_start > 0
}

fn kinds(recorder: &Statistics, measured: SimDuration) -> Vec<KindResult> {
    let happened = recorder.kinds.entries().filter(|(_, group)| has_happened(group));
    happened
        .map(|(kind, group)| KindResult {
            kind: RequestKind::name(kind).to_owned(),
            of_channel: kind.is_of_channel(),
            requests: counts(&group.counts, measured),
            latency: latency(&group.latency),
        })
        .collect()
}

fn origins(world: &Ran<'_>, measured: SimDuration) -> Vec<OriginResult> {
    let now = world.now();
    let mut results = Vec::new();
    let mut groups = world.recorder.origins.iter();
    for ((cohort, state), group) in
        world.config().cohorts.iter().zip(world.cohorts()).zip(&mut groups)
    {
        let wanting = state.wanting.integral(now);
        let availability = ratio(state.channels.integral(now) as f64, wanting as f64);
        results.push(OriginResult {
            name: cohort.name.clone(),
            clients: u64::from(cohort.clients),
            internet_mean: state.internet.mean(now),
            internet_peak: state.internet.peak(),
            intranet_mean: state.intranet.mean(now),
            channel_availability: (wanting > 0).then_some(availability),
            requests: counts(&group.counts, measured),
            latency: latency(&group.latency),
        });
    }
    for (source, group) in world.config().sources.iter().zip(groups) {
        results.push(OriginResult {
            name: source.name.clone(),
            clients: 0,
            internet_mean: 0.0,
            internet_peak: 0,
            intranet_mean: 0.0,
            channel_availability: None,
            requests: counts(&group.counts, measured),
            latency: latency(&group.latency),
        });
    }
    results
}

fn failures(recorder: &Statistics) -> Vec<FailureCount> {
    let mut failures: Vec<FailureCount> = Cause::ALL
        .into_iter()
        .zip(recorder.causes)
        .map(|(cause, CauseCounts { attempts, requests, of_channel })| {
            let (name, meaning) = cause.describe();
            let (cause, meaning) = (name.into(), meaning.into());
            FailureCount { cause, meaning, attempts, requests, of_channel }
        })
        .collect();
    let frequency = |failure: &FailureCount| (failure.attempts, failure.of_channel);
    failures.sort_by_key(|failure| std::cmp::Reverse(frequency(failure)));
    failures
}

fn stations(world: &Ran<'_>) -> Vec<StationResult> {
    let (now, measured) = (world.now(), measured(world));
    let mut results = Vec::new();
    for (id, owned) in world.stations().entries() {
        let station = &owned.station;
        let tally = station.tally(now);
        let per_server = f64::from(station.servers().unwrap_or(1));
        let bins = world.level(Level::Busy(id.index()));
        let present = station.present().integral(now) as f64;
        let busy = station.busy().integral(now) as f64;
        results.push(StationResult {
            name: world.station_name(id),
            role: role(owned.owner).to_owned(),
            servers: station.servers(),
            arrivals: tally.arrivals,
            refused: tally.refused,
            left: tally.left,
            cleared: tally.cleared,
            completed: tally.completed,
            delayed_share: ratio(tally.delayed as f64, (tally.arrivals - tally.refused) as f64),
            throughput_per_second: ratio(tally.completed as f64, measured.as_seconds()),
            utilisation: station.busy().mean(now) / per_server,
            utilisation_peak: bins.iter().fold(0.0_f64, |peak, bin| peak.max(*bin)) / per_server,
            queue_mean: station.queue_mean(now),
            present_mean: station.present().mean(now),
            present_peak: station.present().peak(),
            wait: latency(&tally.waits),
            stay: latency(&tally.stays),
            little_gap: gap(present, tally.present_nanos as f64),
            utilisation_gap: gap(busy, tally.served_nanos as f64),
        });
    }
    results
}

fn role(owner: Owner) -> &'static str {
    match owner {
        Owner::Instance(_) => "gateway instance",
        Owner::ConnectionPoint(_) => "connection point",
        Owner::ManagementPoint(_) => "management point",
        Owner::Database(_) => "database",
    }
}

/// Relative difference of two sums that should be equal.
fn gap(left: f64, right: f64) -> f64 {
    ratio((left - right).abs(), left.abs().max(right.abs()))
}

fn gateways(world: &Ran<'_>) -> Vec<GatewayResult> {
    let now = world.now();
    world
        .config()
        .gateways
        .iter()
        .zip(world.gateways().iter())
        .map(|(config, gateway)| GatewayResult {
            name: config.name.clone(),
            size: config.size.clone(),
            instances: config.instances,
            availability: gateway.available.mean(now),
            connections_peak: gateway.connections.peak(),
            bytes_to_clients: gateway.bytes_to_clients.count(),
            bytes_to_site: gateway.bytes_to_site.count(),
        })
        .collect()
}

fn instances(world: &Ran<'_>) -> Vec<InstanceResult> {
    let (now, measured) = (world.now(), measured(world));
    let result = |instance: &crate::model::gateway::Instance| InstanceResult {
        gateway: world.config().gateways[instance.gateway].name.clone(),
        number: instance.number,
        update_domain: instance.update_domain,
        connection_limit: instance.limit as u32,
        connections_mean: instance.connections.mean(now),
        connections_peak: instance.connections.peak(),
        tcp_connections_peak: instance.tcp_connections.peak(),
        over_limit_share: instance.over_limit.mean(now),
        up_share: instance.up.mean(now),
        bandwidth_utilisation: instance.link.utilisation(measured),
    };
    world.instances().iter().map(result).collect()
}

fn connection_points(world: &Ran<'_>) -> Vec<ConnectionPointResult> {
    let now = world.now();
    world
        .config()
        .connection_points
        .iter()
        .zip(world.connection_points().iter())
        .map(|(config, point)| ConnectionPointResult {
            name: config.name.clone(),
            gateway: world.config().gateways[config.gateway].name.clone(),
            port_limit: config.ports,
            ports_mean: point.ports.taken().mean(now),
            ports_peak: point.ports.taken().peak(),
            port_refusals: point.ports.refusals,
            channels_mean: point.channels.mean(now),
            up_share: point.up.mean(now),
        })
        .collect()
}

fn management_points(world: &Ran<'_>) -> Vec<ManagementPointResult> {
    let now = world.now();
    world
        .config()
        .management_points
        .iter()
        .zip(world.management_points().iter())
        .map(|(config, point)| ManagementPointResult {
            name: config.name.clone(),
            clients_on_mean: point.clients_on.mean(now),
            clients_assigned_peak: point.assigned.peak(),
            refused: point.refused,
        })
        .collect()
}

/// Seconds from the start of the measured period; negative before it.
fn measured_seconds(world: &Ran<'_>, at: SimTime) -> f64 {
    at.as_seconds() - world.config().measured_from().as_seconds()
}

fn worst(world: &Ran<'_>) -> Option<WorstWindow> {
    world.recorder.worst.as_ref().map(|window| WorstWindow {
        start_seconds: measured_seconds(world, window.start),
        seconds: window.length.as_seconds(),
        unanswered_mean: window.unanswered_mean(),
        completed: window.group.counts.completed,
        failed_attempts: window.group.counts.failed_attempts,
        latency: latency(&window.group.latency),
    })
}

fn disruptions(world: &Ran<'_>) -> Vec<DisruptionResult> {
    let storms = storms(world.samples(), world.occurrences());
    let mut results = Vec::new();
    for (occurrence, storm) in world.occurrences().iter().zip(storms) {
        if occurrence.end.is_some_and(|end| end < world.config().measured_from()) {
            continue;
        }
        results.push(DisruptionResult {
            name: world.config().disruptions[occurrence.disruption].name.clone(),
            what: world.failed_name(occurrence),
            start_seconds: measured_seconds(world, occurrence.start),
            end_seconds: occurrence.end.map(|end| measured_seconds(world, end)),
            connections_lost: occurrence.connections_lost,
            peak_connect_attempts_per_second: storm.peak_connect_attempts_per_second,
            peak_connects_per_second: storm.peak_connects_per_second,
            usual_connects_per_second: storm.usual_connects_per_second,
            recovery_seconds: storm.recovery_seconds,
            failed_attempts: storm.failed_attempts,
        });
    }
    results
}

fn series(world: &Ran<'_>) -> TimeSeries {
    let ends = world.bin_ends();
    let starts: Vec<SimTime> = std::iter::once(world.config().measured_from())
        .chain(ends.iter().copied())
        .take(ends.len())
        .collect();
    let bins = || world.recorder.bins.iter().zip(starts.iter().zip(ends));
    let rate = |pick: fn(&crate::model::recorder::BinCounts) -> u64| -> Vec<f64> {
        bins()
            .map(|(bin, (start, end))| ratio(pick(bin) as f64, end.since(*start).as_seconds()))
            .collect()
    };
    let quantile =
        |index: usize| -> Vec<Option<f64>> { bins().map(|(bin, _)| bin.latency[index]).collect() };
    TimeSeries {
        interval_seconds: world.config().interval.as_seconds(),
        start_seconds: starts.iter().map(|start| measured_seconds(world, *start)).collect(),
        issued_per_second: rate(|bin| bin.counts.issued),
        attempts_per_second: rate(|bin| bin.counts.attempts),
        completed_per_second: rate(|bin| bin.counts.completed),
        failed_per_second: rate(|bin| bin.counts.failed_attempts),
        connect_attempts_per_second: rate(|bin| bin.connect_attempts),
        connects_per_second: rate(|bin| bin.connects),
        latency_p50: quantile(0),
        latency_p95: quantile(1),
        latency_p99: quantile(2),
        internet_clients: world.level(Level::Internet).to_vec(),
        intranet_clients: world.level(Level::Intranet).to_vec(),
        channels: world.level(Level::Channels).to_vec(),
        retrying: world.level(Level::Retrying).to_vec(),
        instance_connections: instance_columns(world, Level::Connections),
        instance_up: instance_columns(world, Level::Up),
        ports: port_columns(world, |index| world.level(Level::Ports(index)).to_vec()),
        ports_high: port_columns(world, |index| {
            world.ports_high(index).iter().map(|high| *high as f64).collect()
        }),
        utilisation: station_columns(world, Level::Busy, true),
        present: station_columns(world, Level::Present, false),
    }
}

fn instance_columns(world: &Ran<'_>, level: fn(usize) -> Level) -> Vec<Column> {
    world
        .instances()
        .ids()
        .map(|id| Column {
            name: world.instance_name(id),
            values: world.level(level(id.index())).to_vec(),
        })
        .collect()
}

fn port_columns(world: &Ran<'_>, values: impl Fn(usize) -> Vec<f64>) -> Vec<Column> {
    let points = world.config().connection_points.entries();
    points
        .map(|(id, point)| Column { name: point.name.clone(), values: values(id.index()) })
        .collect()
}

fn station_columns(world: &Ran<'_>, level: fn(usize) -> Level, is_share: bool) -> Vec<Column> {
    world
        .stations()
        .entries()
        .map(|(id, owned)| {
            let servers = owned.station.servers().filter(|_| is_share).unwrap_or(1);
            let values = world.level(level(id.index())).iter();
            Column {
                name: world.station_name(id),
                values: values.map(|value| value / f64::from(servers)).collect(),
            }
        })
        .collect()
}

/// What qualifies these results. A station that is busy nearly all the time has no steady state:
/// what one sees depends on how long one looks.
fn warnings(world: &Ran<'_>, stations: &[StationResult]) -> Vec<String> {
    let more = world.occurrences_more();
    let unlisted = (more > 0).then(|| {
        let kept = world.occurrences().len();
        format!("{} disruptions happened; only the first {kept} are listed", kept as u64 + more)
    });
    let busy = stations
        .iter()
        .filter(|station| station.servers.is_some() && station.utilisation > 0.97)
        .map(|station| {
            format!(
                "{} is {:.0} % busy: its queue grows for as long as the load lasts, and latencies \
                 depend on how long that is",
                station.name,
                100.0 * station.utilisation
            )
        });
    busy.chain(unlisted).collect()
}

fn audit(world: &Ran<'_>) -> Audit {
    let mut lines: Vec<AuditLine> = world
        .audit()
        .into_iter()
        .map(|law| AuditLine {
            law: law.name.to_owned(),
            left: law.left as f64,
            right: law.right as f64,
            holds: law.left == law.right,
        })
        .collect();
    let now = world.now();
    for (id, owned) in world.stations().entries() {
        let tally = owned.station.tally(now);
        let name = world.station_name(id);
        let came = tally.present_at_start + tally.arrivals;
        let gone = tally.refused + tally.left + tally.cleared + tally.completed;
        let here = owned.station.present().level();
        lines.push(AuditLine {
            law: format!("{name}: flow balance, jobs that came = gone + present"),
            left: came as f64,
            right: (gone + here) as f64,
            holds: came == gone + here,
        });
        let (present, stayed) = (owned.station.present().integral(now), tally.present_nanos);
        lines.push(AuditLine {
            law: format!("{name}: Little's law, sum of levels = sum of stays"),
            left: present as f64,
            right: stayed as f64,
            holds: present == stayed,
        });
        let (busy, served) = (owned.station.busy().integral(now), tally.served_nanos);
        let rounding = owned.station.rounding_nanos();
        lines.push(AuditLine {
            law: format!("{name}: utilisation law, busy time = service given"),
            left: busy as f64,
            right: served as f64,
            holds: busy.abs_diff(served) <= rounding,
        });
    }
    Audit { lines }
}
