//! Skew: how unevenly connections stand on a gateway's instances after a disruption of them.
//!
//! Channels are long-lived and nothing rebalances them: an instance that comes back is empty, while
//! the others keep what they took over. Taken from the time series, so to the length of a bin.

use crate::results::{DisruptionResult, InstanceResult, SkewResult, TimeSeries};

/// Occurrences of one disruption that are no further apart than this are one chain: the update
/// domains of a walk.
const CHAIN_SECONDS: f64 = 3600.0;

/// Above this ratio of the fullest instance to the mean connections stand unevenly.
const UNEVEN: f64 = 1.2;

/// The skew after each chain of disruptions of each gateway with several instances, gateway by
/// gateway, by time. A chain that was not over before the last bin leaves nothing to see.
pub fn skews(
    series: &TimeSeries,
    disruptions: &[DisruptionResult],
    instances: &[InstanceResult],
) -> Vec<SkewResult> {
    let mut gateways: Vec<&str> = instances.iter().map(|one| one.gateway.as_str()).collect();
    gateways.dedup();
    let mut found = Vec::new();
    for gateway in gateways {
        let own: Vec<usize> = (0..instances.len().min(series.instance_connections.len()))
            .filter(|index| instances[*index].gateway == gateway)
            .collect();
        if own.len() < 2 {
            continue;
        }
        let of_gateway = |one: &&DisruptionResult| is_of_instances(&one.what, gateway);
        let touching: Vec<&DisruptionResult> = disruptions.iter().filter(of_gateway).collect();
        for chain in chains(&touching) {
            // They come by start.
            let after = touching.partition_point(|one| one.start_seconds < chain.end);
            let next = touching.get(after).map_or(f64::INFINITY, |one| one.start_seconds);
            if let Some(mut skew) = skew(series, &own, chain.end, next) {
                skew.gateway = gateway.to_owned();
                skew.instance = instances[own[skew.instance as usize]].number;
                skew.after = chain.name.to_owned();
                found.push(skew);
            }
        }
    }
    found
}

/// Disruptions of the same name that follow one another.
struct Chain<'d> {
    name: &'d str,
    end: f64,
}

