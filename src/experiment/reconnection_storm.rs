//! Extracts a detailed time series of the reconnection storm after the disruption that closed the
//! most connections.

use crate::model::disruption::Sample;
use crate::results::{DisruptionResult, ReconnectionStorm, worst_disruption};

/// Length of the time series before the start of the disruption, in seconds.
const BEFORE_SECONDS: f64 = 300.0;
/// Length of the time series after recovery, in seconds.
const AFTER_RECOVERY_SECONDS: f64 = 120.0;
/// Minimum length of the time series after the start of the disruption, in seconds.
const AFTER_SECONDS: f64 = 600.0;
/// Length of the time series after the start of the disruption if the system does not recover, in
/// seconds.
const WITHOUT_RECOVERY_SECONDS: f64 = 1_800.0;
/// Maximum number of steps. If the samples have more intervals, each step shows the maximum of
/// several intervals.
const STEPS_MAX: usize = 480;

/// Returns the samples around the worst disruption, or `None` without disruptions or samples.
///
/// `from` is the start of the measured period, in seconds from the start of the simulation.
pub(super) fn reconnection_storm(
    samples: &[Sample],
    disruptions: &[DisruptionResult],
    from: f64,
) -> Option<ReconnectionStorm> {
    let worst = &disruptions[worst_disruption(disruptions)?];
    let lasts = worst
        .recovery_s
        .map_or(WITHOUT_RECOVERY_SECONDS, |seconds| seconds + AFTER_RECOVERY_SECONDS);
    let first = worst.start_s - BEFORE_SECONDS;
    let last = worst.start_s + lasts.max(AFTER_SECONDS);
    let at = |sample: &Sample| sample.at.as_seconds() - from;
    let begin = samples.partition_point(|sample| at(sample) < first);
    let end = samples.partition_point(|sample| at(sample) <= last);
    let window = samples.get(begin..end).filter(|window| window.len() > 1)?;
    let steps: Vec<&[Sample]> = window.windows(2).collect();
    let group = steps.len().div_ceil(STEPS_MAX);
    let highest = |of: &dyn Fn(&[Sample]) -> f64| -> Vec<f64> {
        let groups = steps.chunks(group);
        groups.map(|steps| steps.iter().map(|step| of(step)).fold(0.0, f64::max)).collect()
    };
    let rate = |count: fn(&Sample) -> u64| {
        highest(&|step: &[Sample]| {
            let seconds = at(&step[1]) - at(&step[0]);
            if seconds > 0.0 { (count(&step[1]) - count(&step[0])) as f64 / seconds } else { 0.0 }
        })
    };
    let level = |count: fn(&Sample) -> u64| highest(&|step: &[Sample]| count(&step[1]) as f64);
    let (starts, ends) = (steps.iter().step_by(group), steps.chunks(group));
    Some(ReconnectionStorm {
        start_s: starts.map(|step| at(&step[0])).collect(),
        end_s: ends.map(|steps| steps.last().map_or(0.0, |step| at(&step[1]))).collect(),
        connect_attempts_per_s: rate(|sample| sample.connect_attempts),
        connects_per_s: rate(|sample| sample.connects),
        failed_attempts_with_channels_per_s: rate(|sample| sample.failed_attempts),
        gateway_clients: level(|sample| sample.on_gateway),
        without_channel: level(|sample| sample.disconnected),
        retrying: level(|sample| sample.retrying),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{SimDuration, SimTime};

    /// Returns `count` samples at intervals of ten seconds. The step that starts at 5,000 s has 70
    /// new connections; all other steps have one.
    fn samples(count: u64) -> Vec<Sample> {
        (0..count)
            .map(|k| Sample {
                at: SimTime::ZERO + SimDuration::from_seconds(10 * k),
                connect_attempts: 2 * k,
                connects: if k > 500 { k + 69 } else { k },
                failed_attempts: 0,
                on_gateway: 100,
                disconnected: if k == 502 { 40 } else { 0 },
                retrying: 0,
            })
            .collect()
    }

    fn disruption(start_s: f64, recovery_s: Option<f64>) -> DisruptionResult {
        DisruptionResult { start_s, recovery_s, ..DisruptionResult::default() }
    }

    #[test]
    fn the_window_surrounds_the_worst_disruption_and_keeps_the_peak() {
        let mut two = [disruption(3_000.0, None), disruption(1_400.0, Some(900.0))];
        two[1].connections_lost = 7;
        // The measured period begins at 3,600 s.
        let found = reconnection_storm(&samples(2_000), &two, 3_600.0).expect("a storm");
        assert_eq!(found.start_s.first(), Some(&1_100.0));
        assert_eq!(found.end_s.last(), Some(&(1_400.0 + 900.0 + 120.0)));
        let at = found.start_s.iter().position(|start| *start == 1_400.0).expect("a step");
        assert_eq!(found.connects_per_s[at..at + 2], [7.0, 0.1]);
        assert_eq!(found.connect_attempts_per_s[at], 0.2);
        assert_eq!(found.without_channel.iter().copied().fold(0.0, f64::max), 40.0);
    }

    #[test]
    fn a_long_reconnection_storm_has_fewer_steps_and_keeps_its_peaks() {
        let long = disruption(100.0, Some(50_000.0));
        let found = reconnection_storm(&samples(9_000), &[long], 0.0).expect("a storm");
        let steps = found.start_s.len();
        assert!(steps <= STEPS_MAX && steps > STEPS_MAX / 2, "{steps}");
        assert!(found.connects_per_s.contains(&7.0));
        assert!(found.without_channel.contains(&40.0));
        assert_eq!(found.end_s.last(), Some(&50_220.0));
        assert_eq!(found.start_s[1], found.end_s[0]);
    }

    #[test]
    fn no_time_series_without_disruptions_or_samples() {
        assert!(reconnection_storm(&samples(100), &[], 0.0).is_none());
        assert!(reconnection_storm(&[], &[disruption(0.0, None)], 0.0).is_none());
    }
}
