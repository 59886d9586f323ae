//! Group screening: which of many parameters matter to a metric, with far fewer runs than one at a
//! time.
//!
//! Sequential bifurcation (Bettonville, Kleijnen, "Searching for important factors in simulation
//! models with many factors: Sequential bifurcation", European Journal of Operational Research 96,
//! 1997; with control of error: Wan, Ankenman, Nelson, "Controlled sequential bifurcation: A new
//! factor-screening method for discrete-event simulation", Operations Research 54(4), 2006) moves
//! half of the parameters to their high ends at once. It needs to know in which direction each one
//! acts, and an additive response over the whole space. Neither holds here, so this differs in
//! three points:
//!
//! * Groups move around the defaults, the rest stays there: what is screened is what
//!   one-at-a-time measures.
//! * Signs are drawn: in a test each member of a group goes to a random end, and in its mirror
//!   image (fold-over) each to the other. Effects that cancel in one test do not in another
//!   (`rule`).
//! * A cheap pilot, the same model with few clients, orders the parameters. What seems to matter
//!   there is measured singly and not in a group. A wrong order costs runs and no guarantee.
//!
//! The stages: `groups` tests and splits, `singly` measures. Knows neither scenarios nor
//! models: a [`Simulator`] gives it values.

mod groups;
mod individually;
pub mod pilot;
pub mod rule;
#[cfg(test)]
mod synthetic;

pub use individually::looks;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Purpose, Stream, Streams};
use crate::results::Decision;

/// What the draws of signs are for; the model has no purpose of this number.
const PURPOSE: Purpose = Purpose(u8::MAX - 1);

/// Numbers of the replications of the pilot and of groups. They differ from those of what is
/// measured singly, so that the choice and the measurement are independent.
const PILOT_NUMBER: u32 = 1 << 20;
const GROUP_NUMBER: u32 = PILOT_NUMBER + 1;

/// Up to this many parameters are measured singly at once.
pub const FEW: usize = 8;

/// Parameters whose largest change in the pilot is at least this share of the threshold are
/// measured singly.
const SUSPECT_SHARE: f64 = 0.7;

/// An end of a parameter's plausible range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The low end.
    Low,
    /// The high end.
    High,
}

impl End {
    /// The other end.
    pub fn other(self) -> End {
        match self {
            End::Low => End::High,
            End::High => End::Low,
        }
    }
}

/// A run that the screening asks for: one replication with some parameters at an end, the others at
/// their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Whether it is of the pilot model.
    pub is_pilot: bool,
    /// Which parameters are where.
    pub ends: Vec<(usize, End)>,
    /// Number of the replication.
    pub number: u32,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// The metrics, in the order of the plan.
    Values(Vec<f64>),
    /// The scenario does not take these values together, or has no result with them.
    Refused,
    /// It was stopped before its end.
    Stopped,
}

impl Observed {
    fn values(&self) -> Option<&[f64]> {
        match self {
            Observed::Values(values) => Some(values),
            Observed::Refused | Observed::Stopped => None,
        }
    }
}

/// Where the screening is, for whoever waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// What is simulated now.
    pub stage: &'static str,
    /// Parameters that are decided.
    pub decided: usize,
    /// Parameters in all.
    pub parameters: usize,
    /// The largest swing found so far: parameter, metric and difference.
    pub largest: Option<(usize, usize, f64)>,
}

/// Simulates what the screening asks for.
pub trait Simulator {
    /// An error that ends the screening.
    type Error;

    /// Simulates the points, in any order, and returns what became of each.
    ///
    /// # Errors
    /// If no result can be trusted any more.
    fn observe(&mut self, points: &[Point], status: &Status) -> Result<Vec<Observed>, Self::Error>;

    /// What has been simulated so far, in replications of the scenario with all defaults.
    fn spent(&self) -> f64;
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For each parameter whether its low and its high end give another model than its default.
    pub moves: Vec<[bool; 2]>,
    /// For each metric the limit of an objective on it if that alone is why it is screened.
    pub limits: Vec<Option<f64>>,
    /// The change that matters, as a share of the metric's mean with all defaults.
    pub threshold: f64,
    /// The largest probability that a swing of [`rule::GUARANTEE`] thresholds is screened out.
    pub miss_risk: f64,
    /// Confidence of all swings of a metric together.
    pub confidence: f64,
    /// Most replications of each end of a parameter.
    pub replications: u32,
    /// Most replications of the scenario's worth in all.
    pub budget: f64,
    /// Seed of the signs.
    pub seed: u64,
}

