//! Averages time series over replications. Long series are merged into a bounded number of rows,
//! and replications are added in order, so that the sums do not depend on the number of threads.

use serde::{Deserialize, Serialize};

use crate::results::{MeanTimeSeries, MeanValue, RunResult};

use crate::analysis::interval::t_quantile;

/// Maximum number of rows.
const ROWS_MAX: usize = 480;

/// Series of one replication, kept until all earlier replications have been added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Single {
    start_s: Vec<f64>,
    end_s: Vec<f64>,
    /// Series in the order of [`MeanTimeSeries::ALL`].
    series: [Vec<Option<f64>>; MeanTimeSeries::ALL.len()],
}

impl Single {
    /// Extracts the series of one replication.
    pub(crate) fn of(result: &RunResult) -> Self {
        let series = &result.series;
        let starts = &series.start_s;
        let group = starts.len().div_ceil(ROWS_MAX).max(1);
        let duration = result.scenario.duration_s;
        let busiest = |bin: usize| {
            let limited = result.limited_stations();
            limited.filter_map(|(_, column)| column.values.get(bin).copied()).reduce(f64::max)
        };
        let rows = |of: &dyn Fn(usize) -> Option<f64>| -> Vec<Option<f64>> {
            let firsts = (0..starts.len()).step_by(group);
            firsts.map(|first| mean((first..starts.len().min(first + group)).map(of))).collect()
        };
        Single {
            start_s: starts.iter().copied().step_by(group).collect(),
            end_s: starts
                .iter()
                .copied()
                .step_by(group)
                .skip(1)
                .chain((!starts.is_empty()).then_some(duration))
                .collect(),
            series: [
                rows(&|bin| series.completed_per_s.get(bin).copied()),
                rows(&|bin| series.latency_p95_s.get(bin).copied().flatten()),
                rows(&busiest),
            ],
        }
    }
}

/// Returns the mean of the values that are not `None`; `None` if there are none.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut count, mut sum) = (0.0, 0.0);
    for value in values.flatten() {
        count += 1.0;
        sum += value;
    }
    (count > 0.0).then(|| sum / count)
}

/// Adds one replication to the mean time series.
pub(crate) fn add(all: &mut MeanTimeSeries, single: Single) {
    if all.start_s.is_empty() {
        (all.start_s, all.end_s) = (single.start_s, single.end_s);
    }
    for (series, own) in MeanTimeSeries::ALL.iter().zip(single.series) {
        let all = (series.get_mut)(all);
        if all.len() < own.len() {
            all.resize(own.len(), MeanValue::default());
        }
        for (spread, value) in all.iter_mut().zip(own) {
            value.into_iter().for_each(|value| spread.add(value));
        }
    }
}

/// Adds confidence intervals at `level` (Law, Simulation Modeling and Analysis, 5th ed., 9.4.1);
/// returns `None` with fewer than two replications.
pub(crate) fn with_intervals(all: &MeanTimeSeries, level: f64) -> Option<MeanTimeSeries> {
    let mut all = all.clone();
    let maximum = all.completed_per_s.iter().map(|spread| spread.count).max()?;
    for series in &MeanTimeSeries::ALL {
        for spread in (series.get_mut)(&mut all) {
            let freedom = spread.count.saturating_sub(1) as f64;
            let error = (spread.squares / freedom / spread.count as f64).sqrt();
            let reach = if spread.count > 1 { t_quantile(level, freedom) } else { None };
            spread.half_width = reach.map(|reach| reach * error);
        }
    }
    (maximum > 1).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::interval::interval;
    use crate::results::{Column, StationResult};

    /// Returns a replication whose time series have `bins` bins.
    fn replication(bins: usize, value: impl Fn(usize) -> f64) -> RunResult {
        let mut result = RunResult::default();
        result.scenario.duration_s = 60.0 * bins as f64;
        result.series.start_s = (0..bins).map(|bin| 60.0 * bin as f64).collect();
        result.series.completed_per_s = (0..bins).map(&value).collect();
        result.series.latency_p95_s = (0..bins).map(|bin| (bin != 1).then(|| value(bin))).collect();
        result
    }

    fn means(replications: &[RunResult]) -> MeanTimeSeries {
        let mut means = MeanTimeSeries::default();
        replications.iter().for_each(|one| add(&mut means, Single::of(one)));
        means
    }

    #[test]
    fn means_and_intervals_match_the_replications() {
        let values = [3.0, 4.5, 4.0, 7.25];
        let runs: Vec<RunResult> = values.map(|value| replication(3, |_| value)).into();
        let found = with_intervals(&means(&runs), 0.9).expect("several");
        let expected = interval(&values, 0.9).expect("several");
        let first = found.completed_per_s[0];
        assert!((first.mean - expected.mean).abs() < 1e-12);
        assert!((first.half_width.expect("one") - expected.half_width).abs() < 1e-12);
        assert_eq!(found.end_s, [60.0, 120.0, 180.0]);
        // An interval without values keeps its row, with a count of zero.
        assert_eq!((found.latency_p95_s[1].count, found.latency_p95_s[1].half_width), (0, None));
        assert!(
            with_intervals(&means(&runs[..1]), 0.9).is_none(),
            "one replication has no interval"
        );
        assert!(with_intervals(&MeanTimeSeries::default(), 0.9).is_none());
    }

    #[test]
    fn merges_many_intervals_into_few_rows_with_the_same_mean() {
        let one = replication(50_000, |bin| (bin % 7) as f64);
        let found = means(&[one.clone(), one.clone()]);
        let rows = found.start_s.len();
        assert!(rows <= ROWS_MAX && rows > ROWS_MAX / 2);
        assert_eq!(found.end_s.len(), rows);
        assert_eq!(found.end_s.last(), Some(&3_000_000.0));
        // The last row is shorter; all others contain 105 intervals.
        let sum: f64 = found.completed_per_s[..rows - 1].iter().map(|row| row.mean).sum();
        let bins: f64 = one.series.completed_per_s[..105 * (rows - 1)].iter().sum();
        assert!((sum * 105.0 - bins).abs() < 1e-6 * bins);
    }

    #[test]
    fn uses_the_busiest_station_with_a_limited_number_of_servers() {
        let mut one = replication(1, |_| 1.0);
        for (servers, busy) in [(Some(2), 0.3), (Some(1), 0.7), (None, 5.0)] {
            one.stations.push(StationResult { servers, ..StationResult::default() });
            one.series.utilisation.push(Column { name: String::new(), values: vec![busy] });
        }
        assert_eq!(means(&[one]).utilisation[0].mean, 0.7);
    }
}
