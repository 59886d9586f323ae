//! The search against figures that are known.

use super::*;
use crate::engine::{Purpose, Stream, Streams};
use crate::results::{Better, Metric, Replication, Unit};

/// A figure that is known: 10 / (1 + sum of levels by weight), and noise.
struct Known {
    levels: Vec<usize>,
    weights: Vec<f64>,
    prices: Vec<f64>,
    noise: f64,
    seed: u64,
    runs: u32,
    runs_max: u32,
}

impl Known {
    fn mean(&self, design: &[usize]) -> f64 {
        let strength: f64 =
            design.iter().zip(&self.weights).map(|(level, weight)| *level as f64 * weight).sum();
        10.0 / (1.0 + strength)
    }
}

impl Laboratory for Known {
    type Error = ();

    fn levels(&self) -> Vec<usize> {
        self.levels.clone()
    }

    fn cost(&mut self, design: &[usize]) -> Result<f64, ()> {
        Ok(design.iter().zip(&self.prices).map(|(level, price)| *level as f64 * price).sum())
    }

    fn hopeless(&mut self, design: &[usize]) -> Result<Option<String>, ()> {
        Ok((design[0] == 0).then(|| "nothing there".to_owned()))
    }

    fn replicate(
        &mut self,
        design: &[usize],
        numbers: Range<u32>,
        sample: &mut Sample,
    ) -> Result<(), ()> {
        sample.metrics =
            vec![Metric { name: "m".into(), unit: Unit::Seconds, better: Better::Lower }];
        for number in numbers {
            self.runs += 1;
            if self.runs > self.runs_max {
                return Err(());
            }
            let mut stream: Stream = Streams::new(self.seed, number).stream(0, Purpose(0), 0);
            let noise = (stream.uniform() + stream.uniform() - 1.0) * self.noise;
            let values = vec![self.mean(design) + noise];
            sample.replications.push(Replication { number, events: 1, values });
        }
        Ok(())
    }
}

fn known(noise: f64, seed: u64) -> Known {
    Known {
        levels: vec![12, 9],
        weights: vec![0.5, 1.0],
        prices: vec![3.0, 7.0],
        noise,
        seed,
        runs: 0,
        runs_max: u32::MAX,
    }
}

fn at_most(limit: f64) -> Vec<Objective> {
    vec![Objective { metric: "m".into(), is_at_least: false, limit }]
}

const RULES: Rules = Rules { confidence: 0.95, first: 10, most: 40 };

#[test]
fn what_was_looked_at_is_kept_when_the_search_is_stopped() {
    let whole = search(&mut known(0.01, 1), &at_most(2.0), RULES).expect("an answer");
    let mut stopped = Known { runs_max: 35, ..known(0.01, 1) };
    let unfinished = search(&mut stopped, &at_most(2.0), RULES).expect_err("stopped");
    let designs = |found: &Found| -> Vec<Design> {
        found.tried.iter().map(|one| one.design.clone()).collect()
    };
    let kept = designs(&unfinished.found);
    assert!((2..=3).contains(&kept.len()), "{kept:?}");
    assert_eq!(kept, designs(&whole)[..kept.len()]);
    assert_eq!((unfinished.found.answer, unfinished.found.space), (None, 108));
}

/// By looking at every design.
fn optimum(known: &mut Known, limit: f64) -> f64 {
    let all = all_between(&[1, 0], &[11, 8]);
    let fits: Vec<Design> = all.into_iter().filter(|one| known.mean(one) <= limit).collect();
    let cost = |one: &Design| known.cost(one).expect("no error");
    fits.iter().map(cost).fold(f64::INFINITY, f64::min)
}

#[test]
fn the_cheapest_is_found_for_every_limit() {
    for limit in [0.8, 1.0, 1.3, 2.1, 3.0, 6.0] {
        let mut known = known(0.0, 1);
        let best = optimum(&mut known, limit);
        let found = search(&mut known, &at_most(limit), RULES).expect("no error");
        let answer = &found.tried[found.answer.expect("there is one")];
        assert_eq!((answer.cost, answer.standing.clone()), (best, Standing::Confirmed), "{limit}");
        let tried = found.tried.len() as u64;
        assert!(tried < found.space / 2, "{tried} of {} were tried", found.space);
    }
}

#[test]
fn where_nothing_is_strong_enough_there_is_no_answer() {
    let found = search(&mut known(0.0, 1), &at_most(0.5), RULES).expect("no error");
    assert_eq!((found.answer, found.tried.len()), (None, 1));
    assert_eq!(found.tried[0].objectives[0].judgement, Judgement::Violated);
}

/// The limit lies a hair below what many designs reach: each of them fails in truth.
#[test]
fn designs_that_fail_are_seldom_chosen() {
    let wrong = (0..200).filter(|seed| {
        let mut known = known(2.0, *seed);
        let limit = known.mean(&[4, 4]) - 1e-9;
        let found = search(&mut known, &at_most(limit), RULES).expect("no error");
        found.answer.is_some_and(|place| known.mean(&found.tried[place].design) > limit)
    });
    let wrong = wrong.count();
    // At most 5 % of 200, and 2.6 standard deviations.
    assert!(wrong <= 18, "{wrong} of 200");
}
