//! Collects the results of a finished simulation.

mod components;
mod lines;
mod network;
mod series;

use crate::base::ids::GatewayId;
use crate::base::{SimDuration, SimTime};
use crate::engine::LatencyHistogram;
use crate::model::config::{DisruptionKind, SlowTarget};
use crate::model::disruption::{Failed, Occurrence};
use crate::model::latency_breakdown::LatencyTotals;
use crate::model::recorder::{CauseCounts, Counts, Group};
use crate::model::{Measured, Statistics, World};
use crate::results::{
    Audit, AuditLine, BusiestMinutes, DisruptionResult, FailureCount, Flows, KindGroup, KindResult,
    LastTenth, Latency, LatencyBreakdown, OriginResult, RESULTS_VERSION, RequestCounts, RunResult,
    ScenarioInfo, SkewResult, StationResult, StationTime, WorstWindow,
};
use crate::terms::{Cause, DisruptionTarget, Flow, Role, StationGroup};

use crate::analysis::derive::derive;
use crate::experiment::disruption_impacts::disruption_impacts;
use crate::experiment::reconnection_storm::reconnection_storm;
use crate::experiment::skew::{Evenness, skews};

/// Maximum number of points of the stored latency distribution.
const DISTRIBUTION_POINTS: usize = 400;

/// Returns all results of a run.
pub(super) fn collect<R: Measured>(world: &World<'_, R>, scenario: &ScenarioInfo) -> RunResult {
    let recorder = world.recorder().statistics();
    let all_latencies = recorder.latency();
    let measured = measured(world);
    let stations = components::stations(world);
    let lines = lines::lines(world);
    let mut result = RunResult {
        results_version: RESULTS_VERSION,
        scenario: ScenarioInfo {
            duration_s: measured.as_seconds(),
            clients: world.config().clients(),
            ..scenario.clone()
        },
        verdict: None,
        is_complete: true,
        events: world.events(),
        requests: counts(&recorder.total(), measured),
        policy_age: latency(world.policy_ages()),
        waiting_for_retry_mean: world.retrying().mean(world.now()),
        kinds: kinds(recorder, measured),
        origins: origins(world, measured),
        latency: latency(&all_latencies),
        latency_distribution: all_latencies.distribution(DISTRIBUTION_POINTS),
        failures: failures(recorder),
        warnings: warnings(world, &stations),
        stations,
        gateways: components::gateways(world),
        instances: components::instances(world),
        connection_points: components::connection_points(world),
        management_points: components::site_systems(world, Role::ManagementPoint),
        software_update_points: components::site_systems(world, Role::SoftwareUpdatePoint),
        distribution_points: components::distribution_points(world, &lines),
        lines,
        deployments: components::deployments(world),
        skews: Vec::new(),
        flows: Flows {
            revocation_lists_to_clients_bytes: world.measured_bytes(Flow::RevocationListsToClients),
            ..Flows::default()
        },
        network: network::network(world),
        cost: Default::default(),
        bill: Default::default(),
        busiest: busiest(world),
        last_tenth: last_tenth(world),
        worst_5min: worst(world),
        disruptions: disruptions(world),
        faster_cycles: components::faster_cycles(world.config()),
        checks: Vec::new(),
        replicated: None,
        objectives: Vec::new(),
        series: series::series(world),
        storm: None,
        audit: audit(world),
    };
    let from = world.config().measured_from().as_seconds();
    result.storm = reconnection_storm(world.samples(), &result.disruptions, from);
    result.skews = skewness(world, &result);
    derive(&mut result);
    result
}

fn skewness<R: Measured>(world: &World<'_, R>, result: &RunResult) -> Vec<SkewResult> {
    let gateways = world.config().gateways.entries().zip(world.gateways().iter());
    let minutes = world.minutes().evenness.iter();
    let evenness: Vec<Evenness<'_>> = gateways
        .zip(minutes)
        .map(|(((id, config), gateway), minutes)| Evenness {
            id,
            gateway: &config.name,
            numbers: gateway.instances.iter().map(|id| world.instances()[*id].number).collect(),
            minutes,
        })
        .collect();
    let measured = world.occurrences().iter().filter(|one| is_measured(world, one));
    let stopped = measured.map(|one| stopped_gateway(world, one)).zip(&result.disruptions);
    skews(&evenness, &stopped.collect::<Vec<_>>(), result.scenario.duration_s)
}

fn measured<R: Measured>(world: &World<'_, R>) -> SimDuration {
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
        throughput_per_s: ratio(counts.completed as f64, measured.as_seconds()),
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn latency(histogram: &LatencyHistogram) -> Latency {
    if histogram.count() == 0 {
        return Latency::NONE;
    }
    let histogram = histogram.settled();
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
            kind,
            group: match kind {
                kind if kind.is_of_channel() => KindGroup::Channel,
                kind if kind.is_counted_apart() => KindGroup::Download,
                _ => KindGroup::Request,
            },
            requests: counts(&group.counts, measured),
            latency: latency(&group.latency),
            latency_breakdown: breakdown(&recorder.latency_totals[kind], group),
        })
        .collect()
}

