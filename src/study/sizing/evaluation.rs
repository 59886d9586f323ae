//! Evaluates the replications of a design. The verdict is computed from the objectives, and the
//! objectives from the sample, so verdict, objectives and sample always agree.

use crate::results::{ObjectiveResult, ObjectiveStatus, Sample};

use super::{Design, excess};
use crate::analysis::objectives::evaluate_each_objective;
use crate::terms::Objective;

/// Objectives of a design, evaluated over one sample.
#[derive(Clone, Debug)]
pub struct Evaluation {
    sample: Sample,
    objectives: Vec<ObjectiveResult>,
}

impl Evaluation {
    /// Evaluates each objective over a sample with an interval at the given level. An undecided
    /// objective counts as violated if the values contradict its limit whatever their distribution.
    pub(super) fn of(sample: Sample, objectives: &[Objective], level: f64) -> Self {
        let mut evaluated = evaluate_each_objective(&sample, objectives, level);
        for (result, objective) in evaluated.iter_mut().zip(objectives) {
            let values = sample.index_of(objective.metric).map(|index| sample.values(index));
            if result.status == ObjectiveStatus::Undecided
                && values.is_some_and(|values| excess::is_beyond(objective, result.unit, &values))
            {
                result.status = ObjectiveStatus::Violated;
            }
        }
        Evaluation { sample, objectives: evaluated }
    }

    /// Evaluates the same sample with intervals at another level.
    pub(super) fn at(&self, objectives: &[Objective], level: f64) -> Self {
        Evaluation::of(self.sample.clone(), objectives, level)
    }

    /// Returns the replications.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// Returns the objectives, each evaluated over these replications.
    pub fn objectives(&self) -> &[ObjectiveResult] {
        &self.objectives
    }

    /// Returns the verdict on all objectives.
    pub fn verdict(&self) -> ObjectiveStatus {
        ObjectiveStatus::of_all(&self.objectives)
    }

    /// Returns whether all means are within their limits, regardless of the intervals.
    pub(super) fn is_within_limits(&self) -> bool {
        self.objectives.iter().all(|one| {
            let sign = if one.is_at_least { -1.0 } else { 1.0 };
            one.mean.is_some_and(|mean| sign * mean <= sign * one.limit)
        })
    }

    /// Returns the number of replications.
    pub fn count(&self) -> u32 {
        self.sample.replications.len() as u32
    }
}

/// Status of a design in the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStatus {
    /// Meets all objectives over new replications, at the level of its confirmation.
    Confirmed,
    /// Meets all objectives in screening; neither confirmed nor refused yet.
    Screened,
    /// Violates an objective with confidence.
    Violated,
    /// Neither meets nor violates the objectives with confidence.
    Undecided,
}

/// Simulated design.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The design.
    pub design: Design,
    /// Cost per month by which the search orders designs.
    pub cost: f64,
    screening: Evaluation,
    confirmation: Option<Evaluation>,
}

impl Tried {
    pub(super) fn new(design: Design, cost: f64, screening: Evaluation) -> Self {
        Tried { design, cost, screening, confirmation: None }
    }

    /// Replaces the evaluation of screening by one with more replications.
    pub(super) fn rescreen(&mut self, screening: Evaluation) {
        self.screening = screening;
    }

    /// Stores the result of a complete confirmation.
    pub(super) fn conclude(&mut self, confirmation: Evaluation) {
        self.confirmation = Some(confirmation);
    }

    /// Returns the evaluation that decides: the confirmation if it exists, otherwise the screening.
    pub fn evaluation(&self) -> &Evaluation {
        self.confirmation.as_ref().unwrap_or(&self.screening)
    }

    /// Returns the status that follows from [`Self::evaluation`].
    pub fn search_status(&self) -> SearchStatus {
        match (self.evaluation().verdict(), &self.confirmation) {
            (ObjectiveStatus::Met, Some(_)) => SearchStatus::Confirmed,
            (ObjectiveStatus::Met, None) => SearchStatus::Screened,
            (ObjectiveStatus::Violated, _) => SearchStatus::Violated,
            (ObjectiveStatus::Undecided | ObjectiveStatus::NotMeasured, _) => {
                SearchStatus::Undecided
            }
        }
    }

    /// Returns whether more replications of screening, up to `maximum`, could decide whether the
    /// design meets its objectives. More replications cannot decide this if the events that an
    /// objective counts do not occur.
    pub(super) fn is_open(&self, maximum: u32) -> bool {
        self.confirmation.is_none()
            && self.screening.verdict() == ObjectiveStatus::Undecided
            && self.screening.count() < maximum
    }
}
