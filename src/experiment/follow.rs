//! Follows replication 0: records the request paths of some requests, a log of events and the logs
//! of site systems, without any effect on the results.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::SimTime;
use crate::base::ids::SiteSystemId;
use crate::logs::iis::Row;
use crate::model::config::Config;
use crate::model::recording::{RecordedEvent, Recording};
use crate::results::store::StoreError;
use crate::results::{RunResult, ScenarioInfo};
use crate::trace::perfetto::Trace;
use crate::trace::site_log::{SiteLog, SiteTruth};
use crate::trace::{Follower, Wanted, log, spans};

use crate::experiment::replicate::{RunError, Watch, build, conclude, simulate_and};

/// Destination of the event log.
pub type Sink = Box<dyn Write + Send>;

/// Destination of the rows of the IIS logs.
pub trait RowSink: Send {
    /// Writes a row of a site system. Rows arrive in the order of their times.
    ///
    /// # Errors
    /// Returns an error if the row cannot be written; no more rows follow.
    fn write(&mut self, system: SiteSystemId, row: &Row) -> Result<(), StoreError>;
}

/// Recorder of replication 0: the settings, and the recordings after the run.
pub struct Follow {
    wanted: Wanted,
    sink: Mutex<Sink>,
    site_log: Option<Mutex<Box<dyn RowSink>>>,
    found: Mutex<Option<Observed>>,
}

/// Recordings of replication 0.
#[derive(Debug)]
pub struct Observed {
    /// Trace of the requests that were followed.
    pub trace: Trace,
    /// Error that ended the writing of the log, if any.
    pub log_error: Option<io::Error>,
    /// True values behind the IIS logs, or the error that ended their writing; `None` without these
    /// logs.
    pub site_log: Option<Result<SiteTruth, StoreError>>,
}

impl Follow {
    /// Creates a recorder without recordings. During the run, it writes the event log to `sink`, if
    /// `wanted` includes a log, as one JSON document per line.
    pub fn new(wanted: Wanted, sink: Sink) -> Self {
        let (sink, found) = (Mutex::new(sink), Mutex::new(None));
        Follow { wanted, sink, site_log: None, found }
    }

    /// Also writes the rows of the IIS logs of all site systems to `rows` during the run.
    pub fn with_site_log(self, rows: Box<dyn RowSink>) -> Self {
        Follow { site_log: Some(Mutex::new(rows)), ..self }
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
        let mut rows = self.site_log.as_ref().map(|rows| Rows {
            site_log: SiteLog::new(&world),
            sink: rows.lock().unwrap_or_else(PoisonError::into_inner),
            written: Ok(()),
        });
        let mut written = Ok(());
        let is_complete = simulate_and(&mut world, watch, |world| {
            let happened = world.recorder_mut().take();
            follower.follow(&happened);
            if let Some(rows) = &mut rows {
                rows.follow(&happened);
            }
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
            site_log: rows.map(|rows| {
                let truth = rows.site_log.truth(scenario, &result);
                rows.written.map(|()| truth)
            }),
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(observed);
        Ok(result)
    }
}

/// Rows of the IIS logs of a run in progress.
struct Rows<'a, 'c> {
    site_log: SiteLog<'c>,
    sink: MutexGuard<'a, Box<dyn RowSink>>,
    /// Error that ended the writing, if any. The simulation continues after an error.
    written: Result<(), StoreError>,
}

impl Rows<'_, '_> {
    fn follow(&mut self, happened: &[(SimTime, RecordedEvent)]) {
        let Rows { site_log, sink, written } = self;
        site_log.follow(happened, &mut |system, row| {
            if written.is_ok() {
                *written = sink.write(system, row);
            }
        });
    }
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Follow").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}
