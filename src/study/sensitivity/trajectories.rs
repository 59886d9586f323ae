//! Simulates the scenario along the trajectories of Morris's elementary effects.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::analysis::swings::mean;
use crate::results::{ElementaryEffect, Metric};
use crate::scenario::{Uncertain, uncertain};
use crate::study::Error;
use crate::study::batch::{Outcome, Variant};

use super::morris::{Summary, Trajectory};
use super::plan::{Found, Varied, range, skip};
use super::variants::variant;

/// Values of a metric at the points of a trajectory.
type Values = Vec<Option<f64>>;

impl Varied<'_> {
    /// Moves the parameters along random trajectories.
    pub(super) fn morris(&self, found: &mut Found) -> Result<(), Error> {
        let mut parameters: Vec<&Uncertain> = Vec::new();
        for one in &self.parameters {
            match self.why_not(one) {
                None => parameters.push(one),
                Some(reason) => found.result.skipped.push(skip(one.name.clone(), reason)),
            }
        }
        let seed = self.scenario.config.seed;
        let trajectories: Vec<Trajectory> = (0..self.options.trajectories)
            .map(|number| Trajectory::new(seed, number, parameters.len()))
            .collect();
        let points: Vec<(u32, &Vec<f64>)> = (0..)
            .zip(&trajectories)
            .flat_map(|(number, one)| one.points.iter().map(move |point| (number, point)))
            .collect();
        let loaded: Vec<Option<Variant>> = points
            .par_iter()
            .map(|(number, point)| self.point(&parameters, point, *number))
            .collect();
        let is_there: Vec<bool> = loaded.iter().map(Option::is_some).collect();
        let variants: Vec<Variant> = loaded.into_iter().flatten().collect();
        let mut outcomes = self.simulate(&variants, found, "trajectories")?.into_iter();
        let outcomes: Vec<Option<Outcome>> = is_there
            .into_iter()
            .map(|is_there| if is_there { outcomes.next() } else { None })
            .collect();
        found.result.trajectories = u64::from(self.options.trajectories);
        let mut without: BTreeSet<&str> = BTreeSet::new();
        for (index, metric) in &self.measures {
            let value = |outcome: &Option<Outcome>| {
                let sample = outcome.as_ref().and_then(Outcome::sample)?;
                Some(mean(&sample.values(*index)))
            };
            let values: Values = outcomes.iter().map(value).collect();
            let (effects, none) = summarised(&trajectories, &values, &parameters, metric);
            found.result.morris.extend(effects);
            without.extend(none);
        }
        for name in without {
            let reason =
                "the metric never has a value both before and after this parameter changes"
                    .to_owned();
            found.result.skipped.push(skip(name.to_owned(), reason));
        }
        Ok(())
    }

    /// Returns the reason why a parameter cannot move between its ends.
    fn why_not(&self, one: &Uncertain) -> Option<String> {
        let Some(middle) = one.value(0.5) else {
            return Some("its range has no values between the ends".to_owned());
        };
        let refused = |value: &str| variant(self.scenario, &one.overrides(value), 0..0).err();
        [&one.low, &middle, &one.high].into_iter().find_map(|value| refused(value))
    }

    /// Returns the scenario at a point; `None` if it does not allow this combination of values.
    fn point(&self, parameters: &[&Uncertain], point: &[f64], trajectory: u32) -> Option<Variant> {
        let mut values = Vec::new();
        for (parameter, index) in parameters.iter().zip(point) {
            // The steps add up to one except for rounding errors.
            let index = if *index > 1.0 - 1e-9 { 1.0 } else { index.max(0.0) };
            values.push((*parameter, parameter.value(index)?));
        }
        let values = values.iter().map(|(parameter, value)| (*parameter, value.as_str()));
        variant(self.scenario, &uncertain::overrides(values), self.numbers(trajectory)).ok()
    }
}

/// Summarises the effects of each parameter on one metric, ordered by size, and lists the
/// parameters without any effect.
fn summarised<'p>(
    trajectories: &[Trajectory],
    values: &[Option<f64>],
    parameters: &[&'p Uncertain],
    metric: &Metric,
) -> (Vec<ElementaryEffect>, Vec<&'p str>) {
    let mut effects = vec![Vec::new(); parameters.len()];
    for (trajectory, values) in trajectories.iter().zip(values.chunks_exact(parameters.len() + 1)) {
        for (all, one) in effects.iter_mut().zip(trajectory.effects(values)) {
            all.extend(one);
        }
    }
    let (mut found, mut none) = (Vec::new(), Vec::new());
    for (parameter, effects) in parameters.iter().zip(effects) {
        let Some(summary) = Summary::of(&effects) else {
            none.push(parameter.name.as_str());
            continue;
        };
        found.push(ElementaryEffect {
            metric: metric.clone(),
            parameter: parameter.name.clone(),
            range: range(parameter),
            mu_star: summary.mu_star,
            mu: summary.mu,
            sigma: summary.sigma,
            count: summary.count,
        });
    }
    found.sort_by(|one, other| other.mu_star.total_cmp(&one.mu_star));
    (found, none)
}
