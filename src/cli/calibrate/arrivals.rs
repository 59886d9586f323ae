//! Arrivals of `cmgsim calibrate iis --arrivals`: a scenario that replays the logged requests, with
//! a file of arrival times per server and kind.

use clap::Args;

use crate::calibrate::replay::{self, Replay, ReplayError};
use crate::logs::{Arrivals, Class};
use crate::report::format;
use crate::report::text::hanging;
use crate::results::manifest::Manifest;
use crate::results::store::{Store, StreamedFile};
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};

use super::super::failure::Failure;

/// Name of the scenario that replays arrivals.
const REPLAY: &str = "replay.toml";

/// Name of the scenario that it extends if events are left out.
const REPLAY_BASE: &str = "replay-base.toml";

/// Bytes of a file that are written together.
const PART: usize = 1 << 16;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Replay")]
pub(super) struct ArrivalsArguments {
    /// Write the arrivals of each KIND to the --out folder, and replay.toml, which replays them
    ///
    /// KIND is messages, policy_body, location, update_scan or another kind in the table log_kinds.
    /// replay.toml extends measured.toml, sends the logged requests to its site systems, and
    /// switches off these kinds for its clients.
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', requires_all = ["out", "scenario"],
          value_parser = class)]
    arrivals: Vec<Class>,
}

fn class(name: &str) -> Result<Class, ReplayError> {
    replay::class(name)
}

/// A scenario that replays arrivals, and the arrivals.
pub(super) struct Replayed {
    arrivals: Arrivals,
    replay: Replay,
    /// Text of the scenario without the events that are left out.
    base: Option<String>,
}

impl ArrivalsArguments {
    /// Returns an empty collection of arrivals, if arrivals were requested.
    pub(super) fn collection(&self) -> Option<Arrivals> {
        (!self.arrivals.is_empty()).then(|| Arrivals::new(&self.arrivals))
    }

    /// Creates a scenario that extends `measured`, which is in the file `extends` with the text
    /// `fragment`. If the period of the logs does not contain all events of `base`, the scenario
    /// extends a file without the others.
    pub(super) fn replayed(
        &self,
        (base, measured): (&Scenario, &Scenario),
        (extends, fragment): (&str, &str),
        arrivals: Arrivals,
    ) -> Result<Replayed, Failure> {
        let refused = |error: ReplayError| Failure::Refused(error.to_string());
        replay::check(&self.arrivals, &arrivals).map_err(refused)?;
        let period = replay::period(base, &arrivals).map_err(refused)?;
        let without = base.without_other_events(fragment, &period.start, period.minutes);
        let (scenario, extended) = match &without {
            Some(without) => (&without.scenario, (REPLAY_BASE, &without.removed[..])),
            None => (measured, (extends, &[][..])),
        };
        let replay = replay::replay(scenario, extended, &self.arrivals, &arrivals);
        let replay = replay.map_err(refused)?;
        Ok(Replayed { arrivals, replay, base: without.map(|without| without.text) })
    }
}

impl Replayed {
    /// Writes the scenario and the arrivals. The store must have begun.
    pub(super) fn write(&self, store: &Store, manifest: &mut Manifest) -> Result<(), Failure> {
        let Replayed { arrivals, replay, base } = self;
        if let Some(base) = base {
            let text = format!(
                "# The values of measured.toml and of the scenarios that it extends, without events \
                 outside of the\n# period of the logs. Written by `cmgsim calibrate iis \
                 --arrivals`.\n\n{base}"
            );
            store.write(REPLAY_BASE, text.as_bytes())?;
            manifest.add_file(REPLAY_BASE, text.as_bytes());
        }
        for (stream, name) in arrivals.streams().iter().zip(&replay.files) {
            let file = store.stream(name)?;
            let times = stream.times().map(|time| time - replay.start_ms);
            manifest.add_digest(name, write_times(file, times)?);
        }
        store.write(REPLAY, replay.text.as_bytes())?;
        manifest.add_file(REPLAY, replay.text.as_bytes());
        Ok(())
    }

    /// Returns the lines to print.
    pub(super) fn lines(&self, store: &Store) -> String {
        let mut text = format!(
            "replay: {} (arrivals: {})\n",
            store.folder().join(REPLAY).display(),
            format::count(self.arrivals.count())
        );
        for note in &self.replay.notes {
            text.push_str(&format!("{}\n", hanging("Note", &format!("{note}."))));
        }
        text
    }
}

/// Loads the scenario that was written, to report what the user must change in it.
pub(super) fn check(store: &Store) -> Result<(), Failure> {
    let path = store.folder().join(REPLAY);
    let origin = ScenarioOrigin::Path(path.clone());
    let Err(problems) = load(&LoadRequest { origin, overrides: Vec::new() }) else {
        return Ok(());
    };
    let message = format!(
        "{} was written, but you must change it before you run it:\n{}",
        path.display(),
        problems.render(false)
    );
    Err(Failure::AfterResult(Box::new(Failure::Refused(message))))
}

/// Writes times in milliseconds as seconds, one per line, and returns the digest of the file.
fn write_times(
    mut file: StreamedFile,
    times: impl Iterator<Item = i64>,
) -> Result<String, Failure> {
    use std::fmt::Write;
    let mut text = "seconds\n".to_owned();
    for time in times {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}.{:03}", time / 1000, time % 1000);
        if text.len() > PART {
            file.append(text.as_bytes())?;
            text.clear();
        }
    }
    file.append(text.as_bytes())?;
    Ok(file.finish()?)
}
