//! Elementary effects: identifies the parameters that matter among many, with few runs (Morris,
//! "Factorial Sampling Plans for Preliminary Computational Experiments", Technometrics 33(2),
//! 1991). The summary mu* is the mean of the absolute effects (Campolongo, Cariboni, Saltelli, "An
//! effective screening design for sensitivity analysis of large models", Environmental Modelling &
//! Software 22, 2007).
//!
//! Every parameter has a position from 0 (its low end) to 1 (its high end), on a grid of four
//! levels. A trajectory starts at a random point of the grid and moves each parameter once, by two
//! thirds of its range, in random order: `k + 1` points give an elementary effect of each of `k`
//! parameters.

use crate::engine::{Purpose, Stream, Streams};

use crate::analysis::interval::variance;

/// Number of levels of the grid, p.
pub const LEVELS: u32 = 4;

/// Distance by which a parameter moves, p / (2 (p - 1)). It makes all levels equally likely (Morris
/// 1991, section 3).
pub const STEP: f64 = LEVELS as f64 / (2.0 * (LEVELS as f64 - 1.0));

/// Purpose of the random stream of a trajectory; the model does not use this number.
const PURPOSE: Purpose = Purpose(u8::MAX);

/// Trajectory through the space of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Points of the trajectory; the position of each parameter is on the grid.
    pub points: Vec<Vec<f64>>,
    /// Index of the parameter that moves between a point and the next.
    pub moves: Vec<usize>,
}

impl Trajectory {
    /// Creates trajectory `number` of `count` parameters for a seed.
    pub fn new(seed: u64, number: u32, count: usize) -> Trajectory {
        let mut stream = Streams::new(seed, number).stream(u64::MAX, PURPOSE, 0);
        let lower_levels = LEVELS / 2;
        let mut point: Vec<f64> = Vec::with_capacity(count);
        let mut rises = Vec::with_capacity(count);
        for _ in 0..count {
            let level = f64::from(stream.below(lower_levels)) / f64::from(LEVELS - 1);
            let is_rising = stream.below(2) == 0;
            point.push(if is_rising { level } else { level + STEP });
            rises.push(is_rising);
        }
        let moves = shuffled(count, &mut stream);
        let mut points = vec![point.clone()];
        for &parameter in &moves {
            point[parameter] += if rises[parameter] { STEP } else { -STEP };
            points.push(point.clone());
        }
        Trajectory { points, moves }
    }

    /// Returns the elementary effect of each parameter, given a metric at each point; `None` if the
    /// metric has no finite value at the point before or after the parameter moves.
    pub fn effects(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        let mut effects = vec![None; self.moves.len()];
        for (at, &parameter) in self.moves.iter().enumerate() {
            let pair = (values.get(at).copied().flatten(), values.get(at + 1).copied().flatten());
            let (Some(before), Some(after)) = pair else { continue };
            let step = self.points[at + 1][parameter] - self.points[at][parameter];
            let effect = (after - before) / step;
            effects[parameter] = effect.is_finite().then_some(effect);
        }
        effects
    }
}

/// Returns the numbers below `count` in random order (Fisher-Yates shuffle).
fn shuffled(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = stream.below(last as u32 + 1) as usize;
        order.swap(last, other);
    }
    order
}

/// Summary of the elementary effects of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean of the absolute effects: how much the parameter matters.
    pub mu_star: f64,
    /// Mean of the effects: the direction of the change.
    pub mu: f64,
    /// Standard deviation of the effects: how much they depend on other parameters or on
    /// nonlinearity. `None` for a single effect.
    pub sigma: Option<f64>,
    /// Number of effects.
    pub count: u64,
}

