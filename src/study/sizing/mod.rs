//! The cheapest design that meets the objectives, with a bound on choosing one that does not.
//!
//! A design is one level in each dimension, levels in order of strength. Each objective has a trend
//! in each dimension: stronger levels improve it (latency) or worsen it (the bill). A simulated
//! design that fails an objective rules out all that can only fail it too; a trend that
//! simulations refute is given up.
//!
//! 1. Exclusion: designs whose fixed cost alone is above a budget, or that need more cores than
//!    the quota has, are not simulated. Both are exact. Nothing is excluded by an estimate.
//! 2. Bracket: the hint (an estimate, which only says where to begin), then always the design that
//!    decides about most others, until none is left that is cheaper than the cheapest design that
//!    meets all objectives. Of designs of equal cost the one with most components is simulated. Two
//!    replications may decide, the next looks are at 4, 10, 15, ...; what is far beyond a limit is
//!    rejected whatever its distribution (`excess`).
//! 3. Reduction: components without a price, at their most until then, are reduced by bisection
//!    while all objectives stay met.
//! 4. Confirmation: the design is simulated anew, with replications it has not been chosen by.
//!    Looks at 4 and 10 replications can only refuse, those at 20, 40 and 80 accept too. The k-th
//!    confirmation is at level 1 - a/2^k, shared among its looks, so that all confirmations
//!    together accept a design that violates any objective with probability a at most. Each
//!    objective is tested at the full level: all must be met, an intersection-union test (Berger,
//!    "Multiparameter Hypothesis Testing and Acceptance Sampling", Technometrics 24, 1982).
//!    Screening and choosing on the same replications would favour lucky designs (Kim, Nelson,
//!    "Selecting the Best System", Handbooks in OR & MS 13, 2006).
//!
//! All this holds as far as Student's interval does. A metric that is zero but for one replication
//! in fifty is mostly zero in twenty, and its interval has no width: what is that rare is not seen.

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

/// One level in each dimension, from the weakest, 0.
pub type Design = Vec<usize>;

/// Why a design is not simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Its fixed cost alone is above the budget.
    OverBudget,
    /// It needs more cores than the quota has.
    OverQuota,
}

/// What the search asks about designs.
pub trait Evaluator {
    /// Why nothing can be simulated.
    type Error;

    /// Levels in each dimension, at least one.
    fn levels(&self) -> Vec<usize>;

    /// Cost per month as far as it is known before simulating. It orders the search.
    ///
    /// # Errors
    /// If the design cannot be loaded.
    fn cost(&mut self, design: &[usize]) -> Result<f64, Self::Error>;

    /// A proof that a design is not possible, if there is one without simulating.
    ///
    /// # Errors
    /// If the design cannot be loaded.
    fn exclusion(&mut self, design: &[usize]) -> Result<Option<Exclusion>, Self::Error>;

    /// How an objective answers to stronger levels of a dimension.
    fn trend(&self, objective: &Objective, dimension: usize) -> Trend;

    /// Adds replications of a design to a sample.
    ///
    /// # Errors
    /// If they cannot be simulated, or were stopped.
    fn replicate(
        &mut self,
        design: &[usize],
        numbers: Range<u32>,
        sample: &mut Sample,
    ) -> Result<(), Self::Error>;

    /// Called after every look, to report progress.
    fn looked(&mut self, _found: &Found) {}
}

/// How sure the search is to be, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The probability of accepting a design that fails is at most 1 minus this.
    pub confidence: f64,
    /// Replications of the first look that may accept a design in screening.
    pub first: u32,
    /// Most replications of one design in one stage.
    pub maximum: u32,
    /// The design to simulate first, of an estimate; an order, not evidence.
    pub hint: Option<Design>,
}

/// What the search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The place of the answer in `tried`; `None` if no design is confirmed.
    pub answer: Option<usize>,
    /// The place of the next cheapest design that meets the objectives in screening.
    pub runner_up: Option<usize>,
    /// All designs that were simulated, in order.
    pub tried: Vec<Tried>,
    /// Designs in the space.
    pub space: u64,
    /// Designs that may still be cheaper than the best so far: not simulated, or undecided, and
    /// ruled out by no other. All until the search has begun.
    pub open: u64,
    /// Designs whose fixed cost alone is above a budget.
    pub over_budget: u64,
    /// Designs that need more cores than the quota has.
    pub over_quota: u64,
    /// Number of confirmations.
    pub confirmations: u32,
    /// Trends that simulations refuted: objective and dimension.
    pub refuted: Vec<(usize, usize)>,
    /// Places of designs that show what one step from the answer does: the design itself, or the
    /// one by which it is known to fail.
    pub neighbours: Vec<usize>,
}

impl Found {
    /// The place of the best design so far: the answer, or the cheapest that meets all objectives,
    /// confirmed rather than in screening.
    pub fn best(&self) -> Option<usize> {
        let rank = |tried: &Tried| match tried.standing() {
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

    /// The place of a simulated design.
    pub fn index(&self, design: &[usize]) -> Option<usize> {
        self.tried.iter().position(|one| one.design == design)
    }
}

/// More designs than this are not listed.
pub const DESIGNS_MAX: u64 = 1_000_000;

/// A search that ended early.
#[derive(Clone, Debug)]
pub struct Unfinished<E> {
    /// What was found until then.
    pub found: Box<Found>,
    /// Why it ended.
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

/// Searches a space that was listed before.
///
/// # Errors
/// The evaluator's error, with what was found before.
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
