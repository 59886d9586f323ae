//! Tests the screening with synthetic functions whose effects are known.

use super::{End, Found, Observed, Plan, Point, Simulator, Status, rule, screen};
use crate::engine::{Purpose, Streams};
use crate::results::Decision;

/// Value of the metric with all defaults; a change of 5 % is relevant.
const BASE: f64 = 100.0;
const THRESHOLD: f64 = 5.0;

/// Noisy function of the parameter positions, which are -1 at the low end and 1 at the high end.
struct Function<F> {
    of: F,
    /// Whether the pilot detects the effects.
    is_seen: bool,
    /// Half the range of the uniform noise, which is independent in each run.
    noise: f64,
    count: usize,
    runs: usize,
    /// Number of runs after which the simulator stops.
    maximum: usize,
    seed: u64,
}

fn function<F: Fn(&[f64]) -> f64>(count: usize, of: F) -> Function<F> {
    Function { of, is_seen: false, noise: 0.0, count, runs: 0, maximum: usize::MAX, seed: 1 }
}

impl<F: Fn(&[f64]) -> f64> Simulator for Function<F> {
    type Error = ();

    fn observe(&mut self, points: &[Point], _: &Status) -> Result<Vec<Observed>, ()> {
        let mut observed = Vec::new();
        for point in points {
            if self.runs >= self.maximum {
                observed.push(Observed::Stopped);
                continue;
            }
            let mut places = vec![0.0; self.count];
            for (parameter, end) in &point.ends {
                places[*parameter] = if *end == End::Low { -1.0 } else { 1.0 };
            }
            self.runs += usize::from(!point.is_pilot);
            if point.is_pilot && !self.is_seen {
                places.fill(0.0);
            }
            let mut stream =
                Streams::new(self.seed, point.number).stream(self.runs as u64, Purpose(0), 0);
            let noise = self.noise * (2.0 * stream.uniform() - 1.0);
            observed.push(Observed::Values(vec![BASE + (self.of)(&places) + noise]));
        }
        Ok(observed)
    }

    fn spent(&self) -> f64 {
        self.runs as f64
    }
}

fn plan(count: usize, seed: u64) -> Plan {
    Plan {
        moves: vec![[true, true]; count],
        limits: vec![None],
        threshold: THRESHOLD / BASE,
        miss_risk: 0.125,
        confidence: 0.95,
        replications: 10,
        budget: 1000.0,
        seed,
    }
}

fn found<F: Fn(&[f64]) -> f64>(function: &mut Function<F>, seed: u64) -> Found {
    screen(&plan(function.count, seed), function).expect("it has no errors")
}

fn decided(found: &Found, decision: Decision) -> Vec<usize> {
    let all = found.parameters.iter().enumerate();
    all.filter(|(_, known)| known.decision == decision).map(|(parameter, _)| parameter).collect()
}

/// Returns the probability of at most `maximum` successes in `count` independent trials with
/// probability `p`, by the recursion of the binomial distribution.
fn binomial_cdf(maximum: u32, count: u32, p: f64) -> f64 {
    let mut term = (1.0 - p).powi(count as i32);
    let mut sum = term;
    for k in 0..maximum {
        term *= f64::from(count - k) / f64::from(k + 1) * p / (1.0 - p);
        sum += term;
    }
    sum
}

/// Half swings of 70 parameters: six matter, the others have small effects, some with both signs.
fn additive(places: &[f64]) -> f64 {
    let half_swing = |parameter: usize| match parameter {
        3 => 40.0,
        17 => -12.0,
        18 => 12.0,
        40 => -6.0,
        55 => 5.5,
        69 => 6.0,
        small if small % 2 == 0 => 0.1,
        _ => -0.1,
    };
    places.iter().enumerate().map(|(parameter, index)| half_swing(parameter) * index).sum()
}

#[test]
fn relevant_parameters_among_seventy_need_a_tenth_of_the_runs() {
    const MATTER: [usize; 6] = [3, 17, 18, 40, 55, 69];
    let mut seen = Function { is_seen: true, noise: 0.05, ..function(70, additive) };
    let result = found(&mut seen, 7);
    assert_eq!(decided(&result, Decision::Matters), MATTER);
    assert_eq!(decided(&result, Decision::ScreenedOut).len(), 64);
    // Three runs of the defaults, six for each relevant parameter, and four tests of two groups:
    // in each test, a run and its mirror image for each group, and one run of the defaults. A
    // one-at-a-time study needs 10 + 70 * 2 * 10 = 1,410 runs.
    assert_eq!(seen.runs, 3 + 6 * 6 + 4 * (2 * 2 + 1));
    // If the pilot detects no effects, the screening needs more runs.
    let mut unseen = Function { noise: 0.05, ..function(70, additive) };
    let matter = decided(&found(&mut unseen, 7), Decision::Matters);
    assert!(matter.iter().all(|one| MATTER.contains(one)), "{matter:?}");
    assert!([3, 17, 18].iter().all(|one| matter.contains(one)), "{matter:?}");
    assert!((100..300).contains(&unseen.runs), "{} runs", unseen.runs);
}

/// In a test, two swings of 12 either add up to 24 or cancel, each with probability 1/2. The first
/// hit leads to one of the two parameters, after which nothing hides the other. Both are missed if
/// all four tests are clear, with probability 1/16.
#[test]
fn effects_that_cancel_are_missed_with_the_calculated_probability() {
    const COUNT: u32 = 1000;
    let mut missed = 0;
    for seed in 0..COUNT {
        // Twenty parameters are one group.
        let of = |x: &[f64]| 6.0 * x[4] - 6.0 * x[17];
        let mut function = Function { noise: 0.001, ..function(20, of) };
        let found = found(&mut function, u64::from(seed));
        match decided(&found, Decision::Matters)[..] {
            [4, 17] => {}
            [] => missed += 1,
            ref other => panic!("{other:?} with seed {seed}"),
        }
    }
    let exact = 1.0 / 16.0;
    assert!(binomial_cdf(missed, COUNT, exact) > 0.0005, "{missed}: too few");
    assert!(1.0 - binomial_cdf(missed, COUNT, exact) > 0.0005, "{missed}: too many");
}

