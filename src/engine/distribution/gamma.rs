//! Gamma variates whose parameters can be stored.

use rand::Rng;
use rand_distr::{Distribution, Gamma, GammaError};
use serde::{Deserialize, Serialize};

/// A gamma distribution in seconds. It is stored as its shape and scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "(f64, f64)", try_from = "(f64, f64)")]
pub(super) struct GammaDraws {
    shape: f64,
    scale: f64,
    draws: Gamma<f64>,
}

impl GammaDraws {
    /// Creates a gamma distribution with the given shape and scale.
    ///
    /// # Errors
    /// A parameter is not positive, or too close to zero or too large to draw from.
    pub(super) fn new(shape: f64, scale: f64) -> Result<Self, GammaError> {
        Ok(GammaDraws { shape, scale, draws: Gamma::new(shape, scale)? })
    }

    /// Returns one variate in seconds.
    pub(super) fn sample(&self, stream: &mut impl Rng) -> f64 {
        self.draws.sample(stream)
    }
}

impl From<GammaDraws> for (f64, f64) {
    fn from(draws: GammaDraws) -> Self {
        (draws.shape, draws.scale)
    }
}

impl TryFrom<(f64, f64)> for GammaDraws {
    type Error = GammaError;

    fn try_from((shape, scale): (f64, f64)) -> Result<Self, GammaError> {
        GammaDraws::new(shape, scale)
    }
}
