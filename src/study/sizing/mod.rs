//! Sizing: finds the cheapest design that meets the objectives, and bounds the probability of
//! choosing a design that does not.
//!
//! A design has one level in each dimension; levels are in order of strength. Each objective has a
//! trend in each dimension: stronger levels improve it (latency) or worsen it (cost). A simulated
//! design that fails an objective rules out all designs that can only fail it too. Trends that
//! simulations refute are removed.
//!
//! 1. Exclusion: designs whose fixed cost alone exceeds a budget, or that need more cores than the
//!    quota, are not simulated. Both checks are exact. No estimate excludes a design.
//! 2. Bracket: simulates the hint (an estimate, used only as the starting point), then always the
//!    design that decides the most other designs, until no remaining design is cheaper than the
//!    cheapest design that meets all objectives. Of designs with equal cost, it simulates the one
//!    with the most components. Two replications may decide; the next evaluations are after 4, 10,
//!    15, ... replications. A value far beyond a limit rejects a design for any distribution
//!    (`excess`).
//! 3. Reduction: components without a price are at their maximum until this step; bisection reduces
//!    their number while all objectives are met.
//! 4. Confirmation: the design is simulated with new replications, which did not contribute to its
//!    selection. Evaluations at 4 and 10 replications can only reject the design; those at 20, 40
//!    and 80 can also accept it. The k-th confirmation has an error probability of a/2^k, which is
//!    divided among its evaluations. The probability that any confirmation accepts a design that
//!    violates an objective is at most a. Each objective is tested at the full level, because all
//!    must be met: an intersection-union test (Berger, "Multiparameter Hypothesis Testing and
//!    Acceptance Sampling", Technometrics 24, 1982). Screening and choosing on the same
//!    replications would favour designs with good results by chance (Kim, Nelson, "Selecting the
//!    Best System", Handbooks in OR & MS 13, 2006).
//!
//! The guarantee depends on Student's interval. A metric that is nonzero in only one of fifty
//! replications is usually zero in all of twenty replications. Its interval then has width zero, so
//! such rare events are not detected.

mod bill;
mod choose;
mod designs;
mod dimension;
mod evaluation;
mod evidence;
mod excess;
mod expected;
mod loss;
mod plan;
mod space;
mod steps;

use std::ops::Range;

use crate::results::Sample;
use crate::terms::Objective;

pub use evaluation::{SearchStatus, Tried};
pub use evidence::Trend;
use evidence::Trends;
pub use loss::Loss;
pub use plan::{SizingOptions, SizingOutcome, SizingPlan, size};
pub use space::Space;
use space::components;
use steps::Steps;

/// Level in each dimension; 0 is the weakest.
pub type Design = Vec<usize>;

/// Reason why a design is not simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// The fixed cost of the design alone exceeds the budget.
    OverBudget,
    /// The design needs more cores than the quota.
    OverQuota,
}

/// Source of information about designs for the search.
pub trait Evaluator {
    /// Error that prevents simulations.
    type Error;

    /// Returns the number of levels in each dimension, at least one.
    fn levels(&self) -> Vec<usize>;

    /// Returns the cost per month that is known before the simulation; the search orders designs by
    /// this cost.
    ///
    /// # Errors
    /// Fails if the design cannot be loaded.
    fn cost(&mut self, design: &[usize]) -> Result<f64, Self::Error>;

    /// Returns the reason why a design is impossible, if that is certain without a simulation.
    ///
    /// # Errors
    /// Fails if the design cannot be loaded.
    fn exclusion(&mut self, design: &[usize]) -> Result<Option<Exclusion>, Self::Error>;

    /// Returns the effect of stronger levels of a dimension on an objective.
    fn trend(&self, objective: &Objective, dimension: usize) -> Trend;

    /// Adds replications of a design to a sample.
    ///
    /// # Errors
    /// Fails if the replications cannot be simulated or were stopped.
    fn replicate(
        &mut self,
        design: &[usize],
        numbers: Range<u32>,
        sample: &mut Sample,
    ) -> Result<(), Self::Error>;

    /// Reports the progress; called after every evaluation.
    fn looked(&mut self, _found: &Found) {}
}

