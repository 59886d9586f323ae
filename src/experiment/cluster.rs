//! Simulation of replications in other processes.
//!
//! A study asks its [`Watch`](super::Watch) for a [`Cluster`]. If there is one, the study passes it
//! one [`WorkUnit`] per replication. A unit contains the whole model, so the other process needs no
//! files, and its result depends only on the unit. The study combines results in the order of the
//! replications, so it gives the same bytes as on one machine.
//!
//! Models and results are binary (postcard 1), which keeps every bit of a number. A model begins
//! with [`BUILD`]. A process with another build refuses it, because its results could differ.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::analysis::mean_time_series::Single;
use crate::model::Config;
use crate::results::{Metric, RESULTS_VERSION, Replication, ScenarioInfo};

use super::RunError;
use super::sample::{Done, Study};

/// Version of cmgsim, with its commit if it is known.
pub const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CMGSIM_COMMIT"), ")");

/// One replication of one model, for another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkUnit {
    /// Key of the unit: hash of the scenario, hash of the model, and number of the replication.
    /// Units with the same key have the same result.
    pub key: String,
    /// Key of the model, which all replications of one scenario share.
    pub model_key: String,
    /// Model for [`simulate_unit`].
    pub model: Vec<u8>,
    /// Number of the replication.
    pub number: u32,
}

/// Processes that simulate units.
pub trait Cluster: Sync {
    /// Returns the number of units that are submitted at the same time.
    fn in_flight(&self) -> usize;

    /// Simulates a unit in another process and returns what [`simulate_unit`] returned there, or
    /// `None` if `should_continue` returned false. Calls `should_continue` at least once a second
    /// while it waits. Several threads call this method at the same time.
    ///
    /// # Errors
    /// Returns the reason why no process could simulate the unit.
    fn simulate(
        &self,
        unit: WorkUnit,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<u8>>, String>;
}

/// Calls `work` for each number below `count`, on one thread per unit in flight. Returns the
/// results in order. The threads only wait for the cluster. Threads of a rayon pool would search
/// each other's queues for work, which takes all processors if there are thousands of threads.
pub(crate) fn each_unit<T: Send>(
    cluster: &dyn Cluster,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut own = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return own;
            }
            own.push((number, work(number)));
        }
    };
    let mut found: Vec<(usize, T)> = std::thread::scope(|scope| {
        // This thread works as well, so the units complete even if no thread can be started.
        let others = 1..cluster.in_flight().min(count);
        let spawned =
            others.map_while(|_| std::thread::Builder::new().spawn_scoped(scope, take).ok());
        let spawned: Vec<_> = spawned.collect();
        let mut found = take();
        for thread in spawned {
            found.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    found.sort_unstable_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, result)| result).collect()
}

/// Reason why a process cannot simulate a unit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitRefused {
    /// The unit is from another build of cmgsim.
    #[error("the study uses cmgsim {study}, but this process has cmgsim {own}")]
    OtherBuild {
        /// Build of the study.
        study: String,
        /// Build of this process.
        own: &'static str,
    },
    /// The bytes are not a model.
    #[error("the bytes are not a model of cmgsim")]
    Damaged,
}

/// Content of a model after the build.
#[derive(Deserialize)]
struct Model {
    config: Config,
    /// Scenario information as JSON, which has optional fields.
    info: String,
}

/// Reference to the content of a model, in the format of [`Model`].
#[derive(Serialize)]
struct ModelRef<'a> {
    config: &'a Config,
    info: String,
}

/// Result of a unit.
#[derive(Serialize, Deserialize)]
struct Reply {
    replication: Replication,
    metrics: Vec<Metric>,
    single: Single,
}

