//! Chooses the design to simulate next: the one whose result decides the most other designs.

use crate::study::sizing::evidence::Trends;
use crate::study::sizing::space::Space;

/// Maximum number of candidates to compare.
const CANDIDATES_MAX: usize = 400;

/// Maximum number of undecided designs to count; larger numbers are estimated from a sample.
const COUNTED_MAX: usize = 2_000;

/// Returns the index in the space of the design to simulate next, out of the sorted indices in
/// `open`; `None` if there are none.
///
/// If a design meets all objectives, designs with the same or a higher cost need no simulation. If
/// it fails an objective, designs that must also fail it need no simulation. The function maximises
/// the smaller of these two numbers of designs, which is a bisection in several dimensions.
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
    // Ties go to the design that comes first in the space.
    let better = |one: (f64, f64), other: (f64, f64)| {
        one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)).is_gt()
    };
    scored
        .reduce(|best, one| if better(one.0, best.0) { one } else { best })
        .map(|(_, index)| index)
}

/// Returns all open designs or, if there are many, the design with the most components for each
/// cost.
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
