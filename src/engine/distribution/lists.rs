//! Checks of the lists from which empirical distributions are created.

use std::cmp::Ordering;

use super::DistributionError;
use crate::base::SimDuration;

/// Checks that a list of values is not empty.
pub(super) fn not_empty<T>(values: &[T]) -> Result<(), DistributionError> {
    let (problem, expected) = ("the list is empty", "at least one value");
    let error = DistributionError::List { parameter: "values", index: None, problem, expected };
    if values.is_empty() { Err(error) } else { Ok(()) }
}

/// Checks the points of a distribution by quantiles.
pub(super) fn check_points(points: &[(f64, SimDuration)]) -> Result<(), DistributionError> {
    let refused = |index: Option<usize>, problem: &'static str, expected: &'static str| {
        Err(DistributionError::List { parameter: "quantiles", index, problem, expected })
    };
    let [first, .., last] = points else {
        let problem =
            if points.is_empty() { "the list is empty" } else { "there is only one point" };
        return refused(None, problem, "at least two points, with the probabilities 0 and 1");
    };
    if first.0 != 0.0 {
        return refused(
            Some(0),
            "the first probability is not 0",
            "a first point at probability 0",
        );
    }
    for (index, pair) in points.windows(2).enumerate() {
        let next = Some(index + 1);
        if pair[0].0.partial_cmp(&pair[1].0) != Some(Ordering::Less) {
            let problem = "the probabilities do not ascend";
            return refused(next, problem, "a higher probability than that of the point before");
        }
        if pair[0].1 > pair[1].1 {
            let expected = "at least the value of the point before";
            return refused(next, "the values descend", expected);
        }
    }
    if last.0 != 1.0 {
        let index = Some(points.len() - 1);
        return refused(index, "the last probability is not 1", "a last point at probability 1");
    }
    Ok(())
}
