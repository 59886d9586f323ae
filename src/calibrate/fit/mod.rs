//! Distributions of measured values: fitting, goodness of fit, intervals, and the separation of
//! waiting from service.
//!
//! [`fit`] estimates six families by maximum likelihood from rounded values ([`RoundedSample`]) and
//! chooses one by AIC. `ks.rs` and `qq.rs` compare a fit with the data, `interval.rs` computes
//! intervals that hold for autocorrelated data, `queueing.rs` estimates service times from times
//! that include waiting, and `scenario_value.rs` writes distributions as scenario values. This
//! module does not know logs or the command line. Values have the unit of the caller; times are in
//! seconds.

mod constant;
mod exponential;
mod family;
mod gamma;
mod hyperexponential;
pub mod interval;
pub mod ks;
mod likelihood;
mod lognormal;
mod optimise;
pub mod qq;
pub mod queueing;
mod sample;
mod scenario_value;
#[cfg(test)]
mod tests;
mod weibull;

pub use constant::Constant;
pub use exponential::Exponential;
pub use family::{Family, Fitted, LeftOut, Parameter};
pub use gamma::Gamma;
pub use hyperexponential::Hyperexponential;
pub use lognormal::Lognormal;
pub use optimise::NoMinimum;
pub use sample::{RoundedSample, Rounding, SampleError};
pub use scenario_value::{ScenarioValue, empirical_csv, empirical_value, fitted_value};
pub use weibull::Weibull;

use family::MaximumLikelihood;

/// The smallest sample to which families are fitted. This number is an assumption.
pub const COUNT_MIN: u32 = 10;

/// The Kolmogorov-Smirnov distance above which a fit is bad: five percentage points. It is a bound
/// on the error and not a test, because a test rejects every family if the sample is large. This
/// number is an assumption.
pub const DISTANCE_MAX: f64 = 0.05;

/// A fitted family with its goodness of fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The distribution.
    pub distribution: Fitted,
    /// Its parameters with standard errors.
    pub parameters: Vec<Parameter>,
    /// The natural logarithm of the likelihood of the rounded values.
    pub ln_likelihood: f64,
    /// Akaike's information criterion with the correction for small samples; smaller is better.
    pub aicc: f64,
    /// The Kolmogorov-Smirnov distance, from 0 to 1.
    pub distance: f64,
    /// The Anderson-Darling statistic.
    pub anderson_darling: f64,
}

/// The results for all families.
#[derive(Clone, Debug, PartialEq)]
pub struct Fits {
    /// Fitted families in ascending order of AICc.
    pub fits: Vec<Fit>,
    /// Families without a fit, with the reasons.
    pub left_out: Vec<(Family, LeftOut)>,
    /// The largest Kolmogorov-Smirnov distance of a good fit for this sample.
    pub distance_max: f64,
}

impl Fits {
    /// Returns the fit with the smallest AICc among those whose distance is at most `distance_max`.
    /// `None` means that no family describes the sample; use the empirical distribution.
    pub fn chosen(&self) -> Option<&Fit> {
        self.fits.iter().find(|fit| fit.distance <= self.distance_max)
    }
}

/// Fits all families to a sample by maximum likelihood. A family that cannot be fitted is left out
/// with its reason.
pub fn fit(sample: &RoundedSample) -> Fits {
    let (mut fits, mut left_out) = (Vec::new(), Vec::new());
    for family in Family::ALL {
        match fit_family(sample, family) {
            Ok(fit) => fits.push(fit),
            Err(reason) => left_out.push((family, reason)),
        }
    }
    fits.sort_by(|one, two| one.aicc.total_cmp(&two.aicc));
    Fits { fits, left_out, distance_max: distance_max(sample) }
}

/// Fits one family to a sample by maximum likelihood.
///
/// # Errors
/// The sample has fewer than [`COUNT_MIN`] values or does not determine the parameters, or the
/// search found no maximum of the likelihood.
pub fn fit_family(sample: &RoundedSample, family: Family) -> Result<Fit, LeftOut> {
    let count = sample.count();
    if count < f64::from(COUNT_MIN) {
        return Err(LeftOut::FewValues { count, needed: COUNT_MIN });
    }
    if sample.cells().len() < 2 && family != Family::Constant {
        return Err(LeftOut::ValuesEqual);
    }
    let MaximumLikelihood { distribution, parameters, ln_likelihood } = match family {
        Family::Constant => constant::fit(sample),
        Family::Exponential => exponential::fit(sample),
        Family::Lognormal => lognormal::fit(sample),
        Family::Gamma => gamma::fit(sample),
        Family::Weibull => weibull::fit(sample),
        Family::Hyperexponential => hyperexponential::fit(sample),
    }?;
    Ok(Fit {
        aicc: aicc(ln_likelihood, family.parameters(), count),
        distance: ks::distance(sample, &distribution),
        anderson_darling: ks::anderson_darling(sample, &distribution),
        distribution,
        parameters,
        ln_likelihood,
    })
}

/// Computes Akaike's information criterion with the correction for small samples (Hurvich, Tsai,
/// "Regression and Time Series Model Selection in Small Samples", Biometrika 76, 1989). The
/// correction was derived for normal regression; its use for other families follows Burnham,
/// Anderson, Model Selection and Multimodel Inference, 2nd ed.
fn aicc(ln_likelihood: f64, parameters: u32, count: f64) -> f64 {
    let k = f64::from(parameters);
    2.0 * k - 2.0 * ln_likelihood + 2.0 * k * (k + 1.0) / (count - k - 1.0)
}

/// Returns the largest distance of a good fit: [`DISTANCE_MAX`], or for small samples the distance
/// that the true distribution exceeds with a probability of 5 %: the quantile of the limiting
/// distribution of Kolmogorov, 2 exp(-2 * 1.358^2) = 0.05, with the correction for small samples of
/// Stephens (1970; Numerical Recipes, 3rd ed., equation 14.3.9).
fn distance_max(sample: &RoundedSample) -> f64 {
    let root = sample.count().sqrt();
    DISTANCE_MAX.max(1.358 / (root + 0.12 + 0.11 / root))
}
