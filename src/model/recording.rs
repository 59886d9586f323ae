//! A recorder that keeps the standard statistics and also all events and steps, until the caller
//! takes these. Code outside the model turns events and steps into traces and logs.

use crate::base::SimTime;

use super::config::Config;
use super::event::Event;
use super::recorder::{Measured, Recorder, Statistics};
use super::step::Step;

/// Something that happened in the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedEvent {
    /// An event of the calendar.
    Event(Event),
    /// A step that an event causes.
    Step(Step),
}

/// A recorder of statistics, events and steps.
#[derive(Clone, Debug)]
pub struct Recording {
    statistics: Statistics,
    happened: Vec<(SimTime, RecordedEvent)>,
}

impl Recording {
    /// Creates an empty recorder for a scenario.
    pub fn new(config: &Config) -> Self {
        let statistics = Statistics::new(config.cohorts.len() + config.sources.len());
        Recording { statistics, happened: Vec::new() }
    }

    /// Returns and removes everything recorded since the last call, in order.
    pub fn take(&mut self) -> Vec<(SimTime, RecordedEvent)> {
        std::mem::take(&mut self.happened)
    }
}

impl Measured for Recording {
    fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}

impl Recorder for Recording {
    const FOLLOWS: bool = true;
    type Counter = Statistics;

    fn counter(&mut self) -> &mut Statistics {
        &mut self.statistics
    }

    fn event(&mut self, now: SimTime, event: Event) {
        self.happened.push((now, RecordedEvent::Event(event)));
    }

    fn step(&mut self, now: SimTime, step: Step) {
        self.happened.push((now, RecordedEvent::Step(step)));
    }
}