/// Rules of the search: its confidence and its starting point.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// One minus the maximum probability of accepting a design that fails.
    pub confidence: f64,
    /// Number of replications of the first evaluation that may accept a design in screening.
    pub first: u32,
    /// Maximum number of replications of one design in one stage.
    pub maximum: u32,
    /// Design to simulate first, from an estimate; it affects the order but is not evidence.
    pub hint: Option<Design>,
}

/// Result of the search.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Index of the answer in `tried`; `None` if no design is confirmed.
    pub answer: Option<usize>,
    /// Index of the next cheapest design that meets the objectives in screening.
    pub runner_up: Option<usize>,
    /// All designs that were simulated, in order.
    pub tried: Vec<Tried>,
    /// Number of designs in the space.
    pub space: u64,
    /// Number of designs that could be cheaper than the best so far: not simulated or undecided,
    /// and not ruled out by another design. Before the search begins, this is the number of all
    /// designs.
    pub open: u64,
    /// Number of designs whose fixed cost alone exceeds a budget.
    pub over_budget: u64,
    /// Number of designs that need more cores than the quota.
    pub over_quota: u64,
    /// Number of confirmations.
    pub confirmations: u32,
    /// Objective and dimension of each trend that simulations refuted.
    pub refuted: Vec<(usize, usize)>,
    /// Indices of the neighbours of the answer (one step away), or of designs whose failure
    /// implies that a neighbour fails.
    pub neighbours: Vec<usize>,
}

impl Found {
    /// Returns the index of the best design so far: the answer, or the cheapest design that meets
    /// all objectives. A confirmed design takes precedence over a screened one.
    pub fn best(&self) -> Option<usize> {
        let rank = |tried: &Tried| match tried.search_status() {
            SearchStatus::Confirmed => Some(0),
            SearchStatus::Screened => Some(1),
            SearchStatus::Violated | SearchStatus::Undecided => None,
        };
        let met = self.tried.iter().enumerate().filter(|(_, one)| rank(one).is_some());
        let best = met.min_by(|(_, one), (_, other)| {
            let parts = components(&one.design).cmp(&components(&other.design));
            rank(one).cmp(&rank(other)).then(one.cost.total_cmp(&other.cost)).then(parts)
        });
        self.answer.or(best.map(|(index, _)| index))
    }

    /// Returns the index of a simulated design.
    pub fn index(&self, design: &[usize]) -> Option<usize> {
        self.tried.iter().position(|one| one.design == design)
    }
}

/// Maximum number of designs to list.
pub const DESIGNS_MAX: u64 = 1_000_000;

/// Search that ended early.
#[derive(Clone, Debug)]
pub struct Unfinished<E> {
    /// Results so far.
    pub found: Box<Found>,
    /// Reason for the end.
    pub error: E,
}

/// Lists the space and searches it.
#[cfg(test)]
fn search<E: Evaluator>(
    evaluator: &mut E,
    objectives: &[Objective],
    rules: &Rules,
) -> Result<Found, Unfinished<E::Error>> {
    match Space::of(evaluator) {
        Ok(space) => search_in(space, evaluator, objectives, rules),
        Err(error) => Err(Unfinished { found: Box::default(), error }),
    }
}

/// Searches a space that has already been listed.
///
/// # Errors
/// Returns the evaluator's error, with the results so far.
pub fn search_in<E: Evaluator>(
    space: Space,
    evaluator: &mut E,
    objectives: &[Objective],
    rules: &Rules,
) -> Result<Found, Unfinished<E::Error>> {
    let dimensions = 0..evaluator.levels().len();
    let trends_of = |one| dimensions.clone().map(|index| evaluator.trend(one, index)).collect();
    let trends = Trends::new(objectives.iter().map(trends_of).collect());
    let found = Found {
        space: space.size,
        open: space.designs().len() as u64,
        over_budget: space.over_budget,
        over_quota: space.over_quota,
        ..Found::default()
    };
    let mut steps = Steps::new(evaluator, objectives, rules, space, trends, found);
    match steps.run() {
        Ok(()) => Ok(steps.found),
        Err(error) => Err(Unfinished { found: Box::new(steps.found), error }),
    }
}

#[cfg(test)]
mod random_scenarios;
#[cfg(test)]
mod random_spaces;
#[cfg(test)]
mod synthetic_spaces;
#[cfg(test)]
mod tests;
