//! How many events and how much memory a run takes.

use crate::engine::LatencyHistogram;
use crate::model::Config;
use crate::model::config::{Cohort, ContentSource, Deployment, Disruption, Entry, When};
use crate::model::deployment::Progress;
use crate::terms::RequestKind;

use super::{cut_off, retries};
use crate::experiment::estimate::presence::{Profile, Steps};
use crate::experiment::estimate::traffic::{Route, Traffic};

/// Events of the engine a request takes: way to and service at three stations, answer, next due
/// time. Measured on the quickstart.
pub(super) const EVENTS_PER_GATEWAY_REQUEST: f64 = 8.0;
/// The same for a request on the intranet.
pub(super) const EVENTS_PER_DIRECT_REQUEST: f64 = 5.0;
/// What a time-out adds whose length is drawn: others need no event unless they happen.
const EVENTS_A_DRAWN_TIME_OUT: f64 = 1.0;

/// Events of an attempt that finds no server: it fails, and is made again.
const EVENTS_PER_FAILED_ATTEMPT: f64 = 2.0;

/// Events of a session: it begins and ends.
const EVENTS_PER_SESSION: f64 = 2.0;

/// Events of a disruption: it fails, and is repaired, and the probes notice both.
const EVENTS_PER_DISRUPTION: f64 = 4.0;

/// Events of a deployment for each client through a gateway: policy, location, access, status,
/// installation. Measured on content-100mb-50k-clients.
const EVENTS_PER_GATEWAY_DEPLOYMENT: f64 = 45.0;
/// The same of a client on the intranet, which needs no access.
const EVENTS_PER_DIRECT_DEPLOYMENT: f64 = 23.0;

/// Events of one part of a download from a gateway's storage: at its source, served there, at the
/// client.
const EVENTS_PER_STORED_CHUNK: f64 = 3.0;
/// The same from a source that only has a line: at its source, at the client.
const EVENTS_PER_CHUNK: f64 = 2.0;

/// Events that the whole simulation takes, with attempts made again at overloaded site systems.
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

/// Events of deployments: of the clients that are on at some time after they begin.
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
        let parts = deployment.size.count().div_ceil(cohort.chunk.count().max(1)) as f64;
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
        let whole = mixed(EVENTS_PER_GATEWAY_DEPLOYMENT, EVENTS_PER_DIRECT_DEPLOYMENT);
        events += clients * (whole + parts * part);
    }
    events
}

/// Share of a cohort's clients that use a gateway from the start of a deployment on.
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
        // Before it stopped a gateway was one, too.
        through += if one.route == Route::Direct { 0.0 } else { on };
    }
    if all > 0.0 { through / all } else { 0.0 }
}

/// Deployments with each cohort that is among their targets.
pub(super) fn targets(config: &Config) -> impl Iterator<Item = (&Deployment, &Cohort)> {
    config.deployments.iter().flat_map(move |deployment| {
        let cohorts = deployment.target.cohorts.iter();
        cohorts.map(move |cohort| (deployment, &config.cohorts[*cohort]))
    })
}

/// Memory that one simulation takes at least, without what all of them share.
pub(super) fn memory_bytes(config: &Config) -> u64 {
    let bins = (config.duration.as_nanos() / config.interval.as_nanos().max(1)).max(1);
    let progress: u64 = targets(config).map(|(_, cohort)| u64::from(cohort.clients)).sum();
    BYTES_OF_THE_PROGRAM
        + progress.saturating_mul(size_of::<Progress>() as u64)
        + histograms(config) * LatencyHistogram::memory_bytes_max()
        + config.clients().saturating_mul(BYTES_PER_CLIENT)
        + bins.saturating_mul(columns(config)).saturating_mul(size_of::<f64>() as u64)
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
const BYTES_PER_CLIENT: u64 = 320;
