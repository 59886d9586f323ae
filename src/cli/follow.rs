//! Traces of `cmgsim run`: requests for `trace.json`, an event log, and IIS logs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::base::{SimDuration, SimTime};
use crate::experiment::{Follow, Observed};
use crate::model::Config;
use crate::results::manifest::Manifest;
use crate::results::store::WholeFile;
use crate::scenario::units;
use crate::trace::perfetto::trace_event_json;
use crate::trace::{LogWanted, Wanted};

use super::failure::Failure;
use super::iis_log::{IisLog, IisLogArguments};
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
    #[command(flatten)]
    iis_log: IisLogArguments,
}

impl FollowArguments {
    /// Prepares the requested trace and logs of a scenario whose results go to `out`.
    pub(super) fn follow(
        &self,
        config: &Config,
        out: Option<&Path>,
    ) -> Result<Option<Following>, Failure> {
        let log = match &self.events {
            None => None,
            Some(file) => Some(self.log_wanted(file, config, out)?),
        };
        let requests = self.trace.unwrap_or(0);
        let iis_log = self.iis_log.begin(config, out)?;
        if requests == 0 && log.is_none() && iis_log.is_none() {
            return Ok(None);
        }
        let file = self.events.as_deref().map(WholeFile::create).transpose()?;
        let file = Shared(Arc::new(Mutex::new(file)));
        let mut follow = Follow::new(Wanted { requests, log }, Box::new(file.clone()));
        if let Some(iis_log) = &iis_log {
            follow = follow.with_site_log(Box::new(iis_log.clone()));
        }
        Ok(Some(Following { follow, file, iis_log }))
    }

    /// Checks the path of the event log, and returns the selection of events.
    fn log_wanted(
        &self,
        file: &Path,
        config: &Config,
        out: Option<&Path>,
    ) -> Result<LogWanted, Failure> {
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
        let from = self.events_from.map_or(SimTime::ZERO, |later| config.measured_from() + later);
        Ok(LogWanted { from, maximum: self.events_max })
    }

    /// Returns the trace as a file, if it was requested.
    pub(super) fn trace(&self, found: Option<&Followed>) -> Option<NamedBytes> {
        let found = found.filter(|_| self.trace.is_some())?;
        Some(("trace.json".to_owned(), trace_event_json(&found.observed.trace)))
    }
}

/// Trace and logs of a run in progress.
pub(super) struct Following {
    /// Returns the observer of the simulation.
    pub(super) follow: Follow,
    file: Shared,
    iis_log: Option<IisLog>,
}

/// Recorded trace, and the logs under their temporary names.
pub(super) struct Followed {
    observed: Observed,
    file: Option<WholeFile>,
    iis_log: Option<IisLog>,
}

impl Following {
    /// Returns the recorded trace and log; `None` if nothing was simulated.
    pub(super) fn found(self) -> Option<Followed> {
        let observed = self.follow.take()?;
        let file = self.file.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(Followed { observed, file, iis_log: self.iis_log })
    }
}

impl Followed {
    /// Gives the requested logs their final names. `manifest` describes the run.
    pub(super) fn finish_logs(self, manifest: Manifest) -> Result<(), Failure> {
        let iis_log = match (self.iis_log, self.observed.site_log) {
            (Some(iis_log), Some(truth)) => iis_log.finish(truth, manifest),
            _ => Ok(()),
        };
        match (self.file, self.observed.log_error) {
            (None, _) => iis_log,
            (Some(file), None) => file.finish().map_err(Failure::from).and(iis_log),
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