/// What is known of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What was decided.
    pub decision: Decision,
    /// Tests of groups with it in which nothing reached the threshold.
    pub clear: u32,
    /// Tests in which something did.
    pub hits: u32,
    /// Replications of both its ends that were measured singly.
    pub replications: u32,
}

/// What the screening found.
#[derive(Clone, Debug)]
pub struct Found {
    /// By parameter.
    pub parameters: Vec<Known>,
    /// By metric, the change that matters.
    pub thresholds: Vec<f64>,
    /// How many intervals hold together at the confidence: see
    /// [`crate::analysis::interval::bonferroni`].
    pub intervals: usize,
    /// Whether the budget ended it.
    pub is_out_of_budget: bool,
    /// Whether it was stopped.
    pub is_stopped: bool,
}

/// A screening under way.
struct Screening<'a, S> {
    plan: &'a Plan,
    simulator: &'a mut S,
    stream: Stream,
    thresholds: Vec<f64>,
    /// Values with all defaults, by number of the replication.
    base: BTreeMap<u32, Vec<f64>>,
    /// Values of parameters at an end, by number of the replication.
    single: BTreeMap<(usize, End), BTreeMap<u32, Vec<f64>>>,
    known: Vec<Known>,
    /// What the pilot saw of each parameter, by threshold; `None` before it.
    scores: Option<Vec<f64>>,
    /// By parameter, clear tests of groups and the sum of what they show of its swing, by metric.
    sums: BTreeMap<usize, (u32, Vec<f64>)>,
    /// Parameters that are measured singly, in order.
    individually: Vec<usize>,
    largest: Option<(usize, usize, f64)>,
    is_out_of_budget: bool,
    is_stopped: bool,
}

/// Screens the parameters of a plan.
///
/// # Errors
/// Those of the simulator.
pub fn screen<S: Simulator>(plan: &Plan, simulator: &mut S) -> Result<Found, S::Error> {
    let undecided = Known { decision: Decision::Undecided, clear: 0, hits: 0, replications: 0 };
    let mut screening = Screening {
        plan,
        simulator,
        stream: Streams::new(plan.seed, 0).stream(u64::MAX, PURPOSE, 0),
        thresholds: vec![0.0; plan.limits.len()],
        base: BTreeMap::new(),
        single: BTreeMap::new(),
        known: vec![undecided; plan.moves.len()],
        scores: None,
        sums: BTreeMap::new(),
        individually: Vec::new(),
        largest: None,
        is_out_of_budget: false,
        is_stopped: false,
    };
    screening.run()?;
    let Screening { known: parameters, thresholds, individually, .. } = screening;
    Ok(Found {
        parameters,
        thresholds,
        intervals: individually.len() * individually::looks(plan.replications).len(),
        is_out_of_budget: screening.is_out_of_budget,
        is_stopped: screening.is_stopped,
    })
}