impl WorkUnit {
    /// Creates the unit of one replication of a study.
    pub(super) fn new(study: &Study<'_>, number: u32) -> Self {
        // Metrics do not depend on the list of values and their sources.
        let info = ScenarioInfo { replication: 0, configuration: Vec::new(), ..study.info.clone() };
        let info = serde_json::to_string(&info).expect("plain structs serialise");
        let content = ModelRef { config: study.config, info };
        let model = bytes(&((BUILD, RESULTS_VERSION), content));
        let digest: String =
            Sha256::digest(&model).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let hash: String = study.info.hash.chars().take(8).collect();
        let model_key = format!("cmgsim-{hash}-{digest}");
        WorkUnit { key: format!("{model_key}-{number}"), model_key, model, number }
    }
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain structs serialise")
}

/// Simulates one replication for a study in another process, from [`WorkUnit::model`] and
/// [`WorkUnit::number`]. An error of the simulation is part of the returned bytes.
///
/// # Errors
/// Fails if the model is from another build, or if the bytes are not a model.
pub fn simulate_unit(model: &[u8], number: u32) -> Result<Vec<u8>, UnitRefused> {
    let damaged = |_| UnitRefused::Damaged;
    let ((study, version), rest) =
        postcard::take_from_bytes::<(String, u32)>(model).map_err(damaged)?;
    if study != BUILD || version != RESULTS_VERSION {
        return Err(UnitRefused::OtherBuild { study, own: BUILD });
    }
    let Model { config, info } = postcard::from_bytes(rest).map_err(damaged)?;
    let info: ScenarioInfo = serde_json::from_str(&info).map_err(|_| UnitRefused::Damaged)?;
    let study = Study { config: &config, info: &info, follow: None };
    let result = study.replication(number, &()).and_then(|result| {
        let done = Done::of(number, result.ok_or(RunError::NoMeasurement)?);
        Ok(Reply { replication: done.replication, metrics: done.metrics, single: done.single })
    });
    Ok(bytes(&result))
}

/// Reads the bytes that [`simulate_unit`] returned for a replication.
pub(super) fn read_reply(number: u32, bytes: &[u8]) -> Result<Done, RunError> {
    let unusable = || RunError::Worker {
        replication: number,
        reason: "the result is damaged or belongs to another unit".to_owned(),
    };
    let reply: Result<Reply, RunError> = postcard::from_bytes(bytes).map_err(|_| unusable())?;
    let Reply { replication, metrics, single } = reply?;
    let is_own = replication.number == number && replication.values.len() == metrics.len();
    is_own.then_some(Done { replication, metrics, single, result: None }).ok_or_else(unusable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    #[test]
    fn damaged_units_and_units_of_another_build_are_refused() {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["duration=\"5h\"".to_owned(), "cohort.*.clients=20".to_owned()];
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let info = ScenarioInfo { hash: "0123456789".to_owned(), ..ScenarioInfo::default() };
        let study = Study { config: &scenario.config, info: &info, follow: None };
        let unit = WorkUnit::new(&study, 7);
        assert!(unit.key.starts_with("cmgsim-01234567-") && unit.key.ends_with("-7"));
        let of_build = |build: &str| {
            let mut model = bytes(&(build, RESULTS_VERSION));
            model.extend(&unit.model[bytes(&(BUILD, RESULTS_VERSION)).len()..]);
            simulate_unit(&model, unit.number)
        };
        let refused = of_build("0.0.1 (old)").expect_err("it is from another build");
        assert_eq!(refused, UnitRefused::OtherBuild { study: "0.0.1 (old)".into(), own: BUILD });
        for length in [0, 1, 30, 90, unit.model.len() - 1] {
            assert_eq!(simulate_unit(&unit.model[..length], 7), Err(UnitRefused::Damaged));
        }
        let reply = of_build(BUILD).expect("the unit is complete");
        assert!(read_reply(7, &reply).is_ok());
        for (number, reply) in [(8, &reply[..]), (7, &reply[..reply.len() - 1]), (7, &[])] {
            let found = read_reply(number, reply);
            assert!(matches!(found, Err(RunError::Worker { .. })), "{number}");
        }
    }
}
