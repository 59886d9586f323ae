//! As many replications as a precision takes.

use crate::results::{Precision, RunResult, Sample};

use super::interval::interval;
use super::replicate::{RunError, Watch};
use super::sample::Study;

/// How precise a figure is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Which figure.
    pub metric: String,
    /// The relative half-width, above 0 and below 1.
    pub precision: f64,
    /// Confidence of the interval, 0..1.
    pub confidence: f64,
    /// No more replications than this.
    pub most: u32,
}

/// Replications before an interval is looked at for the first time.
pub const FIRST_LOOK: u32 = 10;

/// The number of replications at which an interval is looked at next: 10, 15, 23, 34, ... Looking
/// after each replication would stop in lucky moments and lose coverage (Chow, Robbins, "On the
/// Asymptotic Theory of Fixed-Width Sequential Confidence Intervals for the Mean", 1965; Law, 5th
/// ed., 9.4.1).
pub fn next_look(count: u32) -> u32 {
    let mut look = f64::from(FIRST_LOOK);
    while look.ceil() as u32 <= count && look < f64::from(u32::MAX) {
        look *= 1.5;
    }
    look.ceil() as u32
}

impl Goal {
    /// Simulates until the half-width is within the precision, or `most` replications are done, or
    /// the watch stops. Stops when half-width / |mean| <= g / (1 + g), which bounds the error
    /// relative to the true mean by g (Law, 9.4.1).
    ///
    /// # Errors
    /// As [`Study::replicate`].
    pub fn reach(
        &self,
        study: &Study<'_>,
        sample: &mut Sample,
        first: &mut Option<RunResult>,
        watch: &dyn Watch,
    ) -> Result<Precision, RunError> {
        loop {
            let count = sample.replications.len() as u32;
            let reached = self.reached(sample);
            if count >= FIRST_LOOK.min(self.most) && (reached.is_reached || count >= self.most) {
                return Ok(reached);
            }
            let next = next_look(count).min(self.most);
            if !study.replicate(count..next, sample, first, watch)? {
                return Ok(self.reached(sample));
            }
        }
    }

    /// What a sample has reached.
    pub fn reached(&self, sample: &Sample) -> Precision {
        let values = sample.place(&self.metric).map(|place| sample.values(place));
        let found = values.and_then(|values| interval(&values, self.confidence));
        let reached = found.map(|found| found.relative()).filter(|width| !width.is_nan());
        let allowed = self.precision / (1.0 + self.precision);
        Precision {
            metric: self.metric.clone(),
            wanted: self.precision,
            reached,
            is_reached: sample.replications.len() as u32 >= FIRST_LOOK
                && reached.is_some_and(|width| width <= allowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_few() {
        let looks = std::iter::successors(Some(0), |count| Some(next_look(*count)));
        assert_eq!(looks.skip(1).take(6).collect::<Vec<_>>(), [10, 15, 23, 34, 51, 76]);
    }
}
