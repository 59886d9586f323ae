//! Finds the end of a warm-up with MSER-5.

use rayon::prelude::*;

use crate::experiment::replicate::{RunError, Watch};
use crate::experiment::sample::{CombinedProgress, Study};
use crate::results::{Column, RunResult};
use crate::scenario::Scenario;

use super::simulate::DEFAULT_REPLICATIONS;
use super::{Error, info};

/// Time series from which the end of the warm-up is determined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Series {
    /// Total number of requests at all stations.
    #[default]
    Present,
    /// Number of open notification channels.
    Channels,
    /// Completed requests per second.
    Completed,
}

impl Series {
    /// Returns the values of the series by bin.
    fn of(self, result: &RunResult) -> Vec<f64> {
        match self {
            Series::Present => {
                let sum = |bin: usize| {
                    let at = |column: &Column| column.values.get(bin).copied().unwrap_or(0.0);
                    result.series.present.iter().map(at).sum()
                };
                (0..result.series.start_s.len()).map(sum).collect()
            }
            Series::Channels => result.series.channels.clone(),
            Series::Completed => result.series.completed_per_s.clone(),
        }
    }

    /// Returns the description of the series.
    pub fn label(self) -> &'static str {
        match self {
            Series::Present => "requests at all stations",
            Series::Channels => "open notification channels",
            Series::Completed => "completed requests/s",
        }
    }
}

/// Warm-up of a scenario.
#[derive(Clone, Debug)]
pub struct WarmUp {
    /// Mean of the series over all replications, by bin.
    pub series: Vec<f64>,
    /// Length of a bin in seconds.
    pub bin_seconds: f64,
    /// Truncation of the series.
    pub truncation: Truncation,
}

impl WarmUp {
    /// Returns the length of the warm-up in seconds.
    pub fn seconds(&self) -> f64 {
        self.truncation.values as f64 * self.bin_seconds
    }
}

/// Options of the search for a warm-up.
#[derive(Clone, Debug)]
pub struct WarmUpOptions {
    /// Time series that has to reach a steady state.
    pub series: Series,
    /// Number of replications to average, at least 1; by default 10.
    pub replications: u32,
}

impl Default for WarmUpOptions {
    fn default() -> Self {
        WarmUpOptions { series: Series::default(), replications: DEFAULT_REPLICATIONS }
    }
}

/// Override that removes the warm-up of a scenario, so that the search sees the whole run.
pub const WITHOUT: &str = "warm_up=\"0s\"";

/// Finds the end of a scenario's warm-up from the mean of a series over replications. It ignores
/// the warm-up that the scenario defines.
///
/// # Errors
/// Returns [`Error::Stopped`] if the watch stops the search, [`Error::Request`] if the scenario has
/// too few bins, and the errors of simulations.
pub fn warm_up(
    scenario: &Scenario,
    options: &WarmUpOptions,
    watch: &dyn Watch,
) -> Result<WarmUp, Error> {
    let without;
    let scenario = match scenario.config.warm_up.is_zero() {
        true => scenario,
        false => {
            without = scenario.with(WITHOUT)?;
            &without
        }
    };
    let info = info(scenario);
    let study = Study { config: &scenario.config, info: &info, follow: None };
    let Some(series) = mean_series(&study, options, watch)? else {
        return Err(Error::Stopped("the search for the warm-up is not complete".to_owned()));
    };
    let bin_seconds = scenario.config.interval.as_seconds();
    match mser5(&series) {
        Some(truncation) => Ok(WarmUp { series, bin_seconds, truncation }),
        None => Err(Error::Request(format!(
            "{} bins are too few to find a warm-up: set a shorter `interval`, so that there \
             are at least 50",
            series.len()
        ))),
    }
}

/// Result of MSER-5 for a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// Number of values to remove from the start of the series, a multiple of five.
    pub values: usize,
    /// Mean of the remaining batches.
    pub mean_after: f64,
    /// Mean of all batches.
    pub mean_all: f64,
    /// Whether the minimum of the criterion is within the first half of the series. If false, the
    /// series has no steady state.
    pub is_settled: bool,
}

const BATCH: usize = 5;

/// Computes MSER-5 (White, Cobb, Spratt, "A Comparison of Five Steady-State Truncation Heuristics
/// for Simulation", WSC 2000). It takes the means z of m batches of five values and removes the
/// first d batches, for the smallest d <= m/2 that minimises sum over j > d of
/// (z_j - mean)^2 / (m - d)^2. Returns `None` for fewer than ten batches or for values that are not
/// finite.
///
/// A minimum at the limit m/2 means that the series does not settle (Hoad, Robinson, "Implementing
/// MSER-5 in Commercial Simulation Software", WSC 2011).
fn mser5(series: &[f64]) -> Option<Truncation> {
    let batches: Vec<f64> =
        series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let count = batches.len();
    if count < 10 || !batches.iter().all(|mean| mean.is_finite()) {
        return None;
    }
    let mean_after =
        |left_out: usize| batches[left_out..].iter().sum::<f64>() / (count - left_out) as f64;
    let error = |left_out: usize| {
        let mean = mean_after(left_out);
        let squares: f64 = batches[left_out..].iter().map(|z| (z - mean) * (z - mean)).sum();
        squares / ((count - left_out) as f64).powi(2)
    };
    let limit = count / 2;
    let best = (0..=limit).min_by(|one, two| error(*one).total_cmp(&error(*two)))?;
    Some(Truncation {
        values: best * BATCH,
        mean_after: mean_after(best),
        mean_all: mean_after(0),
        is_settled: best < limit,
    })
}

/// Returns the mean of a series over `count` replications by bin, without an incomplete last bin;
/// `None` if the watch stops the replications.
fn mean_series(
    study: &Study<'_>,
    options: &WarmUpOptions,
    watch: &dyn Watch,
) -> Result<Option<Vec<f64>>, RunError> {
    let combined = CombinedProgress::new(watch, options.replications as usize);
    let found: Option<Vec<Vec<f64>>> = (0..options.replications)
        .into_par_iter()
        .map(|number| {
            let result = combined.simulate(study, number)?;
            Ok(result.map(|result| options.series.of(&result)))
        })
        .collect::<Result<_, RunError>>()?;
    let Some(all) = found.filter(|all| !all.is_empty()) else { return Ok(None) };
    let bins = (study.info.duration_s / study.config.interval.as_seconds()) as usize;
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0).min(bins);
    let mean = |bin: usize| all.iter().map(|series| series[bin]).sum::<f64>() / all.len() as f64;
    Ok(Some((0..shortest).map(mean).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the procedure `mser5-decay` of tests/theory-cases.json.
    #[test]
    fn a_decaying_series_is_cut_at_the_known_point() {
        let value = |i: u32| 50.0 / (1.0 + f64::from(i)) + (f64::from(37 * i % 11) - 5.0) / 10.0;
        let series: Vec<f64> = (0..500).map(value).collect();
        let found = mser5(&series).expect("a hundred batches");
        assert_eq!((found.values, found.is_settled), (185, true));
        assert!((found.mean_after - 0.155_325_662_2).abs() < 1e-10, "{found:?}");
        assert!((found.mean_all - 0.677_882_343).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_growing_series_never_settles() {
        let series: Vec<f64> = (0..500).map(f64::from).collect();
        assert!(!mser5(&series).expect("a hundred batches").is_settled);
        assert_eq!(mser5(&[1.0; 49]), None);
        assert_eq!(mser5(&[1.0; 50]).map(|found| found.values), Some(0));
    }
}
