//! The designs that can be chosen, in the order of their cost.

use super::{Design, Evaluator, Exclusion};

/// Costs that differ by less than this share are equal: they are sums of the same prices in
/// another order.
const SAME: f64 = 1e-9;

/// All designs that nothing excludes before they are simulated.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// Cost per month and design: the cheapest first, of equal cost those with fewer components.
    designs: Vec<(f64, Design)>,
    /// Designs in the space, those that are excluded included.
    pub size: u64,
    /// Designs whose fixed cost alone is above a budget.
    pub over_budget: u64,
    /// Designs that need more cores than the quota has.
    pub over_quota: u64,
}

impl Space {
    /// Lists the designs of an evaluator.
    ///
    /// # Errors
    /// As the evaluator.
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

    /// The space of designs whose costs are known.
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

    /// Gives designs of equal cost one number for it and orders them by their components.
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

    /// Cost and design by place.
    pub fn designs(&self) -> &[(f64, Design)] {
        &self.designs
    }

    /// The cost of a design; `None` if it is excluded or not of the space.
    pub fn cost(&self, design: &[usize]) -> Option<f64> {
        self.designs.iter().find(|(_, own)| own == design).map(|(cost, _)| *cost)
    }
}

/// Whether two costs are equal but for rounding.
fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() <= SAME * one.abs().max(other.abs())
}

/// The sum of all levels.
pub(super) fn components(design: &[usize]) -> usize {
    design.iter().sum()
}

/// Every design of so many levels in each dimension.
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
