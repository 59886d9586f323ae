//! Each parameter from its low to its high end, all others at their defaults.

use rayon::prelude::*;

use crate::experiment::batch::{Outcome, Variant};
use crate::experiment::interval::bonferroni;
use crate::experiment::sensitivity::{change, mean};
use crate::results::{Metric, ParameterEffect, Sample};
use crate::scenario::Assumed;

use super::{Failure, Found, Study, plain, skip};

/// A parameter with the replications at both its ends.
pub(super) struct Ends<'a> {
    pub parameter: &'a Assumed,
    pub low: &'a Sample,
    pub high: &'a Sample,
}

impl Study<'_> {
    /// Varies one parameter at a time; then looks for where verdicts turn.
    pub(super) fn one_at_a_time(&self, found: &mut Found) -> Result<(), Failure> {
        let pair = |one: &Assumed| {
            let end = |value: &str| self.loader.variant(one.overrides(value), self.numbers(0));
            Ok([end(&one.low)?, end(&one.high)?])
        };
        let pairs: Vec<Result<[Variant; 2], String>> =
            self.parameters.par_iter().map(pair).collect();
        let mut variants = Vec::new();
        let mut varied = Vec::new();
        for (parameter, pair) in self.parameters.iter().zip(pairs) {
            match pair {
                Ok(pair) => {
                    variants.extend(pair);
                    varied.push(parameter);
                }
                Err(reason) => found.result.skipped.push(skip(parameter.name.clone(), reason)),
            }
        }
        let outcomes = self.simulate(&variants, found)?;
        drop(variants);
        let mut ends = Vec::new();
        for (parameter, pair) in varied.into_iter().zip(outcomes.chunks_exact(2)) {
            match pair {
                [Outcome::Whole(low), Outcome::Whole(high)] => {
                    ends.push(Ends { parameter, low, high });
                }
                [Outcome::Failed(error), _] | [_, Outcome::Failed(error)] => {
                    let name = parameter.name.clone();
                    found.result.skipped.push(skip(name, error.to_string()));
                }
                // Stopped: the result says that it is not complete.
                _ => {}
            }
        }
        for (place, metric) in &self.measures {
            found.result.effects.extend(self.effects(*place, metric, &ends));
        }
        self.flips(&ends, found)
    }

    /// What all parameters do to one figure, the largest swing first.
    fn effects(&self, place: usize, metric: &Metric, ends: &[Ends<'_>]) -> Vec<ParameterEffect> {
        let level = bonferroni(self.verb.confidence, self.parameters.len());
        let base = self.base.values(place);
        let mut effects: Vec<ParameterEffect> = ends
            .iter()
            .map(|one| {
                let (low, high) = (one.low.values(place), one.high.values(place));
                ParameterEffect {
                    metric: metric.clone(),
                    parameter: one.parameter.name.clone(),
                    low: plain(&one.parameter.low),
                    default: plain(&one.parameter.default),
                    high: plain(&one.parameter.high),
                    base_mean: mean(&base),
                    low_mean: mean(&low),
                    high_mean: mean(&high),
                    swing: change(&low, &high, level),
                    to_low: change(&base, &low, level),
                    to_high: change(&base, &high, level),
                }
            })
            .collect();
        // What has no number is last; parameters that do the same stay in order of their names.
        let size = |one: &ParameterEffect| {
            let size = one.swing.difference.abs();
            if size.is_nan() { -1.0 } else { size }
        };
        effects.sort_by(|one, other| size(other).total_cmp(&size(one)));
        effects
    }
}
