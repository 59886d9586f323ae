//! Puts the shards of a sweep together.

use crate::results::{RESULTS_VERSION, SweepPlan};

use super::journal::{Journal, UnitId, Units};
use super::{difference, missing};

/// Shards that belong together, as far as they are known.
#[derive(Debug, Default)]
pub struct Shards {
    all: Option<Known>,
}

#[derive(Debug)]
struct Known {
    /// What the first one is called.
    first: String,
    plan: SweepPlan,
    units: Units,
}

/// Why shards are no sweep together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They are of different sweeps, or one of them is wrong.
    #[error("{first} and {other} do not belong together: {why}")]
    Different {
        /// One of them.
        first: String,
        /// Another.
        other: String,
        /// How they differ.
        why: String,
    },
    /// Another program simulated them.
    #[error(
        "these shards are of results version {found}, and this cmgsim writes {RESULTS_VERSION}: \
         merge them with the cmgsim that simulated them"
    )]
    Version {
        /// Which version.
        found: u32,
    },
    /// They are not all.
    #[error(
        "{missing} of {units} units are in none of these folders: {names}. Name the folders of all \
         shards; one that was stopped goes on with `cmgsim sweep ... --resume DIR`"
    )]
    Missing {
        /// How many are missing.
        missing: usize,
        /// Of how many.
        units: u64,
        /// Which, the first few.
        names: String,
    },
    /// There are none.
    #[error("name the folders of the shards")]
    None,
}

impl Shards {
    /// Adds the journal of a shard. Units that are in others too must be the same.
    ///
    /// # Errors
    /// [`MergeError::Different`].
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
                "they have different results of {}",
                names(&different)
            )));
        }
        known.units.extend(units);
        Ok(())
    }

    /// The plan and all its units.
    ///
    /// # Errors
    /// If units are missing, or the results are of another version.
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

/// What distinguishes two plans that are not the same.
fn other_plan(first: &SweepPlan, second: &SweepPlan) -> String {
    let both = difference(first, second);
    both.or_else(|| difference(second, first)).unwrap_or_else(|| {
        "they differ in --replications, --confidence, --metric, --set, or the scenario's name"
            .to_owned()
    })
}

/// Units by name, the first few: `point 3 replication 0, ...`.
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
