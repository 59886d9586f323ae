//! Simulates the units of a sweep, which are replications of points, in parallel.
//!
//! Points use common random numbers: streams are keyed by seed, replication, entity and purpose,
//! so replication 3 of every point uses the same random numbers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::experiment::cluster::each_unit;
use crate::experiment::sample::{CombinedProgress, Study};
use crate::experiment::{RunError, Watch};
use crate::model::Config;
use crate::results::store::StoreError;
use crate::results::{Metric, ScenarioInfo};

use super::journal::{JournalWriter, Unit, UnitId, Units};
use super::{Shard, Sweep, SweepError, missing};

/// Point that is ready to simulate.
#[derive(Clone, Debug)]
pub(super) struct PointModel {
    pub config: Config,
    /// Scenario information for the results.
    pub info: ScenarioInfo,
}

/// Failure of a unit.
#[derive(Debug, thiserror::Error)]
#[error("point {point}, replication {replication}: {cause}")]
pub struct UnitError {
    /// Number of the point.
    pub point: u32,
    /// Number of the replication.
    pub replication: u32,
    /// Error of the simulation.
    pub cause: RunError,
}

impl Sweep {
    /// Simulates the unfinished units of the plan, or of one of its shards, on all threads of the
    /// pool. Passes the lines of each unit to `append`, one unit at a time in any order, before the
    /// unit counts as finished. Returns all finished units; if the watch stopped the sweep, some
    /// are [`missing`].
    ///
    /// # Errors
    /// Returns the first error of `append`. Otherwise, returns the error of the first unit that
    /// failed before all units stopped.
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

/// Finished units, and the destination of their lines.
struct Kept<F> {
    append: F,
    writer: JournalWriter,
    units: Units,
    error: Option<StoreError>,
}

impl<F: FnMut(&[u8]) -> Result<(), StoreError>> Kept<F> {
    /// Saves a unit; returns false if that fails.
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

/// Simulates units on all threads of the pool and passes each finished unit to `keep`, in any
/// order. `keep` returns whether to continue.
///
/// # Errors
/// Returns the error of the first unit that failed before all units stopped.
fn run(
    points: &[PointModel],
    units: &[UnitId],
    watch: &dyn Watch,
    keep: &(dyn Fn(UnitId, Unit) -> bool + Sync),
) -> Result<(), UnitError> {
    let combined = CombinedProgress::new(watch, units.len());
    let is_stopped = AtomicBool::new(false);
    let known = Mutex::new(Vec::new());
    let one = |(point, number): &UnitId| {
        if is_stopped.load(Ordering::Relaxed) {
            return None;
        }
        let model = &points[*point as usize];
        let study = Study { config: &model.config, info: &model.info, follow: None };
        let found = match combined.done(&study, *number) {
            Ok(found) => found,
            Err(cause) => {
                is_stopped.store(true, Ordering::Relaxed);
                return Some(UnitError { point: *point, replication: *number, cause });
            }
        };
        let Some(done) = found else {
            is_stopped.store(true, Ordering::Relaxed);
            return None;
        };
        let metrics = shared(&known, done.metrics);
        let unit = Unit { metrics, replication: done.replication };
        if !keep((*point, *number), unit) {
            is_stopped.store(true, Ordering::Relaxed);
        }
        None
    };
    let errors: Vec<UnitError> = match watch.cluster() {
        Some(cluster) => {
            let found = each_unit(cluster, units.len(), |place| one(&units[place]));
            found.into_iter().flatten().collect()
        }
        None => units.par_iter().with_max_len(1).filter_map(one).collect(),
    };
    match errors.into_iter().min_by_key(|error| (error.point, error.replication)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Returns a shared list of metrics, so that equal lists are kept only once.
fn shared(known: &Mutex<Vec<Arc<Vec<Metric>>>>, metrics: Vec<Metric>) -> Arc<Vec<Metric>> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|list| ***list == metrics) {
        return Arc::clone(same);
    }
    let list = Arc::new(metrics);
    known.push(Arc::clone(&list));
    list
}
