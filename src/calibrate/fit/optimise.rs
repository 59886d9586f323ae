//! Minimisation of a smooth function of one to three parameters.
//!
//! Damped Newton method with numerical derivatives: Nocedal, Wright, Numerical Optimization, 2nd
//! ed., sections 3.4 (modified Hessian), 3.1 (backtracking) and 8.1 (finite differences). A
//! general optimisation crate (argmin) was considered: these problems have at most three
//! parameters and good starting points, and the Hessian at the minimum is needed for the standard
//! errors in any case. The method takes some five iterations.

/// The step of the finite differences, in units of the scale of a parameter.
const STEP: f64 = 1e-4;
/// Half the Newton decrement at which the search ends, relative to a function of size one.
const DECREMENT: f64 = 1e-11;
const ITERATIONS_MAX: u32 = 200;
/// The longest step per iteration in units of the scales.
const STEP_MAX: f64 = 4.0;

/// A minimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Minimum<const N: usize> {
    /// The parameters at the minimum.
    pub at: [f64; N],
    /// The value of the function at the minimum.
    pub value: f64,
    /// The inverse of the matrix of second derivatives with respect to the parameters; `None` if
    /// the matrix is not positive definite.
    pub inverse_hessian: Option<[[f64; N]; N]>,
}

/// The reason why no minimum was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMinimum {
    /// The function has no finite value at the starting point.
    #[error("the likelihood is zero at the starting point")]
    Start,
    /// The iterations ended before the minimum.
    #[error("the search for the maximum of the likelihood did not converge")]
    NotConverged,
}

/// Minimises `function` from `start`. The `scales` are the lengths over which the function changes
/// by about its curvature; they determine the finite differences.
pub(super) fn minimise<const N: usize>(
    function: impl Fn(&[f64; N]) -> f64,
    start: [f64; N],
    scales: [f64; N],
) -> Result<Minimum<N>, NoMinimum> {
    // The search uses scaled parameters: at = start + scales * point.
    let place = |point: &[f64; N]| std::array::from_fn(|i| start[i] + scales[i] * point[i]);
    let scaled = |point: &[f64; N]| function(&place(point));
    let mut point = [0.0; N];
    let mut value = scaled(&point);
    if !value.is_finite() {
        return Err(NoMinimum::Start);
    }
    for _ in 0..ITERATIONS_MAX {
        let (gradient, hessian) = derivatives(&scaled, &point, value);
        if !gradient.iter().all(|entry| entry.is_finite()) {
            return Err(NoMinimum::NotConverged);
        }
        let direction = descent(&hessian, &gradient);
        let slope = dot(&gradient, &direction);
        let step = longest_step(&direction);
        let next = backtrack(&scaled, &point, value, &direction, slope, step);
        let ends = -slope / 2.0 < DECREMENT && step >= 1.0;
        if let Some((better, lower)) = next {
            (point, value) = (better, lower);
        }
        if ends || (next.is_none() && -slope / 2.0 < 1e-7) {
            let (_, hessian) = derivatives(&scaled, &point, value);
            let inverse_hessian = inverse(&hessian).map(|inverse| {
                std::array::from_fn(|i| {
                    std::array::from_fn(|j| inverse[i][j] * scales[i] * scales[j])
                })
            });
            return Ok(Minimum { at: place(&point), value, inverse_hessian });
        }
        if next.is_none() {
            return Err(NoMinimum::NotConverged);
        }
    }
    Err(NoMinimum::NotConverged)
}

/// Computes gradient and Hessian by central differences.
fn derivatives<const N: usize>(
    function: &impl Fn(&[f64; N]) -> f64,
    point: &[f64; N],
    value: f64,
) -> ([f64; N], [[f64; N]; N]) {
    let moved = |moves: &[(usize, f64)]| {
        let mut place = *point;
        for (index, step) in moves {
            place[*index] += step;
        }
        function(&place)
    };
    let (mut gradient, mut hessian) = ([0.0; N], [[0.0; N]; N]);
    for i in 0..N {
        let (up, down) = (moved(&[(i, STEP)]), moved(&[(i, -STEP)]));
        gradient[i] = (up - down) / (2.0 * STEP);
        hessian[i][i] = (up - 2.0 * value + down) / (STEP * STEP);
        let mixed = |j: usize| {
            let equal = moved(&[(i, STEP), (j, STEP)]) + moved(&[(i, -STEP), (j, -STEP)]);
            let opposite = moved(&[(i, STEP), (j, -STEP)]) + moved(&[(i, -STEP), (j, STEP)]);
            (equal - opposite) / (4.0 * STEP * STEP)
        };
        let row: [f64; N] = std::array::from_fn(|j| if j < i { mixed(j) } else { 0.0 });
        for (j, second) in row.iter().enumerate().take(i) {
            hessian[i][j] = *second;
            hessian[j][i] = *second;
        }
    }
    (gradient, hessian)
}

