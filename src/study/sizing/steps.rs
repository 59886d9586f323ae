//! Steps of the search: bracket, reduce, confirm, simulate neighbours.

use super::{Design, Evaluator, Found, Rules};
use crate::results::{ObjectiveStatus, Sample};
use crate::study::precision::{FIRST_LOOK, next_look};
use crate::study::sizing::choose;
use crate::study::sizing::evaluation::{Evaluation, SearchStatus, Tried};
use crate::study::sizing::evidence::{Failures, Trends};
use crate::study::sizing::space::{Space, components};
use crate::terms::Objective;

/// First replication number of confirmations.
const FRESH: u32 = 1_000_000;

/// Largest number of replications at which a design is rejected only at level [`REJECTING_AT`].
const FEW: u32 = 3;

/// Confidence level of a rejection after at most [`FEW`] replications. It is high, so that only
/// values far beyond the limit reject a design.
const REJECTING_AT: f64 = 0.99;

/// Number of replications of the second evaluation of a design.
const SECOND_LOOK: u32 = 4;

/// Number of replications of the first evaluation, in a confirmation, that may accept the design.
const CONFIRMING: u32 = 20;

/// Earlier evaluations of a confirmation, which can only reject the design: number of replications
/// and confidence level. They use no error probability, because they accept nothing.
const REFUSING: [(u32, f64); 2] = [(4, 0.6), (10, 0.4)];

/// Maximum number of confirmations; further ones would have no error probability left.
const CONFIRMATIONS_MAX: u32 = 20;

/// Number of refusals at one cost after which the numbers of components without a price are doubled
/// instead of increased one by one.
const REDUCTIONS_MAX: u32 = 2;

/// Number of refusals after which designs need ten replications before a confirmation. Two or four
/// replications do not show rare events, and the number of confirmations is limited.
const REFUSALS_MAX: u32 = 2;

/// The search stops after this number of designs if an objective has no value in any of them.
const TRIED_WITHOUT_VALUE: usize = 3;

/// Number of accepting evaluations of one confirmation.
const LOOKS: u32 = 3;

/// Maximum number of designs to simulate for the runner-up.
const RUNNERS_UP_MAX: usize = 3;

pub(super) struct Steps<'a, E> {
    evaluator: &'a mut E,
    objectives: &'a [Objective],
    rules: &'a Rules,
    space: Space,
    trends: Trends,
    pub found: Found,
    /// Number of replications that a design needs before it may meet its objectives in screening.
    first: u32,
    has_probed: bool,
}

impl<'a, E: Evaluator> Steps<'a, E> {
    pub(super) fn new(
        evaluator: &'a mut E,
        objectives: &'a [Objective],
        rules: &'a Rules,
        space: Space,
        trends: Trends,
        found: Found,
    ) -> Self {
        let (first, has_probed) = (rules.first, false);
        Steps { evaluator, objectives, rules, space, trends, found, first, has_probed }
    }

    /// Brackets, reduces and confirms until a design is confirmed or none is left.
    pub(super) fn run(&mut self) -> Result<(), E::Error> {
        let (mut at_cost, mut reductions) = (f64::NAN, 0);
        let mut guess = self.rules.hint.clone();
        self.begin()?;
        loop {
            self.bracket()?;
            let Some(top) = self.incumbent() else {
                if self.probe()? { continue } else { return Ok(()) }
            };
            if self.found.confirmations >= CONFIRMATIONS_MAX {
                return Ok(());
            }
            // Screen the design again, because more replications may be required after refusals.
            let design = self.found.tried[top].design.clone();
            self.screen(&design, FIRST_LOOK)?;
            if self.found.tried[top].search_status() != SearchStatus::Screened {
                continue;
            }
            let cost = self.found.tried[top].cost;
            reductions = if cost == at_cost { reductions + 1 } else { 0 };
            at_cost = cost;
            // Confirming many designs of equal cost would use up the error probability.
            let index = match reductions < REDUCTIONS_MAX {
                true => self.reduce(top, guess.as_ref())?,
                false => self.guessed(top, guess.as_ref())?.unwrap_or(top),
            };
            if self.confirm(index)? {
                self.found.answer = Some(index);
                self.first = self.rules.first;
                self.find_runner_up(index)?;
                return self.examine_neighbours(index);
            }
            if self.found.confirmations >= REFUSALS_MAX {
                self.first = self.first.max(FIRST_LOOK.min(self.rules.maximum));
            }
            // The next guess is stronger than the design that was not confirmed. After the first
            // refusal at this cost, it is one level higher in each dimension; after later refusals,
            // each level is about doubled.
            let refused = self.found.tried[index].design.iter();
            let more = |level: &usize| match reductions + 1 < REDUCTIONS_MAX {
                true => level + 1,
                false => 2 * level + 1,
            };
            guess = Some(refused.map(more).collect());
        }
    }

