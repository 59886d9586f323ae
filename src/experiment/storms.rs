//! Reconnection storms: what each disruption did to the clients' connections.

use crate::base::SimTime;
use crate::model::disruption::{Occurrence, Sample};

/// What samples say about one occurrence of a disruption.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Storm {
    pub peak_connects_per_second: f64,
    pub usual_connects_per_second: f64,
    pub recovery_seconds: Option<f64>,
    pub failed_attempts: u64,
}

/// How long before a disruption "usual" is measured.
const USUAL_SECONDS: f64 = 600.0;

/// The backlog is gone when no more clients are disconnected, and no more requests wait for a
/// retry, than before the disruption and this share of the clients on the internet.
const BACKLOG: f64 = 0.01;

/// A backlog that comes later than this after the start has another reason.
const NOTICED_SECONDS: f64 = 300.0;

/// It is gone when it does not come back within this time.
const SETTLED_SECONDS: f64 = 120.0;

/// The storm after one occurrence. It ends with recovery, with the `next` occurrence, or with the
/// simulation.
pub(super) fn storm(samples: &[Sample], occurrence: &Occurrence, next: Option<SimTime>) -> Storm {
    let first = samples.partition_point(|sample| sample.at < occurrence.start).saturating_sub(1);
    let until = next.unwrap_or(SimTime::NEVER);
    let end = samples.partition_point(|sample| sample.at <= until);
    let (Some(before), Some(during)) = (samples.get(..=first), samples.get(first..end)) else {
        return Storm::default();
    };
    let Some(reference) = during.first() else { return Storm::default() };
    let usual_from = occurrence.start.as_seconds() - USUAL_SECONDS;
    let usual = before.iter().find(|sample| sample.at.as_seconds() >= usual_from);
    let recovered = recovery(during, reference);
    let shown =
        &during[..=recovered.map_or(during.len() - 1, |at| at.max(1).min(during.len() - 1))];
    let rates = shown.windows(2).map(|pair| rate(&pair[0], &pair[1]));
    Storm {
        peak_connects_per_second: rates.fold(0.0, f64::max),
        usual_connects_per_second: usual.map_or(0.0, |usual| rate(usual, reference)),
        recovery_seconds: recovered.map(|at| {
            let passed = during[at].at.as_seconds() - occurrence.start.as_seconds();
            if at == 0 { 0.0 } else { passed }
        }),
        failed_attempts: shown.last().map_or(0, |last| last.failed_attempts)
            - reference.failed_attempts,
    }
}

/// Which sample shows the backlog gone: 0 if there never was one, `None` if it stays.
fn recovery(during: &[Sample], reference: &Sample) -> Option<usize> {
    let within = |from: &Sample, to: &Sample, seconds: f64| {
        to.at.as_seconds() - from.at.as_seconds() <= seconds
    };
    let is_calm = |sample: &Sample| !is_behind(sample, reference);
    let felt = during
        .iter()
        .take_while(|sample| within(reference, sample, NOTICED_SECONDS))
        .position(|sample| !is_calm(sample));
    let Some(felt) = felt else { return Some(0) };
    (felt + 1..during.len()).find(|at| {
        let then = during[*at..].iter();
        then.take_while(|one| within(&during[*at], one, SETTLED_SECONDS)).all(is_calm)
    })
}

/// Is there more of a backlog than before?
fn is_behind(now: &Sample, before: &Sample) -> bool {
    let allowed = BACKLOG * now.internet as f64;
    let is_more = |now: u64, before: u64| now as f64 > before as f64 + allowed;
    is_more(now.disconnected, before.disconnected) || is_more(now.retrying, before.retrying)
}

fn rate(from: &Sample, to: &Sample) -> f64 {
    let seconds = to.at.as_seconds() - from.at.as_seconds();
    if seconds > 0.0 { (to.connects - from.connects) as f64 / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;
    use crate::base::ids::DisruptionId;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    fn sample(seconds: u64, connects: u64, disconnected: u64, retrying: u64) -> Sample {
        let failed_attempts = connects / 10;
        Sample { at: at(seconds), connects, failed_attempts, internet: 100, disconnected, retrying }
    }

    fn occurrence() -> Occurrence {
        Occurrence {
            disruption: DisruptionId(0),
            what: String::new(),
            start: at(15),
            end: Some(at(300)),
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
        let storm = storm(&samples, &occurrence(), None);
        assert_eq!(storm.recovery_seconds, Some(35.0));
        assert_eq!(storm.peak_connects_per_second, 10.0);
        assert_eq!(storm.usual_connects_per_second, 1.0);
        assert_eq!(storm.failed_attempts, 14);
    }

    #[test]
    fn a_disruption_nobody_feels_is_recovered_at_once_and_one_that_lasts_never() {
        let calm = [sample(0, 0, 2, 0), sample(10, 10, 2, 0), sample(20, 20, 3, 0)];
        assert_eq!(storm(&calm, &occurrence(), None).recovery_seconds, Some(0.0));
        let lasting = [sample(10, 10, 0, 0), sample(20, 20, 30, 0), sample(30, 30, 30, 0)];
        assert_eq!(storm(&lasting, &occurrence(), None).recovery_seconds, None);
        let next = storm(&lasting, &occurrence(), Some(at(25)));
        assert_eq!((next.recovery_seconds, next.failed_attempts), (None, 1));
    }
}
