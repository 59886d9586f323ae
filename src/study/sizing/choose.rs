//! Which design to simulate next: the one that decides about most others, whatever comes out.

use crate::study::sizing::evidence::Trends;
use crate::study::sizing::space::Space;

/// More candidates than this are not all compared.
const CANDIDATES_MAX: usize = 400;

/// More undecided designs than this are counted by a sample of them.
const COUNTED_MAX: usize = 2_000;

/// The place in the space of the design to simulate next, of `open` places in order; `None` if
/// there are none.
///
/// If a design meets all objectives, those that cost as much or more need no simulation. If it
/// fails one, those that can only fail it too do not. The best design has the largest minimum of
/// the two: a bisection, in as many dimensions as there are.
pub(super) fn next(space: &Space, trends: &Trends, open: &[usize]) -> Option<usize> {
    let designs = space.designs();
    let step = open.len().div_ceil(COUNTED_MAX).max(1);
    let counted: Vec<usize> = open.iter().copied().step_by(step).collect();
    let decided = |index: usize| {
        let (cost, design) = &designs[index];
        let if_met = counted.iter().filter(|other| designs[**other].0 >= *cost).count();
        let if_failed: usize = (0..trends.objectives())
            .map(|objective| {
                let is_failed =
                    |other: &usize| trends.reaches(objective, design, &designs[*other].1);
                counted.iter().filter(|other| is_failed(other)).count()
            })
            .sum();
        let if_failed = if_failed as f64 / trends.objectives().max(1) as f64;
        let if_met = if_met as f64;
        (if_met.min(if_failed), if_met + if_failed)
    };
    let scored = candidates(space, open).into_iter().map(|index| (decided(index), index));
    // The first of the best: the order of the space decides between equal ones.
    let better = |one: (f64, f64), other: (f64, f64)| {
        one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)).is_gt()
    };
    scored
        .reduce(|best, one| if better(one.0, best.0) { one } else { best })
        .map(|(_, index)| index)
}

/// All open designs if they are few, otherwise of each cost the one with most components.
fn candidates(space: &Space, open: &[usize]) -> Vec<usize> {
    if open.len() <= CANDIDATES_MAX {
        return open.to_vec();
    }
    let cost = |index: usize| space.designs()[index].0;
    let is_last = |(number, index): (usize, &usize)| {
        let next = open.get(number + 1);
        next.is_none_or(|next| cost(*next) > cost(*index)).then_some(*index)
    };
    let strongest: Vec<usize> = open.iter().enumerate().filter_map(is_last).collect();
    let step = strongest.len().div_ceil(CANDIDATES_MAX).max(1);
    strongest.into_iter().step_by(step).collect()
}
