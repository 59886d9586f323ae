//! When gateways stop: their threshold of outgoing data is reached while a deployment's content is
//! downloaded. From then on nobody reaches them.

use crate::base::ids::GatewayId;
use crate::model::Config;
use crate::model::config::{Cohort, ContentSource, Deployment, Task};
use crate::model::service::Directory;
use crate::terms::RequestKind;

/// The 14 days over which outgoing data are summed, seconds.
const WINDOW_SECONDS: f64 = 14.0 * 86_400.0;

/// When a gateway stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stop {
    /// Seconds from the start of the simulation; infinite if it does not.
    pub seconds: f64,
    /// Share of the content that is downloaded until then, 0..=1.
    pub downloaded: f64,
}

const NEVER: Stop = Stop { seconds: f64::INFINITY, downloaded: 1.0 };

/// The stops of all gateways, by their number.
pub(super) fn stops(config: &Config) -> Vec<Stop> {
    config.gateways.ids().map(|id| stop(config, id)).collect()
}

/// The share of a cohort's clients that use a gateway on the internet.
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
    // What left before falls out of the window evenly.
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

/// Bytes that a client downloads from a source other than its peers.
fn bytes(deployment: &Deployment) -> f64 {
    deployment.size.count() as f64 * (1.0 - deployment.peer_share)
}

/// The time in which all clients of a cohort learn of new policy, evenly, seconds.
fn time_to_learn(cohort: &Cohort) -> f64 {
    match &cohort.tasks[RequestKind::PolicyPoll] {
        Task::Every { interval, .. } | Task::Changes { interval, .. } => interval.as_seconds(),
        _ => 0.0,
    }
}
