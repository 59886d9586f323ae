//! Merges the shards of a sweep.

use crate::results::{RESULTS_VERSION, SweepPlan};

use super::journal::{Journal, UnitId, Units};
use super::{difference, missing};

/// Shards of one sweep.
#[derive(Debug, Default)]
pub struct Shards {
    all: Option<Known>,
}

#[derive(Debug)]
struct Known {
    /// Name of the first shard.
    first: String,
    plan: SweepPlan,
    units: Units,
}

/// Reason why shards cannot be merged into a sweep.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The shards belong to different sweeps, or one of them has wrong results.
    #[error("cannot merge {first} and {other}: {why}")]
    Different {
        /// Name of one shard.
        first: String,
        /// Name of another shard.
        other: String,
        /// Difference between the shards.
        why: String,
    },
    /// Another version of the program simulated the shards.
    #[error(
        "these shards have results version {found}, but this cmgsim reads version \
         {RESULTS_VERSION}: merge them with the cmgsim version that simulated them"
    )]
    Version {
        /// Results version of the shards.
        found: u32,
    },
    /// Some units are missing.
    #[error(
        "{missing} of {units} replications are missing from these folders: {names}. Specify the \
         folders of all shards; continue an interrupted shard with `cmgsim sweep ... --resume DIR`"
    )]
    Missing {
        /// Number of missing units.
        missing: usize,
        /// Number of all units.
        units: u64,
        /// Names of the first missing units.
        names: String,
    },
    /// No shards were named.
    #[error("no shards: specify the folders of all shards")]
    None,
}

impl Shards {
    /// Adds the journal of a shard. Units that other shards also contain must be identical.
    ///
    /// # Errors
    /// Returns [`MergeError::Different`] if the shard does not belong to the sweep.
    pub fn add(&mut self, name: &str, journal: Journal) -> Result<(), MergeError> {
        let Journal { plan, units, .. } = journal;
        let Some(known) = &mut self.all else {
            self.all = Some(Known { first: name.to_owned(), plan, units });
            return Ok(());
        };
        let different_results = |why: String| {
            let (first, other) = (known.first.clone(), name.to_owned());
            MergeError::Different { first, other, why }
        };
        if known.plan != plan {
            return Err(different_results(other_plan(&known.plan, &plan)));
        }
        let differs =
            |(id, unit): &(&UnitId, _)| known.units.get(id).is_some_and(|one| one != *unit);
        let different: Vec<UnitId> = units.iter().filter(differs).map(|(id, _)| *id).collect();
        if !different.is_empty() {
            return Err(different_results(format!(
                "they have different results for {}",
                names(&different)
            )));
        }
        known.units.extend(units);
        Ok(())
    }

    /// Returns the plan and all its units.
    ///
    /// # Errors
    /// Fails if units are missing or the results have another version.
    pub fn whole(self) -> Result<(SweepPlan, Units), MergeError> {
        let Known { plan, units, .. } = self.all.ok_or(MergeError::None)?;
        if plan.results_version != RESULTS_VERSION {
            return Err(MergeError::Version { found: plan.results_version });
        }
        let missing = missing(&plan, &units, None);
        if missing.is_empty() {
            return Ok((plan, units));
        }
        Err(MergeError::Missing {
            missing: missing.len(),
            units: plan.units(),
            names: names(&missing),
        })
    }
}

/// Returns the difference between two plans that are not equal.
fn other_plan(first: &SweepPlan, second: &SweepPlan) -> String {
    let both = difference(first, second);
    both.or_else(|| difference(second, first)).unwrap_or_else(|| {
        "they differ in --replications, --confidence, --metric, --set, or the scenario's name"
            .to_owned()
    })
}

/// Returns the names of the first few units: `point 3 replication 0, ...`.
fn names(units: &[UnitId]) -> String {
    const NAMED: usize = 12;
    let mut names: Vec<String> = units
        .iter()
        .take(NAMED)
        .map(|(point, number)| format!("point {point} replication {number}"))
        .collect();
    if units.len() > NAMED {
        names.push(format!("and {} more", units.len() - NAMED));
    }
    names.join(", ")
}
