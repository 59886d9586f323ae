//! Varies each parameter from its low to its high end, with all others at their defaults.

use rayon::prelude::*;

use crate::analysis::interval::bonferroni;
use crate::analysis::swings::{change, mean};
use crate::results::{Metric, ParameterEffect, Sample};
use crate::scenario::Uncertain;
use crate::study::Error;
use crate::study::batch::{Outcome, Variant};

use super::plan::{Found, Varied, plain, range, skip};
use super::variants::{are_the_same, variant};

/// Parameter with the replications at both ends and at the default.
pub(super) struct Ends<'a> {
    pub parameter: &'a Uncertain,
    pub base: &'a Sample,
    pub low: &'a Sample,
    pub high: &'a Sample,
}

/// Variants at the low and the high end of a parameter; `None` if the model at that end equals the
/// default model.
pub(super) type Moved = [Option<Variant>; 2];

impl Varied<'_> {
    /// Varies one parameter at a time, and then searches for tipping points.
    pub(super) fn one_at_a_time(&self, found: &mut Found) -> Result<(), Error> {
        let moved: Vec<Result<Moved, String>> =
            self.parameters.par_iter().map(|one| self.moved(one)).collect();
        let mut variants = Vec::new();
        let mut varied = Vec::new();
        for (parameter, moved) in self.parameters.iter().zip(moved) {
            match moved {
                Ok(moved) => {
                    varied.push((parameter, moved.each_ref().map(Option::is_some)));
                    variants.extend(moved.into_iter().flatten());
                }
                Err(reason) => found.result.skipped.push(skip(parameter.name.clone(), reason)),
            }
        }
        let outcomes = self.simulate(&variants, found, "one at a time")?;
        drop(variants);
        let mut outcomes = outcomes.iter();
        let mut ends = Vec::new();
        for (parameter, moves) in varied {
            let of_ends = moves.map(|moves| if moves { outcomes.next() } else { None });
            let samples = of_ends.map(|outcome| sample_of(outcome, &self.base));
            if let [Some(low), Some(high)] = samples {
                ends.push(Ends { parameter, base: &self.base, low, high });
            }
            // Omit stopped points; the result states that it is not complete.
            let failed = of_ends.into_iter().flatten().find_map(|outcome| match outcome {
                Outcome::Failed(error) => Some(error.to_string()),
                _ => None,
            });
            let name = || parameter.name.clone();
            found.result.skipped.extend(failed.map(|reason| skip(name(), reason)));
        }
        let level = bonferroni(self.options.confidence, self.parameters.len());
        for (index, metric) in &self.measures {
            found.result.effects.extend(effects(*index, metric, &ends, level));
        }
        self.find_tipping_points(&ends, found)
    }

    /// Returns the variants at those ends of a parameter at which the model differs from the
    /// default.
    pub(super) fn moved(&self, parameter: &Uncertain) -> Result<Moved, String> {
        let end = |value: &str| -> Result<Option<Variant>, String> {
            let overrides = parameter.overrides(value);
            let variant = variant(self.scenario, &overrides, self.numbers(0))?;
            Ok((!are_the_same(&variant, &self.default)).then_some(variant))
        };
        Ok([end(&parameter.low)?, end(&parameter.high)?])
    }
}

/// Returns the effects of all parameters on one metric, ordered by the size of the swing. Each
/// interval has the given level.
pub(super) fn effects(
    index: usize,
    metric: &Metric,
    ends: &[Ends<'_>],
    level: f64,
) -> Vec<ParameterEffect> {
    let mut effects: Vec<ParameterEffect> = ends
        .iter()
        .map(|one| {
            let [base, low, high] = [one.base, one.low, one.high].map(|all| all.values(index));
            ParameterEffect {
                metric: metric.clone(),
                parameter: one.parameter.name.clone(),
                replications: low.len() as u64,
                low: plain(&one.parameter.low),
                default: plain(&one.parameter.default),
                high: plain(&one.parameter.high),
                range: range(one.parameter),
                default_mean: mean(&base),
                low_mean: mean(&low),
                high_mean: mean(&high),
                swing: change(&low, &high, level),
                to_low: change(&base, &low, level),
                to_high: change(&base, &high, level),
            }
        })
        .collect();
    // Put NaN last, and keep parameters with equal effects in order of name.
    let size = |one: &ParameterEffect| {
        let size = one.swing.difference.abs();
        if size.is_nan() { -1.0 } else { size }
    };
    effects.sort_by(|one, other| size(other).total_cmp(&size(one)));
    effects
}

/// Returns the sample at an end, or the sample of the default if the model is the same.
fn sample_of<'a>(outcome: Option<&'a Outcome>, base: &'a Sample) -> Option<&'a Sample> {
    outcome.map_or(Some(base), Outcome::sample)
}