    /// Simulates the strongest design with the cost of the hint.
    fn begin(&mut self) -> Result<(), E::Error> {
        let Some(hint) = self.rules.hint.clone() else { return Ok(()) };
        let Some(cost) = self.space.cost(&hint) else { return Ok(()) };
        let is_stronger = |design: &Design| design.iter().zip(&hint).all(|(own, hint)| own >= hint);
        let mut alike = self.space.designs().iter().filter(|(own, _)| *own == cost);
        let strongest = alike.rfind(|(_, design)| is_stronger(design));
        match strongest.map(|(_, design)| design.clone()) {
            Some(design) => self.screen(&design, FIRST_LOOK).map(drop),
            None => Ok(()),
        }
    }

    /// Simulates designs until no open design is cheaper than the incumbent.
    fn bracket(&mut self) -> Result<(), E::Error> {
        loop {
            if self.has_no_objective_value() {
                return Ok(());
            }
            let (fresh, begun) = self.open();
            self.found.open = (fresh.len() + begun.len()) as u64;
            let fresh = choose::next(&self.space, &self.trends, self.near(&fresh));
            // A design near a limit needs many replications, so first look at the new designs, one
            // of which may rule it out.
            let (index, until) = match fresh {
                Some(index) => (index, FIRST_LOOK),
                None => match choose::next(&self.space, &self.trends, &begun) {
                    Some(index) => (index, self.rules.maximum),
                    None => return Ok(()),
                },
            };
            let design = self.space.designs()[index].1.clone();
            self.screen(&design, until)?;
        }
    }

    /// Returns whether an objective has no value in any simulated design. The search then assumes
    /// that no other design has a value.
    fn has_no_objective_value(&self) -> bool {
        let tried = &self.found.tried;
        let never = |objective: usize| {
            let status_of = |one: &Tried| one.evaluation().objectives()[objective].status;
            tried.iter().all(|one| status_of(one) == ObjectiveStatus::NotMeasured)
        };
        tried.len() >= TRIED_WITHOUT_VALUE && (0..self.objectives.len()).any(never)
    }

