//! Estimates the number of events and the memory of a run.

use crate::engine::LatencyHistogram;
use crate::model::Config;
use crate::model::config::{Cohort, ContentSource, Deployment, Disruption, Entry, When};
use crate::model::deployment::Progress;
use crate::terms::RequestKind;

use super::{cut_off, retries};
use crate::experiment::estimate::presence::{Profile, Steps};
use crate::experiment::estimate::traffic::{Route, Traffic};

/// Number of engine events per request through a gateway: transfer to and service at three
/// stations, response, next due time. Measured on the quickstart scenario.
pub(super) const EVENTS_PER_GATEWAY_REQUEST: f64 = 8.0;
/// Number of engine events per request on the intranet.
pub(super) const EVENTS_PER_DIRECT_REQUEST: f64 = 5.0;
/// Number of events of a timeout of random length. Other timeouts cause an event only if they
/// expire.
const EVENTS_A_DRAWN_TIME_OUT: f64 = 1.0;

/// Number of events of an attempt that reaches no server: the failure and the retry.
const EVENTS_PER_FAILED_ATTEMPT: f64 = 2.0;

/// Number of events of a session: its start and its end.
const EVENTS_PER_SESSION: f64 = 2.0;

/// Number of events of a disruption: failure, repair, and the probes that detect both.
const EVENTS_PER_DISRUPTION: f64 = 4.0;

/// Number of events of a deployment per client through a gateway: policy, location, access,
/// status, installation. Measured on content-100mb-50k-clients.
const EVENTS_PER_GATEWAY_DEPLOYMENT: f64 = 45.0;
/// Number of events of a deployment per client on the intranet, where no access check is needed.
const EVENTS_PER_DIRECT_DEPLOYMENT: f64 = 23.0;

/// Number of events per chunk of a download from a gateway's storage: arrival at the storage,
/// service there, arrival at the client.
const EVENTS_PER_STORED_CHUNK: f64 = 3.0;
/// Number of events per chunk of a download from a source that consists only of a network link:
/// arrival at the source, arrival at the client.
const EVENTS_PER_CHUNK: f64 = 2.0;

/// Number of events of one transfer on a shared line: the end of the transfer, the arrival after
/// the slowest line, and the change of the first completion time by the arrival of another
/// transfer.
const EVENTS_PER_TRANSFER: f64 = 3.0;

