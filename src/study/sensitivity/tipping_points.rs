//! Searches for the parameter value at which the verdict on an objective changes.

use std::collections::BTreeMap;

use crate::analysis::objectives::evaluate_objectives;
use crate::analysis::swings::{Bisection, keeps};
use crate::results::{Crossing, ObjectiveStatus, Sample, TippingPoint};
use crate::scenario::Uncertain;
use crate::study::Error;
use crate::study::batch::{Outcome, Variant};
use crate::terms::Objective;

use super::one_at_a_time::Ends;
use super::plan::{Found, Varied, plain, range};
use super::variants::variant;

/// Search for one tipping point.
struct Search<'a> {
    /// Index of the result to which the tipping point belongs.
    tipping_point: usize,
    parameter: &'a Uncertain,
    objective: &'a Objective,
    /// Whether the objective is met with all defaults.
    is_kept: bool,
    bisection: Bisection,
    /// Number of replications of each value.
    numbers: u32,
    has_begun: bool,
    is_over: bool,
}

impl Varied<'_> {
    /// Compares the verdicts at the ends, and searches where they differ.
    pub(super) fn find_tipping_points(
        &self,
        ends: &[Ends<'_>],
        found: &mut Found,
    ) -> Result<(), Error> {
        let objectives = self.scenario.objectives.clone();
        let verdicts = |sample: &Sample| -> Vec<ObjectiveStatus> {
            let evaluated = evaluate_objectives(sample, &objectives, self.options.confidence);
            evaluated.iter().map(|one| one.status).collect()
        };
        let mut searches = Vec::new();
        for one in ends {
            let base = verdicts(one.base);
            let (low, high) = (verdicts(one.low), verdicts(one.high));
            for (index, objective) in objectives.iter().enumerate() {
                let Some(place) = self.base.index_of(objective.metric) else { continue };
                let kept = [one.low, one.base, one.high].map(|sample| keeps(sample, objective));
                let known: Vec<bool> = kept.iter().copied().flatten().collect();
                searches.extend(searches_between(
                    found.result.tipping_points.len(),
                    one,
                    objective,
                    kept,
                ));
                found.result.tipping_points.push(TippingPoint {
                    parameter: one.parameter.name.clone(),
                    low: plain(&one.parameter.low),
                    default: plain(&one.parameter.default),
                    high: plain(&one.parameter.high),
                    range: range(one.parameter),
                    metric: self.base.metrics[place].clone(),
                    is_at_least: objective.is_at_least,
                    limit: objective.limit,
                    default_status: base[index],
                    low_status: low[index],
                    high_status: high[index],
                    changes: known.contains(&true) && known.contains(&false),
                    turns: Vec::new(),
                });
            }
        }
        for _ in 0..self.options.tipping_point_steps {
            if found.stopped.is_some()
                || !self.is_affordable(&searches, found)
                || !self.step(&mut searches, found)?
            {
                break;
            }
        }
        // If the budget did not allow a search to begin, its tipping point is unknown.
        let has_begun =
            |search: &&Search<'_>| search.has_begun || self.options.tipping_point_steps == 0;
        for search in searches.iter().filter(has_begun) {
            found.result.tipping_points[search.tipping_point].turns.push(search.crossing());
        }
        Ok(())
    }

    /// Returns whether the budget of a screening allows one more step of each search.
    fn is_affordable(&self, searches: &[Search<'_>], found: &Found) -> bool {
        let open = searches.iter().filter(|search| !search.is_over);
        let runs: u32 = open.map(|search| search.numbers).sum();
        let Some(screening) = &found.result.screening else { return true };
        screening.replications_worth + f64::from(runs) <= f64::from(self.options.budget)
    }

    /// Halves the range of every search. Returns false if no search is left.
    fn step(&self, searches: &mut [Search<'_>], found: &mut Found) -> Result<bool, Error> {
        // Several searches of one parameter may need the same value.
        let mut places: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut variants: Vec<Variant> = Vec::new();
        let mut wanted = Vec::new();
        for (index, search) in searches.iter_mut().enumerate() {
            let Some(value) = search.next_value() else { continue };
            let key = (search.parameter.name.as_str(), value.clone());
            let place = match places.get(&key) {
                Some(place) => *place,
                None => {
                    let overrides = search.parameter.overrides(&value);
                    let numbers = 0..search.numbers;
                    let Ok(variant) = variant(self.scenario, &overrides, numbers) else {
                        search.is_over = true;
                        continue;
                    };
                    variants.push(variant);
                    places.insert(key, variants.len() - 1);
                    variants.len() - 1
                }
            };
            wanted.push((index, place));
        }
        if wanted.is_empty() {
            return Ok(false);
        }
        let outcomes = self.simulate(&variants, found, "tipping points")?;
        for (index, place) in wanted {
            let search = &mut searches[index];
            let sample = outcomes.get(place).and_then(Outcome::sample);
            match sample.and_then(|sample| keeps(sample, search.objective)) {
                Some(is_kept) => {
                    search.has_begun = true;
                    search.bisection.narrow(is_kept == search.is_kept);
                }
                None => search.is_over = true,
            }
        }
        Ok(true)
    }
}

/// Returns the ranges to search, given whether the objective is met at the low end, at the default
/// and at the high end. Searches from the default towards each end with a different verdict. If the
/// default is not a number between the ends, searches from the end with the same verdict.
fn searches_between<'a>(
    tipping_point: usize,
    ends: &Ends<'a>,
    objective: &'a Objective,
    [low, base, high]: [Option<bool>; 3],
) -> Vec<Search<'a>> {
    let (Some(low), Some(base), Some(high)) = (low, base, high) else { return Vec::new() };
    let search = |unchanged: f64, other: f64| Search {
        tipping_point,
        parameter: ends.parameter,
        objective,
        is_kept: base,
        bisection: Bisection { unchanged, other },
        numbers: ends.low.replications.len() as u32,
        has_begun: false,
        is_over: false,
    };
    let is_between = ends.parameter.value(0.5).is_some();
    match ends.parameter.default_share() {
        _ if !is_between => Vec::new(),
        Some(share) => [(low, 0.0), (high, 1.0)]
            .into_iter()
            .filter(|(kept, end)| *kept != base && *end != share)
            .map(|(_, end)| search(share, end))
            .collect(),
        None if low == base && high != base => vec![search(0.0, 1.0)],
        None if high == base && low != base => vec![search(1.0, 0.0)],
        None => Vec::new(),
    }
}

impl Search<'_> {
    /// Returns the value at a relative position of the parameter's range.
    fn value(&self, share: f64) -> String {
        if Some(share) == self.parameter.default_share() {
            return self.parameter.default.clone();
        }
        self.parameter.value(share).unwrap_or_default()
    }

    /// Returns the next value to simulate; `None` if no value is left between the bounds.
    fn next_value(&mut self) -> Option<String> {
        let value = self.value(self.bisection.middle());
        let ends = [self.value(self.bisection.unchanged), self.value(self.bisection.other)];
        self.is_over |= ends.contains(&value);
        (!self.is_over).then_some(value)
    }

    fn crossing(&self) -> Crossing {
        Crossing {
            is_above: self.bisection.is_above(),
            tipping_point: plain(&self.value(self.bisection.middle())),
            last_unchanged: plain(&self.value(self.bisection.unchanged)),
            first_changed: plain(&self.value(self.bisection.other)),
        }
    }
}
