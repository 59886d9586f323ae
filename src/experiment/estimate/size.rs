//! How many events and how much memory a run takes.

use crate::base::SimTime;
use crate::engine::{ArrivalProcess, LatencyHistogram};
use crate::model::config::{Cohort, Deployment, When};
use crate::model::deployment::Progress;
use crate::model::{Config, RequestKind};

use super::traffic::{Rates, Traffic};

/// Events of the engine a request takes: way to and service at three stations, answer, time-out,
/// next due time. Measured on the quickstart.
const EVENTS_A_GATEWAY_REQUEST: f64 = 9.0;
/// The same for a request on the intranet.
const EVENTS_A_DIRECT_REQUEST: f64 = 6.0;

/// Events of a disruption: it fails, and is repaired, and the probes notice both.
const EVENTS_A_DISRUPTION: f64 = 4.0;

/// Events of a deployment for each client: policy, location, access, status, installation.
const EVENTS_A_DEPLOYMENT: f64 = 50.0;

/// Events of one part of a download: at its source, served there, at the client.
const EVENTS_A_PART: f64 = 3.0;

/// Events that the whole simulation takes, roughly; retries and storms are not in it.
pub(super) fn events(config: &Config, traffic: &[Traffic<'_>]) -> f64 {
    let sum = |pick: for<'a, 'c> fn(&'a Traffic<'c>) -> &'a Rates| -> f64 {
        traffic.iter().flat_map(|one| pick(one).entries()).map(|(_, rate)| rate).sum()
    };
    // A session begins and ends.
    let arrivals: f64 = traffic.iter().map(|one| 2.0 * one.arrivals).sum();
    let failures: f64 = config
        .disruptions
        .iter()
        .map(|one| match &one.when {
            When::At(_, None) => 0.0,
            When::At(_, Some(every)) => EVENTS_A_DISRUPTION / every.as_seconds().max(1e-9),
            When::Random { time_to_failure } => {
                EVENTS_A_DISRUPTION / (time_to_failure.mean() + one.kind.down().mean()).max(1e-9)
            }
        })
        .sum();
    let rate = EVENTS_A_GATEWAY_REQUEST * sum(|one| &one.by_gateway)
        + EVENTS_A_DIRECT_REQUEST * sum(|one| &one.direct);
    let checks: f64 =
        config.gateways.iter().map(|one| 1.0 / one.outbound.check.as_seconds().max(1e-9)).sum();
    let each = config.clients() as f64;
    (rate + arrivals + failures + checks) * config.end().as_seconds() + each + content(config)
}

/// Events of deployments.
fn content(config: &Config) -> f64 {
    let mut events = 0.0;
    for (deployment, cohort) in targets(config) {
        let parts = deployment.size.count().div_ceil(cohort.chunk.count().max(1)) as f64;
        let clients = f64::from(cohort.clients) * deployment.target.share;
        events += clients * (EVENTS_A_DEPLOYMENT + parts * EVENTS_A_PART);
    }
    events
}

/// Deployments with each cohort that is among their targets.
fn targets(config: &Config) -> impl Iterator<Item = (&Deployment, &Cohort)> {
    config.deployments.iter().flat_map(move |deployment| {
        let cohorts = deployment.target.cohorts.iter();
        cohorts.map(move |cohort| (deployment, &config.cohorts[*cohort]))
    })
}

/// Memory that the simulation takes at least.
pub(super) fn memory_bytes(config: &Config) -> u64 {
    let bins = (config.duration.as_nanos() / config.interval.as_nanos().max(1)).max(1);
    let recorded = config.sources.iter().map(|source| match &source.arrivals {
        ArrivalProcess::Trace(times) => size_of_val::<[SimTime]>(times) as u64,
        _ => 0,
    });
    let progress: u64 = targets(config).map(|(_, cohort)| u64::from(cohort.clients)).sum();
    BYTES_OF_THE_PROGRAM
        + progress.saturating_mul(size_of::<Progress>() as u64)
        + histograms(config) * LatencyHistogram::memory_bytes_max()
        + config.clients().saturating_mul(BYTES_A_CLIENT)
        + bins.saturating_mul(columns(config)).saturating_mul(size_of::<f64>() as u64)
        + recorded.sum::<u64>()
}

/// Columns of the time series: some of the whole, three a connection point, two an instance, and
/// two a station. They are kept twice while results are collected.
fn columns(config: &Config) -> u64 {
    let points = config.connection_points.len() as u64;
    let instances: u64 = config.gateways.iter().map(|one| u64::from(one.instances)).sum();
    let stations = instances + points + 2 * config.site_systems.len() as u64;
    2 * (20 + 3 * points + 2 * instances + 2 * stations)
}

/// Two for each station, one for each kind and origin, and a few for the whole.
fn histograms(config: &Config) -> u64 {
    let instances: u64 = config.gateways.iter().map(|one| u64::from(one.instances)).sum();
    let points = config.connection_points.len() + 2 * config.site_systems.len();
    let origins = config.cohorts.len() + config.sources.len();
    2 * (instances + points as u64) + (RequestKind::ALL.len() + origins) as u64 + 4
}

/// Program, catalogue, and a chart while it is drawn.
const BYTES_OF_THE_PROGRAM: u64 = 30_000_000;

/// State of a client, its entry in the calendar, and the growth of both vectors. A test of the
/// model holds the first to 200.
const BYTES_A_CLIENT: u64 = 320;
