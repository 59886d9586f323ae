//! The cheapest design that meets the objectives, with a bound on choosing one that does not.
//!
//! A design is one level in each dimension, levels in order of strength. The search assumes that
//! more strength in one dimension never makes a figure worse (monotony); what it has found so far
//! tells it which designs it need not try.
//!
//! 1. Screening: the strongest design, then in each dimension the weakest level that does not fail
//!    with all others at their strongest (bisection), then all designs that remain, the cheapest
//!    first. A design fails if an objective is violated with confidence, or if some station cannot
//!    keep up by the utilisation law; then all weaker ones fail.
//! 2. Confirmation: a design that meets all objectives in screening is simulated anew, with
//!    replications it has not been chosen by. The k-th confirmation is at level 1 - a/2^k, shared
//!    among its looks, so that all confirmations together accept a design that violates any
//!    objective with probability a at most. Each objective is tested at the full level: all must be
//!    met, an intersection-union test (Berger, "Multiparameter Hypothesis Testing and Acceptance
//!    Sampling", Technometrics 24, 1982). Screening and choosing on the same replications would
//!    favour lucky designs (Kim, Nelson, "Selecting the Best System", Handbooks in OR & MS 13,
//!    2006).
//!
//! All this holds as far as Student's interval does. A figure that is zero but for one replication
//! in fifty is mostly zero in twenty, and its interval has no width: what is that rare is not seen.

use std::ops::Range;

use crate::results::{Judgement, ObjectiveResult, Sample};

use super::objectives::{Objective, judge_each, verdict};
use super::precision::next_look;

/// One level in each dimension, from the weakest, 0.
pub type Design = Vec<usize>;

/// What simulates designs for the search.
pub trait Laboratory {
    /// Why nothing can be simulated.
    type Error;

    /// Levels in each dimension, at least one.
    fn levels(&self) -> Vec<usize>;

    /// What a design costs a month, before it is simulated: orders the search.
    ///
    /// # Errors
    /// If the design cannot be loaded.
    fn cost(&mut self, design: &[usize]) -> Result<f64, Self::Error>;

    /// Why a design cannot keep up whatever chance brings, if that is so.
    ///
    /// # Errors
    /// If the design cannot be loaded.
    fn hopeless(&mut self, design: &[usize]) -> Result<Option<String>, Self::Error>;

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
}

/// How sure the search is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The probability of accepting a design that fails is at most one less this.
    pub confidence: f64,
    /// Replications of the first look of screening: few, because most designs fail by far.
    pub first: u32,
    /// Most replications of one design in one stage.
    pub most: u32,
}

/// Why a design was not chosen, or that it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Meets all objectives, confirmed.
    Confirmed,
    /// Meets all in screening; not confirmed.
    Screened,
    /// Violates an objective with confidence.
    Violated,
    /// Neither with as many replications as allowed.
    Undecided,
    /// A station cannot keep up.
    Hopeless(String),
}

/// A design that was looked at.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Which.
    pub design: Design,
    /// A month's cost, as it orders the search.
    pub cost: f64,
    /// What became of it.
    pub standing: Standing,
    /// Its objectives: of the confirmation if there was one.
    pub objectives: Vec<ObjectiveResult>,
    /// Its replications: of the confirmation if there was one.
    pub sample: Sample,
}

/// What the search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The place of the answer in `tried`; `None` if nothing in the space meets the objectives.
    pub answer: Option<usize>,
    /// The next cheapest that meets them in screening.
    pub runner_up: Option<usize>,
    /// Everything that was looked at, in order.
    pub tried: Vec<Tried>,
    /// Designs in the space.
    pub space: u64,
    /// How often a design was up for confirmation.
    pub confirmations: u32,
}

/// Confirmations use replications from here on.
const FRESH: u32 = 1_000_000;

/// More designs than this are not listed.
pub const DESIGNS_MAX: u64 = 1_000_000;

/// Replications of the first look of a confirmation.
const CONFIRMING: u32 = 20;

/// More confirmations than this have no risk left to share.
const CONFIRMATIONS_MAX: u32 = 20;

/// Looks of one confirmation.
const LOOKS: u32 = 3;

/// A search that ended early.
#[derive(Clone, Debug)]
pub struct Unfinished<E> {
    /// What was found until then.
    pub found: Box<Found>,
    /// Why.
    pub error: E,
}

