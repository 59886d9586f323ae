//! Simulates as many replications as a required precision needs.

use crate::analysis::interval::interval;
use crate::experiment::replicate::{RunError, Watch};
use crate::experiment::sample::Study;
use crate::results::{Precision, RunResult, Sample};

use super::compare::{Criteria, Pairs, compare_samples};

/// Required precision of a metric, and the maximum number of replications.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionTarget {
    /// Name of the metric.
    pub metric: String,
    /// Required relative half-width, above 0 and below 1.
    pub precision: f64,
    /// Confidence of the interval, 0..1.
    pub confidence: f64,
    /// Maximum number of replications.
    pub max_replications: u32,
}

/// Pairs of replications of two scenarios, and the precision of their difference.
#[derive(Clone, Debug)]
pub struct ComparedPairs {
    /// Pairs of replications.
    pub pairs: Pairs,
    /// Criteria of the last evaluation. Its confidence is set so that the reported intervals hold
    /// jointly at the confidence of the `PrecisionTarget`, whichever evaluation is the last.
    pub criteria: Criteria,
    /// Precision that was reached.
    pub precision: Precision,
}

/// Number of replications before the first evaluation of an interval.
pub const FIRST_LOOK: u32 = 10;

/// Number of pairs before the first evaluation of the interval of a difference.
const FIRST_PAIRS: u32 = 5;

/// Returns the confidence of the intervals at an evaluation that may end a comparison. The first
/// evaluation has half of the error probability, the second half of the rest, and so on. The
/// intervals of the last evaluation therefore hold at `confidence`, whichever is the last.
fn at_look(confidence: f64, look: u32) -> f64 {
    1.0 - (1.0 - confidence) / 2_f64.powi(look.min(1_000) as i32)
}

/// Returns the number of replications at the next evaluation of an interval: 10, 15, 23, 34, ...
/// Evaluating after each replication would stop at intervals that are narrow by chance and reduce
/// the coverage (Chow, Robbins, "On the Asymptotic Theory of Fixed-Width Sequential Confidence
/// Intervals for the Mean", 1965; Law, 5th ed., 9.4.1).
pub fn next_look(count: u32) -> u32 {
    let mut look = f64::from(FIRST_LOOK);
    while look.ceil() as u32 <= count && look < f64::from(u32::MAX) {
        look *= 1.5;
    }
    look.ceil() as u32
}

impl PrecisionTarget {
    /// Simulates until the half-width is within the precision, the maximum number of replications
    /// is reached, or the watch stops the study. For the required precision g, the criterion
    /// half-width / |mean| <= g / (1 + g) limits the error relative to the true mean to g (Law,
    /// 9.4.1).
    ///
    /// # Errors
    /// Returns the same errors as [`Study::replicate`].
    pub(crate) fn reach(
        &self,
        study: &Study<'_>,
        sample: &mut Sample,
        first: &mut Option<RunResult>,
        watch: &dyn Watch,
    ) -> Result<Precision, RunError> {
        loop {
            let count = sample.replications.len() as u32;
            let reached = self.reached(sample);
            if count >= FIRST_LOOK.min(self.max_replications)
                && (reached.is_reached || count >= self.max_replications)
            {
                return Ok(reached);
            }
            let next = next_look(count).min(self.max_replications);
            if !study.replicate(count..next, sample, Some(first), watch)? {
                return Ok(self.reached(sample));
            }
        }
    }

    /// Simulates pairs of replications of two scenarios until the half-width of the difference is
    /// at most `precision` x mean of the first scenario, the maximum number of pairs is reached, or
    /// the watch stops the study. It evaluates after 5, 10, 15, 23, ... pairs; each evaluation has
    /// a share of the error probability for the intervals of all metrics: see [`ComparedPairs`].
    ///
    /// # Errors
    /// Returns the same errors as [`Pairs::extend`].
    pub(crate) fn reach_difference(
        &self,
        studies: [&Study<'_>; 2],
        relevant: f64,
        watch: &dyn Watch,
    ) -> Result<ComparedPairs, RunError> {
        let mut pairs = Pairs { is_complete: true, ..Pairs::default() };
        let mut next = FIRST_PAIRS.min(self.max_replications);
        let mut look = 0;
        loop {
            look += 1;
            pairs.extend(studies, (next, self.max_replications), watch)?;
            let criteria = Criteria { confidence: at_look(self.confidence, look), relevant };
            let precision = self.reached_difference(&pairs, criteria);
            // More pairs do not help if the difference is undefined or the mean of A is zero.
            let is_hopeless = precision.reached.is_none();
            if precision.is_reached
                || is_hopeless
                || !pairs.is_complete
                || next >= self.max_replications
            {
                return Ok(ComparedPairs { pairs, criteria, precision });
            }
            next = next_look(next).min(self.max_replications);
        }
    }

    /// Returns the precision that the difference of pairs has reached.
    fn reached_difference(&self, pairs: &Pairs, criteria: Criteria) -> Precision {
        let compared = compare_samples(&pairs.samples[0], &pairs.samples[1], criteria);
        let found = compared.iter().find(|one| one.metric.name() == self.metric);
        let width = found.and_then(|one| match (one.half_width?, one.first_mean?) {
            (0.0, _) => Some(0.0),
            (half_width, first) => Some(half_width / first.abs()),
        });
        let reached = width.filter(|width| width.is_finite());
        Precision {
            metric: self.metric.clone(),
            wanted: self.precision,
            reached,
            is_reached: reached.is_some_and(|width| width <= self.precision),
        }
    }

    /// Returns the precision that a sample has reached.
    pub(crate) fn reached(&self, sample: &Sample) -> Precision {
        let values = sample.index(&self.metric).map(|index| sample.values(index));
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
    fn the_error_probabilities_of_all_evaluations_add_up_to_the_allowed_one() {
        let risks: Vec<f64> = (1..60).map(|look| 1.0 - at_look(0.95, look)).collect();
        assert!((risks[0] - 0.025).abs() < 1e-12 && (risks[1] - 0.0125).abs() < 1e-12);
        assert!((risks.iter().sum::<f64>() - 0.05).abs() < 1e-9);
        assert!(at_look(0.95, u32::MAX) <= 1.0);
    }

    #[test]
    fn replications_grow_by_half_from_one_evaluation_to_the_next() {
        let looks = std::iter::successors(Some(0), |count| Some(next_look(*count)));
        assert_eq!(looks.skip(1).take(6).collect::<Vec<_>>(), [10, 15, 23, 34, 51, 76]);
    }
}
