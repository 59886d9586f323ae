//! Checks whether the requirements of a subcommand are met, which determines its exit code.

use std::path::Path;

use crate::report::format;
use crate::results::comparison::Comparison;
use crate::results::{DesignResult, DesignStatus, ObjectiveStatus, RunResult, Sizing};
use crate::study::simulate::Simulated;
use crate::study::warmup::WarmUp;

use super::failure::Failure;
use super::progress::Progress;

/// Checks whether the objectives of a run are met and its precision is reached.
pub(super) fn of_run(result: &RunResult) -> Result<(), Failure> {
    let named = |status| {
        let of_it = result.objectives.iter().filter(|one| one.status == status);
        of_it.map(|one| one.metric.name()).collect::<Vec<_>>().join(", ")
    };
    match ObjectiveStatus::of_all(&result.objectives) {
        ObjectiveStatus::Violated => {
            let message = format!("objectives not met: {}", named(ObjectiveStatus::Violated));
            return Err(Failure::Differs(message));
        }
        ObjectiveStatus::Undecided => {
            return Err(Failure::Undecided(format!(
                "objectives undecided: {}; raise --replications",
                named(ObjectiveStatus::Undecided)
            )));
        }
        ObjectiveStatus::NotMeasured => {
            return Err(Failure::Undecided(format!(
                "objectives not measured: {}; the events that they measure did not occur in the \
                 measured period",
                named(ObjectiveStatus::NotMeasured)
            )));
        }
        ObjectiveStatus::Met => {}
    }
    let precision = result.replicated.as_ref().and_then(|replicated| replicated.precision.as_ref());
    match precision.filter(|precision| !precision.is_reached) {
        Some(precision) => Err(Failure::Undecided(format!(
            "the precision of {} was not reached in {} replications; raise --max-replications",
            precision.metric,
            result.replicated.as_ref().map_or(0, |replicated| replicated.count)
        ))),
        None => Ok(()),
    }
}

/// Describes the stored part of a run that was stopped.
pub(super) fn partial(progress: &Progress, simulated: &Simulated, folder: &Path) -> String {
    let stored = match &simulated.sample {
        None => format!("partial results are in {}", folder.display()),
        Some(sample) => {
            let count = sample.replications.len();
            format!("{count} complete replications are in {}", folder.display())
        }
    };
    let longest_queue =
        simulated.result.stations.iter().max_by_key(|station| station.in_system_peak);
    match longest_queue.filter(|_| progress.is_out_of_memory()) {
        None => stored,
        Some(station) => format!(
            "{stored}. The longest queue: {} at {} {}",
            format::count(station.in_system_peak),
            station.role,
            station.name
        ),
    }
}

/// Checks whether the precision of a comparison is reached.
pub(super) fn of_comparison(found: &Comparison) -> Result<(), Failure> {
    let Some(precision) = found.precision.as_ref().filter(|one| !one.is_reached) else {
        return Ok(());
    };
    let (metric, pairs) = (&precision.metric, found.replications);
    Err(Failure::Undecided(match precision.reached {
        Some(_) => format!(
            "the precision of {metric} was not reached in {pairs} pairs; raise --max-replications"
        ),
        None => {
            format!("{metric} has no precision: A or B has no value, or the mean of A is zero")
        }
    }))
}

/// Checks whether a completed search has an answer. Without an answer, all designs fail or some are
/// undecided.
pub(super) fn of_sizing(sizing: &Sizing) -> Result<(), Failure> {
    if sizing.answer.is_some() {
        return Ok(());
    }
    let is_open = |one: &&DesignResult| {
        matches!(one.status, DesignStatus::Screened | DesignStatus::Undecided)
    };
    Err(match sizing.designs.iter().filter(is_open).count() {
        0 => Failure::Differs("no design in the search space meets all objectives".to_owned()),
        open => Failure::Undecided(format!(
            "no design is confirmed, and {open} designs are undecided (confirmations: {})",
            sizing.confirmations
        )),
    })
}

/// Checks whether the end of a warm-up was found.
pub(super) fn of_warm_up(found: &WarmUp) -> Result<(), Failure> {
    if found.truncation.is_settled {
        return Ok(());
    }
    Err(Failure::Undecided(
        "no steady state was found: the standard error is smallest at the middle of the series. A \
         scenario of one day or with a disruption has no steady state; its warm-up only needs to \
         fill the system. A longer scenario may have a steady state"
            .to_owned(),
    ))
}