/// Searches the space.
///
/// # Errors
/// What the laboratory says, with what was found before.
pub fn search<L: Laboratory>(
    laboratory: &mut L,
    objectives: &[Objective],
    rules: Rules,
) -> Result<Found, Unfinished<L::Error>> {
    let levels = laboratory.levels();
    let space = levels.iter().map(|count| *count as u64).product();
    let mut search =
        Search { laboratory, objectives, rules, found: Found::default(), failed: vec![] };
    search.found.space = space;
    let strongest: Design = levels.iter().map(|count| count - 1).collect();
    match search.from(&strongest) {
        Ok(()) => Ok(search.found),
        Err(error) => Err(Unfinished { found: Box::new(search.found), error }),
    }
}

struct Search<'a, L> {
    laboratory: &'a mut L,
    objectives: &'a [Objective],
    rules: Rules,
    found: Found,
    failed: Vec<Design>,
}

impl<L: Laboratory> Search<'_, L> {
    /// All of it, from the strongest design down.
    fn from(&mut self, strongest: &Design) -> Result<(), L::Error> {
        if self.screen(strongest)?.1 != Judgement::Met {
            return Ok(());
        }
        let weakest = self.weakest(strongest)?;
        self.cheapest(&weakest, strongest)
    }

    /// In each dimension the weakest level that does not fail when all others are strongest.
    fn weakest(&mut self, strongest: &Design) -> Result<Design, L::Error> {
        let mut weakest = strongest.clone();
        for dimension in 0..strongest.len() {
            let (mut low, mut high) = (0, strongest[dimension]);
            while low < high {
                let mut design = strongest.clone();
                design[dimension] = (low + high) / 2;
                match self.screen(&design)?.1 {
                    Judgement::Violated => low = design[dimension] + 1,
                    _ => high = design[dimension],
                }
            }
            weakest[dimension] = low;
        }
        Ok(weakest)
    }

    /// The designs between two, the cheapest first, until one is confirmed and the next is found.
    fn cheapest(&mut self, weakest: &Design, strongest: &Design) -> Result<(), L::Error> {
        let designs = by_cost(self.laboratory, weakest, strongest)?;
        for (cost, design) in &designs {
            if self.is_known_to_fail(design) {
                continue;
            }
            if self.found.answer.is_none() && self.found.confirmations >= CONFIRMATIONS_MAX {
                return Ok(());
            }
            let (place, judgement) = self.screen(design)?;
            if judgement != Judgement::Met {
                continue;
            }
            if self.found.answer.is_some() {
                self.found.runner_up = Some(place);
                return Ok(());
            }
            if self.is_confirmed(place)? {
                self.found.answer = Some(place);
            } else {
                let class = designs.iter().filter(|(own, _)| own == cost);
                self.give_up_class(&class.map(|(_, design)| design).collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }

    /// One of several designs that cost the same was not confirmed. If the strongest of them is
    /// not either, none is: they differ in what does not matter, and each confirmation would take
    /// its share of the risk.
    fn give_up_class(&mut self, class: &[&Design]) -> Result<(), L::Error> {
        let is_weaker = |one: &Design, than: &Design| one.iter().zip(than).all(|(o, t)| o <= t);
        let strongest = class.iter().find(|one| class.iter().all(|other| is_weaker(other, one)));
        let Some(strongest) = strongest else { return Ok(()) };
        let (place, judgement) = self.screen(strongest)?;
        if judgement != Judgement::Met || !self.is_confirmed(place)? {
            self.failed.push((*strongest).clone());
        }
        Ok(())
    }

    /// Whether a design that passed screening is confirmed, now or before.
    fn is_confirmed(&mut self, place: usize) -> Result<bool, L::Error> {
        match self.found.tried[place].standing {
            Standing::Confirmed => Ok(true),
            Standing::Screened => self.confirm(place),
            _ => Ok(false),
        }
    }

    fn is_known_to_fail(&self, design: &[usize]) -> bool {
        let is_weaker = |failed: &Design| failed.iter().zip(design).all(|(f, d)| d <= f);
        self.failed.iter().any(is_weaker)
    }

    /// Looks at a design until its objectives are decided; returns its place and what came of it.
    fn screen(&mut self, design: &[usize]) -> Result<(usize, Judgement), L::Error> {
        if let Some(place) = self.found.tried.iter().position(|one| one.design == design) {
            let judgement = match self.found.tried[place].standing {
                Standing::Confirmed | Standing::Screened => Judgement::Met,
                Standing::Undecided => Judgement::Undecided,
                Standing::Violated | Standing::Hopeless(_) => Judgement::Violated,
            };
            return Ok((place, judgement));
        }
        let cost = self.laboratory.cost(design)?;
        let mut sample = Sample::default();
        let mut objectives = Vec::new();
        let mut judgement = Judgement::Violated;
        let standing = match self.laboratory.hopeless(design)? {
            Some(why) => Standing::Hopeless(why),
            None => {
                let mut count = 0;
                let mut next = self.rules.first;
                loop {
                    self.laboratory.replicate(design, count..next, &mut sample)?;
                    objectives = judge_each(&sample, self.objectives, self.rules.confidence);
                    judgement = verdict(&objectives);
                    count = next;
                    if judgement != Judgement::Undecided || count >= self.rules.most {
                        break;
                    }
                    next = next_look(count).min(self.rules.most);
                }
                match judgement {
                    Judgement::Met => Standing::Screened,
                    Judgement::Violated => Standing::Violated,
                    Judgement::Undecided => Standing::Undecided,
                }
            }
        };
        if judgement == Judgement::Violated {
            self.failed.push(design.to_vec());
        }
        let design = design.to_vec();
        self.found.tried.push(Tried { design, cost, standing, objectives, sample });
        Ok((self.found.tried.len() - 1, judgement))
    }

    /// Simulates a design anew. Whether all objectives are met again, at its share of the risk.
    fn confirm(&mut self, place: usize) -> Result<bool, L::Error> {
        self.found.confirmations += 1;
        let number = self.found.confirmations;
        let risk = (1.0 - self.rules.confidence) / 2_f64.powi(number as i32) / f64::from(LOOKS);
        let design = self.found.tried[place].design.clone();
        let from = FRESH * number;
        let mut sample = Sample::default();
        let mut count = 0;
        let mut next = CONFIRMING.min(self.rules.most);
        for _ in 0..LOOKS {
            self.laboratory.replicate(&design, from + count..from + next, &mut sample)?;
            count = next;
            next *= 2;
            // A two-sided interval at 1 - 2r has r above it.
            let objectives = judge_each(&sample, self.objectives, 1.0 - 2.0 * risk);
            let judgement = verdict(&objectives);
            let tried = &mut self.found.tried[place];
            tried.objectives = objectives;
            tried.sample = sample.clone();
            match judgement {
                Judgement::Met => {
                    tried.standing = Standing::Confirmed;
                    return Ok(true);
                }
                Judgement::Violated => {
                    tried.standing = Standing::Violated;
                    return Ok(false);
                }
                Judgement::Undecided => {}
            }
        }
        self.found.tried[place].standing = Standing::Undecided;
        Ok(false)
    }
}

/// Every design between two with its cost, the cheapest first; of those that cost the same the one
/// with the fewest parts.
///
/// # Errors
/// What the laboratory says.
pub fn by_cost<L: Laboratory>(
    laboratory: &mut L,
    weakest: &[usize],
    strongest: &[usize],
) -> Result<Vec<(f64, Design)>, L::Error> {
    let mut designs = Vec::new();
    for design in all_between(weakest, strongest) {
        designs.push((laboratory.cost(&design)?, design));
    }
    designs.sort_by(|(one, first), (other, second)| {
        let parts = |design: &Design| design.iter().sum::<usize>();
        one.total_cmp(other).then(parts(first).cmp(&parts(second))).then(first.cmp(second))
    });
    Ok(designs)
}

/// Every design from `low` to `high`, both included.
fn all_between(low: &[usize], high: &[usize]) -> Vec<Design> {
    let mut designs: Vec<Design> = vec![Vec::new()];
    for (from, to) in low.iter().zip(high) {
        designs = designs
            .into_iter()
            .flat_map(|design| {
                (*from..=*to).map(move |level| [design.clone(), vec![level]].concat())
            })
            .collect();
    }
    designs
}

#[cfg(test)]
mod tests;
