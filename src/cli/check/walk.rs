//! Expected connections after an update-domain walk, calculated with the same formula as in the
//! verdict of a run.

use crate::analysis::published_limits::verdict;
use crate::experiment::estimate::{CONNECTIONS_LEVEL, Estimate, LevelEstimate};
use crate::model::Config;
use crate::model::config::{DisruptionKind, WalkRule};
use crate::report::verdict::share_of_walk;

/// Name of the level in the output of the check.
const WHAT: &str = "connections on an instance, after an update-domain walk";

/// Returns, for each gateway with an update-domain walk, the largest number of connections expected
/// on one instance. Each instance inherits connections of the instances that are updated earlier.
pub(super) fn levels(config: &Config, estimate: &Estimate) -> Vec<LevelEstimate> {
    let of_gateway = |(id, gateway): (_, &crate::model::config::Gateway)| {
        let shares = config.disruptions.iter().filter_map(|one| match &one.kind {
            DisruptionKind::UpdateDomainWalk { gateway: own, rule, .. } if *own == id => {
                let batch = match rule {
                    WalkRule::Domains => None,
                    WalkRule::Share(share) => Some(*share),
                    WalkRule::All => return None,
                };
                Some(share_of_walk(gateway.instances, gateway.update_domains, batch))
            }
            _ => None,
        });
        let share = shares.reduce(f64::max)?;
        let is_up =
            |one: &&LevelEstimate| one.what == CONNECTIONS_LEVEL && one.component == gateway.name;
        let up = estimate.levels.iter().find(is_up)?;
        let expected = up.expected * f64::from(gateway.instances) * share;
        Some(LevelEstimate {
            what: WHAT,
            expected,
            verdict: verdict(expected, up.limit),
            ..up.clone()
        })
    };
    config.gateways.entries().filter_map(of_gateway).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::estimate::estimate;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    #[test]
    fn the_last_of_three_instances_inherits_three_quarters_of_the_connections() {
        let found = |overrides: &[&str]| {
            let overrides = overrides.iter().map(|one| (*one).to_owned()).collect();
            let origin = ScenarioOrigin::named("quickstart");
            let scenario = load(&LoadRequest { origin, overrides }).expect("a valid scenario");
            let estimate = estimate(&scenario.config);
            let up = estimate.levels.iter().find(|one| one.what == CONNECTIONS_LEVEL).cloned();
            (up.expect("the level"), levels(&scenario.config, &estimate))
        };
        let (up, walked) = found(&["gateway.*.instances=3"]);
        assert_eq!(walked.len(), 1);
        assert!((walked[0].expected - 0.75 * 3.0 * up.expected).abs() < 1e-6, "{walked:?}");
    }
}
