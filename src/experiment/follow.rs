//! Follows replication 0: the way of some requests through the system, and a log of its events.
//! Its results are the same as without.

mod lines;
mod spans;

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use crate::model::config::Config;
use crate::model::follow::{Follower, Wanted};
use crate::model::world::Owner;
use crate::model::{Measured, World};
use crate::results::trace::{Trace, write_end, write_line};
use crate::results::{RunResult, ScenarioInfo};

use crate::experiment::replicate::{RunError, Watch, build, conclude, simulate_and};

/// Where the log goes while it comes into being.
pub type Sink = Box<dyn Write + Send>;

/// What is to be followed, and what was found once replication 0 has run.
pub struct Follow {
    wanted: Wanted,
    sink: Mutex<Sink>,
    found: Mutex<Option<Observed>>,
}

/// What was found.
#[derive(Debug)]
pub struct Observed {
    /// The requests that were followed.
    pub trace: Trace,
    /// Why the log could not be written, if it could not.
    pub log_error: Option<io::Error>,
}

impl Follow {
    /// Nothing has been found yet. The log of events, a JSON document a line, is written to `sink`
    /// meanwhile, if one is wanted.
    pub fn new(wanted: Wanted, sink: Sink) -> Self {
        Follow { wanted, sink: Mutex::new(sink), found: Mutex::new(None) }
    }

    /// What was found.
    pub fn take(&self) -> Option<Observed> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Simulates replication 0 as [`super::run`] does, and follows it. If the log cannot be written
    /// the simulation goes on without.
    ///
    /// # Errors
    /// As [`super::run`].
    pub fn run(
        &self,
        config: &Config,
        scenario: &ScenarioInfo,
        watch: &dyn Watch,
    ) -> Result<RunResult, RunError> {
        let follower = Follower::new(config, self.wanted);
        let mut world = build(config, scenario.replication, follower, watch)?;
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = Ok(());
        let is_complete = simulate_and(&mut world, watch, |world| {
            let entries = world.recorder_mut().take_entries();
            if written.is_ok() {
                let lines = entries.iter().map(|entry| lines::line(world, entry));
                written = { lines }.try_for_each(|line| write_line(&mut *sink, &line));
            }
        })?;
        let result = conclude(&mut world, scenario, is_complete)?;
        let log = world.recorder().log();
        if self.wanted.log.is_some() {
            written = written.and_then(|()| write_end(&mut *sink, log.count, log.more));
        }
        let observed = Observed {
            trace: spans::trace(&world, scenario, self.wanted.requests),
            log_error: written.and_then(|()| sink.flush()).err(),
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(observed);
        Ok(result)
    }
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Follow").field("wanted", &self.wanted).finish_non_exhaustive()
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
                format!("{} {name}", world.config().site_systems[system].role)
            }
            Owner::Database(_) | Owner::File(..) => name,
        }
    });
    named.collect()
}
