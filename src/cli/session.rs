//! What verbs that simulate have in common, in the order in which it happens.
//!
//! 1. A verb reads its arguments, loads its scenarios and refuses what cannot be done.
//! 2. [`Session::begin`]: the time is noted, interrupts are caught from here on, threads start.
//! 3. [`Session::open`] opens the folder of a verb that stores. Then [`Session::progress`] starts
//!    the clock of what is simulated, with a bar.
//! 4. [`Folder::simulate`] (or [`Session::simulate`], of a verb without a folder) calls a function
//!    of `study` on the threads. If nothing came of it, an empty folder is removed, and the failure
//!    says why it was stopped.
//! 5. [`Folder::finish`] draws and stores what a [`Finding`] gives, prints it even if it could not
//!    be stored, and ends with the first of: why it could not be stored, why the study was
//!    stopped, why it could not be printed, the verdict.
//!
//! So a verb is its arguments, `execute` with these steps, and its `Finding`.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::report::format;
use crate::results::manifest::{Manifest, Timing};
use crate::results::store::Store;
use crate::study::Error;

use super::failure::Failure;
use super::progress::{Progress, catch_interrupts};
use super::results::{self, NamedBytes, ResultArguments};
use super::{output, study};

/// How a verb simulates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// Is nothing to be said meanwhile?
    pub is_silent: bool,
    /// Threads.
    pub jobs: usize,
    /// Seconds after which it is stopped.
    pub time_limit: Option<u64>,
    /// Bytes that it may take.
    pub memory_max: Option<u64>,
}

/// A verb that simulates, from when all that was asked for is known to be possible.
pub(super) struct Session {
    started: jiff::Timestamp,
    conditions: Conditions,
    threads: rayon::ThreadPool,
}

impl Session {
    /// Notes the time, catches interrupts, starts threads.
    pub(super) fn begin(conditions: Conditions) -> Result<Self, Failure> {
        let started = jiff::Timestamp::now();
        catch_interrupts()?;
        Ok(Session { started, conditions, threads: study::pool(conditions.jobs)? })
    }

    /// When it began.
    pub(super) fn started(&self) -> jiff::Timestamp {
        self.started
    }

    /// The clock and the limits of what is simulated from now on: so many seconds of simulated
    /// time, which a bar shows.
    pub(super) fn progress(&self, simulated_seconds: f64) -> Progress {
        self.watch(self.conditions.is_silent, simulated_seconds)
    }

    /// The same without a bar: what is shown is shown by other means.
    pub(super) fn clock(&self) -> Progress {
        self.watch(true, 1.0)
    }

    /// A bar alone, for a part of what another one watches.
    pub(super) fn bar(&self, simulated_seconds: f64) -> Progress {
        Progress::new(self.conditions.is_silent, simulated_seconds, None, None)
    }

    fn watch(&self, is_silent: bool, simulated_seconds: f64) -> Progress {
        let Conditions { time_limit, memory_max, .. } = self.conditions;
        let limit = time_limit.map(Duration::from_secs);
        Progress::new(is_silent, simulated_seconds, limit, memory_max)
    }

    /// Does something on all threads.
    pub(super) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }

    /// Simulates on all threads; then the bar goes away and the clock stops.
    pub(super) fn simulate<T: Send>(
        &self,
        progress: &Progress,
        work: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Failure> {
        let outcome = self.on_threads(work);
        progress.finish();
        outcome.map_err(|error| progress.failure(error))
    }

    /// Opens the folder that was asked for, or a new one below that of the name.
    pub(super) fn open<'s>(
        &'s self,
        results: &'s ResultArguments,
        name: &str,
        hash: &str,
    ) -> Result<Folder<'s>, Failure> {
        let store = results.open(name, hash, self.started)?;
        Ok(Folder { session: self, results, store })
    }
}

/// Where the results of a session go.
pub(super) struct Folder<'s> {
    session: &'s Session,
    results: &'s ResultArguments,
    store: Store,
}

/// What a verb found: how it is kept and how it is told.
pub(super) trait Finding {
    /// What the folder holds, before its name.
    const KEPT: &'static str = "Numbers and charts";

    /// Its manifest, if it were complete, before times and files are known.
    fn manifest(&self) -> Manifest;

    /// All files but the manifest.
    fn files(&self, manifest: &Manifest) -> Result<Vec<NamedBytes>, Failure>;

    /// What else is done when they are stored.
    fn has_stored(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// What programs read.
    fn document(&self) -> Vec<u8>;

    /// What people read.
    fn text(&self, timing: &Timing) -> String;

    /// What `-q` prints before the folder.
    fn shortest(&self) -> String {
        String::new()
    }

    /// Whether the requirements are met.
    fn verdict(&self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Folder<'_> {
    /// Its path.
    pub(super) fn path(&self) -> &Path {
        self.store.folder()
    }

    /// As [`Session::simulate`]. Without a result nothing is left of the folder, if it is empty.
    pub(super) fn simulate<T: Send>(
        &self,
        progress: &Progress,
        work: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Failure> {
        self.session.simulate(progress, work).inspect_err(|_| self.store.discard_if_empty())
    }

    /// Stores and prints what was found under the clock of `progress`; `stopped` says why there is
    /// no more.
    pub(super) fn finish<F: Finding>(
        &self,
        progress: &Progress,
        mut found: F,
        stopped: Option<Failure>,
    ) -> Result<(), Failure> {
        let wall = progress.elapsed();
        let mut manifest = found.manifest();
        let timing = results::timing(self.session.started, wall, manifest.events);
        manifest.timing = timing.clone();
        if stopped.is_some() {
            manifest.state = "interrupted".to_owned();
        }
        let storing = Instant::now();
        // What was computed is told even if it cannot be stored.
        let stored = found
            .files(&manifest)
            .and_then(|files| self.results.store(&self.store, &files, manifest))
            .and_then(|()| found.has_stored());
        output::note(|| {
            let [wall, storing] =
                [wall, storing.elapsed()].map(|took| format::seconds(took.as_secs_f64()));
            format!("simulated in {wall}, drew and stored everything in {storing}")
        });
        let text = || match output::is_quiet() {
            true => found.shortest(),
            false => found.text(&timing),
        };
        let document = || found.document();
        let kept = stored.is_ok().then_some(&self.store);
        let printed = self.results.print(document, text, F::KEPT, kept);
        let after_result = |failure| Failure::AfterResult(Box::new(failure));
        stored.map_err(after_result)?;
        match stopped {
            Some(failure) => Err(after_result(failure)),
            None => printed.and_then(|()| found.verdict().map_err(after_result)),
        }
    }
}
