//! Rows of the IIS logs of simulated site systems, from several replications in memory.

use rayon::prelude::*;

use crate::logs::iis::Row;
use crate::model::Config;
use crate::model::recording::Recording;
use crate::results::ScenarioInfo;
use crate::trace::site_log::SiteLog;

use super::replicate::{RunError, Watch, build, conclude, simulate_and};
use super::sample::CombinedProgress;

/// Simulates replications on all threads of the pool, and passes the rows of each replication, in
/// the order of their times, to its own receiver, which `create` creates. Only the receivers keep
/// rows. Returns the receivers in order of replication, or `None` if the watch stopped the runs.
///
/// # Errors
/// Returns the same errors as [`super::run`]: the first one in order of replication.
pub fn site_rows<T: Send>(
    config: &Config,
    scenario: &ScenarioInfo,
    replications: u32,
    create: impl Fn() -> T + Sync,
    receive: impl Fn(&mut T, &Row) + Sync,
    watch: &dyn Watch,
) -> Result<Option<Vec<T>>, RunError> {
    let combined = CombinedProgress::new(watch, replications as usize);
    let one = |replication: u32| -> Result<Option<T>, RunError> {
        if combined.is_stopped() {
            return Ok(None);
        }
        let own = combined.one();
        let mut receiver = create();
        let built = build(config, replication, Recording::new(config), &own);
        let mut world = match built {
            Err(RunError::NoMeasurement) => return Ok(None),
            built => built?,
        };
        let mut site_log = SiteLog::new(&world);
        let is_complete = simulate_and(&mut world, &own, |world| {
            let happened = world.recorder_mut().take();
            site_log.follow(&happened, &mut |_, row| receive(&mut receiver, row));
        })?;
        if !is_complete {
            return Ok(None);
        }
        // An invalid simulation is an error, even though its result is not used.
        let scenario = ScenarioInfo { replication, ..scenario.clone() };
        conclude(&mut world, &scenario, true)?;
        own.is_done();
        Ok(Some(receiver))
    };
    let found: Result<Vec<Option<T>>, RunError> =
        (0..replications).into_par_iter().map(one).collect();
    Ok(found?.into_iter().collect())
}
