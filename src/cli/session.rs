//! Common steps of subcommands that simulate.
//!
//! 1. A subcommand reads its arguments, loads its scenarios and refuses impossible requests.
//! 2. [`Session::begin`] records the start time, catches interrupts and starts threads.
//! 3. [`Session::open`] opens the results folder. [`Session::progress`] starts the clock and the
//!    progress bar.
//! 4. [`Folder::simulate`] (or [`Session::simulate`] for a subcommand without a folder) calls a
//!    function of `study` on the threads. Without a result, the call removes the folder if it is
//!    empty, and returns the reason.
//! 5. [`Folder::finish`] stores the files of a [`Finding`], prints the finding even if a file could
//!    not be stored, and returns the first of: storage error, reason for stopping, printing error,
//!    verdict.
//!
//! A subcommand consists of its arguments, `execute` with these steps, and its `Finding`.

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

/// Resources and limits of a simulation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// Whether progress is not printed.
    pub is_silent: bool,
    /// Number of threads.
    pub jobs: usize,
    /// Time limit in seconds.
    pub time_limit: Option<u64>,
    /// Memory limit in bytes.
    pub memory_max: Option<u64>,
}

/// A subcommand that simulates, after its arguments and scenarios were checked.
pub(super) struct Session {
    started: jiff::Timestamp,
    conditions: Conditions,
    threads: rayon::ThreadPool,
}

impl Session {
    /// Records the start time, catches interrupts and starts threads.
    pub(super) fn begin(conditions: Conditions) -> Result<Self, Failure> {
        let started = jiff::Timestamp::now();
        catch_interrupts()?;
        Ok(Session { started, conditions, threads: study::pool(conditions.jobs)? })
    }

    /// Returns the start time of the session.
    pub(super) fn started(&self) -> jiff::Timestamp {
        self.started
    }

    /// Starts the clock, the limits and a progress bar over the simulated time.
    pub(super) fn progress(&self, simulated_seconds: f64) -> Progress {
        self.watch(self.conditions.is_silent, simulated_seconds)
    }

    /// Starts the clock and the limits without a bar; the caller shows the progress.
    pub(super) fn clock(&self) -> Progress {
        self.watch(true, 1.0)
    }

    /// Returns a progress bar without limits, for a part of a study.
    pub(super) fn bar(&self, simulated_seconds: f64) -> Progress {
        Progress::new(self.conditions.is_silent, simulated_seconds, None, None)
    }

    fn watch(&self, is_silent: bool, simulated_seconds: f64) -> Progress {
        let Conditions { time_limit, memory_max, .. } = self.conditions;
        let limit = time_limit.map(Duration::from_secs);
        Progress::new(is_silent, simulated_seconds, limit, memory_max)
    }

    /// Executes a function on the threads.
    pub(super) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }

    /// Simulates on all threads, then removes the bar and stops the clock.
    pub(super) fn simulate<T: Send>(
        &self,
        progress: &Progress,
        work: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Failure> {
        let outcome = self.on_threads(work);
        progress.finish();
        outcome.map_err(|error| progress.failure(error))
    }

    /// Opens the requested results folder, or a new one.
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

/// Results folder of a session.
pub(super) struct Folder<'s> {
    session: &'s Session,
    results: &'s ResultArguments,
    store: Store,
}

/// Results of a subcommand, with their files and their output.
pub(super) trait Finding {
    /// Description of the files, printed before the folder.
    const KEPT: &'static str = "Numbers and charts";

    /// Returns the manifest of a complete result, without timing and files.
    fn manifest(&self) -> Manifest;

    /// Returns all files except the manifest.
    fn files(&self, manifest: &Manifest) -> Result<Vec<NamedBytes>, Failure>;

    /// Executes further steps after the files are stored.
    fn has_stored(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Returns the result as JSON.
    fn document(&self) -> Vec<u8>;

    /// Returns the result as text.
    fn text(&self, timing: &Timing) -> String;

    /// Returns the text that `-q` prints before the folder.
    fn shortest(&self) -> String;

    /// Checks whether the result meets its requirements.
    fn verdict(&self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Folder<'_> {
    /// Returns the path of the folder.
    pub(super) fn path(&self) -> &Path {
        self.store.folder()
    }

    /// Simulates as [`Session::simulate`] does. Removes the folder if there is no result and the
    /// folder is empty.
    pub(super) fn simulate<T: Send>(
        &self,
        progress: &Progress,
        work: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Failure> {
        self.session.simulate(progress, work).inspect_err(|_| self.store.discard_if_empty())
    }

    /// Stores and prints the results; `stopped` is the reason why they are incomplete.
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
        // Print the results even if they cannot be stored.
        let stored = found
            .files(&manifest)
            .and_then(|files| self.results.store(&self.store, &files, manifest))
            .and_then(|()| found.has_stored());
        output::note(|| {
            let [wall, storing] =
                [wall, storing.elapsed()].map(|took| format::seconds(took.as_secs_f64()));
            format!("simulated in {wall}; drew charts and stored files in {storing}")
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
