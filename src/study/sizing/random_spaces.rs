//! Compares the search with an exhaustive search in many small random spaces.

use super::synthetic_spaces::{LATENCIES, RULES, SyntheticSpace, noise, stream};
use super::*;
use crate::engine::Stream;

/// Random numbers in 0..1, one per call.
struct Dice(Stream);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(stream(seed, 0, 1, 1))
    }

    fn below(&mut self, limit: usize) -> usize {
        ((self.0.uniform() * limit as f64) as usize).min(limit - 1)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.0.uniform() * (high - low)
    }
}

/// Effect of more components on a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slope {
    Falls,
    Rises,
    /// Falls in some dimensions and rises in others.
    Mixed,
}

/// Curve of one metric: in each dimension, steps that all fall or all rise, some with height zero.
struct Curve {
    steps: Vec<Vec<f64>>,
    is_at_least: bool,
    limit: f64,
}

impl Curve {
    fn random(dice: &mut Dice, levels: &[usize], slope: Slope) -> Self {
        let steps = levels.iter().map(|count| {
            let sign = match slope {
                Slope::Falls => -1.0,
                Slope::Rises => 1.0,
                Slope::Mixed => [-1.0, 1.0][dice.below(2)],
            };
            // One dimension in three has no effect.
            let height = if dice.below(3) == 0 { 0.0 } else { dice.between(0.2, 3.0) };
            let step = |_| sign * height * dice.between(0.0, 1.0);
            let heights: Vec<f64> = (1..*count).map(step).collect();
            let mut sum = 0.0;
            let mut all = vec![0.0];
            all.extend(heights.iter().map(|height| {
                sum += height;
                sum
            }));
            all
        });
        let steps = steps.collect();
        Curve { steps, is_at_least: dice.below(4) == 0, limit: 0.0 }
    }

    /// Returns the mean of the metric; at-least objectives have the opposite sign.
    fn mean(&self, design: &[usize]) -> f64 {
        let sum: f64 = self.steps.iter().zip(design).map(|(steps, level)| steps[*level]).sum();
        if self.is_at_least { 20.0 - sum } else { 20.0 + sum }
    }

    /// Returns the margin by which an objective is met; negative if it is violated.
    fn margin(&self, design: &[usize]) -> f64 {
        let sign = if self.is_at_least { -1.0 } else { 1.0 };
        sign * (self.limit - self.mean(design))
    }

    fn trend(&self, dimension: usize) -> Trend {
        let steps = &self.steps[dimension];
        if steps[steps.len() - 1] > 0.0 { Trend::Worsens } else { Trend::Improves }
    }
}

struct RandomSpace {
    seed: u64,
    levels: Vec<usize>,
    prices: Vec<f64>,
    curves: Vec<Curve>,
    noise: f64,
}

impl RandomSpace {
    fn random(seed: u64, slopes: &[Slope], noise: f64) -> Self {
        let mut dice = Dice::new(seed);
        let levels: Vec<usize> = (0..2 + dice.below(2)).map(|_| 1 + dice.below(5)).collect();
        // One dimension in three has no price.
        let price = |dice: &mut Dice| [0.0, 1.0, 2.5][dice.below(3)];
        let prices = levels.iter().map(|_| price(&mut dice)).collect();
        let curves = slopes.iter().map(|slope| Curve::random(&mut dice, &levels, *slope));
        let mut space = RandomSpace { seed, prices, curves: curves.collect(), levels, noise };
        // Each limit is near the value of a random design.
        for index in 0..space.curves.len() {
            let design: Design = space.levels.iter().map(|count| dice.below(*count)).collect();
            let sign = if space.curves[index].is_at_least { -1.0 } else { 1.0 };
            let mean = space.curves[index].mean(&design);
            space.curves[index].limit = mean + sign * dice.between(-0.1, 0.4);
        }
        space
    }

