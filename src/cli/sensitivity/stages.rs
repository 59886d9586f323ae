//! Progress of a sensitivity study on the standard error stream, with one bar per stage.

use std::sync::{Mutex, PoisonError};

use crate::base::SimTime;
use crate::cli::progress::{Progress, Segment};
use crate::cli::session::Session;
use crate::experiment::{Look, Watch};
use crate::report::format;
use crate::report::format::value;
use crate::study::{Observer, Screened, StudyEvent};

/// Observer of a sensitivity study.
pub(super) struct Stages<'a> {
    session: &'a Session,
    /// Clock and limits of the whole study.
    progress: &'a Progress,
    /// Simulated seconds of a run.
    seconds: f64,
    /// Bar of the current stage.
    stage: Mutex<Option<Progress>>,
}

impl<'a> Stages<'a> {
    pub(super) fn new(session: &'a Session, progress: &'a Progress, end: SimTime) -> Self {
        Stages { session, progress, seconds: end.as_seconds(), stage: Mutex::new(None) }
    }

    /// Creates the bar of a stage.
    fn bar(&self, name: &str, screened: Option<&Screened<'_>>) -> Progress {
        let bar = self.session.bar(self.seconds);
        let Some(screened) = screened else {
            return if name.is_empty() { bar } else { bar.of_stage(name.to_owned(), None) };
        };
        let largest = screened.largest.map_or(String::new(), |(parameter, metric, swing)| {
            let sign = if swing > 0.0 { "+" } else { "" };
            format!("; largest so far: {parameter} {sign}{}", value(metric.unit(), swing))
        });
        let Screened { decided, parameters, from, to, .. } = *screened;
        let label = format!(
            "{name}: {decided} of {parameters} parameters decided, {} remain{largest}",
            format::count((parameters - decided) as u64)
        );
        bar.of_stage(label, Some(Segment { from, to, elapsed: self.progress.elapsed() }))
    }
}

impl Watch for Stages<'_> {
    fn should_continue(&self, look: Look) -> bool {
        if let Some(bar) = &*self.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.should_continue(look);
        }
        self.progress.should_continue(look)
    }
}

impl Observer for Stages<'_> {
    fn notify(&self, event: &StudyEvent<'_>) {
        let next = match event {
            StudyEvent::Stage { name, screened } => Some(self.bar(name, screened.as_ref())),
            StudyEvent::StageOver => None,
            _ => return,
        };
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(over) = std::mem::replace(&mut *stage, next) {
            over.finish();
        }
    }
}
