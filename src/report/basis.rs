//! Selects the replications behind a displayed metric: the mean of all replications with its
//! interval, or the only replication. Values that are displayed together never mix the two.

use super::Tone;
use super::format::value;
use crate::results::metric::metrics;
use crate::results::{Metric, RunResult, StationResult};
use crate::terms::MetricFamily;

/// Utilisation above which the waiting time grows fast (M/M/c).
pub(super) const BUSY: f64 = 0.8;
/// Minimum utilisation at which a component counts as full; the difference from 1 allows for
/// rounding.
const FULL: f64 = 1.0 - 1e-9;

/// Returns the tone of a utilisation, or of the used share of a limit.
pub(super) fn utilisation_tone(share: f64) -> Tone {
    match share {
        _ if share >= FULL => Tone::Bad,
        _ if share >= BUSY => Tone::Warning,
        _ => Tone::Plain,
    }
}

/// A metric value for display.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub metric: Metric,
    /// Mean over replications, or the value of the only replication; infinite if some replications
    /// never reached the event whose time the metric measures, for example the recovery.
    pub value: f64,
    /// Half-width of the confidence interval; `None` for a single replication.
    pub half_width: Option<f64>,
    /// Number of replications that never reached the event of the metric.
    pub not_reached: u64,
    /// Number of replications that have a value or never reached the event of the metric.
    pub count: u64,
}

/// Returns all metrics of a run.
pub(super) fn all(run: &RunResult) -> Vec<Shown> {
    let Some(replicated) = &run.replicated else {
        let only = |(metric, value): (Metric, f64)| Shown {
            metric,
            value,
            half_width: None,
            not_reached: u64::from(value == f64::INFINITY),
            count: 1,
        };
        return metrics(run).into_iter().map(only).collect();
    };
    let summaries = replicated.metrics.iter().map(|one| Shown {
        metric: one.metric.clone(),
        value: match one.not_reached {
            0 => one.mean.unwrap_or(f64::NAN),
            _ => f64::INFINITY,
        },
        half_width: one.half_width,
        not_reached: one.not_reached,
        count: one.count + one.not_reached,
    });
    summaries.collect()
}

/// Returns a metric of the whole run; `None` if results of an earlier version do not contain it.
pub(super) fn of(run: &RunResult, family: MetricFamily) -> Option<Shown> {
    all(run).into_iter().find(|one| one.metric == family.into())
}

impl Shown {
    /// Formats the value without its interval: `never in 2 of 10` if two of ten replications did
    /// not reach the event of the metric.
    pub(super) fn text(&self) -> String {
        match self.not_reached {
            0 => value(self.metric.unit(), self.value),
            some if some < self.count => format!("never in {some} of {}", self.count),
            _ => "never".to_owned(),
        }
    }

    /// Formats the half-width; `None` without an interval.
    pub(super) fn interval(&self) -> Option<String> {
        let half_width = self.half_width.filter(|_| self.not_reached == 0)?;
        Some(format!("± {}", value(self.metric.unit(), half_width)))
    }

    /// Formats value and half-width: `1.20 s ± 100 ms`.
    pub(super) fn with_interval(&self) -> String {
        match self.interval() {
            Some(interval) => format!("{} {interval}", self.text()),
            None => self.text(),
        }
    }
}

/// Returns the qualifier of a number that describes only the first replication; empty if there is
/// only one replication.
pub(super) fn of_first(run: &RunResult) -> &'static str {
    if run.replicated.is_some() { " in the first replication" } else { "" }
}

/// Returns the station that was busiest within a minute, among stations with a limited number of
/// servers.
pub(super) fn busiest(run: &RunResult) -> Option<&StationResult> {
    let limited = run.stations.iter().filter(|one| one.servers.is_some());
    limited.max_by(|one, other| one.utilisation_peak_share.total_cmp(&other.utilisation_peak_share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{MetricSummary, Replicated};

    fn run(mean: Option<f64>, half_width: Option<f64>, not_reached: u64) -> RunResult {
        let metric = MetricFamily::LatencyP95.into();
        let summary = MetricSummary {
            metric,
            count: 10 - not_reached,
            not_reached,
            mean,
            half_width,
            standard_deviation: None,
            min: None,
            p5: None,
            p50: None,
            p95: None,
            max: None,
        };
        let replicated = Replicated { count: 10, metrics: vec![summary], ..Replicated::default() };
        // The first replication differs from the mean.
        let mut run = RunResult { replicated: Some(replicated), ..RunResult::default() };
        run.latency.p95 = 0.625;
        run
    }

    #[test]
    fn utilisation_is_bad_only_at_100_per_cent() {
        let shares = [0.79, 0.8, 0.96, 1.0, 1.2];
        let tones = [Tone::Plain, Tone::Warning, Tone::Warning, Tone::Bad, Tone::Bad];
        assert_eq!(shares.map(utilisation_tone), tones);
    }

    #[test]
    fn several_replications_are_shown_by_their_mean_with_its_interval() {
        let shown =
            of(&run(Some(0.635), Some(0.02), 0), MetricFamily::LatencyP95).expect("a metric");
        assert_eq!(shown.with_interval(), "635 ms ± 20.0 ms");
    }

    #[test]
    fn metrics_not_reached_in_some_replications_have_no_mean() {
        let shown = of(&run(Some(0.635), None, 2), MetricFamily::LatencyP95).expect("a metric");
        assert_eq!(shown.with_interval(), "never in 2 of 10");
        assert_eq!(shown.value, f64::INFINITY);
    }

    #[test]
    fn a_single_replication_is_shown_without_an_interval() {
        let mut run = run(None, None, 0);
        run.replicated = None;
        let shown = of(&run, MetricFamily::LatencyP95).expect("a metric");
        assert_eq!((shown.with_interval().as_str(), shown.half_width), ("625 ms", None));
        assert_eq!(of_first(&run), "");
    }
}