    fn objectives(&self) -> Vec<Objective> {
        let objective = |(index, curve): (usize, &Curve)| Objective {
            metric: LATENCIES[index],
            is_at_least: curve.is_at_least,
            limit: curve.limit,
        };
        self.curves.iter().enumerate().map(objective).collect()
    }

    fn designs(&self) -> Vec<Design> {
        let mut designs: Vec<Design> = vec![Vec::new()];
        for count in &self.levels {
            let longer = |design: Design| {
                (0..*count).map(move |level| [design.clone(), vec![level]].concat())
            };
            designs = designs.into_iter().flat_map(longer).collect();
        }
        designs
    }

    /// Returns the cost of the cheapest design that meets all objectives by a margin, by
    /// exhaustive search.
    fn cheapest(&self, margin: f64) -> Option<f64> {
        let fits = |design: &Design| self.curves.iter().all(|one| one.margin(design) >= margin);
        let mut synthetic_space = self.synthetic_space();
        let fitting = self.designs().into_iter().filter(fits);
        fitting.map(|one| synthetic_space.cost(&one).expect("no error")).reduce(f64::min)
    }

    /// Returns the space for the search. Each design has independent noise, so a weaker design may
    /// look better.
    fn synthetic_space(&self) -> SyntheticSpace<'_> {
        let values = |design: &[usize], number| {
            let key = design.iter().fold(0, |key, level| key * 16 + *level as u64);
            let mut stream = stream(self.seed, number, key, 2);
            let value = |one: &Curve| one.mean(design) + self.noise * noise(&mut stream);
            self.curves.iter().map(value).collect()
        };
        let trend = |index: usize, dimension| self.curves[index].trend(dimension);
        SyntheticSpace {
            trend: Box::new(trend),
            ..SyntheticSpace::new(&self.levels, &self.prices, values)
        }
    }
}

/// Asserts that the verdict of every design agrees with its numbers.
fn verdicts_agree_with_their_numbers(found: &Found) {
    for tried in &found.tried {
        let objectives = tried.evaluation().objectives();
        let is_met =
            matches!(tried.search_status(), SearchStatus::Confirmed | SearchStatus::Screened);
        let margins = objectives.iter().filter_map(|one| one.margin);
        assert!(!is_met || margins.clone().all(|margin| margin >= 0.0), "{tried:?}");
        let is_violated = tried.search_status() == SearchStatus::Violated;
        assert!(!is_violated || margins.clone().any(|margin| margin < 0.0), "{tried:?}");
        let count = tried.evaluation().sample().replications.len() as u32;
        assert_eq!(count, tried.evaluation().count());
    }
}

/// Asserts that without noise the answer costs as much as that of an exhaustive search.
fn assert_search_agrees_with_exhaustive_search(slopes: &[Slope]) {
    let (mut answers, mut tried, mut size) = (0, 0, 0);
    for seed in 0..300 {
        let space = RandomSpace::random(seed, slopes, 0.0);
        let best = space.cheapest(0.0);
        let found =
            search(&mut space.synthetic_space(), &space.objectives(), &RULES).expect("no error");
        let cost = found.answer.map(|index| found.tried[index].cost);
        assert_eq!(cost, best, "seed {seed}");
        verdicts_agree_with_their_numbers(&found);
        assert!(found.refuted.is_empty(), "seed {seed}: correct trends must not be refuted");
        answers += u32::from(best.is_some());
        tried += found.tried.len();
        size += found.space as usize;
    }
    assert!((30..=300).contains(&answers), "{answers} of 300 spaces have an answer");
    assert!(tried < size, "{tried} of {size}");
}

#[test]
fn objectives_that_fall_with_more_components_are_met_at_the_least_cost() {
    assert_search_agrees_with_exhaustive_search(&[Slope::Falls]);
    assert_search_agrees_with_exhaustive_search(&[Slope::Falls, Slope::Falls]);
}

#[test]
fn objectives_that_rise_with_more_components_are_met_at_the_least_cost() {
    assert_search_agrees_with_exhaustive_search(&[Slope::Rises]);
    assert_search_agrees_with_exhaustive_search(&[Slope::Rises, Slope::Rises]);
}

