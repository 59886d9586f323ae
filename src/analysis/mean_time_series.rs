//! Series over replications: thinned, so that their number is bounded, and added in order of
//! replication, so that the sums do not depend on threads.

use crate::results::{MeanTimeSeries, MeanValue, RunResult};

use crate::analysis::interval::t_quantile;

/// Most rows.
const ROWS_MAX: usize = 480;

/// What is kept of one replication until all before it are there.
#[derive(Clone, Debug)]
pub(crate) struct Single {
    start_s: Vec<f64>,
    end_s: Vec<f64>,
    /// In the order of the list.
    series: [Vec<Option<f64>>; MeanTimeSeries::ALL.len()],
}

impl Single {
    /// Of one replication.
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

/// Of those there are.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut count, mut sum) = (0.0, 0.0);
    for value in values.flatten() {
        count += 1.0;
        sum += value;
    }
    (count > 0.0).then(|| sum / count)
}

/// Adds a replication.
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

/// The means with intervals at a level (Law, Simulation Modeling and Analysis, 5th ed., 9.4.1);
/// `None` of fewer than two replications.
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

    /// A replication of so many bins.
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
        // What no replication has is there without a value.
        assert_eq!((found.latency_p95_s[1].count, found.latency_p95_s[1].half_width), (0, None));
        assert!(with_intervals(&means(&runs[..1]), 0.9).is_none(), "one has no interval");
        assert!(with_intervals(&MeanTimeSeries::default(), 0.9).is_none());
    }

    #[test]
    fn many_bins_are_merged_into_few_rows_with_the_same_mean() {
        let one = replication(50_000, |bin| (bin % 7) as f64);
        let found = means(&[one.clone(), one.clone()]);
        let rows = found.start_s.len();
        assert!(rows <= ROWS_MAX && rows > ROWS_MAX / 2);
        assert_eq!(found.end_s.len(), rows);
        assert_eq!(found.end_s.last(), Some(&3_000_000.0));
        // The last row is shorter; all others hold 105 bins.
        let sum: f64 = found.completed_per_s[..rows - 1].iter().map(|row| row.mean).sum();
        let bins: f64 = one.series.completed_per_s[..105 * (rows - 1)].iter().sum();
        assert!((sum * 105.0 - bins).abs() < 1e-6 * bins);
    }

    #[test]
    fn the_busiest_limited_station_is_used() {
        let mut one = replication(1, |_| 1.0);
        for (servers, busy) in [(Some(2), 0.3), (Some(1), 0.7), (None, 5.0)] {
            one.stations.push(StationResult { servers, ..StationResult::default() });
            one.series.utilisation.push(Column { name: String::new(), values: vec![busy] });
        }
        assert_eq!(means(&[one]).utilisation[0].mean, 0.7);
    }
}
