//! Reconnection storms: what each disruption did to the clients' connections.

use crate::base::{SimDuration, SimTime};
use crate::model::disruption::{Failed, Occurrence, Sample};

/// What samples say about one occurrence of a disruption. Rates are over the time between two
/// samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Storm {
    /// Connections tried, at most.
    pub peak_connect_attempts_per_second: f64,
    /// Connections made, at most.
    pub peak_connects_per_second: f64,
    /// Connections made before.
    pub usual_connects_per_second: f64,
    pub recovery_seconds: Option<f64>,
    pub failed_attempts: u64,
}

/// How long before a disruption "usual" is measured. Another one that has not been over for this
/// long belongs to the same chain, and what was usual before it counts.
const USUAL_SECONDS: f64 = 600.0;

/// The backlog is gone when no more clients are disconnected, and no more requests wait for a
/// retry, than before the disruption and this share of the clients that use a gateway.
const BACKLOG: f64 = 0.01;

/// A backlog that comes later than this after the start has another reason; where something only
/// becomes slow, after its end: queues grow, and clients give up, long after the start.
const NOTICED_SECONDS: f64 = 300.0;

/// It is gone when it does not come back within this time.
const SETTLED_SECONDS: f64 = 120.0;

/// Recovery that takes longer than this is not looked for.
const LOOK_SECONDS: f64 = 86_400.0;

/// How things were before a disruption, or before the first of a chain.
#[derive(Clone, Copy)]
struct Usual {
    connects_per_second: f64,
    disconnected: u64,
    retrying: u64,
}

/// The storm after each occurrence, in order of their starts. It ends with recovery or with the
/// simulation: what comes in between takes part in it.
pub(super) fn storms(samples: &[Sample], occurrences: &[Occurrence]) -> Vec<Storm> {
    let mut storms: Vec<Storm> = Vec::new();
    let mut usual: Option<Usual> = None;
    for (index, occurrence) in occurrences.iter().enumerate() {
        // A sample of the same time was taken when it had happened.
        let first = samples.partition_point(|sample| sample.at < occurrence.start);
        let (before, during) = (&samples[..first], &samples[first.saturating_sub(1)..]);
        let is_chained = index > 0 && {
            let (last, start) = (&storms[index - 1], occurrences[index - 1].start);
            let over = last.recovery_seconds.map(|passed| start.as_seconds() + passed);
            over.is_none_or(|over| over > occurrence.start.as_seconds() - USUAL_SECONDS)
        };
        let base = usual.filter(|_| is_chained).unwrap_or_else(|| usual_before(before));
        usual = Some(base);
        let lasts = match (occurrence.what, occurrence.end, during.last()) {
            (Failed::Slower(_) | Failed::SlowLine(_), Some(end), _) => end.since(occurrence.start),
            (Failed::Slower(_) | Failed::SlowLine(_), None, Some(last)) => {
                last.at.since(occurrence.start)
            }
            _ => SimDuration::ZERO,
        };
        let noticed = lasts.as_seconds() + NOTICED_SECONDS;
        storms.push(storm(during, occurrence.start, base, noticed));
    }
    storms
}

/// The ten minutes that end with the last sample.
fn usual_before(before: &[Sample]) -> Usual {
    let Some(last) = before.last() else {
        return Usual { connects_per_second: 0.0, disconnected: 0, retrying: 0 };
    };
    let from = last.at.as_seconds() - USUAL_SECONDS;
    let first = &before[before.partition_point(|sample| sample.at.as_seconds() < from)];
    Usual {
        connects_per_second: rate(first, last, |sample| sample.connects),
        disconnected: last.disconnected,
        retrying: last.retrying,
    }
}

fn storm(during: &[Sample], start: SimTime, usual: Usual, noticed: f64) -> Storm {
    let Some(reference) = during.first() else { return Storm::default() };
    let recovered = recovery(during, usual, noticed);
    let last = during.len() - 1;
    // Of one that nobody felt, the time in which it would have been felt.
    let felt_by = during
        .partition_point(|sample| sample.at.as_seconds() <= reference.at.as_seconds() + noticed);
    let shown = &during[..=match recovered {
        None => last,
        Some(0) => felt_by.min(last),
        Some(at) => at,
    }];
    let peak = |count: fn(&Sample) -> u64| {
        shown.windows(2).map(|pair| rate(&pair[0], &pair[1], count)).fold(0.0, f64::max)
    };
    Storm {
        peak_connect_attempts_per_second: peak(|sample| sample.connect_attempts),
        peak_connects_per_second: peak(|sample| sample.connects),
        usual_connects_per_second: usual.connects_per_second,
        recovery_seconds: recovered.map(|at| match at {
            0 => 0.0,
            at => during[at].at.as_seconds() - start.as_seconds(),
        }),
        failed_attempts: shown[shown.len() - 1].failed_attempts - reference.failed_attempts,
    }
}

/// Which sample shows the backlog gone: 0 if there never was one, `None` if it stays or if the
/// simulation ends before one would have been felt.
fn recovery(during: &[Sample], usual: Usual, noticed: f64) -> Option<usize> {
    let within = |from: &Sample, to: &Sample, seconds: f64| {
        to.at.as_seconds() - from.at.as_seconds() <= seconds
    };
    let is_calm = |sample: &Sample| !is_behind(sample, usual);
    let felt = during
        .iter()
        .take_while(|sample| within(&during[0], sample, noticed))
        .position(|sample| !is_calm(sample));
    let Some(felt) = felt else {
        let is_seen = during.last().is_some_and(|last| !within(&during[0], last, noticed));
        return is_seen.then_some(0);
    };
    let looked_at = during.partition_point(|sample| within(&during[0], sample, LOOK_SECONDS));
    (felt + 1..looked_at).find(|at| {
        let then = during[*at..].iter();
        then.take_while(|one| within(&during[*at], one, SETTLED_SECONDS)).all(is_calm)
    })
}

