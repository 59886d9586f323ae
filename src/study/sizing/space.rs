//! Design space in the order of cost.

use super::{Design, Evaluator, Exclusion};

/// Relative difference below which costs count as equal: sums of the same prices in different
/// orders have different rounding errors.
const SAME: f64 = 1e-9;

/// All designs that are not excluded before the simulation.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// Cost per month and design, sorted by cost and, for equal costs, by number of components.
    designs: Vec<(f64, Design)>,
    /// Number of designs in the space, including excluded ones.
    pub size: u64,
    /// Number of designs whose fixed cost alone exceeds a budget.
    pub over_budget: u64,
    /// Number of designs that need more cores than the quota.
    pub over_quota: u64,
}

impl Space {
    /// Lists the designs of an evaluator.
    ///
    /// # Errors
    /// Returns the errors of the evaluator.
    pub fn of<E: Evaluator>(evaluator: &mut E) -> Result<Self, E::Error> {
        let mut space = Space::default();
        for design in all_designs(&evaluator.levels()) {
            space.size += 1;
            match evaluator.exclusion(&design)? {
                Some(Exclusion::OverBudget) => space.over_budget += 1,
                Some(Exclusion::OverQuota) => space.over_quota += 1,
                None => {
                    let cost = evaluator.cost(&design)?;
                    space.designs.push((cost, design));
                }
            }
        }
        space.order();
        Ok(space)
    }

    /// Creates a space of designs with known costs.
    #[cfg(test)]
    pub fn from_designs(designs: Vec<(f64, Design)>) -> Self {
        let size = designs.len() as u64;
        let mut space = Space { designs, size, ..Space::default() };
        space.order();
        space
    }

    fn order(&mut self) {
        self.designs.sort_by(|(one, first), (other, second)| {
            one.total_cmp(other).then_with(|| first.cmp(second))
        });
        self.order_equal_costs();
    }

    /// Assigns exactly equal costs to designs of equal cost, and sorts such designs by number of
    /// components.
    fn order_equal_costs(&mut self) {
        let mut start = 0;
        while start < self.designs.len() {
            let cost = self.designs[start].0;
            let length = self.designs[start..].partition_point(|(own, _)| is_same(*own, cost));
            let class = &mut self.designs[start..start + length];
            class.iter_mut().for_each(|(own, _)| *own = cost);
            class.sort_by(|(_, one), (_, other)| {
                components(one).cmp(&components(other)).then_with(|| one.cmp(other))
            });
            start += length;
        }
    }

    /// Returns the costs and designs in order.
    pub fn designs(&self) -> &[(f64, Design)] {
        &self.designs
    }

    /// Returns the cost of a design; `None` if it is excluded or not in the space.
    pub fn cost(&self, design: &[usize]) -> Option<f64> {
        self.designs.iter().find(|(_, own)| own == design).map(|(cost, _)| *cost)
    }
}

/// Returns whether two costs are equal except for rounding errors.
fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() <= SAME * one.abs().max(other.abs())
}

/// Returns the sum of all levels.
pub(super) fn components(design: &[usize]) -> usize {
    design.iter().sum()
}

/// Returns every design with the given numbers of levels.
fn all_designs(levels: &[usize]) -> impl Iterator<Item = Design> + '_ {
    let count = levels.iter().product::<usize>();
    (0..count).map(move |number| {
        let mut rest = number;
        let mut design = vec![0; levels.len()];
        for (level, of) in design.iter_mut().zip(levels).rev() {
            (*level, rest) = (rest % of, rest / of);
        }
        design
    })
}