/// Returns the mean waiting and service time per completed request at each station, the mean
/// back-off time and the mean network time.
fn breakdown(breakdown: &LatencyTotals, group: &Group) -> LatencyBreakdown {
    let completed = group.counts.completed;
    let each = |nanos: u128| ratio(nanos as f64 / 1e9, completed as f64);
    let stations = StationGroup::ALL.into_iter().filter(|station| breakdown.at(*station) != (0, 0));
    let stations: Vec<StationTime> = stations
        .map(|station| {
            let (waited, served) = breakdown.at(station);
            StationTime { station, wait_s: each(waited), service_s: each(served) }
        })
        .collect();
    let back_off_s = each(breakdown.retrying_nanos());
    let at_stations: f64 = stations.iter().map(|one| one.wait_s + one.service_s).sum();
    let latency = each(group.latency.sum_nanos());
    // All terms cover the same requests, so a negative remainder is a rounding error.
    let network_s = (latency - at_stations - back_off_s).max(0.0);
    LatencyBreakdown { stations, back_off_s, network_s }
}

fn origins<R: Measured>(world: &World<'_, R>, measured: SimDuration) -> Vec<OriginResult> {
    let now = world.now();
    let mut results = Vec::new();
    let mut groups = world.recorder().statistics().origins.iter();
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
            vpn_mean: state.vpn.mean(now),
            gateway_mean: state.on_gateway.mean(now),
            intranet_mean: state.intranet.mean(now),
            channel_availability_share: (wanting > 0).then_some(availability),
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
            vpn_mean: 0.0,
            gateway_mean: 0.0,
            intranet_mean: 0.0,
            channel_availability_share: None,
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
        .map(|(cause, CauseCounts { attempts, requests, of_channel, of_downloads })| {
            let meaning = cause.label().to_owned();
            FailureCount { cause, meaning, attempts, requests, of_channel, of_downloads }
        })
        .collect();
    let frequency =
        |failure: &FailureCount| (failure.attempts, failure.of_channel, failure.of_downloads);
    failures.sort_by_key(|failure| std::cmp::Reverse(frequency(failure)));
    failures
}

/// Returns the relative difference of two sums that should be equal.
fn gap(left: f64, right: f64) -> f64 {
    ratio((left - right).abs(), left.abs().max(right.abs()))
}

/// Converts a time to seconds from the start of the measured period; negative before it.
fn measured_seconds<R: Measured>(world: &World<'_, R>, at: SimTime) -> f64 {
    at.as_seconds() - world.config().measured_from().as_seconds()
}

fn busiest<R: Measured>(world: &World<'_, R>) -> BusiestMinutes {
    let (minutes, issued) = (world.minutes(), &world.recorder().statistics().issued);
    BusiestMinutes {
        issued_per_s: ratio(issued.growth() as f64, minutes.length().as_seconds()),
        issued_start_s: measured_seconds(world, issued.start().max(minutes.from())),
        gateway_clients: minutes.mean(&minutes.gateway_clients),
        gateway_clients_start_s: measured_seconds(world, minutes.gateway_clients.start()),
    }
}

fn last_tenth<R: Measured>(world: &World<'_, R>) -> Option<LastTenth> {
    let (tenth, statistics) = (world.last_tenth()?, world.recorder().statistics());
    let (before, all) = (statistics.before_last_tenth?, statistics.total());
    let (now, passed) = (world.now(), world.now().since(tenth.from).as_nanos() as f64);
    let limited =
        world.stations().entries().zip(&tenth.busy).filter_map(|((id, owned), before)| {
            let servers = f64::from(owned.station.servers()?);
            let busy = (owned.station.busy().integral(now) - before) as f64;
            Some((id, ratio(busy, passed * servers)))
        });
    let busiest = limited.max_by(|one, other| one.1.total_cmp(&other.1));
    Some(LastTenth {
        start_s: measured_seconds(world, tenth.from),
        attempts: all.attempts - before.attempts,
        failed_attempts: all.failed_attempts - before.failed_attempts,
        busiest_station: busiest.map(|(id, _)| components::role_and_name(world, id)),
        station: busiest.map(|(id, _)| components::station_index(id)),
        utilisation_mean_share: busiest.map_or(0.0, |(_, utilisation)| utilisation),
    })
}

fn worst<R: Measured>(world: &World<'_, R>) -> Option<WorstWindow> {
    world.recorder().statistics().worst.as_ref().map(|window| WorstWindow {
        start_s: measured_seconds(world, window.start),
        seconds: window.length.as_seconds(),
        outstanding_mean: window.outstanding_mean(),
        completed: window.group.counts.completed,
        failed_attempts: window.group.counts.failed_attempts,
        latency: latency(&window.group.latency),
    })
}

