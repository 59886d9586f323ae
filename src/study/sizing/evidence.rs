//! What simulated designs say of others: which of them cannot meet an objective either.

use crate::results::{ObjectiveStatus, Sample};
use crate::terms::MetricFamily;

use super::{Design, SearchStatus, Tried};
use crate::analysis::interval::welch;

/// How an objective answers to a stronger level in one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// A stronger level never makes it harder to meet.
    Improves,
    /// A stronger level never makes it easier to meet.
    Worsens,
    /// A failure says nothing of other levels.
    Unknown,
}

/// The level at which two designs have to differ before they refute a trend.
const REFUTED_AT: f64 = 0.999;

/// How objectives answer to dimensions, as far as simulations do not refute it.
#[derive(Clone, Debug)]
pub(super) struct Trends {
    /// By objective and dimension.
    of: Vec<Vec<Trend>>,
    /// Objective and dimension of trends that were refuted.
    pub refuted: Vec<(usize, usize)>,
}

impl Trends {
    pub(super) fn new(of: Vec<Vec<Trend>>) -> Self {
        Trends { of, refuted: Vec::new() }
    }

    /// Number of objectives.
    pub(super) fn objectives(&self) -> usize {
        self.of.len()
    }

    /// Whether `other` fails an objective wherever `failed` does.
    pub(super) fn reaches(&self, objective: usize, failed: &[usize], other: &[usize]) -> bool {
        self.of[objective].iter().zip(failed.iter().zip(other)).all(|(trend, (failed, other))| {
            match trend {
                Trend::Improves => other <= failed,
                Trend::Worsens => other >= failed,
                Trend::Unknown => other == failed,
            }
        })
    }

    /// Gives up the trends that a design and another one refute: one fails an objective, and the
    /// other meets it, though it should fail too.
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

/// Whether the means of a metric differ beyond chance, or one of them is endless.
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

/// Objectives that designs do not meet.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures(Vec<(Design, usize, usize)>);

impl Failures {
    /// Of designs that violate an objective, or for which it is open whether they do: as long as
    /// it is, designs that can only be worse are not simulated.
    pub(super) fn of(tried: &[Tried]) -> Self {
        let mut failures = Vec::new();
        for (index, one) in tried.iter().enumerate() {
            if matches!(one.standing(), SearchStatus::Confirmed | SearchStatus::Screened) {
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

    /// The place of a simulated design because of which another one is not worth a simulation.
    pub(super) fn because_of(&self, trends: &Trends, design: &[usize]) -> Option<usize> {
        let reason = self.0.iter().find(|(failed, objective, _)| {
            failed != design && trends.reaches(*objective, failed, design)
        });
        reason.map(|(_, _, index)| *index)
    }
}
