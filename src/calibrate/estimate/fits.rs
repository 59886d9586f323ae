//! Fitted distributions as values of scenarios and as evidence.

use crate::calibrate::fit::{
    self, Constant, Fit, Fitted, Gamma, RoundedSample, ScenarioValue, empirical_value,
    fitted_value, qq,
};
use crate::results::Latency;
use crate::results::calibration::{Candidate, DistributionFit};

/// The largest relative difference between the mean of a fitted distribution and that of the
/// observations. The load of a server depends on the mean, so a fit with another mean is not used.
/// This number is an assumption.
const MEAN_ERROR_MAX: f64 = 0.01;
/// Number of points of a Q-Q chart.
const POINTS: u32 = 40;

/// A distribution as a value of a scenario, with a remark on how it was chosen.
pub(super) struct Written {
    pub(super) value: ScenarioValue,
    pub(super) remark: String,
}

/// Fits times in seconds without waiting. The value has the family with the smallest AICc among
/// those that describe the times and their mean well; without such a family, it is empirical.
pub(super) fn fitted(
    sample: &RoundedSample,
    mean: f64,
) -> Result<(DistributionFit, Written), String> {
    let fits = fit::fit(sample);
    let sample_mean = sample.mean();
    let is_close = |fit: &&Fit| {
        fit.distance <= fits.distance_max
            && (fit.distribution.mean() / sample_mean - 1.0).abs() <= MEAN_ERROR_MAX
    };
    let chosen = fits.fits.iter().find(is_close);
    let (value, name, remark) = match chosen {
        Some(one) => {
            let family = one.distribution.family().name();
            let remark =
                format!("; {family} distribution, Kolmogorov-Smirnov distance {:.3}", one.distance);
            (fitted_value(&one.distribution.with_mean(mean)), family, remark)
        }
        None => {
            let remark = "; quantiles, because no family of distributions describes the times";
            (empirical_value(sample), "empirical", remark.to_owned())
        }
    };
    let quantiles = chosen.map_or_else(Vec::new, |one| {
        let points = qq::points(sample, &one.distribution, POINTS);
        points.iter().map(|point| [point.fitted, point.data]).collect()
    });
    let candidate = |one: &Fit| Candidate {
        family: one.distribution.family().name().to_owned(),
        aicc: one.aicc,
        distance: one.distance,
    };
    let fit = DistributionFit {
        path: String::new(),
        unit: "s".to_owned(),
        samples: sample.count().round() as u64,
        observed: observed(sample),
        chosen: name.to_owned(),
        candidates: fits.fits.iter().map(candidate).collect(),
        separation: String::new(),
        quantiles,
    };
    Ok((fit, Written { value, remark }))
}

fn observed(sample: &RoundedSample) -> Latency {
    let at = |probability: f64| sample.quantile(probability);
    Latency {
        count: sample.count().round() as u64,
        mean: sample.mean(),
        standard_deviation: sample.variance().sqrt(),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: at(1.0),
    }
}

/// Returns a constant time as TOML.
pub(super) fn constant(seconds: f64) -> String {
    fitted_value(&Fitted::Constant(Constant { value: seconds })).toml
}

/// Returns a gamma distribution, or a constant without variation.
pub(super) fn gamma(mean: f64, cv: f64) -> ScenarioValue {
    let shape = 1.0 / (cv * cv);
    match cv >= 1e-3 {
        true => fitted_value(&Fitted::Gamma(Gamma { shape, scale: mean / shape })),
        false => fitted_value(&Fitted::Constant(Constant { value: mean })),
    }
}
