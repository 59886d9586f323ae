//! The degenerate distribution: all values are equal.

use super::family::{Fitted, LeftOut, MaximumLikelihood, Parameter};
use super::sample::RoundedSample;

/// A constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    /// The value.
    pub value: f64,
}

/// Fits a constant: possible only if all values have the same cell, whose probability is then one.
pub(super) fn fit(sample: &RoundedSample) -> Result<MaximumLikelihood, LeftOut> {
    let (low, high) = sample.range();
    if sample.cells().len() > 1 {
        return Err(LeftOut::ValuesDiffer { low, high });
    }
    let parameters = vec![Parameter { name: "value", value: low, standard_error: Some(0.0) }];
    let distribution = Fitted::Constant(Constant { value: low });
    Ok(MaximumLikelihood { distribution, parameters, ln_likelihood: 0.0 })
}
