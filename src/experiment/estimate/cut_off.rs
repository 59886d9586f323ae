//! Estimates when gateways stop because the content of deployments exceeds their outbound
//! threshold. Clients cannot reach a stopped gateway.

use crate::base::ids::GatewayId;
use crate::model::Config;
use crate::model::config::{Cohort, ContentSource, Deployment, Task};
use crate::model::service::Directory;
use crate::terms::RequestKind;

/// Length of the window over which outbound data is summed (14 days), in seconds.
const WINDOW_SECONDS: f64 = 14.0 * 86_400.0;

/// Time at which a gateway stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stop {
    /// Seconds from the start of the simulation; infinite if the gateway does not stop.
    pub seconds: f64,
    /// Share of the content that is downloaded before the stop, 0..=1.
    pub downloaded: f64,
}

const NEVER: Stop = Stop { seconds: f64::INFINITY, downloaded: 1.0 };

/// Returns the stop times of all gateways, indexed by gateway.
pub(super) fn stops(config: &Config) -> Vec<Stop> {
    config.gateways.ids().map(|id| stop(config, id)).collect()
}

/// Returns the share of a cohort's clients that are on the internet and use the given gateway.
pub(super) fn internet_share(config: &Config, cohort: &Cohort, gateway: GatewayId) -> f64 {
    let directories = Directory::of_sites(config);
    let services = directories[cohort.site].internet(cohort.authentication);
    let own = services.iter().filter(|service| service.gateway() == Some(gateway)).count();
    cohort.locations.internet * own as f64 / services.len().max(1) as f64
}

fn stop(config: &Config, id: GatewayId) -> Stop {
    let threshold = &config.gateways[id].outbound;
    if !(threshold.stops && threshold.is_measured) {
        return NEVER;
    }
    let critical = threshold.limit.count() as f64 * threshold.critical_share;
    let mut total = 0.0;
    let mut begins = f64::INFINITY;
    let mut lasts: f64 = 0.0;
    for (deployment, cohort) in crate::experiment::estimate::size::targets(config) {
        if deployment.source != ContentSource::Site {
            continue;
        }
        let clients = f64::from(cohort.clients) * internet_share(config, cohort, id);
        total += clients * deployment.target.share * bytes(deployment);
        begins = begins.min(deployment.start.as_seconds());
        lasts = lasts.max(time_to_learn(cohort));
    }
    // Data sent before the start of the simulation leaves the 14-day window at a constant rate.
    let before = threshold.before.count() as f64 * (1.0 - begins / WINDOW_SECONDS).max(0.0);
    let left = critical - before;
    if total <= left.max(0.0) || begins == f64::INFINITY {
        return NEVER;
    }
    let downloaded = (left / total).max(0.0);
    let check = threshold.check.as_seconds().max(1e-9);
    let seconds = ((begins + downloaded * lasts) / check).ceil() * check;
    Stop { seconds, downloaded }
}

/// Returns the bytes that a client downloads from sources other than its peers.
fn bytes(deployment: &Deployment) -> f64 {
    deployment.size.count() as f64 * (1.0 - deployment.peer_share)
}

/// Returns the time within which all clients of a cohort receive new policy, in seconds. Their
/// policy polls are evenly distributed over this time.
fn time_to_learn(cohort: &Cohort) -> f64 {
    match &cohort.tasks[RequestKind::PolicyPoll] {
        Task::Every { interval, .. } | Task::Changes { interval, .. } => interval.as_seconds(),
        _ => 0.0,
    }
}
