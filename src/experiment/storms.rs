//! Reconnection storms: what each disruption did to the clients' connections.

use crate::base::SimTime;
use crate::model::disruption::{Occurrence, Sample};

/// What samples say about one occurrence of a disruption.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Storm {
    pub peak_connects_per_second: f64,
    pub usual_connects_per_second: f64,
    pub recovery_seconds: Option<f64>,
    pub failed_attempts: u64,
}

/// How long before a disruption "usual" is measured.
const USUAL_SECONDS: f64 = 600.0;

/// Recovered is a share of connected clients of at least this, relative to before.
const RECOVERED: f64 = 0.99;

/// The storm after one occurrence, which ends with recovery, with the `next` occurrence, or with
/// the simulation.
pub(super) fn storm(samples: &[Sample], occurrence: &Occurrence, next: Option<SimTime>) -> Storm {
    let first = samples.partition_point(|sample| sample.at < occurrence.start).saturating_sub(1);
    let before = &samples[..samples.len().min(first + 1)];
    let Some(reference) = before.last() else {
        return Storm {
            peak_connects_per_second: 0.0,
            usual_connects_per_second: 0.0,
            recovery_seconds: None,
            failed_attempts: 0,
        };
    };
    let usual_from = occurrence.start.as_seconds() - USUAL_SECONDS;
    let usual = before.iter().find(|sample| sample.at.as_seconds() >= usual_from);
    let connected = |sample: &Sample| match sample.internet {
        0 => 1.0,
        internet => sample.channels as f64 / internet as f64,
    };
    let level = connected(reference) * RECOVERED;
    let mut storm = Storm {
        peak_connects_per_second: 0.0,
        usual_connects_per_second: usual.map_or(0.0, |usual| rate(usual, reference)),
        recovery_seconds: None,
        failed_attempts: 0,
    };
    let until = next.unwrap_or(SimTime::NEVER);
    for pair in samples[first..].windows(2) {
        let (last, now) = (&pair[0], &pair[1]);
        if now.at > until {
            break;
        }
        storm.peak_connects_per_second = storm.peak_connects_per_second.max(rate(last, now));
        storm.failed_attempts = now.failed_attempts - reference.failed_attempts;
        let is_over = occurrence.end.is_some_and(|end| now.at >= end);
        if is_over && connected(now) >= level {
            let recovered = now.at.as_seconds() - occurrence.start.as_seconds();
            storm.recovery_seconds = Some(recovered);
            break;
        }
    }
    storm
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

    fn sample(seconds: u64, connects: u64, channels: u64) -> Sample {
        let at = SimTime::ZERO + SimDuration::from_seconds(seconds);
        Sample { at, connects, failed_attempts: connects / 10, internet: 100, channels }
    }

    #[test]
    fn recovery_is_when_clients_are_connected_again_after_the_repair() {
        let samples = [
            sample(0, 0, 100),
            sample(10, 10, 100),
            sample(20, 30, 50),
            sample(30, 130, 80),
            sample(40, 150, 99),
            sample(50, 151, 100),
        ];
        let occurrence = Occurrence {
            disruption: DisruptionId(0),
            what: String::new(),
            start: SimTime::ZERO + SimDuration::from_seconds(15),
            end: Some(SimTime::ZERO + SimDuration::from_seconds(25)),
            connections_lost: 50,
        };
        let storm = storm(&samples, &occurrence, None);
        assert_eq!(storm.recovery_seconds, Some(25.0));
        assert_eq!(storm.peak_connects_per_second, 10.0);
        assert_eq!(storm.usual_connects_per_second, 1.0);
        assert_eq!(storm.failed_attempts, 14);
    }
}
