//! Simulates the units of a sweep, replications of points, side by side.
//!
//! Points have common random numbers without any doing: streams are keyed by seed, replication,
//! entity and purpose, so that replication 3 of all points meets the same chance.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::experiment::sample::{CombinedProgress, Study, sample_of_run};
use crate::experiment::{RunError, Watch};
use crate::model::Config;
use crate::results::store::StoreError;
use crate::results::{Metric, Sample, ScenarioInfo};

use super::journal::{JournalWriter, Unit, UnitId, Units};
use super::{Shard, Sweep, SweepError, missing};

/// A point, ready to be simulated.
#[derive(Clone, Debug)]
pub(super) struct PointModel {
    pub config: Config,
    /// What results say of it.
    pub info: ScenarioInfo,
}

/// A unit that failed.
#[derive(Debug, thiserror::Error)]
#[error("point {point}, replication {replication}: {cause}")]
pub struct UnitError {
    /// Number of the point.
    pub point: u32,
    /// Number of the replication.
    pub replication: u32,
    /// Why.
    pub cause: RunError,
}

impl Sweep {
    /// Simulates on all threads of the pool what is not among the finished units of the plan, or of
    /// one shard of it. The lines of each unit are handed to `append`, one unit at a time in any
    /// order, before the unit counts as finished. Returns all that is finished then; if the watch
    /// stopped it, some are [`missing`].
    ///
    /// # Errors
    /// The first error of `append`; or else, of the units that failed before all stopped, the first
    /// one's.
    pub fn simulate(
        &self,
        finished: Units,
        shard: Option<Shard>,
        watch: &dyn Watch,
        append: impl FnMut(&[u8]) -> Result<(), StoreError> + Send,
    ) -> Result<Units, SweepError> {
        let units = missing(self.plan(), &finished, shard);
        let writer = JournalWriter::new(self.plan());
        let kept = Mutex::new(Kept { append, writer, units: finished, error: None });
        let keep = |id, unit| kept.lock().unwrap_or_else(PoisonError::into_inner).keep(id, unit);
        let outcome = run(&self.models, &units, watch, &keep);
        let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        match kept.error {
            Some(error) => Err(error.into()),
            None => Ok(outcome.map(|()| kept.units)?),
        }
    }
}

/// Finished units, and where their lines go.
struct Kept<F> {
    append: F,
    writer: JournalWriter,
    units: Units,
    error: Option<StoreError>,
}

impl<F: FnMut(&[u8]) -> Result<(), StoreError>> Kept<F> {
    /// Keeps a unit; false if it cannot.
    fn keep(&mut self, id: UnitId, unit: Unit) -> bool {
        match (self.append)(&self.writer.unit(id.0, &unit)) {
            Ok(()) => {
                self.units.insert(id, unit);
                true
            }
            Err(error) => {
                self.error.get_or_insert(error);
                false
            }
        }
    }
}

/// Simulates units on all threads of the pool and hands each to `keep` when it is finished, in any
/// order; `keep` says whether to go on.
///
/// # Errors
/// Of the units that failed before all stopped, the first one's error.
fn run(
    points: &[PointModel],
    units: &[UnitId],
    watch: &dyn Watch,
    keep: &(dyn Fn(UnitId, Unit) -> bool + Sync),
) -> Result<(), UnitError> {
    let combined = CombinedProgress::new(watch, units.len());
    let is_stopped = AtomicBool::new(false);
    let known = Mutex::new(Vec::new());
    let errors: Vec<UnitError> = units
        .par_iter()
        .with_max_len(1)
        .filter_map(|(point, number)| {
            if is_stopped.load(Ordering::Relaxed) {
                return None;
            }
            let model = &points[*point as usize];
            let study = Study { config: &model.config, info: &model.info, follow: None };
            let found = match combined.simulate(&study, *number) {
                Ok(found) => found,
                Err(cause) => {
                    is_stopped.store(true, Ordering::Relaxed);
                    return Some(UnitError { point: *point, replication: *number, cause });
                }
            };
            let Some(result) = found else {
                is_stopped.store(true, Ordering::Relaxed);
                return None;
            };
            let (replication, Sample { metrics, .. }) = sample_of_run(*number, &result);
            let unit = Unit { metrics: shared(&known, metrics), replication };
            if !keep((*point, *number), unit) {
                is_stopped.store(true, Ordering::Relaxed);
            }
            None
        })
        .collect();
    match errors.into_iter().min_by_key(|error| (error.point, error.replication)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// A list of figures is kept once, however many units have it.
fn shared(known: &Mutex<Vec<Arc<Vec<Metric>>>>, metrics: Vec<Metric>) -> Arc<Vec<Metric>> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|list| ***list == metrics) {
        return Arc::clone(same);
    }
    let list = Arc::new(metrics);
    known.push(Arc::clone(&list));
    list
}
