//! Infers from simulated designs which other designs cannot meet an objective.

use crate::results::{ObjectiveStatus, Sample};
use crate::terms::MetricFamily;

use super::{Design, SearchStatus, Tried};
use crate::analysis::interval::welch;

/// Effect of a stronger level in one dimension on an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// A stronger level never makes the objective harder to meet.
    Improves,
    /// A stronger level never makes the objective easier to meet.
    Worsens,
    /// A failure allows no conclusion about other levels.
    Unknown,
}

/// Confidence level at which the difference of two designs refutes a trend.
const REFUTED_AT: f64 = 0.999;

/// Trends of the objectives in all dimensions, except those that simulations refute.
#[derive(Clone, Debug)]
pub(super) struct Trends {
    /// Trends by objective and dimension.
    of: Vec<Vec<Trend>>,
    /// Objective and dimension of each refuted trend.
    pub refuted: Vec<(usize, usize)>,
}

impl Trends {
    pub(super) fn new(of: Vec<Vec<Trend>>) -> Self {
        Trends { of, refuted: Vec::new() }
    }

    /// Returns the number of objectives.
    pub(super) fn objectives(&self) -> usize {
        self.of.len()
    }

    /// Returns whether `other` must fail an objective that `failed` fails.
    pub(super) fn reaches(&self, objective: usize, failed: &[usize], other: &[usize]) -> bool {
        self.of[objective].iter().zip(failed.iter().zip(other)).all(|(trend, (failed, other))| {
            match trend {
                Trend::Improves => other <= failed,
                Trend::Worsens => other >= failed,
                Trend::Unknown => other == failed,
            }
        })
    }

    /// Removes the trends that two designs refute: one fails an objective, and the other meets it
    /// although it should also fail.
    pub(super) fn compare(&mut self, one: &Tried, other: &Tried) {
        for objective in 0..self.of.len() {
            let status_of = |tried: &Tried| tried.evaluation().objectives()[objective].status;
            let (failed, met) = match (status_of(one), status_of(other)) {
                (ObjectiveStatus::Violated, ObjectiveStatus::Met) => (one, other),
                (ObjectiveStatus::Met, ObjectiveStatus::Violated) => (other, one),
                _ => continue,
            };
            let is_expected = !self.reaches(objective, &failed.design, &met.design);
            let metric = failed.evaluation().objectives()[objective].metric;
            let samples = (failed.evaluation().sample(), met.evaluation().sample());
            if is_expected || !is_different(metric, samples) {
                continue;
            }
            for dimension in 0..failed.design.len() {
                if failed.design[dimension] != met.design[dimension] {
                    self.of[objective][dimension] = Trend::Unknown;
                    self.refuted.push((objective, dimension));
                }
            }
        }
    }
}

/// Returns whether the means of a metric differ significantly, or one of them is infinite.
fn is_different(metric: MetricFamily, (one, other): (&Sample, &Sample)) -> bool {
    let values = |sample: &Sample| {
        sample.index_of(metric).map_or_else(Vec::new, |index| sample.values(index))
    };
    let (one, other) = (values(one), values(other));
    match welch(&one, &other, REFUTED_AT) {
        Some(found) => found.low() > 0.0 || found.high() < 0.0,
        None => one.iter().chain(&other).any(|value| value.is_infinite()),
    }
}

/// Designs that fail objectives.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures(Vec<(Design, usize, usize)>);

impl Failures {
    /// Collects the designs for which an objective is violated or undecided. While a design is
    /// undecided, designs that can only be worse are not simulated.
    pub(super) fn of(tried: &[Tried]) -> Self {
        let mut failures = Vec::new();
        for (index, one) in tried.iter().enumerate() {
            if matches!(one.search_status(), SearchStatus::Confirmed | SearchStatus::Screened) {
                continue;
            }
            for (objective, result) in one.evaluation().objectives().iter().enumerate() {
                if result.status != ObjectiveStatus::Met {
                    failures.push((one.design.clone(), objective, index));
                }
            }
        }
        Failures(failures)
    }

    /// Returns the index of a simulated design that makes the simulation of another one
    /// unnecessary.
    pub(super) fn because_of(&self, trends: &Trends, design: &[usize]) -> Option<usize> {
        let reason = self.0.iter().find(|(failed, objective, _)| {
            failed != design && trends.reaches(*objective, failed, design)
        });
        reason.map(|(_, _, index)| *index)
    }
}