impl Summary {
    /// Summarises effects; returns `None` if there are none.
    pub fn of(effects: &[f64]) -> Option<Summary> {
        let count = effects.len() as f64;
        (count > 0.0).then(|| Summary {
            mu_star: effects.iter().map(|effect| effect.abs()).sum::<f64>() / count,
            mu: effects.iter().sum::<f64>() / count,
            sigma: variance(effects).map(f64::sqrt),
            count: effects.len() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: u32 = 50;

    fn summaries(of: impl Fn(&[f64]) -> f64, parameters: usize) -> Vec<Summary> {
        let mut effects = vec![Vec::new(); parameters];
        for number in 0..COUNT {
            let trajectory = Trajectory::new(7, number, parameters);
            let values: Vec<Option<f64>> =
                trajectory.points.iter().map(|point| Some(of(point))).collect();
            for (all, one) in effects.iter_mut().zip(trajectory.effects(&values)) {
                all.extend(one);
            }
        }
        effects.iter().map(|all| Summary::of(all).expect("effects")).collect()
    }

    #[test]
    fn a_trajectory_moves_every_parameter_once_on_the_grid() {
        let mut seen = [0_u32; LEVELS as usize];
        for number in 0..COUNT {
            let trajectory = Trajectory::new(1, number, 6);
            let mut moves = trajectory.moves.clone();
            moves.sort_unstable();
            assert_eq!(moves, [0, 1, 2, 3, 4, 5]);
            for (pair, moved) in trajectory.points.windows(2).zip(&trajectory.moves) {
                for (parameter, (from, to)) in pair[0].iter().zip(&pair[1]).enumerate() {
                    let expected = if parameter == *moved { STEP } else { 0.0 };
                    assert!(((to - from).abs() - expected).abs() < 1e-12);
                }
            }
            for index in &trajectory.points[0] {
                let level = index * f64::from(LEVELS - 1);
                assert!((level - level.round()).abs() < 1e-9, "{index}");
                seen[level.round() as usize] += 1;
            }
        }
        assert!(seen.iter().all(|count| (45..=105).contains(count)), "about 75 each: {seen:?}");
        assert_eq!(Trajectory::new(1, 3, 6), Trajectory::new(1, 3, 6));
        assert_ne!(Trajectory::new(1, 3, 6), Trajectory::new(2, 3, 6));
    }

    /// Uses f = 3 x0 - 2 x1 + 5 x2^2 + 4 x3 x4. The effect of x0 is always 3, and that of x1 is
    /// always -2. The effect of x2 is 5 (x + x') = 10/3 or 20/3 for the pairs (0, 2/3) and (1/3,
    /// 1), which are equally likely. The effect of x3 is 4 x4, with x4 equally likely at 0, 1/3,
    /// 2/3, 1: mean 2, standard deviation 4 sqrt(5) / 6.
    #[test]
    fn effects_of_a_known_function_are_found() {
        let function = |x: &[f64]| 3.0 * x[0] - 2.0 * x[1] + 5.0 * x[2] * x[2] + 4.0 * x[3] * x[4];
        let found = summaries(function, 6);
        let is_near = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(is_near(found[0].mu, 3.0) && is_near(found[0].mu_star, 3.0));
        assert!(is_near(found[1].mu, -2.0) && is_near(found[1].mu_star, 2.0));
        assert!(found[0].sigma.is_some_and(|sigma| is_near(sigma, 0.0)));
        // The half-widths are three standard errors: 5/3 / sqrt(50) and 1.49 / sqrt(50).
        assert!((found[2].mu - 5.0).abs() < 0.71, "{:?}", found[2]);
        assert!(found[2].sigma.is_some_and(|sigma| (sigma - 5.0 / 3.0).abs() < 0.2));
        for interacting in [3, 4] {
            assert!((found[interacting].mu - 2.0).abs() < 0.64, "{:?}", found[interacting]);
            let sigma = found[interacting].sigma.expect("many");
            assert!((sigma - 4.0 * f64::sqrt(5.0) / 6.0).abs() < 0.3, "{sigma}");
        }
        assert_eq!(
            (found[5].mu_star, found[5].sigma),
            (0.0, Some(0.0)),
            "the function does not use it"
        );
    }

    /// Effects with opposite signs cancel in mu but not in mu*.
    #[test]
    fn effects_that_cancel_count_in_mu_star() {
        let found = summaries(|x| (x[0] - 0.5) * (x[1] - 0.5), 2);
        // The effect of x0 is x1 - 0.5, which is -1/2, -1/6, 1/6 or 1/2.
        assert!(found[0].mu.abs() < 0.16, "{:?}", found[0]);
        assert!((found[0].mu_star - 1.0 / 3.0).abs() < 0.08, "{:?}", found[0]);
    }

    #[test]
    fn a_point_without_a_value_removes_two_effects() {
        let trajectory = Trajectory::new(1, 0, 4);
        let mut values = vec![Some(1.0); 5];
        values[2] = None;
        let effects = trajectory.effects(&values);
        assert_eq!(effects.iter().flatten().count(), 2);
        assert_eq!(effects[trajectory.moves[0]], Some(0.0));
    }
}