/// Returns the number of events of the whole simulation, including retries at overloaded site
/// systems.
pub(super) fn events(config: &Config, traffic: &[Traffic<'_>], steps: &Steps) -> f64 {
    let mut events = config.clients() as f64 + content(config, traffic, steps);
    for one in traffic {
        let requests: f64 = one.requests.entries().map(|(_, amount)| amount).sum();
        let drawn = one.cohort.is_some_and(|cohort| !cohort.timeout.is_constant());
        let time_out = if drawn { EVENTS_A_DRAWN_TIME_OUT } else { 0.0 };
        events += requests * (events_per_request(&one.route) + time_out);
        events += EVENTS_PER_SESSION * one.sessions;
    }
    events += retries::repeated_events(config, traffic, steps);
    for notification in config.notifications.iter() {
        let step = (notification.at.as_seconds() / steps.seconds) as usize;
        for cohort in notification.target.cohorts.iter().map(|id| &config.cohorts[*id]) {
            let reached = traffic.iter().filter(|one| one.has_channel && one.origin == cohort.name);
            let online: f64 = reached.map(|one| one.active.get(step).unwrap_or(&0.0)).sum();
            events += online * notification.target.share * EVENTS_PER_GATEWAY_REQUEST;
        }
    }
    let per_second = |disruption: &Disruption| match &disruption.when {
        When::At(_, None) => 0.0,
        When::At(_, Some(repeat)) => 1.0 / repeat.distance().as_seconds().max(1e-9),
        When::Random { time_to_failure } => {
            1.0 / (time_to_failure.mean() + disruption.kind.down().mean()).max(1e-9)
        }
    };
    let failures: f64 = config.disruptions.iter().map(per_second).sum();
    let checks: f64 =
        config.gateways.iter().map(|one| 1.0 / one.outbound.check.as_seconds().max(1e-9)).sum();
    events + (EVENTS_PER_DISRUPTION * failures + checks) * config.end().as_seconds()
}

fn events_per_request(route: &Route) -> f64 {
    match route {
        Route::Gateways(_) | Route::Entry(Entry::Gateway(_) | Entry::ConnectionPoint(_)) => {
            EVENTS_PER_GATEWAY_REQUEST
        }
        Route::Direct | Route::Entry(_) => EVENTS_PER_DIRECT_REQUEST,
        Route::CutOff => EVENTS_PER_FAILED_ATTEMPT,
    }
}

/// Returns the number of events of all deployments, for the clients that are active after the start
/// of the deployment.
fn content(config: &Config, traffic: &[Traffic<'_>], steps: &Steps) -> f64 {
    let mut events = 0.0;
    let stops = cut_off::stops(config);
    for (deployment, cohort) in targets(config) {
        let missed: f64 = config
            .gateways
            .ids()
            .zip(&stops)
            .filter(|_| deployment.source == ContentSource::Site)
            .map(|(id, stop)| (1.0 - stop.downloaded) * cut_off::internet_share(config, cohort, id))
            .sum();
        let parts = deployment.size.count().div_ceil(cohort.content.chunk.count().max(1)) as f64;
        let reached =
            Profile::of(cohort, config, steps).reached(deployment.start.as_seconds(), steps);
        let clients =
            f64::from(cohort.clients) * deployment.target.share * reached * (1.0 - missed);
        let through = gateway_share(traffic, cohort, deployment, steps);
        let mixed = |by_gateway: f64, other: f64| through * by_gateway + (1.0 - through) * other;
        let part = match deployment.source {
            ContentSource::Site => mixed(EVENTS_PER_STORED_CHUNK, EVENTS_PER_CHUNK),
            ContentSource::MicrosoftUpdate => EVENTS_PER_CHUNK,
        };
        // Lines of the clients and connections of distribution points.
        let lines = if config.lines.is_empty() { 0.0 } else { EVENTS_PER_TRANSFER * 2.0 };
        let part = part + lines;
        let whole = mixed(EVENTS_PER_GATEWAY_DEPLOYMENT, EVENTS_PER_DIRECT_DEPLOYMENT);
        events += clients * (whole + parts * part);
    }
    events
}

/// Returns the share of a cohort's clients that use a gateway after the start of a deployment.
fn gateway_share(
    traffic: &[Traffic<'_>],
    cohort: &Cohort,
    deployment: &Deployment,
    steps: &Steps,
) -> f64 {
    let first = (deployment.start.as_seconds() / steps.seconds) as usize;
    let (mut through, mut all) = (0.0, 0.0);
    for one in traffic.iter().filter(|one| one.origin == cohort.name) {
        let on: f64 = one.active.iter().skip(first).sum();
        all += on;
        // Include gateways that stop, because clients use a gateway until it stops.
        through += if one.route == Route::Direct { 0.0 } else { on };
    }
    if all > 0.0 { through / all } else { 0.0 }
}

/// Returns each deployment with each of its target cohorts.
pub(super) fn targets(config: &Config) -> impl Iterator<Item = (&Deployment, &Cohort)> {
    config.deployments.iter().flat_map(move |deployment| {
        let cohorts = deployment.target.cohorts.iter();
        cohorts.map(move |cohort| (deployment, &config.cohorts[*cohort]))
    })
}

/// Returns the minimum memory of one simulation, without the memory that all simulations share.
pub(super) fn memory_bytes(config: &Config) -> u64 {
    let bins = (config.duration.as_nanos() / config.interval.as_nanos().max(1)).max(1);
    let progress: u64 = targets(config).map(|(_, cohort)| u64::from(cohort.clients)).sum();
    BYTES_OF_THE_PROGRAM
        + progress.saturating_mul(size_of::<Progress>() as u64)
        + histograms(config) * LatencyHistogram::memory_bytes_max()
        + config.clients().saturating_mul(BYTES_PER_CLIENT)
        + bins.saturating_mul(columns(config)).saturating_mul(size_of::<f64>() as u64)
}

/// Returns the number of time-series columns: some for the whole system, three per connection
/// point, two per instance and two per station. While results are collected, each column exists
/// twice.
fn columns(config: &Config) -> u64 {
    let points = config.connection_points.len() as u64;
    let instances: u64 = config.gateways.iter().map(|one| u64::from(one.instances)).sum();
    let stations = instances + points + 2 * config.site_systems.len() as u64;
    2 * (20 + 3 * points + 2 * instances + 2 * stations)
}

/// Returns the number of histograms: two per station, one per kind and origin, and a few for the
/// whole system.
fn histograms(config: &Config) -> u64 {
    let instances: u64 = config.gateways.iter().map(|one| u64::from(one.instances)).sum();
    let points = config.connection_points.len() + 2 * config.site_systems.len();
    let origins = config.cohorts.len() + config.sources.len();
    2 * (instances + points as u64) + (RequestKind::ALL.len() + origins) as u64 + 4
}

/// Memory of the program, the catalogue and one chart while it is drawn.
const BYTES_OF_THE_PROGRAM: u64 = 30_000_000;

/// Memory per client: its state, its entry in the calendar, and the spare capacity of the two
/// vectors that contain them. A test of the model limits the state to 200 bytes.
const BYTES_PER_CLIENT: u64 = 320;
