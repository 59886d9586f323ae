//! Skew: the connection imbalance between a gateway's instances after a disruption of instances.
//!
//! Notification channels are long-lived, and nothing rebalances them. An instance that restarts has
//! no connections, and the other instances keep those that they took over. The skew is computed
//! from means per minute and does not depend on the bin length.

use crate::base::ids::GatewayId;
use crate::model::minutes::{Fullest, MINUTE};
use crate::results::{DisruptionResult, SkewResult};

/// Maximum time between two occurrences of a disruption that belong to one chain, such as the
/// update domains of an update-domain walk, in seconds.
const CHAIN_SECONDS: f64 = 3600.0;

/// Ratio of the connections on the fullest instance to the mean number per instance, above which
/// connections count as unbalanced.
const UNEVEN: f64 = 1.2;

/// Connections on a gateway's instances, per minute from the start of the measured period.
pub struct Evenness<'w> {
    /// Gateway of the instances.
    pub id: GatewayId,
    /// Name of the gateway.
    pub gateway: &'w str,
    /// Numbers of its instances.
    pub numbers: Vec<u32>,
    /// Instance with the most connections in each minute.
    pub minutes: &'w [Fullest],
}

/// For each gateway with several instances, returns the skew after each chain of disruptions,
/// ordered by gateway and time.
///
/// A chain without a full minute after its end has no skew. Each disruption comes with the gateway
/// whose instances it stops. `duration` is the length of the measured period in seconds.
pub fn skews(
    gateways: &[Evenness<'_>],
    disruptions: &[(Option<GatewayId>, &DisruptionResult)],
    duration: f64,
) -> Vec<SkewResult> {
    let mut found = Vec::new();
    for one in gateways.iter().filter(|one| one.numbers.len() > 1) {
        let own = disruptions.iter().filter(|(gateway, _)| *gateway == Some(one.id));
        let touching: Vec<&DisruptionResult> = own.map(|(_, disruption)| *disruption).collect();
        for chain in chains(&touching) {
            // Disruptions are sorted by start.
            let after = touching.partition_point(|one| one.start_s < chain.end);
            let next = touching.get(after).map_or(f64::INFINITY, |one| one.start_s);
            let seen = skew(one, duration, (chain.end, next));
            found.extend(seen.map(|skew| SkewResult { after: chain.name.to_owned(), ..skew }));
        }
    }
    found
}

/// Consecutive disruptions with the same name.
struct Chain<'d> {
    name: &'d str,
    end: f64,
}

/// Returns the chains that have ended, in order of their ends.
fn chains<'d>(touching: &[&'d DisruptionResult]) -> Vec<Chain<'d>> {
    let mut names: Vec<&str> = Vec::new();
    for one in touching {
        if !names.contains(&one.name.as_str()) {
            names.push(&one.name);
        }
    }
    let mut found = Vec::new();
    for name in names {
        // End of the chain so far; `None` while one of its disruptions continues.
        let mut last: Option<Option<f64>> = None;
        let of_name = touching.iter().filter(|one| one.name == name);
        for one in of_name {
            let chained = match last {
                None => None,
                Some(None) => Some(None),
                Some(Some(end)) if one.start_s - end <= CHAIN_SECONDS => Some(Some(end)),
                Some(Some(end)) => {
                    found.push(Chain { name, end });
                    None
                }
            };
            last = Some(match (chained, one.end_s) {
                (Some(None), _) | (_, None) => None,
                (Some(Some(before)), Some(end)) => Some(before.max(end)),
                (None, Some(end)) => Some(end),
            });
        }
        found.extend(last.flatten().map(|end| Chain { name, end }));
    }
    found.sort_by(|one, other| one.end.total_cmp(&other.end));
    found
}