/// Returns the Newton direction, with multiples of the identity added to the Hessian until it is
/// positive definite.
fn descent<const N: usize>(hessian: &[[f64; N]; N], gradient: &[f64; N]) -> [f64; N] {
    let size = (0..N).map(|i| hessian[i][i].abs()).fold(1e-3, f64::max);
    let mut added = 0.0;
    for _ in 0..40 {
        let mut damped = *hessian;
        for (i, row) in damped.iter_mut().enumerate() {
            row[i] += added;
        }
        if let Some(inverse) = inverse(&damped) {
            return std::array::from_fn(|i| -dot(&inverse[i], gradient));
        }
        added = if added == 0.0 { size * 1e-3 } else { added * 4.0 };
    }
    gradient.map(|entry| -entry)
}

/// Returns one, or the factor that shortens the direction to the longest step.
fn longest_step<const N: usize>(direction: &[f64; N]) -> f64 {
    let length = direction.iter().fold(0.0_f64, |length, entry| length.max(entry.abs()));
    if length > STEP_MAX { STEP_MAX / length } else { 1.0 }
}

/// Halves the step until the function decreases sufficiently.
fn backtrack<const N: usize>(
    function: &impl Fn(&[f64; N]) -> f64,
    point: &[f64; N],
    value: f64,
    direction: &[f64; N],
    slope: f64,
    mut step: f64,
) -> Option<([f64; N], f64)> {
    for _ in 0..40 {
        let next = std::array::from_fn(|i| point[i] + step * direction[i]);
        let lower = function(&next);
        if lower <= value + 1e-4 * step * slope {
            return Some((next, lower));
        }
        step /= 2.0;
    }
    None
}

fn dot<const N: usize>(one: &[f64; N], two: &[f64; N]) -> f64 {
    one.iter().zip(two).map(|(a, b)| a * b).sum()
}

/// Inverts a symmetric matrix by Cholesky factors; `None` unless it is positive definite.
fn inverse<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut factor = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i == j {
                // Rounding errors of the differences make smaller pivots meaningless.
                if !(rest > 1e-9 && rest.is_finite()) {
                    return None;
                }
                factor[i][i] = rest.sqrt();
            } else {
                factor[i][j] = rest / factor[j][j];
            }
        }
    }
    let mut inverse = [[0.0; N]; N];
    for column in 0..N {
        let mut solution = [0.0; N];
        for i in 0..N {
            let known: f64 = (0..i).map(|k| factor[i][k] * solution[k]).sum();
            solution[i] = (f64::from(u8::from(i == column)) - known) / factor[i][i];
        }
        for i in (0..N).rev() {
            let known: f64 = (i + 1..N).map(|k| factor[k][i] * solution[k]).sum();
            solution[i] = (solution[i] - known) / factor[i][i];
        }
        for (row, entry) in inverse.iter_mut().zip(solution) {
            row[column] = entry;
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum_and_the_inverse_hessian_of_a_quadratic_function() {
        // Hessian ((4, 1), (1, 2)), inverse ((2, -1), (-1, 4)) / 7.
        let bowl = |p: &[f64; 2]| {
            let (x, y) = (p[0] - 3.0, p[1] + 1.0);
            2.0 * x * x + x * y + y * y
        };
        let found = minimise(bowl, [0.0, 0.0], [1.0, 1.0]).expect("a minimum");
        assert!((found.at[0] - 3.0).abs() < 1e-6 && (found.at[1] + 1.0).abs() < 1e-6);
        let inverse = found.inverse_hessian.expect("positive definite");
        assert!((inverse[0][0] - 2.0 / 7.0).abs() < 1e-6, "{inverse:?}");
        assert!((inverse[1][0] + 1.0 / 7.0).abs() < 1e-6, "{inverse:?}");
    }

    #[test]
    fn follows_the_curved_valley_of_rosenbrock() {
        let valley = |p: &[f64; 2]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let found = minimise(valley, [-1.2, 1.0], [1.0, 1.0]).expect("a minimum");
        assert!((found.at[0] - 1.0).abs() < 1e-4 && (found.at[1] - 1.0).abs() < 2e-4);
    }

    #[test]
    fn reports_functions_without_a_minimum() {
        assert_eq!(minimise(|_| f64::INFINITY, [0.0], [1.0]), Err(NoMinimum::Start));
        assert_eq!(minimise(|p| -p[0], [0.0], [1.0]), Err(NoMinimum::NotConverged));
    }
}