fn disruptions<R: Measured>(world: &World<'_, R>) -> Vec<DisruptionResult> {
    let disruption_impacts =
        disruption_impacts(world.samples(), world.occurrences(), &world.recoveries());
    let all = world
        .occurrences()
        .iter()
        .zip(disruption_impacts)
        .filter(|(one, _)| is_measured(world, one));
    all.map(|(occurrence, storm)| DisruptionResult {
        name: world.config().disruptions[occurrence.disruption].name.clone(),
        description: world.failed_name(occurrence),
        target: target(occurrence.what),
        start_s: measured_seconds(world, occurrence.start),
        end_s: occurrence.end.map(|end| measured_seconds(world, end)),
        connections_lost: occurrence.connections_lost,
        gateway_clients: occurrence.gateway_clients,
        connect_attempts_peak_per_s: storm.connect_attempts_peak_per_s,
        connects_peak_per_s: storm.connects_peak_per_s,
        baseline_connects_per_s: storm.baseline_connects_per_s,
        recovery_s: storm.recovery_s,
        failed_attempts_with_channels: storm.failed_attempts,
    })
    .collect()
}

/// Returns whether an occurrence of a disruption lasts into the measured period.
fn is_measured<R: Measured>(world: &World<'_, R>, occurrence: &Occurrence) -> bool {
    occurrence.end.is_none_or(|end| end >= world.config().measured_from())
}

/// Returns the gateway whose instances are stopped by an occurrence of a disruption.
fn stopped_gateway<R: Measured>(world: &World<'_, R>, one: &Occurrence) -> Option<GatewayId> {
    match (one.what, &world.config().disruptions[one.disruption].kind) {
        (Failed::Instance(instance), _) => Some(world.instances()[instance].gateway),
        (_, DisruptionKind::UpdateDomainWalk { gateway, .. }) => Some(*gateway),
        _ => None,
    }
}

/// Returns the kind of component that a disruption hits.
fn target(failed: Failed) -> DisruptionTarget {
    match failed {
        Failed::UpdateDomain(_) => DisruptionTarget::UpdateDomain,
        Failed::Batch(_) => DisruptionTarget::InstanceBatch,
        Failed::AllInstances => DisruptionTarget::AllInstances,
        Failed::Instance(_) => DisruptionTarget::Instance,
        Failed::Scale(..) => DisruptionTarget::InstanceCount,
        Failed::Storage(_) => DisruptionTarget::GatewayStorage,
        Failed::Certificate(_) => DisruptionTarget::ServerCertificate,
        Failed::ConnectionPoint | Failed::Slower(SlowTarget::ConnectionPoint(_)) => {
            DisruptionTarget::ConnectionPoint
        }
        Failed::SiteSystem(_) | Failed::Slower(SlowTarget::SiteSystem(_)) => {
            DisruptionTarget::SiteSystem
        }
        Failed::Line(_) | Failed::SlowLine(_) => DisruptionTarget::SiteLine,
        Failed::IdentityProvider => DisruptionTarget::IdentityProvider,
        Failed::Frozen(_) => DisruptionTarget::Station,
    }
}

/// Returns the warnings about these results. A station that is busy nearly all the time has no
/// steady state, so its results depend on the length of the run.
fn warnings<R: Measured>(world: &World<'_, R>, stations: &[StationResult]) -> Vec<String> {
    let more = world.occurrences_more();
    let unlisted = (more > 0).then(|| {
        let kept = world.occurrences().len();
        format!("{} disruptions occurred; only the first {kept} are listed", kept as u64 + more)
    });
    let busy = stations
        .iter()
        .filter(|station| station.servers.is_some() && station.utilisation_mean_share > 0.97)
        .map(|station| {
            format!(
                "{} is {:.0} % busy: if its queue grows while the load lasts, latencies depend on \
                 the length of the run",
                station.name,
                100.0 * station.utilisation_mean_share
            )
        });
    busy.chain(unlisted).collect()
}

fn audit<R: Measured>(world: &World<'_, R>) -> Audit {
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
        let departed = tally.refused + tally.left + tally.cleared + tally.completed;
        let here = owned.station.present().level();
        lines.push(AuditLine {
            law: format!(
                "{name}: flow balance, initial jobs + arrivals = departures + jobs present"
            ),
            left: came as f64,
            right: (departed + here) as f64,
            holds: came == departed + here,
        });
        let (present, response_times) =
            (owned.station.present().integral(now), tally.present_nanos);
        lines.push(AuditLine {
            law: format!("{name}: Little's law, integral of jobs present = sum of response times"),
            left: present as f64,
            right: response_times as f64,
            holds: present == response_times,
        });
        let (busy, served) = (owned.station.busy().integral(now), tally.served_nanos);
        let rounding = owned.station.rounding_nanos();
        lines.push(AuditLine {
            law: format!("{name}: utilisation law, busy time = sum of service times"),
            left: busy as f64,
            right: served as f64,
            holds: busy.abs_diff(served) <= rounding,
        });
    }
    Audit { lines }
}