/// Returns the skew of the minutes from `from` until the next disruption of the gateway; `None` if
/// there is no such minute or the first of these minutes has no connections.
fn skew(of: &Evenness<'_>, duration: f64, (from, next): (f64, f64)) -> Option<SkewResult> {
    let minute = MINUTE.as_seconds();
    let start_of = |index: usize| index as f64 * minute;
    let end_of = |index: usize| start_of(index + 1).min(duration);
    let first = (from / minute).ceil().max(0.0) as usize;
    // Exclude the minute in which the next disruption begins, because that minute already shows the
    // effect of the disruption.
    let minutes = (first..of.minutes.len()).take_while(|index| end_of(*index) <= next);
    let last = minutes.clone().last()?;
    let then = of.minutes[first];
    if !then.is_used {
        return None;
    }
    let even = minutes.clone().find(|index| of.minutes[*index].ratio <= UNEVEN);
    Some(SkewResult {
        gateway: of.gateway.to_owned(),
        instance: of.numbers[then.instance as usize],
        after: String::new(),
        start_s: from,
        ratio_at_first: then.ratio,
        ratio_at_end: of.minutes[last].ratio,
        uneven_s: even.map(|index| match index == first {
            true => 0.0,
            false => (start_of(index) - from).max(0.0),
        }),
        end_s: end_of(last).min(next),
        is_cut_short: next.is_finite(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: Option<GatewayId> = Some(GatewayId(0));

    fn occurrence(name: &str, start_s: f64, end_s: Option<f64>) -> DisruptionResult {
        let name = name.to_owned();
        DisruptionResult { name, start_s, end_s, ..DisruptionResult::default() }
    }

    /// Returns the instance with the most connections in each minute, given the connections of each
    /// instance.
    fn minutes(connections: &[&[f64]]) -> Vec<Fullest> {
        let at = |minute| Fullest::of(connections.iter().map(|values| (values[minute], 1.0)));
        (0..connections[0].len()).map(at).collect()
    }

    /// Returns the skews of a gateway after its disruptions.
    fn found(connections: &[&[f64]], disruptions: &[DisruptionResult]) -> Vec<SkewResult> {
        skews_of(connections, disruptions, MAIN)
    }

    fn skews_of(
        connections: &[&[f64]],
        disruptions: &[DisruptionResult],
        gateway: Option<GatewayId>,
    ) -> Vec<SkewResult> {
        let minutes = minutes(connections);
        let numbers = (0..connections.len() as u32).collect();
        let main = Evenness { id: GatewayId(0), gateway: "main", numbers, minutes: &minutes };
        let disruptions: Vec<_> = disruptions.iter().map(|one| (gateway, one)).collect();
        skews(&[main], &disruptions, 60.0 * connections[0].len() as f64)
    }

    #[test]
    fn an_update_domain_walk_leaves_all_connections_on_the_first_instance() {
        let walk =
            [occurrence("patching", 30.0, Some(50.0)), occurrence("patching", 70.0, Some(90.0))];
        let connections: [&[f64]; 2] =
            [&[50.0, 100.0, 95.0, 80.0, 59.0, 55.0], &[50.0, 0.0, 5.0, 20.0, 41.0, 45.0]];
        let found = found(&connections, &walk);
        assert_eq!(found.len(), 1, "two domains are one chain");
        let skew = &found[0];
        assert_eq!((skew.gateway.as_str(), skew.after.as_str()), ("main", "patching"));
        assert_eq!((skew.instance, skew.start_s), (0, 90.0));
        assert_eq!((skew.ratio_at_first, skew.ratio_at_end), (1.9, 1.1));
        assert_eq!(skew.uneven_s, Some(150.0));
        assert_eq!((skew.end_s, skew.is_cut_short), (360.0, false));
    }

    #[test]
    fn imbalance_that_remains_is_reported_until_the_next_disruption() {
        let all =
            [occurrence("crash", 10.0, Some(90.0)), occurrence("crash", 4010.0, Some(4090.0))];
        let one = vec![90.0; 72];
        let other = vec![10.0; 72];
        let found = found(&[&one, &other], &all);
        assert_eq!(found.len(), 2, "more than an hour apart");
        assert_eq!((found[0].uneven_s, found[0].end_s), (None, 3960.0));
        assert!(found[0].is_cut_short && !found[1].is_cut_short);
        assert_eq!(found[1].ratio_at_end, 1.8);
    }

    #[test]
    fn no_skew_is_reported_without_an_end_of_the_disruption_or_stopped_instances() {
        let connections: [&[f64]; 2] = [&[50.0, 100.0], &[50.0, 0.0]];
        let seen = |gateway: Option<GatewayId>, end: Option<f64>| {
            skews_of(&connections, &[occurrence("it", 50.0, end)], gateway).len()
        };
        assert_eq!(seen(MAIN, Some(60.0)), 1);
        assert_eq!(seen(MAIN, None), 0);
        assert_eq!(seen(MAIN, Some(100.0)), 0, "no minute is left");
        assert_eq!(seen(Some(GatewayId(1)), Some(60.0)), 0);
        assert_eq!(seen(None, Some(60.0)), 0);
        let all = [occurrence("it", 50.0, Some(60.0))];
        assert!(found(&connections[..1], &all).is_empty(), "a single instance has no imbalance");
    }
}