impl<S: Simulator> Screening<'_, S> {
    fn run(&mut self) -> Result<(), S::Error> {
        let first = individually::looks(self.plan.replications)[0];
        self.defaults(0..first, "the scenario with all defaults")?;
        if self.is_over() {
            return Ok(());
        }
        self.set_thresholds();
        let mut pool = Vec::new();
        for (parameter, moves) in self.plan.moves.iter().enumerate() {
            if moves.contains(&true) {
                pool.push(parameter);
            } else {
                self.known[parameter].decision = Decision::NoEffect;
            }
        }
        if pool.len() <= FEW {
            self.individually = pool;
        } else {
            self.pilot(&pool)?;
            let scores = self.scores.clone().unwrap_or_default();
            let score = |parameter: &usize| scores.get(*parameter).copied().unwrap_or(0.0);
            // The largest first, so that an interrupted study has what matters most.
            pool.sort_by(|one, other| score(other).total_cmp(&score(one)));
            let suspects = pool.iter().filter(|one| score(one) >= SUSPECT_SHARE).count();
            let rest = pool.split_off(suspects);
            self.individually = pool;
            self.first_look(0)?;
            let measured = self.individually.len();
            self.groups(rest)?;
            self.first_look(measured)?;
            return self.later_looks();
        }
        self.first_look(0)?;
        self.later_looks()
    }

    /// Simulates replications with all defaults that are not there yet.
    fn defaults(
        &mut self,
        numbers: impl IntoIterator<Item = u32>,
        stage: &'static str,
    ) -> Result<(), S::Error> {
        let missing: BTreeSet<u32> =
            numbers.into_iter().filter(|number| !self.base.contains_key(number)).collect();
        let point = |number| Point { is_pilot: false, ends: Vec::new(), number };
        let points: Vec<Point> = missing.into_iter().map(point).collect();
        let observed = self.observe(&points, stage)?;
        for (point, observed) in points.iter().zip(observed) {
            if let Observed::Values(values) = observed {
                self.base.insert(point.number, values);
            }
        }
        Ok(())
    }

    /// Simulates points, unless that is more than the budget; then nothing more is simulated.
    fn observe(
        &mut self,
        points: &[Point],
        stage: &'static str,
    ) -> Result<Vec<Observed>, S::Error> {
        let cost = points.iter().filter(|point| !point.is_pilot).count() as f64;
        if self.is_stopped || self.simulator.spent() + cost > self.plan.budget {
            self.is_out_of_budget |= !self.is_stopped;
            return Ok(vec![Observed::Stopped; points.len()]);
        }
        if points.is_empty() {
            return Ok(Vec::new());
        }
        let decided = self.known.iter().filter(|one| one.decision != Decision::Undecided).count();
        let status = Status { stage, decided, parameters: self.known.len(), largest: self.largest };
        let observed = self.simulator.observe(points, &status)?;
        self.is_stopped |= observed.contains(&Observed::Stopped);
        Ok(observed)
    }

    fn is_over(&self) -> bool {
        self.is_stopped || self.is_out_of_budget
    }

    /// What matters of each metric, by its mean with all defaults. A metric without a finite mean
    /// has zero: any difference matters.
    fn set_thresholds(&mut self) {
        for (metric, limit) in self.plan.limits.iter().enumerate() {
            let sum: f64 = self.base.values().map(|values| values[metric]).sum();
            let mean = sum / self.base.len() as f64;
            let by_share = self.plan.threshold * mean.abs();
            let by_limit = limit.map_or(0.0, |limit| (limit - mean).abs());
            let threshold = by_share.max(by_limit);
            self.thresholds[metric] = if threshold.is_finite() { threshold } else { 0.0 };
        }
    }

    /// One replication of the pilot model with each parameter at each end.
    fn pilot(&mut self, pool: &[usize]) -> Result<(), S::Error> {
        let point = |ends| Point { is_pilot: true, ends, number: PILOT_NUMBER };
        let mut points = vec![point(Vec::new())];
        for &parameter in pool {
            for end in self.moved(parameter) {
                points.push(point(vec![(parameter, end)]));
            }
        }
        let observed = self.observe(&points, "pilot")?;
        let Some(base) = observed[0].values().map(<[f64]>::to_vec) else { return Ok(()) };
        let mut seen: BTreeMap<usize, Vec<&[f64]>> = BTreeMap::new();
        let mut scores = vec![0.0_f64; self.known.len()];
        for (point, observed) in points.iter().zip(&observed).skip(1) {
            let (parameter, _) = point.ends[0];
            match observed.values() {
                Some(values) => seen.entry(parameter).or_insert(vec![&base]).push(values),
                // Whatever it is, a group with it would have no values either.
                None => scores[parameter] = f64::INFINITY,
            }
        }
        for (parameter, values) in seen {
            for (at, one) in values.iter().enumerate() {
                for other in &values[at + 1..] {
                    scores[parameter] = scores[parameter].max(self.score(&base, one, other));
                }
            }
        }
        self.scores = Some(scores);
        Ok(())
    }

    /// The largest difference of two outcomes of the pilot, by the threshold of each metric there.
    fn score(&self, pilot_base: &[f64], one: &[f64], other: &[f64]) -> f64 {
        let of_metric = |metric: usize| {
            let size = rule::difference(one[metric], other[metric]).abs();
            let full: f64 = self.base.values().map(|values| values[metric]).sum::<f64>()
                / self.base.len() as f64;
            let scale = (pilot_base[metric] / full).abs();
            let is_scale = scale.is_finite() && scale > 0.0 && self.plan.limits[metric].is_none();
            let threshold = self.thresholds[metric] * if is_scale { scale } else { 1.0 };
            match size {
                0.0 => 0.0,
                size if threshold > 0.0 && size.is_finite() => size / threshold,
                _ => f64::INFINITY,
            }
        };
        (0..one.len()).map(of_metric).fold(0.0, f64::max)
    }

    /// The ends of a parameter that are another model than its default.
    fn moved(&self, parameter: usize) -> impl Iterator<Item = End> + use<S> {
        let moves = self.plan.moves[parameter];
        [End::Low, End::High].into_iter().zip(moves).filter(|(_, moves)| *moves).map(|(end, _)| end)
    }
}
