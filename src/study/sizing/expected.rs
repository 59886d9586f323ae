//! Estimates the number of replications of a search.

use super::Space;

/// Replications per design in screening: most designs are decided after two replications; a few
/// designs near a limit need more.
const PER_DESIGN: f64 = 2.0;

/// Replications of one refused design near a limit; `CONFIRMATION` adds those of the confirmation.
const NEAR_LIMIT: f64 = 10.0;
const CONFIRMATION: f64 = 20.0;

/// Returns the expected number of replications of a search: a bisection of the costs, a bisection
/// of each dimension without a price, a confirmation, and one step in each direction.
pub(super) fn expected_replications(space: &Space, levels: &[usize], first: u32) -> u32 {
    let mut costs: Vec<f64> = space.designs().iter().map(|(cost, _)| *cost).collect();
    costs.dedup();
    let cheapest = space.designs().first().map_or(f64::NAN, |(cost, _)| *cost);
    let is_free = |dimension: usize| {
        let cheapest = space.designs().iter().take_while(|(cost, _)| *cost == cheapest);
        cheapest.clone().any(|(_, design)| design[dimension] > 0)
    };
    let halvings = |count: usize| (count.max(1) as f64).log2().ceil();
    let free = levels.iter().enumerate().filter(|(dimension, _)| is_free(*dimension));
    let designs = 1.0
        + halvings(costs.len())
        + free.map(|(_, count)| halvings(*count)).sum::<f64>()
        + levels.iter().filter(|count| **count > 1).count() as f64;
    let in_all = PER_DESIGN.max(f64::from(first)) * designs + NEAR_LIMIT + CONFIRMATION;
    // In a small space, the search may simulate every design.
    let maximum = 4.0 * NEAR_LIMIT * space.designs().len() as f64;
    in_all.min(maximum + CONFIRMATION) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses 24 different costs and a dimension without a price, with eight levels or with one
    /// level.
    #[test]
    fn the_estimate_grows_with_the_number_of_bisections() {
        let costs: Vec<f64> = (0..24).map(f64::from).collect();
        let space = |free: usize| {
            let designs = costs
                .iter()
                .flat_map(|cost| (0..free).map(move |level| (*cost, vec![*cost as usize, level])));
            Space::from_designs(designs.collect())
        };
        // Designs: 1, plus 5 for the bisection of the costs, 3 for the bisection of eight levels
        // and one per dimension. In addition, 30 replications are for confirmations.
        assert_eq!(expected_replications(&space(8), &[24, 8], 2), 2 * (1 + 5 + 3 + 2) + 30);
        assert_eq!(expected_replications(&space(1), &[24, 1], 2), 2 * (1 + 5 + 1) + 30);
    }
}