/// The chains that have ended, by their ends.
fn chains<'d>(touching: &[&'d DisruptionResult]) -> Vec<Chain<'d>> {
    let mut names: Vec<&str> = Vec::new();
    for one in touching {
        if !names.contains(&one.name.as_str()) {
            names.push(&one.name);
        }
    }
    let mut found = Vec::new();
    for name in names {
        // The end of the chain so far; `None` while something of it is still down.
        let mut last: Option<Option<f64>> = None;
        let of_name = touching.iter().filter(|one| one.name == name);
        for one in of_name {
            let chained = match last {
                None => None,
                Some(None) => Some(None),
                Some(Some(end)) if one.start_seconds - end <= CHAIN_SECONDS => Some(Some(end)),
                Some(Some(end)) => {
                    found.push(Chain { name, end });
                    None
                }
            };
            last = Some(match (chained, one.end_seconds) {
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

/// Does a disruption stop or add instances of the gateway? Told by its text: `update domain 2 of
/// main`, `instances 3, 4 of main`, `instance main/1`.
fn is_of_instances(what: &str, gateway: &str) -> bool {
    let begins = ["update domain ", "instances ", "instance "];
    let Some(rest) = begins.iter().find_map(|begin| what.strip_prefix(begin)) else {
        return false;
    };
    let of = rest.rsplit_once(" of ").map(|(_, name)| name);
    let one = rest.split_once(' ').map_or(rest, |(first, _)| first);
    let one = one.rsplit_once('/').map(|(name, _)| name);
    of == Some(gateway) || one == Some(gateway)
}

/// What the bins from `from` on say, until the next disruption of the gateway; `None` if there is
/// no such bin, or nobody is connected in the first.
fn skew(series: &TimeSeries, own: &[usize], from: f64, next: f64) -> Option<SkewResult> {
    let starts = &series.start_seconds;
    let end_of = |bin: usize| starts.get(bin + 1).copied();
    let first = starts.partition_point(|start| *start < from);
    // A bin in which the next one begins shows its effect.
    let is_before = |bin: &usize| end_of(*bin).map_or(next.is_infinite(), |end| end <= next);
    let bins: Vec<usize> = (first..starts.len()).take_while(is_before).collect();
    let (instance, ratio_at_first) = ratio(series, own, *bins.first()?)?;
    // An empty gateway is even.
    let ratio_in = |bin: usize| ratio(series, own, bin).map_or(1.0, |(_, ratio)| ratio);
    let last = *bins.last()?;
    let even = bins.iter().copied().find(|bin| ratio_in(*bin) <= UNEVEN);
    let last_end = end_of(last).unwrap_or(starts[last] + series.interval_seconds);
    Some(SkewResult {
        gateway: String::new(),
        instance: instance as u32,
        after: String::new(),
        from_seconds: from,
        ratio_at_first,
        ratio_at_end: ratio_in(last),
        uneven_seconds: even
            .map(|bin| if bin == first { 0.0 } else { (starts[bin] - from).max(0.0) }),
        until_seconds: last_end.min(next),
        is_cut_short: next.is_finite(),
    })
}

/// Of the provisioned instances the fullest, as its place in `own`, and its connections over the
/// mean of all; `None` if nobody is connected. Provisioned is what was up in the bin at all: one
/// that has come back and is empty counts, one that was scaled in does not.
fn ratio(series: &TimeSeries, own: &[usize], bin: usize) -> Option<(usize, f64)> {
    let value = |columns: &[crate::results::Column], index: usize| {
        columns.get(index).and_then(|column| column.values.get(bin)).copied()
    };
    let mut fullest: Option<(usize, f64)> = None;
    let (mut sum, mut count) = (0.0, 0_u32);
    for (place, index) in own.iter().enumerate() {
        let connections = value(&series.instance_connections, *index).unwrap_or(0.0);
        let is_up = value(&series.instance_up, *index).is_none_or(|share| share > 0.0);
        if is_up || connections > 0.0 {
            sum += connections;
            count += 1;
        }
        if fullest.is_none_or(|(_, most)| connections > most) {
            fullest = Some((place, connections));
        }
    }
    let (place, most) = fullest?;
    (sum > 0.0).then(|| (place, most * f64::from(count) / sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Column;

    fn occurrence(name: &str, what: &str, start: f64, end: Option<f64>) -> DisruptionResult {
        DisruptionResult {
            name: name.to_owned(),
            what: what.to_owned(),
            start_seconds: start,
            end_seconds: end,
            connections_lost: 0,
            peak_connect_attempts_per_second: 0.0,
            peak_connects_per_second: 0.0,
            usual_connects_per_second: 0.0,
            recovery_seconds: None,
            failed_attempts: 0,
        }
    }

    fn instances(gateway: &str, count: u32) -> Vec<InstanceResult> {
        let one = |number| InstanceResult {
            gateway: gateway.to_owned(),
            number,
            update_domain: number,
            connection_limit: 6000,
            up_share: 1.0,
            ..InstanceResult::default()
        };
        (0..count).map(one).collect()
    }

    /// Bins of 100 s.
    fn series(connections: &[&[f64]]) -> TimeSeries {
        let column = |values: &&[f64]| Column { name: String::new(), values: values.to_vec() };
        let bins = connections[0].len();
        TimeSeries {
            interval_seconds: 100.0,
            start_seconds: (0..bins).map(|bin| 100.0 * bin as f64).collect(),
            instance_connections: connections.iter().map(column).collect(),
            ..TimeSeries::default()
        }
    }

    #[test]
    fn a_walk_leaves_the_first_instance_with_everything() {
        let walk = [
            occurrence("patching", "update domain 0 of main", 50.0, Some(90.0)),
            occurrence("patching", "update domain 1 of main", 120.0, Some(150.0)),
        ];
        let connections: [&[f64]; 2] =
            [&[50.0, 100.0, 95.0, 80.0, 59.0, 55.0], &[50.0, 0.0, 5.0, 20.0, 41.0, 45.0]];
        let found = skews(&series(&connections), &walk, &instances("main", 2));
        assert_eq!(found.len(), 1, "two domains are one chain");
        let skew = &found[0];
        assert_eq!((skew.gateway.as_str(), skew.after.as_str()), ("main", "patching"));
        assert_eq!((skew.instance, skew.from_seconds), (0, 150.0));
        assert_eq!((skew.ratio_at_first, skew.ratio_at_end), (1.9, 1.1));
        assert_eq!(skew.uneven_seconds, Some(250.0));
        assert_eq!((skew.until_seconds, skew.is_cut_short), (600.0, false));
    }

    #[test]
    fn what_stays_uneven_says_so_and_a_later_disruption_ends_the_look() {
        let all = [
            occurrence("crash", "instance main/1", 10.0, Some(90.0)),
            occurrence("crash", "instance main/0", 4010.0, Some(4090.0)),
        ];
        let one = vec![90.0; 43];
        let other = vec![10.0; 43];
        let found = skews(&series(&[&one, &other]), &all, &instances("main", 2));
        assert_eq!(found.len(), 2, "more than an hour apart");
        assert_eq!((found[0].uneven_seconds, found[0].until_seconds), (None, 4000.0));
        assert!(found[0].is_cut_short && !found[1].is_cut_short);
        assert_eq!(found[1].ratio_at_end, 1.8);
    }

    #[test]
    fn what_is_not_over_or_not_of_instances_leaves_no_skew() {
        let connections: [&[f64]; 2] = [&[50.0, 100.0], &[50.0, 0.0]];
        let seen = |what: &str, end: Option<f64>| {
            let all = [occurrence("it", what, 50.0, end)];
            skews(&series(&connections), &all, &instances("main", 2)).len()
        };
        assert_eq!(seen("instances 1 of main", Some(90.0)), 1);
        assert_eq!(seen("instances 1 of main", None), 0);
        assert_eq!(seen("instances 1 of main", Some(150.0)), 0, "no bin after it");
        assert_eq!(seen("instances 1 of mainframe", Some(90.0)), 0);
        assert_eq!(seen("connection point cp-1", Some(90.0)), 0);
        let all = [occurrence("it", "update domain 0 of main", 50.0, Some(90.0))];
        let alone = series(&connections[..1]);
        assert!(skews(&alone, &all, &instances("main", 1)).is_empty());
    }

    #[test]
    fn instances_that_are_not_provisioned_do_not_lower_the_mean() {
        let all = [occurrence("grow", "instances 2 of main", 10.0, Some(90.0))];
        let connections: [&[f64]; 3] = [&[60.0, 60.0], &[60.0, 60.0], &[0.0, 0.0]];
        let mut series = series(&connections);
        let ratio =
            |series: &TimeSeries| skews(series, &all, &instances("main", 3))[0].ratio_at_first;
        assert_eq!(ratio(&series), 1.5, "empty but there");
        let up = |share: f64| Column { name: String::new(), values: vec![share; 2] };
        series.instance_up = vec![up(1.0), up(1.0), up(0.0)];
        assert_eq!(ratio(&series), 1.0);
    }
}