#[test]
fn mixed_objectives_are_met_at_the_least_cost() {
    assert_search_agrees_with_exhaustive_search(&[Slope::Falls, Slope::Rises]);
    assert_search_agrees_with_exhaustive_search(&[Slope::Mixed]);
    assert_search_agrees_with_exhaustive_search(&[Slope::Mixed, Slope::Falls, Slope::Rises]);
}

/// With noise near the limits, a design may stay undecided. The answer rarely fails an objective,
/// and rarely costs more than the cheapest design that meets all objectives clearly.
#[test]
fn noise_makes_answers_more_expensive_but_not_wrong() {
    let (mut answers, mut wrong, mut dear) = (0, 0, 0);
    for seed in 0..400 {
        let slopes = [Slope::Falls, Slope::Rises];
        let space = RandomSpace::random(seed, &slopes, 0.6);
        let clear = space.cheapest(0.3);
        let found =
            search(&mut space.synthetic_space(), &space.objectives(), &RULES).expect("no error");
        verdicts_agree_with_their_numbers(&found);
        let answer = found.answer.map(|index| &found.tried[index]);
        answers += u32::from(answer.is_some());
        let fails = |design: &Design| space.curves.iter().any(|one| one.margin(design) < 0.0);
        wrong += u32::from(answer.is_some_and(|one| fails(&one.design)));
        let cost = answer.map_or(f64::INFINITY, |one| one.cost);
        dear += u32::from(clear.is_some_and(|clear| cost > clear));
    }
    assert!(answers > 200, "{answers} of 400");
    assert!(wrong <= answers / 20, "{wrong} of {answers} answers violate an objective");
    assert!(dear <= 20, "{dear} of 400 cost more than a design that clearly meets all objectives");
}

/// In this space, more connection points worsen the metric. The search assumes the opposite, but
/// detects that the assumption is wrong.
#[test]
fn a_wrong_trend_is_refuted() {
    let steps = vec![vec![0.0, -1.0, -2.0, -3.0], vec![0.0, 1.5, 3.0]];
    let curve = Curve { steps, is_at_least: false, limit: 18.5 };
    let (levels, prices) = (vec![4, 3], vec![1.0, 0.0]);
    let space = RandomSpace { seed: 1, levels, prices, curves: vec![curve], noise: 0.1 };
    let mut wrong =
        SyntheticSpace { trend: Box::new(|_, _| Trend::Improves), ..space.synthetic_space() };
    let found = search(&mut wrong, &space.objectives(), &RULES).expect("no error");
    let answer = &found.tried[found.answer.expect("an answer")];
    assert_eq!(answer.design, [2, 0]);
    assert_eq!(found.refuted, [(0, 1)]);
}

/// Excluded designs are counted but not simulated.
#[test]
fn excluded_designs_are_not_simulated() {
    let steps = vec![(0..16).map(|level| -f64::from(level)).collect()];
    let run = |limit: f64| {
        let curve = Curve { steps: Vec::clone(&steps), is_at_least: false, limit };
        let (levels, prices) = (vec![16], vec![1.0]);
        let space = RandomSpace { seed: 1, levels, prices, curves: vec![curve], noise: 0.1 };
        let mut synthetic_space = space.synthetic_space();
        synthetic_space.exclusion = |cost| match cost {
            cost if cost > 7.0 => Some(Exclusion::OverBudget),
            cost if cost > 5.0 => Some(Exclusion::OverQuota),
            _ => None,
        };
        search(&mut synthetic_space, &space.objectives(), &RULES).expect("no error")
    };
    let found = run(17.5);
    let answer = &found.tried[found.answer.expect("level 3 is enough")];
    assert_eq!((answer.design.clone(), answer.cost), (vec![3], 3.0));
    assert_eq!((found.space, found.over_budget, found.over_quota), (16, 8, 2));
    let found = run(10.0);
    assert_eq!(found.answer, None, "level 10 is needed, but only levels up to 5 are allowed");
}
