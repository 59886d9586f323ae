//! Calculates how many instances keep connections within the limit while instances are down, from
//! the connections of one run and without another simulation.
//!
//! Clients of a gateway keep their connections until an instance goes down. The connections of that
//! instance then reconnect evenly to the instances that are up, and nothing rebalances them
//! afterwards. In an update-domain walk, the instances updated last therefore inherit the
//! connections of all instances updated earlier. If `n` instances are updated one by one, the last
//! one serves `n^(n-2) / (n-1)^(n-1)` of all connections (n = 2: all, 3: 3/4, 4: 0.593).

use crate::results::{DisruptionResult, InstanceResult, RunResult};
use crate::terms::DisruptionTarget;

use super::enough::demand;

/// Maximum number of VM instances of a gateway (perf-scale.md, 04/08/2022).
pub(super) const INSTANCES_MAX: u32 = 16;

/// Update domains of a gateway if the scenario does not set their number.
const DOMAINS: u32 = 5;

/// Instances of a gateway that are down at the same time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Loss {
    /// No instance.
    Empty,
    /// One instance.
    One,
    /// All instances of one update domain, one domain after the other.
    Domains(u32),
    /// Batches within update domains. Each batch contains at most this share of all instances, but
    /// at least one instance.
    Batches(u32, f64),
}

impl Loss {
    /// Returns the loss of instances that the disruptions of a run cause at a gateway.
    pub(super) fn of(result: &RunResult, gateway: &str) -> Loss {
        let domains = setting(result, &format!("gateway.{gateway}.update_domains"));
        let domains = domains.and_then(|value| value.parse().ok()).unwrap_or(DOMAINS);
        let own = result.disruptions.iter().filter(|one| is_of(result, one, gateway));
        let loss = own.filter_map(|one| match one.target {
            DisruptionTarget::UpdateDomain => Some((2, Loss::Domains(domains))),
            DisruptionTarget::InstanceBatch => {
                let share = setting(result, &format!("disruption.{}.batch", one.name));
                let share = share.and_then(|text| text.strip_suffix('%')?.parse::<f64>().ok());
                Some((2, Loss::Batches(domains, share.unwrap_or(20.0) / 100.0)))
            }
            DisruptionTarget::Instance => Some((1, Loss::One)),
            _ => None,
        });
        loss.max_by_key(|(weight, _)| *weight).map_or(Loss::Empty, |(_, loss)| loss)
    }

    /// Returns the largest share of all connections that one of `count` instances serves.
    fn worst_share(self, count: u32) -> f64 {
        let all: Vec<u32> = (0..count).collect();
        let domain = |domains: u32, number: u32| -> Vec<u32> {
            all.iter().copied().filter(|one| one % domains.max(1) == number).collect()
        };
        let batches: Vec<Vec<u32>> = match self {
            Loss::Empty => Vec::new(),
            Loss::One => vec![vec![0]],
            Loss::Domains(domains) => (0..domains).map(|one| domain(domains, one)).collect(),
            Loss::Batches(domains, share) => {
                let size = ((share * f64::from(count) + 1e-9) as usize).max(1);
                let chunks = |own: Vec<u32>| own.chunks(size).map(<[_]>::to_vec).collect();
                (0..domains)
                    .flat_map(|one| -> Vec<Vec<u32>> { chunks(domain(domains, one)) })
                    .collect()
            }
        };
        worst_of_walk(count, &batches)
    }
}

/// Returns the largest share of all connections that one of `count` instances serves during an
/// update-domain walk. Without `batch`, all instances of a domain are down at the same time. With
/// `batch`, a domain is updated in batches of at most this share of all instances.
pub(crate) fn share_of_walk(count: u32, domains: u32, batch: Option<f64>) -> f64 {
    batch.map_or(Loss::Domains(domains), |share| Loss::Batches(domains, share)).worst_share(count)
}

/// Returns the largest share that an instance serves while batches of instances go down one after
/// the other.
fn worst_of_walk(count: u32, batches: &[Vec<u32>]) -> f64 {
    let mut carried = vec![1.0 / f64::from(count.max(1)); count as usize];
    let mut worst = carried.first().copied().unwrap_or(1.0);
    for batch in batches.iter().filter(|batch| !batch.is_empty()) {
        let up = carried.len() - batch.len();
        if up == 0 {
            // No client is connected while all instances are down; afterwards all clients reconnect
            // evenly.
            continue;
        }
        let moved: f64 = batch.iter().map(|one| carried[*one as usize]).sum();
        for (number, own) in (0..).zip(&mut carried) {
            *own = if batch.contains(&number) { 0.0 } else { *own + moved / up as f64 };
        }
        worst = carried.iter().copied().fold(worst, f64::max);
    }
    worst
}

/// Returns the smallest number of instances, above the number in the run, with which no instance of
/// the gateway exceeds the limit; `None` if even the maximum is not enough, or if the results do
/// not contain the gateway and its instances.
pub(super) fn instances_needed(result: &RunResult, gateway: &str, limit: f64) -> Option<u32> {
    let all = result.gateways.iter().find(|one| one.name == gateway)?;
    let own = || result.instances.iter().filter(|one| one.gateway == gateway);
    let (count, total) = (all.instances, demand(result, all) as f64);
    let worst = own().map(|one: &InstanceResult| one.connections_peak).max()? as f64;
    let loss = Loss::of(result, gateway);
    let expected = total * loss.worst_share(count);
    // Account for the observed imbalance: real connections are less evenly distributed than
    // calculated.
    let uneven = (worst / expected.max(1.0)).max(1.0);
    let fits = |count: &u32| uneven * total * loss.worst_share(*count) <= limit;
    (count + 1..=INSTANCES_MAX).find(fits)
}

/// Returns a value of the scenario without quotation marks.
pub(super) fn setting<'a>(result: &'a RunResult, path: &str) -> Option<&'a str> {
    let value = result.scenario.configuration.iter().find(|one| one.path == path)?;
    Some(value.value.trim_matches('"'))
}

/// Returns whether a disruption affects this gateway: the disruption names this gateway or names
/// none.
fn is_of(result: &RunResult, disruption: &DisruptionResult, gateway: &str) -> bool {
    match setting(result, &format!("disruption.{}.gateway", disruption.name)) {
        Some(named) => gateway == named,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instance_of_a_walk_inherits_the_most_connections() {
        let share = |count: u32| Loss::Domains(5).worst_share(count);
        assert!((share(2) - 1.0).abs() < 1e-12);
        assert!((share(3) - 3.0 / 4.0).abs() < 1e-12);
        assert!((share(4) - 16.0 / 27.0).abs() < 1e-12);
        assert!((share(5) - 125.0 / 256.0).abs() < 1e-12);
        // With one of four instances down, each other instance serves a third instead of a quarter.
        assert!((Loss::One.worst_share(4) - 1.0 / 3.0).abs() < 1e-12);
        assert!((Loss::Empty.worst_share(4) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn batches_of_a_scale_set_have_at_least_one_instance() {
        // A fifth of four instances is less than one, so they go down one by one, as in an
        // update-domain walk.
        let walk = Loss::Domains(4).worst_share(4);
        assert!((Loss::Batches(5, 0.2).worst_share(4) - walk).abs() < 1e-12);
    }
}
