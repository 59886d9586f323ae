//! Where a warm-up ends: MSER-5.

use rayon::prelude::*;

use crate::results::RunResult;

use crate::experiment::replicate::{RunError, Watch};
use crate::experiment::sample::{Study, Together};

/// What MSER-5 found in a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// How many values of the series to leave out, a multiple of five.
    pub values: usize,
    /// Mean of the batches that remain.
    pub mean_after: f64,
    /// Mean of all batches.
    pub mean_all: f64,
    /// Whether the least error lies within the first half of the series. If not, no steady state
    /// was found.
    pub is_settled: bool,
}

const BATCH: usize = 5;

/// MSER-5 (White, Cobb, Spratt, "A Comparison of Five Steady-State Truncation Heuristics for
/// Simulation", WSC 2000): means z of batches of five; leave out d of m batches, where
/// sum over j > d of (z_j - mean)^2 / (m - d)^2 is least, d <= m/2, the smallest such d. `None` of
/// fewer than ten batches, and of values that are not finite.
///
/// The least error at the limit m/2 means that the series does not settle (Hoad, Robinson,
/// "Implementing MSER-5 in Commercial Simulation Software", WSC 2011).
pub fn mser5(series: &[f64]) -> Option<Truncation> {
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

/// The mean over `count` replications of a series, bin by bin; a shorter last bin is left out.
/// `None` if the watch stops them.
///
/// # Errors
/// The first error by number of replication.
pub fn mean_series(
    study: &Study<'_>,
    count: u32,
    series_of: fn(&RunResult) -> Vec<f64>,
    watch: &dyn Watch,
) -> Result<Option<Vec<f64>>, RunError> {
    let together = Together::new(watch, count as usize);
    let found: Option<Vec<Vec<f64>>> = (0..count)
        .into_par_iter()
        .map(|number| {
            let result = together.simulate(study, number)?;
            Ok(result.map(|result| series_of(&result)))
        })
        .collect::<Result<_, RunError>>()?;
    let Some(all) = found.filter(|all| !all.is_empty()) else { return Ok(None) };
    let bins = (study.info.duration_seconds / study.config.interval.as_seconds()) as usize;
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0).min(bins);
    let mean = |bin: usize| all.iter().map(|series| series[bin]).sum::<f64>() / all.len() as f64;
    Ok(Some((0..shortest).map(mean).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Procedure `mser5-decay` of tests/theory-cases.json.
    #[test]
    fn a_decaying_series_is_cut_where_the_known_answer_is() {
        let value = |i: u32| 50.0 / (1.0 + f64::from(i)) + (f64::from(37 * i % 11) - 5.0) / 10.0;
        let series: Vec<f64> = (0..500).map(value).collect();
        let found = mser5(&series).expect("a hundred batches");
        assert_eq!((found.values, found.is_settled), (185, true));
        assert!((found.mean_after - 0.155_325_662_2).abs() < 1e-10, "{found:?}");
        assert!((found.mean_all - 0.677_882_343).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn what_grows_without_end_never_settles() {
        let series: Vec<f64> = (0..500).map(f64::from).collect();
        assert!(!mser5(&series).expect("a hundred batches").is_settled);
        assert_eq!(mser5(&[1.0; 49]), None);
        assert_eq!(mser5(&[1.0; 50]).map(|found| found.values), Some(0));
    }
}
