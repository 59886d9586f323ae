//! Traces of `cmgsim run`: requests for `trace.json`, and an event log.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::base::{SimDuration, SimTime};
use crate::experiment::{Follow, Observed};
use crate::model::Config;
use crate::results::store::WholeFile;
use crate::scenario::units;
use crate::trace::perfetto::trace_event_json;
use crate::trace::{LogWanted, Wanted};

use super::failure::Failure;
use super::inputs;
use super::results::NamedBytes;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tracing")]
pub(super) struct FollowArguments {
    /// Record N requests of replication 0 in trace.json for ui.perfetto.dev
    ///
    /// The requests are spread evenly over the measured period.
    #[arg(long, value_name = "N", hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    trace: Option<u32>,
    /// Write the events of replication 0 to FILE, one JSON document per line
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    events: Option<PathBuf>,
    /// Write at most N lines to the event log
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "events",
          hide_short_help = true,
          value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    events_max: u64,
    /// Start the event log DURATION after the start of the measured period, for example 2h
    /// [default: at the start of the warm-up]
    #[arg(long, value_name = "DURATION", requires = "events", hide_short_help = true,
          value_parser = units::duration)]
    events_from: Option<SimDuration>,
}

impl FollowArguments {
    /// Prepares the requested trace and event log of a scenario whose results go to `out`.
    pub(super) fn follow(
        &self,
        config: &Config,
        out: Option<&Path>,
    ) -> Result<Option<Following>, Failure> {
        let log = match &self.events {
            None => None,
            Some(file) => {
                if out.is_some_and(|out| inputs::full(file).starts_with(inputs::full(out))) {
                    return Err(Failure::Usage(format!(
                        "cannot write --events {}: name a file outside the results folder",
                        file.display()
                    )));
                }
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                if file.is_dir() || folder.is_some_and(|folder| !folder.is_dir()) {
                    return Err(Failure::Usage(format!(
                        "cannot write --events {}: name a file in an existing folder",
                        file.display()
                    )));
                }
                inputs::refuse_file("--events", file)?;
                let from =
                    self.events_from.map_or(SimTime::ZERO, |later| config.measured_from() + later);
                Some(LogWanted { from, maximum: self.events_max })
            }
        };
        let requests = self.trace.unwrap_or(0);
        if requests == 0 && log.is_none() {
            return Ok(None);
        }
        let file = self.events.as_deref().map(WholeFile::create).transpose()?;
        let file = Shared(Arc::new(Mutex::new(file)));
        let follow = Follow::new(Wanted { requests, log }, Box::new(file.clone()));
        Ok(Some(Following { follow, file }))
    }

    /// Returns the trace as a file, if it was requested.
    pub(super) fn trace(&self, found: Option<&Followed>) -> Option<NamedBytes> {
        let found = found.filter(|_| self.trace.is_some())?;
        Some(("trace.json".to_owned(), trace_event_json(&found.observed.trace)))
    }
}

/// Trace and event log of a run in progress.
pub(super) struct Following {
    /// Returns the observer of the simulation.
    pub(super) follow: Follow,
    file: Shared,
}

/// Recorded trace, and the event log under its temporary name.
pub(super) struct Followed {
    observed: Observed,
    file: Option<WholeFile>,
}

impl Following {
    /// Returns the recorded trace and log; `None` if nothing was simulated.
    pub(super) fn found(self) -> Option<Followed> {
        let observed = self.follow.take()?;
        let file = self.file.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(Followed { observed, file })
    }
}

impl Followed {
    /// Renames the event log to its final name, if it was requested.
    pub(super) fn finish_log(self) -> Result<(), Failure> {
        match (self.file, self.observed.log_error) {
            (None, _) => Ok(()),
            (Some(file), None) => Ok(file.finish()?),
            (Some(file), Some(cause)) => Err(file.error(cause).into()),
        }
    }
}

/// Event log file, shared with the simulating thread.
#[derive(Clone)]
struct Shared(Arc<Mutex<Option<WholeFile>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(file) => file.flush(),
            None => Ok(()),
        }
    }
}
