//! As many replications as a precision takes.

use crate::analysis::interval::interval;
use crate::experiment::replicate::{RunError, Watch};
use crate::experiment::sample::Study;
use crate::results::{Precision, RunResult, Sample};

use super::compare::{Criteria, Pairs, compare_samples};

/// This says how precise a figure is wanted, and how many replications that may take.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionTarget {
    /// Which figure.
    pub metric: String,
    /// The relative half-width, above 0 and below 1.
    pub precision: f64,
    /// Confidence of the interval, 0..1.
    pub confidence: f64,
    /// No more replications than this.
    pub max_replications: u32,
}

/// Pairs of replications of two scenarios, and what they tell of a difference.
#[derive(Clone, Debug)]
pub struct ComparedPairs {
    /// The pairs.
    pub pairs: Pairs,
    /// The criteria of the last look: with its confidence for all intervals, those that are shown
    /// hold at the confidence of the goal, whichever look was the last.
    pub criteria: Criteria,
    /// The precision that was reached.
    pub precision: Precision,
}

/// Replications before an interval is looked at for the first time.
pub const FIRST_LOOK: u32 = 10;

/// Pairs of replications before the interval of a difference is looked at for the first time.
const FIRST_PAIRS: u32 = 5;

/// The confidence of the intervals at a look, of those that may end a comparison: the first has
/// half of the risk, the second half of the rest, and so on. So the intervals of whichever look is
/// the last hold at `confidence`.
fn at_look(confidence: f64, look: u32) -> f64 {
    1.0 - (1.0 - confidence) / 2_f64.powi(look.min(1_000) as i32)
}

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

impl PrecisionTarget {
    /// Simulates until the half-width is within the precision, or `most` replications are done, or
    /// the watch stops. Stops when half-width / |mean| <= g / (1 + g), which bounds the error
    /// relative to the true mean by g (Law, 9.4.1).
    ///
    /// # Errors
    /// As [`Study::replicate`].
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
            if !study.replicate(count..next, sample, first, watch)? {
                return Ok(self.reached(sample));
            }
        }
    }

    /// Simulates pairs of replications of two scenarios until the half-width of the difference of
    /// the figure is at most the precision's share of the first's mean, or `most` are done, or the
    /// watch stops. It is looked at after 5, 10, 15, 23, ... pairs, each time with intervals of all
    /// figures at a share of the risk: see [`ComparedPairs`].
    ///
    /// # Errors
    /// As [`Pairs::extend`].
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
            // What has no value, or no share of A's mean, has none with more pairs either.
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

    /// What the difference of pairs has reached.
    fn reached_difference(&self, pairs: &Pairs, criteria: Criteria) -> Precision {
        let figures = compare_samples(&pairs.samples[0], &pairs.samples[1], criteria);
        let found = figures.iter().find(|one| one.metric.name() == self.metric);
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

    /// What a sample has reached.
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
    fn the_risks_of_all_looks_sum_to_the_allowed_risk() {
        let risks: Vec<f64> = (1..60).map(|look| 1.0 - at_look(0.95, look)).collect();
        assert!((risks[0] - 0.025).abs() < 1e-12 && (risks[1] - 0.0125).abs() < 1e-12);
        assert!((risks.iter().sum::<f64>() - 0.05).abs() < 1e-9);
        assert!(at_look(0.95, u32::MAX) <= 1.0);
    }

    #[test]
    fn looks_are_few() {
        let looks = std::iter::successors(Some(0), |count| Some(next_look(*count)));
        assert_eq!(looks.skip(1).take(6).collect::<Vec<_>>(), [10, 15, 23, 34, 51, 76]);
    }
}