/// Is there more of a backlog than before?
fn is_behind(now: &Sample, usual: Usual) -> bool {
    let allowed = BACKLOG * now.on_gateway as f64;
    let is_more = |now: u64, usual: u64| now as f64 > usual as f64 + allowed;
    is_more(now.disconnected, usual.disconnected) || is_more(now.retrying, usual.retrying)
}

fn rate(from: &Sample, to: &Sample, count: fn(&Sample) -> u64) -> f64 {
    let seconds = to.at.as_seconds() - from.at.as_seconds();
    if seconds > 0.0 { (count(to) - count(from)) as f64 / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{DisruptionId, SiteId};

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    fn sample(seconds: u64, connects: u64, disconnected: u64, retrying: u64) -> Sample {
        Sample {
            at: at(seconds),
            connect_attempts: 2 * connects,
            connects,
            failed_attempts: connects / 10,
            on_gateway: 100,
            disconnected,
            retrying,
        }
    }

    fn occurrence(start: u64) -> Occurrence {
        Occurrence {
            disruption: DisruptionId(0),
            what: Failed::ConnectionPoint,
            start: at(start),
            end: Some(at(start + 300)),
            connections_lost: 50,
        }
    }

    #[test]
    fn recovery_is_when_the_backlog_is_gone_though_the_part_is_still_away() {
        let samples = [
            sample(0, 0, 0, 0),
            sample(10, 10, 0, 0),
            sample(20, 30, 50, 0),
            sample(30, 130, 20, 9),
            sample(40, 150, 1, 4),
            sample(50, 151, 1, 1),
            sample(60, 161, 0, 0),
        ];
        let storm = storms(&samples, &[occurrence(15)])[0];
        assert_eq!(storm.recovery_seconds, Some(35.0));
        assert_eq!(storm.peak_connects_per_second, 10.0);
        assert_eq!(storm.peak_connect_attempts_per_second, 20.0);
        assert_eq!(storm.usual_connects_per_second, 1.0);
        assert_eq!(storm.failed_attempts, 14);
    }

    #[test]
    fn a_disruption_nobody_feels_is_recovered_at_once_and_one_that_lasts_never() {
        let calm: Vec<Sample> = (0..40).map(|k| sample(10 * k, 10 * k, 2, 0)).collect();
        assert_eq!(storms(&calm, &[occurrence(15)])[0].recovery_seconds, Some(0.0));
        assert_eq!(storms(&calm[..20], &[occurrence(15)])[0].recovery_seconds, None, "too short");
        let lasting = [sample(10, 10, 0, 0), sample(20, 20, 30, 0), sample(30, 30, 30, 0)];
        assert_eq!(storms(&lasting, &[occurrence(15)])[0].recovery_seconds, None);
    }

    /// A slow line: clients give up long after it has become slow.
    #[test]
    fn where_something_is_only_slow_the_backlog_may_come_late() {
        let late: Vec<Sample> = (0..200)
            .map(|k| sample(10 * k, 10 * k, 0, if (50..90).contains(&k) { 30 } else { 0 }))
            .collect();
        let mut slow = occurrence(15);
        slow.end = Some(at(600));
        assert_eq!(storms(&late, &[slow.clone()])[0].recovery_seconds, Some(0.0), "something else");
        slow.what = Failed::SlowLine(SiteId(0));
        assert_eq!(storms(&late, &[slow])[0].recovery_seconds, Some(885.0));
    }

    /// Two at once, and one in the midst of the storm of another: none ends the look at the others.
    #[test]
    fn disruptions_do_not_hide_one_another() {
        let samples = [
            sample(0, 0, 0, 0),
            sample(10, 10, 0, 0),
            sample(20, 30, 50, 0),
            sample(30, 130, 30, 0),
            sample(40, 150, 0, 0),
            sample(200, 160, 0, 0),
        ];
        let three = storms(&samples, &[occurrence(15), occurrence(15), occurrence(25)]);
        let recovery: Vec<_> = three.iter().map(|storm| storm.recovery_seconds).collect();
        assert_eq!(recovery, [Some(25.0), Some(25.0), Some(15.0)]);
        assert_eq!(three[2].usual_connects_per_second, 1.0);
    }

    /// The second of a chain is measured against the time before the first, not against the first.
    #[test]
    fn a_chain_of_disruptions_has_one_baseline() {
        let samples = [
            sample(0, 0, 0, 0),
            sample(10, 10, 0, 0),
            sample(20, 500, 60, 40),
            sample(30, 900, 55, 40),
            sample(40, 1_300, 50, 40),
            sample(50, 1_310, 0, 40),
        ];
        let two = storms(&samples, &[occurrence(15), occurrence(35)]);
        assert_eq!(
            (two[0].usual_connects_per_second, two[1].usual_connects_per_second),
            (1.0, 1.0)
        );
        assert_eq!(two[1].recovery_seconds, None, "40 requests still wait");
    }
}
