//! Correction for classes whose shares of the requests change with the rate.
//!
//! If a class with long times has a larger share of the requests in busy hours, the mean recorded
//! time grows with the rate although no request waits longer. Before the growth is measured, the
//! differences between the classes are therefore removed: a recorded time is the sum of an effect
//! of its class and an effect of the rate, and both follow from weighted least squares (two-way
//! layout with unequal numbers). The effect of the rate is the same for all classes, because they
//! share the queue.

use std::collections::BTreeMap;

use super::Observation;
use super::load::Windows;

/// The number of groups of requests with similar rates.
const GROUPS: usize = 20;
/// The smallest share of a diagonal element that must remain in the elimination. Below, a class has
/// no group together with the others, so that its effect is unknown and zero is used.
const PIVOT_MIN: f64 = 1e-9;

/// A request: the number of its class, counted from 0, and its recorded time.
type Timed = (usize, f64);

/// Removes the differences between classes from recorded times. Their mean becomes `mean`. Returns
/// `None` if there are fewer than two classes.
pub(super) fn without_classes(
    observations: &[(u32, Observation)],
    windows: &Windows,
    mean: f64,
) -> Option<Vec<Observation>> {
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    for (class, _) in observations {
        let next = numbers.len();
        numbers.entry(*class).or_insert(next);
    }
    if numbers.len() < 2 {
        return None;
    }
    let number = |class: u32| numbers.get(&class).copied().unwrap_or(0);
    let rated = |(class, one): &(u32, Observation)| {
        Some((windows.rate_at(one.arrival)?, one.arrival, (number(*class), one.taken)))
    };
    let mut all: Vec<(f64, f64, Timed)> = observations.iter().filter_map(rated).collect();
    // In order of time at equal rates: groups must not depend on the recorded times.
    all.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.total_cmp(&two.1)));
    let size = all.len().div_ceil(GROUPS).max(1);
    let groups: Vec<Vec<Timed>> =
        all.chunks(size).map(|chunk| chunk.iter().map(|one| one.2).collect()).collect();
    let effects = effects(&groups, numbers.len());
    let adjusted: Vec<Observation> = observations
        .iter()
        .map(|(class, one)| Observation { taken: one.taken - effects[number(*class)], ..*one })
        .collect();
    let own = adjusted.iter().map(|one| one.taken).sum::<f64>() / adjusted.len() as f64;
    let moved = |one: Observation| Observation { taken: one.taken + mean - own, ..one };
    Some(adjusted.into_iter().map(moved).collect())
}

/// Number, sum and sum of squares of the recorded times of a class in a group.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    count: f64,
    sum: f64,
    squares: f64,
}

/// Returns the effects of the classes; that of the first one is zero. The effects of the rates are
/// eliminated from the normal equations.
fn effects(groups: &[Vec<Timed>], classes: usize) -> Vec<f64> {
    let mut matrix = vec![vec![0.0; classes]; classes];
    let mut right = vec![0.0; classes];
    for group in groups {
        let mut cells = vec![Cell::default(); classes];
        for (class, taken) in group {
            cells[*class].count += 1.0;
            cells[*class].sum += taken;
            cells[*class].squares += taken * taken;
        }
        let count = group.len() as f64;
        let sum: f64 = cells.iter().map(|cell| cell.sum).sum();
        // Times vary more at high rates, where requests wait.
        let weight = count / within(&cells);
        for (row, one) in cells.iter().enumerate() {
            right[row] += weight * (one.sum - one.count * sum / count);
            matrix[row][row] += weight * one.count;
            for (column, other) in cells.iter().enumerate() {
                matrix[row][column] -= weight * one.count * other.count / count;
            }
        }
    }
    solve(matrix, right)
}

/// Returns the sum of the squared deviations from the means of the classes, above zero.
fn within(cells: &[Cell]) -> f64 {
    let used = cells.iter().filter(|cell| cell.count > 0.0);
    let squares: f64 = used.map(|cell| cell.squares - cell.sum * cell.sum / cell.count).sum();
    squares.max(1e-12)
}

/// Solves symmetric equations of a positive semidefinite matrix by elimination. The first unknown
/// value is zero, as are those that the equations do not determine.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    let diagonal: Vec<f64> = (0..size).map(|row| matrix[row][row]).collect();
    let is_used = |row: usize, pivot: f64| row > 0 && pivot > PIVOT_MIN * diagonal[row];
    for row in 0..size {
        let pivot = matrix[row][row];
        if !is_used(row, pivot) {
            continue;
        }
        let own_right = right[row];
        let (above, below) = matrix.split_at_mut(row + 1);
        for (other, value) in below.iter_mut().zip(&mut right[row + 1..]) {
            let factor = other[row] / pivot;
            for (left, own) in other.iter_mut().zip(&above[row]).skip(row) {
                *left -= factor * own;
            }
            *value -= factor * own_right;
        }
    }
    let mut found = vec![0.0; size];
    for row in (0..size).rev() {
        if is_used(row, matrix[row][row]) {
            let known = (row + 1..size).map(|column| matrix[row][column] * found[column]);
            found[row] = (right[row] - known.sum::<f64>()) / matrix[row][row];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::Period;
    use super::*;

    /// The rate rises from 1/s to 10/s in ten hours, and all times by 0.1 s per step. In each hour,
    /// the share of the class with long times rises as well.
    #[test]
    fn the_growth_that_remains_is_that_of_the_rate() {
        let (mut observations, mut periods) = (Vec::new(), Vec::new());
        for hour in 0..10_u32 {
            let rate = f64::from(hour + 1);
            periods.extend([Period { rate, mean_taken: 0.0, requests: 1.0 }; 60]);
            for number in 0..100 {
                let class = u32::from(number < 10 * hour);
                let noise = f64::from(number % 10) / 1e3;
                let taken = 1.0 + 0.1 * f64::from(hour) + 5.0 * f64::from(class) + noise;
                let arrival = 3600.0 * f64::from(hour) + f64::from(number);
                observations.push((class, Observation { arrival, taken, number_at_arrival: 9 }));
            }
        }
        let windows = Windows::new(&periods);
        let found = without_classes(&observations, &windows, 4.0).expect("two classes");
        let mean = |hour: usize| {
            found[100 * hour..][..100].iter().map(|one| one.taken).sum::<f64>() / 100.0
        };
        for hour in 1..10 {
            assert!((mean(hour) - mean(hour - 1) - 0.1).abs() < 1e-3, "hour {hour}");
        }
        assert!((found.iter().map(|one| one.taken).sum::<f64>() / 1e3 - 4.0).abs() < 1e-9);
        let single: Vec<_> = observations.iter().map(|one| (7, one.1)).collect();
        assert_eq!(without_classes(&single, &windows, 4.0), None);
    }
}
