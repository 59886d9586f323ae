//! A recorder that keeps all that happens, beside the usual statistics, until somebody takes it.
//! What is made of it, traces and a log, is no part of the model.

use crate::base::SimTime;

use super::config::Config;
use super::event::Event;
use super::recorder::{Measured, Recorder, Statistics};
use super::step::Step;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedEvent {
    /// An event of the calendar comes up.
    Event(Event),
    /// A step that it leads to.
    Step(Step),
}

/// Keeps statistics, and what happens.
#[derive(Clone, Debug)]
pub struct Recording {
    statistics: Statistics,
    happened: Vec<(SimTime, RecordedEvent)>,
}

impl Recording {
    /// Of a scenario of which nothing has happened yet.
    pub fn new(config: &Config) -> Self {
        let statistics = Statistics::new(config.cohorts.len() + config.sources.len());
        Recording { statistics, happened: Vec::new() }
    }

    /// Takes what has happened since the last time, in order.
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
