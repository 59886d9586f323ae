//! What `cmgsim run` follows: requests for `trace.json`, and a log of events.

use std::path::PathBuf;

use clap::Args;

use crate::base::{SimDuration, SimTime};
use crate::experiment::{Follow, Observed};
use crate::model::Config;
use crate::model::follow::{LogWanted, Wanted};
use crate::results::store::write_file;
use crate::results::trace::trace_event_json;
use crate::scenario::units;

use super::failure::Failure;
use super::results::NamedBytes;

#[derive(Clone, Debug, Args)]
pub(super) struct FollowArguments {
    /// Follow N requests of replication 0, spread evenly over the measured period, into trace.json
    /// (for ui.perfetto.dev).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    trace: Option<u32>,
    /// Log the events of replication 0 to this file, a JSON document a line.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// No more lines than this in the log of events.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "events",
          value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    events_max: u64,
    /// Log events from so long after the start of the measured period on, for example 2h [default:
    /// from the very beginning, warm-up included].
    #[arg(long, value_name = "DURATION", requires = "events", value_parser = units::duration)]
    events_from: Option<SimDuration>,
}

impl FollowArguments {
    /// What is to be followed of a scenario, if anything is.
    pub(super) fn follow(&self, config: &Config) -> Result<Option<Follow>, Failure> {
        let log = match &self.events {
            None => None,
            Some(file) => {
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                if file.is_dir() || folder.is_some_and(|folder| !folder.is_dir()) {
                    return Err(Failure::Usage(format!(
                        "cannot write --events {}: name a file in a folder that is there",
                        file.display()
                    )));
                }
                let from =
                    self.events_from.map_or(SimTime::ZERO, |later| config.measured_from() + later);
                Some(LogWanted { from, most: self.events_max })
            }
        };
        let requests = self.trace.unwrap_or(0);
        Ok((requests > 0 || log.is_some()).then(|| Follow::new(Wanted { requests, log })))
    }

    /// The trace, if it was asked for.
    pub(super) fn trace(&self, observed: Option<&Observed>) -> Option<NamedBytes> {
        let observed = observed.filter(|_| self.trace.is_some())?;
        Some(("trace.json".to_owned(), trace_event_json(&observed.trace)))
    }

    /// Writes the log, if it was asked for.
    pub(super) fn write_log(&self, observed: Option<&Observed>) -> Result<(), Failure> {
        match (&self.events, observed) {
            (Some(file), Some(observed)) => Ok(write_file(file, &observed.log)?),
            _ => Ok(()),
        }
    }
}
