//! What replications say of a design. A verdict is computed from the objectives that it is shown
//! with, and those from the sample that they are shown with: the three cannot differ.

use crate::results::{ObjectiveResult, ObjectiveStatus, Sample};

use super::{Design, excess};
use crate::analysis::objectives::{evaluate_each_objective, verdict};
use crate::terms::Objective;

/// The objectives of a design, judged over one sample.
#[derive(Clone, Debug)]
pub struct Evaluation {
    sample: Sample,
    objectives: Vec<ObjectiveResult>,
}

impl Evaluation {
    /// Judges each objective over a sample by an interval at a level. What it leaves open is
    /// violated if the values contradict the limit whatever their distribution.
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

    /// The same sample, judged by intervals at another level.
    pub(super) fn at(&self, objectives: &[Objective], level: f64) -> Self {
        Evaluation::of(self.sample.clone(), objectives, level)
    }

    /// The replications.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// The objectives, each judged over these replications.
    pub fn objectives(&self) -> &[ObjectiveResult] {
        &self.objectives
    }

    /// The verdict on all objectives.
    pub fn verdict(&self) -> ObjectiveStatus {
        verdict(&self.objectives)
    }

    /// Whether no mean is beyond its limit, whatever the intervals are.
    pub(super) fn is_within_limits(&self) -> bool {
        self.objectives.iter().all(|one| {
            let sign = if one.is_at_least { -1.0 } else { 1.0 };
            one.mean.is_some_and(|mean| sign * mean <= sign * one.limit)
        })
    }

    /// The number of replications.
    pub fn count(&self) -> u32 {
        self.sample.replications.len() as u32
    }
}

/// What the search knows of a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStatus {
    /// Meets all objectives over fresh replications, at the level of its confirmation.
    Confirmed,
    /// Meets all objectives in screening and was not confirmed or refused.
    Screened,
    /// Violates an objective with confidence.
    Violated,
    /// Neither.
    Undecided,
}

/// A design that was simulated.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The design.
    pub design: Design,
    /// Its cost per month, as it orders the search.
    pub cost: f64,
    screening: Evaluation,
    confirmation: Option<Evaluation>,
}

impl Tried {
    pub(super) fn new(design: Design, cost: f64, screening: Evaluation) -> Self {
        Tried { design, cost, screening, confirmation: None }
    }

    /// Replaces the evaluation of screening by one of more replications.
    pub(super) fn rescreen(&mut self, screening: Evaluation) {
        self.screening = screening;
    }

    /// Keeps the result of a confirmation that came to its end.
    pub(super) fn conclude(&mut self, confirmation: Evaluation) {
        self.confirmation = Some(confirmation);
    }

    /// The evaluation that decides: the confirmation if there was one, otherwise the screening.
    pub fn evaluation(&self) -> &Evaluation {
        self.confirmation.as_ref().unwrap_or(&self.screening)
    }

    /// The standing that [`Self::evaluation`] gives.
    pub fn standing(&self) -> SearchStatus {
        match (self.evaluation().verdict(), &self.confirmation) {
            (ObjectiveStatus::Met, Some(_)) => SearchStatus::Confirmed,
            (ObjectiveStatus::Met, None) => SearchStatus::Screened,
            (ObjectiveStatus::Violated, _) => SearchStatus::Violated,
            (ObjectiveStatus::Undecided | ObjectiveStatus::NotMeasured, _) => {
                SearchStatus::Undecided
            }
        }
    }

    /// Whether more replications of screening could decide, `most` being allowed. They do not where
    /// nothing happens that an objective counts.
    pub(super) fn is_open(&self, maximum: u32) -> bool {
        self.confirmation.is_none()
            && self.screening.verdict() == ObjectiveStatus::Undecided
            && self.screening.count() < maximum
    }
}