    /// Returns the open indices to choose from. A failed hint indicates where the answer may be:
    /// until a design meets all objectives, the cost is limited to twice that of a failed design.
    fn near<'o>(&self, open: &'o [usize]) -> &'o [usize] {
        if self.rules.hint.is_none() || self.incumbent().is_some() {
            return open;
        }
        let failed = self.found.tried.iter().map(|one| one.cost).fold(0.0, f64::max);
        let cost = |index: &usize| self.space.designs()[*index].0;
        match open.partition_point(|index| cost(index) <= 2.0 * failed) {
            0 => open,
            count => &open[..count],
        }
    }

    /// Returns the indices of designs that are cheaper than the incumbent and may meet all
    /// objectives: designs that were not simulated, and designs that are undecided.
    fn open(&self) -> (Vec<usize>, Vec<usize>) {
        let failures = Failures::of(&self.found.tried);
        let incumbent = self.incumbent();
        let maximum = incumbent.map_or(f64::INFINITY, |index| self.found.tried[index].cost);
        // If there is an incumbent, a design whose mean is beyond a limit gets no more
        // replications.
        let is_worth = |one: &Tried| incumbent.is_none() || one.evaluation().is_within_limits();
        let (mut fresh, mut begun) = (Vec::new(), Vec::new());
        for (index, (cost, design)) in self.space.designs().iter().enumerate() {
            if *cost >= maximum {
                break;
            }
            match self.found.index(design).map(|index| &self.found.tried[index]) {
                Some(tried) if tried.is_open(self.rules.maximum) && is_worth(tried) => {
                    begun.push(index);
                }
                Some(_) => {}
                None if failures.because_of(&self.trends, design).is_some() => {}
                None => fresh.push(index),
            }
        }
        (fresh, begun)
    }

    /// Returns the index of the cheapest design that meets all objectives in screening; among
    /// designs of equal cost, the one with the most components.
    fn incumbent(&self) -> Option<usize> {
        let tried = self.found.tried.iter().enumerate();
        let screened = tried.filter(|(_, one)| one.search_status() == SearchStatus::Screened);
        let cheapest = screened.min_by(|(_, one), (_, other)| {
            let parts = components(&other.design).cmp(&components(&one.design));
            one.cost.total_cmp(&other.cost).then(parts)
        });
        cheapest.map(|(index, _)| index)
    }

    /// Checks the trends if all designs seem to fail. Simulates the strongest failed design with
    /// each dimension set to its weakest level, one at a time. Returns whether one of these designs
    /// refutes a trend or may meet all objectives.
    fn probe(&mut self) -> Result<bool, E::Error> {
        let strongest = self.found.tried.iter().max_by_key(|one| components(&one.design));
        let Some(strongest) = strongest.map(|one| one.design.clone()) else { return Ok(false) };
        if std::mem::replace(&mut self.has_probed, true) {
            return Ok(false);
        }
        if self.has_no_objective_value() {
            return Ok(false);
        }
        let refuted = self.trends.refuted.len();
        let mut may_meet = false;
        for dimension in 0..strongest.len() {
            let mut design = strongest.clone();
            design[dimension] = 0;
            if self.space.cost(&design).is_some() {
                let index = self.screen(&design, FIRST_LOOK)?;
                may_meet |= self.found.tried[index].search_status() == SearchStatus::Screened;
            }
        }
        Ok(may_meet || self.trends.refuted.len() > refuted)
    }

    /// Finds the weakest levels of equal cost with which a design still meets all objectives. Tries
    /// the guess first.
    fn reduce(&mut self, top: usize, guess: Option<&Design>) -> Result<usize, E::Error> {
        let cost = self.found.tried[top].cost;
        let mut best = self.found.tried[top].design.clone();
        if let Some(index) = self.guessed(top, guess)? {
            best.clone_from(&self.found.tried[index].design);
        }
        let maximum = self.found.tried[top].design.clone();
        for dimension in 0..best.len() {
            let mut low = 0;
            while low < best[dimension] {
                let middle = (low + best[dimension]) / 2;
                let with_middle = |mut design: Design| {
                    design[dimension] = middle;
                    design
                };
                // The last step down usually fails. A failure with all other components at their
                // maximum rules out the most designs, so the design with these maxima is simulated
                // first.
                let (design, wide) = (with_middle(best.clone()), with_middle(maximum.clone()));
                let is_last = middle + 1 == best[dimension];
                let is_met = (!is_last || self.try_reduction(wide, cost, &mut best.clone())?)
                    && self.try_reduction(design, cost, &mut best)?;
                if !is_met {
                    low = middle + 1;
                }
            }
        }
        Ok(self.found.index(&best).unwrap_or(top))
    }

    /// Reduces a design to the levels of a guess in each dimension where the cost stays equal.
    /// Returns the index of the reduced design if it meets all objectives, otherwise that of the
    /// original design; `None` without a guess.
    fn guessed(&mut self, top: usize, guess: Option<&Design>) -> Result<Option<usize>, E::Error> {
        let (cost, mut best) = (self.found.tried[top].cost, self.found.tried[top].design.clone());
        let Some(guess) = guess else { return Ok(None) };
        let mut lower = best.clone();
        for dimension in 0..lower.len() {
            let own = std::mem::replace(&mut lower[dimension], guess[dimension]);
            if guess[dimension] > own || self.space.cost(&lower) != Some(cost) {
                lower[dimension] = own;
            }
        }
        self.try_reduction(lower, cost, &mut best)?;
        Ok(self.found.index(&best))
    }

    /// Makes a design of equal cost the best if it meets all objectives.
    fn try_reduction(
        &mut self,
        design: Design,
        cost: f64,
        best: &mut Design,
    ) -> Result<bool, E::Error> {
        let is_known = self.found.index(&design).is_some();
        let failures = Failures::of(&self.found.tried);
        let is_ruled_out = !is_known && failures.because_of(&self.trends, &design).is_some();
        if self.space.cost(&design) != Some(cost) || is_ruled_out {
            return Ok(false);
        }
        let index = self.screen(&design, FIRST_LOOK)?;
        let is_met = self.found.tried[index].search_status() == SearchStatus::Screened;
        if is_met {
            *best = design;
        }
        Ok(is_met)
    }

    /// Finds the next cheapest design that meets all objectives in screening. For each cost, it
    /// considers the design that differs least from the answer.
    fn find_runner_up(&mut self, answer: usize) -> Result<(), E::Error> {
        let (cost, own) = (self.found.tried[answer].cost, self.found.tried[answer].design.clone());
        let distance = |design: &Design| -> usize {
            design.iter().zip(&own).map(|(one, other)| one.abs_diff(*other)).sum()
        };
        let failures = Failures::of(&self.found.tried);
        let dearer = self.space.designs().iter().filter(|(own, _)| *own > cost);
        let possible = dearer.filter(|(_, one)| match self.found.index(one) {
            Some(index) => self.found.tried[index].search_status() == SearchStatus::Screened,
            None => failures.because_of(&self.trends, one).is_none(),
        });
        let mut nearest: Vec<(f64, Design)> = Vec::new();
        for (cost, design) in possible {
            let count = nearest.len();
            match nearest.last_mut().filter(|(last, _)| last == cost) {
                Some((_, last)) if distance(last) <= distance(design) => {}
                Some((_, last)) => last.clone_from(design),
                None if count == RUNNERS_UP_MAX => break,
                None => nearest.push((*cost, design.clone())),
            }
        }
        for (_, design) in nearest {
            let index = self.screen(&design, self.rules.first)?;
            if self.found.tried[index].search_status() == SearchStatus::Screened {
                self.found.runner_up = Some(index);
                break;
            }
        }
        Ok(())
    }

    /// Simulates the designs one step from the answer in each dimension, down and up.
    fn examine_neighbours(&mut self, answer: usize) -> Result<(), E::Error> {
        let own = self.found.tried[answer].design.clone();
        for dimension in 0..own.len() {
            for step in [-1, 1] {
                let mut design = own.clone();
                let Some(level) = own[dimension].checked_add_signed(step) else { continue };
                design[dimension] = level;
                if self.space.cost(&design).is_none() {
                    continue;
                }
                let failures = Failures::of(&self.found.tried);
                let known = self.found.index(&design);
                let known = known.or_else(|| failures.because_of(&self.trends, &design));
                let index = match known.or_else(|| self.alike(answer, &design)) {
                    Some(index) => index,
                    None => self.screen(&design, self.rules.first)?,
                };
                if !self.found.neighbours.contains(&index) {
                    self.found.neighbours.push(index);
                }
            }
        }
        Ok(())
    }

    /// Returns the index of a design with the answer's cost that meets all objectives and has at
    /// least as many of each component as `design`: it shows the effect of more components without
    /// a price.
    fn alike(&self, answer: usize, design: &[usize]) -> Option<usize> {
        let cost = self.found.tried[answer].cost;
        let is_alike = |one: &Tried| {
            let has_more = one.design.iter().zip(design).all(|(own, other)| own >= other);
            one.cost == cost && has_more && one.search_status() == SearchStatus::Screened
        };
        self.found.tried.iter().position(is_alike)
    }

    /// Simulates a design until its objectives are decided or `until` replications are done.
    /// Returns its index.
    fn screen(&mut self, design: &[usize], until: u32) -> Result<usize, E::Error> {
        let until = until.clamp(self.first, self.rules.maximum.max(self.first));
        loop {
            let known = self.found.index(design);
            let tried = known.map(|index| &self.found.tried[index]);
            let count = tried.map_or(0, |one| one.evaluation().count());
            let is_over = tried.is_some_and(|one| match one.search_status() {
                SearchStatus::Undecided => count >= until || !one.is_open(u32::MAX),
                SearchStatus::Screened => count >= self.first,
                _ => true,
            });
            if let Some(index) = known.filter(|_| is_over) {
                return Ok(index);
            }
            let sample = tried.map(|one| one.evaluation().sample().clone());
            let mut sample = sample.unwrap_or_default();
            let next = match count {
                0 => self.rules.first,
                1..SECOND_LOOK => SECOND_LOOK.min(until),
                _ => next_look(count).min(until),
            };
            self.evaluator.replicate(design, count..next, &mut sample)?;
            let evaluation = Evaluation::of(sample, self.objectives, self.rules.confidence);
            let evaluation = match evaluation.verdict() {
                ObjectiveStatus::Violated if next <= FEW => {
                    evaluation.at(self.objectives, REJECTING_AT)
                }
                _ => evaluation,
            };
            self.look(design, evaluation)?;
        }
    }

    /// Stores an evaluation of a design.
    fn look(&mut self, design: &[usize], evaluation: Evaluation) -> Result<(), E::Error> {
        let index = match self.found.index(design) {
            Some(index) => {
                self.found.tried[index].rescreen(evaluation);
                index
            }
            None => {
                let known = self.space.cost(design);
                let cost = known.map_or_else(|| self.evaluator.cost(design), Ok)?;
                self.found.tried.push(Tried::new(design.to_vec(), cost, evaluation));
                self.found.tried.len() - 1
            }
        };
        for other in 0..self.found.tried.len() {
            self.trends.compare(&self.found.tried[index], &self.found.tried[other]);
        }
        self.found.refuted.clone_from(&self.trends.refuted);
        self.evaluator.looked(&self.found);
        Ok(())
    }

    /// Simulates a design with new replications. Returns whether it meets all objectives again, at
    /// its share of the error probability.
    fn confirm(&mut self, index: usize) -> Result<bool, E::Error> {
        self.found.confirmations += 1;
        let number = self.found.confirmations;
        let risk = (1.0 - self.rules.confidence) / 2_f64.powi(number as i32) / f64::from(LOOKS);
        let design = self.found.tried[index].design.clone();
        let from = FRESH * number;
        let first = CONFIRMING.min(self.rules.maximum);
        let refusing = REFUSING.into_iter().filter(|(count, _)| *count < first);
        let accepting = (0..LOOKS).map(|look| first << look);
        // A two-sided interval at 1 - 2r has an error probability of r on each side.
        let surely = 1.0 - 2.0 * risk;
        let accepting = accepting.map(|count| (count, surely));
        let mut sample = Sample::default();
        for (count, level) in refusing.chain(accepting) {
            let before = sample.replications.len() as u32;
            self.evaluator.replicate(&design, from + before..from + count, &mut sample)?;
            let evaluation = Evaluation::of(sample.clone(), self.objectives, level);
            let verdict = evaluation.verdict();
            let is_over = match count < first {
                true => matches!(verdict, ObjectiveStatus::Violated | ObjectiveStatus::NotMeasured),
                // More replications are unlikely to confirm a design whose mean is beyond a limit.
                false => {
                    verdict != ObjectiveStatus::Undecided
                        || !evaluation.is_within_limits()
                        || count == first << (LOOKS - 1)
                }
            };
            if is_over {
                // An early rejection may have a low confidence level, so store the evaluation at
                // the level of an acceptance.
                self.found.tried[index].conclude(evaluation.at(self.objectives, surely));
                break;
            }
        }
        self.evaluator.looked(&self.found);
        Ok(self.found.tried[index].search_status() == SearchStatus::Confirmed)
    }
}
