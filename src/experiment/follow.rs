//! Follows replication 0: the way of some requests through the system, and a log of its events.
//! Its results are the same as without.

mod lines;
mod spans;

use std::sync::{Mutex, PoisonError};

use crate::model::config::Config;
use crate::model::follow::{Follower, Wanted};
use crate::model::world::Owner;
use crate::model::{Measured, World};
use crate::results::trace::{Trace, ndjson};
use crate::results::{RunResult, ScenarioInfo};

use super::checks::PublishedLimits;
use super::replicate::{RunError, Watch, conclude, simulate};

/// What is to be followed, and what was found once replication 0 has run.
#[derive(Debug)]
pub struct Follow {
    wanted: Wanted,
    found: Mutex<Option<Observed>>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// The requests that were followed.
    pub trace: Trace,
    /// The log of events: a JSON document a line.
    pub log: Vec<u8>,
}

impl Follow {
    /// Nothing has been found yet.
    pub fn new(wanted: Wanted) -> Self {
        Follow { wanted, found: Mutex::new(None) }
    }

    /// What was found.
    pub fn take(&self) -> Option<Observed> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Simulates replication 0 as [`super::run`] does, and follows it.
    ///
    /// # Errors
    /// As [`super::run`].
    pub fn run(
        &self,
        config: &Config,
        scenario: &ScenarioInfo,
        limits: &PublishedLimits,
        watch: &dyn Watch,
    ) -> Result<RunResult, RunError> {
        let follower = Follower::new(config, self.wanted);
        let mut world = World::new(config, scenario.replication, follower);
        let is_complete = simulate(&mut world, watch)?;
        let result = conclude(&mut world, scenario, limits, is_complete)?;
        let log = world.recorder.log();
        let lines = log.entries.iter().map(|entry| lines::line(&world, entry));
        let observed = Observed {
            trace: spans::trace(&world, scenario, self.wanted.requests),
            log: match self.wanted.log {
                Some(_) => ndjson(lines, log.more),
                None => Vec::new(),
            },
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(observed);
        Ok(result)
    }
}

/// The names of all stations, with what they are of.
fn station_names<R: Measured>(world: &World<'_, R>) -> Vec<String> {
    let named = world.stations().entries().map(|(id, owned)| {
        let name = world.station_name(id);
        match owned.owner {
            Owner::Instance(_) => format!("instance {name}"),
            Owner::ConnectionPoint(_) => format!("connection point {name}"),
            Owner::SiteSystem(system) => {
                format!("{} {name}", world.config().site_systems[system].role.name())
            }
            Owner::Database(_) | Owner::File(..) => name,
        }
    });
    named.collect()
}
