//! Progress on the standard error stream.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::{Look, RunError, Watch};
use crate::report::format;
use crate::study::Error;

use super::failure::Failure;
use super::output;

pub(super) use super::interrupt::{catch_interrupts, is_interrupted};

/// Time after which a bar appears.
const QUIET_FOR: Duration = Duration::from_secs(1);

/// Number of steps of a bar.
const STEPS: u64 = 1000;

/// Creates a bar over `count` steps on the standard error stream, if it is a terminal.
pub(super) fn steps(count: u64, is_quiet: bool) -> ProgressBar {
    let target = match is_quiet || output::is_quiet() {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    let bar = ProgressBar::with_draw_target(Some(count), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len}  {msg}  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Creates a bar for a search of unknown length.
pub(super) fn searching(is_quiet: bool) -> ProgressBar {
    let bar = steps(0, is_quiet);
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} {pos} replications  {elapsed}  {msg}")
    {
        bar.set_style(style);
    }
    bar
}

/// Progress bar that appears after one second, if the standard error stream is a terminal.
pub(super) struct Progress {
    started: Instant,
    /// Duration of the simulation; set when the simulation has ended.
    took: OnceLock<Duration>,
    deadline: Option<Instant>,
    memory_max: Option<u64>,
    is_out_of_memory: AtomicBool,
    simulated_seconds: f64,
    stage: Option<Stage>,
    bar: Mutex<Option<ProgressBar>>,
}

/// Stage of a study.
struct Stage {
    /// Description with the results so far.
    label: String,
    /// Position in a study whose maximum duration is known.
    segment: Option<Segment>,
}

/// Part of a study that consists of a group of runs.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    /// Maximum share of the study that is complete before these runs.
    pub from: f64,
    /// Maximum share of the study that is complete after these runs.
    pub to: f64,
    /// Time since the start of the study.
    pub elapsed: Duration,
}

impl Stage {
    /// Returns the progress of the study and the message, given the completed share of these runs.
    fn shown(&self, share_done: f64, elapsed: Duration) -> (f64, String) {
        let Some(segment) = self.segment else { return (share_done, self.label.clone()) };
        let done = (segment.from + (segment.to - segment.from) * share_done).clamp(0.0, 1.0);
        let elapsed = (segment.elapsed + elapsed).as_secs_f64();
        let left = if done > 0.0 { elapsed * (1.0 - done) / done } else { f64::INFINITY };
        let left = if left.is_finite() {
            format!("; at most {} more", format::seconds(left))
        } else {
            String::new()
        };
        (done, format!("{}{left}", self.label))
    }
}

impl Progress {
    pub(super) fn new(
        is_quiet: bool,
        simulated_seconds: f64,
        time_limit: Option<Duration>,
        memory_max: Option<u64>,
    ) -> Self {
        let bar = (!(is_quiet || output::is_quiet())).then(|| {
            let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::hidden());
            let template = "{bar:30} {percent:>3} %  {msg}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        let started = Instant::now();
        let deadline = time_limit.and_then(|limit| started.checked_add(limit));
        Progress {
            started,
            took: OnceLock::new(),
            deadline,
            memory_max,
            is_out_of_memory: AtomicBool::new(false),
            simulated_seconds,
            stage: None,
            bar: Mutex::new(bar),
        }
    }

    /// Reuses the bar for a stage.
    pub(super) fn of_stage(mut self, label: String, segment: Option<Segment>) -> Self {
        if segment.is_some()
            && let Ok(Some(bar)) = self.bar.get_mut()
            && let Ok(style) = ProgressStyle::with_template("{bar:20} {percent:>3} %  {msg}")
        {
            bar.set_style(style);
        }
        self.stage = Some(Stage { label, segment });
        self
    }

    /// Returns whether the simulation exceeded its memory limit.
    pub(super) fn is_out_of_memory(&self) -> bool {
        self.is_out_of_memory.load(Ordering::SeqCst)
    }

    /// Returns the time since the start, or the duration after the simulation has ended.
    pub(super) fn elapsed(&self) -> Duration {
        self.took.get().copied().unwrap_or_else(|| self.started.elapsed())
    }

    /// Returns whether the time limit is reached.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Returns the reason why the simulation stopped early; `kept` describes the results that
    /// remain.
    pub(super) fn why_stopped(&self, kept: impl Into<String>) -> Failure {
        let kept = kept.into();
        if is_interrupted() {
            Failure::Interrupted(kept)
        } else if self.is_out_of_memory() {
            Failure::TooMuch(format!(
                "the run was stopped because it needed more memory than --max-memory allows; {kept}"
            ))
        } else {
            Failure::OutOfTime(kept)
        }
    }

    /// Returns the reason why a study has no result.
    pub(super) fn failure(&self, error: Error) -> Failure {
        match error {
            Error::Stopped(what) => self.why_stopped(what),
            Error::Run(error @ RunError::NoMeasurement) => self.why_stopped(error.to_string()),
            error => error.into(),
        }
    }

    /// Stops the clock and removes the bar.
    pub(super) fn finish(&self) {
        self.took.get_or_init(|| self.started.elapsed());
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Progress {
    fn should_continue(&self, look: Look) -> bool {
        let Look { share_done, events, memory_bytes } = look;
        if self.memory_max.is_some_and(|max| memory_bytes > max) {
            self.is_out_of_memory.store(true, Ordering::SeqCst);
        }
        let elapsed = self.started.elapsed();
        if elapsed > QUIET_FOR
            && let Ok(guard) = self.bar.try_lock()
            && let Some(bar) = guard.as_ref()
        {
            if bar.is_hidden() {
                bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
            }
            let rate = events as f64 / elapsed.as_secs_f64();
            let runs = || {
                let message = format!(
                    "{} of {} simulated, {} events/s",
                    format::seconds(share_done * self.simulated_seconds),
                    format::seconds(self.simulated_seconds),
                    format::number(rate),
                );
                (share_done, message)
            };
            let shown = self.stage.as_ref().map(|stage| stage.shown(share_done, elapsed));
            let (share_done, message) = shown.unwrap_or_else(runs);
            bar.set_position((share_done * STEPS as f64) as u64);
            bar.set_message(message);
        }
        !(is_interrupted() || self.is_out_of_time() || self.is_out_of_memory())
    }
}
