//! Reconnection storms: the effect of each disruption on the clients' connections.

use crate::base::{SimDuration, SimTime};
use crate::model::backlog::{CHAIN, NOTICED};
use crate::model::disruption::{Occurrence, Sample};

/// Reconnection storm after one occurrence of a disruption. Rates are means between two samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct DisruptionImpact {
    /// Maximum rate of attempts to connect.
    pub connect_attempts_peak_per_s: f64,
    /// Maximum rate of new connections.
    pub connects_peak_per_s: f64,
    /// Rate of new connections before the disruption.
    pub baseline_connects_per_s: f64,
    pub recovery_s: Option<f64>,
    pub failed_attempts: u64,
}

/// Length of the baseline period before a disruption. A disruption that begins within this time
/// after another one belongs to the same chain and uses the chain's baseline.
const BASELINE: SimDuration = CHAIN;

/// Returns the reconnection storm after each occurrence, in order of start time. A reconnection
/// storm lasts until recovery or until the simulation ends, and includes the effects of disruptions
/// that start in the meantime.
pub(super) fn disruption_impacts(
    samples: &[Sample],
    occurrences: &[Occurrence],
    recoveries: &[Option<SimDuration>],
) -> Vec<DisruptionImpact> {
    let mut disruption_impacts: Vec<DisruptionImpact> = Vec::new();
    // Time of the recovery from the previous occurrence; `None` if there was no recovery.
    let mut over: Option<SimTime> = Some(SimTime::ZERO);
    for (occurrence, recovery) in occurrences.iter().zip(recoveries) {
        // A sample taken at the start already includes the effect of the disruption.
        let first = samples.partition_point(|sample| sample.at < occurrence.start);
        let (before, during) = (&samples[..first], &samples[first.saturating_sub(1)..]);
        let last = disruption_impacts
            .last()
            .filter(|_| over.is_none_or(|over| over + BASELINE > occurrence.start));
        let baseline =
            last.map_or_else(|| baseline_before(before), |one| one.baseline_connects_per_s);
        over = recovery.map(|passed| occurrence.start + passed);
        let until = occurrence.end.or(during.last().map(|last| last.at));
        let lasts = match until.filter(|_| occurrence.what.is_gradual()) {
            Some(end) => end.since(occurrence.start),
            None => SimDuration::ZERO,
        };
        // Without an impact, use the period in which an impact would have appeared.
        let shown = match *recovery {
            None => SimTime::NEVER,
            Some(SimDuration::ZERO) => occurrence.start + lasts + NOTICED,
            Some(passed) => occurrence.start + passed,
        };
        disruption_impacts.push(impact(during, shown, baseline, *recovery));
    }
    disruption_impacts
}

/// Returns the mean rate of new connections in the ten minutes that end with the last sample.
fn baseline_before(before: &[Sample]) -> f64 {
    let Some(last) = before.last() else { return 0.0 };
    let from = last.at.as_seconds() - BASELINE.as_seconds();
    let first = &before[before.partition_point(|sample| sample.at.as_seconds() < from)];
    rate(first, last, |sample| sample.connects)
}

/// Returns the reconnection storm in the samples, up to the first sample at or after `until`.
fn impact(
    during: &[Sample],
    until: SimTime,
    baseline: f64,
    recovery: Option<SimDuration>,
) -> DisruptionImpact {
    let Some(reference) = during.first() else { return DisruptionImpact::default() };
    let last = during.partition_point(|sample| sample.at < until).min(during.len() - 1);
    let shown = &during[..=last];
    let peak = |count: fn(&Sample) -> u64| {
        shown.windows(2).map(|pair| rate(&pair[0], &pair[1], count)).fold(0.0, f64::max)
    };
    DisruptionImpact {
        connect_attempts_peak_per_s: peak(|sample| sample.connect_attempts),
        connects_peak_per_s: peak(|sample| sample.connects),
        baseline_connects_per_s: baseline,
        recovery_s: recovery.map(SimDuration::as_seconds),
        failed_attempts: shown[last].failed_attempts - reference.failed_attempts,
    }
}

fn rate(from: &Sample, to: &Sample, count: fn(&Sample) -> u64) -> f64 {
    let seconds = to.at.as_seconds() - from.at.as_seconds();
    if seconds > 0.0 { (count(to) - count(from)) as f64 / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::DisruptionId;
    use crate::model::disruption::Failed;

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
            gateway_clients: 100,
        }
    }

    /// Returns the impacts of occurrences, given the start and the recovery time of
    /// each occurrence in seconds.
    fn impacts_of(samples: &[Sample], all: &[(u64, Option<u64>)]) -> Vec<DisruptionImpact> {
        let occurrences: Vec<Occurrence> = all.iter().map(|one| occurrence(one.0)).collect();
        let seconds = SimDuration::from_seconds;
        let recoveries: Vec<_> = all.iter().map(|one| one.1.map(seconds)).collect();
        disruption_impacts(samples, &occurrences, &recoveries)
    }

    #[test]
    fn the_impact_lasts_until_recovery() {
        let samples = [
            sample(0, 0, 0, 0),
            sample(10, 10, 0, 0),
            sample(20, 30, 50, 0),
            sample(30, 130, 20, 9),
            sample(40, 150, 1, 4),
            sample(50, 151, 1, 1),
            sample(60, 300, 0, 0),
        ];
        let impact = impacts_of(&samples, &[(15, Some(33))])[0];
        assert_eq!(impact.recovery_s, Some(33.0));
        assert_eq!(impact.connects_peak_per_s, 10.0);
        assert_eq!(impact.connect_attempts_peak_per_s, 20.0);
        assert_eq!(impact.baseline_connects_per_s, 1.0);
        assert_eq!(impact.failed_attempts, 14);
        // Without recovery, the impact lasts until the end of the run.
        let impact = impacts_of(&samples, &[(15, None)])[0];
        assert_eq!((impact.recovery_s, impact.connects_peak_per_s), (None, 14.9));
    }

    #[test]
    fn without_impact_the_metrics_cover_the_time_in_which_an_impact_may_begin() {
        let calm: Vec<Sample> = (0..60).map(|k| sample(10 * k, 10 * k, 2, 0)).collect();
        let impact = impacts_of(&calm, &[(15, Some(0))])[0];
        assert_eq!(impact.recovery_s, Some(0.0));
        // The metrics cover the time from 10 s to 320 s.
        assert_eq!(impact.failed_attempts, 31);
    }

    /// The baseline of the second disruption in a chain is the level before the first one.
    #[test]
    fn a_chain_of_disruptions_has_one_baseline() {
        let samples = [
            sample(0, 0, 0, 0),
            sample(10, 10, 0, 0),
            sample(20, 500, 60, 40),
            sample(30, 900, 55, 40),
            sample(40, 1_300, 50, 40),
            sample(50, 1_310, 0, 40),
            sample(900, 2_160, 0, 0),
        ];
        let baseline = |all: &[(u64, Option<u64>)]| -> Vec<f64> {
            impacts_of(&samples, all).iter().map(|one| one.baseline_connects_per_s).collect()
        };
        assert_eq!(baseline(&[(15, Some(30)), (35, None), (1_000, None)]), [1.0, 1.0, 1.0]);
        let long_after = baseline(&[(15, Some(30)), (1_000, None)]);
        assert!((long_after[1] - 0.0).abs() < 1e-12 || long_after[1] == 1.0, "{long_after:?}");
    }
}
