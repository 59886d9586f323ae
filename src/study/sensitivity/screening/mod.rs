//! Group screening: finds which of many parameters matter for a metric, with far fewer runs than a
//! one-at-a-time study.
//!
//! Sequential bifurcation (Bettonville, Kleijnen, "Searching for important factors in simulation
//! models with many factors: Sequential bifurcation", European Journal of Operational Research 96,
//! 1997; with control of error: Wan, Ankenman, Nelson, "Controlled sequential bifurcation: A new
//! factor-screening method for discrete-event simulation", Operations Research 54(4), 2006) moves
//! half of the parameters to their high ends at once. It requires the direction of each effect to
//! be known and the response to be additive. Neither holds here, so this method differs in three
//! points:
//!
//! * Groups move around the defaults while all other parameters stay at their defaults, so the
//!   screening and one-at-a-time measure the same effects.
//! * Signs are random: in a test, each member of a group moves to a random end, and in its mirror
//!   image (fold-over) to the opposite end. Effects that cancel in one test do not cancel in
//!   another (`rule`).
//! * A cheap pilot, the same model with few clients, orders the parameters. Parameters that seem
//!   to matter in it are measured individually. A wrong order costs runs but does not weaken the
//!   guarantee.
//!
//! One stage tests and splits groups; the next stage measures parameters individually. The module
//! does not depend on scenarios or models: a [`Simulator`] returns the values.

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

/// Purpose of the random stream of the signs; the model does not use this number.
const PURPOSE: Purpose = Purpose(u8::MAX - 1);

/// Replication numbers of the pilot and of groups. They differ from those of individual
/// measurements, so that the selection and the measurement are independent.
const PILOT_NUMBER: u32 = 1 << 20;
const GROUP_NUMBER: u32 = PILOT_NUMBER + 1;

/// Maximum number of parameters to measure individually without group tests.
pub const FEW: usize = 8;

/// Minimum pilot change, as a share of the threshold, at which a parameter is measured
/// individually.
const SUSPECT_SHARE: f64 = 0.7;

/// End of a parameter's plausible range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Low end.
    Low,
    /// High end.
    High,
}

impl End {
    /// Returns the opposite end.
    pub fn other(self) -> End {
        match self {
            End::Low => End::High,
            End::High => End::Low,
        }
    }
}

/// Run that the screening requests: one replication with some parameters at an end and all others
/// at their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Whether the run uses the pilot model.
    pub is_pilot: bool,
    /// Parameters that are at an end, with that end.
    pub ends: Vec<(usize, End)>,
    /// Number of the replication.
    pub number: u32,
}

/// Outcome of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// Values of the metrics, in the order of the plan.
    Values(Vec<f64>),
    /// The scenario does not allow this combination of values, or has no result with it.
    Refused,
    /// The run was stopped before its end.
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

/// Progress of the screening.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Name of the current stage.
    pub stage: &'static str,
    /// Number of parameters that are decided.
    pub decided: usize,
    /// Number of all parameters.
    pub parameters: usize,
    /// Largest swing so far: parameter, metric and difference.
    pub largest: Option<(usize, usize, f64)>,
}

/// Simulator that runs the points of the screening.
pub trait Simulator {
    /// Error that ends the screening.
    type Error;

    /// Simulates the points in any order, and returns the outcome of each.
    ///
    /// # Errors
    /// Fails if results can no longer be trusted.
    fn observe(&mut self, points: &[Point], status: &Status) -> Result<Vec<Observed>, Self::Error>;

    /// Returns the work so far, in replications of the scenario with all defaults.
    fn spent(&self) -> f64;
}

/// Input of a screening.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For each parameter: whether the model at its low and its high end differs from the default.
    pub moves: Vec<[bool; 2]>,
    /// For each metric: the limit of its objective if the objective is the only reason to screen
    /// it.
    pub limits: Vec<Option<f64>>,
    /// Smallest relevant change, as a share of the metric's mean with all defaults.
    pub threshold: f64,
    /// Maximum probability of screening out a swing of [`rule::GUARANTEE`] thresholds.
    pub miss_risk: f64,
    /// Joint confidence of all swings of a metric.
    pub confidence: f64,
    /// Maximum number of replications of each end of a parameter.
    pub replications: u32,
    /// Maximum total work, in replications of the scenario.
    pub budget: f64,
    /// Seed of the random signs.
    pub seed: u64,
}

/// State of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Decision on the parameter.
    pub decision: Decision,
    /// Number of group tests with the parameter that count and were clear: no change reached
    /// [`rule::GUARANTEE`] thresholds.
    pub clear: u32,
    /// Number of group tests with the parameter that count and were hits: a change reached
    /// [`rule::GUARANTEE`] thresholds.
    pub hits: u32,
    /// Number of replications of both ends that were measured individually.
    pub replications: u32,
}

/// Result of the screening.
#[derive(Clone, Debug)]
pub struct Found {
    /// State by parameter.
    pub parameters: Vec<Known>,
    /// Smallest relevant change by metric.
    pub thresholds: Vec<f64>,
    /// Number of intervals that hold jointly at the confidence: see
    /// [`crate::analysis::interval::bonferroni`].
    pub intervals: usize,
    /// Whether the budget ended the screening.
    pub is_out_of_budget: bool,
    /// Whether the screening was stopped.
    pub is_stopped: bool,
}

/// State of a screening.
struct Screening<'a, S> {
    plan: &'a Plan,
    simulator: &'a mut S,
    stream: Stream,
    thresholds: Vec<f64>,
    /// Values with all defaults, by replication.
    base: BTreeMap<u32, Vec<f64>>,
    /// Values with one parameter at an end, by replication.
    single: BTreeMap<(usize, End), BTreeMap<u32, Vec<f64>>>,
    known: Vec<Known>,
    /// Largest pilot change of each parameter, in thresholds; `None` before the pilot.
    scores: Option<Vec<f64>>,
    /// By parameter: the number of clear group tests, and the sum of its swings in them by metric.
    sums: BTreeMap<usize, (u32, Vec<f64>)>,
    /// Parameters that are measured individually, in order.
    individually: Vec<usize>,
    largest: Option<(usize, usize, f64)>,
    is_out_of_budget: bool,
    is_stopped: bool,
}

/// Screens the parameters of a plan.
///
/// # Errors
/// Returns the errors of the simulator.
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
            // Begin with the largest changes, so that an interrupted study has results for the most
            // important parameters.
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

    /// Simulates the missing replications with all defaults.
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

    /// Simulates points. If they would exceed the budget, simulates neither these points nor any
    /// later ones.
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

    /// Sets the smallest relevant change of each metric from its mean with all defaults and, if it
    /// has a limit, from the distance to the limit. Without a finite mean, the smallest relevant
    /// change is zero, so any difference is relevant.
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

    /// Simulates one replication of the pilot model with each parameter at each end.
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
                // Measure this parameter individually, because a group with it would have no values
                // either.
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

    /// Returns the largest difference between two pilot outcomes, in thresholds of each metric.
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

    /// Returns the ends of a parameter at which the model differs from the default.
    fn moved(&self, parameter: usize) -> impl Iterator<Item = End> + use<S> {
        let moves = self.plan.moves[parameter];
        [End::Low, End::High].into_iter().zip(moves).filter(|(_, moves)| *moves).map(|(end, _)| end)
    }
}
