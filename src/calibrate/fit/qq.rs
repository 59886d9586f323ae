//! Points of a Q-Q chart: quantiles of the data against those of a fitted distribution.

use super::family::Fitted;
use super::sample::RoundedSample;

/// A point of a Q-Q chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QqPoint {
    /// The probability of both quantiles, from 0 to 1.
    pub probability: f64,
    /// The quantile of the sample.
    pub data: f64,
    /// The quantile of the fitted distribution.
    pub fitted: f64,
}

/// Probabilities in the tail that points at equal distances miss.
const TAIL: [f64; 5] = [0.99, 0.995, 0.999, 0.9995, 0.9999];

/// Returns points at the probabilities (i - 0.5) / m (Law, Simulation Modeling and Analysis, 5th
/// ed.), where m is `points` or the number of values if that is smaller. Points in the upper
/// tail are added if at least ten values exceed them.
pub fn points(sample: &RoundedSample, fitted: &Fitted, points: u32) -> Vec<QqPoint> {
    let count = f64::from(points).min(sample.count()).floor().max(1.0) as u32;
    let regular = (0..count).map(|i| (f64::from(i) + 0.5) / f64::from(count));
    let last = 1.0 - 0.5 / f64::from(count);
    let is_known = |p: &f64| *p > last && (1.0 - p) * sample.count() >= 10.0;
    regular
        .chain(TAIL.into_iter().filter(is_known))
        .map(|probability| QqPoint {
            probability,
            data: sample.quantile(probability),
            fitted: fitted.quantile(probability),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::fit::exponential::Exponential;

    #[test]
    fn points_pair_quantiles_of_equal_probability() {
        let sample = RoundedSample::from_values(&[1.0, 2.0, 3.0, 4.0], 1.0).expect("values");
        let fitted = Fitted::Exponential(Exponential { mean: 2.0 });
        let found = points(&sample, &fitted, 2);
        assert_eq!(found.len(), 2);
        // A quarter of the values is below 1.5; the quantile of the fit is -2 ln(0.75).
        assert_eq!((found[0].probability, found[0].data), (0.25, 1.5));
        assert!((found[0].fitted + 2.0 * 0.75_f64.ln()).abs() < 1e-9, "{found:?}");
        assert_eq!(points(&sample, &fitted, 50).len(), 4);
    }

    #[test]
    fn tail_points_need_ten_larger_values() {
        let values: Vec<f64> = (0..2000).map(f64::from).collect();
        let sample = RoundedSample::from_values(&values, 1.0).expect("values");
        let fitted = Fitted::Exponential(Exponential { mean: 1000.0 });
        let found = points(&sample, &fitted, 20);
        let last: Vec<f64> = found.iter().skip(20).map(|point| point.probability).collect();
        assert_eq!(last, [0.99, 0.995]);
    }
}