/// Uses a swing of exactly the guaranteed size with symmetric noise, next to a swing that doubles
/// or cancels it. The exact binomial bound at 0.1 % compares the frequency with the promised
/// probability.
#[test]
fn a_swing_of_the_guaranteed_size_is_missed_no_more_often_than_promised() {
    const COUNT: u32 = 1000;
    let mut missed = 0;
    for seed in 0..COUNT {
        let half = 0.5 * rule::GUARANTEE * THRESHOLD;
        let of = |x: &[f64]| half * (x[11] + x[3]);
        let mut function = Function { noise: 2.0, seed: u64::from(seed), ..function(20, of) };
        let found = found(&mut function, u64::from(seed));
        missed += u32::from(found.parameters[11].decision == Decision::ScreenedOut);
    }
    let promised = rule::miss_risk_of(rule::tests_needed(0.125));
    assert!(1.0 - binomial_cdf(missed, COUNT, promised) > 0.001, "{missed} of {COUNT}");
}

/// A pure interaction of two parameters is not a swing of either, so neither is reported. The
/// effects of single parameters are found despite interactions.
#[test]
fn interactions_neither_hide_nor_add_parameters() {
    for seed in 0..50 {
        let of = |x: &[f64]| 8.0 * x[2] + 4.0 * x[2] * x[9] + 6.0 * x[30] * x[31];
        let mut function = Function { noise: 0.01, ..function(60, of) };
        let found = found(&mut function, seed);
        assert!(decided(&found, Decision::Matters) == [2], "{seed}");
    }
}

#[test]
fn a_parameter_whose_ends_both_raise_the_metric_matters_without_a_swing() {
    let of = |x: &[f64]| 12.0 * x[5] * x[5];
    let mut function = Function { noise: 0.01, ..function(40, of) };
    assert_eq!(decided(&found(&mut function, 3), Decision::Matters), [5]);
}

/// Without effects, the screening needs three replications of the defaults and, for each of two
/// groups of 40, four tests of two runs; both groups share one run of the defaults per test.
#[test]
fn a_screening_without_effects_is_cheap_and_finds_nothing() {
    let mut function = Function { noise: 0.2, ..function(80, |_: &[f64]| 0.0) };
    let found = found(&mut function, 1);
    assert_eq!(decided(&found, Decision::ScreenedOut).len(), 80);
    assert_eq!(function.runs, 3 + 4 * (2 * 2 + 1));
    assert_eq!(found.intervals, 0);
}

/// Strong noise can look like a swing but must not be reported. Each of 40 studies of 8 parameters
/// is correct with a probability of at least 95 %, so more than 8 wrong ones have a probability of
/// 0.0003 (binomial).
#[test]
fn noise_is_not_reported_as_an_effect() {
    assert!(1.0 - binomial_cdf(8, 40, 0.05) < 0.0005);
    let mut wrong = 0;
    for seed in 0..40 {
        let mut function = Function { noise: 20.0, seed, ..function(8, |_: &[f64]| 0.0) };
        let found = found(&mut function, seed);
        wrong += u32::from(!decided(&found, Decision::Matters).is_empty());
    }
    assert!(wrong <= 8, "{wrong} of 40");
}

#[test]
fn ends_that_equal_the_default_are_not_simulated() {
    let mut function = Function { noise: 0.01, ..function(12, |x: &[f64]| 10.0 * x[0]) };
    let mut plan = plan(12, 1);
    plan.moves[1..].fill([false, false]);
    plan.moves[0] = [false, true];
    let found = screen(&plan, &mut function).expect("no errors");
    assert_eq!(decided(&found, Decision::NoEffect).len(), 11);
    assert_eq!(decided(&found, Decision::Matters), [0]);
    assert_eq!(function.runs, 3 + 3, "the low end is the default");
}

#[test]
fn decisions_remain_after_a_stop_or_the_end_of_the_budget() {
    let seen = || Function { is_seen: true, noise: 0.05, ..function(70, additive) };
    let mut stopped = Function { maximum: 50, ..seen() };
    let result = found(&mut stopped, 7);
    assert!(result.is_stopped && !result.is_out_of_budget);
    assert_eq!(
        decided(&result, Decision::Matters),
        [3, 17, 18, 40, 55, 69],
        "relevant parameters come first"
    );
    assert!(!decided(&result, Decision::Undecided).is_empty());
    let mut poor = seen();
    let result = screen(&Plan { budget: 20.0, ..plan(70, 7) }, &mut poor).expect("no errors");
    assert!(result.is_out_of_budget && !result.is_stopped && poor.runs <= 20);
    // Three runs of the defaults and six runs for each of two parameters: the budget of 20 runs
    // ends before the other four relevant parameters.
    assert_eq!(decided(&result, Decision::Matters), [3, 17]);
    let mut none = Function { maximum: 0, ..seen() };
    let result = found(&mut none, 7);
    assert!(result.is_stopped);
    assert_eq!(decided(&result, Decision::Undecided).len(), 70);
}

#[test]
fn the_same_seed_gives_the_same_screening() {
    let once = |seed| {
        let mut function = Function { noise: 0.5, ..function(70, additive) };
        let found = found(&mut function, seed);
        (function.runs, found.parameters)
    };
    assert_eq!(once(5), once(5));
}
