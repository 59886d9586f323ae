//! The simulation kernel: the time, the calendar, random streams, and a count of the work done.

use crate::base::SimTime;
use crate::engine::{Calendar, Streams};
use crate::model::event::Event;

/// Number of searched clients that together count as one unit of work, as one event does.
const CLIENTS_A_WORK: u64 = 64;

/// Time, calendar, random streams, and counts of the work done.
#[derive(Debug)]
pub(super) struct Kernel {
    /// Current time.
    pub(super) now: SimTime,
    /// Calendar of future events.
    pub(super) calendar: Calendar<Event>,
    /// Random streams.
    pub(super) streams: Streams,
    /// Number of events processed.
    events: u64,
    /// Number of events processed that only observe the model: bins, minutes and samples.
    looks: u64,
    /// Units of work done: events, requests that events issue, and searches through a fixed number
    /// of clients.
    work: u64,
}

impl Kernel {
    /// Creates a kernel at time zero with an empty calendar.
    pub(super) fn new(streams: Streams) -> Self {
        let (now, calendar) = (SimTime::ZERO, Calendar::new());
        Kernel { now, calendar, streams, events: 0, looks: 0, work: 0 }
    }

    /// Schedules an event.
    #[inline]
    pub(super) fn schedule(&mut self, at: SimTime, event: Event) {
        self.calendar.schedule(at, event);
    }

    /// Starts to process an event.
    #[inline]
    pub(super) fn begin_event(&mut self, now: SimTime) {
        self.now = now;
        self.events += 1;
        self.work += 1;
    }

    /// Records that the current event only observes the model.
    pub(super) fn note_look(&mut self) {
        self.looks += 1;
    }

    /// Counts an issued request as a unit of work, in addition to the event.
    #[inline]
    pub(super) fn note_request(&mut self) {
        self.work += 1;
    }

    /// Counts a search through this number of clients.
    pub(super) fn note_search(&mut self, clients: usize) {
        self.work += clients as u64 / CLIENTS_A_WORK;
    }

    /// Returns the units of work done so far.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    /// Returns the number of events processed, excluding those that only observe the model (bins,
    /// minutes, samples). The frequency of observation must not change the count.
    pub(super) fn world_events(&self) -> u64 {
        self.events - self.looks
    }
}
