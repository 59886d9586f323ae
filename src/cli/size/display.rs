//! Progress of a sizing search on the standard error stream, with its expected duration.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;

use crate::cli::progress::{Progress, searching};
use crate::cli::{output, scenario};
use crate::experiment::{Look, Watch};
use crate::report::{format, sizing};
use crate::results::DesignResult;
use crate::study::{Observer, StudyEvent};

/// Names that the display adds to values.
pub(super) struct Named {
    /// Currency of costs.
    pub currency: String,
    /// Paths of the values of a design.
    pub paths: Vec<String>,
}

impl Named {
    fn design(&self, values: &[String]) -> String {
        sizing::named_values(&self.paths, values)
    }
}

/// Observer of a search.
pub(super) struct Display<'a> {
    /// Clock and limits of the search.
    progress: &'a Progress,
    threads: usize,
    is_silent: bool,
    shown: Mutex<Shown>,
}

impl<'a> Display<'a> {
    pub(super) fn new(
        progress: &'a Progress,
        is_silent: bool,
        threads: usize,
        named: Named,
    ) -> Self {
        let shown = Mutex::new(Shown::new(is_silent, named));
        Display { progress, threads, is_silent, shown }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.bar.finish_and_clear();
    }
}

impl Watch for Display<'_> {
    fn should_continue(&self, look: Look) -> bool {
        self.progress.should_continue(look)
    }
}

impl Observer for Display<'_> {
    fn notify(&self, event: &StudyEvent<'_>) {
        let elapsed = self.progress.elapsed();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            // A warning that cannot be printed does not make the search fail.
            StudyEvent::Loaded(scenario) => drop(scenario::warn_once(scenario)),
            StudyEvent::Trial => shown.trial = elapsed,
            StudyEvent::TrialDone { times } => {
                shown.seconds_each = elapsed.saturating_sub(shown.trial).as_secs_f64() * times;
            }
            StudyEvent::Searching { possible, space, replications } => {
                if !self.is_silent {
                    shown.announce(*possible, *space, *replications, self.threads);
                }
                (shown.expected, shown.begun) = (*replications, elapsed);
            }
            StudyEvent::Simulating { values, numbers } => shown.simulating(values, numbers),
            StudyEvent::Simulated { replications } => shown.simulated(*replications, elapsed),
            StudyEvent::Looked { designs, open, best } => {
                shown.found(*designs, *open, best.as_ref(), elapsed);
            }
            StudyEvent::Stage { .. } | StudyEvent::StageOver => {}
        }
    }
}

/// State of the progress display.
struct Shown {
    bar: ProgressBar,
    is_silent: bool,
    named: Named,
    /// Start time of the trial replication.
    trial: Duration,
    /// Duration of a replication in seconds.
    seconds_each: f64,
    replications: u32,
    expected: u32,
    simulated_in: Duration,
    begun: Duration,
    text: String,
    best: Option<Vec<String>>,
}

impl Shown {
    fn new(is_silent: bool, named: Named) -> Self {
        Shown {
            bar: searching(is_silent),
            is_silent,
            named,
            trial: Duration::ZERO,
            seconds_each: 0.0,
            replications: 0,
            expected: 0,
            simulated_in: Duration::ZERO,
            begun: Duration::ZERO,
            text: String::new(),
            best: None,
        }
    }

    /// Prints the expected size of the search.
    fn announce(&self, possible: u64, space: u64, replications: u32, threads: usize) {
        let all = f64::from(replications) * self.seconds_each / threads as f64;
        let _ = output::warn(&format!(
            "size: {} of {} designs to search; about {replications} replications of {} each, \
             about {} on {threads} threads\n",
            format::count(possible),
            format::count(space),
            format::seconds(self.seconds_each),
            format::seconds(all),
        ));
    }

    /// Shows the design that is being simulated.
    fn simulating(&self, values: &[String], numbers: &Range<u32>) {
        let (design, count) = (self.named.design(values), numbers.len());
        let left = self.left().map_or_else(String::new, |left| format!(", about {left} left"));
        self.bar.set_message(format!("{} ({count} replications of {design}{left})", self.text));
    }

    /// Counts completed replications.
    fn simulated(&mut self, count: u32, elapsed: Duration) {
        self.replications += count;
        self.simulated_in = elapsed.saturating_sub(self.begun);
        self.bar.inc(u64::from(count));
    }

    /// Returns the expected remaining time.
    fn left(&self) -> Option<String> {
        let more = self.expected.checked_sub(self.replications).filter(|more| *more > 0)?;
        let each = self.simulated_in.as_secs_f64() / f64::from(self.replications.max(1));
        (self.replications > 0).then(|| format::seconds(each * f64::from(more)))
    }

    /// Shows the number of simulated designs and of cheaper candidates, and the best design so far.
    fn found(&mut self, designs: usize, open: u64, best: Option<&DesignResult>, elapsed: Duration) {
        let best_text = best.map(|best| {
            let cost = format::number(best.cost);
            let tightest = sizing::tightest(&best.objectives);
            let tightest = tightest.map_or_else(String::new, |text| format!(", {text}"));
            let values = self.named.design(&best.values);
            format!("best so far {values} ({cost} {} per month{tightest})", self.named.currency)
        });
        self.text = format!(
            "{designs} designs, {} replications, {} cheaper candidates left{}",
            self.replications,
            format::count(open),
            best_text.iter().map(|text| format!(", {text}")).collect::<String>()
        );
        let values = best.map(|best| best.values.clone());
        if values == self.best {
            return;
        }
        self.best = values;
        // Without a terminal, print a line for each new best design.
        if let Some(text) = best_text.filter(|_| self.bar.is_hidden() && !self.is_silent) {
            let after = format::seconds(elapsed.as_secs_f64());
            let line =
                format!("size: {text}, after {after} and {} replications\n", self.replications);
            // Output that cannot be printed does not make the search fail.
            let _ = output::warn(&line);
        }
    }
}
