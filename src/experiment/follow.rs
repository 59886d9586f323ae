//! Follows replication 0: records the request paths of some requests and a log of events, without
//! any effect on the results.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use crate::model::config::Config;
use crate::model::recording::Recording;
use crate::results::{RunResult, ScenarioInfo};
use crate::trace::perfetto::Trace;
use crate::trace::{Follower, Wanted, log, spans};

use crate::experiment::replicate::{RunError, Watch, build, conclude, simulate_and};

/// Destination of the event log.
pub type Sink = Box<dyn Write + Send>;

/// Recorder of replication 0: the settings, and the recordings after the run.
pub struct Follow {
    wanted: Wanted,
    sink: Mutex<Sink>,
    found: Mutex<Option<Observed>>,
}

/// Recordings of replication 0.
#[derive(Debug)]
pub struct Observed {
    /// Trace of the requests that were followed.
    pub trace: Trace,
    /// Error that ended the writing of the log, if any.
    pub log_error: Option<io::Error>,
}

impl Follow {
    /// Creates a recorder without recordings. During the run, it writes the event log to `sink`, if
    /// `wanted` includes a log, as one JSON document per line.
    pub fn new(wanted: Wanted, sink: Sink) -> Self {
        Follow { wanted, sink: Mutex::new(sink), found: Mutex::new(None) }
    }

    /// Removes and returns the recordings; returns `None` before the run.
    pub fn take(&self) -> Option<Observed> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Simulates replication 0 like [`super::run`] and records it. If the log cannot be written,
    /// the simulation continues without it.
    ///
    /// # Errors
    /// Returns the same errors as [`super::run`].
    pub fn run(
        &self,
        config: &Config,
        scenario: &ScenarioInfo,
        watch: &dyn Watch,
    ) -> Result<RunResult, RunError> {
        let mut follower = Follower::new(config, self.wanted);
        let recording = Recording::new(config);
        let mut world = build(config, scenario.replication, recording, watch)?;
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = Ok(());
        let is_complete = simulate_and(&mut world, watch, |world| {
            follower.follow(&world.recorder_mut().take());
            let entries = follower.take_entries();
            if written.is_ok() {
                let lines = entries.iter().map(|entry| log::line(world, entry));
                written = { lines }.try_for_each(|line| log::write_line(&mut *sink, &line));
            }
        })?;
        let result = conclude(&mut world, scenario, is_complete)?;
        if self.wanted.log.is_some() {
            let (count, more) = (follower.log().count, follower.log().more);
            written = written.and_then(|()| log::write_end(&mut *sink, count, more));
        }
        let observed = Observed {
            trace: spans::trace(&world, &follower, scenario, self.wanted.requests),
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
